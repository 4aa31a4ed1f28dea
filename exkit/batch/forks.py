"""One child process for each notebook, forked from a server that has everything loaded.

The server is `multiprocessing`'s fork server, so the caller itself is never forked and may have threads. A child leads
a session of its own: ending it ends what it started too. Works on Linux and macOS; Windows has no fork.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any

POSSIBLE = hasattr(os, "fork")
PRELOAD = ["exkit.batch.warm"]
SERVER = "EXKIT_FORK_SERVER"  # set for the server alone
_server: Any = forkserver.ForkServer()
_starting = threading.Lock()


def _in_a_fork() -> None:
    """A process that was forked from this one starts a server of its own: it cannot wait for another's child."""
    global _starting
    if _server._forkserver_alive_fd is not None:
        os.close(_server._forkserver_alive_fd)
    _server.__init__()
    _starting = threading.Lock()


if POSSIBLE:
    os.register_at_fork(after_in_child=_in_a_fork)


@dataclass(frozen=True)
class Limits:
    """What one notebook may take: seconds for all of it and for one cell, megabytes beyond what it starts with."""

    seconds: float | None = None
    cell_seconds: float | None = None
    megabytes: int | None = None


@dataclass(frozen=True)
class _Errand:
    """What the server's child unpickles and runs: `multiprocessing` calls `_bootstrap` on it."""

    target: Callable[..., None]
    arguments: tuple[Any, ...]
    environment: dict[str, str]
    folder: str
    path: list[str]
    megabytes: int | None

    def _bootstrap(self, parent_sentinel: int) -> int:
        (end,) = forkserver.get_inherited_fds()  # type: ignore[misc]
        _leave_the_server()
        os.environ.clear()
        os.environ.update(self.environment)
        with contextlib.suppress(OSError):
            os.chdir(self.folder)
        sys.path[:] = self.path
        if self.megabytes is not None:
            _limit_memory(self.megabytes)
        with Connection(end) as connection:
            self.target(connection, *self.arguments)
        return 0


def _leave_the_server() -> None:
    """A session of its own; a death with the server's, so that nothing outlives the run; nothing left to fork from."""
    os.setsid()
    server: Any = forkserver._forkserver
    os.close(server._forkserver_alive_fd)  # else the server would wait for this child when its own parent is gone
    server.__init__()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() == 1:  # the server ended before that line
            os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Beyond this Python raises MemoryError, and a cell fails as others do."""
    import resource

    used = 0
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        used = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmData")), 0)
    with contextlib.suppress(ValueError, OSError):  # a stricter limit is in force already
        resource.setrlimit(resource.RLIMIT_DATA, (used + megabytes * 1_000_000,) * 2)


@dataclass
class Child:
    """A running child: its pipe, and how it ends."""

    pid: int
    connection: Connection
    _status: int
    _code: int | None = field(default=None)

    def ended(self, seconds: float = 0) -> bool:
        """Whether it ended, after waiting that long for it."""
        if self._code is None and wait([self._status], seconds):
            try:
                self._code = forkserver.read_signed(self._status)
            except (EOFError, OSError):  # the server itself was killed
                self._code = -signal.SIGKILL
        return self._code is not None

    def how_it_ended(self) -> str:
        """In words: `was killed (SIGKILL)`."""
        if self._code is not None and self._code < 0:
            try:
                return f"was killed ({signal.Signals(-self._code).name})"
            except ValueError:
                return f"was killed (signal {-self._code})"
        return f"ended by itself (status {self._code})"

    def end(self) -> None:
        """End it, and everything in its session, now."""
        if not self.ended():
            for _ in range(50):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
                if self.ended(0.1):
                    break
        self.close()

    def close(self) -> None:
        """Let go of a child that ended; what it left running in its session goes."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.connection.close()
        with contextlib.suppress(OSError):
            os.close(self._status)

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)


def start(target: Callable[..., None], *arguments: Any, folder: str, megabytes: int | None = None) -> Child:
    """A child that runs `target(connection, *arguments)` in `folder` with this process's environment."""
    here, there = Pipe()
    with there, _starting:
        warm()
        status, data = _server.connect_to_new_process([there.fileno()])
    errand = _Errand(target, arguments, dict(os.environ), folder, list(sys.path), megabytes)
    try:
        with os.fdopen(data, "wb") as pipe:
            pid: int = forkserver.read_signed(status)
            pipe.write(ForkingPickler.dumps({}))
            pipe.write(ForkingPickler.dumps(errand))
    except BaseException:
        here.close()
        os.close(status)
        raise
    return Child(pid, here, status)


def warm() -> None:
    """Start the server now, in a second or two; later calls do nothing."""
    if _server._forkserver_pid is None:
        _server.set_forkserver_preload(PRELOAD)
    # A file called random.py in the current folder is nobody's module; and the server is told that it is one.
    told = {"PYTHONSAFEPATH": "1", SERVER: "1"}
    kept = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        _server.ensure_running()
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Deadline:
    """A moment from now, or never.

    >>> Deadline(None).left(), Deadline(0).left()
    (None, 0.0)
    """

    def __init__(self, seconds: float | None) -> None:
        self._at = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds until then, at least 0; None when there is no end."""
        return None if self._at is None else max(0.0, self._at - time.monotonic())
