"""Minimal pairs: an example customer, and the same one edit away from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, ValidationError

from exkit.facts import FactsError, Problem
from exkit.intake import TopologyError, read
from exkit.intake.yaml_tree import parse, plain
from exkit.knowledge import knowledge_folder
from exkit.teaching import PairRow
from exkit.topology import Topology
from exkit.workshop.edits import STEPS, AnyStep, Refused, apply

TABLE = "pairs.csv"


@dataclass(frozen=True)
class Pair:
    """Two topologies that one edit tells apart. Both name the day they are judged for."""

    name: str
    pattern: str  # the stem of a file of data/customers
    steps: tuple[AnyStep, ...]
    before: Topology
    after: Topology
    lessons: tuple[str, ...] = ()  # those that it was made for


def pairs_of(rows: Iterable[PairRow], folder: Path | None = None) -> tuple[Pair, ...]:
    """The pairs that rows of pairs.csv describe, in their order; `folder` holds the example customers.

    Raises FactsError naming each pair whose edit cannot be made, and why; TopologyError for a customer's file.

    >>> row = PairRow(pair="out", pattern="recommended-2010", op="change", section="servers", name="CAS1", field="zone",
    ...               value="dmz")
    >>> (pair,) = pairs_of([row])
    >>> [server.zone for half in (pair.before, pair.after) for server in half.servers if server.name == "CAS1"]
    ['lan', 'dmz']
    """
    folder = folder or knowledge_folder().parent / "customers"
    by_name: dict[str, list[PairRow]] = defaultdict(list)
    for row in rows:
        by_name[row.pair].append(row)
    patterns = {name: read(folder / f"{name}.yaml").topology for name in {rows[0].pattern for rows in by_name.values()}}
    made, problems = [], []
    for name, steps in by_name.items():
        try:
            made.append(_pair(name, steps, patterns))
        except Refused as error:
            problems.append(
                Problem(TABLE, 0, f"pair {name}", steps[0].op, f"must be an edit that can be made: {error}")
            )
    if problems:
        raise FactsError(problems)
    return tuple(made)


def _pair(name: str, rows: list[PairRow], patterns: Mapping[str, Topology]) -> Pair:
    before = patterns[rows[0].pattern]
    try:
        steps = STEPS.validate_python([_step(row) for row in rows])
    except ValidationError as error:
        raise Refused(error.errors()[0]["msg"]) from None
    after = apply(before, steps)
    if before.as_of is None or after.as_of is None:
        raise Refused("both halves of a pair name their day")
    if after == before:
        raise Refused("it changes nothing")
    return Pair(name, rows[0].pattern, steps, before, after, rows[0].lessons)


def _step(row: PairRow) -> dict[str, JsonValue]:
    """A row as a step of `exkit.workshop.edits`; a blank value is what is not known."""
    step: dict[str, JsonValue] = {"op": row.op, "section": row.section}
    if row.op == "add":
        return step | {"item": _value(row.value)}
    if row.op == "rename":
        return step | {"name": row.name, "to": row.value}
    if row.op == "remove":
        return step | {"name": row.name}
    return step | {"name": row.name, "field": row.field, "value": _value(row.value)}


def _value(text: str) -> JsonValue:
    try:
        held = plain(parse(f"value: {text}", TABLE))
    except TopologyError as error:
        raise Refused(f"{text!r} is no YAML: {error}") from None
    return held["value"] if isinstance(held, dict) else None
