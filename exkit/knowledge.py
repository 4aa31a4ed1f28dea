"""Reads the tables of `data/knowledge/`: typed rows out, and every problem of every table at once.

Columns are known by the row models of `exkit.facts` alone, so that a table has its shape written once. No pandas
here: loading all tables takes less time than importing it. Callers use `exkit.facts.load`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from exkit.facts import Facts, FactsError, Life, Platform, PortRow, Problem, Product, RoleRow, Row, Source, Statement
from exkit.topology import CONTROL, Version
from exkit.verdict import Verdict

RowType = TypeVar("RowType", bound=Row)
JOINED_BY = ";"


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


def read_table(file: str, content: bytes, model: type[RowType]) -> tuple[list[Line[RowType]], list[Problem]]:
    """The rows of a table that are right, and what is wrong with the others. Blank lines are passed over."""
    try:
        text = content.decode("utf-8-sig")  # a spreadsheet may have written a byte order mark
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [], [Problem(file, line, "-", f"byte {content[error.start]:#04x}", "must be UTF-8")]
    lines: list[Line[RowType]] = []
    problems: list[Problem] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        problems += _header_problems(file, header, list(model.model_fields))
        if problems:
            return [], problems
        start = reader.line_num
        for cells in reader:
            number, start = start + 1, reader.line_num
            if len(cells) == len(header):
                row, wrong = _row(file, number, dict(zip(header, cells, strict=True)), model)
                problems += wrong
                if row is not None:
                    lines.append(Line(file, number, row))
            elif cells:
                must = f"must be {len(header)}, one a column"
                problems.append(
                    Problem(file, number, header[min(len(cells), len(header)) - 1], f"{len(cells)} cells", must)
                )
    except csv.Error as error:
        problems.append(Problem(file, reader.line_num, "-", str(error), "must be CSV with quotes that close"))
    return lines, problems


def _header_problems(file: str, header: list[str], columns: list[str]) -> Iterator[Problem]:
    for name in header:
        if name not in columns:
            yield Problem(file, 1, name, name, f"must be one of {', '.join(columns)}{nearest(name, columns)}")
        elif header.count(name) > 1:
            yield Problem(file, 1, name, name, "must be a column once")
    for name in columns:
        if name not in header:
            yield Problem(file, 1, name, "", "must be a column of this table")


def _row(file: str, number: int, cells: dict[str, str], model: type[RowType]) -> tuple[RowType | None, list[Problem]]:
    columns = _columns(model)
    problems = [
        Problem(file, number, name, text, "must be text on one line, without control characters")
        for name, text in cells.items()
        if CONTROL.search(text) or "\n" in text or "\r" in text
    ]
    for name, text in cells.items():
        parts = [part.strip() for part in text.split(JOINED_BY)] if columns[name].many and text.strip() else []
        if "" in parts or len(set(parts)) < len(parts):
            problems.append(
                Problem(file, number, name, text, "must be joined by '; ', each part filled in and only once")
            )
    try:
        row = model.model_validate(dict(_values(cells, columns)))
    except ValidationError as error:
        for found in error.errors(include_url=False):
            name = str(found["loc"][0])
            value = str(found["input"]) if len(found["loc"]) > 1 else cells[name].strip()
            problems.append(Problem(file, number, name, value, _must(found["type"], columns[name], value)))
        return None, problems
    return (None if problems else row), problems


def _values(cells: dict[str, str], columns: dict[str, Column]) -> Iterator[tuple[str, Any]]:
    """Cells as the row model takes them; blank ones are left out, so that it says which may be."""
    for name, text in cells.items():
        cell = text.strip()
        if columns[name].many:
            yield name, tuple(part.strip() for part in cell.split(JOINED_BY)) if cell else ()
        elif cell:
            yield name, {"yes": True, "no": False}.get(cell, cell) if columns[name].yes_no else cell


def _must(kind: str, column: Column, value: str) -> str:
    if value == "":
        return "must be filled in"
    if column.words:
        return f"must be one of {', '.join(column.words)}{nearest(value, column.words)}"
    if column.yes_no:
        return "must be yes or no"
    return {
        "day": "must be a day as 2010-01-31",
        "string_pattern_mismatch": f"must look like {column.pattern}",
    }.get(kind, f"must be otherwise: {kind}")


@dataclass(frozen=True)
class Column:
    """What the row model says of a column."""

    many: bool
    yes_no: bool
    words: tuple[str, ...]  # the closed list, when there is one
    pattern: str  # what the text must look like, when that is said


@cache
def _columns(model: type[Row]) -> dict[str, Column]:
    columns = {}
    for name, field in model.model_fields.items():
        many = get_origin(field.annotation) is tuple
        words = tuple(_words(field.annotation))
        pattern = next((str(one.pattern) for one in field.metadata if getattr(one, "pattern", None)), "")
        columns[name] = Column(many, field.annotation is bool, words, pattern)
    return columns


def _words(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(word.value) for word in annotation)
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) in (tuple, Union, UnionType):
        for inner in get_args(annotation):
            yield from _words(inner)


TABLES: dict[str, type[Row]] = {
    "sources.csv": Source,
    "statements.csv": Statement,
    "roles.csv": RoleRow,
    "ports.csv": PortRow,
    "products.csv": Product,
    "lifecycle.csv": Life,
    "platforms.csv": Platform,
}


def knowledge_folder() -> Path:
    """`data/knowledge` of the clone; in an installed wheel, the copy inside the package."""
    package = Path(__file__).resolve().parent
    carried = package / "data" / "knowledge"
    return carried if carried.is_dir() else package.parent / "data" / "knowledge"


def read_all(folder: Path | None = None) -> Facts:
    """The tables of a folder. See `exkit.facts.load`."""
    folder = folder or knowledge_folder()
    contents, problems = {}, []
    for name in sorted({*TABLES, *(file.name for file in folder.glob("*.csv"))}):
        if not (folder / name).is_file():
            problems.append(Problem(name, 0, "-", str(folder), f"must hold the table {name}"))
        elif name not in TABLES:
            problems.append(Problem(name, 0, "-", name, f"must be one of {', '.join(TABLES)}{nearest(name, TABLES)}"))
        else:
            contents[name] = (folder / name).read_bytes()
    lines: dict[str, list[Line[Any]]] = {name: [] for name in TABLES}
    for name, content in contents.items():
        lines[name], wrong = read_table(name, content, TABLES[name])
        problems += wrong
    # Checks between rows would only repeat what is wrong already when some rows are missing.
    problems = problems or [problem for check in CHECKS for problem in check(lines)]
    if problems:
        raise FactsError(problems)
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + contents[name] + b"\0")

    def rows(table: str) -> tuple[Any, ...]:
        return tuple(line.row for line in lines[table])

    return Facts(
        sources=rows("sources.csv"),
        statements=rows("statements.csv"),
        roles=rows("roles.csv"),
        ports=rows("ports.csv"),
        products=rows("products.csv"),
        lives=rows("lifecycle.csv"),
        platforms=rows("platforms.csv"),
        digest=f"sha256:{digest.hexdigest()}",
    )


Lines = dict[str, list[Line[Any]]]


def _keys(lines: Lines) -> Iterator[Problem]:
    """No two rows for one thing."""
    key_of: dict[str, Callable[[Any], tuple[object, ...]]] = {
        "sources.csv": lambda row: (row.id,),
        "roles.csv": lambda row: (row.version, row.role),
        "ports.csv": lambda row: (row.version, row.source, row.target, row.transport, row.ports, row.path),
        "products.csv": lambda row: (row.id,),
        "lifecycle.csv": lambda row: (row.id,),
        "platforms.csv": lambda row: (row.version, row.part, row.platform),
    }
    for table, key in key_of.items():
        seen: dict[object, int] = {}
        for line in lines[table]:
            first = seen.setdefault(key(line.row), line.number)
            if first != line.number:
                column = next(iter(type(line.row).model_fields))
                yield line.problem(column, getattr(line.row, column), f"must not repeat the row of line {first}")
    names: dict[str, str] = {}
    for line in lines["products.csv"]:
        for name in (line.row.id, *line.row.also_called):
            if names.setdefault(name.casefold(), line.row.id) != line.row.id:
                yield line.problem("also_called", name, f"must not be a name of {names[name.casefold()]} too")


def _sources(lines: Lines) -> Iterator[Problem]:
    """Every source is in sources.csv; what is documented can be looked up; what no text says is recalled."""
    sources = {line.row.id: line.row for line in lines["sources.csv"]}
    for name in TABLES:
        for line in lines[name] if name != "sources.csv" else ():
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
    versions = set(row.versions or Version) & set(other.versions or Version)
    apart = (row.until and other.since and row.until < other.since) or (
        other.until and row.since and other.until < row.since
    )
    return bool(versions) and not apart


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
    """Products, dates and the support matrix."""
    systems = {line.row.id for line in lines["lifecycle.csv"] if line.row.kind == "os"}
    for line in lines["platforms.csv"]:
        row: Platform = line.row
        if row.platform not in systems:
            yield line.problem(
                "platform", row.platform, f"must be an os of lifecycle.csv{nearest(row.platform, systems)}"
            )
        if (row.verdict is Verdict.CONDITIONAL) != bool(row.condition):
            yield line.problem(
                "condition", row.condition, "must be filled in when the verdict is conditional, only then"
            )
        if row.since_build and not re.fullmatch(r"\d+(\.\d+)+", row.since_build, re.ASCII):
            yield line.problem("since_build", row.since_build, "must be the start of a build number as 14.3")
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


def _disagreements(lines: Lines) -> Iterator[Problem]:
    """Where sources differ, the row says which reading decides and why."""
    for table in ("statements.csv", "platforms.csv", "lifecycle.csv"):
        for line in lines[table]:
            if bool(line.row.disagreement) != bool(line.row.decided):
                yield line.problem("decided", line.row.decided, "must be filled in when sources disagree, only then")


CHECKS = (_keys, _sources, _statements, _ports, _others, _disagreements)
