"""papermill's engine `exkit-fork`: a notebook's cells run in a forked child of a warm server, and no kernel starts.

    papermill --engine exkit-fork in.ipynb out.ipynb

The notebook it gives is that of papermill's own engine, cell by cell (tests/batch compares them). Beyond that engine it
refuses parameters that the notebook does not declare, and takes `notebook_timeout` (seconds) and `memory_limit` (MB).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient  # type: ignore[import-untyped]
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines  # type: ignore[import-untyped]
from papermill.inspection import _infer_parameters  # type: ignore[import-untyped]

from exkit.batch import forks
from exkit.batch.client import ClientHere, Manager, ManagerHere, kernel_here

FORK, HERE = "exkit-fork", "exkit-here"


class TimeIsUp(Exception):
    """A notebook, or one of its cells, took longer than it may."""


class ForkEngine(Engine):  # type: ignore[misc]
    """Each notebook in a child of its own; this process is never forked."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, log_output: bool = False, **options: Any
    ) -> Any:
        """Run the cells. Raises ValueError for a notebook that is not in Python or was given unknown parameters."""
        if not forks.POSSIBLE:
            raise ValueError("the engine exkit-fork needs fork(), which Windows lacks: use --engine nbclient")
        refuse_unknown(nb_man.nb, nb_man.nb.metadata.papermill.get("parameters", {}))
        seconds = options.pop("notebook_timeout", None)
        manager = Manager(options.pop("memory_limit", None))
        late = threading.Event()

        def end() -> None:
            late.set()
            manager.shutdown_kernel(now=True)

        alarm = threading.Timer(seconds or 0, end)
        try:
            if seconds is not None:
                alarm.start()
            return _client(nb_man, kernel_name, manager, log_output, options).execute()
        except DeadKernelError:
            if late.is_set():
                raise TimeIsUp(f"the notebook took longer than {seconds:g} s") from None
            raise
        finally:
            alarm.cancel()
            if not late.is_set():
                manager.shutdown_kernel()


class HereEngine(Engine):  # type: ignore[misc]
    """In this process, which is a child that was forked for this notebook."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, log_output: bool = False, **options: Any
    ) -> Any:
        """Run the cells; `cell_seconds` is what one may take."""
        limit = options.pop("cell_seconds", None)
        client = _client(nb_man, kernel_name, ManagerHere(), log_output, options)
        client.kc = ClientHere(kernel_here())
        client.on_notebook_start(notebook=nb_man.nb)
        with _each_cell_within(limit, client):
            return client.execute()


papermill_engines.register(FORK, ForkEngine)
papermill_engines.register(HERE, HereEngine)


def refuse_unknown(notebook: NotebookNode, parameters: dict[str, Any]) -> None:
    """Papermill only warns of a parameter that the notebook lacks, goes on with the default, and so reports on another
    customer. Raises ValueError naming those that there are."""
    known = {parameter.name for parameter in _infer_parameters(notebook, name="python3", language="python")}
    if unknown := sorted(set(parameters) - known):
        has = f"it has {', '.join(sorted(known))}" if known else "it has none"
        raise ValueError(f"the notebook has no parameter {', '.join(unknown)}; {has}")


def _client(
    nb_man: NotebookExecutionManager, kernel_name: str, manager: Manager, log_output: bool, options: dict[str, Any]
) -> PapermillNotebookClient:
    """nbclient as papermill sets it up for its own engine."""
    language = nb_man.nb.metadata.get("kernelspec", {}).get("language") or "python"
    if language.lower() != "python":
        raise ValueError(
            f"the engine exkit-fork runs Python, and this notebook is in {language}: use --engine nbclient"
        )
    timeout = options.pop("execution_timeout", None) or options.pop("timeout", None)
    own = {"input_path", "start_timeout", "startup_timeout", "kernel_manager_class", "timeout"}
    kept = {name: value for name, value in options.items() if name not in own}
    return PapermillNotebookClient(
        nb_man, km=manager, kernel_name=kernel_name, timeout=timeout, log_output=log_output, **kept
    )


@contextmanager
def _each_cell_within(seconds: float | None, client: PapermillNotebookClient) -> Iterator[None]:
    """A cell that takes longer gets an exception where it stands, so that the notebook shows where that is."""
    if seconds is None:
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUp(f"the cell took longer than {seconds:g} s")

    def set_alarm(**_more: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def stop_alarm(**_more: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    before, told = client.on_cell_start, client.on_cell_executed
    assert os.getpid() != 1
    signal.signal(signal.SIGALRM, ring)

    def start(**about: Any) -> None:
        if before is not None:
            before(**about)
        set_alarm()

    def executed(**about: Any) -> None:
        stop_alarm()
        if told is not None:
            told(**about)

    client.on_cell_start, client.on_cell_executed = start, executed
    try:
        yield
    finally:
        stop_alarm()
