"""An objection card as a piece of a report, and as a page of its own that prints on one sheet of A4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbformat import v4

from exkit.facts import Facts
from exkit.report.piece import Piece, piece
from exkit.report.words import in_force
from exkit.rows import Statement
from exkit.teaching import Objection
from exkit.topology import Version
from exkit.verdict import Verdict


@dataclass(frozen=True)
class Ruling:
    """What a statement judges: each of its verdicts, worst first, with the versions and days it holds for."""

    statement: str
    claim: str
    verdicts: tuple[tuple[Verdict, str], ...]


def rulings(card: Objection, facts: Facts) -> tuple[Ruling, ...]:
    """The verdicts behind a card, out of the facts of today: the card itself holds none."""
    found = {id: facts.statements_called(id) for id in card.statements}
    return tuple(Ruling(id, rows[0].claim, tuple(_verdicts(rows))) for id, rows in found.items())


def _verdicts(rows: tuple[Statement, ...]) -> Iterator[tuple[Verdict, str]]:
    for verdict in Verdict:
        days: dict[str, set[Version]] = defaultdict(set)
        for row in rows:
            if row.verdict is verdict:
                days[in_force(row.since, row.until)] |= set(row.versions)
        if days:
            told = (" ".join(filter(None, [_versions(of), when])) for when, of in days.items())
            yield verdict, "; ".join(filter(None, told))


def _versions(versions: Iterable[Version]) -> str:
    """Versions oldest first, three or more that follow each other as a span.

    >>> _versions([Version.SE, Version.V2003, Version.V2013, Version.V2016, Version.V2019])
    '2003, 2013 to SE'
    """
    runs: list[list[Version]] = []
    for version in sorted(versions, key=lambda version: version.age):
        if runs and version.age == runs[-1][-1].age + 1:
            runs[-1].append(version)
        else:
            runs.append([version])
    told = ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else run for run in runs)
    return ", ".join(name for names in told for name in names)


def card(objection: Objection, facts: Facts, level: int = 3) -> Piece:
    """A card: the objection as a heading of a level, the answer, the verdicts behind it, the sources.

    >>> from exkit.report.judged import cards_of_today, facts_of_today
    >>> print(repr(card(cards_of_today()[0], facts_of_today())).splitlines()[0])
    Our auditors demand a firewall between the servers that clients reach and the servers with the mailboxes.
    """
    return piece("card", card=objection, facts=facts, rulings=rulings(objection, facts), level=level)


def page(objection: Objection, facts: Facts) -> str:
    """The card as an HTML page that loads nothing and prints on one sheet of A4."""
    from exkit.report.page import to_html  # here: a report does without until it is written

    shown = v4.new_output("display_data", {"text/html": card(objection, facts, level=1).html})
    return to_html(v4.new_notebook(cells=[v4.new_code_cell("", outputs=[shown])]), objection.claim)
