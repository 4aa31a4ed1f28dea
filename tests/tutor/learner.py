"""A scripted learner: answers right by the engine, and wrong in every way an exercise offers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from exkit import teaching
from exkit.teaching import Teaching
from exkit.tutor.exercises import HALVES, Exercise, PairExercise, Pool, PortsExercise, half_of, judged
from exkit.tutor.marking import EVERY_PORT, Answer, PairAnswer, key_of, ports_key
from exkit.tutor.pairs import Pair, pairs_of
from tests.build import facts


@cache
def taught() -> Teaching:
    """The real tables, read once for all tests."""
    return teaching.load(facts())


@cache
def all_pairs() -> tuple[Pair, ...]:
    return pairs_of(taught().pairs)


@cache
def everything() -> Pool:
    """All pairs, asked about anything."""
    return Pool(facts(), all_pairs(), taught().misconceptions)


def right_answer(exercise: Exercise, pool: Pool) -> Answer:
    """An answer that is right; of a repair, the half of the pair that has not the fault."""
    if isinstance(exercise, PairExercise):
        key = key_of(exercise, judged(exercise.topology, facts()))
        return PairAnswer(key.verdict, key.why)
    if isinstance(exercise, PortsExercise):
        crossing = ports_key(exercise, facts())
        return frozenset([EVERY_PORT] if crossing.free else crossing.ports)
    name, _, half = exercise.id.split(":")[1].rpartition(".")
    return half_of(pool.by_name[name], next(one for one in HALVES if one != half))


def wrong_answers(exercise: Exercise, pool: Pool) -> Iterator[Answer]:
    """Every other verdict with every reason, every other reason; ports too few and too many; nothing repaired."""
    right = right_answer(exercise, pool)
    if isinstance(exercise, PairExercise):
        for verdict in exercise.verdicts:
            for reason in exercise.reasons:
                if PairAnswer(verdict, reason) != right:
                    yield PairAnswer(verdict, reason)
    elif isinstance(exercise, PortsExercise):
        assert isinstance(right, frozenset)
        for port in exercise.offered:
            yield right ^ {port}
        yield frozenset(exercise.offered)
    else:
        yield exercise.topology
