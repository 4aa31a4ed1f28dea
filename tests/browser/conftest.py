"""Real Chromium for the tests: one process a session, from Debian's packages, cut off from the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Route, sync_playwright

from tests.browser.homes import Home, Room, lab, voila

PROJECTOR, LAPTOP = {"width": 1280, "height": 800}, {"width": 1366, "height": 768}
CHROMIUM = Path("/usr/bin/chromium")
LOCAL_SCHEMES = ("file", "data", "blob", "about")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
QUIET = (
    "--no-sandbox",  # the tests may run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)


class OutsideRequests(list[str]):
    """Addresses that a page asked for beyond this machine; each was refused."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    if not CHROMIUM.exists():
        pytest.fail("Chromium is missing: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def outside() -> OutsideRequests:
    """What the test's page asked of the network; a self-contained page leaves it empty."""
    return OutsideRequests()


@pytest.fixture
def context(browser: Browser, outside: OutsideRequests) -> Iterator[BrowserContext]:
    """A fresh browser context in which only this machine can be reached."""

    def refuse_outside(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in LOCAL_SCHEMES or address.hostname in LOCAL_HOSTS:
            route.continue_()
            return
        outside.append(route.request.url)
        route.abort()

    context = browser.new_context()
    context.route("**/*", refuse_outside)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of that context."""
    return context.new_page()


@pytest.fixture(scope="module", params=["voila", "lab"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The workshop's two homes, one after the other."""
    start = {"voila": voila, "lab": lab}[request.param]
    with start(tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def quiet(page: Page, outside: OutsideRequests) -> Iterator[Page]:
    """A page that may ask nothing of the network, open no dialog and draw nothing that Chromium cannot read."""
    said: list[str] = []

    def answer(dialog: Dialog) -> None:
        if dialog.type == "beforeunload":  # Lab asks whether to leave without saving the notebook
            dialog.accept()
        else:
            said.append(dialog.message)
            dialog.dismiss()

    def drawn(message: ConsoleMessage) -> None:
        if message.type == "error" and " attribute " in message.text:
            said.append(message.text)

    page.on("dialog", answer)
    page.on("console", drawn)
    yield page
    assert outside == []
    assert said == []


@pytest.fixture
def room(home: Home, quiet: Page) -> Room:
    """The workshop on the screen of a projector."""
    quiet.set_viewport_size(PROJECTOR if home.kind == "voila" else LAPTOP)
    return home.open(quiet)
