"""Laws of the exercises: the key is the engine's, one reason is right, everything that a rule checks is asked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache

import pytest

from exkit.advice import Advice, advise
from exkit.flows import Flows
from exkit.paths import Network, PortSet
from exkit.rules import RULES
from exkit.rules.base import Case
from exkit.topology import Topology
from exkit.tutor.exercises import (
    REASONS,
    Exercise,
    PairExercise,
    Pool,
    PortsExercise,
    RepairExercise,
    again,
    exercise,
    pool,
)
from exkit.tutor.marking import EVERY_PORT, key_of, mark, ports_key
from exkit.tutor.picking import by_choosing
from exkit.tutor.repairs import bad
from exkit.verdict import Verdict
from tests.build import facts
from tests.tutor.learner import everything, right_answer, taught, wrong_answers

SEEDS = 10_000
# Statements that a rule checks and that no exercise asks about, each with the reason why it cannot.
NEVER_ASKED: dict[str, str] = {}


@cache
def made() -> tuple[PairExercise, ...]:
    found = [exercise("pair", seed, everything()) for seed in range(SEEDS)]
    return tuple(one for one in found if isinstance(one, PairExercise))


_JUDGED: dict[int, tuple[Topology, Advice, frozenset[str]]] = {}  # by identity: halves are shared between exercises


def engine(topology: Topology) -> tuple[Advice, frozenset[str]]:
    """What the engine says of a half, apart from the pool; and the statements that any rule finds to apply there."""
    if id(topology) not in _JUDGED:
        assert topology.as_of is not None
        case = Case(topology, facts(), topology.as_of)
        fired = frozenset(match.statement for rule in RULES for match in rule.check(case))
        _JUDGED[id(topology)] = topology, advise(topology, facts(), topology.as_of), fired
    return _JUDGED[id(topology)][1:]


@cache
def reasons_of(statement: str) -> frozenset[str]:
    return frozenset(row.why for row in facts().statements_called(statement))


def test_each_of_ten_thousand_seeds_asks_for_one_finding_of_the_engine() -> None:
    assert len(made()) == SEEDS
    for one in made():
        key = key_of(one, engine(one.topology)[0])  # raises where none or several fit
        assert key.verdict in one.verdicts and key.why in one.reasons, one.id


def test_exactly_one_listed_reason_is_right() -> None:
    beliefs = {one.belief: one for one in taught().misconceptions}
    for one in made():
        advice, fired = engine(one.topology)
        key = key_of(one, advice)
        true = {finding.why for finding in advice.findings} | {why for id in fired for why in reasons_of(id)}
        assert [reason for reason in one.reasons if reason in true] == [key.why], one.id
        for reason in one.reasons:
            assert reason not in beliefs or beliefs[reason].verdict is not key.verdict, one.id


def test_no_two_listed_reasons_are_the_same_and_there_are_enough() -> None:
    for one in made():
        assert len(set(one.reasons)) == len(one.reasons) == REASONS, one.id
        assert one.verdicts == tuple(Verdict), one.id


def test_the_right_reason_stands_in_every_place() -> None:
    places = Counter(one.reasons.index(key_of(one, engine(one.topology)[0]).why) for one in made())
    assert set(places) == set(range(REASONS)) and min(places.values()) > SEEDS / REASONS / 2


def test_every_statement_that_a_rule_checks_comes_up_in_some_exercise() -> None:
    checked = {row.id for row in facts().statements if row.use == "rule"}
    asked = {key_of(one, engine(one.topology)[0]).statement for one in made()}
    assert not sorted(checked - asked - set(NEVER_ASKED))
    assert not sorted(asked & set(NEVER_ASKED)), "the list of what cannot be asked is out of date"


def test_every_misconception_is_offered_by_two_exercises_and_diagnosed() -> None:
    offered: dict[str, dict[tuple[str, ...], PairExercise]] = defaultdict(dict)
    by_belief = {one.belief: one for one in taught().misconceptions}
    for one in made():
        for reason in one.reasons:
            if reason in by_belief:
                offered[by_belief[reason].id].setdefault((one.said, one.asked, *one.subjects), one)
    assert not {wrong.id: n for wrong in taught().misconceptions if (n := len(offered[wrong.id])) < 2}
    for wrong in taught().misconceptions:
        for one in list(offered[wrong.id].values())[:2]:
            answer = type(right_answer(one, everything()))(wrong.verdict, wrong.belief)  # type: ignore[call-arg]
            marked = mark(one, answer, facts(), taught().misconceptions)
            assert not marked.right and marked.misconception is wrong and wrong.correction in marked.words, one.id
            assert marked.finding == key_of(one, engine(one.topology)[0]) and marked.finding.summary in marked.words


@cache
def one_of_each() -> tuple[PairExercise, ...]:
    """An exercise for each statement and verdict."""
    found: dict[tuple[str, str], PairExercise] = {}
    for one in made():
        key = key_of(one, engine(one.topology)[0])
        found.setdefault((key.statement, key.verdict), one)
    return tuple(found.values())


def test_right_answers_are_accepted() -> None:
    for one in one_of_each():
        marked = mark(one, right_answer(one, everything()), facts(), taught().misconceptions)
        assert marked.right and marked.verdict_right and marked.reason_right and marked.words.startswith("Right."), one


def test_wrong_answers_are_never_accepted() -> None:
    for one in one_of_each()[::20]:
        key = key_of(one, engine(one.topology)[0])
        for answer in wrong_answers(one, everything()):
            marked = mark(one, answer, facts(), taught().misconceptions)
            assert not marked.right and key.why in marked.words, (one.id, answer)


@pytest.mark.parametrize("kind", ["pair", "ports", "repair"])
def test_the_same_seed_makes_the_same_exercise_and_its_id_makes_it_again(kind: str) -> None:
    for seed in range(40):
        one = exercise(kind, seed, everything())  # type: ignore[arg-type]
        assert one == exercise(kind, seed, everything()) == again(one.id, everything())  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["pair", "ports", "repair"])
def test_two_learners_have_different_sets(kind: str) -> None:
    sets = [[exercise(kind, start + n, everything()).id.rpartition(":")[0] for n in range(5)] for start in (0, 100)]  # type: ignore[arg-type]
    assert sets[0] != sets[1] and all(len(set(ids)) > 1 for ids in sets)


@pytest.mark.parametrize(
    "id", ["", "pair", "pair:none.0:1", "pair:x:y", "ports:none.before:1", "repair::", "quiz:a.b:1"]
)
def test_an_id_of_nothing_is_refused_by_a_sentence(id: str) -> None:
    with pytest.raises(ValueError, match="is no exercise of this lesson"):
        again(id, everything())


def test_a_pool_without_pairs_says_what_it_lacks() -> None:
    for kind in ("pair", "ports", "repair"):
        with pytest.raises(ValueError, match="this pool"):
            exercise(kind, 1, Pool(facts(), ()))  # type: ignore[arg-type]


def test_an_id_and_an_exercise_hold_no_key() -> None:
    for one in made()[:500]:
        assert re.fullmatch(r"pair:[a-z0-9.-]+\.\d+:\d+", one.id)
        key = key_of(one, engine(one.topology)[0])
        assert key.summary not in (one.said, one.subject) and key.verdict not in one.subject
        assert not {"finding", "verdict", "statement", "key"} & set(vars(one))


def test_the_ports_to_open_are_those_of_the_table_and_no_offered_port_besides_is_needed() -> None:
    rows: dict[bool, int] = Counter()
    for seed in range(300):
        one = exercise("ports", seed, everything())
        assert isinstance(one, PortsExercise)
        key = ports_key(one, facts())
        rows[key.free] += 1
        assert one.offered[-1] == EVERY_PORT and len(set(one.offered)) == len(one.offered) >= 3, one.id
        if not key.free:
            assert key.ports and set(key.ports) <= set(one.offered), one.id
            for port in set(one.offered) - set(key.ports) - {EVERY_PORT}:
                assert PortSet.of([port]).minus(PortSet.of(key.related)), (one.id, port)
    assert rows[True] > 5 and rows[False] > 50, "both kinds come up: a list, and no list"


def test_what_must_pass_between_hosts_is_what_the_flows_need() -> None:
    for seed in range(150):
        one = exercise("ports", seed, everything())
        assert isinstance(one, PortsExercise)
        hosts = {server.name: server for server in one.topology.servers}
        if one.source not in hosts or one.target not in hosts:
            continue
        flows = Flows(one.topology, facts(), Network(one.topology))
        needs, back = (
            flows.needs(hosts[here], hosts[there])
            for here, there in ((one.source, one.target), (one.target, one.source))
        )
        key = ports_key(one, facts())
        assert key.free == any(need.row.filter == "any-any" for need in (*needs, *back)), one.id
        if not key.free:
            needed = PortSet.of(port for need in needs if need.certain for port in need.ports.texts)
            assert PortSet.of(key.ports) == needed, one.id


def test_every_port_exercise_takes_the_right_ports_alone() -> None:
    for seed in range(40):
        one = exercise("ports", seed, everything())
        assert mark(one, right_answer(one, everything()), facts(), taught().misconceptions).right, one.id
        for answer in wrong_answers(one, everything()):
            assert not mark(one, answer, facts(), taught().misconceptions).right, (one.id, answer)


def test_every_repair_can_be_made_and_nothing_done_is_none() -> None:
    for seed in range(50):
        one = exercise("repair", seed, everything())
        assert isinstance(one, RepairExercise) and bad(one.finding), one.id
        right = right_answer(one, everything())
        assert isinstance(right, Topology)
        chosen = by_choosing(one.topology, right, facts())
        assert chosen and mark(one, chosen, facts(), taught().misconceptions).right, f"{one.id}: not from the lists"
        assert mark(one, right_answer(one, everything()), facts(), taught().misconceptions).right, one.id
        for answer in wrong_answers(one, everything()):
            marked = mark(one, answer, facts(), taught().misconceptions)
            assert not marked.right and one.finding.summary in marked.words, one.id


def test_a_lesson_draws_from_its_own_versions_and_topics() -> None:
    for lesson in taught().lessons:
        own = pool(lesson, everything())
        assert own.pairs and own.questions, lesson.id
        for pair in own.pairs:
            for half in (pair.before, pair.after):
                found = {server.version for server in half.servers if server.is_exchange and server.version}
                assert found <= set(lesson.versions), (lesson.id, pair.name)
        for questions in own.questions.values():
            one = questions[0].finding
            assert set(lesson.topics) & {one.topic, one.family, one.statement}, (lesson.id, one.id)


def test_a_lesson_has_exercises_of_all_kinds_that_it_gives_and_many_sets_of_them() -> None:
    for lesson in taught().lessons:
        own = pool(lesson, everything())
        for kind in set(lesson.exercises.split()):
            stems = {exercise(kind, seed, own).id.rpartition(":")[0] for seed in range(60)}  # type: ignore[arg-type]
            assert len(stems) >= 12, (lesson.id, kind, len(stems))


def test_exercises_are_frozen_values() -> None:
    one: Exercise = made()[0]
    with pytest.raises(AttributeError):
        one.id = "x"  # type: ignore[misc]
