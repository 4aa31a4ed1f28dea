"""Imports go one way, and what judges stays pure: the contracts of pyproject.toml, run for real."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "exkit"
PURE = [
    "advice.py",
    "flows.py",
    "paths.py",
    "ports.py",
    "timeline.py",
    "topology.py",
    "verdict.py",
    *(f"rules/{p.name}" for p in (PACKAGE / "rules").glob("*.py")),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_the_layers_hold() -> None:
    run = lint_imports(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"[1-9]\d* kept, 0 broken", run.stdout)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("topology.py", "from exkit.facts import Statement"),
        ("report/__init__.py", "import papermill"),
        ("rules/base.py", "import pandas"),
        ("advice.py", "import pathlib"),
        ("tutor/marking.py", "import time"),
        ("tutor/exercises.py", "import exkit.tutor.marking"),
    ],
)
def test_an_import_against_the_layers_is_found(module: str, line: str, tmp_path: Path) -> None:
    """The contracts themselves are tested: one that names a module wrongly would keep forever."""
    shutil.copytree(PACKAGE, tmp_path / "exkit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "exkit" / module
    path.write_text(path.read_text(encoding="utf-8") + f"\n\n{line}\n", encoding="utf-8")
    run = lint_imports(tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "1 broken" in run.stdout


@pytest.mark.parametrize("module", PURE)
def test_judging_asks_no_clock_and_opens_no_file(module: str) -> None:
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    assert not called & {"now", "today", "utcnow", "open", "read_text", "getenv", "print"}
