"""How long a report takes in a batch: beside a loop of the commands, the best stock arrangement, and the floor.

    .venv/bin/python benchmarks/batch.py [--many 1000]

All sides make the same report from the same notebook, HTML included, in one run on one machine, in turn. The commands
are slow, so they are run for few customers; every figure is seconds a report. Each pool is warm before its clock
starts, as a night's run is long; how long warming takes is printed. Exit status 1 when a figure misses its goal.

- the commands: `papermill` and `jupyter nbconvert`, one after the other, as shell scripts do
- best stock: a pool of processes, forked from a server with papermill and nbconvert loaded; in each `execute_notebook`
  without saving after each cell, and an exporter that is kept
- the floor: read and judge the file, run `dot`, fill the sections' templates and the page's; no notebook, one process
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from exkit.batch import Options, make_reports, quiet
from exkit.batch.places import notebook_file
from exkit.batch.reports import NOTEBOOK, Outcome, cores

CUSTOMERS = sorted((Path(__file__).resolve().parents[1] / "data" / "customers").glob("*.yaml"))
OURS = 60  # reports of ours at once; the slow sides make fewer
ROUNDS = 5
PRELOAD = ["papermill", "nbconvert", "nbconvert.exporters", "exkit.batch.run", "exkit.report.page"]


@dataclass(frozen=True)
class Round:
    """Seconds a report on each side, measured within a minute of each other."""

    at_once: float
    command: float
    pooled: float
    at_once_again: float
    alone: float
    floor: float

    def __str__(self) -> str:
        return (
            f"commands {self.command:.2f}, stock pool {self.pooled:.3f}, exkit {self.at_once:.4f} and "
            f"{self.at_once_again:.4f}, with one job {self.alone:.4f}, floor {self.floor:.4f}; "
            f"load {os.getloadavg()[0]:.1f}"
        )


def customers(folder: Path, number: int) -> list[Path]:
    """Files of the example customers, again and again, each with a name of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for at in range(number):
        text = CUSTOMERS[at % len(CUSTOMERS)].read_text(encoding="utf-8")
        file = folder / f"customer-{at:05d}.yaml"
        file.write_text(re.sub(r"(?m)^customer: .*$", f"customer: Customer {at}", text), encoding="utf-8")
        files.append(file)
    return files


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def commands(files: list[Path], out: Path) -> None:
    """What a script does: two commands a customer."""
    out.mkdir()
    tools = Path(sys.executable).parent
    for file in files:
        made = out / f"{file.stem}.ipynb"
        given = ["-p", "topology_file", str(file)]
        run = [tools / "papermill", notebook_file(NOTEBOOK), made, *given, "--no-progress-bar", "--log-level", "ERROR"]
        subprocess.run(run, check=True, capture_output=True, cwd=out)
        convert = [tools / "jupyter", "nbconvert", "--to", "html", "--no-input", made]
        subprocess.run(convert, check=True, capture_output=True, cwd=out)
        assert made.with_suffix(".html").is_file()


_exporter: object = None


def stock(pair: tuple[Path, Path]) -> None:
    """One report in a worker of the stock pool."""
    global _exporter
    import nbformat
    import papermill
    from nbconvert import HTMLExporter

    file, out = pair
    for last in (False, False, True):
        try:
            notebook = papermill.execute_notebook(
                str(notebook_file(NOTEBOOK)), None, {"topology_file": str(file)}, progress_bar=False,
                request_save_on_cell_execute=False, kernel_name="python3",
            )  # fmt: skip
            break
        except RuntimeError:  # two kernels took one port, which happens to stock pools now and then
            if last:
                raise
    if _exporter is None:
        _exporter = HTMLExporter(exclude_input=True)
    page, _ = _exporter.from_notebook_node(notebook)  # type: ignore[attr-defined]
    nbformat.write(notebook, out / f"{file.stem}.ipynb")
    (out / f"{file.stem}.html").write_text(page, encoding="utf-8")


