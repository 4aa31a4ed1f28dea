"""Run one notebook with parameters, by papermill, on the Python that runs this."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode
from papermill import execute_notebook  # type: ignore[import-untyped]
from papermill.exceptions import PapermillExecutionError  # type: ignore[import-untyped]
from papermill.inspection import _infer_parameters  # type: ignore[import-untyped]
from papermill.iorw import load_notebook_node  # type: ignore[import-untyped]

SLOWEST = 600  # seconds for one cell; a report takes about two for all


class NotebookFailed(Exception):
    """A cell of a notebook raised an error; `str()` is one line for the person who asked for the report."""


class ThisPython(AsyncKernelManager):
    """A kernel of the Python that runs this code, whichever kernels are installed or named on this machine."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """No history file, as kernels that run side by side would wait for its lock; errors come with the cells."""
        quiet = ["--HistoryManager.enabled=False", "--log-level=CRITICAL"]
        command = ["-m", "ipykernel_launcher", *quiet, "-f", "{connection_file}"]
        return KernelSpec(argv=[sys.executable, *command], display_name="Python 3", language="python")


@cache
def notebook_file(name: str) -> Path:
    """A notebook of this kit: beside the package in a clone, inside it when installed from a wheel."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent / "notebooks", package / "notebooks"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name} is in neither the clone nor the installed package: install exkit again")


def run_notebook(file: Path, parameters: Mapping[str, str], folder: Path) -> NotebookNode:
    """The notebook run in `folder` with these parameters, and without traces of when and where it ran.

    Raises ValueError for a parameter that the notebook does not have (papermill would only warn and go on with the
    default, and so report on the wrong customer), NotebookFailed when a cell raises an error.
    """
    notebook = load_notebook_node(str(file))
    known = {parameter.name for parameter in _infer_parameters(notebook, name="python3", language="python")}
    if unknown := sorted(set(parameters) - known):
        raise ValueError(f"{file.name} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    try:
        run = execute_notebook(
            notebook,
            None,
            dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=SLOWEST,
            kernel_manager_class=ThisPython,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
    except PapermillExecutionError as error:
        raise NotebookFailed(f"{file.name}, cell {error.cell_index}: {error.ename}: {error.evalue}") from None
    return _without_traces(run)


def _without_traces(notebook: NotebookNode) -> NotebookNode:
    """Equal input gives an equal file: papermill's times, paths and states go."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in ("papermill", "execution", "exception"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
    return notebook
