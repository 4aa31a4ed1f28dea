"""More than one machine: a dask scheduler and two workers as processes of their own, one of which is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from exkit.batch import Options, make_reports, scheduled
from tests.batch.customers import small
from tests.batch.notebooks import report_notebook
from tests.command import exkit

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Its address, and its workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3"}
    quiet_ = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "env": environment}
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port),
                 "--no-dashboard"]  # fmt: skip
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard",
              "--local-directory", str(folder)]  # fmt: skip
    started = [subprocess.Popen(scheduler, **quiet_)]  # type: ignore[call-overload]
    try:
        started += [subprocess.Popen(worker, **quiet_) for _ in range(workers)]  # type: ignore[call-overload]
        yield address, started[1:]
    finally:
        for process in reversed(started):
            family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            for one in [process, *family]:
                with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                    one.kill()
            process.wait()


def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    names = [f"customer-{number}" for number in range(10)]
    files = small(tmp_path / "in", *names)
    notebook = report_notebook(tmp_path, "import time; time.sleep(0.7)", "print('the end')")
    killed = False

    def watch(outcomes, total):  # type: ignore[no-untyped-def]
        nonlocal killed
        for outcome in outcomes:
            if not killed:
                killed = True
                victim = workers[0]
                family = psutil.Process(victim.pid).children(recursive=True)
                assert len(family) >= 1
                for one in [*family, psutil.Process(victim.pid)]:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        one.send_signal(signal.SIGKILL)
            yield outcome

    with cluster(tmp_path, 2) as (address, workers), scheduled(address) as executor:
        assert executor is not None
        for _ in range(600):
            if len(executor._client.scheduler_info()["workers"]) == 2:  # type: ignore[attr-defined]
                break
            time.sleep(0.1)
        made = make_reports(files, tmp_path / "out", Options(notebook=notebook), progress=watch, executor=executor)
    assert killed
    assert [outcome.state for outcome in made.outcomes] == ["made"] * 10, [one.told for one in made.errors]
    for name in names:
        assert "the end" in (tmp_path / "out" / name / "report.html").read_text()


def test_a_scheduler_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    run = exkit("report", *small(tmp_path / "in", "a"), "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1")
    assert run.returncode == 2
    assert "nobody answers at tcp://127.0.0.1:1" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("address", ["nonsense", "http://x:y"])
def test_an_address_that_is_none_is_told(address: str, tmp_path: Path) -> None:
    run = exkit("report", *small(tmp_path / "in", "a"), "-o", tmp_path / "out", "--scheduler", address)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
