"""What `exkit learn` does: tell where one stands, write the lessons as pages, or open them in the browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exkit.terminal import clean, show_rows
from exkit.tutor import progress
from exkit.tutor.lesson import LEARNER, learner, lesson_named, progress_file, taught


@dataclass(frozen=True)
class Place:
    """Where one stands in a lesson: exercises right, missed, all."""

    id: str
    title: str
    right: int
    missed: int
    count: int

    @property
    def done(self) -> bool:
        """Whether all its exercises are right."""
        return self.right >= self.count


@dataclass(frozen=True)
class Status:
    """Where one stands in all lessons, and what is due."""

    who: str
    file: Path
    places: tuple[Place, ...]
    due: int

    @property
    def next(self) -> Place:
        """The first lesson that is not done; the last one when all are."""
        return next((place for place in self.places if not place.done), self.places[-1])


def status(file: Path) -> Status:
    """Where the learner of a file stands. Raises ProgressError for a file that cannot be read."""
    entries = progress.read(file)
    who = learner(entries)
    own = progress.of(entries, who)
    standing = progress.standing(own)
    places = []
    for row in taught().lessons:
        held = standing.get(row.id)
        right, missed = (held.right, len(held.missed)) if held else (0, 0)
        places.append(Place(row.id, row.title, right, missed, len(row.exercises.split())))
    return Status(who, file, tuple(places), len(progress.due(own, datetime.now(UTC).date())))


def show_status(out: Console, told: Status) -> None:
    """The same at the terminal: a line a lesson, what is due, where it goes on."""
    out.print(Text(f"{clean(told.who)}, {clean(str(told.file))}", style="bold"), soft_wrap=True)
    table = Table(box=None, pad_edge=False, show_header=False)
    for place in told.places:
        sign = "done" if place.done else "begun" if place.right or place.missed else ""
        missed = f"{place.missed} missed" if place.missed else ""
        table.add_row(place.id, sign, f"{place.right} of {place.count} right", missed, place.title)
    out.print(table)
    due = f"{told.due} {'exercise is' if told.due == 1 else 'exercises are'} due again today: "
    rows = [("", f"{due}each lesson shows them at its end.")] if told.due else []
    rows.append(("", "All lessons are done." if told.next.done else f"Go on with  exkit learn {told.next.id}"))
    out.print()
    show_rows(out, rows)


def named(file: Path | None, who: str) -> Path:
    """The file of progress to go on with; a name counts for the notebooks that are opened from here as well."""
    if who.strip():
        os.environ[LEARNER] = who.strip()
    return progress_file(str(file or ""))


def learn(
    told: Status, lesson: str, pages: Path | None, port: int, tell: Callable[[str], None], *, browse: bool
) -> None:
    """Write the lessons as pages when a folder is named, else serve them, at the given or the first open one.

    Raises ValueError for a lesson that is not there.
    """
    wanted = lesson_named(lesson).id if lesson else ""
    if pages is not None:
        from exkit.tutor.pages import write_pages  # papermill takes two seconds to import

        for page in write_pages(pages, told.file, [wanted] if wanted else [place.id for place in told.places]):
            tell(f"Written: {page}")
        return
    from exkit.tutor.serving import serve

    serve(wanted or told.next.id, told.file, port, tell, browse=browse)
