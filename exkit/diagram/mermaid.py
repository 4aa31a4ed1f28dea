"""The picture as Mermaid text, for wikis and issue trackers that draw it."""

from __future__ import annotations

import itertools

from exkit.advice import Advice
from exkit.diagram import wording
from exkit.diagram.labels import verdict_words
from exkit.diagram.parts import Box, Line
from exkit.diagram.sketch import sketch
from exkit.verdict import Verdict


def to_mermaid(advice: Advice) -> str:
    """A Mermaid flowchart of zones, servers, firewalls and lines.

    Labels are quoted, and whatever is not a letter, a digit or plain punctuation is written as a numeric entity, so
    that no name ends a label or is read as HTML or Markdown.
    """
    picture = sketch(advice)
    out = ["flowchart TB"]
    for area in picture.areas:
        out.append(f"  subgraph {area.key}[{quoted(f'{wording.cut(area.name)}: {wording.zone_words(area.kind)}')}]")
        out += [f"    {box.key}[{_box(box)}]" for box in area.boxes]
        out.append("  end")
    for wall in picture.walls:
        said = (
            f"{wording.cut(wall.device.name)}: {wording.device_words(wall.device)}, {wording.passes_words(wall.device)}"
        )
        out.append(f"  {wall.key}{{{{{quoted(said)}}}}}:::wall")
    number = 0
    styles = []
    passed = {(wall, key) for line in picture.lines for wall in line.walls for key in (*line.starts, *line.ends)}
    area_of = {box.key: area.key for area in picture.areas for box in area.boxes}
    for line in picture.lines:
        stops = [*line.walls]
        pairs = [(start, stops[0]) for start in line.starts] if stops else []
        pairs += list(itertools.pairwise(stops))
        pairs += (
            [(stops[-1], end) for end in line.ends]
            if stops
            else [(one, two) for one in line.starts for two in line.ends]
        )
        for one, two in pairs:
            out.append(f"  {one} {'<-->' if line.both_ways else '-->'}|{_words(line)}| {two}")
            if line.finding:
                verdict = line.finding.verdict
                dash = f",stroke-dasharray:{verdict.dashes}" if verdict.dashes else ""
                styles.append(f"  linkStyle {number} stroke:{verdict.colour},stroke-width:2px{dash}")
            number += 1
    joined = {(wall, area_of[key]) for wall, key in passed}
    for wall in picture.walls:
        out += [f"  {key} --- {wall.key}" for key in wall.areas if (wall.key, key) not in joined]
    out += styles
    out.append("  classDef wall fill:#4A403A,color:#FFFFFF,stroke:#4A403A")
    seen = {box.finding.verdict for area in picture.areas for box in area.boxes if box.finding}
    for verdict in sorted(seen - {Verdict.SUPPORTED}, key=lambda one: one.rank):
        boxes = [
            box.key for area in picture.areas for box in area.boxes if box.finding and box.finding.verdict is verdict
        ]
        out.append(f"  style {boxes[0]} stroke:{verdict.colour},stroke-width:2px") if len(boxes) == 1 else out.extend(
            f"  style {key} stroke:{verdict.colour},stroke-width:2px" for key in boxes
        )
    return "\n".join(out) + "\n"


def quoted(text: str) -> str:
    """A Mermaid label.

    >>> quoted('CAS1 "<b>"')
    '"CAS1 #34;#60;b#62;#34;"'
    """
    plain = " .,:-/()+"
    return '"' + "".join(c if c.isalnum() or c in plain else f"#{ord(c)};" for c in wording.clean(text)) + '"'


def _box(box: Box) -> str:
    names = ", ".join(wording.cut(name) for name in box.names[:30]) + (" …" if len(box.names) > 30 else "")
    said = [*([names] if names else []), *(wording.cut(line, 120) for line in box.lines)]
    if box.finding:
        said.append(verdict_words(box.finding))
    return '"' + "<br/>".join(quoted(part)[1:-1] for part in said) + '"'


def _words(line: Line) -> str:
    words = list(line.words)
    if line.finding:
        words.append(verdict_words(line.finding))
    return quoted(", ".join(words) or " ")
