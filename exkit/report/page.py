"""A run notebook as one HTML page: our own template, no network, no script of ours, no code cells."""

from __future__ import annotations

from functools import cache
from typing import Literal

from jinja2 import FileSystemLoader
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from exkit.report.piece import TEMPLATES, stylesheet

WORKBENCH = "workbench"  # the tag of cells that speak to whoever runs the notebook, not to whoever reads the report
Scripts = Literal["refused", "inline"]
_NOTHING = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_POLICY: dict[Scripts, str] = {"refused": _NOTHING, "inline": f"{_NOTHING}; script-src 'unsafe-inline' data: blob:"}


def to_html(notebook: NotebookNode, title: str, scripts: Scripts = "refused") -> str:
    """The page of a notebook that was run. It loads nothing from anywhere, and the browser is told to see to that.

    `scripts="inline"` lets outputs bring scripts of their own, which searchable tables need.
    """
    css = stylesheet() + (TEMPLATES / "page.css").read_text(encoding="utf-8")
    page, _ = _exporter().from_notebook_node(
        notebook, resources={"title": title, "policy": _POLICY[scripts], "css": css}
    )
    return str(page)


@cache
def _exporter() -> TemplateExporter:
    """The one exporter of this process: making one takes 0.2 to 0.3 s."""
    return TemplateExporter(  # type: ignore[no-untyped-call]
        config=Config({"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": {WORKBENCH}}}),
        extra_loaders=[FileSystemLoader(TEMPLATES)],
        template_file="page.html.j2",
        filters={"markdown2html": _markdown},
    )


def _markdown(source: str) -> str:
    """Markdown without the pilcrow links that nbconvert adds to headings: they end up in outlines and on paper."""
    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source))
