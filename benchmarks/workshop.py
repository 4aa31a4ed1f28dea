"""How long the workshop takes to answer: beside a bare ipywidgets button, on Voila and in JupyterLab, in one run.

    .venv/bin/python benchmarks/workshop.py

An answer is measured in the page: from the event (a click on the button, the drop of a server into the perimeter
network) to the frame that shows the change (the label's text, the server's new verdict); the workshop's journal is on
disk by then, which is looked at. The two are done in turn, so that a machine that drifts drifts for both. A page is
usable when its first widget is there; pages of a bare button and of the workshop are opened in turn, each with a warm
kernel. Medians; exit status 1 when a ratio misses its goal.
"""

from __future__ import annotations

import contextlib
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright

from exkit.topology import Topology
from exkit.workshop import serving
from exkit.workshop.journal import Journal
from tests.browser import homes
from tests.sizes import sixty_servers, twenty_servers

CHROMIUM = "/usr/bin/chromium"
TURNS = 25
UNCOUNTED = 3  # before them: page and kernel have done it before, as in a workshop of two hours
OPENINGS = 5
WARMING = 4.0  # seconds in which Voila starts the kernel of the next page
SIZES: dict[str, tuple[Callable[[], Topology], float]] = {"20": (twenty_servers, 2.0), "60": (sixty_servers, 4.0)}
BUTTON = """import ipywidgets
label = ipywidgets.Label("0")
button = ipywidgets.Button(description="bare")
button.on_click(lambda _: setattr(label, "value", str(int(label.value) + 1)))
ipywidgets.VBox([button, label])"""

# Both wait with a MutationObserver for the change, from the moment of the event, and then for the frame that shows it.
# Both begin on a page at rest: a hand stops before it lets go, and what the last move painted has been shown by then.
PAINTED = """const painted = (then) => requestAnimationFrame(() => setTimeout(then));
  setTimeout(() => fail(new Error("no answer in 20 s")), 20000);"""
PRESS = """() => new Promise((done, fail) => { PAINTED
  const label = document.querySelector(".widget-label, .jupyter-widget-label"), start = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    painted(() => done(performance.now() - start));
  });
  seen.observe(label, {childList: true, characterData: true, subtree: true});
  document.querySelector(".jupyter-button, .widget-button").click();
})""".replace("PAINTED", PAINTED)
DROP = """([zone, word]) => new Promise(async (done, fail) => { PAINTED
  const find = (key) => document.querySelector(`.exkit-workshop .thing[data-key="${key}"]`);
  const at = (one, right, up) => {
    const b = one.getBoundingClientRect();
    return {clientX: b.right - right, clientY: b.bottom - up};
  };
  const root = document.querySelector(".exkit-workshop"), place = root.querySelector(".place");
  while (root.dataset.busy === "true") await new Promise((later) => setTimeout(later, 10));
  const fire = (target, name, spot) => target.dispatchEvent(
    new PointerEvent(name, {bubbles: true, cancelable: true, button: 0, pointerId: 1, ...spot}));
  const box = find("servers:CASOLD"), band = find(`zones:${zone}`);
  place.scrollTop += band.getBoundingClientRect().top - place.getBoundingClientRect().top;
  fire(box, "pointerdown", at(box, 20, 8));
  const spot = at(band, 10, band.getBoundingClientRect().height - 12);
  fire(document, "pointermove", spot);
  await new Promise((rested) => setTimeout(rested, 100));
  const seen = new MutationObserver(() => {
    const now = find("servers:CASOLD");
    if (!now || !now.textContent.includes(word)) return;
    seen.disconnect();
    painted(() => done(performance.now() - start));
  });
  seen.observe(root, {childList: true, subtree: true, attributes: true});
  const start = performance.now();
  fire(document, "pointerup", spot);
})""".replace("PAINTED", PAINTED)


def both_ways(page: Page, number: int) -> float:
    """Milliseconds of a drop: out of the perimeter network on even turns, back into it on odd ones."""
    zone, word = (("dmz", "✕ unsupported"), ("lan-hq", "✓ supported"))[number % 2 == 0]
    took: float = page.evaluate(DROP, [zone, word])
    return took


def medians(button: Page, workshop: Page, home: homes.Home) -> tuple[float, float]:
    """Milliseconds of a click and of a drop, done in turn."""
    clicks, drops = [], []
    for number in range(UNCOUNTED + TURNS):
        before = Journal(home.journal).count
        clicks.append(button.evaluate(PRESS))
        drops.append(both_ways(workshop, number))
        assert Journal(home.journal).count == before + 1, "the journal is on disk when the verdict is shown"
    return statistics.median(clicks[UNCOUNTED:]), statistics.median(drops[UNCOUNTED:])


