"""The notebooks: no logic, no outputs, and the same answer by hand and by papermill."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import papermill
import pytest

from exkit import report
from exkit.batch.run import run_notebook

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted([*FOLDER.glob("*.ipynb"), *FOLDER.glob("learn/*.ipynb")])
LOGIC = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.With, ast.Lambda,
    ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp, ast.IfExp, ast.Match,
)  # fmt: skip


def cells(file: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == kind]


def html_of(notebook: nbformat.NotebookNode) -> str:
    return "".join(
        output.data.get("text/html", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    )


def test_the_notebooks_of_this_kit_are_there() -> None:
    names = [file.name for file in NOTEBOOKS]
    asked = ("00_start_here", "10_workshop", "20_customer_report", "30_portfolio", "40_reference")
    assert {f"{name}.ipynb" for name in asked} <= set(names)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_committed_without_outputs_and_without_noise(file: Path) -> None:
    plain = json.loads(file.read_text(encoding="utf-8"))
    nbformat.validate(nbformat.read(file, as_version=4))
    assert (plain["nbformat"], plain["nbformat_minor"]) == (4, 5)
    assert plain["metadata"]["kernelspec"]["name"] == "python3"
    assert set(plain["metadata"]) <= {"kernelspec", "language_info"}
    for cell in plain["cells"]:
        assert re.fullmatch(r"[a-z-]+", cell["id"])
        assert set(cell["metadata"]) <= {"tags"}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_cells_call_and_do_nothing_else(file: Path) -> None:
    for cell in cells(file, "code"):
        tree = ast.parse(cell.source)
        assert not [node for node in ast.walk(tree) if isinstance(node, LOGIC)], cell.source
        calls = [line for line in cell.source.splitlines() if line.strip() and not line.startswith(("from", "import"))]
        assert len(calls) <= 3, cell.source


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_the_title_is_a_question_and_prose_stands_before_each_call(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)
    title = notebook.cells[0].source.splitlines()[0]
    assert title.startswith("# ")
    assert title.endswith("?")
    for heading in re.findall(r"(?m)^## .*$", "\n".join(cell.source for cell in cells(file, "markdown"))):
        assert heading.endswith("?"), heading


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("20_customer_report.ipynb", {"topology_file", "as_of", "title"}),
        ("30_portfolio.ipynb", {"folder", "as_of", "statement"}),
    ],
)
def test_each_parameter_has_a_type_and_a_help_comment(name: str, parameters: set[str]) -> None:
    found = papermill.inspect_notebook(str(FOLDER / name))
    assert set(found) == parameters
    for parameter in found.values():
        assert parameter["inferred_type_name"] == "str"
        assert len(parameter["help"]) > 20


@pytest.mark.parametrize(
    "name", ["00_start_here.ipynb", "20_customer_report.ipynb", "30_portfolio.ipynb", "40_reference.ipynb"]
)
def test_a_notebook_runs_from_its_own_folder_as_it_stands(name: str) -> None:
    notebook = nbformat.read(FOLDER / name, as_version=4)
    run = run_notebook(FOLDER / name, {}, FOLDER)
    assert len(run.cells) == len(notebook.cells)
    shown = [cell for cell in run.cells if cell.cell_type == "code" and cell.outputs]
    assert len(shown) >= len(cells(FOLDER / name, "code")) - 2
    assert not [output for cell in shown for output in cell.outputs if output.output_type in ("error", "stream")]


def test_by_hand_and_by_papermill_the_findings_are_the_same() -> None:
    file = FOLDER / "20_customer_report.ipynb"
    customer = FOLDER.parent / "data" / "customers" / "recommended-2010.yaml"
    by_papermill = run_notebook(file, {"topology_file": "../data/customers/recommended-2010.yaml"}, FOLDER)
    scope: dict[str, object] = {}
    by_hand = ""
    for cell in cells(file, "code"):
        source = cell.source.replace("../data/customers/cas-in-perimeter-2007.yaml", customer.as_posix())
        *before, last = ast.parse(source).body
        exec(compile(ast.Module(before, []), file.name, "exec"), scope)
        if isinstance(last, ast.Expr):
            by_hand += eval(compile(ast.Expression(last.value), file.name, "eval"), scope)._repr_html_()
        else:
            exec(compile(ast.Module([last], []), file.name, "exec"), scope)
    assert by_hand == html_of(by_papermill)
    assert set(re.findall(r'id="(finding-[^"]+)"', by_hand)) == set(re.findall(r'id="(finding-[^"]+)"', "".join(
        section(report.judge(customer)).html for section in (report.verdicts, report.passed, report.questions,
                                                             report.life_cycle))))  # fmt: skip


def test_the_reference_searches_without_a_network() -> None:
    run = run_notebook(FOLDER / "40_reference.ipynb", {}, FOLDER)
    html = html_of(run)
    assert html.count("<table") >= 7
    assert html.count("<caption>Exchange 2010: ") >= 2
    assert not re.search(r"""(?:src=|import\s*[({'"]|from\s+)["'(]*https?://""", html)
