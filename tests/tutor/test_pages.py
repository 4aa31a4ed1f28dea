"""Lessons as pages: whole, without network or script, with exercises and without their key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exkit.tutor.exercises import PairExercise, RepairExercise, judged
from exkit.tutor.lesson import LEARNER, notebook_of, open_lesson
from exkit.tutor.marking import key_of
from exkit.tutor.pages import write_pages
from tests.build import facts

LESSON = "02"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LEARNER, HOSTILE)
        (written,) = write_pages(folder / "new", folder / "progress.jsonl", [LESSON])
    assert written == folder / "new" / notebook_of(LESSON).with_suffix(".html").name
    assert [file.name for file in written.parent.iterdir()] == [written.name], "nothing half-written is left"
    return written.read_text(encoding="utf-8")


@pytest.fixture
def exercises(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list:
    monkeypatch.setenv(LEARNER, HOSTILE)
    lesson = open_lesson(LESSON, str(tmp_path / "none.jsonl"))
    return [lesson.made(number) for number in range(1, lesson.count + 1)]


def test_a_page_loads_nothing_and_runs_nothing(page: str):
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!https?://|data:|#|\d\d_)""", page)
    assert not re.search(r"""<(?:img|link|iframe|object)[^>]+(?:src|href)=["']https?:""", page)
    assert "default-src 'none'" in page


def test_the_exercises_are_those_that_the_learner_answers_when_he_is_back(page: str, exercises: list):
    for made in exercises:
        assert f"<code>{made.id}</code>" in page
    assert page.count("Marked when you are back") == len(exercises)


def test_a_page_holds_no_key_and_no_marks(page: str, exercises: list):
    sheets = re.findall(r'<section class="exkit-tutor">.*?</section>', page, re.DOTALL)
    assert len(sheets) == len(exercises)
    for made, sheet in zip(exercises, sheets, strict=True):
        assert "checked" not in sheet and "feedback" not in sheet
        if isinstance(made, PairExercise):
            key = key_of(made, judged(made.topology, facts()))
            assert key.summary not in sheet and (not key.fix or key.fix not in sheet)
            assert made.reasons[0] in re.sub("&#39;", "'", sheet)
        if isinstance(made, RepairExercise):
            assert not made.finding.fix or made.finding.fix not in sheet


def test_calls_stand_above_what_they_gave_and_lessons_lead_to_each_other(page: str):
    assert re.search(r"<pre><code>.*tutor\.example", page, re.DOTALL)
    assert "lesson.exercise(" not in page
    assert f'href="{notebook_of("03").with_suffix(".html").name}"' in page
    assert ".ipynb" not in page


def test_a_learners_name_stays_text(page: str):
    assert HOSTILE not in page
    assert "&lt;img src=x" in page


def test_a_lesson_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="there is no lesson"):
        list(write_pages(tmp_path, tmp_path / "p.jsonl", ["99"]))
