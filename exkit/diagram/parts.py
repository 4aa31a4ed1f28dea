"""What a picture is made of: boxes in areas, walls between areas, lines between boxes. Values only.

Keys (`b3`, `w1`) are made by us; a customer's names occur as text only.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from exkit.advice import Finding
from exkit.topology import Firewall, ZoneKind

# Families whose findings are about what lies between hosts; all others are about the hosts themselves.
BETWEEN = frozenset({"separation", "edge", "mail_flow", "publishing"})


@dataclass(frozen=True)
class Box:
    """A server, or several of one kind; or the Internet itself."""

    key: str
    zone: str
    names: tuple[str, ...]
    lines: tuple[str, ...]
    importance: int
    finding: Finding | None = None
    lifecycle: Finding | None = None
    place: bool = False  # stands for a place such as the Internet, not for servers


@dataclass(frozen=True)
class Area:
    """A zone, with its distance from the Internet."""

    key: str
    name: str
    kind: ZoneKind | None
    level: int
    boxes: tuple[Box, ...]
    sound: Finding | None  # why its servers may talk freely, when that was judged


@dataclass(frozen=True)
class Wall:
    """A firewall between zones."""

    key: str
    device: Firewall
    areas: tuple[str, ...]
    finding: Finding | None  # what is wrong with the device itself, else why it is no obstacle


@dataclass(frozen=True)
class Line:
    """Traffic between boxes, or a verdict on it; `walls` are the firewalls that it passes, in order."""

    key: str
    kind: str  # publishing, mail or relation
    words: tuple[str, ...]  # in short, for the picture
    told: tuple[str, ...]  # in full
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    walls: tuple[str, ...]
    both_ways: bool
    finding: Finding | None


@dataclass(frozen=True)
class Sketch:
    """The whole picture."""

    areas: tuple[Area, ...]
    walls: tuple[Wall, ...]
    lines: tuple[Line, ...]
    further: int  # findings about relations that are not drawn


def is_relation(finding: Finding) -> bool:
    """Whether a finding is about what lies between hosts."""
    return finding.aspect == "topology" and finding.family in BETWEEN


def named_devices(finding: Finding, devices: Set[str]) -> set[str]:
    """The firewalls that a finding is about, of those called `devices`: by its subjects, its id and its evidence."""
    named = {*finding.subjects, *finding.id.rpartition("@")[2].split("+")}
    for item in finding.evidence:
        section, _, rest = item.path.partition(".")
        if section == "firewalls":
            # A name may hold dots itself.
            named |= {rest[:at] for at, char in enumerate(f"{rest}.") if char == "."}
    return named & devices
