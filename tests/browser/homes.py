"""The two homes of the workshop for tests, each a real program: Voila by `exkit workshop`, and JupyterLab."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
from playwright.sync_api import Locator, Page, expect

from exkit.batch.run import notebook_file
from exkit.intake import write
from exkit.topology import Topology
from exkit.workshop.journal import SUFFIX, Journal
from exkit.workshop.serving import LOOPBACK, Server, free_port, serving, stop

SLOW = 60_000  # ms, for a page that starts a kernel on a busy machine


@dataclass(frozen=True)
class Home:
    """Where workshops run: `voila` or `lab`, on a folder with one topology file's journal in it."""

    kind: str
    server: Server
    file: Path
    follower: Server | None = None

    @property
    def journal(self) -> Path:
        return self.file.with_name(self.file.stem + SUFFIX)

    @property
    def topology(self) -> Topology:
        """What is on disk."""
        session = Journal(self.journal).session
        assert session is not None
        return session.topology

    def open(self, page: Page, link: str | None = None) -> Room:
        """The workshop on a page, as a person would open it."""
        page.add_init_script("localStorage.setItem('exkit-workshop-welcomed', 'yes')")
        page.goto(link or self.server.link, timeout=SLOW)
        if self.kind == "lab":
            cell = page.locator(".jp-CodeCell").last
            cell.wait_for(timeout=SLOW)
            page.get_by_text("| Idle").wait_for(timeout=SLOW)
            run_all(page)
            page.locator(".exkit-workshop").last.evaluate("one => one.scrollIntoView({block: 'start'})")
        page.locator(".exkit-workshop .bar").wait_for(timeout=SLOW)
        room = Room(page, self)
        room.settled()
        return room

    @contextlib.contextmanager
    def beside(self, name: str) -> Iterator[Home]:
        """A second workshop at the same time: in a Voila of its own, or in another notebook of this JupyterLab."""
        if self.kind == "voila":
            with voila(self.file.parent, name=name) as second:
                yield second
            return
        file = self.file.with_name(f"{name}.yaml")
        own = self.server.link.replace("/lab/tree/10_workshop.ipynb", f"/lab/workspaces/{name}/tree/{name}.ipynb")
        write_notebook(WORKSHOP, names(file), self.file.with_name(f"{name}.ipynb"))
        yield Home("lab", Server(self.server.process, own), file)

    def kernels(self) -> list[int]:
        """The kernels of the server, oldest first."""
        return kernels_of(self.server)

    @property
    def kernel(self) -> int:
        """The one of the page that was opened last; Voila's newest is warm, for the next page."""
        kernels = self.kernels()
        return kernels[0] if self.kind == "lab" else kernels[-2]

    @contextlib.contextmanager
    def unanswered(self) -> Iterator[None]:
        """The kernel hears and answers nothing, until the block is left: all that people do meanwhile comes at once."""
        kernel = self.kernel
        os.kill(kernel, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(kernel, signal.SIGCONT)


def parent(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def run_all(page: Page) -> None:
    """Run > Run All Cells, by Lab's own menu."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Run All Cells").first.click()


@contextlib.contextmanager
def voila(folder: Path, room: str = "", name: str = "Contoso") -> Iterator[Home]:
    """`exkit workshop`, as the command starts it."""
    file = folder / f"{name}.yaml"
    with serving(file, "", 0, room) as servers:
        yield Home("voila", servers[0], file, servers[1] if room else None)


WORKSHOP = "10_workshop.ipynb"


def names(file: Path) -> str:
    """The parameters of the workshop's notebook on a topology file."""
    return f"topology_file: str = {str(file)!r}"


def write_notebook(notebook: str, parameters: str, path: Path) -> None:
    """A copy of one of the kit's notebooks with these parameters."""
    copy = nbformat.read(notebook_file(notebook), as_version=4)
    for cell in copy.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = parameters
    nbformat.write(copy, path)


@contextlib.contextmanager
def lab(folder: Path, name: str = "Contoso") -> Iterator[Home]:
    """JupyterLab on a copy of the workshop's notebook that names the file."""
    file = folder / f"{name}.yaml"
    with jupyterlab(folder, WORKSHOP, names(file)) as server:
        yield Home("lab", server, file)


@contextlib.contextmanager
def jupyterlab(folder: Path, notebook: str, parameters: str) -> Iterator[Server]:
    """JupyterLab with settings of its own, on a copy of one of the kit's notebooks with these parameters."""
    opened = Path(notebook).name
    write_notebook(notebook, parameters, folder / opened)
    token, port = secrets.token_urlsafe(16), free_port(LOOPBACK)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.ip={LOOPBACK}",
        f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.collaborative=False",
        "--ServerApp.log_level=ERROR", "--LabApp.extension_manager=readonly",
        "--ServerApp.kernel_websocket_connection_class=exkit.workshop.wire.Undelayed",  # as `make lab` has it
    ]  # fmt: skip
    homes = {f"JUPYTER_{what}_DIR": str(folder / what.lower()) for what in ("CONFIG", "DATA", "RUNTIME")}
    news = folder / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}', encoding="utf-8")
    process = subprocess.Popen(
        command, env={**os.environ, **homes, "JUPYTER_TOKEN": token, "HOME": str(folder)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, text=True,
    )  # fmt: skip
    base = f"http://{LOOPBACK}:{port}"
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(URLError, OSError), urlopen(f"{base}/login", timeout=2):
                break
            assert process.poll() is None, "JupyterLab ended"
            time.sleep(0.1)
        yield Server(process, f"{base}/lab/tree/{opened}?token={token}&reset")
    finally:
        stop([process])


def kernels_of(server: Server) -> list[int]:
    """The kernels of a server, oldest first."""
    told = subprocess.run(["pgrep", "-f", "ipykernel_launcher"], capture_output=True, text=True).stdout
    return sorted(int(pid) for pid in told.split() if parent(int(pid)) == server.process.pid)


@dataclass(frozen=True)
class Room:
    """A workshop on a page, and what people do there."""

    page: Page
    home: Home

    @property
    def root(self) -> Locator:
        return self.page.locator(".exkit-workshop")

    def thing(self, key: str) -> Locator:
        return self.root.locator(f'.thing[data-key="{key}"]')

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> None:
        self.root.get_by_role("tab", name=name).click()

    def settled(self) -> None:
        """Nothing is under way and everything shown is on disk."""
        self.page.evaluate(
            "new Promise(done => setTimeout(() => requestAnimationFrame(done), 20))"
        )  # people are slower
        expect(self.root).to_have_attribute("data-busy", "false", timeout=15_000)
        expect(self.root.locator(".saved")).to_have_attribute("data-waiting", "false")

    def verdict(self, aspect: str = "Topology") -> str:
        return self.root.locator(".answer .aspect", has_text=aspect).locator(".chip").inner_text()

    def load(self, topology: Topology, folder: Path) -> None:
        """Start from a file, through the page's own form."""
        file = folder / "loaded.yaml"
        file.write_text(write(topology), encoding="utf-8")
        self.button("Start from").click()
        self.root.locator("input[type=file]").set_input_files(file)
        self.root.locator("svg.canvas").wait_for()
        self.settled()

    def drag(self, source: Locator, target: Locator) -> None:
        """By the mouse alone, from the middle of one thing to a free spot of another."""
        self.root.evaluate("one => one.scrollIntoView({block: 'start'})")
        for one in (target, source):
            one.evaluate("one => one.scrollIntoView({block: 'nearest'})")
        self.settled()
        start, end = source.bounding_box(), target.bounding_box()
        assert start and end
        mouse = self.page.mouse
        mouse.move(start["x"] + start["width"] / 2, start["y"] + min(20, start["height"] / 2))
        mouse.down()
        mouse.move(start["x"] + start["width"] / 2 + 12, start["y"] + 30)
        mouse.move(end["x"] + end["width"] - 30, end["y"] + end["height"] - 8, steps=5)
        mouse.up()


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
