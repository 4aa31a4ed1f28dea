"""`exkit workshop` as a program: its token, its read-only link, its end; and what is beside the canvas."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from exkit.intake import read
from tests.browser.conftest import OutsideRequests
from tests.browser.homes import Home, Room, parent, voila

RECOMMENDED = read(Path("data/customers/recommended-2010.yaml")).topology
WORDS = ["◐ conditional", "✕ unsupported", "✕ unsupported", "▲ not recommended", "▲ not recommended", "✓ supported"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with voila(tmp_path_factory.mktemp("served"), room="127.0.0.1") as running:
        yield running


@pytest.fixture
def room(home: Home, page: Page, outside: OutsideRequests) -> Iterator[Room]:
    page.set_viewport_size({"width": 1280, "height": 800})
    yield home.open(page)
    assert outside == []


def status(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urlopen(Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.url
    except HTTPError as error:
        return error.code, url


def test_without_the_token_there_is_no_access(home: Home, tmp_path: Path):
    link = urlsplit(home.server.link)
    base = f"http://{link.netloc}"
    assert status(home.server.link)[0] == 200
    for address in (base + "/", base + "/?token=wrong", home.server.link.replace("token=", "token=x")):
        code, ended = status(address)
        assert code == 403 or "/login" in ended
    kernel = "00000000-0000-0000-0000-000000000000"
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw=="}  # fmt: skip
    assert status(f"{base}/api/kernels/{kernel}/channels", **upgrade)[0] == 403
    assert "/login" in status(f"{base}/voila/files/10_workshop.ipynb")[1] or (
        status(f"{base}/voila/files/10_workshop.ipynb")[0] in (403, 404)
    )
    assert "token" not in " ".join(Path(f"/proc/{home.server.process.pid}/cmdline").read_text().split("\0")).replace(
        "auto_token", ""
    )


def test_participants_follow_by_a_second_link_and_cannot_edit(room: Room, context: BrowserContext, tmp_path: Path):
    assert room.home.follower is not None
    assert room.home.follower.link.partition("token=")[2] not in room.home.server.link
    room.load(RECOMMENDED, tmp_path)
    page = context.new_page()
    follower = room.home.open(page, room.home.follower.link)
    expect(follower.thing("servers:CAS1")).to_contain_text("supported")
    room.drag(room.thing("servers:CAS1"), room.thing("zones:dmz"))
    expect(follower.thing("servers:CAS1")).to_contain_text("✕ unsupported")
    for name in ("↶ Undo", "Client Access", "Take out", "Start from", "Remove CAS1"):
        expect(follower.button(name)).to_have_count(0)
    before = room.home.journal.read_bytes()
    follower.drag(follower.thing("servers:CAS1"), follower.thing("zones:lan"))
    follower.thing("servers:CAS1").click()
    expect(follower.root.locator(".finding").first).to_be_visible()
    follower.thing("servers:CAS1").press("Delete")
    follower.thing("servers:CAS1").press("Shift+ArrowDown")
    page.wait_for_timeout(500)
    assert room.home.journal.read_bytes() == before
    # The editor's token opens nothing on the followers' server, and theirs nothing on the editor's.
    token = room.home.follower.link.partition("token=")[2]
    other = f"http://{urlsplit(room.home.server.link).netloc}/?token={token}"
    assert "/login" in status(other)[1] or status(other)[0] == 403
    page.close()


def test_the_tour_is_six_steps_on_a_live_example(room: Room):
    before = room.home.journal.read_bytes()
    room.button("Tour").click()
    for number, word in enumerate(WORDS, start=1):
        expect(room.root.locator(".tour h3")).to_contain_text(f"{number} of 6")
        expect(room.root.locator(".answer .chip").first).to_have_text(word)
        if number < 6:
            room.button("Next").click()
    room.button("End the tour").click()
    expect(room.root.locator(".tour")).to_have_count(0)
    assert room.home.journal.read_bytes() == before


def test_two_branches_stand_side_by_side_with_what_differs(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    room.tab("Notes")
    room.root.get_by_label("Name of a new branch").fill("as they want it")
    room.root.get_by_label("Name of a new branch").press("Enter")
    expect(room.button("as they want it")).to_be_disabled()
    expect(room.root.get_by_label("Name of a new branch")).to_have_value("")
    room.drag(room.thing("servers:CAS1"), room.thing("zones:dmz"))
    expect(room.thing("servers:CAS1")).to_contain_text("unsupported")
    room.button("Compare").click()
    expect(room.root.locator(".column svg")).to_have_count(2, timeout=15_000)
    expect(room.root.locator(".column").first).to_contain_text("✓ supported")
    expect(room.root.locator(".column").last).to_contain_text("✕ unsupported")
    expect(room.root.locator(".sheet .turns")).to_contain_text("CAS1 holds the Client Access role")


def test_decisions_are_written_down_and_everything_is_taken_out(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    room.tab("Notes")
    for label, words in (("What was decided", "A proxy"), ("Who", "Ms Finch"), ("Why", "It is supported")):
        room.root.get_by_label(label, exact=True).fill(words)
    room.button("Decide").click()
    expect(room.root.locator(".panel")).to_contain_text("A proxy Ms Finch: It is supported")
    room.button("Take out").click()
    for name in ("Topology (YAML)", "Picture (SVG)", "Picture (PNG)", "Minutes (Word)", "Minutes (Markdown)"):
        item = room.root.locator("li.pattern", has_text=name)
        item.get_by_role("button").click()
        expect(item).to_contain_text("written:", timeout=20_000)
    folder = room.home.file.with_name("Contoso-workshop")
    assert {file.name for file in folder.iterdir()} == {
        "Contoso.yaml", "Contoso.svg", "Contoso.png", "Contoso-minutes.docx", "Contoso-minutes.md",
    }  # fmt: skip
    assert "A proxy" in (folder / "Contoso-minutes.md").read_text(encoding="utf-8")
    assert read(folder / "Contoso.yaml").topology == RECOMMENDED


def test_ctrl_c_ends_the_command_its_servers_and_their_kernels(tmp_path: Path):
    command = [sys.executable, "-m", "exkit", "workshop", str(tmp_path / "x.yaml"), "--no-browser"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    told = ""
    while "Ctrl-C" not in told:
        line = running.stdout.readline()
        assert line, running.stderr and running.stderr.read()
        told += line
    link = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S{20,}", told)
    assert link and status(link[0])[0] == 200
    everything = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]
    servers = [pid for pid in everything if parent(pid) == running.pid]
    kernels = [pid for pid in everything if parent(pid) in servers]
    assert servers and kernels
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 0 and out.strip().endswith("Ended.") and err == ""
    time.sleep(0.3)
    assert [pid for pid in (*servers, *kernels) if alive(pid)] == []
    with pytest.raises(OSError):
        urlopen(link[0], timeout=2)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
