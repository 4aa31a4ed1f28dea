"""A run notebook as one HTML page: our own template, no network, no script of ours, no code cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from jinja2 import FileSystemLoader
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from exkit.report.look import Look
from exkit.report.piece import TEMPLATES, stylesheet

WORKBENCH = "workbench"  # the tag of cells that speak to whoever runs the notebook, not to whoever reads the report
Scripts = Literal["refused", "inline"]
_NOTHING = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_POLICY: dict[Scripts, str] = {"refused": _NOTHING, "inline": f"{_NOTHING}; script-src 'unsafe-inline' data: blob:"}


@dataclass(frozen=True)
class House:
    """A house's look, with its sections filled in for one customer: after the answer, and last."""

    look: Look
    before: tuple[str, ...]
    last: tuple[str, ...]


def to_html(notebook: NotebookNode, title: str, scripts: Scripts = "refused", house: House | None = None) -> str:
    """The page of a notebook that was run. It loads nothing from anywhere, and the browser is told to see to that.

    `scripts="inline"` lets outputs bring scripts of their own, which searchable tables need.
    """
    resources = {"title": title, "policy": _POLICY[scripts], "css": _css(), "house": house}
    page, _ = _exporter().from_notebook_node(notebook, resources=resources)
    return str(page)


@cache
def _css() -> str:
    return stylesheet() + (TEMPLATES / "page.css").read_text(encoding="utf-8")


@cache
def _exporter() -> TemplateExporter:
    """The one exporter of this process: making one takes 0.2 to 0.3 s."""
    return TemplateExporter(  # type: ignore[no-untyped-call]
        config=Config({"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": {WORKBENCH}}}),
        default_preprocessors=["nbconvert.preprocessors.TagRemovePreprocessor"],
        optimistic_validation=True,  # papermill gave it to us valid; each check takes 4 ms
        extra_loaders=[FileSystemLoader(TEMPLATES)],
        template_file="page.html.j2",
        filters={"markdown2html": _markdown, "markdown_as_text": _markdown_as_text, "css_text": css_text},
    )


def css_text(text: str) -> str:
    r"""Text between the quotes of a style sheet: whatever is no letter or digit is written as its number.

    >>> print(css_text('a"b'))
    a\22 b
    """
    return "".join(sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):x} " for sign in text)


def _markdown_as_text(source: str) -> str:
    """A house's Markdown: HTML in it is shown, not obeyed."""
    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=True, exclude_anchor_links=True)).render(source))


def _markdown(source: str) -> str:
    """Markdown without the pilcrow links that nbconvert adds to headings: they end up in outlines and on paper."""
    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source))
