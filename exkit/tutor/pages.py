"""A lesson as one HTML page to read on a train: no network, no script, exercises without their key.

The exercises are the learner's own, by the same ids as in his lessons, so that he answers them there when he is back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode, v4

from exkit.batch import forks
from exkit.batch.run import run_notebook
from exkit.report.page import to_html
from exkit.tutor.lesson import lesson_named, notebook_of
from exkit.whole import write_whole

QUIET = {"parameters", "injected-parameters", "workbench"}  # tags of cells whose call tells a reader nothing
LINK = re.compile(r'(href="[0-9]{2}_[a-z0-9_]+)\.ipynb"')


def write_pages(folder: Path, progress: Path, lessons: Iterable[str]) -> Iterator[Path]:
    """Write each lesson's page into a folder, which is made when it is not there; gives the files one by one.

    Raises ValueError for a lesson that is not there, NotebookFailed when one cannot be run, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for id in lessons:
        target = folder / notebook_of(id).with_suffix(".html").name
        write_whole(target, page(id, progress).encode())
        yield target


def page(lesson: str, progress: Path) -> str:
    """The page of a lesson, whole."""
    file = notebook_of(lesson)
    engine = "exkit-fork" if forks.POSSIBLE else "nbclient"
    run = run_notebook(file, {"progress": str(progress.resolve())}, file.parent, engine)
    told = v4.new_notebook(metadata=run.metadata, cells=list(_with_calls(run.cells)))
    return LINK.sub(r'\1.html"', to_html(told, lesson_named(lesson).title))


def _with_calls(cells: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    """The cells, each call shown above what it gave: a lesson is about both. Exercises need none."""
    for cell in cells:
        if cell.cell_type == "code" and not QUIET & set(cell.metadata.get("tags", ())) and not _speaks(cell):
            yield v4.new_markdown_cell(f"```\n{cell.source}\n```")
        yield cell


def _speaks(cell: NotebookNode) -> bool:
    """Whether what a cell gave is a part of the lesson's own machinery: its opening, an exercise."""
    shown = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    return any(mark in shown for mark in ('class="exkit lesson"', '<section class="exkit-tutor"'))
