"""`exkit learn`: the lessons in the browser, by Voila as the workshop has it.

No lesson is run before somebody opens it: what it shows depends on what was answered until then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from exkit.tutor.lesson import PROGRESS, notebook_of
from exkit.workshop.serving import LOOPBACK, Content, Server, free_port, notebooks, running, until_ctrl_c

SHARE = Path(__file__).parent / "share"


def lessons_page(lesson: str) -> Content:
    """All lessons, with the link of one of them. Raises ValueError when it is not there."""
    opens = f"voila/render/{quote(notebook_of(lesson).name)}"
    return Content(notebooks() / "learn", "exkit-lessons", SHARE, opens, more=("--strip_sources=False",))


@contextlib.contextmanager
def serving(lesson: str, progress: Path, port: int = 0) -> Iterator[tuple[Server, ...]]:
    """The server of the lessons; ended when the block is left."""
    door = LOOPBACK, port or free_port(LOOPBACK), {PROGRESS: str(progress.resolve())}
    with running([door], lessons_page(lesson)) as servers:
        yield servers


def serve(lesson: str, progress: Path, port: int, tell: Callable[[str], None], *, browse: bool) -> None:
    """Run the lessons until Ctrl-C."""

    def told(servers: tuple[Server, ...]) -> list[str]:
        return [f"Progress: {progress}", f"Lesson {lesson}: {servers[0].link}"]

    until_ctrl_c(serving(lesson, progress, port), told, tell, browse=browse)
