"""Exercises made out of minimal pairs with a seed. No key is in them: it is what the engine says of their topology.

`marking.mark` marks them. Nothing here reads a file or the clock; the same seed and pool make the same exercise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Literal

from exkit.advice import Advice, Finding, advise
from exkit.facts import Facts
from exkit.rules import RULES
from exkit.rules.base import Case
from exkit.teaching import LessonRow, Misconception
from exkit.topology import Topology, Version
from exkit.tutor.crossings import Crossing, crossings, wrong_ports
from exkit.tutor.pairs import Pair
from exkit.tutor.picking import by_choosing
from exkit.tutor.reasons import wrong_reasons
from exkit.tutor.repairs import bad, wrong_with
from exkit.tutor.wording import asked_about, edit_words, fields_of
from exkit.verdict import Verdict
from exkit.workshop.changes import changes

Kind = Literal["pair", "ports", "repair"]
Half = Literal["before", "after"]
HALVES: tuple[Half, Half] = ("before", "after")
REASONS = 4  # listed in an exercise, the right one among them


@dataclass(frozen=True)
class PairExercise:
    """Two topologies one edit apart: what does the vendor say of a choice in one of them, and why?

    `topic`, `subjects` and `fields` tell the choice that `subject` puts in words; `asked` is the half it is asked of.
    """

    id: str
    before: Topology
    after: Topology
    said: str  # the edit in words
    asked: Half
    topic: str
    subjects: tuple[str, ...]
    fields: tuple[str, ...]  # what it is judged by: zone, roles, allow
    subject: str
    verdicts: tuple[Verdict, ...]
    reasons: tuple[str, ...]

    @property
    def topology(self) -> Topology:
        """The half that is asked about."""
        return self.before if self.asked == "before" else self.after


@dataclass(frozen=True)
class PortsExercise:
    """Which of the offered ports must a firewall let `source` open towards `target`, and no more?

    `any` among the offered stands for every port, both ways, unchanged.
    """

    id: str
    topology: Topology
    source: str
    target: str
    version: Version | None  # of the Exchange server at an end, the newer of two
    device: str
    offered: tuple[str, ...]


@dataclass(frozen=True)
class RepairExercise:
    """A topology with a finding that is to be mended; any correct repair counts."""

    id: str
    topology: Topology
    finding: Finding


Exercise = PairExercise | PortsExercise | RepairExercise


@dataclass(frozen=True)
class Question:
    """A finding that one half of a pair has and the other has not, or has with another verdict."""

    pair: Pair
    half: Half
    finding: Finding
    number: int  # among those of its pair


@dataclass(frozen=True)
class Judgements:
    """What the engine said of the halves of pairs so far; pools share them, so that each half is judged once."""

    advice: dict[str, Advice] = field(default_factory=dict)
    fired: dict[str, frozenset[str]] = field(default_factory=dict)
    turned: dict[str, tuple[Question, ...]] = field(default_factory=dict)
    repairs: dict[str, tuple[Question, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """What exercises are drawn from: pairs, and the topics, families or statements to ask about; none means all."""

    facts: Facts
    pairs: tuple[Pair, ...]
    misconceptions: tuple[Misconception, ...] = ()
    topics: frozenset[str] = frozenset()
    known: Judgements = field(default_factory=Judgements, compare=False, repr=False)

    @cached_property
    def by_name(self) -> dict[str, Pair]:
        """The pairs by name."""
        return {pair.name: pair for pair in self.pairs}

    @cached_property
    def questions(self) -> dict[str, tuple[Question, ...]]:
        """All that can be asked, by the statement that decides it."""
        found: dict[str, list[Question]] = defaultdict(list)
        for pair in self.pairs:
            for question in self.questions_of(pair):
                found[question.finding.statement].append(question)
        return {statement: tuple(found[statement]) for statement in sorted(found)}

    def advice(self, pair: Pair, half: Half) -> Advice:
        """What the engine says of a half."""
        key = _key(pair, half)
        if key not in self.known.advice:
            self.known.advice[key] = judged(half_of(pair, half), self.facts)
        return self.known.advice[key]

    def fired(self, pair: Pair, half: Half) -> frozenset[str]:
        """The statements that any rule finds to apply to a half, also where another one decides."""
        key = _key(pair, half)
        if key not in self.known.fired:
            case = Case(half_of(pair, half), self.facts, self.advice(pair, half).as_of)
            self.known.fired[key] = frozenset(match.statement for rule in RULES for match in rule.check(case))
        return self.known.fired[key]

    def questions_of(self, pair: Pair) -> list[Question]:
        """What can be asked about a pair: what turned, where topic, subjects and fields name it without doubt."""
        return [question for question in self._all_of(pair) if self._wanted(question.finding)]

    def repairs_of(self, pair: Pair, half: Half) -> list[Question]:
        """What one half of a pair has to be repaired in: the other half is a correct repair, and it, or as good a one,
        can be made by choosing from lists."""
        key, other = f"{pair.name}.{half}", HALVES[half == "before"]
        if key not in self.known.repairs:
            topology, repaired = half_of(pair, half), half_of(pair, other)
            chosen = by_choosing(topology, repaired, self.facts)
            ways = [] if chosen is None else [repaired] if chosen == repaired else [repaired, chosen]
            wrong = (one for one in self._all_of(pair) if ways and one.half == half and bad(one.finding))
            self.known.repairs[key] = tuple(
                one for one in wrong if not any(wrong_with(topology, one.finding, way, self.facts) for way in ways)
            )
        return [question for question in self.known.repairs[key] if self._wanted(question.finding)]

    def _all_of(self, pair: Pair) -> tuple[Question, ...]:
        if pair.name not in self.known.turned:
            self.known.turned[pair.name] = tuple(self._turned(pair))
        return self.known.turned[pair.name]

    def _turned(self, pair: Pair) -> Iterator[Question]:
        before, after = self.advice(pair, "before"), self.advice(pair, "after")
        number = 0
        for turn in changes(before, after).turns:
            sides: tuple[tuple[Half, Advice, Finding | None], ...]
            sides = ("before", before, turn.before), ("after", after, turn.after)
            for half, advice, finding in sides:
                if finding is not None and len(_alike(finding, advice, fields_of)) == 1:
                    yield Question(pair, half, finding, number)
                    number += 1

    def _wanted(self, finding: Finding) -> bool:
        return not self.topics or bool(self.topics & {finding.topic, finding.family, finding.statement})


def _key(pair: Pair, half: Half) -> str:
    return pair.pattern if half == "before" else f"{pair.pattern}/{pair.name}"


def half_of(pair: Pair, half: Half) -> Topology:
    """One topology of a pair."""
    return pair.before if half == "before" else pair.after


def judged(topology: Topology, facts: Facts) -> Advice:
    """What the engine says of a topology on the day that it names. ValueError when it names none."""
    if topology.as_of is None:
        raise ValueError(f"{topology.customer}: an exercise needs as_of, the day to judge for")
    return advise(topology, facts, topology.as_of)


def pool(lesson: LessonRow, whole: Pool, pairs: Iterable[Pair] | None = None) -> Pool:
    """The part of a pool for a lesson: pairs with no other Exchange version than its own, asked about its topics.

    Of some of its pairs, when they are given. What the engine said so far is shared.
    """
    fit = whole.pairs if pairs is None else pairs
    own = tuple(pair for pair in fit if _versions_of(pair.before) | _versions_of(pair.after) <= set(lesson.versions))
    return replace(whole, pairs=own, topics=frozenset(lesson.topics))


def _versions_of(topology: Topology) -> set[Version]:
    return {server.version for server in topology.servers if server.is_exchange and server.version}


def _alike(finding: Finding, advice: Advice, by: Callable[[Finding], object]) -> list[Finding]:
    """The findings on the same subjects and topic that are the same by something besides."""
    same = (one for one in advice.findings if one.topic == finding.topic and one.subjects == finding.subjects)
    return [one for one in same if by(one) == by(finding)]


def exercise(kind: Kind, seed: int, pool: Pool) -> Exercise:
    """The exercise of a seed. Raises ValueError when the pool has none of this kind.

    >>> from exkit import facts, teaching
    >>> from exkit.tutor.pairs import pairs_of
    >>> row = teaching.PairRow(pair="out", pattern="recommended-2010", op="change", section="servers", name="CAS1",
    ...                        field="zone", value="dmz")
    >>> made = exercise("repair", 1, Pool(facts.load(), pairs_of([row])))
    >>> made.id, made.finding.verdict.value
    ('repair:out.after:1', 'unsupported')
    """
    random = Random(f"{kind}:{seed}")
    if kind == "pair":
        if not pool.questions:
            raise ValueError("no pair of this pool has anything to ask about its topics")
        statement = random.choice(list(pool.questions))
        question = random.choice(pool.questions[statement])
        return _pair_exercise(question, seed, pool)
    for pair in random.sample(pool.pairs, len(pool.pairs)):
        for half in random.sample(HALVES, 2):
            made = _MADE[kind](pair, half, seed, pool)
            if made is not None:
                return made
    raise ValueError(f"no pair of this pool makes an exercise of the kind {kind}")


def again(id: str, pool: Pool) -> Exercise:
    """The exercise of an id, from the pool that it came from. ValueError for an id that this pool cannot make."""
    kind, _, rest = id.partition(":")
    name, _, seed = rest.rpartition(":")
    if kind == "pair" and seed.isdecimal():
        name, _, number = name.rpartition(".")
        for question in pool.questions_of(pool.by_name[name]) if name in pool.by_name else ():
            if str(question.number) == number:
                return _pair_exercise(question, int(seed), pool)
    elif kind in _MADE and seed.isdecimal():
        name, _, half = name.rpartition(".")
        if name in pool.by_name and half in HALVES:
            made = _MADE[kind](pool.by_name[name], "before" if half == "before" else "after", int(seed), pool)
            if made is not None:
                return made
    raise ValueError(f"{id!r} is no exercise of this lesson; it may come from another edition of exkit")


def _pair_exercise(question: Question, seed: int, pool: Pool) -> PairExercise:
    pair, finding = question.pair, question.finding
    id = f"pair:{pair.name}.{question.number}:{seed}"
    random = Random(id)
    reasons = [
        finding.why,
        *wrong_reasons(
            finding,
            pool.fired(pair, question.half),
            _versions_of(half_of(pair, question.half)),
            pool.misconceptions,
            pool.facts,
            random,
            REASONS - 1,
        ),
    ]
    random.shuffle(reasons)
    return PairExercise(
        id,
        pair.before,
        pair.after,
        edit_words(pair.before, pair.steps),
        question.half,
        finding.topic,
        finding.subjects,
        fields_of(finding),
        asked_about(finding, by_fields=len(_alike(finding, pool.advice(pair, question.half), lambda one: None)) > 1),
        tuple(Verdict),
        tuple(reasons),
    )


def _ports_exercise(pair: Pair, half: Half, seed: int, pool: Pool) -> PortsExercise | None:
    topology = half_of(pair, half)
    found = crossings(topology, pool.facts)
    if not found:
        return None
    id = f"ports:{pair.name}.{half}:{seed}"
    random = Random(id)
    crossing: Crossing = random.choice(found)
    right = [] if crossing.free else list(crossing.ports)
    wrong = wrong_ports(crossing, pool.facts)
    offered = [*right, *random.sample(wrong, min(len(wrong), max(2, 6 - len(right))))]
    random.shuffle(offered)
    return PortsExercise(
        id, topology, crossing.source, crossing.target, crossing.version, crossing.device, (*offered, "any")
    )


def _repair_exercise(pair: Pair, half: Half, seed: int, pool: Pool) -> RepairExercise | None:
    found = pool.repairs_of(pair, half)
    if not found:
        return None
    id = f"repair:{pair.name}.{half}:{seed}"
    return RepairExercise(id, half_of(pair, half), Random(id).choice(found).finding)


_MADE = {"ports": _ports_exercise, "repair": _repair_exercise}
