"""What a build number means: the updates of each version in order, and which of them a number names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from exkit.rows import Confidence, Ids, Row
from exkit.topology import Version

LEVELS = ("RTM", "SP", "CU")


class Build(Row):
    """One update of a version, by its build number."""

    version: Version
    name: str  # CU14, CU14 Mar24SU, SP3 RU5
    kind: Literal["RTM", "SP", "CU", "RU", "SU", "HU"]
    build: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+(\.\d+)?$")]
    released: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$")]  # a day, or a month
    sources: Ids
    confidence: Confidence
    note: str = ""

    @property
    def is_level(self) -> bool:
        """Whether it installs Exchange anew (release, service pack, cumulative update); the others update one."""
        return self.kind in LEVELS

    def out_by(self, day: date) -> bool:
        """Whether it was surely out on a day; where only the month is known, when that month is over."""
        return self.released <= (day.isoformat() if len(self.released) == 10 else f"{day.year}-{day.month - 1:02}")


def build_number(build: str) -> tuple[int, ...]:
    """A build as numbers that compare, leading zeros or not; what is no number counts as nothing.

    >>> build_number("8.2.176.2") >= (8, 2), build_number("15.02.1544.004")
    (True, (15, 2, 1544, 4))
    """
    return tuple(int(part) for part in build.split(".") if part.isdecimal())


class BuildList:
    """The updates of all versions in the order of their numbers; `exkit.facts.Facts` says what each look-up gives."""

    def __init__(self, rows: Iterable[Build]) -> None:
        self._rows = sorted(((build_number(row.build), row) for row in rows), key=lambda one: one[0])
        # A table is asked for the same few builds over and over: once for each server and rule.
        self.named = cache(self._named)
        self.level = cache(self._level)
        self.of = cache(self._of)
        self.span = cache(self._span)

    def _named(self, version: Version, build: str) -> Build | None:
        number = build_number(build)
        if len(number) < 2:
            return None
        earlier: Build | None = None
        for row_number, row in self._rows:
            begins = row_number[: len(number)] == number
            if begins and row.version is version:
                return row
            if row_number > number and not begins:
                break
            if begins or row_number[:2] == number[:2]:
                earlier = row
        return earlier if earlier is not None and earlier.version is version else None

    def _level(self, version: Version, build: str) -> Build | None:
        update, written = self.named(version, build), build_number(build)
        reached = build_number(update.build) if update else ()
        levels = [(number, row) for number, row in self._rows if row.version is version and row.is_level]
        if sum(number[: len(written)] == written for number, _ in levels) > 1:
            return None  # 15.2 of 2019: every cumulative update begins so
        below = [row for number, row in levels if number <= reached]
        return below[-1] if below else None

    def _of(self, version: Version, as_of: date) -> tuple[Build, ...]:
        return tuple(row for _, row in self._rows if row.version is version and row.out_by(as_of))

    def _span(self, version: Version, build: str) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        written = build_number(build)
        numbers = [number for number, row in self._rows if row.version is version and number[: len(written)] == written]
        return (numbers[0], numbers[-1]) if numbers else None
