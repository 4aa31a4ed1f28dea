"""A lesson for one learner: which exercises are his, what he answered, what is due, where he stands."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from pydantic import ValidationError

from exkit import teaching
from exkit.facts import Facts
from exkit.report.judged import facts_of_today
from exkit.report.piece import Piece
from exkit.teaching import LessonRow, Teaching
from exkit.tutor import exercises, progress, shown, view
from exkit.tutor.exercises import Exercise, PairExercise, Pool, PortsExercise
from exkit.tutor.marking import Answer, Marked, PairAnswer, mark
from exkit.tutor.pairs import Pair, pairs_of
from exkit.tutor.style import stylesheet
from exkit.verdict import Verdict
from exkit.workshop.edits import STEPS, Refused, apply
from exkit.workshop.serving import notebooks

if TYPE_CHECKING:
    from exkit.tutor.widget import Follower, Sheet

PROGRESS, LEARNER = "EXKIT_PROGRESS", "EXKIT_LEARNER"  # set by `exkit learn`
LIBRARY = "*"  # in the place of a pattern: all of them, also what was made for no lesson
MOST_TRIES = 50  # seeds tried until an exercise is none that the lesson has already
Plain = dict[str, Any]  # an answer as the page and the file of progress have it


def open_lesson(id: str, file: str = "") -> Lesson:
    """See `exkit.tutor.open`."""
    row = lesson_named(id)
    path = progress_file(file)
    entries = progress.read(path)
    return Lesson(row, path, learner(entries))


def progress_file(file: str = "") -> Path:
    """The file of progress: the one that is named, else the one of `exkit learn`, else the one in this folder."""
    return Path(file or os.environ.get(PROGRESS, "") or progress.FILE)


def learner(entries: Sequence[progress.Entry]) -> str:
    """Who learns: who was named, else who answered last, else who works on which machine.

    It goes with the file from one machine to another; and two learners hardly ever have the same exercises.
    """
    if named := os.environ.get(LEARNER, "").strip():
        return named[:80]
    if entries:
        return entries[-1].who
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        user = "learner"
    return f"{user}@{platform.node() or 'here'}"


def lesson_named(id: str) -> LessonRow:
    """A lesson by its id. ValueError names those that there are.

    >>> lesson_named("2").title == lesson_named("02").title
    True
    """
    rows = {row.id: row for row in taught().lessons}
    if id.zfill(2) not in rows:
        raise ValueError(f"there is no lesson {id!r}; there are {', '.join(rows)}")
    return rows[id.zfill(2)]


def notebook_of(lesson: str) -> Path:
    """The notebook of a lesson."""
    id = lesson_named(lesson).id
    found = sorted((notebooks() / "learn").glob(f"{id}_*.ipynb"))
    if not found:
        raise FileNotFoundError(f"the notebook of lesson {id} is not installed: install exkit again")
    return found[0]


@cache
def taught() -> Teaching:
    """The tables of lessons, as they were when this program began."""
    return teaching.load(facts_of_today())


@cache
def _pairs() -> tuple[Pair, ...]:
    return pairs_of(taught().pairs)


@cache
def whole_pool() -> Pool:
    """All pairs; the pools of lessons are parts of it, so that each half of a pair is judged once."""
    return Pool(facts_of_today(), _pairs(), taught().misconceptions)


@cache
def pool_of(lesson: str, pattern: str = "") -> Pool:
    """What the exercises of a lesson are drawn from: the pairs that were made for it, or all where none was.

    Of one example customer only, when one is named; `*` draws from the whole library.
    """
    kept = [pair for pair in _pairs() if pattern in ("", LIBRARY, pair.pattern)]
    made = [pair for pair in kept if lesson in pair.lessons and pattern != LIBRARY]
    return exercises.pool(lesson_named(lesson), whole_pool(), made or kept)


def seed_of(*parts: object) -> int:
    """A seed out of words, the same on every machine."""
    return int.from_bytes(hashlib.sha256("\n".join(map(str, parts)).encode()).digest()[:4])


@dataclass(frozen=True)
class Lesson:
    """One lesson and whoever works through it. What was answered is read from the file whenever it is asked for."""

    row: LessonRow
    path: Path
    who: str
    _made: dict[tuple[int, str], Exercise] = field(default_factory=dict, compare=False, repr=False)
    _asked: dict[int, Exercise] = field(default_factory=dict, compare=False, repr=False)
    _followers: WeakSet[Follower] = field(default_factory=WeakSet, compare=False, repr=False)

    def __repr__(self) -> str:
        return f"Lesson {self.row.id}: {self.row.title} ({self.path}, {self.who})"

    @property
    def facts(self) -> Facts:
        """What it is marked by."""
        return facts_of_today()

    @property
    def count(self) -> int:
        """How many exercises it has."""
        return len(self.row.exercises.split())

    # What a cell shows

    def intro(self) -> Piece:
        """Whom the lesson is for, how long it takes, what one can do after it; and the look of all that follows."""
        told = shown.piece("intro", lesson=self.row, all=links(), done=self._done())
        return replace(told, html=f"<style>\n{stylesheet()}</style>\n{told.html}")

    def exercise(self, number: int, pattern: str = "") -> Sheet:
        """An exercise of this learner's set, from 1 on; of one example customer, when a pattern is named, or `*`.

        Raises ValueError for a number that the lesson does not have.
        """
        from exkit.tutor.widget import Sheet

        made = self.made(number, pattern)
        return Sheet(self, [made], [f"Exercise {number} of {self.count}"])

    def review(self) -> Follower:
        """What was missed and is due again, of this lesson and of those before it."""
        from exkit.tutor.widget import Follower, Sheet

        again = list(self.due())
        if not again:
            return self._followed(Follower(self._nothing_due))
        headings = [f"Due again, {n} of {len(again)}" for n in range(1, len(again) + 1)]
        return Sheet(self, again, headings, anew=[one.id for one in again])

    def end(self) -> Follower:
        """What one can do now, where one stands, what to read next; it follows the answers on the page."""
        from exkit.tutor.widget import Follower

        return self._followed(Follower(self._standing))

    # Exercises

    def made(self, number: int, pattern: str = "") -> Exercise:
        """The same without a page: the exercise itself."""
        kinds = self.row.exercises.split()
        if not 1 <= number <= len(kinds):
            raise ValueError(f"lesson {self.row.id} has the exercises 1 to {len(kinds)}, and no {number}")
        self._asked[number] = self._drawn(number, pattern)
        return self._asked[number]

    def _drawn(self, number: int, pattern: str) -> Exercise:
        """The same whichever cell is run first: it is another one than those before it, as they would be."""
        if (number, pattern) not in self._made:
            kinds: Any = self.row.exercises.split()
            before = [other for other in range(1, number) if kinds[other - 1] == kinds[number - 1]]
            taken = {_stem(self._drawn(other, pattern).id) for other in before}
            pool = pool_of(self.row.id, pattern)
            for turn in range(MOST_TRIES):
                seed = seed_of(self.who, self.row.id, number, turn)
                found = exercises.exercise(kinds[number - 1], seed, pool)
                if _stem(found.id) not in taken:
                    break
            self._made[number, pattern] = found
        return self._made[number, pattern]

    def due(self) -> tuple[Exercise, ...]:
        """What is to be asked again today. What this edition of the kit cannot make any more is passed over."""
        found = []
        for one in progress.due(self._entries(), datetime.now(UTC).date()):
            try:
                found.append(again(one.lesson, one.exercise))
            except ValueError:
                continue
        return tuple(found)

    # Answers

    def answer_to(self, made: Exercise) -> Plain | None:
        """The latest answer to an exercise, or None. What an earlier edition took and this one cannot read is none."""
        for entry in reversed(self._entries()):
            if entry.exercise == made.id and isinstance(entry.answer, dict):
                try:
                    read_answer(made, entry.answer)
                except ValueError:
                    return None
                return entry.answer
        return None

    def mark(self, made: Exercise, answer: Plain) -> Marked:
        """How an answer is. Raises ValueError for what is none to this exercise."""
        return mark(made, read_answer(made, answer), self.facts, taught().misconceptions)

    def take(self, made: Exercise, answer: Plain) -> Marked:
        """Mark an answer and write it down; it is on the disk before this returns. Raises ValueError."""
        marked = self.mark(made, answer)
        when = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        held = marked.misconception.id if marked.misconception else ""
        entry = progress.Entry(self.who, self._lesson_of(made), made.id, answer, marked.right, held, when)
        progress.append(self.path, entry)
        return marked

    def card_of(self, marked: Marked) -> str:
        """The objection card behind a misconception, as HTML; empty where there is none."""
        card = marked.misconception.objection if marked.misconception else ""
        return shown.card(card).html if card else ""

    def on_paper(self, made: Exercise, heading: str) -> Piece:
        """An exercise to read: without its key, whatever was answered."""
        return shown.piece("exercise", shown=view.exercise(made), heading=heading, lesson=self.row.id)

    def tell_followers(self) -> None:
        """Let the page show where one stands now."""
        for one in list(self._followers):
            one.follow()

    def _followed(self, one: Follower) -> Follower:
        self._followers.add(one)
        return one

    def _entries(self) -> tuple[progress.Entry, ...]:
        return progress.of(progress.read(self.path), self.who)

    def _lesson_of(self, made: Exercise) -> str:
        """The lesson that an exercise belongs to; what comes again in a later one stays with its own."""
        return next((entry.lesson for entry in self._entries() if entry.exercise == made.id), self.row.id)

    def _done(self) -> frozenset[str]:
        return frozenset(row.id for row in taught().lessons if self._right(row.id) >= len(row.exercises.split()))

    def _right(self, lesson: str) -> int:
        held = progress.standing(self._entries()).get(lesson)
        return held.right if held else 0

    def _nothing_due(self) -> Piece:
        ahead = progress.boxes(self._entries())
        return shown.piece("nothing_due", next=ahead[0].on if ahead else None, waiting=len(ahead))

    def _standing(self) -> Piece:
        entries = self._entries()
        beliefs = {one.id: one for one in taught().misconceptions}
        held = [beliefs[id] for id, _ in progress.misconceptions(entries).most_common(3) if id in beliefs]
        rows = [(f"Exercise {number}", _state(made, entries)) for number, made in sorted(self._asked.items())]
        lessons = {row.id: row for row in taught().lessons}
        next_lessons = [(lessons[id], notebook_of(id).name) for id in self.row.next if id in lessons]
        to_read = [self.facts.source(id) for id in self.row.next if id not in lessons]
        return shown.piece(
            "standing", who=self.who, lesson=self.row, rows=rows, beliefs=held, next_lessons=next_lessons,
            to_read=to_read, right=self._right(self.row.id), count=self.count,
        )  # fmt: skip


def again(lesson: str, id: str) -> Exercise:
    """An exercise of a lesson by its id. ValueError for one that cannot be made."""
    return exercises.again(id, pool_of(lesson, LIBRARY))


def read_answer(made: Exercise, answer: Plain) -> Answer:
    """An answer as the page gives it, as marking takes it. ValueError for what is none to this exercise."""
    try:
        if isinstance(made, PairExercise):
            return PairAnswer(Verdict(answer["verdict"]), str(answer["reason"]))
        if isinstance(made, PortsExercise):
            return frozenset(str(port) for port in answer["ports"])
        topology = made.topology
        for steps in answer["steps"]:
            topology = apply(topology, STEPS.validate_python(steps))
        return topology
    except (KeyError, TypeError, Refused, ValidationError) as error:
        raise ValueError(f"that is no answer to {made.id}: {error}") from None


def links() -> list[tuple[LessonRow, str]]:
    """All lessons and their notebooks."""
    return [(row, notebook_of(row.id).name) for row in taught().lessons]


def _stem(id: str) -> str:
    """The kind of an exercise and the pair that it was made of: a lesson has no two of one, if there are enough."""
    return id.rpartition(":")[0].rpartition(".")[0]


def _state(made: Exercise, entries: Iterable[progress.Entry]) -> str:
    answers = [entry.right for entry in entries if entry.exercise == made.id]
    if not answers:
        return "not answered yet"
    tries = "" if len(answers) == 1 else f", {len(answers)} answers"
    return f"right{tries}" if answers[-1] else f"missed{tries}; it comes back in the days to come"
