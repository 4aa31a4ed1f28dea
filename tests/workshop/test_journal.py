"""The journal: on disk before it counts, whole at every cut, safe between two writers, loud when it was damaged."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exkit.workshop.edits import Change, Refused
from exkit.workshop.journal import BEGIN, Journal, JournalError, entries, hash_of, line_of
from exkit.workshop.session import Checkpoint, Edit, Park, Start, Undo, follow
from tests.build import host, topology
from tests.strategies import HOSTILE_NAMES, topologies
from tests.workshop.actions import actions

NOW = "2026-11-27T09:00:00Z"
SMALL = topology(host("CAS1", "CAS", version="2010"))
START = Start(topology=SMALL.to_plain(), origin="a test")


def zone(name: str | None) -> Edit:
    return Edit(steps=(Change(section="servers", name="CAS1", field="zone", value=name),))


def started(folder: Path) -> Journal:
    journal = Journal(folder / "c.workshop.jsonl")
    journal.append(START, "")
    return journal


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_at_every_cut_the_journal_replays_to_what_was_on_the_screen_then(data: st.DataObject) -> None:
    start = Start(topology=data.draw(topologies(HOSTILE_NAMES)).to_plain(), origin="a test")
    session = follow(None, start, NOW, "x")
    whole = line_of(start, NOW, "x", BEGIN)
    head = hash_of(whole)
    shown = [(len(whole), session)]
    for _ in range(data.draw(st.integers(0, 6))):
        action = data.draw(actions(session))
        try:
            session = follow(session, action, NOW, "x")
        except Refused:
            continue
        line = line_of(action, NOW, "x", head)
        head, whole = hash_of(line), whole + line
        shown.append((len(whole), session))
    cuts = {end + off for end, _ in shown for off in (-1, 0, 1)} | {data.draw(st.integers(0, len(whole)))}
    for cut in cuts:
        found, length = entries(whole[:cut], BEGIN, "journal")
        replayed = None
        for entry in found:
            replayed = follow(replayed, entry.action, entry.when, entry.who)
        expected = [one for end, one in shown if end <= cut]
        assert replayed == (expected[-1] if expected else None)
        assert length == max((end for end, _ in shown if end <= cut), default=0)


def test_what_was_appended_is_on_disk_before_append_returns_and_reopening_goes_on(tmp_path: Path):
    journal = started(tmp_path)
    session = journal.append(zone("dmz"), "Ms Finch")
    again = Journal(journal.path)
    assert again.session == session == journal.session
    assert again.head == journal.head
    assert again.session is not None and again.session.topology.servers[0].zone == "dmz"


def test_a_line_cut_off_by_a_crash_is_no_line_and_the_next_append_takes_its_place(tmp_path: Path):
    journal = started(tmp_path)
    journal.append(zone("dmz"), "")
    whole = journal.path.read_bytes()
    for cut in (1, 20, len(whole) - whole.rfind(b"\n", 0, -1) - 2):
        journal.path.write_bytes(whole[:-cut])
        again = Journal(journal.path)
        assert again.session is not None and again.session.topology == SMALL
        again.append(zone("back"), "")
        lines = journal.path.read_bytes().splitlines()
        assert len(lines) == 2 and all(json.loads(line) for line in lines)


def test_a_refused_action_leaves_the_file_as_it_was(tmp_path: Path):
    journal = started(tmp_path)
    before = journal.path.read_bytes()
    with pytest.raises(Refused):
        journal.append(zone("nowhere"), "")
    with pytest.raises(Refused):
        journal.append(Undo(), "")
    assert journal.path.read_bytes() == before


def test_a_disk_that_is_full_is_told_and_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = started(tmp_path)
    before, session = journal.path.read_bytes(), journal.session

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("exkit.workshop.journal.os.fsync", full)
    with pytest.raises(JournalError, match="No space left"):
        journal.append(zone("dmz"), "")
    monkeypatch.undo()
    assert journal.path.read_bytes() == before
    assert journal.session is session
    journal.append(zone("dmz"), "")
    assert Journal(journal.path).session == journal.session


@pytest.mark.parametrize(
    "damage", [lambda line: b"{}\n", lambda line: line.replace(b"dmz", b"lan"), lambda line: b"\n"]
)
def test_a_damaged_line_in_the_middle_is_told_with_its_number_and_nothing_is_touched(tmp_path: Path, damage):
    journal = started(tmp_path)
    for name in ("dmz", "back", "dmz"):
        journal.append(zone(name), "")
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[1] = damage(lines[1])
    journal.path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=r"c\.workshop\.jsonl:[23]: this line"):
        Journal(journal.path)
    assert journal.path.read_bytes() == b"".join(lines)


def test_two_windows_see_each_others_edits_and_undo_never_takes_back_what_one_did_not_see(tmp_path: Path):
    one = started(tmp_path)
    other = Journal(one.path)
    seen = one.head
    one.append(zone("dmz"), "one")
    with pytest.raises(Refused, match="somebody else"):
        other.append(Undo(), "other", seen)
    assert other.session == one.session
    other.append(Checkpoint(name="now"), "other", seen)  # says of itself what it means, so it may follow
    assert one.catch_up() and one.session == other.session


def _write(path: str, who: str) -> None:
    journal = Journal(Path(path))
    for number in range(25):
        journal.append(Park(what=f"{who} {number}"), who)


def test_two_programs_that_write_at_once_lose_nothing_and_corrupt_nothing(tmp_path: Path):
    journal = started(tmp_path)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(journal.path), who)) for who in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    session = Journal(journal.path).session
    assert session is not None
    told = [note.what for note in session.parked]
    assert sorted(told) == sorted(f"{who} {number}" for who in "ab" for number in range(25))
    assert [one for one in told if one.startswith("a")] == [f"a {number}" for number in range(25)]


def test_a_journal_that_was_deleted_or_cut_while_open_is_told(tmp_path: Path):
    journal = started(tmp_path)
    whole = journal.path.read_bytes()
    journal.path.write_bytes(b"")
    with pytest.raises(JournalError, match="shorter"):
        journal.catch_up()
    journal.path.unlink()
    with pytest.raises(JournalError, match="deleted"):
        journal.append(zone("dmz"), "")
    journal.path.write_bytes(whole)
    assert not journal.catch_up()
