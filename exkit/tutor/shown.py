"""What lessons show besides examples and exercises: statements, ports, dates, objections."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from exkit import explain
from exkit.report import cards
from exkit.report.judged import cards_of_today, facts_of_today
from exkit.report.piece import TEMPLATES, Piece, environment
from exkit.report.words import in_force
from exkit.rows import Life, Statement
from exkit.teaching import objection_named
from exkit.topology import Version

OWN = Path(__file__).parent / "template"
FILTERS = {
    "tight": "may be as tight as this",
    "any-any": "none: every port must pass, both ways",
    "local": "never leaves the host",
}


@cache
def templates() -> Environment:
    """The report's own, with the lessons' templates beside them."""
    made = environment().overlay(loader=ChoiceLoader([FileSystemLoader(OWN), FileSystemLoader(TEMPLATES)]))
    made.filters = {**made.filters, "in_force": _in_force}
    return made


def piece(section: str, **values: object) -> Piece:
    """A piece made of the two macros named `section`."""
    return Piece(
        html=str(getattr(templates().get_template("tutor.html.j2").module, section)(**values)).strip(),
        text=str(getattr(templates().get_template("tutor.txt.j2").module, section)(**values)).strip(),
    )


def statement(id: str, version: str = "") -> Piece:
    """See `exkit.tutor.statement`.

    >>> print(repr(statement("cas-in-perimeter", "2010")).splitlines()[0])
    ✕ unsupported: A server holding the Client Access role is placed in the perimeter network. (Exchange 2010)
    """
    facts = facts_of_today()
    wanted = explain.version_named(version) if version else None
    rows = explain.statements_named(facts, id, wanted)
    if not rows:
        raise explain.not_known(facts, id)
    return piece("statement", facts=facts, rows=rows)


def ports(version: str, source: str, target: str) -> Piece:
    """See `exkit.tutor.ports`."""
    facts, of = facts_of_today(), explain.version_named(version)
    ends = explain.port_role_named("source", source), explain.port_role_named("target", target)
    rows = explain.ports_between(facts, of, *ends)
    return piece("ports", version=of, source=ends[0], target=ends[1], rows=rows, filters=FILTERS)


def life(version: str) -> Piece:
    """See `exkit.tutor.life`."""
    facts = facts_of_today()
    return piece("life", facts=facts, row=_life(explain.version_named(version)))


def card(id: str) -> Piece:
    """See `exkit.tutor.card`."""
    return cards.card(objection_named(cards_of_today(), id), facts_of_today())


def _life(version: Version) -> Life:
    row = facts_of_today().life(f"exchange-{version.value.casefold()}")
    if row is None:
        raise ValueError(f"no day of the life of Exchange {version} is known")
    return row


def _in_force(row: Statement) -> str:
    return in_force(row.since, row.until)
