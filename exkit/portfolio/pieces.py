"""The sections over many customers: HTML for notebook and page, text for a terminal."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from exkit.portfolio.rows import Portfolio
from exkit.report.judged import facts_of_today
from exkit.report.piece import TEMPLATES, Piece, environment
from exkit.report.piece import style as report_style
from exkit.verdict import Verdict

OWN = Path(__file__).parent / "template"
MOST_COLUMNS = 60
MOST_NAMES = 200


@cache
def templates() -> Environment:
    """The report's own, with the portfolio's templates beside them."""
    return environment().overlay(loader=ChoiceLoader([FileSystemLoader(OWN), FileSystemLoader(TEMPLATES)]))


def _piece(section: str, **values: object) -> Piece:
    return Piece(
        html=str(getattr(templates().get_template("portfolio.html.j2").module, section)(**values)).strip(),
        text=str(getattr(templates().get_template("portfolio.txt.j2").module, section)(**values)).strip(),
    )


def style() -> Piece:
    """The style of these pieces, for a notebook; shown once, in its first cell."""
    own = Markup((OWN / "portfolio.css").read_text(encoding="utf-8"))
    return Piece(html=report_style().html + str(Markup("<style>\n{}</style>").format(own)), text="")


def answer(customers: Portfolio) -> Piece:
    """How many are supported, by topology and by life cycle."""
    return _piece("answer", customers=customers, tallies=tallies(customers))


def tallies(customers: Portfolio) -> list[tuple[str, list[tuple[Verdict, int]]]]:
    """For each aspect how many customers have each verdict, worst first."""
    told = []
    for aspect, name in (("topology", "By topology"), ("lifecycle", "By life cycle")):
        found = Counter(row.verdict(aspect) for row in customers.rows)
        told.append((name, [(verdict, found[verdict]) for verdict in Verdict if found[verdict]]))
    return told


def heat_map(customers: Portfolio) -> Piece:
    """One row a customer, worst first; one column a statement that finds something somewhere."""
    statements = customers.statements
    return _piece(
        "heat_map", customers=customers, columns=statements[:MOST_COLUMNS], left_out=statements[MOST_COLUMNS:]
    )


def hit(customers: Portfolio, statement: str = "") -> Piece:
    """Which customers a statement hits; without one, all statements that find something, each with its customers."""
    wanted = (statement,) if statement else customers.statements
    rows = [(name, list(customers.hit_by(name))) for name in wanted]
    claims = {row.id: row.claim for row in reversed(facts_of_today().statements)}  # of the oldest version it speaks of
    return _piece("hit", rows=rows, claims=claims, most=MOST_NAMES)


def ending(customers: Portfolio, months: int = 12) -> Piece:
    """What falls out of support in the months after each customer's as-of date."""
    return _piece("ending", rows=customers.ending_within(months), months=months)


def changed(customers: Portfolio) -> Piece:
    """Which findings changed since the report before, and who changed them."""
    rows = [(row, change) for row in customers.rows for change in row.summary.get("changes", ())]
    return _piece("changed", rows=rows, verdict=Verdict)


def refused(customers: Portfolio) -> Piece:
    """The files that could not be judged, and why."""
    return _piece("refused", rows=customers.refused)
