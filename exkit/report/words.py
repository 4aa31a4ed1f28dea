"""How values are written for people: dates, counts, names, confidence; and what is made harmless on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

CONFIDENCE = {
    "documented": "documented",
    "secondary": "secondary: a book, a community page, or an inference from a vendor text",
    "recalled": "recalled, not read: check before you rely on it",
}


def plain(value: object) -> str:
    """One line of text that is safe in a terminal: whatever steers the terminal is shown as its code.

    >>> plain("Con\\x1b[31mtoso\\n")
    'Con\\\\x1b[31mtoso\\\\n'
    """
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(value))


def day(value: date) -> str:
    """A date as people write it, without a leading zero.

    >>> day(date(2010, 3, 1))
    '1 March 2010'
    """
    return f"{value.day} {value:%B %Y}"


def in_force(since: date | None, until: date | None) -> str:
    """The days on which a row of the tables is so; empty when it always is.

    >>> in_force(date(2020, 10, 14), None), in_force(None, None)
    ('from 2020-10-14', '')
    """
    parts = (f"from {since}" if since else "", f"until {until}" if until else "")
    return " ".join(part for part in parts if part)


def count(number: int, one: str, many: str = "") -> str:
    """A number and its noun.

    >>> count(1, "finding"), count(3, "finding"), count(0, "reply", "replies")
    ('1 finding', '3 findings', 'no replies')
    """
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"


def weblink(url: str) -> str:
    """The address when it may stand in a link, else nothing: a source may only lead to the web.

    >>> weblink("https://example.org/"), weblink("javascript:alert(1)")
    ('https://example.org/', '')
    """
    return url if url.startswith(("https://", "http://")) else ""


def names(values: Iterable[str]) -> str:
    """Names in one line, EX2 before EX10; three or more that differ in the last number only are written as a range.

    >>> names(["MBX3", "MBX1", "MBX2", "DC1"]), names(["EX10", "EX2"])
    ('DC1, MBX1 to MBX3', 'EX2, EX10')
    """
    told: list[str] = []
    run: list[str] = []
    for value in [*sorted(set(values), key=_natural), ""]:
        if run and _follows(run[-1], value):
            run.append(value)
            continue
        told.extend([f"{run[0]} to {run[-1]}"] if len(run) > 2 else run)
        run = [value] if value else []
    return ", ".join(told)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"([0-9]+)", name)]


def _follows(name: str, after: str) -> bool:
    first, second = (
        re.fullmatch(r"(.*?)([0-9]{1,9})", name, re.DOTALL),
        re.fullmatch(r"(.*?)([0-9]{1,9})", after, re.DOTALL),
    )
    if first is None or second is None or first[1] != second[1]:
        return False
    same_width = len(first[2]) == len(second[2]) or not (first[2] + second[2]).startswith("0")
    return same_width and int(second[2]) == int(first[2]) + 1


def confidence(kind: str) -> str:
    """What a confidence means to a reader; a recalled source is named as such.

    >>> confidence("recalled")
    'recalled, not read: check before you rely on it'
    """
    return CONFIDENCE[kind]
