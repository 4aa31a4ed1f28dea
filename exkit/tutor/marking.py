"""Marking: the key is what the engine says of the topology of an exercise, worked out here and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exkit.advice import Advice, Finding, advise
from exkit.facts import Facts
from exkit.report.words import names
from exkit.teaching import Misconception
from exkit.topology import Topology
from exkit.tutor.crossings import Crossing, crossings
from exkit.tutor.exercises import Exercise, PairExercise, PortsExercise, RepairExercise, judged
from exkit.tutor.repairs import bad, wrong_with
from exkit.tutor.wording import fields_of
from exkit.verdict import Verdict

EVERY_PORT = "any"


@dataclass(frozen=True)
class PairAnswer:
    """The verdict that a learner gives, and the reason he chose, in its words."""

    verdict: Verdict
    reason: str


# What answers an exercise: of a pair, of ports (those to open), of a repair (the topology as it is now).
Answer = PairAnswer | frozenset[str] | Topology


@dataclass(frozen=True)
class Marked:
    """How an answer was, in words, with the engine's own finding on the learner's topology.

    `verdict_right` and `reason_right` are the same as `right` where no reason is asked for.
    """

    right: bool
    verdict_right: bool
    reason_right: bool
    words: str
    misconception: Misconception | None = None
    finding: Finding | None = None


def mark(exercise: Exercise, answer: Answer, facts: Facts, misconceptions: Sequence[Misconception] = ()) -> Marked:
    """Whether an answer is right. Raises ValueError for an answer that is none to this exercise.

    >>> from exkit import facts
    >>> from exkit.tutor.example import example
    >>> asked = PortsExercise("ports:x.before:1", example("recommended-2010").topology, "CAS1", "EDGE1", None, "inner",
    ...                       ("25/tcp", "50389/tcp", "50636/tcp", "any"))
    >>> mark(asked, frozenset(["25/tcp", "50389/tcp"]), facts.load()).words.partition(" From ")[0]
    'No. Missing: 50636/tcp. Not needed: 50389/tcp.'
    """
    if isinstance(exercise, PairExercise) and isinstance(answer, PairAnswer):
        return _mark_pair(exercise, answer, facts, misconceptions)
    if isinstance(exercise, PortsExercise) and isinstance(answer, frozenset):
        return _mark_ports(exercise, answer, facts, misconceptions)
    if isinstance(exercise, RepairExercise) and isinstance(answer, Topology):
        return _mark_repair(exercise, answer, facts, misconceptions)
    raise ValueError(f"{type(answer).__name__} is no answer to {exercise.id}")


def key_of(exercise: PairExercise, advice: Advice) -> Finding:
    """The finding that a pair asks for, in what the engine says of the half that is asked about."""
    asked = exercise.topic, exercise.subjects, exercise.fields
    (finding,) = (one for one in advice.findings if (one.topic, one.subjects, fields_of(one)) == asked)
    return finding


def ports_key(exercise: PortsExercise, facts: Facts) -> Crossing:
    """What must pass, by the ports table."""
    ends = exercise.source, exercise.target, exercise.device
    (found,) = (one for one in crossings(exercise.topology, facts) if (one.source, one.target, one.device) == ends)
    return found


def _mark_pair(
    exercise: PairExercise, answer: PairAnswer, facts: Facts, misconceptions: Sequence[Misconception]
) -> Marked:
    if answer.reason not in exercise.reasons:
        raise ValueError(f"{answer.reason!r} is none of the reasons of {exercise.id}")
    finding = key_of(exercise, judged(exercise.topology, facts))
    verdict_right, reason_right = answer.verdict is finding.verdict, answer.reason == finding.why
    said = f"{finding.summary} That is {finding.verdict.words}. {finding.why}"
    if verdict_right and reason_right:
        return Marked(True, True, True, f"Right. {said}", None, finding)
    wrong = _held(answer, finding, misconceptions)
    if verdict_right:
        opening = "The verdict is right, the reason is another."
    else:
        opening = f"It is not “{answer.verdict.words}”." + (" The reason is right." if reason_right else "")
    words = " ".join([opening, *([wrong.correction] if wrong else []), said, *([finding.fix] if finding.fix else [])])
    return Marked(False, verdict_right, reason_right, words, wrong, finding)


def _held(answer: PairAnswer, finding: Finding, misconceptions: Iterable[Misconception]) -> Misconception | None:
    """The misconception behind a wrong answer: the belief that was chosen, else one that goes with the verdict."""
    here = [one for one in misconceptions if finding.statement in one.statements]
    chosen = [one for one in here if one.belief == answer.reason]
    fitting = [one for one in here if one.verdict is answer.verdict and answer.verdict is not finding.verdict]
    return next(iter([*chosen, *fitting]), None)


def _mark_ports(
    exercise: PortsExercise, answer: frozenset[str], facts: Facts, misconceptions: Sequence[Misconception]
) -> Marked:
    if not answer <= set(exercise.offered):
        raise ValueError(f"{', '.join(sorted(answer - set(exercise.offered)))}: not offered in {exercise.id}")
    key = ports_key(exercise, facts)
    right = frozenset([EVERY_PORT]) if key.free else frozenset(key.ports)
    finding = _about(exercise, facts)
    ends = f"From {exercise.source} to {exercise.target}, {exercise.device}"
    said = (
        f"{ends} must let every port pass, both ways and unchanged: a list of ports is not supported there."
        if key.free
        else f"{ends} must let pass {', '.join(key.ports)}, and no more."
    )
    if answer == right:
        return Marked(True, True, True, f"Right. {said}", None, finding)
    told = []
    if EVERY_PORT in answer and not key.free:
        told.append("Here a list of ports is enough, and everything is too much.")
    elif not key.free:
        missing, extra = names(right - answer), names(answer - right)
        told += [f"Missing: {missing}."] if missing else []
        told += [f"Not needed: {extra}."] if extra else []
    # A list where none is allowed, or everything where a list will do: people believe both.
    believed = bad(finding) if key.free and finding else EVERY_PORT in answer
    wrong = next((one for one in misconceptions if believed and finding and finding.statement in one.statements), None)
    words = " ".join(["No.", *told, *([wrong.correction] if wrong else []), said])
    return Marked(False, False, False, words, wrong, finding)


def _about(exercise: PortsExercise, facts: Facts) -> Finding | None:
    """What the engine finds about this crossing, the worst first."""
    ends = {exercise.source, exercise.target}
    known = {server.name for server in exercise.topology.servers}
    findings = judged(exercise.topology, facts).of("topology")
    paths = (one for one in findings if one.topic in ("path", "directory-path", "client-path", "mail-path"))
    return next(
        (one for one in paths if ends & known <= set(one.subjects) and exercise.device in one.subjects),
        None,
    )


def _mark_repair(
    exercise: RepairExercise, answer: Topology, facts: Facts, misconceptions: Sequence[Misconception]
) -> Marked:
    asked = exercise.finding
    wrong = wrong_with(exercise.topology, asked, answer, facts)
    if not wrong:
        return Marked(True, True, True, f"Right: that is gone, and all else still works. {asked.fix}", None, asked)
    worse = _new(exercise, answer, facts)
    held = next((one for one in misconceptions if worse and worse.statement in one.statements), None)
    words = " ".join([wrong, *([held.correction] if held else []), *([worse.why] if worse else [])])
    return Marked(False, False, False, words, held, worse or asked)


def _new(exercise: RepairExercise, answer: Topology, facts: Facts) -> Finding | None:
    """The worst thing that a repair brought."""
    assert exercise.topology.as_of is not None
    was = {one.id for one in judged(exercise.topology, facts).findings}
    now = advise(answer, facts, exercise.topology.as_of).findings
    return next((one for one in now if bad(one) and one.id not in was), None)
