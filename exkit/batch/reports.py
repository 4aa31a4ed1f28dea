"""A folder of reports: one for each topology file, and a page over all.

Whatever becomes of one customer, the others get their reports. The work is done by any `concurrent.futures.Executor`;
without one, by threads of this process that each see one forked child at a time through.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import FrameType

from exkit.batch import folders, forks, manifest
from exkit.batch.forks import Limits
from exkit.batch.job import MADE, Job, digest, today
from exkit.batch.places import notebook_file
from exkit.batch.supervise import LOOK, STOPPED, Outcome, lost, see_through, stopping, unchanged
from exkit.export import redacted
from exkit.facts import load
from exkit.knowledge import knowledge_folder
from exkit.portfolio import Portfolio, index_page
from exkit.portfolio.changes import keep_knowledge
from exkit.report.look import read_look
from exkit.whole import write_whole

INDEX = "index.html"
NOTEBOOK = "20_customer_report.ipynb"
SLOWEST = Limits(seconds=600, cell_seconds=300, megabytes=4000)
AT_ONCE = 64  # handed out and not yet back; more than any machine has cores
TRIES = 3  # of a report whose worker vanished, which is no fault of the report


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Options:
    """How reports are made. `formats` are those besides HTML, notebook, JSON and SVG: pdf, xlsx, docx."""

    as_of: date | None = None
    formats: tuple[str, ...] = ()
    redact: bool = False
    template: Path | None = None
    notebook: Path | None = None
    engine: str = ""  # exkit-fork, or nbclient; empty: the first where there is fork
    limits: Limits = SLOWEST
    jobs: int = field(default_factory=cores)
    resume: bool = False


@dataclass(frozen=True)
class Made:
    """What a call of `make_reports` left behind."""

    index: Path
    outcomes: tuple[Outcome, ...]  # in the order of the files; those that were stopped before their turn are not there
    wanted: int
    trouble: str = ""  # why there is no page over all

    @property
    def reports(self) -> tuple[Outcome, ...]:
        """Those that are there now, whether made or unchanged."""
        return tuple(one for one in self.outcomes if one.state in (MADE, "unchanged"))

    @property
    def errors(self) -> tuple[Outcome, ...]:
        """Those of files that could not be judged, or whose notebook failed; `told` says why."""
        return tuple(one for one in self.outcomes if one.state not in (MADE, "unchanged"))

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C came before all were done."""
        return len(self.outcomes) < self.wanted


Progress = Callable[[Iterator[Outcome], int], Iterable[Outcome]]


def bar(outcomes: Iterator[Outcome], total: int) -> Iterable[Outcome]:
    """A progress bar with the time left and the failures so far; on a terminal only."""
    from tqdm import tqdm

    wrong = 0
    with tqdm(total=total, desc="Reports", unit="report", disable=None) as shown:
        for outcome in outcomes:
            wrong += outcome.state not in (MADE, "unchanged")
            if wrong:
                shown.set_postfix_str(f"{wrong} failed", refresh=False)
            shown.update()
            yield outcome


def quiet(outcomes: Iterator[Outcome], total: int) -> Iterable[Outcome]:
    """No progress shown."""
    return outcomes


def make_reports(
    files: Sequence[Path],
    out: Path,
    options: Options | None = None,
    progress: Progress = bar,
    executor: Executor | None = None,
) -> Made:
    """Write `<file stem>/report.html` and its companions for each file, and `index.html` over all.

    A report is made aside and put in place when it is whole; its `manifest.json` comes last and seals it. A file that
    cannot be judged, or whose notebook fails, is told of in its outcome, its `result.json` and on the index page.
    Raises ValueError when two files would share a folder or another run holds `out`, OSError when `out` cannot be
    written to. Ctrl-C ends the children and gives back what is done.
    """
    options = options or Options()
    with ExitStack() as stack:
        folders.names(files)  # refused before anything is written
        stack.enter_context(folders.locked(out))
        jobs = planned(files, out, options)
        stack.enter_context(_until_ctrl_c())
        keep_knowledge(out, knowledge_folder(), (jobs[0].inputs or {})["knowledge"] if jobs else "")
        if executor is None:
            forks_here = options.engine != "nbclient" and forks.POSSIBLE
            if forks_here:
                forks.warm()
            executor = stack.enter_context(ThreadPoolExecutor(options.jobs))
        stream = _outcomes(jobs, executor, options.resume)
        done = {outcome.job.name: outcome for outcome in progress(stream, len(jobs))}
        trouble = ""
        try:
            _finish(out, jobs)
        except OSError as error:  # a disk that is full by now: the reports that were made are there all the same
            trouble = f"{out / INDEX}: {(error.strerror or str(error)).lower()}"
    return Made(out / INDEX, tuple(done[job.name] for job in jobs if job.name in done), len(jobs), trouble)


