"""The evidence beside each report: hashes of what it was made from and of what was made, and a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from exkit import __version__
from exkit.batch.job import Job, digest
from exkit.teaching import teaching_folder

NAME = "manifest.json"


@cache
def code() -> str:
    """One hash over the library's own files."""
    package = Path(__file__).resolve().parents[1]
    kinds = {".py", ".j2", ".css", ".js", ".csv"}
    parts = sorted(path for path in package.rglob("*") if path.suffix in kinds and "data" not in path.parts)
    return digest(b"".join(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() for path in parts))


def common_inputs(notebook: Path, template: Path | None, knowledge: str) -> dict[str, str]:
    """What all reports of a run are made from, besides each one's topology."""
    inputs = {"exkit": __version__, "code": code(), "knowledge": knowledge, "notebook": digest(notebook.read_bytes())}
    inputs["objections"] = digest((teaching_folder() / "objections.csv").read_bytes())
    if template is not None:
        files = sorted(path for path in template.rglob("*") if path.is_file())
        inputs["template"] = digest(b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in files))
    return inputs


def inputs_of(job: Job) -> dict[str, Any]:
    """What this report is made from. Raises OSError when its topology file cannot be read."""
    if not Path(job.absolute).is_file():  # a pipe would wait for whoever writes into it
        raise FileNotFoundError(job.absolute)
    return {
        **(job.inputs or {}),
        "topology": digest(Path(job.absolute).read_bytes()),
        "as_of": job.as_of,
        "formats": sorted(job.formats),
        "redacted": digest(job.redact_key.encode())[:15] if job.redact_key else "",
        "file": job.shown,
    }


def text(job: Job, inputs: Mapping[str, Any], stage: Path, state: str, summary: Mapping[str, Any] | None) -> str:
    """The manifest of the files in `stage`. No time of day in it: equal input gives an equal manifest."""
    outputs = {
        path.relative_to(stage).as_posix(): digest(path.read_bytes())
        for path in sorted(stage.rglob("*"))
        if path.is_file() and path.name != NAME
    }
    told = {"state": state, "inputs": inputs, "outputs": outputs, "summary": summary}
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a report's folder; None where there is none that can be read."""
    try:
        found = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.keys() >= {"state", "inputs", "outputs", "summary"} else None


def unchanged(job: Job) -> bool:
    """Whether the report in the folder was made from the very same, is whole, and is as it was made."""
    found = of(job.folder)
    if found is None or found["state"] != "made":
        return False
    try:
        if found["inputs"] != json.loads(json.dumps(inputs_of(job))):
            return False
        if found["summary"]["date_from"] == "today" and found["summary"]["as_of"] != job.today:
            return False
        return all(digest((job.folder / name).read_bytes()) == value for name, value in found["outputs"].items())
    except (OSError, KeyError, TypeError):
        return False
