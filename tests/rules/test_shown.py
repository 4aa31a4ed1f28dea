"""What each rule hands over: what it tells, subjects, the choice it competes for, the evidence, the question.

Waivers name ids, readers go by what is told and by the evidence, and which statements compete is settled by their
choice. So all of it is kept in `shown.csv`, one line a match of each row of the other files. After a change that is
meant, `python -m tests.rules.test_shown` writes it anew, and the difference is there to be read.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from exkit.rules import RULES
from exkit.rules.base import Case, Match
from tests.build import day_for, facts, topology
from tests.rules.rows import Row
from tests.rules.test_every_statement import ROWS

FILE = Path(__file__).parent / "shown.csv"
COLUMNS = (
    *("statement", "sentence", "summary", "subjects", "anchor", "choice"),
    *("versions", "evidence", "question", "answers", "told"),
)
FIRING = [row for row in ROWS if row.verdicts]


def case_of(row: Row) -> Case:
    return Case(topology(*row.servers, **row.sections), facts(), row.as_of or day_for(*row.servers))


def line(row: Row, match: Match) -> tuple[str, ...]:
    asked = match.question
    return (
        row.statement,
        row.sentence,
        match.summary,
        " ".join(match.subjects),
        match.anchor or "",
        match.choice or "",
        " ".join(match.versions),
        "; ".join(map(str, match.evidence)),
        asked.field if asked else "",
        " | ".join(asked.allowed) if asked else "",
        " ".join(one for one in (match.condition, match.fix, *match.overrules, match.cell and "(cell)") if one),
    )


def shown(row: Row) -> list[tuple[str, ...]]:
    """A line for each match of the row's statement, in the order in which they are found."""
    case = case_of(row)
    rules = [rule for rule in RULES if row.statement in rule.statements]
    return [line(row, match) for rule in rules for match in rule.check(case) if match.statement == row.statement]


@cache
def kept() -> dict[tuple[str, str], list[tuple[str, ...]]]:
    found: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for one in csv.DictReader(file):
            found.setdefault((one["statement"], one["sentence"]), []).append(tuple(one[name] for name in COLUMNS))
    return found


def test_each_row_that_fires_is_kept_once_under_its_sentence() -> None:
    sentences = [(row.statement, row.sentence) for row in FIRING]
    assert sorted(sentences) == sorted(kept())


@pytest.mark.parametrize("row", FIRING, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_a_finding_shows_what_it_did(row: Row) -> None:
    assert shown(row) == kept()[row.statement, row.sentence]


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *(one for row in FIRING for one in shown(row))])
