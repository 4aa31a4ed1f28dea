"""Reads the tables of `data/knowledge/`: typed rows out, and every problem of every table at once.

Columns are known by the row models of `exkit.rows` and `exkit.builds` alone, so that a table has its shape written
once. No pandas here: loading all tables takes less time than importing it. Callers use `exkit.facts.load`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from exkit.builds import Build
from exkit.crosschecks import CHECKS, Line, RowType, nearest
from exkit.facts import Facts, FactsError, Problem
from exkit.rows import Life, Platform, PortRow, Product, RoleRow, Row, Source, Statement
from exkit.topology import CONTROL

JOINED_BY = ";"


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
        problems += _header_problems(file, header, list(_columns(model)))
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
        "int_parsing": "must be a whole number",
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
    for field_name, field in model.model_fields.items():
        name = field.alias or field_name  # a column may be called by a word that Python keeps for itself
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
    "builds.csv": Build,
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
        builds=rows("builds.csv"),
        digest=f"sha256:{digest.hexdigest()}",
    )
