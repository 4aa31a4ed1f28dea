"""Runs over many files: what is left behind, what is left alone, what is told, and the same twice."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import nbformat
import pytest

from exkit.batch import Options, make_reports, quiet
from exkit.batch.supervise import Outcome
from tests.batch.customers import everything, small
from tests.batch.notebooks import report_notebook
from tests.command import exkit

CUSTOMERS = Path(__file__).parents[2] / "data" / "customers"


def test_the_same_input_gives_the_same_bytes_twice_formats_and_evidence_included(tmp_path: Path) -> None:
    files = [CUSTOMERS / "recommended-2010.yaml", CUSTOMERS / "coexistence-2003-2010.yaml"]
    for name in ("one", "other"):
        made = make_reports(files, tmp_path / name, Options(formats=("xlsx", "docx")), progress=quiet)
        assert len(made.reports) == 2
    first, second = everything(tmp_path / "one"), everything(tmp_path / "other")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    make_reports(files, tmp_path / "one", Options(formats=("xlsx", "docx")), progress=quiet)
    assert [name for name, data in everything(tmp_path / "one").items() if data != first[name]] == []


def test_both_engines_give_the_same_report(tmp_path: Path) -> None:
    files = [CUSTOMERS / "cas-in-perimeter-2007.yaml"]
    for engine in ("exkit-fork", "nbclient"):
        make_reports(files, tmp_path / engine, Options(engine=engine), progress=quiet)
    forked, stock = (everything(tmp_path / engine) for engine in ("exkit-fork", "nbclient"))
    assert forked == stock


def test_the_evidence_names_every_input_and_every_output(tmp_path: Path) -> None:
    from exkit.batch.job import digest

    file = CUSTOMERS / "recommended-2010.yaml"
    make_reports([file], tmp_path, progress=quiet)
    folder = tmp_path / file.stem
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {"topology", "knowledge", "code", "notebook", "exkit", "as_of"} <= manifest["inputs"].keys()
    assert manifest["inputs"]["topology"] == digest(file.read_bytes())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"manifest.json"}
    assert manifest["outputs"].keys() == files
    assert all(digest((folder / name).read_bytes()) == value for name, value in manifest["outputs"].items())
    whole = json.loads((tmp_path / "manifest.json").read_text())
    assert whole["reports"] == {file.stem: digest((folder / "manifest.json").read_bytes())}
    assert whole["outputs"]["index.html"] == digest((tmp_path / "index.html").read_bytes())


def states(made: object) -> list[str]:
    return [outcome.state for outcome in made.outcomes]  # type: ignore[attr-defined]


def test_resume_makes_again_only_what_something_changed_for(tmp_path: Path) -> None:
    files = small(tmp_path / "in", "a", "b")
    notebook = report_notebook(tmp_path, "'one'")
    out, options = tmp_path / "out", Options(notebook=notebook, resume=True)
    assert states(make_reports(files, out, options, progress=quiet)) == ["made", "made"]
    assert states(make_reports(files, out, options, progress=quiet)) == ["unchanged", "unchanged"]
    files[1].write_text(files[1].read_text() + "assumptions: [x]\n")
    assert states(make_reports(files, out, options, progress=quiet)) == ["unchanged", "made"]
    (out / "a" / "report.html").write_text("somebody else's")
    assert states(make_reports(files, out, options, progress=quiet)) == ["made", "unchanged"]
    (out / "a" / "manifest.json").unlink()
    assert states(make_reports(files, out, options, progress=quiet)) == ["made", "unchanged"]
    more = Options(notebook=notebook, resume=True, formats=("xlsx",))
    assert states(make_reports(files, out, more, progress=quiet)) == ["made", "made"]
    report_notebook(tmp_path, "'another'")
    assert states(make_reports(files, out, more, progress=quiet)) == ["made", "made"]
    later = Options(notebook=notebook, resume=True, formats=("xlsx",), as_of=date(2011, 1, 1))
    assert states(make_reports(files, out, later, progress=quiet)) == ["made", "made"]


def test_a_customers_own_notes_in_the_folder_stay(tmp_path: Path) -> None:
    files = small(tmp_path / "in", "a")
    notebook = report_notebook(tmp_path, "'one'")
    make_reports(files, tmp_path / "out", Options(notebook=notebook, formats=("xlsx",)), progress=quiet)
    (tmp_path / "out" / "a" / "notes.txt").write_text("mine")
    make_reports(files, tmp_path / "out", Options(notebook=notebook), progress=quiet)
    left = {path.name for path in (tmp_path / "out" / "a").iterdir()}
    assert "notes.txt" in left
    assert "report.xlsx" not in left  # not made any more: an old one would mislead


class Vanishing(Executor):
    """Loses each piece of work once, as machines do, then gives it to threads."""

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self.inner = ThreadPoolExecutor(1)

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        name = args[0].name
        if name not in self.lost:
            self.lost.add(name)
            gone: Future[Outcome] = Future()
            gone.set_exception(RuntimeError("the worker is gone"))
            return gone
        return self.inner.submit(fn, *args, **kwargs)


@pytest.mark.parametrize("kind", [lambda: ThreadPoolExecutor(2), lambda: ProcessPoolExecutor(2), Vanishing])
def test_any_executor_makes_the_reports(kind: object, tmp_path: Path) -> None:
    files = small(tmp_path / "in", "a", "b", "c")
    with kind() as executor:  # type: ignore[operator]
        made = make_reports(files, tmp_path / "out", progress=quiet, executor=executor)
    assert states(made) == ["made"] * 3


def test_the_command_tells_how_many_and_what_failed_and_exits_with_2(tmp_path: Path) -> None:
    small(tmp_path / "in", "good")
    (tmp_path / "in" / "broken.yaml").write_text("customer: [")
    run = exkit("report", tmp_path / "in", "-o", tmp_path / "out", "--jobs", "1")
    assert run.returncode == 2
    assert "written" in run.stdout
    assert "could not be judged" in run.stdout
    assert "broken.yaml:2:1:" in run.stderr
    assert "Traceback" not in run.stderr
    again = exkit("report", tmp_path / "in" / "good.yaml", "-o", tmp_path / "out", "--resume")
    assert again.returncode == 0
    assert "unchanged" in again.stdout


def test_a_misspelt_parameter_of_a_notebook_of_ones_own_is_told(tmp_path: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), tmp_path / "own.ipynb")
    run = exkit("report", *small(tmp_path / "in", "a"), "-o", tmp_path / "out", "--notebook", tmp_path / "own.ipynb")
    assert run.returncode == 2
    assert "has no parameter as_of, topology_file" in run.stderr


def test_whoever_calls_is_never_forked_and_keeps_its_state(tmp_path: Path) -> None:
    before = os.getcwd(), dict(os.environ)  # noqa: PTH109
    make_reports(small(tmp_path / "in", "a"), tmp_path / "out", progress=quiet)
    assert (os.getcwd(), dict(os.environ)) == before  # noqa: PTH109


LOOK = {
    "look.yaml": 'company: "Example <b>Consulting</b>"\naccent: "#7a1f5c"\nfooter: Confidential\n',
    "logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    "sections/before-1.md": "## What did we agree?\n\nFor {customer} on {as_of}: <script>alert(2)</script>\n",
    "sections/z-contact.md": "## Whom do I ask?\n\n- One\n- Two\n",
}


def look(folder: Path, **changed: str) -> Path:
    for name, text in (LOOK | changed).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_house_adds_its_logo_its_colour_and_its_sections_and_no_code(tmp_path: Path) -> None:
    files = [CUSTOMERS / "recommended-2010.yaml"]
    options = Options(template=look(tmp_path / "house"), formats=("docx",))
    made = make_reports(files, tmp_path / "out", options, progress=quiet)
    assert not made.errors, made.errors[0].told
    page = (made.reports[0].job.folder / "report.html").read_text(encoding="utf-8")
    assert "--accent: #7a1f5c" in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "Example &lt;b&gt;Consulting" in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(2)" in page
    assert page.index("What did we agree?") < page.index("What does the topology look like?")
    assert page.index("Whom do I ask?") > page.index("What was this report made from?")
    assert "Kestrel Optics on 2010-06-01" in page
    assert page.index("Confidential") > page.index("Whom do I ask?")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("look.yaml", "colour: red\n", "has colour; it may have company, accent, footer"),
        ("look.yaml", 'accent: "red"\n', "write it like"),
        ("look.yaml", 'accent: "#ffff00"\n', "too pale to read on white"),
        ("look.yaml", "company: [a]\n", "must hold lines such as"),
        ("look.yaml", "a: b: c\n", "is no YAML"),
    ],
)
def test_what_is_wrong_with_a_house_is_told_before_anything_is_made(
    name: str, text: str, told: str, tmp_path: Path
) -> None:
    house = look(tmp_path / "house", **{name: text})
    run = exkit("report", *small(tmp_path / "in", "a"), "-o", tmp_path / "out", "--template", house)
    assert run.returncode == 2
    assert told in run.stderr
    shutil.rmtree(house)
    assert "is no folder" in exkit("report", tmp_path / "in", "-o", tmp_path / "out", "--template", house).stderr
