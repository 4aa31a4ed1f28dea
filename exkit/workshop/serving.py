"""Voila on the loopback, behind a token: `exkit workshop` and, with pages of its own, `exkit learn`.

Each server is a program of its own, told through its environment what to open. Ctrl-C ends them and their kernels. The
workshop's kernel is warm; if asked for, one more server only follows.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from exkit.knowledge import knowledge_folder

SHARE = Path(__file__).parent / "share"  # the page's template, and this Python as the kernel
LOOPBACK = "127.0.0.1"
READY_WITHIN = 60.0  # seconds
END_WITHIN = 10.0
CULL_AFTER = 600  # seconds without a page: a closed laptop may come back, a forgotten kernel goes


class NoServer(ValueError):
    """Voila did not start; `str()` says what it said."""


@dataclass(frozen=True)
class Server:
    """A running server and the link that opens it."""

    process: subprocess.Popen[str]
    link: str


@dataclass(frozen=True)
class Content:
    """What a server shows: a notebook or a folder of them, by which template, and where its link leads."""

    path: Path
    template: str
    share: Path  # the folder that holds the template, as `SHARE` does
    opens: str = ""
    more: tuple[str, ...] = ()  # further settings of Voila


def notebooks() -> Path:
    """The kit's own notebooks: beside the package in a clone, inside it when installed."""
    return knowledge_folder().parent.parent / "notebooks"


def workshop_page() -> Content:
    """The workshop's notebook, run before anybody asks for it."""
    return Content(notebooks() / "10_workshop.ipynb", "exkit", SHARE, more=("--preheat_kernel=True", "--pool_size=1"))


def command(address: str, port: int, content: Content) -> list[str]:
    """Voila with its settings; its token is in the environment, as any list of processes shows commands."""
    return [
        sys.executable, "-m", "voila", str(content.path), "--no-browser", f"--Voila.ip={address}", f"--port={port}",
        "--Voila.port_retries=0", "--Voila.auto_token=True", f"--template={content.template}", *content.more,
        f"--MappingKernelManager.cull_idle_timeout={CULL_AFTER}", "--MappingKernelManager.cull_interval=30",
        "--Voila.kernel_websocket_connection_class=exkit.workshop.wire.Undelayed",
        "--VoilaConfiguration.file_allowlist=^$", "--Application.log_level=40",
    ]  # fmt: skip


def environment(token: str, settings: Mapping[str, str], content: Content) -> dict[str, str]:
    """What a server is told: its token, where the template is, and what its kernels open."""
    paths = [*dict.fromkeys((str(content.share), str(SHARE))), os.environ.get("JUPYTER_PATH", "")]
    told = {"JUPYTER_TOKEN": token, "JUPYTER_PATH": os.pathsep.join(filter(None, paths)), "PYTHONSAFEPATH": ""}
    return {**os.environ, **told, **settings}


def free_port(address: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            raise NoServer(f"{address} is no address of this machine: {error.strerror}") from None
        port: int = probe.getsockname()[1]
        return port


def start(address: str, port: int, settings: Mapping[str, str], content: Content) -> Server:
    """A server that answers. Raises NoServer when it ends or stays silent."""
    token = secrets.token_urlsafe(24)
    apart = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # Ctrl-C comes to us alone
    # Voila talks of its own affairs; only why it did not start is worth telling.
    said = tempfile.TemporaryFile()  # noqa: SIM115
    process = subprocess.Popen(
        command(address, port, content), env=environment(token, settings, content), stdin=subprocess.DEVNULL,
        stdout=said, stderr=said, text=True, **apart,
    )  # fmt: skip
    link = f"http://{address}:{port}/{content.opens}?token={token}"
    until = time.monotonic() + READY_WITHIN
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(URLError, OSError), urlopen(f"http://{address}:{port}/login", timeout=2):
            return Server(process, link)
        time.sleep(0.1)
    stop([process])
    said.seek(0)
    last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
    raise NoServer(f"Voila did not start on {address}:{port} ({last or 'it said nothing'})")


def stop(processes: Sequence[subprocess.Popen[str]]) -> None:
    """End servers, and through them their kernels; what does not end in time is killed with all of its children."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + END_WITHIN
    for process in processes:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            if os.name == "posix":
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()


@contextlib.contextmanager
def serving(file: Path, pattern: str, port: int, room: str) -> Iterator[tuple[Server, ...]]:
    """The workshop's server, and one that only follows when `room` is an address; ended when the block is left."""
    from exkit.workshop.desk import FILE, FROM, READ_ONLY

    opened = {FILE: str(file.resolve()), FROM: pattern}
    doors = [(LOOPBACK, port or free_port(LOOPBACK), opened)]
    if room:
        doors.append((room, free_port(room), {**opened, READ_ONLY: "1"}))
    with running(doors, workshop_page()) as servers:
        yield servers


@contextlib.contextmanager
def running(doors: Sequence[tuple[str, int, Mapping[str, str]]], content: Content) -> Iterator[tuple[Server, ...]]:
    """A server for each address, port and settings; ended when the block is left."""
    servers: list[Server] = []
    try:
        for address, number, settings in doors:
            servers.append(start(address, number, settings, content))
        yield tuple(servers)
    finally:
        stop([server.process for server in servers])


def _asked_to_end(*_: object) -> None:
    """A closed terminal ends as Ctrl-C does."""
    raise KeyboardInterrupt


def serve(file: Path, pattern: str, port: int, room: str, tell: Callable[[str], None], *, browse: bool) -> None:
    """Run the workshop until Ctrl-C. Raises what opening the file would raise, before anything is started."""
    from exkit.workshop.desk import journal_of, open_desk

    open_desk(file, pattern).close()  # a file that cannot be judged is refused here, where somebody reads it

    def told(servers: tuple[Server, ...]) -> list[str]:
        follow = [f"To follow, without editing: {server.link}" for server in servers[1:]]
        return [f"Journal: {journal_of(file)}", f"Workshop: {servers[0].link}", *follow]

    until_ctrl_c(serving(file, pattern, port, room), told, tell, browse=browse)


def until_ctrl_c(
    serving: contextlib.AbstractContextManager[tuple[Server, ...]],
    told: Callable[[tuple[Server, ...]], Sequence[str]],
    tell: Callable[[str], None],
    *,
    browse: bool,
) -> None:
    """Run servers until Ctrl-C; `told` gives the lines to be told once they answer."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _asked_to_end)
    try:
        with serving as servers:
            for line in told(servers):
                tell(line)
            tell("Ctrl-C ends it. Nothing is lost: the same command goes on where it stopped.")
            if browse:
                webbrowser.open(servers[0].link)
            while all(server.process.poll() is None for server in servers):
                time.sleep(0.3)
            raise NoServer("a server ended by itself; what was done is on disk. Start again")
    except KeyboardInterrupt:
        tell("Ended.")
