"""What lessons are made of: typed rows of `data/teaching/`, one table a file, refused at the door when bad.

`data/README.md` is the dictionary of the tables. They hold no verdict of a topology: the answer key of an exercise is
what `exkit.advice` says. `load` reads all four, `load_objections` the cards alone, which is all that a report needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from exkit.crosschecks import Line, Lines, nearest
from exkit.facts import Facts, FactsError, Problem
from exkit.knowledge import knowledge_folder, read_table
from exkit.rows import Family, Ids, Row, Slug, Topic
from exkit.topology import Topology, Version
from exkit.verdict import Verdict


class PairRow(Row):
    """One step of the edit that makes the other half of a minimal pair out of an example customer."""

    pair: Slug  # rows of one pair are the steps of one edit, in their order
    pattern: Slug  # the stem of a file of data/customers
    op: Literal["add", "change", "rename", "remove"]
    section: str = ""  # empty: the topology itself
    name: str = ""
    field: str = ""
    value: str = ""  # YAML flow text
    lessons: tuple[Slug, ...] = ()  # those that it was made for; none: practice over the whole library


class Misconception(Row):
    """A wrong reason that people give for a verdict, and why it is wrong."""

    id: Slug
    belief: str  # one sentence, as somebody who is sure of it would say it
    correction: str
    statements: Ids  # where it tempts: ids of statements that a rule finds
    verdict: Verdict  # the wrong verdict that goes with it; no row of these statements has it
    objection: str = ""  # the card that goes deeper
    sources: Ids


class Objection(Row):
    """A card: what people object to the vendor's rules, in its strongest form, and the answer to it."""

    id: Slug
    claim: str  # one sentence, as people say it
    strongest: str  # the case for it, as its best advocate would make it
    true_part: str
    vendor: str
    mechanism: str  # why it is technically so
    alternative: str
    risk: str  # what remains when the advice is followed
    would_change: str
    statements: Ids
    versions: tuple[Version, ...]  # of which Exchange people say so; empty: of any
    sources: Ids

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """The parts of the card after the claim, each with its heading."""
        return (
            ("At its strongest", self.strongest),
            ("What is true in it", self.true_part),
            ("What the vendor says", self.vendor),
            ("Why it is so", self.mechanism),
            ("What to do instead", self.alternative),
            ("What remains as risk", self.risk),
            ("What would change the answer", self.would_change),
        )


class LessonRow(Row):
    """A lesson: whom it is for, what one can do after it, what its exercises are drawn from."""

    id: Slug
    title: str
    minutes: int
    for_: str = Field(alias="for")
    after: Ids
    next: Ids  # ids of lessons, or of sources.csv
    topics: Ids  # topics, families or ids of statements
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]
    exercises: str = Field(pattern=r"^(pair|ports|repair)( (pair|ports|repair))*$")  # their kinds, in order


TABLES: dict[str, type[Row]] = {
    "pairs.csv": PairRow,
    "misconceptions.csv": Misconception,
    "objections.csv": Objection,
    "lessons.csv": LessonRow,
}


@dataclass(frozen=True)
class Teaching:
    """The four tables, in the order of their files."""

    pairs: tuple[PairRow, ...]
    misconceptions: tuple[Misconception, ...]
    objections: tuple[Objection, ...]
    lessons: tuple[LessonRow, ...]


def teaching_folder() -> Path:
    """`data/teaching`, beside `data/knowledge`."""
    return knowledge_folder().parent / "teaching"


def load(facts: Facts, folder: Path | None = None) -> Teaching:
    """All tables of a folder; without one, those of this edition. The facts say which ids there are.

    Raises FactsError with every problem of every table.
    """
    lines = _read(facts, folder or teaching_folder(), tuple(TABLES))
    rows: dict[str, tuple[Any, ...]] = {name: tuple(line.row for line in lines[name]) for name in TABLES}
    return Teaching(rows["pairs.csv"], rows["misconceptions.csv"], rows["objections.csv"], rows["lessons.csv"])


def load_objections(facts: Facts, folder: Path | None = None) -> tuple[Objection, ...]:
    """The cards alone. Raises FactsError with every problem of their table."""
    lines = _read(facts, folder or teaching_folder(), ("objections.csv",))
    return tuple(line.row for line in lines["objections.csv"])


def load_sayings(facts: Facts, folder: Path | None = None) -> tuple[tuple[Objection, ...], tuple[Misconception, ...]]:
    """What people say: the cards, and the wrong reasons. Raises FactsError with every problem of their tables."""
    lines = _read(facts, folder or teaching_folder(), ("objections.csv", "misconceptions.csv"))
    cards, reasons = lines["objections.csv"], lines["misconceptions.csv"]
    return tuple(line.row for line in cards), tuple(line.row for line in reasons)


def objection_named(cards: Iterable[Objection], word: str) -> Objection:
    """A card by its id, in any case. ValueError names the nearest."""
    by_id = {card.id: card for card in cards}
    if word.casefold() not in by_id:
        near = nearest(word.casefold(), by_id) or f"; there are {', '.join(by_id)}"
        raise ValueError(f"{word!r} is no objection card{near}")
    return by_id[word.casefold()]


