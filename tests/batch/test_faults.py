"""What can go wrong with one report, and that it goes wrong with that one only."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from exkit.batch import Limits, Made, Options, make_reports, quiet
from exkit.batch.folders import ASIDE
from tests.batch.customers import MISBEHAVES, everything, small
from tests.batch.notebooks import report_notebook

ROOT = Path(__file__).parents[2]
HARM = {
    "an exception": ("if bad: 1/0", "ZeroDivisionError"),
    "killed": ("if bad: os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "crashed": ("if bad:\n    import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "left without a word": ("if bad: os._exit(0)", "ended by itself"),
    "hangs": ("if bad: time.sleep(1000)", "longer than 2 s"),
    "hangs and ignores its alarm": (
        "if bad:\n    while True:\n        try: time.sleep(1000)\n        except BaseException: pass", "was ended",
    ),
    "eats memory": ("if bad: hoard = bytearray(900_000_000)", "MemoryError"),
    "exits": ("if bad: sys.exit(3)", "SystemExit"),
}  # fmt: skip
QUICK = Limits(seconds=8, cell_seconds=2, megabytes=600)


def run(tmp_path: Path, harm: str, **options: object) -> tuple[Made, Path]:
    files = small(tmp_path / "in", "alpha", "bad", "omega")
    file = report_notebook(tmp_path, MISBEHAVES, harm, "print('the end')")
    out = tmp_path / "out"
    return make_reports(files, out, Options(notebook=file, limits=QUICK, **options), progress=quiet), out  # type: ignore[arg-type]


def the_others_are_whole(made: Made, out: Path) -> None:
    assert {outcome.job.name for outcome in made.reports} >= {"alpha", "omega"}
    for name in ("alpha", "omega"):
        assert "the end" in (out / name / "report.html").read_text(encoding="utf-8")
        assert json.loads((out / name / "manifest.json").read_text())["state"] == "made"
    assert not list(out.glob(f"{ASIDE}*"))


@pytest.mark.parametrize("name", HARM)
def test_what_one_notebook_does_is_told_and_harms_no_other(name: str, tmp_path: Path) -> None:
    harm, told = HARM[name]
    made, out = run(tmp_path, harm)
    the_others_are_whole(made, out)
    (bad,) = made.errors
    assert bad.state == "failed"
    assert told in bad.told
    assert "bad.yaml" in bad.told
    assert "Traceback" not in bad.told
    assert json.loads((out / "bad" / "result.json").read_text())["errors"][0]["message"] == bad.told
    left = {path.name for path in (out / "bad").iterdir()}
    assert left == {"error.ipynb", "result.json", "manifest.json", "input"}
    notebook = nbformat.read(out / "bad" / "error.ipynb", as_version=4)
    assert any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", ()))
    assert told in (out / "index.html").read_text(encoding="utf-8")


def test_a_notebook_that_forks_gives_one_report_and_leaves_no_process(tmp_path: Path) -> None:
    made, out = run(tmp_path, "if bad:\n    for _ in range(4): os.fork()\n    time.sleep(0.1)")
    the_others_are_whole(made, out)
    assert len(made.reports) == 3
    assert (out / "bad" / "report.html").read_text(encoding="utf-8").count("<pre>the end") == 1


def test_a_notebook_that_starts_a_program_leaves_no_process(tmp_path: Path) -> None:
    made, out = run(tmp_path, "if bad:\n    import subprocess; subprocess.Popen(['sleep', '4321'])")
    the_others_are_whole(made, out)
    time.sleep(0.5)
    running = [
        one.info["cmdline"] for one in psutil.process_iter(["cmdline", "status"]) if one.info["status"] != "zombie"
    ]
    assert ["sleep", "4321"] not in running


def test_a_notebook_that_deletes_its_input_harms_a_copy_only(tmp_path: Path) -> None:
    made, out = run(tmp_path, "if bad:\n    import shutil; shutil.rmtree(os.path.dirname(topology_file))")
    the_others_are_whole(made, out)
    assert (tmp_path / "in" / "bad.yaml").is_file()
    assert len(made.reports) == 3
    assert (out / "bad" / "input" / "bad.yaml").read_bytes() == (tmp_path / "in" / "bad.yaml").read_bytes()


def test_stock_kernels_hold_to_the_same(tmp_path: Path) -> None:
    made, out = run(tmp_path, "if bad: 1/0", engine="nbclient")
    the_others_are_whole(made, out)
    assert "ZeroDivisionError" in made.errors[0].told
    assert (out / "bad" / "error.ipynb").is_file()


def test_two_customers_with_one_name_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    files = [*small(tmp_path / "a", "contoso"), *small(tmp_path / "b", "Contoso")]
    with pytest.raises(ValueError, match=r"share one: .*contoso\.yaml and .*Contoso\.yaml.*Rename"):
        make_reports(files, tmp_path / "out", progress=quiet)
    assert not (tmp_path / "out").exists()


def test_a_name_that_climbs_out_stays_inside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text = small(tmp_path / "x", "x")[0].read_text()
    names = ["...yaml", "..\\..\\up.yaml", "-rf.yaml", "con.yaml", "a\nb.yaml"]
    for name in names:
        (tmp_path / "in" / name).write_text(text.replace("X", "../../up"))
    out = tmp_path / "deep" / "out"
    made = make_reports([tmp_path / "in" / name for name in names], out, progress=quiet)
    assert len(made.reports) == len(names)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "x", "deep"}
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"out"}
    assert all(outcome.job.folder.resolve().parent == out.resolve() for outcome in made.reports)


@contextlib.contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own. Where none may be mounted, the test says so."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_told_for_each_report_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    files = small(tmp_path / "in", *(f"customer-{number}" for number in range(8)))
    with small_disk(tmp_path / "disk", "size=900k"):
        made = make_reports(files, tmp_path / "disk" / "out", Options(jobs=1), progress=quiet)
        assert made.errors
        assert "no space left" in " ".join(outcome.told for outcome in made.errors).lower()
        for outcome in made.reports:
            manifest = json.loads((outcome.job.folder / "manifest.json").read_text())
            for name in manifest["outputs"]:
                assert (outcome.job.folder / name).stat().st_size
        for outcome in made.errors:
            assert not (outcome.job.folder / "report.html").exists()
        assert not list((tmp_path / "disk" / "out").rglob(f"{ASIDE}*"))


def test_a_folder_that_cannot_be_written_to_is_told_in_one_line(tmp_path: Path) -> None:
    file = small(tmp_path / "in", "one")[0]
    with small_disk(tmp_path / "disk", "ro"):
        command = [sys.executable, "-m", "exkit", "report", file, "--out", tmp_path / "disk"]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "read-only" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


SLOW = "if 'slow' in topology_file: time.sleep(60)"


def started(tmp_path: Path, *more: str) -> tuple[subprocess.Popen[str], Path]:
    """A run as a program of its own; its first report is made, and its second one hangs."""
    files = small(tmp_path / "in", "a-quick", "b-slow", "c-quick")
    notebook = report_notebook(tmp_path, MISBEHAVES, SLOW, "print('the end')")
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "exkit",
        "report",
        *files,
        "--out",
        out,
        "--jobs",
        "1",
        "--notebook",
        notebook,
        *more,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    for _ in range(600):
        if (out / "a-quick" / "manifest.json").exists() and list(out.glob(f"{ASIDE}b-slow*/input")):
            return process, out
        time.sleep(0.1)
    process.kill()
    raise AssertionError(process.communicate())


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=15)
    return not [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_ctrl_c_stops_at_once_and_leaves_what_is_done(tmp_path: Path) -> None:
    process, out = started(tmp_path)
    family = children(process)
    process.send_signal(signal.SIGINT)
    told, wrong = process.communicate(timeout=30)
    assert process.returncode == 130, wrong
    assert "--resume" in told
    assert "Traceback" not in wrong
    assert (out / "a-quick" / "report.html").is_file()
    assert not (out / "b-slow").exists()
    assert not list(out.glob(f"{ASIDE}*"))
    assert "A-quick" in (out / "index.html").read_text()
    assert gone(family)


def test_a_run_killed_in_the_middle_leaves_no_process_and_is_resumed(tmp_path: Path) -> None:
    process, out = started(tmp_path)
    family = children(process)
    process.kill()
    process.wait()
    assert gone(family)
    assert not (out / "b-slow").exists()
    before = (out / "a-quick" / "report.html").stat().st_mtime_ns
    files = sorted((tmp_path / "in").glob("*.yaml"))
    notebook = report_notebook(tmp_path, MISBEHAVES, SLOW, "print('the end')")
    made = make_reports(files, out, Options(notebook=notebook, limits=QUICK, resume=True), progress=quiet)
    assert {one.job.name: one.state for one in made.outcomes} == {
        "a-quick": "made",  # nbformat gave the cells of the notebook new ids: it is another notebook
        "b-slow": "failed",
        "c-quick": "made",
    }
    assert (out / "a-quick" / "report.html").stat().st_mtime_ns > before
    again = make_reports(files, out, Options(notebook=notebook, limits=QUICK, resume=True), progress=quiet)
    assert [one.state for one in again.outcomes] == ["unchanged", "failed", "unchanged"]
    assert not list(out.glob(f"{ASIDE}*"))


def test_two_runs_at_once_on_one_folder_the_second_one_is_refused(tmp_path: Path) -> None:
    process, out = started(tmp_path)
    try:
        before = everything(out)
        with pytest.raises(ValueError, match="another run is writing to"):
            make_reports(small(tmp_path / "other", "other"), out, progress=quiet)
        assert everything(out) == before
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_a_worker_killed_from_outside_loses_its_report_only(tmp_path: Path) -> None:
    files = small(tmp_path / "in", "bad", "omega")
    notebook = report_notebook(tmp_path, MISBEHAVES, "if bad: time.sleep(30)", "print('the end')")
    made: list[Made] = []
    thread = threading.Thread(
        target=lambda: made.append(
            make_reports(files, tmp_path / "out", Options(notebook=notebook, jobs=1), progress=quiet)
        )
    )
    thread.start()
    me = psutil.Process(os.getpid())
    for _ in range(600):
        asleep = [one for one in me.children(recursive=True) if _works_in(one, "bad")]
        if asleep:
            time.sleep(0.5)
            asleep[0].kill()
            break
        time.sleep(0.1)
    thread.join(60)
    assert [one.state for one in made[0].outcomes] == ["failed", "made"]
    assert "SIGKILL" in made[0].errors[0].told


def _works_in(process: psutil.Process, name: str) -> bool:
    try:
        return f"{ASIDE}{name}-" in process.cwd()
    except psutil.Error:
        return False
