"""Copies of tables that a test may break: read, change and write them."""

from __future__ import annotations

import csv
from pathlib import Path


def table(folder: Path, name: str) -> list[list[str]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def save(folder: Path, name: str, cells: list[list[str]]) -> None:
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(cells)


def change(folder: Path, name: str, column: str, value: str, **where: str) -> int:
    """Writes a value into a column of the first row whose columns hold `where`; gives the line of the file."""
    cells = table(folder, name)
    header = cells[0]
    for line, row in enumerate(cells[1:], start=2):
        if all(row[header.index(key)] == word for key, word in where.items()):
            row[header.index(column)] = value
            save(folder, name, cells)
            return line
    raise LookupError(f"{name} has no row with {where}")
