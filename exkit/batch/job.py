"""One customer's report, from topology file to files in a folder. What runs in the child, and nothing around it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import nbformat

from exkit.advice import advise
from exkit.batch.forks import Limits
from exkit.export import WRITERS, redacted
from exkit.intake import Loaded, Problem, TopologyError, read, read_text, write
from exkit.portfolio.changes import Before, changes
from exkit.portfolio.summary import summary
from exkit.report import Judged, question
from exkit.report.judged import facts_of_today, settle
from exkit.report.look import read_look
from exkit.report.page import House, to_html

MADE, REFUSED, FAILED = "made", "refused", "failed"
ALWAYS = ("html", "ipynb", "json", "svg")


@dataclass(frozen=True)
class Job:
    """What one report is made from. Plain values, so that it travels to another process or machine."""

    file: str  # the topology file, as the caller named it
    absolute: str
    name: str  # of the report's folder
    out: str  # the folder of all reports, absolute
    notebook: str
    today: str
    as_of: str = ""  # empty: the file's own date, else today
    formats: tuple[str, ...] = ()  # besides those that every report has: pdf, xlsx, docx
    redact_key: str = ""  # empty: names stay
    template: str = ""  # a folder with logo, colours and sections; empty: none
    engine: str = "exkit-fork"
    limits: Limits = field(default_factory=Limits)
    inputs: Mapping[str, str] | None = None  # hashes of what all reports are made from

    @property
    def folder(self) -> Path:
        """Where the report goes."""
        return Path(self.out) / self.name

    def of(self, file: Path, name: str) -> Job:
        """The same for another file."""
        return replace(self, file=str(file), absolute=os.path.abspath(file), name=name)  # noqa: PTH100 - links stay

    @property
    def shown(self) -> str:
        """The topology file as others may see it."""
        return f"{self.name}.yaml" if self.redact_key else self.file

    @property
    def input(self) -> str:
        """The copy of the topology file that the notebook reads, from the report's folder."""
        return f"input/{Path(self.shown).name}"


@dataclass(frozen=True)
class Ended:
    """How the making ended: `made` with the summary, `refused` or `failed` with a reason for people."""

    state: str
    told: str = ""
    result: Mapping[str, Any] | None = None  # what result.json holds instead of findings
    summary: Mapping[str, Any] | None = None


class NotebookFailed(Exception):
    """A cell of a notebook raised an error; `str()` is one line for the person who asked for the report."""

    def __init__(self, told: str, notebook: nbformat.NotebookNode | None = None) -> None:
        super().__init__(told)
        self.notebook = notebook


Run = Callable[[Path, Mapping[str, str], Path], tuple[nbformat.NotebookNode, Mapping[str, Any]]]


def make(job: Job, stage: Path, run: Run) -> Ended:
    """Make all files of a report in the folder `stage`; `run` runs the notebook there. Raises nothing but bugs' errors
    of the process itself: what goes wrong with a customer's file is how it ended."""
    try:
        return _made(job, stage, run)
    except TopologyError as error:
        return Ended(REFUSED, str(error), error.to_dict())
    except NotebookFailed as error:
        if error.notebook is not None:
            _put(stage, "error.ipynb", nbformat.writes(error.notebook) + "\n")
        return failed(job, str(error))
    except Exception as error:  # whatever one customer's file brings to light, the others get their reports
        return failed(job, f"{type(error).__name__}: {error}")


def failed(job: Job, why: str) -> Ended:
    """A report that could not be made, for a reason in one sentence."""
    told = f"{job.shown}: {why}"
    return Ended(FAILED, told, {"file": job.shown, "errors": [{"message": told}]})


def _made(job: Job, stage: Path, run: Run) -> Ended:
    loaded, text = _input(job)
    _put(stage, job.input, text)
    asked = job.as_of or (job.today if loaded.topology.as_of is None else "")
    given = {"topology_file": job.input, "as_of": asked}
    notebook, values = run(Path(job.notebook), given, stage)
    judged = values.get("judged")
    if not isinstance(judged, Judged) or judged.topology != loaded.topology:  # a notebook with other variables
        facts, (on, came_from) = facts_of_today(), settle(asked, loaded.topology)
        judged = Judged(loaded, facts, advise(loaded.topology, facts, on), came_from)
    _put(stage, job.input, text)  # whatever the notebook made of it
    house = _house(job, judged)
    result = judged.advice.to_dict(job.shown, judged.loaded.lines)
    _put(stage, "result.json", json.dumps(result, indent=1) + "\n")
    _put(stage, "topology.svg", judged.picture)
    _put(stage, "report.ipynb", nbformat.writes(notebook) + "\n")
    _put(stage, "report.html", to_html(notebook, question(judged), house=house))
    for kind in job.formats:
        if kind in WRITERS:
            (stage / f"report.{kind}").write_bytes(WRITERS[kind](judged, house))
    told = summary(judged, result)
    told["date_from"] = settle(job.as_of, loaded.topology)[1]
    told["changes"] = [asdict(one) for one in changes(Before.of(job.folder), judged)]
    return Ended(MADE, summary=told)


def _house(job: Job, judged: Judged) -> House | None:
    if not job.template:
        return None
    look = read_look(Path(job.template))
    return House(look, *look.sections(judged.topology.customer, judged.advice.as_of.isoformat()))


def _input(job: Job) -> tuple[Loaded, str]:
    """The topology, and the text of the copy that lies beside the report, so that the notebook runs again where it
    stands, and can harm nothing but that copy."""
    try:
        original = read(Path(job.absolute))
    except TopologyError as error:
        raise _as_named(error, job) from None
    text = Path(job.absolute).read_text(encoding="utf-8-sig")
    if job.redact_key:
        text = write(redacted.topology(original.topology, job.redact_key))
    return read_text(text, Path(job.shown).name), text


def _as_named(error: TopologyError, job: Job) -> TopologyError:
    """The problems with the file as the caller named it, or without what it says when names are not to be seen."""
    if job.redact_key:
        return TopologyError([Problem(job.shown, None, None, "", f"cannot be judged: {len(error.problems)} errors; "
                                      "check the original to read them")])  # fmt: skip
    return TopologyError([replace(problem, file=job.file) for problem in error.problems])


def _put(stage: Path, name: str, text: str) -> None:
    # A file name may hold bytes that are no text; they become question marks.
    path = stage / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8", "replace"))


def digest(data: bytes) -> str:
    """As manifests have it.

    >>> digest(b"")[:14]
    'sha256:e3b0c44'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def in_child(connection: Connection, job: Job, stage: str) -> None:
    """What the forked child does: make the report, tell each cell as it is done, and how it ended."""
    from exkit.batch.client import leave
    from exkit.batch.run import run_here

    def told(kind: str, index: int, outputs: list[Any]) -> None:
        connection.send((kind, index, outputs))

    def run(file: Path, given: Mapping[str, str], folder: Path) -> tuple[nbformat.NotebookNode, Mapping[str, Any]]:
        return run_here(file, given, folder, job.limits.cell_seconds, told)

    connection.send(("ended", make(job, Path(stage), run)))
    leave()


def today() -> date:
    """The one look at the clock of a run."""
    return date.today()
