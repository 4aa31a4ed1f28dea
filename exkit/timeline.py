"""What goes out of support, what already has, and when: the life cycle of everything that a topology names.

The days come from `data/knowledge/lifecycle.csv`, each with the source and the confidence of its row.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from exkit.facts import Facts
from exkit.rows import Life, Source, Statement
from exkit.topology import Role, Topology
from exkit.verdict import Verdict

MONTHS = 36  # how far ahead people plan
MOST_MONTHS = 600


class Phase(StrEnum):
    """Where in its life a product is on a day; the words are those of the statements on life cycle."""

    NOT_YET_RELEASED = "not-yet-released"
    MAINSTREAM = "in-mainstream-support"
    EXTENDED = "in-extended-support"
    OUT = "out-of-support"
    NOT_KNOWN = "not-known"

    @property
    def words(self) -> str:
        """The phase as people write it."""
        return self.value.replace("-", " ")

    @property
    def verdict(self) -> Verdict:
        """What its maker still does for it, as a verdict: of the product alone, not of the choice to use it."""
        return {
            Phase.MAINSTREAM: Verdict.SUPPORTED,
            Phase.EXTENDED: Verdict.SUPPORTED,
            Phase.OUT: Verdict.UNSUPPORTED,
        }.get(self, Verdict.UNKNOWN)


class Milestone(StrEnum):
    """What happens on a day of a life cycle."""

    RELEASED = "released"
    MAINSTREAM_END = "end of mainstream support"
    EXTENDED_END = "end of extended support"
    EARLIEST_END = "earliest end of support"  # the modern life cycle knows no extended support
    END = "end of support"  # of what has no known day at all


class State(StrEnum):
    """Where a day lies, seen from the as-of date."""

    PAST = "past"
    WITHIN = "within the horizon"
    LATER = "later"
    NOT_KNOWN = "not known"


@dataclass(frozen=True)
class InUse:
    """A product that the topology names, and who uses it; `life` is None when no day of it is known."""

    name: str
    used_by: tuple[str, ...]  # servers, and publishing rules
    life: Life | None
    phase: Phase
    sources: tuple[Source, ...]
    paid: Statement | None  # what the vendor says of paid updates after the end


@dataclass(frozen=True)
class Row:
    """One day of one life cycle. Ends are last days of support, that day included, so `days_left` is 0 on it.

    `days_left` is negative for what is past; `day` and `days_left` are None for what is not known.
    """

    what: InUse
    milestone: Milestone
    day: date | None
    state: State
    days_left: int | None

    @property
    def when(self) -> str:
        """How far off the day is, to be put behind the milestone: `, 41 days ago`."""
        if self.days_left is None:
            return " is not known"
        if self.days_left == 0:
            return ", this very day"
        days = f"{abs(self.days_left):,} {'day' if abs(self.days_left) == 1 else 'days'}"
        return f", in {days}" if self.days_left > 0 else f", {days} ago"


@dataclass(frozen=True)
class Timeline:
    """The life cycles of one topology, seen from one day: all rows by day, what is not known last."""

    customer: str
    as_of: date
    months: int
    until: date  # the last day of the horizon
    products: tuple[InUse, ...]  # the first to end at the top
    rows: tuple[Row, ...]

    def days_of(self, what: InUse) -> dict[Milestone, Row]:
        """The rows of one product by what happens on them."""
        return {row.milestone: row for row in self.rows if row.what is what}

    def within(self, *milestones: Milestone) -> tuple[Row, ...]:
        """The rows of these kinds that lie within the horizon, by day."""
        return tuple(row for row in self.rows if row.state is State.WITHIN and row.milestone in milestones)

    def to_dict(self) -> dict[str, object]:
        """The timeline ready for JSON."""
        return {
            "customer": self.customer,
            "as_of": self.as_of.isoformat(),
            "months": self.months,
            "until": self.until.isoformat(),
            "rows": [_row_to_dict(row) for row in self.rows],
        }


LAST = (Milestone.EXTENDED_END, Milestone.EARLIEST_END)  # no support follows, or none is promised


def timeline(topology: Topology, facts: Facts, as_of: date, months: int = MONTHS) -> Timeline:
    """What the topology names, with each day of its life cycle as seen from `as_of`.

    Exchange versions, operating systems, publishing products, and what the file leaves out of these.
    ValueError when `months` is no horizon.
    """
    until = months_later(as_of, months)
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for life_id, name, user in (*_uses(topology, facts), *_left_out(topology)):
        if user not in users[life_id, name]:
            users[life_id, name].append(user)
    products = [_in_use(*key, tuple(names), facts, as_of, until) for key, names in users.items()]
    rows = [_row(what, milestone, day, as_of, until) for what in products for milestone, day in _days(what.life)]
    return Timeline(
        topology.customer,
        as_of,
        months,
        until,
        tuple(sorted(products, key=lambda what: (_last_day(what.life), what.name))),
        tuple(sorted(rows, key=lambda row: (row.day or date.max, row.day is None, row.what.name, row.milestone))),
    )


def phase(life: Life, as_of: date) -> Phase:
    """Where in its life a product is on a day; each last day of support still belongs to it."""
    if life.released and as_of < life.released:
        return Phase.NOT_YET_RELEASED
    if life.mainstream_end and as_of <= life.mainstream_end:
        return Phase.MAINSTREAM
    if life.extended_end:
        return Phase.EXTENDED if as_of <= life.extended_end else Phase.OUT
    return Phase.NOT_KNOWN


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month when it is shorter; never after the year 9999.

    >>> months_later(date(2023, 11, 30), 3), months_later(date(2010, 6, 1), 36)
    (datetime.date(2024, 2, 29), datetime.date(2013, 6, 1))
    """
    if not 1 <= months <= MOST_MONTHS:
        raise ValueError(f"months is {months}; write a whole number from 1 to {MOST_MONTHS}")
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _uses(topology: Topology, facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Id in the table of life cycles, name for where it has none, and who uses it."""
    for server in topology.servers:
        if server.is_exchange and server.version is not None:
            yield f"exchange-{server.version.lower()}", f"Exchange {server.version}", server.name
        if server.os is not None:
            system = facts.system(server.os)
            yield system, system, server.name
        for name in server.also_runs:
            if (product := facts.product(name)) is not None:
                yield product.id, product.name, server.name
    for rule in topology.publishing:
        if rule.product is not None and rule.product != "other":  # which has no life to tell
            product = facts.product(rule.product)
            yield (product.id, product.name, rule.name) if product else (rule.product, rule.product, rule.name)


def _left_out(topology: Topology) -> Iterator[tuple[str, str, str]]:
    """What has a life cycle and is not named in the file: said, as silence would read as nothing to fear."""
    for server in topology.servers:
        if server.is_exchange and server.version is None:
            yield "", "Exchange, version not given", server.name
        if server.os is None and (server.is_exchange or server.holds(Role.DOMAIN_CONTROLLER)):
            yield "", "Windows, version not given", server.name
    for rule in topology.publishing:
        if rule.product is None:
            yield "", "Publishing product, not given", rule.name


def _in_use(life_id: str, name: str, used_by: tuple[str, ...], facts: Facts, as_of: date, until: date) -> InUse:
    life = facts.life(life_id)
    if life is None:
        return InUse(name, used_by, None, Phase.NOT_KNOWN, (), None)
    sources = tuple(facts.source(one) for one in life.sources)
    near = _last_day(life) <= until  # before, it would tell of years that nobody asked about
    paid = (row for row in facts.statements_called("life-esu") if near and life.id in _lives_of(row))
    return InUse(life.name, used_by, life, phase(life, as_of), sources, next(paid, None))


def _lives_of(row: Statement) -> list[str]:
    return [f"exchange-{version.lower()}" for version in row.versions]


def _days(life: Life | None) -> Iterator[tuple[Milestone, date | None]]:
    """The days of a life. Cumulative updates have lives of their own; what a build is served until joins here."""
    if life is not None:
        yield Milestone.RELEASED, life.released
    if life is None or not (life.mainstream_end or life.extended_end):
        yield Milestone.END, None
    elif life.extended_end is None:
        yield Milestone.EARLIEST_END, life.mainstream_end
    else:
        yield Milestone.MAINSTREAM_END, life.mainstream_end
        yield Milestone.EXTENDED_END, life.extended_end


def _row(what: InUse, milestone: Milestone, day: date | None, as_of: date, until: date) -> Row:
    if day is None:
        return Row(what, milestone, None, State.NOT_KNOWN, None)
    over = day <= as_of if milestone is Milestone.RELEASED else day < as_of
    state = State.PAST if over else State.WITHIN if day <= until else State.LATER
    return Row(what, milestone, day, state, (day - as_of).days)


def _last_day(life: Life | None) -> date:
    last = (life.extended_end or life.mainstream_end) if life else None
    return last or date.max


def _row_to_dict(row: Row) -> dict[str, object]:
    life, paid = row.what.life, row.what.paid if row.milestone is Milestone.EXTENDED_END else None
    return {
        "what": row.what.name,
        "id": life.id if life else None,
        "used_by": list(row.what.used_by),
        "phase": row.what.phase.value,
        "milestone": row.milestone.value,
        "day": row.day.isoformat() if row.day else None,
        "state": row.state.value,
        "days_left": row.days_left,
        "disagreement": {"reading": life.disagreement, "decided": life.decided} if life and life.disagreement else None,
        "paid_updates": {"statement": paid.id, "claim": paid.claim, "why": paid.why, "condition": paid.condition,
                         "confidence": paid.confidence} if paid else None,
        "sources": [{"title": source.title, "url": source.url} for source in row.what.sources],
        "confidence": life.confidence if life else None,
    }  # fmt: skip
