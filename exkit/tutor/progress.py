"""What a learner did, in one plain file that only grows: one line of JSON an answer. The file is its own export.

What one stands at, what was missed and what is due are worked out from its lines; nothing else is kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from exkit.workshop.journal import JournalError, locked, write_after

FILE = "exkit-progress.jsonl"
# Days until what was missed is asked again; after the last right answer in a row it counts as known.
INTERVALS = (1, 3, 7, 16, 35)
BEGINS = b'{"who"'  # as every line does


class ProgressError(ValueError):
    """A file of progress that cannot be read or written; `str()` says file, line and what to do."""


@dataclass(frozen=True)
class Entry:
    """One answer: who gave it, in which lesson, to which exercise, and how it was. `when` is a time in UTC."""

    who: str
    lesson: str
    exercise: str
    answer: JsonValue
    right: bool
    misconception: str  # the id of one, or empty
    when: str  # 2026-03-01T09:30:00Z

    @property
    def day(self) -> date:
        """The day of the answer."""
        return datetime.fromisoformat(self.when).date()


@dataclass(frozen=True)
class Standing:
    """Where one stands in a lesson. `missed`: exercises whose latest answer was wrong, in the order of the file."""

    lesson: str
    answered: int  # exercises
    right: int  # of them, those whose latest answer was right
    missed: tuple[str, ...]
    last: date


@dataclass(frozen=True)
class Due:
    """Something that was missed and is to be asked again on a day. `box` counts from 0, the latest missed."""

    exercise: str
    lesson: str
    box: int
    on: date


def read(path: Path) -> tuple[Entry, ...]:
    """The answers in a file, none when there is no file. A last line that a crash cut off is no line.

    Raises ProgressError for any other line that cannot be read, and for a file that cannot.
    """
    return _whole(_bytes(path), str(path))[0]


def append(path: Path, entry: Entry) -> None:
    """Write an answer, on the disk before this returns. Raises ProgressError; then nothing was changed."""
    if not path.parent.is_dir():
        raise ProgressError(f"{path}: cannot be written: there is no folder {path.parent}")
    line = json.dumps(asdict(entry)).encode() + b"\n"
    try:
        with locked(path):
            length = _whole(_bytes(path), str(path))[1]
            write_after(path, length, line)
    except JournalError as error:
        raise ProgressError(str(error)) from None
    except OSError as error:
        raise ProgressError(f"{path}: cannot be written ({error.strerror or error}): nothing was changed") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ProgressError(f"{path}: cannot be read ({error.strerror or error})") from None


def _whole(data: bytes, name: str) -> tuple[tuple[Entry, ...], int]:
    """The whole lines of a file and how many bytes they take."""
    found: list[Entry] = []
    at = number = 0
    while (end := data.find(b"\n", at)) >= 0:
        number += 1
        try:
            found.append(_entry(json.loads(data[at : end + 1])))
        except (ValueError, TypeError) as error:
            if end + 1 == len(data):
                break
            raise ProgressError(
                f"{name}:{number}: this line of the progress cannot be read ({error}). Nothing was changed. Correct it "
                "or take it out, or name another file."
            ) from None
        at = end + 1
    if not found and not (data.startswith(BEGINS) or BEGINS.startswith(data)):  # it would be taken for a cut-off line
        raise ProgressError(f"{name}: is no file of progress. Nothing was changed. Name another file.")
    return tuple(found), at


def _entry(plain: object) -> Entry:
    if not isinstance(plain, dict):
        raise TypeError("it is no object of JSON")
    entry = Entry(**plain)
    for field in fields(Entry):
        held = getattr(entry, field.name)
        if field.name != "answer" and not isinstance(held, bool if field.name == "right" else str):
            raise TypeError(f"{field.name} is {held!r}")
    datetime.fromisoformat(entry.when)
    return entry


def of(entries: Iterable[Entry], who: str) -> tuple[Entry, ...]:
    """The answers of one learner."""
    return tuple(entry for entry in entries if entry.who == who)


def standing(entries: Iterable[Entry]) -> dict[str, Standing]:
    """Where a learner stands in each lesson that he has begun, in the order of the file.

    >>> missed = Entry("Kim", "02", "pair:a.0:1", [], False, "", "2026-03-01T09:30:00Z")
    >>> standing([missed])["02"].missed
    ('pair:a.0:1',)
    """
    latest: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        latest.setdefault(entry.lesson, {})[entry.exercise] = entry
    return {lesson: _standing(lesson, list(answers.values())) for lesson, answers in latest.items()}


def _standing(lesson: str, answers: Sequence[Entry]) -> Standing:
    missed = tuple(entry.exercise for entry in answers if not entry.right)
    return Standing(lesson, len(answers), len(answers) - len(missed), missed, max(entry.day for entry in answers))


def boxes(entries: Iterable[Entry]) -> tuple[Due, ...]:
    """All that was missed and is not known yet, each with its day, the earliest first.

    A wrong answer puts an exercise into the first box. A right one on its day or later moves it up by one, so that
    nothing is learned by giving the same answer again at once. Out of the last box, it is known.
    """
    held: dict[tuple[str, str], Due] = {}
    for entry in entries:
        key = entry.lesson, entry.exercise
        was = held.get(key)
        if not entry.right:
            held[key] = _due(entry, 0)
        elif was is not None and entry.day >= was.on:
            if was.box + 1 < len(INTERVALS):
                held[key] = _due(entry, was.box + 1)
            else:
                del held[key]
    return tuple(sorted(held.values(), key=lambda due: (due.on, due.box)))


def _due(entry: Entry, box: int) -> Due:
    return Due(entry.exercise, entry.lesson, box, entry.day + timedelta(days=INTERVALS[box]))


def due(entries: Iterable[Entry], today: date) -> tuple[Due, ...]:
    """What is to be asked again on a day.

    >>> missed = Entry("Kim", "02", "pair:a.0:1", [], False, "", "2026-03-01T09:30:00Z")
    >>> [len(due([missed], day)) for day in (date(2026, 3, 1), date(2026, 3, 2))]
    [0, 1]
    """
    return tuple(one for one in boxes(entries) if one.on <= today)


def misconceptions(entries: Iterable[Entry]) -> Counter[str]:
    """How often each misconception was behind a wrong answer."""
    return Counter(entry.misconception for entry in entries if entry.misconception)
