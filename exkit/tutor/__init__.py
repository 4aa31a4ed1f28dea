"""Lessons whose answer key is the engine: exercises, what they are marked by, and where a learner stands.

>>> from exkit import tutor
>>> lesson = tutor.open("02")  # doctest: +SKIP
>>> lesson.exercise(1)  # doctest: +SKIP

What each of these gives is shown where it is the last line of a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exkit.tutor.example import example  # here: imported later, the module would take the function's place

if TYPE_CHECKING:
    from exkit.report.piece import Piece
    from exkit.tutor.lesson import Lesson

__all__ = ["card", "example", "life", "open", "ports", "statement"]

# Each imports what it needs itself: widgets take half a second, and whoever only marks needs none.


def open(lesson: str, progress: str = "") -> Lesson:
    """A lesson by its id (`01` to `08`), with the progress of whoever works through it.

    `progress` is the file that keeps it; empty means the one that `exkit learn` named, else exkit-progress.jsonl in
    this folder. Raises ValueError for a lesson that is not there and for a file that cannot be read.
    """
    from exkit.tutor.lesson import open_lesson

    return open_lesson(lesson, progress)


def statement(id: str, version: str = "") -> Piece:
    """What the vendor says: verdict, why, what to do, sources; of one version (`2010`), or of all that say different.

    Raises ValueError for a statement or a version that is not there.
    """
    from exkit.tutor import shown

    return shown.statement(id, version)


def ports(version: str, source: str, target: str) -> Piece:
    """The ports table of a version between two roles (`HubTransport` or `HT`), and what a filter may do there.

    Raises ValueError for a name that the table does not have.
    """
    from exkit.tutor import shown

    return shown.ports(version, source, target)


def life(version: str) -> Piece:
    """When an Exchange version came out and until when it was supported.

    Raises ValueError for a version that is not there.
    """
    from exkit.tutor import shown

    return shown.life(version)


def card(id: str) -> Piece:
    """An objection as customers make it, and what to answer. Raises ValueError for a card that is not there."""
    from exkit.tutor import shown

    return shown.card(id)
