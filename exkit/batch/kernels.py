"""Stock papermill with kernels started ahead of time: for Windows, and for `--engine nbclient`.

A kernel serves one notebook. While it works, the next one starts and imports what a report needs.
"""

from __future__ import annotations

import atexit
import contextlib
import tempfile
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from nbformat import NotebookNode
from traitlets import default

from exkit.batch.forks import Limits
from exkit.batch.run import TRANSPORT, ThisPython, own_address, run_in_kernel

WARM_UP = "import exkit.report, exkit.facts; exkit.facts.load(); del exkit"


class WarmKernel(KernelManager):
    """A kernel of this Python that has started and has the library loaded, in a folder of its own."""

    kernel_spec = ThisPython.kernel_spec
    transport = TRANSPORT

    @default("ip")
    def _ip_of_its_own(self) -> str:
        return own_address()


class _Ahead:
    """Kernels that are ready. One more is started each time that one is taken."""

    def __init__(self) -> None:
        self._ready: deque[WarmKernel] = deque()
        self._lock = threading.Lock()
        atexit.register(self.close)

    def take(self) -> WarmKernel:
        with self._lock:
            kernel = self._ready.popleft() if self._ready else None
        threading.Thread(target=self._start_one, daemon=True).start()
        return kernel or _started()

    def _start_one(self) -> None:
        with contextlib.suppress(Exception):  # then the next report starts its own and says what is wrong
            kernel = _started()
            with self._lock:
                self._ready.append(kernel)

    def close(self) -> None:
        while self._ready:
            end(self._ready.popleft())


_ahead = _Ahead()


def _started() -> WarmKernel:
    kernel = WarmKernel()
    kernel.start_kernel(cwd=tempfile.gettempdir())
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute(WARM_UP, silent=True, store_history=False)
    client.stop_channels()
    return kernel


def end(kernel: WarmKernel) -> None:
    """End a kernel and what it holds."""
    with contextlib.suppress(Exception):
        kernel.shutdown_kernel(now=True)


def run_with_warm_kernel(file: Path, parameters: Mapping[str, str], folder: Path, limits: Limits) -> NotebookNode:
    """The notebook run in `folder`; see `exkit.batch.run.run_notebook` for what it raises. The time limit of the
    notebook ends the kernel; there is none on memory."""
    kernel = _ahead.take()
    alarm = threading.Timer(limits.seconds or 0, end, [kernel])
    if limits.seconds is not None:
        alarm.start()
    try:
        client: Any = kernel.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        client.execute_interactive(f"import os; os.chdir({str(folder)!r}); del os", silent=True, store_history=False)
        client.stop_channels()
        return run_in_kernel(file, parameters, kernel, limits.cell_seconds)
    finally:
        alarm.cancel()
        end(kernel)
