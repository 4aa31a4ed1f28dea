"""A class for its trainer: the files of progress of its learners, as tables. What learners typed stays text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]

from exkit.report.words import plain
from exkit.tutor import progress
from exkit.tutor.lesson import taught
from exkit.tutor.progress import Entry, ProgressError


@dataclass(frozen=True)
class Learner:
    """Who answered in a file, and what."""

    who: str
    file: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Class:
    """The learners of a folder, by name, and the files that could not be read."""

    folder: str
    learners: tuple[Learner, ...]
    refused: tuple[str, ...]

    def __repr__(self) -> str:
        told = f"{len(self.learners)} learners in {plain(self.folder)}"
        return "\n".join([told, *map(plain, self.refused)])


def read(folder: str = "") -> Class:
    """The class whose files of progress (`*.jsonl`) lie in a folder; empty: this one. ValueError for no folder."""
    place = Path(folder or ".")
    if not place.is_dir():
        raise ValueError(f"{folder} is no folder")
    learners: list[Learner] = []
    refused = []
    for file in sorted(place.glob("*.jsonl")):
        try:
            entries = progress.read(file)
        except ProgressError as error:
            refused.append(str(error))
            continue
        names = dict.fromkeys(entry.who for entry in entries)
        learners += [Learner(who, file.name, progress.of(entries, who)) for who in names]
    return Class(str(place), tuple(sorted(learners, key=lambda one: (one.who.casefold(), one.file))), tuple(refused))


def overview(group: Class) -> pd.DataFrame:
    """One row a learner, one column a lesson: how many exercises are right, of how many."""
    rows = []
    for one in group.learners:
        held = progress.standing(one.entries)
        done = {
            row.id: f"{held[row.id].right} of {len(row.exercises.split())}" if row.id in held else ""
            for row in taught().lessons
        }
        rows.append({"Who": plain(one.who), "File": plain(one.file), **done})
    return pd.DataFrame(rows, columns=["Who", "File", *(row.id for row in taught().lessons)])


def lessons(group: Class) -> pd.DataFrame:
    """One row a learner and lesson begun: done or not, what was missed, which beliefs were behind it."""
    columns = ["Who", "Lesson", "Done", "Right", "Missed", "Beliefs behind wrong answers", "Last answer"]
    return pd.DataFrame(list(_lessons(group)), columns=columns)


def _lessons(group: Class) -> Iterator[dict[str, object]]:
    known = {row.id: row for row in taught().lessons}
    for one in group.learners:
        for id, held in progress.standing(one.entries).items():
            count = len(known[id].exercises.split()) if id in known else held.answered
            beliefs = progress.misconceptions(entry for entry in one.entries if entry.lesson == id)
            yield {
                "Who": plain(one.who),
                "Lesson": plain(f"{id} {known[id].title}" if id in known else id),
                "Done": "yes" if held.right >= count else "no",
                "Right": f"{held.right} of {count}",
                "Missed": len(held.missed),
                "Beliefs behind wrong answers": plain(", ".join(sorted(beliefs))),
                "Last answer": held.last.isoformat(),
            }


def beliefs(group: Class) -> pd.DataFrame:
    """The misconceptions behind the class's wrong answers, the most frequent first: what to talk about next."""
    by_learner = [progress.misconceptions(one.entries) for one in group.learners]
    often = sum(by_learner, Counter())
    told = {row.id: row for row in taught().misconceptions}
    rows = [
        {
            "Belief": plain(told[id].belief if id in told else id),
            "Learners": sum(id in held for held in by_learner),
            "Wrong answers": count,
            "Correction": plain(told[id].correction) if id in told else "",
            "Card": plain(told[id].objection) if id in told else "",
        }
        for id, count in often.most_common()
    ]
    return pd.DataFrame(rows, columns=["Belief", "Learners", "Wrong answers", "Correction", "Card"])


def unread(group: Class) -> pd.DataFrame:
    """The files that could not be read, and what to do about each."""
    return pd.DataFrame({"What is wrong": [plain(told) for told in group.refused]})
