"""What a report is made of: a piece of HTML for pages and notebooks, and the same as text for terminals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from exkit.diagram import finding_anchor
from exkit.report.evidence import evidence
from exkit.report.words import confidence, count, day, names, plain, weblink
from exkit.verdict import Verdict

TEMPLATES = Path(__file__).parent / "template"


@dataclass(frozen=True)
class Piece:
    """A section of a report that reads in a notebook, in the exported page and in a terminal."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def piece(section: str, **values: object) -> Piece:
    """A piece made of the two macros named `section`, one of HTML and one of text."""
    return Piece(
        html=str(getattr(environment().get_template("sections.html.j2").module, section)(**values)).strip(),
        text=str(getattr(environment().get_template("sections.txt.j2").module, section)(**values)).strip(),
    )


@cache
def environment() -> Environment:
    """Jinja with everything escaped that goes into HTML, and with control characters made visible in text."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(plain=plain, day=day, count=count, weblink=weblink, names=names, confidence=confidence)
    made.filters.update(anchor=finding_anchor, evidence=evidence)
    return made


@cache
def stylesheet() -> str:
    """The style of the pieces: `pieces.css`, and the verdicts' colours from `exkit.verdict`."""
    colours = "".join(
        f".exkit-{verdict.value}{{--verdict:{verdict.colour};--verdict-text:{verdict.text_colour}}}\n"
        for verdict in Verdict
    )
    return colours + (TEMPLATES / "pieces.css").read_text(encoding="utf-8")


def style() -> Piece:
    """The style of the pieces, for a notebook; shown once, in its first cell. The exported page has it already."""
    return Piece(html=str(Markup("<style>\n{}</style>").format(Markup(stylesheet()))), text="")