@contextlib.contextmanager
def bare_voila(folder: Path) -> Iterator[str]:
    """The link of a stock Voila, warm, with one button on its page."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BUTTON)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    file = folder / "button.ipynb"
    nbformat.write(notebook, file)
    stock, own_parts = serving.command, ("--template", "--Voila.kernel_websocket_connection_class")

    def command(address: str, port: int, content: serving.Content) -> list[str]:
        return [part for part in stock(address, port, content) if not part.startswith(own_parts)]

    serving.command = command
    content = replace(serving.workshop_page(), path=file)
    try:
        server = serving.start(serving.LOOPBACK, serving.free_port(serving.LOOPBACK), {}, content)
    finally:
        serving.command = stock
    try:
        yield server.link
    finally:
        serving.stop([server.process])


@contextlib.contextmanager
def bare_lab(page: Page, folder: Path) -> Iterator[None]:
    """A page of JupyterLab with the button on it."""
    with homes.lab(folder) as home:
        notebook = nbformat.read(folder / "10_workshop.ipynb", as_version=4)
        notebook.cells = [nbformat.v4.new_code_cell(BUTTON)]
        nbformat.write(notebook, folder / "10_workshop.ipynb")
        page.goto(home.server.link)
        page.get_by_text("| Idle").wait_for(timeout=homes.SLOW)
        homes.run_all(page)
        page.locator(".jupyter-button").wait_for(timeout=homes.SLOW)
        yield


def opening(browser: Browser, link: str, first: str) -> float:
    """Seconds until the first widget of a page is there, in a browser that has seen no page of it yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(link)
    page.locator(first).first.wait_for(timeout=homes.SLOW)
    took = time.perf_counter() - start
    context.close()
    time.sleep(WARMING)
    return took


def page(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1280, "height": 800}).new_page()


def on_voila(browser: Browser, folder: Path) -> dict[str, tuple[float, float]]:
    figures = {}
    with bare_voila(folder) as link, homes.voila(folder) as home:
        time.sleep(WARMING)
        pairs = [
            (opening(browser, link, ".jupyter-button"), opening(browser, home.server.link, ".exkit-workshop .bar"))
            for _ in range(OPENINGS)
        ]
        bare, own = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        print(f"page usable: bare button {bare:.2f} s, workshop {own:.2f} s")
        figures["page usable on Voila against a bare button's page"] = (own / bare, 1.5)
        button = page(browser)
        button.goto(link)
        button.locator(".jupyter-button").wait_for(timeout=homes.SLOW)
        room = home.open(page(browser))
        time.sleep(WARMING)
        for size, (make, goal) in SIZES.items():
            room.load(make(), folder)
            click, drop = medians(button, room.page, home)
            print(f"Voila, {size} servers: click {click:.0f} ms, drop {drop:.0f} ms")
            figures[f"drop against click on Voila at {size} servers"] = (drop / click, goal)
    return figures


def in_lab(browser: Browser, folder: Path) -> dict[str, tuple[float, float]]:
    figures = {}
    (folder / "bare").mkdir()
    (folder / "own").mkdir()
    button = page(browser)
    with bare_lab(button, folder / "bare"), homes.lab(folder / "own") as home:
        room = home.open(page(browser))
        for size, (make, goal) in SIZES.items():
            room.load(make(), folder)
            click, drop = medians(button, room.page, home)
            print(f"JupyterLab, {size} servers: click {click:.0f} ms, drop {drop:.0f} ms")
            figures[f"drop against click in JupyterLab at {size} servers"] = (drop / click, goal)
    return figures


def main() -> int:
    """Prints the figures and returns the exit status."""
    named = ", ".join(f"{name} {version(name)}" for name in ("voila", "jupyterlab", "ipywidgets", "anywidget"))
    print(f"{platform.platform()}, Python {platform.python_version()}, {named}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        print(f"Chromium {browser.version}")
        voila, lab = Path(folder, "voila"), Path(folder, "lab")
        voila.mkdir()
        lab.mkdir()
        figures = {**on_voila(browser, voila), **in_lab(browser, lab)}
        browser.close()
    for name, (ratio, goal) in figures.items():
        print(f"{name}: {ratio:.2f} (goal at most {goal:g})")
    return int(any(ratio > goal for ratio, goal in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
