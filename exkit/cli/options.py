"""What the commands have in common: options, exit status, how text comes to a terminal."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

WRONG = 2  # exit status: a file could not be judged, or the call was wrong
BAD = 1  # exit status: judged, and the answer is bad
STOPPED = 130  # exit status: Ctrl-C, as shells have it


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


Files = Annotated[list[Path], typer.Argument(help="Topology files, or folders of them.", metavar="FILE")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="A day such as 2010-06-01; else the one in the file, else today."),
]


def parse_date(text: str | None) -> date | None:
    """The day that was asked for, or None when none was. ValueError for what is no date.

    >>> parse_date("2010-06-01"), parse_date(None)
    (datetime.date(2010, 6, 1), None)
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--as-of: {text!r} is no date; write it like 2010-06-01") from None


def parse_months(text: str) -> int:
    """A number of months to look ahead. ValueError for what is none.

    >>> parse_months("36")
    36
    """
    from exkit.timeline import MOST_MONTHS

    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_MONTHS):
        raise ValueError(f"--months: {text!r} is no number of months; write a whole number from 1 to {MOST_MONTHS}")
    return int(text)


def shown(path: Path | str) -> str:
    """A path, or a line that holds one, as a terminal may show it."""
    from exkit.terminal import clean

    return clean(str(path))


def tell(*lines: object) -> None:
    """An error for the person at the terminal: to stderr, control characters shown as text."""
    from exkit.terminal import clean

    for line in lines:
        print(clean(str(line)), file=sys.stderr)
