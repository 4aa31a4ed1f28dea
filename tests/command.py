"""The command for tests: in this process, which is quick, or as a program of its own, as people call it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from exkit import cli


@dataclass(frozen=True)
class Run:
    returncode: int
    stdout: str
    stderr: str


@contextlib.contextmanager
def inside(cwd: Path | None) -> Iterator[None]:
    with contextlib.chdir(cwd) if cwd else contextlib.nullcontext():
        yield


def exkit(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> Run:
    """The command in this process; its exit status and what it wrote, as a program would have."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    status: object = 0
    with (
        mock.patch.object(sys, "argv", ["exkit", *map(str, arguments)]),
        mock.patch.dict(os.environ, environment),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        inside(cwd),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code
    written = []
    for stream in (out, err):
        stream.flush()
        written.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    return Run(int(str(status or 0)), *written)


def program(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a program of its own."""
    return subprocess.run(
        [sys.executable, "-m", "exkit", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, env=os.environ | environment,
    )  # fmt: skip
