"""See one report through: start its child, hold it to its limits, put what it made in place. Never raises."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from exkit.batch import folders, forks, manifest
from exkit.batch.job import FAILED, MADE, REFUSED, Ended, Job, failed, in_child, make

STOPPED = "stopped"
stopping = threading.Event()  # set by Ctrl-C in the process that it reaches
LOOK = 0.25  # seconds between two looks at it
GRACE = 5.0  # seconds for a child to leave when its report is made


@dataclass(frozen=True)
class Outcome:
    """What became of one report. Small: what was found is in the report's folder."""

    job: Job
    state: str  # made, refused, failed, stopped, or unchanged
    told: str  # for people; empty when all went well
    seconds: float


def see_through(job: Job) -> Outcome:
    """Make one report, here or on whatever machine an executor runs this."""
    began = time.monotonic()
    try:
        ended = _make(job)
    except OSError as error:  # a full disk, a folder that cannot be written to
        ended = failed(job, f"{error.filename or job.folder}: {(error.strerror or str(error)).lower()}")
    return Outcome(job, ended.state, ended.told, time.monotonic() - began)


def _make(job: Job) -> Ended:
    with folders.aside(Path(job.out), job.name) as stage:
        try:
            inputs: dict[str, Any] = manifest.inputs_of(job)
        except OSError:
            inputs = {}  # reading it says what is wrong
        ended = _in_child(job, stage) if job.engine != "nbclient" else _with_a_kernel(job, stage)
        if ended.state == MADE and "pdf" in job.formats:
            ended = _printed(job, stage, ended)
        if ended.state == STOPPED:
            return ended
        if ended.state != MADE:
            _only_the_error(stage, ended)
        folders.write_all(stage, {manifest.NAME: manifest.text(job, inputs, stage, ended.state, ended.summary)})
        folders.place(stage, job.folder, last=manifest.NAME)
        return ended


def _only_the_error(stage: Path, ended: Ended) -> None:
    """No report is better than one of an older file: the result says why there is none."""
    import json

    for path in stage.iterdir():
        if path.name not in ("error.ipynb", "input"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    folders.write_all(stage, {"result.json": json.dumps(ended.result, indent=1) + "\n"})


def _printed(job: Job, stage: Path, ended: Ended) -> Ended:
    from exkit.export import paper

    try:
        paper.write(stage / "report.html", stage / "report.pdf")
    except paper.NotPrinted as error:
        return failed(job, str(error))
    return ended


def _in_child(job: Job, stage: Path) -> Ended:
    """A forked child makes the report. What it told until it died is what an error notebook can show."""
    try:
        child = forks.start(in_child, job, str(stage), folder=str(stage), megabytes=job.limits.megabytes)
    except (OSError, EOFError) as error:
        return failed(job, f"no process could be started for it: {error}")
    ran: dict[int, list[Any]] = {}
    deadline = forks.Deadline(job.limits.seconds)
    why = ""
    try:
        while True:
            left = deadline.left()
            if stopping.is_set():
                return Ended(STOPPED)
            if left == 0:
                why = f"it took longer than {job.limits.seconds:g} s and was ended"
                break
            if not wait([child.connection], LOOK if left is None else min(LOOK, left)):
                if child.ended():
                    break
                continue
            try:
                kind, *what = child.connection.recv()
            except Exception:  # cut off in the middle of a message, or nothing more comes
                break
            if kind == "ended":
                child.ended(GRACE)
                ended: Ended = what[0]
                return ended
            index, outputs = what
            ran[index] = outputs
        if not why:
            child.ended(1)
            why = f"its process {child.how_it_ended()}"
    finally:
        child.end()
    at = max(ran, default=None)
    where = "" if at is None else f", in cell {at}"
    with contextlib.suppress(Exception):  # a full disk: the reason is told all the same
        _error_notebook(job, stage, ran, why)
    return failed(job, f"{Path(job.notebook).name}{where}: {why}")


def _error_notebook(job: Job, stage: Path, ran: dict[int, list[Any]], why: str) -> None:
    """The notebook as far as it came, with the reason where it stopped."""
    import nbformat
    from papermill.iorw import load_notebook_node  # type: ignore[import-untyped]
    from papermill.parameterize import parameterize_notebook  # type: ignore[import-untyped]

    from exkit.batch.run import without_traces

    given = {"topology_file": job.input, "as_of": job.as_of}
    notebook = parameterize_notebook(load_notebook_node(job.notebook), given, kernel_name="python3", language="python")
    count = 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and index in ran:
            count += 1
            cell.execution_count = count
            cell.outputs = [nbformat.from_dict(output) for output in ran[index]]
            if index == max(ran):
                cell.outputs.append(
                    nbformat.v4.new_output("error", ename="Ended", evalue=why, traceback=[f"Ended: {why}"])
                )
    text = nbformat.writes(without_traces(notebook))
    folders.write_all(stage, {"error.ipynb": text + "\n"})


def _with_a_kernel(job: Job, stage: Path) -> Ended:
    """Stock papermill, where there is no fork: a kernel of its own for each notebook, started ahead of time."""
    from exkit.batch.kernels import run_with_warm_kernel

    def run(file: Path, given: Any, folder: Path) -> Any:
        return run_with_warm_kernel(file, given, folder, job.limits), {}

    return make(job, stage, run)


def unchanged(job: Job) -> Outcome | None:
    """The outcome of a report that need not be made again."""
    return Outcome(job, "unchanged", "", 0.0) if manifest.unchanged(job) else None


def lost(job: Job, why: str) -> Outcome:
    """The outcome of a report whose worker never answered."""
    ended = failed(job, why)
    return Outcome(job, FAILED, ended.told, 0.0)


__all__ = ["MADE", "REFUSED", "Outcome", "lost", "replace", "see_through", "stopping", "unchanged"]