def planned(files: Sequence[Path], out: Path, options: Options) -> list[Job]:
    """One job a file. Raises ValueError when two would share a folder."""
    named = folders.names(files)
    notebook = options.notebook or notebook_file(NOTEBOOK)
    if options.template is not None:
        read_look(options.template)  # what is wrong with it is told once, and not for each customer
    if not notebook.is_file():
        raise ValueError(f"--notebook: {notebook} is no file")
    key = folders.redact_key(out) if options.redact else ""
    common = manifest.common_inputs(notebook, options.template, load().digest)
    shared = Job(
        file="",
        absolute="",
        name="",
        out=str(out.resolve()),
        notebook=str(notebook.resolve()),
        today=today().isoformat(),
        as_of=options.as_of.isoformat() if options.as_of else "",
        formats=tuple(sorted(set(options.formats))),
        redact_key=key,
        template=str(options.template.resolve()) if options.template else "",
        engine=options.engine or ("exkit-fork" if forks.POSSIBLE else "nbclient"),
        limits=options.limits,
        inputs=common,
    )
    if key:
        named = {file: redacted.file_name(name, key) for file, name in named.items()}
    return [shared.of(file, name) for file, name in named.items()]


def _outcomes(jobs: Sequence[Job], executor: Executor, resume: bool) -> Iterator[Outcome]:
    """Each as it ends. Few are handed out at a time, so that a thousand waiting ones take no memory."""
    waiting = iter(jobs)
    running: dict[Future[Outcome], Job] = {}
    tried: dict[str, int] = defaultdict(int)

    def hand_out(job: Job) -> Outcome | None:
        tried[job.name] += 1
        try:
            running[executor.submit(see_through, job)] = job
        except Exception as error:  # a broken pool, a scheduler that is gone
            return lost(job, f"nobody is there to make it: {error}")
        return None

    while True:
        while len(running) < AT_ONCE and not stopping.is_set() and (job := next(waiting, None)) is not None:
            outcome = (unchanged(job) if resume else None) or hand_out(job)
            if outcome is not None:
                yield outcome
        if not running:
            return
        ended, _ = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
        for future in ended or (list(running) if stopping.is_set() else ()):
            if not future.done() and not future.cancel():
                continue
            job = running.pop(future)
            outcome = _outcome(future)
            if outcome is None and not stopping.is_set():
                outcome = hand_out(job) if tried[job.name] < TRIES else lost(job, f"its worker vanished {TRIES} times")
            if outcome is not None and outcome.state != STOPPED:
                yield outcome


@contextmanager
def _until_ctrl_c() -> Iterator[None]:
    """The first Ctrl-C stops the run where nothing is half done; a second one ends the program."""
    stopping.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        stopping.set()

    kept = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)
        stopping.clear()


def _outcome(future: Future[Outcome]) -> Outcome | None:
    """What a worker gave; None when the worker itself was lost."""
    try:
        return future.result()
    except (CancelledError, Exception):
        return None


def _finish(out: Path, jobs: Sequence[Job]) -> None:
    """The page over all reports of this run, and the evidence for it."""
    portfolio = Portfolio.of_reports(out, [job.name for job in jobs])
    index = out / INDEX
    write_whole(index, index_page(portfolio).encode("utf-8", "replace"))
    evidence = {
        "inputs": jobs[0].inputs if jobs else {},
        "reports": {
            job.name: digest((job.folder / manifest.NAME).read_bytes())
            for job in jobs
            if (job.folder / manifest.NAME).is_file()
        },
        "outputs": {index.name: digest(index.read_bytes())},
    }
    write_whole(out / manifest.NAME, (json.dumps(evidence, indent=1, sort_keys=True) + "\n").encode())
