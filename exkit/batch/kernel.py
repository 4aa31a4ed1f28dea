"""IPython's own kernel without sockets: cells run in this process, and messages go to a function.

It is ipykernel's code that runs a cell and words its messages, so displays, comms, tracebacks and counts are those of a
real kernel. What differs is the way out, and that standard output and standard error are files: Python's prints and
what a program writes to file descriptor 1 come out in the order in which they were written.
"""

from __future__ import annotations

import asyncio
import builtins
import codecs
import contextlib
import io
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from traitlets.config import Config

Message = dict[str, Any]
Deliver = Callable[[Message], None]
LATE = 0.2  # seconds after which a real kernel sends what one stream holds, though the cell goes on


def _nowhere(message: Message) -> None:
    """What comes before anybody listens."""


class Wire(Session):
    """A session whose messages go to `deliver`, packed and unpacked as on their way to a real client."""

    deliver: Deliver = staticmethod(_nowhere)

    def send(
        self,
        stream: object,
        msg_or_type: Message | str,
        content: Message | None = None,
        parent: Message | None = None,
        ident: object = None,
        buffers: list[Any] | None = None,
        track: bool = False,
        header: Message | None = None,
        metadata: Message | None = None,
    ) -> Message:
        """Deliver a message; what it holds is a copy, as later changes in a cell must not change what was shown."""
        message = (
            msg_or_type
            if isinstance(msg_or_type, dict)
            else self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        )
        for part in ("content", "metadata", "parent_header"):
            message[part] = self.unpack(self.pack(message[part]))
        message["buffers"] = [bytes(buffer) for buffer in buffers or ()]
        self.deliver(message)
        return message


class Stream(io.TextIOBase):
    """Standard output or error as a file that this process and its children append to."""

    def __init__(self, name: str, number: int, kernel: Kernel) -> None:
        self.name, self._kernel = name, kernel
        self._file = tempfile.TemporaryFile("w+b", buffering=0)  # noqa: SIM115 - it lives as long as the process
        import fcntl  # Windows has none, and no forked kernels

        fcntl.fcntl(self._file, fcntl.F_SETFL, fcntl.fcntl(self._file, fcntl.F_GETFL) | os.O_APPEND)
        os.dup2(self._file.fileno(), number)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._told = 0
        self.waits_since: float | None = None

    encoding = "UTF-8"
    errors = "strict"

    def fileno(self) -> int:
        """For programs that are to write here."""
        return self._file.fileno()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Append; a long cell's streams are told in turns, as a real kernel does."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if not self._kernel.of_this_cell():
            return len(text)  # a task of an earlier cell: nobody shows what comes after its cell ended
        self._kernel.tell_late_ones(but=self)
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._file.fileno(), data) :]
        self.waits_since = self.waits_since or time.monotonic()
        return len(text)

    def flush(self) -> None:
        """Send what was written since the last time."""
        self.waits_since = None
        if size := os.fstat(self._file.fileno()).st_size - self._told:
            written = os.pread(self._file.fileno(), size, self._told)
            self._told += len(written)
            if text := self._decoder.decode(written):
                self._kernel.say("stream", {"name": self.name, "text": text})

    def skip(self) -> None:
        """Leave out what came between two cells, as a client of a real kernel does."""
        self._told = os.fstat(self._file.fileno()).st_size


class Kernel:
    """One notebook's kernel in this process. Cheap to make before a fork, and started after it."""

    def __init__(self) -> None:
        self.wire = Wire()
        with _without_debugger():
            self.ipython: Any = IPythonKernel.instance(
                session=self.wire,
                log=logging.getLogger("exkit.kernel"),
                config=Config({"HistoryManager": {"enabled": False}}),
            )
        self.ipython.shell_channel_thread = SimpleNamespace(parent_thread=None)
        self._streams: tuple[Stream, ...] = ()
        self._asked: list[Message] = []
        self._cell = ""

    @property
    def language_info(self) -> Message:
        """What a notebook notes on its language."""
        return dict(self.ipython.language_info)

    def start(self, deliver: Deliver) -> None:
        """From here on messages are delivered, and this process's own output is the notebook's."""
        self.wire.deliver = deliver
        self.ipython.shell.init_environment()  # colours and pagers, as programs that a cell starts find them
        self._streams = Stream("stdout", 1, self), Stream("stderr", 2, self)
        sys.stdout, sys.stderr = self._streams
        if "numpy.random" in sys.modules:  # Python's own generator sees to this itself
            sys.modules["numpy.random"].seed()

    def say(self, kind: str, content: Message) -> None:
        """Send a message on behalf of the cell that runs."""
        self.wire.send(None, kind, content, parent=self.ipython.get_parent())

    def of_this_cell(self) -> bool:
        """Whether whoever asks was started by the cell that runs; threads count as such, tasks know their cell."""
        parent: Message = self.ipython.shell.parent_header
        return bool(parent.get("header", {}).get("msg_id") == self._cell)

    def tell_late_ones(self, but: Stream) -> None:
        """Send what another stream has held for too long."""
        now = time.monotonic()
        for stream in self._streams:
            if stream is not but and stream.waits_since is not None and now - stream.waits_since > LATE:
                stream.flush()

    def ask(self, message: Message) -> None:
        """A front end's message to a widget; as with a real kernel it waits until the running cell ends."""
        self._asked.append({**message, "content": self.wire.unpack(self.wire.pack(message["content"])), "buffers": []})

    async def execute(self, code: str, request: Message, stop_on_error: bool = True) -> Message:
        """Run a cell; gives the content of its reply, after all of its messages were delivered."""
        kernel, here = self.ipython, os.getpid()
        for message in self._asked:
            handler = getattr(kernel.comm_manager, message["header"]["msg_type"])
            handler(None, None, message)
        self._asked.clear()
        for stream in self._streams:
            stream.skip()
        kernel.set_parent([], request)
        self._cell = request["header"]["msg_id"]
        self.say("execute_input", {"code": code, "execution_count": kernel.execution_count})
        with _interruptible():
            reply: Message = await kernel.do_execute(code, False, store_history=True, allow_stdin=False)
        if os.getpid() != here:  # the cell forked, and this is not the process that anybody waits for
            os._exit(0)
        for stream in self._streams:
            stream.flush()
        self.say("status", {"execution_state": "idle"})
        return self.wire.unpack(self.wire.pack(reply))  # type: ignore[no-any-return]

    def warm_up(self) -> None:
        """Run a cell that leaves nothing behind, so that the first one of a notebook finds all in place."""
        before = dict(self.ipython.shell.user_ns)
        kept = builtins.input
        asyncio.run(self.ipython.do_execute("None", True, store_history=False))
        builtins.input = kept
        self.ipython.shell.user_ns.clear()
        self.ipython.shell.user_ns.update(before)


@contextlib.contextmanager
def _without_debugger() -> Iterator[None]:
    """Nobody debugs here, and debugpy takes a second to load and warns on standard error."""
    if "debugpy" in sys.modules:
        yield
        return
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["debugpy"]


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """A cell is ended by SIGINT, as in a real kernel."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)
