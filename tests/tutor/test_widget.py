"""What the widget of an exercise gives to the page, and what it does with what comes from there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exkit.topology import Topology
from exkit.tutor import open as open_lesson
from exkit.tutor import progress
from exkit.tutor.exercises import PairExercise, PortsExercise, RepairExercise, judged
from exkit.tutor.lesson import LEARNER, Lesson, pool_of
from exkit.tutor.marking import key_of, ports_key
from exkit.tutor.widget import Sheet
from exkit.verdict import Verdict
from exkit.workshop.edits import Rename, apply
from tests.build import facts
from tests.tutor.learner import right_answer

LEARNERS = ("Kim", "Lee", "Noor")
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEARNER, "Kim")


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    return open_lesson("02", str(tmp_path / "progress.jsonl"))


def sent(sheet: Sheet, **message: Any) -> dict[str, Any]:
    """What the widget answers to a message of the page."""
    said: list[dict[str, Any]] = []
    sheet.send = said.append
    sheet._heard(sheet, {"id": 1, **message}, [])
    (reply,) = said
    return reply


def shown(sheet: Sheet) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sheet.shown)
    return found


def pair_answer(made: PairExercise) -> dict[str, str]:
    key = key_of(made, judged(made.topology, facts()))
    return {"verdict": key.verdict.value, "reason": key.why}


def test_no_two_learners_have_the_same_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sets = set()
    for who in LEARNERS:
        monkeypatch.setenv(LEARNER, who)
        lesson = open_lesson("02", str(tmp_path / "none.jsonl"))
        sets.add(tuple(lesson.made(number).id for number in range(1, lesson.count + 1)))
    assert len(sets) == len(LEARNERS)


def test_the_set_is_the_same_whichever_cell_is_run_first(tmp_path: Path):
    file = str(tmp_path / "none.jsonl")
    for id in ("01", "02", "08"):
        forth, back = open_lesson(id, file), open_lesson(id, file)
        numbers = range(1, forth.count + 1)
        later = {number: back.made(number).id for number in reversed(numbers)}
        assert [forth.made(number).id for number in numbers] == [later[number] for number in numbers]


def test_the_set_goes_with_the_file_to_another_machine(lesson: Lesson, monkeypatch: pytest.MonkeyPatch):
    first = lesson.made(1)
    assert isinstance(first, PairExercise)
    lesson.take(first, pair_answer(first))
    monkeypatch.delenv(LEARNER)
    assert open_lesson("02", str(lesson.path)).made(1).id == first.id


@pytest.mark.parametrize("number", [1, 2, 4])
def test_before_the_answer_nothing_that_leaves_the_kernel_tells_the_key(lesson: Lesson, number: int):
    sheet = lesson.exercise(number)
    state = shown(sheet)
    mimes = sheet._repr_mimebundle_()
    data = mimes[0] if isinstance(mimes, tuple) else mimes
    made = sheet.exercise
    assert state["answered"] is None
    told = json.dumps(state) + data["text/html"] + data["text/plain"] + json.dumps(sheet.get_state(), default=str)
    if isinstance(made, PairExercise):
        key = key_of(made, judged(made.topology, facts()))
        assert key.summary not in told and key.statement not in told.replace(made.id, "")
        assert not key.fix or key.fix not in told
        counts = {told.count(f"v-{one.value}\\") + told.count(f'v-{one.value}"') for one in Verdict}
        assert len(counts) == 1, "each verdict is offered as often as any other"
    if isinstance(made, PortsExercise):
        assert made.topology.to_plain() != apply_open(made).to_plain()
        lines = next(one["allow"] for one in made.topology.to_plain()["firewalls"] if one["name"] == made.device)
        assert (
            not lines or lines == "any" or all(str(line["ports"]) not in state["pictures"][0]["file"] for line in lines)
        )
        assert f"{made.device}, " in str(state["pictures"][0]["words"])
    assert "not judged" in data["text/plain"] or "verdict" not in str(state["pictures"])


def apply_open(made: PortsExercise) -> Topology:
    from exkit.workshop.edits import Change

    return apply(made.topology, [Change(section="firewalls", name=made.device, field="allow", value=None)])


def test_an_answer_is_on_the_disk_before_it_is_shown_and_there_again_later(lesson: Lesson):
    sheet = lesson.exercise(1)
    made = sheet.exercise
    assert isinstance(made, PairExercise)
    seen: list[int] = []
    sheet.observe(lambda _: seen.append(len(progress.read(lesson.path))), "shown")
    assert sent(sheet, do="answer", answer=pair_answer(made))["ok"]
    assert seen == [1]
    answered = shown(sheet)["answered"]
    assert answered["right"] and answered["answer"] == pair_answer(made)
    assert answered["finding"]["why"] == pair_answer(made)["reason"] and answered["finding"]["sources"]
    again = open_lesson("02", str(lesson.path)).exercise(1)
    assert shown(again)["answered"] == answered


def test_a_wrong_answer_is_answered_with_the_engines_finding_and_may_be_given_again(lesson: Lesson):
    sheet = lesson.exercise(1)
    made = sheet.exercise
    assert isinstance(made, PairExercise)
    right = pair_answer(made)
    wrong = right | {"reason": next(one for one in made.reasons if one != right["reason"])}
    sent(sheet, do="answer", answer=wrong)
    answered = shown(sheet)["answered"]
    assert not answered["right"]
    assert answered["finding"]["why"] == right["reason"]
    sent(sheet, do="again")
    assert shown(sheet)["answered"] is None
    sent(sheet, do="answer", answer=right)
    assert shown(sheet)["answered"]["right"]
    assert [entry.right for entry in progress.read(lesson.path)] == [False, True]


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"verdict": "fine", "reason": "x"}, {"verdict": "supported", "reason": "none of those"}, {"ports": [1]}],
)
def test_what_is_no_answer_is_refused_in_a_sentence_and_written_nowhere(lesson: Lesson, answer: Any):
    reply = sent(lesson.exercise(1), do="answer", answer=answer)
    assert not reply["ok"] and "defect" not in reply["error"]
    assert progress.read(lesson.path) == ()


def test_a_message_that_nobody_knows_is_refused(lesson: Lesson):
    assert "knows no" in sent(lesson.exercise(1), do="<script>")["error"]


def test_a_file_that_cannot_be_written_leaves_the_exercise_unanswered(lesson: Lesson):
    sheet = lesson.exercise(1)
    assert isinstance(sheet.exercise, PairExercise)
    lesson.path.mkdir()
    reply = sent(sheet, do="answer", answer=pair_answer(sheet.exercise))
    assert not reply["ok"] and str(lesson.path) in reply["error"]
    assert shown(sheet)["answered"] is None


def test_ports_are_marked_by_the_table_of_ports(lesson: Lesson):
    sheet = lesson.exercise(2)
    made = sheet.exercise
    assert isinstance(made, PortsExercise)
    crossing = ports_key(made, facts())
    right = ["any"] if crossing.free else list(crossing.ports)
    sent(sheet, do="answer", answer={"ports": []})
    assert not shown(sheet)["answered"]["right"]
    sent(sheet, do="answer", answer={"ports": right})
    assert shown(sheet)["answered"]["right"]


def repairs(lesson: Lesson) -> Iterator[Sheet]:
    yield lesson.exercise(3)


def test_a_repair_shows_its_findings_after_each_change_and_takes_changes_back(lesson: Lesson):
    (sheet,) = repairs(lesson)
    made = sheet.exercise
    assert isinstance(made, RepairExercise)
    before = shown(sheet)["repair"]["findings"]
    assert made.finding.id in [id for one in before for id in one["ids"]]
    item = next(key for key, _ in shown(sheet)["repair"]["items"] if key.startswith("firewalls:"))
    sent(sheet, do="select", item=item, field="nat")
    assert shown(sheet)["repair"]["field"] == "nat"
    now = next(one["value"] for one in shown(sheet)["repair"]["fields"] if one["key"] == "nat")
    assert sent(sheet, do="apply", item=item, field="nat", value=not now)["ok"]
    assert len(shown(sheet)["repair"]["steps"]) == 1
    assert shown(sheet)["pictures"][0]["title"] == "The topology now"
    assert "it is already" in sent(sheet, do="apply", item=item, field="nat", value=not now)["error"]
    assert sent(sheet, do="undo")["ok"]
    assert shown(sheet)["repair"]["findings"] == before and shown(sheet)["repair"]["steps"] == []


def test_a_hand_that_is_quicker_than_the_page_changes_nothing(lesson: Lesson):
    (sheet,) = repairs(lesson)
    items = [key for key, _ in shown(sheet)["repair"]["items"] if key.startswith("servers:")]
    sent(sheet, do="select", item=items[0], field="zone")
    for message in ({"item": items[1], "field": "zone"}, {"item": items[0], "field": "roles"}):
        assert "meanwhile" in sent(sheet, do="apply", value=None, **message)["error"]
    assert "meanwhile" in sent(sheet, do="remove", item=items[1])["error"]
    assert shown(sheet)["repair"]["steps"] == []


def test_nothing_repaired_is_not_right_and_a_repair_is_kept_with_its_steps(lesson: Lesson):
    (sheet,) = repairs(lesson)
    made = sheet.exercise
    sent(sheet, do="answer")
    assert not shown(sheet)["answered"]["right"]
    sent(sheet, do="again")
    wanted = right_answer(made, pool_of("02"))
    assert isinstance(wanted, Topology)
    pair = pool_of("02").by_name[made.id.split(":")[1].rpartition(".")[0]]
    steps = [[step.model_dump(mode="json") for step in pair.steps]]
    if wanted == pair.before:  # back again: all that differs, field by field
        steps = [list(_back(pair.after, pair.before))]
    marked = lesson.take(made, {"steps": steps})
    assert marked.right
    later = shown(open_lesson("02", str(lesson.path)).exercise(3))
    assert later["answered"]["right"] and later["repair"]["steps"]


def _back(now: Topology, was: Topology) -> Iterator[dict[str, Any]]:
    for section in ("servers", "zones", "firewalls", "publishing"):
        for one, other in zip(now.to_plain().get(section, ()), was.to_plain().get(section, ()), strict=True):
            for key in {*one, *other}:
                if one.get(key) != other.get(key):
                    value = other.get(key)
                    yield {"op": "change", "section": section, "name": one["name"], "field": key, "value": value}


def test_where_one_stands_follows_the_answers_on_the_page(lesson: Lesson):
    end, sheet = lesson.end(), lesson.exercise(1)
    assert "0 of 4" in shown(end)["html"]
    assert isinstance(sheet.exercise, PairExercise)
    sent(sheet, do="answer", answer=pair_answer(sheet.exercise))
    assert "1 of 4" in shown(end)["html"]


def test_what_was_missed_comes_back_for_review_when_it_is_due(lesson: Lesson):
    made = lesson.made(1)
    assert isinstance(made, PairExercise)
    assert "Nothing is due" in lesson.review().piece.text
    right = pair_answer(made)
    wrong = right | {"reason": next(one for one in made.reasons if one != right["reason"])}
    progress.append(lesson.path, progress.Entry("Kim", "02", made.id, wrong, False, "", "2026-03-01T09:30:00Z"))
    review = lesson.review()
    assert isinstance(review, Sheet)
    assert shown(review)["id"] == made.id
    assert shown(review)["answered"] is None, "what comes again is asked again"
    sent(review, do="answer", answer=right)
    assert shown(review)["answered"]["right"]


def test_names_stay_text_on_the_page(lesson: Lesson):
    made = lesson.made(3)
    assert isinstance(made, RepairExercise)
    server = made.topology.servers[0].name
    evil = RepairExercise(
        made.id, apply(made.topology, [Rename(section="servers", name=server, to=HOSTILE)]), made.finding
    )
    sheet = Sheet(lesson, [evil], [HOSTILE])
    mimes = sheet._repr_mimebundle_()
    html = (mimes[0] if isinstance(mimes, tuple) else mimes)["text/html"]
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
