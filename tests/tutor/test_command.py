"""`exkit learn` at the terminal: where one stands, what it refuses, and how it starts and ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from exkit.tutor import command, progress
from exkit.tutor.lesson import LEARNER, lesson_named, notebook_of, taught
from exkit.tutor.progress import Entry
from tests.command import exkit


def answered(file: Path, lesson: str, *right: bool, who: str = "Kim", when: str = "2026-03-01T09:30:00Z") -> None:
    for number, one in enumerate(right):
        progress.append(file, Entry(who, lesson, f"pair:a.{number}:1", {}, one, "", when))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(LEARNER, raising=False)
    return tmp_path / "kim.jsonl"


def test_who_has_not_begun_begins_with_the_first_lesson(file: Path):
    told = command.status(file)
    assert (told.next.id, told.due) == ("01", 0)
    assert all(place.right == 0 and not place.done for place in told.places)
    assert not file.exists(), "to look is not to begin"


def test_the_lesson_to_go_on_with_is_the_first_that_is_not_done(file: Path):
    count = len(lesson_named("01").exercises.split())
    answered(file, "01", *[True] * count)
    answered(file, "02", True, False)
    told = command.status(file)
    assert told.next.id == "02"
    assert [(place.right, place.missed) for place in told.places[:2]] == [(count, 0), (1, 1)]
    assert told.due == 1


def test_after_the_last_lesson_all_are_done(file: Path):
    for row in taught().lessons:
        answered(file, row.id, *[True] * len(row.exercises.split()))
    run = exkit("learn", "--status", "--progress", file)
    assert run.returncode == 0
    assert run.stdout.count("done") >= len(taught().lessons)
    assert "All lessons are done." in run.stdout


def test_status_tells_lessons_what_was_missed_and_where_it_goes_on(file: Path):
    answered(file, "01", True, False)
    run = exkit("learn", "--status", "--progress", file, COLUMNS="100")
    assert re.search(r"01\s+begun\s+1 of \d right\s+1 missed", run.stdout)
    assert "1 exercise is due again today" in run.stdout
    assert "exkit learn 01" in run.stdout


def test_a_name_on_the_command_line_is_the_learner(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LEARNER, "")  # so that what the command sets is taken back
    answered(file, "01", True, who="Kim")
    run = exkit("learn", "--status", "--progress", file, "--as", "Lee \x1b[31m")
    assert "Lee" in run.stdout and "0 of" in run.stdout
    assert "\x1b[31m" not in run.stdout, "a name steers no terminal"


def test_a_lesson_that_is_not_there_is_refused_with_those_that_are(file: Path):
    run = exkit("learn", "12", "--progress", file, "--no-browser")
    assert run.returncode == 2
    assert "there is no lesson '12'; there are 01, 02" in run.stderr


def test_a_broken_file_of_progress_is_told_with_its_line(file: Path):
    file.write_text("{}\nnonsense\n", encoding="utf-8")
    run = exkit("learn", "--status", "--progress", file)
    assert run.returncode == 2
    assert f"{file}:1" in run.stderr and "Traceback" not in run.stderr


def test_every_lesson_has_its_notebook():
    for row in taught().lessons:
        assert notebook_of(row.id).name.startswith(f"{row.id}_")


def test_the_lessons_open_where_it_goes_on_and_end_with_ctrl_c(file: Path):
    answered(file, "01", *[True] * len(lesson_named("01").exercises.split()))
    words = [sys.executable, "-m", "exkit", "learn", "--progress", str(file), "--no-browser"]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    told = ""
    while "Ctrl-C" not in told:
        line = running.stdout.readline()
        assert line, running.stderr and running.stderr.read()
        told += line
    link = re.search(r"Lesson 02: (http://127\.0\.0\.1:\d+/voila/render/02_\w+\.ipynb\?token=\S{20,})", told)
    assert link
    base, _, token = link[1].partition("voila/render/")
    with urlopen(f"{base}?{token.partition('?')[2]}", timeout=20) as answer:
        lessons = answer.read().decode()
    assert lessons.count("/voila/render/0") == len(taught().lessons), "the root lists all lessons"
    with urlopen(f"{base}voila/render/{token.partition('?')[0]}", timeout=20) as answer:
        assert "/login" in answer.url, "without the token there is no access"
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 0 and out.strip().endswith("Ended.") and err == ""
