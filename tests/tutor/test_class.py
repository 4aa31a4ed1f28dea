"""A class from the files of its learners: what it sums up, and that no name is more than text."""

from __future__ import annotations

from pathlib import Path

import pytest

from exkit.batch.run import run_notebook
from exkit.tutor import classroom, progress
from exkit.tutor.lesson import lesson_named, taught
from exkit.tutor.progress import Entry

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "50_class.ipynb"
HOSTILE = "<img src=x onerror=alert(1)>\"'&\u202e=1+1"
BELIEF = taught().misconceptions[0]


def answered(file: Path, who: str, *answers: tuple[str, str, bool, str]) -> None:
    for lesson, exercise, right, belief in answers:
        progress.append(file, Entry(who, lesson, exercise, {}, right, belief, "2026-03-01T09:30:00Z"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    every = [("01", f"pair:a.{n}:1", True, "") for n in range(len(lesson_named("01").exercises.split()))]
    answered(tmp_path / "kim.jsonl", "Kim", *every, ("02", "pair:b.0:1", False, BELIEF.id))
    answered(tmp_path / "lee.jsonl", "Lee", ("02", "pair:b.0:1", False, BELIEF.id), ("02", "pair:b.0:1", True, ""))
    answered(tmp_path / "x.jsonl", HOSTILE, ("02", "pair:b.1:1", False, "no-such-belief"))
    (tmp_path / "broken.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    return tmp_path


def test_the_overview_has_a_row_a_learner_and_a_column_a_lesson(folder: Path):
    shown = classroom.overview(classroom.read(str(folder))).set_index("Who")
    assert shown.loc["Kim", "01"] == "4 of 4"
    assert shown.loc["Kim", "02"] == "0 of 4"
    assert shown.loc["Lee", "02"] == "1 of 4"
    assert shown.loc["Lee", "01"] == ""
    assert len(shown) == 3


def test_a_lesson_is_done_when_all_of_its_exercises_are_right(folder: Path):
    shown = classroom.lessons(classroom.read(str(folder))).set_index(["Who", "Lesson"])
    first, second = (f"{id} {lesson_named(id).title}" for id in ("01", "02"))
    assert shown.loc[("Kim", first), "Done"] == "yes"
    assert shown.loc[("Kim", second), "Done"] == "no"
    assert shown.loc[("Kim", second), "Missed"] == 1
    assert shown.loc[("Kim", second), "Beliefs behind wrong answers"] == BELIEF.id
    assert shown.loc[("Lee", second), "Missed"] == 0, "the latest answer counts"


def test_beliefs_are_counted_over_the_class_with_their_correction(folder: Path):
    shown = classroom.beliefs(classroom.read(str(folder)))
    first = shown.iloc[0]
    assert (first["Belief"], first["Learners"], first["Wrong answers"]) == (BELIEF.belief, 2, 2)
    assert first["Correction"] == BELIEF.correction
    assert "no-such-belief" in set(shown["Belief"]), "what another edition knows is shown by its id"


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(folder: Path):
    group = classroom.read(str(folder))
    (told,) = group.refused
    assert "broken.jsonl:1" in told
    assert [one.who for one in group.learners if one.file != "x.jsonl"] == ["Kim", "Lee"]


def test_no_folder_is_refused_and_an_empty_one_gives_empty_tables(tmp_path: Path):
    with pytest.raises(ValueError, match="is no folder"):
        classroom.read(str(tmp_path / "none"))
    empty = classroom.read(str(tmp_path))
    assert [len(table(empty)) for table in (classroom.overview, classroom.lessons, classroom.beliefs)] == [0, 0, 0]


def test_the_notebook_runs_untouched_and_shows_hostile_names_as_text(folder: Path):
    for parameters in ({}, {"folder": str(folder)}):
        run = run_notebook(NOTEBOOK, parameters, folder)
        shown = "".join(
            str(output.get("data", {}).get("text/html", "")) for cell in run.cells for output in cell.get("outputs", ())
        )
        assert "Kim" in shown and "&lt;img src=x" in shown
        assert "<img" not in shown
        assert "\u202e" not in shown, "what turns the direction of text is shown as its code"
