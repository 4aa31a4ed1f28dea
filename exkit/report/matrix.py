"""The support matrix as people read it: one version after the other, a row a platform, the source on each row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exkit.facts import Facts
from exkit.report.piece import Piece, piece
from exkit.report.words import in_force
from exkit.rows import Platform, Source
from exkit.topology import Version

# What the parts of platforms.csv are about, and what their rows are. A part that is not here is shown by its own name.
PARTS = {
    "os": ("operating system", "Windows"),
    "dc-os": ("domain controllers", "Windows"),
    "forest-level": ("functional level of the forest", "Level"),
    "dotnet": (".NET Framework", ".NET Framework"),
    "outlook": ("Outlook", "Outlook"),
}
_SHOWN = {
    "version", "part", "platform", "verdict", "condition", "disagreement", "decided", "since", "until", "sources",
    "confidence", "note",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One row of the matrix with its limits (from which build on, and whatever else narrows it) and sources."""

    name: str
    row: Platform
    limits: tuple[str, ...]
    days: str  # on which it is so; empty: the table gives none
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Part:
    """The cells of one version on one kind of platform."""

    heading: str
    rows_are: str
    cells: tuple[Cell, ...]


def matrix_of(version: str, facts: Facts, opened: bool = True) -> Piece:
    """The matrix of one Exchange version, folded unless `opened`. ValueError for a version that it does not have."""
    rows = [row for row in facts.platforms if row.version == version]
    if not rows:
        known = ", ".join(dict.fromkeys(row.version for row in facts.platforms))
        raise ValueError(f"the matrix has no Exchange {version!r}; it has {known}")
    parts = tuple(_part(name, [row for row in rows if row.part == name], facts) for name in _parts(rows))
    return piece("matrix", version=version, parts=parts, open=opened)


def matrix_by_version(facts: Facts) -> Piece:
    """The whole matrix, newest version first, which stands open."""
    versions = [version for version in reversed(Version) if any(row.version is version for row in facts.platforms)]
    pieces = [matrix_of(version, facts, opened=version is versions[0]) for version in versions]
    return Piece("\n".join(one.html for one in pieces), "\n\n".join(one.text for one in pieces))


def part_name(part: str) -> str:
    """What a part of the matrix is about.

    >>> part_name("dc-os"), part_name("virtual-hosts")
    ('domain controllers', 'virtual hosts')
    """
    return PARTS[part][0] if part in PARTS else part.replace("-", " ")


def platform_name(platform: str, facts: Facts) -> str:
    """The name of a platform for readers, from the table of life cycles where that has it.

    >>> platform_name("outlook-2016", Facts((), (), (), (), (), (), ()))
    'Outlook 2016'
    """
    life = facts.life(platform)
    return life.name if life else platform.replace("-", " ").capitalize()


def limits(row: Platform) -> tuple[str, ...]:
    """What narrows a cell besides its condition: the build it holds from, and any column added later, in its words."""
    found = {name: value for name, value in row.model_dump(mode="json").items() if name not in _SHOWN and value}
    return tuple(
        f"{name.replace('since_', 'from ').replace('_', ' ')} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in found.items()
    )


def _parts(rows: Iterable[Platform]) -> list[str]:
    """The parts there are, in the order of PARTS, those not named there at the end."""
    order = [*PARTS]
    return sorted({row.part for row in rows}, key=lambda part: (order.index(part) if part in order else 99, part))


def _part(name: str, rows: Iterable[Platform], facts: Facts) -> Part:
    cells = tuple(
        Cell(
            platform_name(row.platform, facts),
            row,
            limits(row),
            in_force(row.since, row.until),
            tuple(facts.source(one) for one in row.sources),
        )
        for row in rows
    )
    return Part(part_name(name), PARTS[name][1] if name in PARTS else part_name(name).capitalize(), cells)