def objections_to(
    cards: Iterable[Objection], statements: Iterable[str], versions: Iterable[Version]
) -> tuple[Objection, ...]:
    """The cards that speak of one of these statements, as people with one of these versions say it."""
    found, had = set(statements), set(versions)
    return tuple(
        card for card in cards if found & set(card.statements) and (not card.versions or had & set(card.versions))
    )


def _read(facts: Facts, folder: Path, names: tuple[str, ...]) -> Lines:
    lines: Lines = {}
    problems: list[Problem] = []
    for name in names:
        if not (folder / name).is_file():
            problems.append(Problem(name, 0, "-", str(folder), f"must hold the table {name}"))
            continue
        lines[name], wrong = read_table(name, (folder / name).read_bytes(), TABLES[name])
        problems += wrong
    # Checks between rows would only repeat what is wrong already when some rows are missing.
    problems = problems or [problem for check in CHECKS for problem in check(lines, facts)]
    if problems:
        raise FactsError(problems)
    return lines


def _named_once(lines: Lines, facts: Facts) -> Iterator[Problem]:
    """No two rows for one thing, no two wrong reasons in the same words."""
    for table, column in KEYS:
        seen: dict[str, int] = {}
        for line in lines.get(table, ()):
            first = seen.setdefault(getattr(line.row, column), line.number)
            if first != line.number:
                yield line.problem(column, getattr(line.row, column), f"must not repeat line {first}")


KEYS = (
    ("misconceptions.csv", "id"),
    ("misconceptions.csv", "belief"),
    ("objections.csv", "id"),
    ("objections.csv", "claim"),
    ("lessons.csv", "id"),
)


def _known_ids(lines: Lines, facts: Facts) -> Iterator[Problem]:
    """What a row refers to is there: statements, sources, cards, lessons."""
    statements = {row.id for row in facts.statements}
    sources = {row.id for row in facts.sources}
    cards = {line.row.id for line in lines.get("objections.csv", ())}
    lessons = {line.row.id for line in lines.get("lessons.csv", ())}
    topics = statements | {*get_args(Topic), *get_args(Family)}
    places: tuple[tuple[str, str, set[str], str], ...] = (
        ("misconceptions.csv", "statements", statements, "an id of statements.csv"),
        ("misconceptions.csv", "objection", cards | {""}, "an id of objections.csv"),
        ("misconceptions.csv", "sources", sources, "an id of sources.csv"),
        ("objections.csv", "statements", statements, "an id of statements.csv"),
        ("objections.csv", "sources", sources, "an id of sources.csv"),
        ("pairs.csv", "lessons", lessons, "an id of lessons.csv"),
        ("lessons.csv", "topics", topics, "a topic, a family or an id of statements.csv"),
        ("lessons.csv", "next", sources | lessons, "an id of sources.csv or of a lesson"),
    )
    for table, column, known, what in places:
        for line in lines.get(table, ()):
            cell = getattr(line.row, column)
            for id in (cell,) if isinstance(cell, str) else cell:
                if id not in known:
                    yield line.problem(column, id, f"must be {what}{nearest(id, known)}")


def _misconceptions(lines: Lines, facts: Facts) -> Iterator[Problem]:
    """A wrong reason goes with a wrong verdict, in exercises that a rule makes."""
    for line in lines.get("misconceptions.csv", ()):
        row: Misconception = line.row
        for id in row.statements:
            for statement in facts.statements_called(id):
                if statement.use != "rule":
                    yield line.problem("statements", id, "must be a statement that a rule finds")
                if statement.verdict is row.verdict:
                    must = f"must be wrong of every statement of the row; {id} is {row.verdict.words}"
                    yield line.problem("verdict", row.verdict.value, must)


def _pairs(lines: Lines, facts: Facts) -> Iterator[Problem]:
    """A pair starts from one example customer, and its steps name what they need."""
    patterns = {path.stem for path in (knowledge_folder().parent / "customers").glob("*.yaml")}
    pattern_of: dict[str, Line[PairRow]] = {}
    for line in lines.get("pairs.csv", ()):
        row: PairRow = line.row
        first = pattern_of.setdefault(row.pair, line)
        if row.pattern not in patterns:
            must = f"must be the name of an example customer{nearest(row.pattern, patterns)}"
            yield line.problem("pattern", row.pattern, must)
        elif row.pattern != first.row.pattern:
            must = f"must be {first.row.pattern}, as in line {first.number}: a pair has one pattern"
            yield line.problem("pattern", row.pattern, must)
        if row.section not in ("", *Topology.model_fields):
            must = f"must be a section of a topology file{nearest(row.section, Topology.model_fields)}"
            yield line.problem("section", row.section, must)
        if (row.op == "change") != bool(row.field):
            yield line.problem("field", row.field, "must be filled in for a change, only then")
        if bool(row.name) != (row.op != "add" and bool(row.section)):
            yield line.problem("name", row.name, "must name an item of the section, but for what is added")
        if row.op != "change" and bool(row.value) != (row.op != "remove"):
            yield line.problem("value", row.value, "must be filled in, but for what is removed")


Check = Callable[[Lines, Facts], Iterator[Problem]]
CHECKS: tuple[Check, ...] = (_named_once, _known_ids, _misconceptions, _pairs)
