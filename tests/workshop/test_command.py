"""`exkit workshop` refuses what it cannot open before anything is started."""

from __future__ import annotations

from pathlib import Path

from tests.command import exkit


def test_a_file_with_errors_is_refused_with_its_lines(tmp_path: Path):
    file = tmp_path / "bad.yaml"
    file.write_text("customer: x\nzonez: []\n", encoding="utf-8")
    run = exkit("workshop", file, "--no-browser")
    assert run.returncode == 2
    assert "bad.yaml:2" in run.stderr and "zones" in run.stderr and "Traceback" not in run.stderr


def test_a_pattern_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path):
    run = exkit("workshop", tmp_path / "new.yaml", "--from", "recomended-2010", "--no-browser")
    assert run.returncode == 2 and "recommended-2010" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_pattern_for_a_file_that_is_there_is_refused_not_passed_over(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text("customer: Mine\n", encoding="utf-8")
    run = exkit("workshop", file, "--from", "recommended-2010", "--no-browser")
    assert run.returncode == 2 and "is there already" in run.stderr
    assert list(tmp_path.iterdir()) == [file]


def test_a_damaged_journal_is_refused_with_its_line_and_what_to_do(tmp_path: Path):
    journal = tmp_path / "x.workshop.jsonl"
    journal.write_text('{"parent": "begin"}\n{}\n', encoding="utf-8")
    run = exkit("workshop", tmp_path / "x.yaml", "--no-browser")
    assert run.returncode == 2 and "x.workshop.jsonl:1" in run.stderr and "copy them to a new file" in run.stderr


def test_an_address_of_another_machine_is_refused(tmp_path: Path):
    run = exkit("workshop", tmp_path / "x.yaml", "--room", "192.0.2.1", "--port", "1", "--no-browser")
    assert run.returncode == 2 and "Traceback" not in run.stderr
