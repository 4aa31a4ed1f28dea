"""Which topology files a call means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exkit.intake.problems import Problem, TopologyError

SUFFIXES = (".yaml", ".yml")


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[TopologyError]]:
    """The topology files of some paths, each once, and what is wrong with directories among them.

    A directory stands for the `*.yaml` and `*.yml` in it, sorted, hidden ones left out; one without any is an
    error. Other paths are given back as they are: `read` tells what is wrong with them.
    """
    files: dict[Path, None] = {}
    errors = []
    for path in paths:
        if not path.is_dir():
            files[path] = None
            continue
        try:
            inside = sorted(path.iterdir())
        except OSError as error:
            errors.append(_error(path, f"cannot be listed: {error.strerror}", "Change its permissions."))
            continue
        found = [file for file in inside if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")]
        files |= dict.fromkeys(file for file in found if not file.is_dir())
        if not found:
            errors.append(_error(path, "no topology file in this directory", "Add a .yaml file, or name another."))
    return list(files), errors


def _error(path: Path, message: str, hint: str) -> TopologyError:
    return TopologyError([Problem(str(path), None, None, "", message, hint=hint)])
