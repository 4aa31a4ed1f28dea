"""Progress: one file that only grows, survives crashes and two programs; standing, boxes and what is due."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exkit.tutor.progress import (
    INTERVALS,
    Entry,
    ProgressError,
    append,
    boxes,
    due,
    misconceptions,
    of,
    read,
    standing,
)

MONDAY = date(2026, 3, 2)


def entry(
    exercise: str = "pair:a.0:1", right: bool = True, day: date = MONDAY, lesson: str = "02", wrong: str = ""
) -> Entry:
    answer = {"verdict": "supported", "reason": 2}
    return Entry("Kim", lesson, exercise, answer, right, wrong, f"{day.isoformat()}T09:30:00Z")


def test_what_was_appended_is_read_again_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    written = [entry(), entry("repair:b.after:2", False, wrong="edge-fronts-clients"), entry("ports:c.before:3")]
    for one in written:
        append(file, one)
    assert list(read(file)) == written


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == ()


def test_the_file_is_plain_lines_of_json(tmp_path: Path) -> None:
    append(tmp_path / "p.jsonl", entry())
    (line,) = (tmp_path / "p.jsonl").read_text().splitlines()
    assert set(json.loads(line)) == {"who", "lesson", "exercise", "answer", "right", "misconception", "when"}


def test_a_crash_at_any_byte_loses_at_most_the_last_answer_and_the_file_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    written = [entry(f"pair:a.{number}:1") for number in range(3)]
    for one in written:
        append(file, one)
    whole = file.read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        file.write_bytes(whole[:cut])
        kept = sum(end <= cut for end in ends)
        assert list(read(file)) == written[:kept], cut
    file.write_bytes(whole[: ends[1] + 5])
    append(file, written[2])
    assert file.read_bytes() == whole


def test_a_last_line_of_rubbish_is_passed_over_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    append(file, entry())
    with file.open("ab") as more:
        more.write(b"\0\0\0\0\n")
    assert list(read(file)) == [entry()]
    append(file, entry("pair:b.0:1"))
    assert list(read(file)) == [entry(), entry("pair:b.0:1")]


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b'{"who": "Kim"}', b'{"who": 1, "lesson": "02", "exercise": "a", "answer": 1, "right": true, '
     b'"misconception": "", "when": "2026-03-02T09:30:00Z"}', b'"text"'],
)  # fmt: skip
def test_a_line_in_the_middle_that_cannot_be_read_is_told_with_file_and_line(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "p.jsonl"
    append(file, entry())
    good = file.read_bytes()
    file.write_bytes(good + line + b"\n" + good)
    for attempt in (lambda: read(file), lambda: append(file, entry())):
        with pytest.raises(ProgressError, match=r"p\.jsonl:2: this line of the progress cannot be read"):
            attempt()
    assert file.read_bytes() == good + line + b"\n" + good, "nothing was changed"


@pytest.mark.parametrize("text", [b'{"customer": "A"}', b"customer: A\n", b"\x7fELF\x00"])
def test_a_file_of_another_kind_is_refused_and_stays_as_it_was(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "other"
    file.write_bytes(text)
    with pytest.raises(ProgressError, match="no file of progress"):
        append(file, Entry("Kim", "01", "pair:a.0:1", [], True, "", "2026-03-01T09:30:00Z"))
    assert file.read_bytes() == text


def test_a_folder_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ProgressError, match="cannot be written"):
        append(tmp_path / "none" / "p.jsonl", entry())


def _write_many(file: str, who: str) -> None:
    for number in range(20):
        append(Path(file), replace(entry(f"pair:a.{number}:1"), who=who))


def test_two_programs_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    spawn = multiprocessing.get_context("spawn")
    programs = [spawn.Process(target=_write_many, args=(str(file), who)) for who in ("Kim", "Lee")]
    for program in programs:
        program.start()
    for program in programs:
        program.join()
        assert program.exitcode == 0
    for who in ("Kim", "Lee"):
        assert [one.exercise for one in of(read(file), who)] == [f"pair:a.{number}:1" for number in range(20)]


def test_standing_counts_the_latest_answer_to_each_exercise() -> None:
    told = standing([entry("a", False), entry("b"), entry("a"), entry("c", False), entry("d", lesson="03")])
    assert (told["02"].answered, told["02"].right, told["02"].missed) == (3, 2, ("c",))
    assert list(told) == ["02", "03"] and told["03"].last == MONDAY


def test_what_was_right_at_once_is_never_asked_again() -> None:
    assert boxes([entry(), entry()]) == ()


def test_what_was_missed_comes_back_in_growing_intervals_until_it_is_known() -> None:
    answers, day = [entry(right=False)], MONDAY
    for box, interval in enumerate(INTERVALS):
        (one,) = boxes(answers)
        assert (one.box, one.on) == (box, day + timedelta(days=interval))
        assert due(answers, one.on - timedelta(days=1)) == () and due(answers, one.on) == (one,)
        day = one.on
        answers.append(entry(day=day))
    assert boxes(answers) == (), "known"


def test_the_same_answer_at_once_moves_nothing_up() -> None:
    missed = entry(right=False)
    assert boxes([missed, entry(), entry()]) == boxes([missed])


def test_a_second_miss_puts_it_back_into_the_first_box() -> None:
    later = MONDAY + timedelta(days=1)
    answers = [entry(right=False), entry(day=later), entry(right=False, day=later + timedelta(days=3))]
    (one,) = boxes(answers)
    assert (one.box, one.on) == (0, later + timedelta(days=4))


DAYS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 9)), max_size=40)


@given(DAYS)
def test_something_is_in_a_box_only_if_it_was_missed_and_always_if_it_was_missed_last(
    steps: list[tuple[str, bool, int]],
) -> None:
    day, answers = MONDAY, []
    for exercise, right, days in steps:
        day += timedelta(days=days)
        answers.append(entry(exercise, right, day))
    held = {one.exercise: one for one in boxes(answers)}
    missed = {one.exercise for one in answers if not one.right}
    last = {one.exercise: one for one in answers}
    assert set(held) <= missed and {name for name, one in last.items() if not one.right} <= set(held)
    assert all(one.on > last[name].day for name, one in held.items() if not last[name].right)
    days_due = [one.on for one in boxes(answers)]
    assert days_due == sorted(days_due)
    assert standing(answers) == {} or set(standing(answers)["02"].missed) <= set(held)


def test_misconceptions_are_counted() -> None:
    told = misconceptions([entry(right=False, wrong="m"), entry(right=False, wrong="m"), entry()])
    assert dict(told) == {"m": 2}
