"""What exkit needs on this machine, and whether it is there; read by `exkit doctor`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from exkit.verdict import Verdict

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge", "chrome")
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Check:
    """One thing looked at. Verdict `supported`: there; `not-recommended`: missing, optional; `unsupported`: needed."""

    verdict: Verdict
    name: str
    found: str
    advice: str = ""


def examine(data: Path, reports: Path) -> Iterator[Check]:
    """Everything in turn: Python, packages, drawing engine, browser, fonts, data, where reports go."""
    yield _python()
    yield from _packages()
    yield _drawing()
    yield _browser()
    yield _fonts()
    yield _data(data)
    yield _reports(reports)


def _good(name: str, found: str) -> Check:
    return Check(Verdict.SUPPORTED, name, found)


def _python() -> Check:
    found = sys.version.split()[0]
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check(Verdict.UNSUPPORTED, "Python", found, "install Python 3.11 or newer")
    return _good("Python", found)


def _packages() -> Iterator[Check]:
    """One line for all packages that are as pinned, and one for each that is not."""
    try:
        pins = [line.partition("==") for line in requires("exkit") or () if "==" in line and ";" not in line]
    except PackageNotFoundError:
        yield Check(Verdict.UNSUPPORTED, "exkit", "not installed", "run: pip install -r requirements.txt -e .")
        return
    right = 0
    for name, _, pinned in pins:
        try:
            present = version(name)
        except PackageNotFoundError:
            yield Check(Verdict.UNSUPPORTED, name, f"missing, {pinned} is pinned", f"run: pip install {name}=={pinned}")
            continue
        if present == pinned:
            right += 1
        else:
            todo = f"nothing, while all works; else: pip install {name}=={pinned}"
            yield Check(Verdict.NOT_RECOMMENDED, name, f"{present}, {pinned} is pinned", todo)
    yield _good("packages", f"{right} of {len(pins)} as pinned")


def _drawing() -> Check:
    system = shutil.which("dot")
    if system:
        told = subprocess.run([system, "-V"], capture_output=True, text=True, timeout=20, check=False)
        return _good("dot", f"{(told.stderr or told.stdout).strip()} at {system}")
    if find_spec("graphviz_pure"):
        return _good("dot", f"graphviz-pure {version('graphviz-pure')} (pip package)")
    return Check(Verdict.UNSUPPORTED, "dot", "no engine", "install graphviz, or run: pip install graphviz-pure")


def _browser() -> Check:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return _good("browser", found)
    return Check(Verdict.NOT_RECOMMENDED, "browser", "no Chromium found", "only tests and PDF need one")


def _fonts() -> Check:
    """Without fontconfig (Windows, macOS) the system always has fonts."""
    lister = shutil.which("fc-list")
    if lister is None:
        return _good("fonts", "those of the system")
    told = subprocess.run([lister], capture_output=True, text=True, timeout=60, check=False)
    count = len(told.stdout.splitlines())
    if count:
        return _good("fonts", f"{count} found")
    return Check(Verdict.NOT_RECOMMENDED, "fonts", "none found", "pictures lack text: install fonts-dejavu-core")


def _data(data: Path) -> Check:
    tables = len(list((data / "knowledge").glob("*.csv")))
    customers = len(list((data / "customers").glob("*.yaml")))
    if tables and customers:
        return _good("data", f"{tables} tables and {customers} example customers in {data}")
    return Check(Verdict.UNSUPPORTED, "data", f"incomplete in {data}", "clone or install exkit again")


def _reports(reports: Path) -> Check:
    """Whether the folder can be written, or made."""
    nearest = next(folder for folder in (reports, *reports.parents) if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return _good("reports", f"{reports} can be written")
    return Check(Verdict.UNSUPPORTED, "reports", f"{reports} cannot be written", "choose another folder with --out")
