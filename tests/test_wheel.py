"""The wheel carries everything: installed elsewhere, without the clone, it judges and reports."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOPOLOGY = """
customer: Elsewhere
as_of: 2010-06-01
zones: [{name: dmz, kind: perimeter}]
ad_sites: [{name: HQ}]
servers: [{name: CAS1, version: "2010", roles: [ClientAccess], zone: dmz, site: HQ, domain_joined: true}]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the files that git would give a fresh clone, so that nothing left over gets in."""
    source, target = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            copy = source / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command `exkit` of a second environment that holds the wheel; its dependencies are those of this one."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True, timeout=300,
    )  # fmt: skip
    # Plain paths only: the .pth files of this environment would bring the clone back.
    Path(purelib, "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return python.parent / "exkit"


def run(elsewhere: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [elsewhere, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


def test_the_wheel_carries_the_facts_the_examples_and_the_notebooks_once_each(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert len(names) == len(set(names))
    for folder, pattern in (("data", "*.csv"), ("data", "*.yaml"), ("notebooks", "*.ipynb")):
        here = {
            f"exkit/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / folder).rglob(pattern)
            if ".ipynb_checkpoints" not in path.parts
        }
        assert here and here <= set(names)
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "exkit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= set(names)


def test_the_installed_command_reads_its_own_files_and_not_the_clone(elsewhere: Path, tmp_path: Path) -> None:
    told = subprocess.run(
        [elsewhere.parent / "python", "-I", "-c", "import exkit; print(exkit.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(told.stdout.strip()).is_relative_to(elsewhere.parent.parent)


def test_the_installed_command_checks_a_file_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(TOPOLOGY)
    told = run(elsewhere, "check", "elsewhere.yaml", cwd=tmp_path)
    assert told.returncode == 1, told.stderr
    assert "cas-in-perimeter@CAS1" in told.stdout


def test_the_installed_command_answers_an_objection_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    told = run(elsewhere, "objections", "rodc-in-perimeter", "--out", "card.html", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "writable domain controllers" in (tmp_path / "card.html").read_text(encoding="utf-8")


def test_the_installed_command_starts_a_file_from_an_example_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    told = run(elsewhere, "new", "Contoso", "--from", "recommended-2010", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "Contoso" in (tmp_path / "Contoso.yaml").read_text()


def test_the_installed_command_makes_a_report_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(TOPOLOGY)
    told = run(elsewhere, "report", "elsewhere.yaml", "--out", "out", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    for name in ("report.html", "report.ipynb", "result.json", "topology.svg"):
        assert (tmp_path / "out" / "elsewhere" / name).stat().st_size > 0
    assert "cas-in-perimeter@CAS1" in (tmp_path / "out" / "elsewhere" / "result.json").read_text(encoding="utf-8")
    page = (tmp_path / "out" / "elsewhere" / "report.html").read_text(encoding="utf-8")
    assert "CAS1 holds the Client Access role" in page
    assert (tmp_path / "out" / "index.html").is_file()