@contextmanager
def stock_pool(workers: int) -> Iterator[Callable[[list[Path], Path], float]]:
    """A function that gives seconds a report in the stock pool, whose workers are all warm."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    with context.Pool(workers) as pool:

        def run(files: list[Path], out: Path) -> float:
            out.mkdir()
            return seconds(lambda: pool.map(stock, [(file, out) for file in files], chunksize=1)) / len(files)

        yield run


def floor(files: list[Path], out: Path) -> float:
    """Seconds a report without any notebook: the median of the files, after one to warm up."""
    from nbformat import v4

    from exkit import report
    from exkit.report.page import to_html

    out.mkdir()
    names = ["answer", "picture", "verdicts", "ports", "questions", "life_cycle", "passed", "waivers", "not_checked",
             "sources", "provenance"]  # fmt: skip

    def one(file: Path) -> None:
        judged = report.judge(file)
        pieces = [getattr(report, name)(judged) for name in names]
        cells = [v4.new_code_cell("", outputs=[v4.new_output("display_data", {"text/html": piece.html})])
                 for piece in pieces]  # fmt: skip
        page = to_html(v4.new_notebook(cells=cells), report.question(judged))
        (out / f"{file.stem}.html").write_text(page, encoding="utf-8")

    one(files[0])
    return statistics.mean(seconds(lambda file=file: one(file)) for file in files)  # type: ignore[misc]


def ours(files: list[Path], out: Path, jobs: int) -> float:
    """Seconds a report by `make_reports`, all files and the page over all included."""
    taken = seconds(lambda: _made(files, out, jobs))
    return taken / len(files)


def _made(files: list[Path], out: Path, jobs: int) -> None:
    made = make_reports(files, out, Options(jobs=jobs), progress=quiet)
    assert len(made.reports) == len(files), [outcome.told for outcome in made.errors][:3]


def many(number: int, folder: Path, jobs: int) -> dict[str, float]:
    """A long run: memory of this process and of the children, and time, early and late."""
    files = customers(folder / "many", number)
    me = psutil.Process()
    notes: list[tuple[int, float, float, float]] = []
    began = time.perf_counter()

    def watch(outcomes: object, total: int) -> object:
        for done, outcome in enumerate(outcomes, start=1):  # type: ignore[call-overload,arg-type,var-annotated]
            if done % max(1, total // 20) == 0:
                family = [_memory(child) for child in me.children(recursive=True)]
                notes.append((done, time.perf_counter() - began, _memory(me), max(family, default=0.0)))
            assert isinstance(outcome, Outcome)
            yield outcome

    make_reports(files, folder / "many-out", Options(jobs=jobs), progress=watch)  # type: ignore[arg-type]
    total = time.perf_counter() - began
    quarter = len(notes) // 4
    for done, taken, parent, child in notes[:: max(1, len(notes) // 10)]:
        print(f"  {done:6d} reports  {taken:7.1f} s  parent {parent:5.0f} MB  largest child {child:5.0f} MB")
    first = notes[2 * quarter][1] - notes[quarter][1]
    last = notes[-1][1] - notes[-1 - quarter][1]
    print(f"{number} reports in {total:.1f} s, page over all included: {total / number:.3f} s each")
    return {
        "parent's memory at the end against a quarter": notes[-1][2] / notes[quarter][2],
        "largest child's memory at the end against a quarter": statistics.median(note[3] for note in notes[-quarter:])
        / statistics.median(note[3] for note in notes[quarter : 2 * quarter]),
        "time of the last quarter against the second": last / first,
    }


def _memory(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0


def main() -> int:
    """Prints the figures and returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--many", type=int, default=0, help="also a run of so many, for memory and time")
    only = parser.parse_args().many
    workers = cores()
    names = ("papermill", "nbclient", "nbconvert", "ipykernel")
    print(f"{platform.platform()}, {workers} cores, Python {platform.python_version()}, "
          + ", ".join(f"{name} {version(name)}" for name in names))  # fmt: skip
    print(f"load before the run: {os.getloadavg()[0]:.1f} (more than 0.5: others are at work here)")
    folder = Path(tempfile.mkdtemp(prefix="exkit-benchmark-"))
    try:
        files = customers(folder / "in", OURS)
        first = seconds(lambda: ours(files[:4], folder / "first", workers))
        print(f"four reports with the start of the fork server, which comes once a run: {first:.1f} s")
        rounds: list[Round] = []
        with stock_pool(workers) as stock_run:
            stock_run(files[: 2 * workers], folder / "stock-first")
            for at in range(ROUNDS):  # in turn, so that a machine that drifts drifts for all
                rounds.append(
                    Round(
                        at_once=ours(files, folder / f"ours-{at}", workers),
                        command=seconds(lambda at=at: commands(files[at : at + 1], folder / f"commands-{at}")),  # type: ignore[misc]
                        pooled=stock_run(files[: 3 * workers], folder / f"stock-{at}"),
                        at_once_again=ours(files, folder / f"again-{at}", workers),
                        alone=ours(files[:28], folder / f"single-{at}", 1),
                        floor=floor(files[:28], folder / f"floor-{at}"),
                    )
                )
                print(f"  round {at + 1}: {rounds[-1]}")
        fast = [(one.at_once + one.at_once_again) / 2 for one in rounds]
        by_command = statistics.median(one.command / ours_ for one, ours_ in zip(rounds, fast, strict=True))
        pooled = statistics.median(one.pooled / ours_ for one, ours_ in zip(rounds, fast, strict=True))
        bottom = statistics.median(one.alone / one.floor for one in rounds)
        at_least = {
            "faster than the commands": (by_command, 60.0),
            "faster than the best stock arrangement": (pooled, 6.0),
        }
        at_most = {"against the floor, one worker": (bottom, 2.5)}
        if only:
            at_most |= {name: (ratio, 1.2) for name, ratio in many(only, folder, workers).items()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, (ratio, goal) in at_least.items():
        print(f"{name}: {ratio:.1f} (goal at least {goal:g})")
    for name, (ratio, goal) in at_most.items():
        print(f"{name}: {ratio:.2f} (goal at most {goal:g})")
    missed = [ratio < goal for ratio, goal in at_least.values()] + [ratio > goal for ratio, goal in at_most.values()]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
