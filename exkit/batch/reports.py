"""A folder of reports: one for each topology file, and a page over all."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import nbformat

from exkit import diagram
from exkit.batch.index import Entry, index_page
from exkit.batch.run import NotebookFailed, notebook_file, run_notebook
from exkit.intake import TopologyError
from exkit.report import Judged, judge, question
from exkit.report.page import to_html

NOTEBOOK = "20_customer_report.ipynb"
AT_ONCE = 2  # kernels side by side; each takes about 250 MB


@dataclass(frozen=True)
class Report:
    """What became of one topology file: a folder with its report, or the reason why there is none."""

    file: Path
    folder: Path
    judged: Judged | None
    error: Exception | None


@dataclass(frozen=True)
class Made:
    """What a call of `make_reports` left behind."""

    index: Path
    reports: tuple[Report, ...]  # those that were written, in the order of the files
    errors: tuple[Exception, ...]  # one for each file without a report; `str()` is for people


Progress = Callable[[Iterator[Report], int], Iterable[Report]]


def bar(reports: Iterator[Report], total: int) -> Iterable[Report]:
    """A progress bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    shown: Iterable[Report] = tqdm(reports, total=total, desc="Reports", unit="report", disable=None)
    return shown


def quiet(reports: Iterator[Report], total: int) -> Iterable[Report]:
    """No progress shown."""
    return reports


def make_reports(files: Sequence[Path], out: Path, as_of: date | None = None, progress: Progress = bar) -> Made:
    """Write `<file stem>/report.html`, `report.ipynb`, `result.json`, `topology.svg` for each file, and `index.html`.

    The date is settled once: `as_of`, else each file's own, else today. A report is written aside and put in place
    when it is complete, so a folder never holds half of one. A file that cannot be judged, or whose notebook fails,
    keeps the others from nothing: its error is in the result and on the index page, and its `result.json` says so.
    Raises ValueError when two files would share a folder.
    """
    folders = _folders(files, out)
    out.mkdir(parents=True, exist_ok=True)
    today = date.today()
    with ThreadPoolExecutor(AT_ONCE) as pool:  # the work is done in the kernels, so threads are enough
        waiting = pool.map(lambda pair: _report(pair[0], pair[1], as_of, today), folders.items())
        done = tuple(progress(waiting, len(folders)))
    index = out / "index.html"
    _write(out, {index.name: index_page(tuple(_entry(report, out) for report in done))})
    errors = tuple(report.error for report in done if report.error is not None)
    return Made(index, tuple(report for report in done if report.error is None), errors)


def _folders(files: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Each file's folder. Two that would share one are refused, also where only the case of letters differs."""
    takers: dict[str, list[Path]] = defaultdict(list)
    for file in dict.fromkeys(files):
        takers[safe_stem(file).casefold()].append(file)
    shared = [group for group in takers.values() if len(group) > 1]
    if shared:
        told = "; ".join(" and ".join(str(file) for file in group) for group in shared)
        raise ValueError(f"reports are named by file stem, and these would share one: {told}. Rename all but one")
    return {file: out / safe_stem(file) for file in dict.fromkeys(files)}


def safe_stem(file: Path) -> str:
    """A file's stem as the name of a folder, on every system.

    >>> safe_stem(Path("customers/contoso.yaml")), safe_stem(Path("a<b>:c.yaml")), safe_stem(Path("con.yaml"))
    ('contoso', 'a_b__c', '_con')
    """
    stem = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]', "_", file.stem).strip(" .")[:100] or "_"
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", stem)
    return f"_{stem}" if reserved else stem


def _report(file: Path, folder: Path, as_of: date | None, today: date) -> Report:
    try:
        judged = judge(file, as_of)
        if judged.date_from == "today":  # midnight may pass between two reports
            judged = judge(file, today)
        _write(folder, _contents(judged, file, folder))
    except TopologyError as error:
        _write_errors(folder, error.to_dict())
        return Report(file, folder, None, error)
    except Exception as error:  # whatever one customer's file brings to light, the others get their reports
        told = str(error) if isinstance(error, NotebookFailed) else f"{type(error).__name__}: {error}"
        failed = NotebookFailed(f"{file}: {told}")
        failed.__cause__ = error
        _write_errors(folder, {"file": str(file), "errors": [{"message": str(failed)}]})
        return Report(file, folder, None, failed)
    return Report(file, folder, judged, None)


def _contents(judged: Judged, file: Path, folder: Path) -> dict[str, str]:
    """The four files of a report. The notebook runs beside its folder, so that its path to the topology file holds
    there too, and no folder of this machine gets into what is sent to a customer."""
    parameters = {
        "topology_file": _way(file, folder),
        "as_of": "" if judged.date_from == "file" else judged.advice.as_of.isoformat(),
    }
    with tempfile.TemporaryDirectory(prefix=".running-", dir=folder.parent) as aside:
        run = run_notebook(notebook_file(NOTEBOOK), parameters, Path(aside))
    result = judged.advice.to_dict(judged.loaded.file, judged.loaded.lines)
    return {
        "topology.svg": diagram.to_svg(judged.advice),
        "result.json": json.dumps(result, indent=1) + "\n",
        "report.ipynb": nbformat.writes(run) + "\n",  # type: ignore[no-untyped-call]
        "report.html": to_html(run, question(judged)),
    }


def _way(file: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # two drives of a Windows machine
        return file.resolve().as_posix()


def _write(folder: Path, contents: Mapping[str, str]) -> None:
    """All files are there in full before the first takes the place of an old one; other files are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as aside:
        for name, text in contents.items():
            # A file name may hold bytes that are no text; they become question marks.
            (Path(aside) / name).write_bytes(text.encode("utf-8", "replace"))
        for name in contents:
            (Path(aside) / name).replace(folder / name)


def _write_errors(folder: Path, result: Mapping[str, object]) -> None:
    """No report is better than one of an older file: what was there goes, and the result says why."""
    for name in ("report.html", "report.ipynb", "topology.svg"):
        (folder / name).unlink(missing_ok=True)
    _write(folder, {"result.json": json.dumps(result, indent=1) + "\n"})


def _entry(report: Report, out: Path) -> Entry:
    link = f"{report.folder.relative_to(out).as_posix()}/report.html"
    error = str(report.error or "").replace(str(report.file), report.file.name)  # folders of this machine stay here
    return Entry(report.file.name, link, report.judged, error)
