"""The page on paper: printed by a Chromium that stays warm, or by WeasyPrint where there is none.

One browser serves a process; it lives in a thread of its own, as its driver wants to be spoken to from one thread.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import re
import shutil
import threading
from concurrent.futures import Future
from functools import cache
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
ENVIRONMENT = "EXKIT_BROWSER"  # a browser to use; "none" for WeasyPrint
SLOWEST = 60  # seconds for one document; a usual one takes a third of one
QUIET = (
    "--no-sandbox",  # it shows our own pages, without script and network, and root may run it
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)
EPOCH = b"D:19800101000000+00'00'"


class NotPrinted(Exception):
    """No PDF could be made; the message says why, or what to install."""


def write(page: Path, pdf: Path) -> None:
    """Print a page of ours to a PDF file. Raises NotPrinted."""
    printed = _by_chromium(page) if browser() else _by_weasyprint(page)
    pdf.write_bytes(_without_times(printed))


@cache
def browser() -> str | None:
    """The browser that prints; None when there is none and WeasyPrint does it."""
    wanted = os.environ.get(ENVIRONMENT, "")
    if wanted:
        return None if wanted == "none" else wanted
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _by_chromium(page: Path) -> bytes:
    try:
        return _printer().print(page)
    except NotPrinted:
        raise
    except Exception as error:
        raise NotPrinted(f"the browser did not print it: {str(error).splitlines()[0]}") from None


def _by_weasyprint(page: Path) -> bytes:
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        raise NotPrinted(
            f"PDF needs Chromium (apt-get install chromium), or WeasyPrint with its libraries: {error}"
        ) from None

    def refuse(url: str, **_more: object) -> dict[str, object]:
        if url.startswith("data:"):
            from weasyprint import default_url_fetcher

            return dict(default_url_fetcher(url))
        raise ValueError("a report loads nothing from anywhere")

    text = page.read_text(encoding="utf-8")
    return bytes(HTML(string=text, url_fetcher=refuse, base_url=None).write_pdf() or b"")


class _Printer:
    """A browser in a thread."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[tuple[Path, Future[bytes]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="printer", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def print(self, page: Path) -> bytes:
        wanted: Future[bytes] = Future()
        self._asked.put((page, wanted))
        return wanted.result(SLOWEST)

    def close(self) -> None:
        self._asked.put(None)
        self._thread.join(5)

    def _work(self) -> None:
        try:
            self._serve()
        except Exception as error:  # whoever waits is told, and so is whoever asks later
            while asked := self._asked.get():
                asked[1].set_exception(NotPrinted(f"the browser does not start: {str(error).splitlines()[0]}"))

    def _serve(self) -> None:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=browser(), args=list(QUIET))
            while asked := self._asked.get():
                page, wanted = asked
                try:
                    if not chromium.is_connected():  # it crashed or was killed: the next one gets a new one
                        chromium = driver.chromium.launch(executable_path=browser(), args=list(QUIET))
                    context = chromium.new_context(java_script_enabled=False, offline=True)
                    try:
                        tab = context.new_page()
                        tab.set_default_timeout(SLOWEST * 1000)
                        tab.goto(page.resolve().as_uri())
                        wanted.set_result(tab.pdf(prefer_css_page_size=True, outline=True, tagged=True))
                    finally:
                        with contextlib.suppress(Exception):
                            context.close()
                except Exception as error:
                    wanted.set_exception(error)
            chromium.close()


@cache
def _printer() -> _Printer:
    return _Printer()


def _without_times(pdf: bytes) -> bytes:
    """Equal pages give equal documents: the times of printing go; every offset in the file stays."""

    def same(found: re.Match[bytes]) -> bytes:
        return found[1] + EPOCH[: len(found[2])].ljust(len(found[2]), b"0") + b")"

    return re.sub(rb"(/(?:CreationDate|ModDate) ?\()([^)]*)\)", same, pdf)
