"""What changed since the last report, and who changed it: the customer's topology, our knowledge, our code, the date.

Nothing is guessed: the new judgement is made again with one thing put back. What comes back to the old verdict then was
changed by that thing. What is different although all three are put back was changed by our code.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from exkit.advice import Advice, advise
from exkit.facts import Facts, FactsError, load
from exkit.intake import TopologyError, read
from exkit.report import Judged
from exkit.topology import Topology

TOPOLOGY, KNOWLEDGE, CODE, DATE = "the customer's topology", "our knowledge", "our code", "the date"
MOST_KEPT = 3
KEPT = ".knowledge"  # in the folder of all reports: the tables of the last runs, one folder each


@dataclass(frozen=True)
class Change:
    """A finding that came, went or got another verdict. Empty `was`: it is new; empty `now`: it is gone."""

    finding: str
    was: str
    now: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class Before:
    """The last report: its verdicts, and what they were made from as far as it is still there."""

    verdicts: Mapping[str, str]
    as_of: date
    topology: Topology | None
    facts: Facts | None
    knowledge: str  # the hash of the tables, which are kept for the last runs only

    @classmethod
    def of(cls, folder: Path) -> Before | None:
        """From a report's folder; None where there is no report."""
        try:
            result: dict[str, Any] = json.loads((folder / "result.json").read_bytes())
            as_of = date.fromisoformat(result["as_of"])
            verdicts = {finding["id"]: finding["verdict"] for finding in result["findings"]}
            knowledge = result["provenance"]["knowledge"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cls(verdicts, as_of, _topology(folder / "input"), kept_facts(folder.parent, knowledge), knowledge)


def _topology(folder: Path) -> Topology | None:
    try:
        return read(next(iter(sorted(folder.iterdir())))).topology
    except (OSError, StopIteration, TopologyError):
        return None


def kept_in(out: Path, knowledge: str) -> Path:
    """Where the tables with that hash are kept."""
    return out / KEPT / knowledge.removeprefix("sha256:")[:16]


def keep_knowledge(out: Path, tables: Path, knowledge: str) -> None:
    """Keep a copy of the tables of this run, so that the next one can tell whether they changed a verdict."""
    folder = kept_in(out, knowledge)
    if knowledge and not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        aside = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(
            tables, aside, ignore=lambda _folder, names: [name for name in names if not name.endswith(".csv")]
        )
        aside.replace(folder)
    for old in sorted(folder.parent.glob("*"), key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]:
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)


@lru_cache(maxsize=2)
def kept_facts(out: Path, knowledge: str) -> Facts | None:
    """The tables of an earlier run; None when they are not kept."""
    folder = kept_in(out, knowledge)
    try:
        return load(folder) if folder.is_dir() else None
    except (FactsError, OSError):
        return None


def changes(before: Before | None, now: Judged) -> tuple[Change, ...]:
    """What changed, worst first as the report has it; nothing when there is no report from before."""
    if before is None:
        return ()
    verdicts = _verdicts(now.advice)
    differing = [name for name in (*verdicts, *before.verdicts) if verdicts.get(name) != before.verdicts.get(name)]
    if not differing:
        return ()
    put_back = dict(_with_one_thing_put_back(before, now))
    ours = (CODE,) if before.facts or before.knowledge == now.facts.digest else (KNOWLEDGE, CODE)
    return tuple(
        Change(name, before.verdicts.get(name, ""), verdicts.get(name, ""), _by(name, before, put_back, ours))
        for name in dict.fromkeys(differing)
    )


def _verdicts(advice: Advice) -> dict[str, str]:
    return {finding.id: finding.verdict.value for finding in advice.findings}


def _with_one_thing_put_back(before: Before, now: Judged) -> Iterator[tuple[str, dict[str, str]]]:
    topology, facts, day = now.topology, now.facts, now.advice.as_of
    old_topology, old_facts = before.topology or topology, before.facts or facts
    if old_topology != topology:
        yield TOPOLOGY, _verdicts(advise(old_topology, facts, day))
    if old_facts.digest != facts.digest:
        yield KNOWLEDGE, _verdicts(advise(topology, old_facts, day))
    if before.as_of != day:
        yield DATE, _verdicts(advise(topology, facts, before.as_of))
    yield CODE, _verdicts(advise(old_topology, old_facts, before.as_of))


def _by(name: str, before: Before, put_back: Mapping[str, Mapping[str, str]], ours: tuple[str, ...]) -> tuple[str, ...]:
    """Who changed one finding. Where only several things together did it, all that were changed are named. `ours` is
    what is left when the inputs explain nothing; tables that are not kept any more cannot be told from code."""
    old = before.verdicts.get(name)
    if put_back[CODE].get(name) != old:
        return ours
    inputs = [who for who in put_back if who != CODE]
    return tuple(who for who in inputs if put_back[who].get(name) == old) or tuple(inputs)


__all__ = ["Before", "Change", "changes", "keep_knowledge"]
