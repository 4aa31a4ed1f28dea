"""One picture of a topology with its verdicts: SVG, PNG, DOT, Mermaid, and the same in words.

Text is built purely (`dot`, `mermaid`, `text`); only `svg` runs a program, and only `write` writes a file.
"""

from __future__ import annotations

from pathlib import Path

from exkit.advice import Advice
from exkit.diagram.dot import to_dot
from exkit.diagram.engines import DrawingError, Engine, engine, engines
from exkit.diagram.mermaid import to_mermaid
from exkit.diagram.svg import to_png, to_svg
from exkit.diagram.text import Section, describe, to_text
from exkit.diagram.wording import finding_anchor
from exkit.whole import write_whole

__all__ = [
    "DrawingError",
    "Engine",
    "Section",
    "describe",
    "engine",
    "engines",
    "finding_anchor",
    "to_dot",
    "to_mermaid",
    "to_png",
    "to_svg",
    "to_text",
    "write",
]
SUFFIXES = (".svg", ".png", ".dot", ".mmd", ".txt")


def write(advice: Advice, path: Path) -> None:
    """Write the picture in the form that the file's suffix names: .svg, .png, .dot, .mmd or .txt.

    The file appears whole or not at all. Raises ValueError for another suffix, DrawingError when a PNG cannot be
    drawn, OSError when the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"no picture can be written as {path.suffix or path.name!r}: use one of {', '.join(SUFFIXES)}")
    if suffix == ".png":
        content = to_png(advice)
    else:
        made = {".svg": to_svg, ".dot": to_dot, ".mmd": to_mermaid, ".txt": to_text}[suffix](advice)
        content = (made if made.endswith("\n") else made + "\n").encode()
    write_whole(path, content)
