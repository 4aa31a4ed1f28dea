"""What must hold between the rows of the tables in `data/knowledge/`; what a cell may hold the row models say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from exkit.builds import build_number
from exkit.facts import Problem, spoken
from exkit.rows import Life, Platform, PortRow, Product, Row, Statement
from exkit.topology import Version
from exkit.verdict import Verdict

RowType = TypeVar("RowType", bound=Row)


@dataclass(frozen=True)
class Line(Generic[RowType]):
    """A row and the line of the file that it starts on."""

    file: str
    number: int
    row: RowType

    def problem(self, column: str, found: object, must: str) -> Problem:
        """What is wrong with a cell of this row."""
        return Problem(self.file, self.number, column, str(found), must)


def nearest(word: str, words: Iterable[str]) -> str:
    """`; nearest: ...` when some valid word is like this one.

    >>> nearest("suported", ["supported", "unknown"]), nearest("x", ["supported"])
    ('; nearest: supported', '')
    """
    close = get_close_matches(word, list(words), n=1)
    return f"; nearest: {close[0]}" if close else ""


Lines = dict[str, list[Line[Any]]]


def _keys(lines: Lines) -> Iterator[Problem]:
    """No two rows for one thing."""
    key_of: dict[str, Callable[[Any], tuple[object, ...]]] = {
        "sources.csv": lambda row: (row.id,),
        "roles.csv": lambda row: (row.version, row.role),
        "ports.csv": lambda row: (row.version, row.source, row.target, row.transport, row.ports, row.path),
        "products.csv": lambda row: (row.id,),
        "lifecycle.csv": lambda row: (row.id,),
        "builds.csv": lambda row: (row.version, row.name),
    }
    for table, key in key_of.items():
        seen: dict[object, int] = {}
        for line in lines[table]:
            first = seen.setdefault(key(line.row), line.number)
            if first != line.number:
                column = next(iter(type(line.row).model_fields))
                yield line.problem(column, getattr(line.row, column), f"must not repeat the row of line {first}")
    for table in ("products.csv", "lifecycle.csv"):
        names: dict[str, str] = {}
        for line in lines[table]:
            for name in (line.row.id, *line.row.also_called):
                if names.setdefault(spoken(name), line.row.id) != line.row.id:
                    yield line.problem("also_called", name, f"must not be a name of {names[spoken(name)]} too")


def _sources(lines: Lines) -> Iterator[Problem]:
    """Every source is in sources.csv; what is documented can be looked up; what no text says is recalled."""
    sources = {line.row.id: line.row for line in lines["sources.csv"]}
    for name, table in lines.items():
        for line in table if name != "sources.csv" else ():
            for column in ("sources", "disagreement_sources"):
                for id in getattr(line.row, column, ()):
                    if id not in sources:
                        yield line.problem(column, id, f"must be an id of sources.csv{nearest(id, sources)}")
            known = [sources[id] for id in line.row.sources if id in sources]
            if line.row.confidence == "documented" and not all(source.url for source in known):
                yield line.problem("confidence", "documented", "must have sources with a url only")
            if line.row.confidence != "recalled" and line.row.sources == ("recalled",):
                yield line.problem("confidence", line.row.confidence, "must be recalled, as no text was read")


def _statements(lines: Lines) -> Iterator[Problem]:
    """One id is one claim; conditions, overruling and disagreement are told in full."""
    by_id: dict[str, list[Line[Statement]]] = defaultdict(list)
    for line in lines["statements.csv"]:
        by_id[line.row.id].append(line)
    alias_of: dict[str, str] = {}
    for line in lines["statements.csv"]:
        row: Statement = line.row
        if (row.verdict is Verdict.CONDITIONAL) != bool(row.condition):
            yield line.problem(
                "condition", row.condition, "must be filled in when the verdict is conditional, only then"
            )
        if bool(row.overrules) != bool(row.because):
            yield line.problem("because", row.because, "must say why when the row overrules another, only then")
        if bool(row.disagreement) != bool(row.disagreement_sources):
            yield line.problem("disagreement_sources", row.disagreement, "must go with a disagreement, only then")
        for id in row.overrules:
            if id not in by_id or by_id[id][0].row.topic != row.topic:
                same = [other for other, rows in by_id.items() if rows[0].row.topic == row.topic and other != row.id]
                yield line.problem(
                    "overrules", id, f"must be another statement of topic {row.topic}{nearest(id, same)}"
                )
        for alias in row.aliases:
            if alias in by_id or alias_of.setdefault(alias, row.id) != row.id:
                yield line.problem("aliases", alias, f"must be no id and no alias of {alias_of.get(alias, alias)} too")
        if row.use == "explain" and not row.note.startswith("no field: "):
            yield line.problem("note", row.note, "must name what no topology shows, as 'no field: ...'")
        if row.since and row.until and row.since > row.until:
            yield line.problem("until", row.until, "must not be before since")
        for other in by_id[row.id]:
            if other is line:
                break
            if other.row.topic != row.topic:
                yield line.problem("topic", row.topic, f"must be {other.row.topic}, as in line {other.number}")
            if _together(row, other.row):
                must = f"must not be in force for the same versions and days as line {other.number}"
                yield line.problem("id", row.id, must)


def _together(row: Statement, other: Statement) -> bool:
    return bool(set(row.versions or Version) & set(other.versions or Version)) and _same_days(row, other)


def _same_days(row: Statement | Platform, other: Statement | Platform) -> bool:
    return not (
        (row.until and other.since and row.until < other.since)
        or (other.until and row.since and other.until < row.since)
    )


def _ports(lines: Lines) -> Iterator[Problem]:
    """Ports are numbers from 1 to 65535, and icmp, esp and ah have none; a condition is said in words too."""
    for line in lines["ports.csv"]:
        row: PortRow = line.row
        if bool(row.ports) != (row.transport in ("tcp", "udp")):
            yield line.problem("ports", "; ".join(row.ports), "must be filled in for tcp and udp, only then")
        for text in row.ports:
            found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text, re.ASCII)
            low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
            if not 1 <= low <= high <= 65535:
                yield line.problem("ports", text, "must be a port as 25 or 1024-65535, from 1 to 65535")
        if row.need == "conditional" and not row.condition:
            yield line.problem("condition", row.condition, "must be filled in when the need is conditional")


def _others(lines: Lines) -> Iterator[Problem]:
    """Products and dates."""
    for line in lines["lifecycle.csv"]:
        life: Life = line.row
        days = [day for day in (life.released, life.mainstream_end, life.extended_end) if day]
        if days != sorted(days):
            yield line.problem("extended_end", life.extended_end, "must come after release and mainstream_end")
    for line in lines["products.csv"]:
        product: Product = line.row
        for protocol in product.preauth_protocols:
            if protocol not in product.protocols:
                yield line.problem("preauth_protocols", protocol, "must be one of the product's protocols")


def _matrix(lines: Lines) -> Iterator[Problem]:
    """Cells of the support matrix name what the other tables know, and one cell says one thing a day."""
    systems = {line.row.id for line in lines["lifecycle.csv"] if line.row.kind == "os"}
    cells: dict[tuple[object, ...], list[Line[Platform]]] = defaultdict(list)
    for line in lines["platforms.csv"]:
        row: Platform = line.row
        if row.part not in ("dotnet", "outlook") and row.platform not in systems:
            must = f"must be an os of lifecycle.csv{nearest(row.platform, systems)}"
            yield line.problem("platform", row.platform, must)
        for system in row.with_os:
            if system not in systems:
                yield line.problem("with_os", system, f"must be an os of lifecycle.csv{nearest(system, systems)}")
        if (row.verdict is Verdict.CONDITIONAL) != bool(row.condition):
            must = "must be filled in when the verdict is conditional, only then"
            yield line.problem("condition", row.condition, must)
        for column in ("since_build", "before_build"):
            build = getattr(row, column)
            if build and not re.fullmatch(r"\d+(\.\d+)+", build, re.ASCII):
                yield line.problem(column, build, "must be the start of a build number as 14.3")
        if row.since and row.until and row.since > row.until:
            yield line.problem("until", row.until, "must not be before since")
        key = (row.version, row.part, row.platform)
        for other in cells[key]:
            if _same_days(row, other.row):
                yield line.problem("version", row.version, f"must not repeat the row of line {other.number}")
        cells[key].append(line)


def _builds(lines: Lines) -> Iterator[Problem]:
    """Builds stand in the order of versions and numbers, and begin as their version does."""
    before: tuple[int, tuple[int, ...]] = (0, ())
    begins: dict[Version, tuple[int, ...]] = {}
    for line in lines["builds.csv"]:
        number = build_number(line.row.build)
        first = begins.setdefault(line.row.version, number)
        parts = 1 if line.row.version in (Version.V2007, Version.V2010) else 2  # their service packs count the second
        if number[:parts] != first[:parts]:
            must = f"must begin with {'.'.join(map(str, first[:parts]))} as the others of {line.row.version}"
            yield line.problem("build", line.row.build, must)
        place = (line.row.version.age, number)
        if place <= before:
            yield line.problem("build", line.row.build, "must come after the build of the line before, oldest first")
        before = place


def _disagreements(lines: Lines) -> Iterator[Problem]:
    """Where sources differ, the row says which reading decides and why."""
    for table in ("statements.csv", "platforms.csv", "lifecycle.csv"):
        for line in lines[table]:
            if bool(line.row.disagreement) != bool(line.row.decided):
                yield line.problem("decided", line.row.decided, "must be filled in when sources disagree, only then")


CHECKS = (_keys, _sources, _statements, _ports, _others, _matrix, _builds, _disagreements)
