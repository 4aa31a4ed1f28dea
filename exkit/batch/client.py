"""nbclient's side of a kernel without sockets: in this process, or in a forked child.

nbclient and papermill keep all that they do with a notebook (outputs, display ids, clearing, widget state, timeouts);
they are given a client whose channels are queues.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from multiprocessing.connection import Connection
from queue import Empty
from typing import Any

from jupyter_client.session import Session

from exkit.batch import forks
from exkit.batch.kernel import Kernel, Message

NAP = 0.002  # seconds between two looks into a queue


class Channel:
    """A queue that nbclient reads as a channel."""

    def __init__(self, client: Client) -> None:
        self.messages: deque[Message] = deque()
        self._client = client

    async def get_msg(self, timeout: float | None = None) -> Message:
        """The next message; raises `queue.Empty` after `timeout` seconds without one."""
        deadline = forks.Deadline(timeout)
        while not self.messages:
            self._client.receive()
            if self.messages:
                break
            if deadline.left() == 0:
                raise Empty
            await asyncio.sleep(NAP)
        return self.messages.popleft()

    def send(self, message: Message) -> None:
        """A widget's front end speaks to the kernel."""
        self._client.ask(message)


class Client:
    """What nbclient asks of a kernel client; a subclass brings the kernel."""

    allow_stdin = False

    def __init__(self) -> None:
        self.session = Session()
        self.iopub_channel, self.shell_channel = Channel(self), Channel(self)

    def start_channels(self) -> None:
        """Nothing to start: the queues are there."""

    def stop_channels(self) -> None:
        """Nothing to stop."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """It is."""

    def receive(self) -> None:
        """Move what has come into the queues."""

    def ask(self, message: Message) -> None:
        """Pass a front end's message on."""
        raise NotImplementedError

    async def is_alive(self) -> bool:
        """Whether an answer can still come."""
        return True

    async def execute(self, code: str, store_history: bool = True, stop_on_error: bool = True) -> str:
        """Run a cell; gives the id that its messages name as their parent."""
        raise NotImplementedError

    def language_info(self) -> Message:
        """What the kernel says of its language."""
        raise NotImplementedError

    def kernel_info(self) -> str:
        """Ask for that; the reply is on the shell channel."""
        request = self.session.msg("kernel_info_request")
        self._reply(request, "kernel_info_reply", {"language_info": self.language_info()})
        return str(request["header"]["msg_id"])

    def _reply(self, request: Message, kind: str, content: Message) -> None:
        self.shell_channel.messages.append(self.session.msg(kind, content, parent=request))


class ClientHere(Client):
    """Of a kernel in this process, which is a child made for one notebook."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self._kernel = kernel
        kernel.start(self.iopub_channel.messages.append)

    def ask(self, message: Message) -> None:
        """Handled when the running cell has ended."""
        self._kernel.ask(message)

    async def execute(self, code: str, store_history: bool = True, stop_on_error: bool = True) -> str:
        """The cell has ended when this returns."""
        request = self.session.msg("execute_request", {"code": code})
        content = await self._kernel.execute(code, request)
        self._reply(request, "execute_reply", content)
        return str(request["header"]["msg_id"])

    def language_info(self) -> Message:
        """Of the kernel here."""
        return self._kernel.language_info


class ClientOfChild(Client):
    """Of a kernel in a forked child, at the other end of a pipe."""

    def __init__(self, child: forks.Child) -> None:
        super().__init__()
        self._child = child
        self._language_info: Message = self._first()

    def _first(self) -> Message:
        from nbclient.exceptions import DeadKernelError

        try:
            found: Message = self._child.connection.recv()
        except (EOFError, OSError):
            self._child.ended(1)
            raise DeadKernelError(f"The kernel {self._child.how_it_ended()} before the first cell") from None
        return found

    def ask(self, message: Message) -> None:
        """Handled when the running cell has ended."""
        with contextlib.suppress(OSError):
            self._child.connection.send(("comm", message))

    def receive(self) -> None:
        """Move what the child has sent into the queues."""
        with contextlib.suppress(EOFError, OSError):
            while self._child.connection.poll():
                channel, message = self._child.connection.recv()
                getattr(self, channel).messages.append(message)

    async def is_alive(self) -> bool:
        """Whether the child lives."""
        self.receive()
        return bool(self.shell_channel.messages) or not self._child.ended()

    async def execute(self, code: str, store_history: bool = True, stop_on_error: bool = True) -> str:
        """The cell runs while this returns."""
        request = self.session.msg("execute_request", {"code": code})
        with contextlib.suppress(OSError):  # that it is dead is found out when no reply comes
            self._child.connection.send(("execute", request))
        return str(request["header"]["msg_id"])

    def language_info(self) -> Message:
        """Of the kernel in the child."""
        return self._language_info


def serve(connection: Connection) -> None:
    """What the child does: run the cells that come over the pipe until nobody is at its other end."""
    kernel = kernel_here()
    session = Session()
    connection.send(kernel.language_info)
    kernel.start(lambda message: connection.send(("iopub_channel", message)))

    async def answer() -> None:
        while True:
            while not connection.poll():
                await asyncio.sleep(NAP)  # what a cell left running goes on, as between the cells of a real kernel
            kind, message = connection.recv()
            if kind == "comm":
                kernel.ask(message)
                continue
            content = await kernel.execute(message["content"]["code"], message)
            connection.send(("shell_channel", session.msg("execute_reply", content, parent=message)))

    with contextlib.suppress(EOFError, OSError):
        asyncio.run(answer())
    leave()


_ready: Kernel | None = None


def kernel_here() -> Kernel:
    """The kernel of this process; made before the fork when the server was warm."""
    global _ready
    if _ready is None:
        _ready = Kernel()
        _ready.warm_up()
    return _ready


def leave() -> None:
    """What a kernel does at its end: values go, files that were left open are written, exit functions run."""
    import atexit

    kernel_here().ipython.shell.user_ns.clear()
    atexit._run_exitfuncs()
    os._exit(0)


class Manager:
    """What nbclient asks of a kernel manager, for a kernel in a forked child."""

    def __init__(self, megabytes: int | None = None) -> None:
        self._megabytes = megabytes
        self._child: forks.Child | None = None

    ipykernel = False
    kernel_id = "fork"

    @property
    def has_kernel(self) -> bool:
        """Whether the child was started."""
        return self._child is not None

    def start_kernel(self, cwd: str | None = None, **_more: Any) -> None:
        """Fork the child."""
        self._child = forks.start(serve, folder=cwd or os.getcwd(), megabytes=self._megabytes)  # noqa: PTH109

    def client(self) -> ClientOfChild:
        """A client for it."""
        assert self._child is not None
        return ClientOfChild(self._child)

    def is_alive(self) -> bool:
        """Whether it lives."""
        return self._child is not None and not self._child.ended()

    def interrupt_kernel(self) -> None:
        """End the running cell."""
        if self._child is not None:
            self._child.interrupt()

    def shutdown_kernel(self, now: bool = False) -> None:
        """Let it go: its end of the pipe closes, and it has five seconds for what it does at its end."""
        if self._child is not None:
            if not now:
                self._child.connection.close()
                self._child.ended(5)
            self._child.end()

    def cleanup_resources(self) -> None:
        """Nothing is left."""


class ManagerHere(Manager):
    """For a kernel in this process: it has started."""

    has_kernel = True
