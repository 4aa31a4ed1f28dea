"""Run one notebook with parameters, by papermill: in this process, in a forked child, or with a kernel."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_core.paths import jupyter_runtime_dir
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines  # type: ignore[import-untyped]
from papermill.exceptions import PapermillExecutionError  # type: ignore[import-untyped]
from papermill.execute import (  # type: ignore[import-untyped]
    prepare_notebook_metadata,
    raise_for_execution_errors,
)
from papermill.iorw import load_notebook_node  # type: ignore[import-untyped]
from papermill.parameterize import parameterize_notebook  # type: ignore[import-untyped]
from traitlets import default

from exkit.batch.client import kernel_here
from exkit.batch.engine import FORK, HERE, TimeIsUp, refuse_unknown
from exkit.batch.job import NotebookFailed
from exkit.batch.places import notebook_file

SLOWEST = 600  # seconds for one cell; a report takes about two for all
Told = Callable[[str, int, list[Any]], None]


# Files instead of ports where there are such: of two kernels that start at once, both may pick one port.
TRANSPORT = "tcp" if sys.platform == "win32" else "ipc"


def own_address() -> str:
    """Where a kernel listens: a file name that no other kernel has, or this machine."""
    if TRANSPORT == "tcp":
        return "127.0.0.1"
    folder = Path(jupyter_runtime_dir())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return str(folder / f"exkit-{uuid4().hex[:12]}")


class ThisPython(AsyncKernelManager):
    """A kernel of the Python that runs this code, whichever kernels are installed or named on this machine."""

    transport = TRANSPORT

    @default("ip")
    def _ip_of_its_own(self) -> str:
        return own_address()

    @property
    def kernel_spec(self) -> KernelSpec:
        """No history file, as kernels that run side by side would wait for its lock; errors come with the cells."""
        quiet = ["--HistoryManager.enabled=False", "--log-level=CRITICAL"]
        command = ["-m", "ipykernel_launcher", *quiet, "-f", "{connection_file}"]
        return KernelSpec(argv=[sys.executable, *command], display_name="Python 3", language="python")


def run_notebook(
    file: Path, parameters: Mapping[str, str], folder: Path, engine: str = FORK, seconds: float | None = None
) -> NotebookNode:
    """The notebook run in `folder` with these parameters, and without traces of when and where it ran.

    `engine` is `exkit-fork`, or `nbclient` for a kernel. Raises ValueError for a parameter that the notebook does not
    have, NotebookFailed when a cell raises an error, takes too long or ends its kernel.
    """
    resources = {"metadata": {"path": str(folder)}}
    if engine == FORK:
        return _run(file, parameters, engine_name=FORK, resources=resources, notebook_timeout=seconds)
    options = {"execution_timeout": int(seconds or SLOWEST), "kernel_manager_class": ThisPython}
    return _run(file, parameters, resources=resources, **options)


def run_in_kernel(
    file: Path, parameters: Mapping[str, str], kernel: KernelManager, cell_seconds: float | None
) -> NotebookNode:
    """The same in a kernel that has started already, in the folder where it stands; the caller ends it."""
    return _run(file, parameters, km=kernel, execution_timeout=int(cell_seconds or SLOWEST))


def run_here(
    file: Path, parameters: Mapping[str, str], folder: Path, cell_seconds: float | None, told: Told
) -> tuple[NotebookNode, Mapping[str, Any]]:
    """The same in this process, which was forked for it; also the variables that the notebook left behind."""

    def starts(cell_index: int, **_more: Any) -> None:
        told("cell", cell_index, [])

    def ended(cell: NotebookNode, cell_index: int, **_more: Any) -> None:
        told("outputs", cell_index, cell.outputs)

    hooks = {"on_cell_start": starts, "on_cell_executed": ended}
    with chdir(folder):
        run = _run(file, parameters, engine_name=HERE, cell_seconds=cell_seconds, **hooks)
    return run, kernel_here().ipython.shell.user_ns


def _run(file: Path, parameters: Mapping[str, str], **options: Any) -> NotebookNode:
    notebook = load_notebook_node(str(file))
    refuse_unknown(notebook, dict(parameters))
    kept: list[NotebookNode] = []

    def keep(notebook: NotebookNode) -> None:
        kept.append(notebook)  # what ran of it is there when an error comes

    def failed(told: str) -> NotebookFailed:
        return NotebookFailed(f"{file.name}{told}", without_traces(kept[0]) if kept else None)

    try:
        run = _executed(notebook, dict(parameters), on_notebook_start=keep, **options)
    except PapermillExecutionError as error:
        raise failed(f", cell {error.cell_index}: {error.ename}: {error.evalue}") from None
    except (TimeIsUp, DeadKernelError, CellTimeoutError) as error:
        raise failed(f": {str(error).splitlines()[0]}") from None
    return without_traces(run)


def _executed(
    notebook: NotebookNode, parameters: dict[str, str], engine_name: str | None = None, **options: Any
) -> NotebookNode:
    """What `papermill.execute_notebook` does, without turning the notebook into text three times on the way."""
    names = {"kernel_name": "python3", "language": "python"}
    if parameters:
        notebook = parameterize_notebook(notebook, parameters, **names)
    notebook = prepare_notebook_metadata(notebook, "", None)
    notebook = papermill_engines.execute_notebook_with_engine(
        engine_name,
        notebook,
        kernel_name=names["kernel_name"],
        progress_bar=False,
        autosave_cell_every=0,
        record_timing=False,
        **options,
    )
    raise_for_execution_errors(notebook, None)
    return notebook


def without_traces(notebook: NotebookNode) -> NotebookNode:
    """Equal input gives an equal file: papermill's times, paths and states go."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in ("papermill", "execution", "exception"):
            cell.metadata.pop(key, None)
        tags = cell.metadata.get("tags") or cell.metadata.pop("tags", [])
        if made_up := {"injected-parameters", "papermill-error-cell-tag"} & set(tags):
            cell.id = "-".join([*sorted(made_up), str(notebook.cells.index(cell))])
    return notebook


__all__ = ["NotebookFailed", "notebook_file", "run_here", "run_in_kernel", "run_notebook", "without_traces"]
