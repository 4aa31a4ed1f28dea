"""The picture in words: for screen readers, for the terminal, and where nothing draws."""

from __future__ import annotations

from dataclasses import dataclass

from exkit.advice import Advice, Finding
from exkit.diagram import wording
from exkit.diagram.parts import Area, Box, Line, Sketch, Wall, is_relation
from exkit.diagram.sketch import sketch
from exkit.topology import AllowLine
from exkit.verdict import Verdict


@dataclass(frozen=True)
class Section:
    """A heading and the lines below it, as plain text."""

    heading: str
    lines: tuple[str, ...]


def to_text(advice: Advice) -> str:
    """The text alternative of the picture."""
    parts = []
    for section in describe(advice):
        parts.append("\n".join([section.heading, *(f"  - {line}" for line in section.lines)]))
    return "\n\n".join(parts) + "\n"


def describe(advice: Advice) -> tuple[Section, ...]:
    """What the picture says, as sections: the answer, zones from the Internet inwards, firewalls, traffic, relations.

    Names are cleaned of control characters, never cut; nothing is escaped for HTML.
    """
    picture = sketch(advice)
    sections = [Section("The answer", _answer(advice))]
    sections += [_zone(area) for area in picture.areas if not _mere_place(area)]
    sections.append(Section("Firewalls and links between zones", tuple(_wall(wall, picture) for wall in picture.walls)))
    names = {box.key: _names(box) for area in picture.areas for box in area.boxes}
    for heading, kind in (("Publishing to the Internet", "publishing"), ("Mail flow", "mail")):
        lines = tuple(_line(line, names, picture) for line in picture.lines if line.kind == kind)
        sections.append(Section(heading, lines))
    sections.append(Section("Relations judged", _relations(advice)))
    return tuple(section for section in sections if section.lines)


def judged(finding: Finding) -> str:
    """A verdict in words, with its reason."""
    said = f"{finding.verdict.words}: {finding.summary}"
    if finding.condition:
        said += f" Condition: {finding.condition}"
    if finding.question:
        said += f" Question: {finding.question.text}"
    if finding.waiver:
        said += f" Waived: {finding.waiver.because}"
    return wording.clean(said)


def _answer(advice: Advice) -> tuple[str, ...]:
    if not advice.findings:
        return (wording.clean(f"{advice.topology.customer}, as of {advice.as_of.isoformat()}: not judged"),)
    layout, life = advice.verdict("topology"), advice.verdict("lifecycle")
    return (
        wording.clean(f"{advice.topology.customer}, judged as of {advice.as_of.isoformat()}"),
        f"Topology: {layout.words}",
        f"Life cycle: {life.words}",
    )


def _mere_place(area: Area) -> bool:
    return area.level == 0 and all(box.place for box in area.boxes)


def _zone(area: Area) -> Section:
    what = wording.zone_words(area.kind)
    name = wording.clean(area.name)
    heading = "Servers whose zone is not known" if area.kind is None else f"Zone {name}, {what}"
    lines = [_box(box) for box in area.boxes if not box.place] or ["no servers written"]
    if area.sound:
        lines.append(judged(area.sound))
    return Section(heading, tuple(lines))


def _names(box: Box) -> str:
    return ", ".join(wording.clean(name) for name in box.names)


def _box(box: Box) -> str:
    count = f" ({len(box.names)} servers)" if len(box.names) > 1 else ""
    said = f"{_names(box)}{count}: " + "; ".join(wording.clean(line) for line in box.lines)
    if box.finding:
        said += f". {judged(box.finding)}"
    if box.lifecycle:
        said += f". Life cycle {judged(box.lifecycle)}"
    return said


def _wall(wall: Wall, picture: Sketch) -> str:
    zones = {area.key: wording.clean(area.name) for area in picture.areas}
    between = " and ".join(zones[key] for key in wall.areas)
    device = wall.device
    passes = wording.passes_words(device)
    if device.allow and passes != "everything passes":
        passes = "passes " + "; ".join(_rule(rule) for rule in device.allow)
    said = f"{wording.clean(device.name)}, {wording.device_words(device)} between {between}: {passes}"
    said += f". It changes or reads {', '.join(device.inspects)}" if device.inspects else ""
    said += ". It translates addresses" if device.nat else ""
    return said + (f". {judged(wall.finding)}" if wall.finding else "")


def _rule(rule: AllowLine) -> str:
    return f"{wording.clean(rule.source)} to {wording.clean(rule.target)} on {', '.join(rule.ports)}"


def _line(line: Line, names: dict[str, str], picture: Sketch) -> str:
    devices = {wall.key: wording.clean(wall.device.name) for wall in picture.walls}
    start = "; ".join(names[key] for key in line.starts)
    end = "; ".join(names[key] for key in line.ends)
    way = f"{start} and {end}" if line.both_ways else f"{start} to {end}"
    through = f", through {', '.join(devices[key] for key in line.walls)}" if line.walls else ""
    said = f"{way}{through}: {', '.join(line.told)}"
    return said + (f". {judged(line.finding)}" if line.finding else "")


def _relations(advice: Advice) -> tuple[str, ...]:
    """All relations, drawn or not: worst first, those that are supported counted only."""
    about = [one for one in advice.findings if is_relation(one)]
    about.sort(key=lambda one: (one.verdict.rank, one.id))
    lines = [judged(one) for one in about if one.verdict is not Verdict.SUPPORTED]
    sound = len(about) - len(lines)
    return (*lines, f"{sound} {'relation is' if sound == 1 else 'relations are'} supported") if sound else tuple(lines)
