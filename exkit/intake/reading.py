"""Topology files: read with line numbers, or refused with all that is wrong in them."""

from __future__ import annotations

import codecs
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from exkit.intake.problems import Problem, TopologyError, shown
from exkit.intake.refusals import Plain, problems_of
from exkit.intake.shapes import name_of
from exkit.intake.yaml_tree import Node, parse
from exkit.topology import CONTROL, Topology

MOST_BYTES = 2_000_000  # 2,000 servers take about 700,000
MOST_TOLD = 500


@dataclass(frozen=True)
class Loaded:
    """A topology and the file it came from. `lines` maps field paths (`servers.CAS1.zone`) to lines, from 1."""

    topology: Topology
    lines: Mapping[str, int]
    file: str


def read(path: Path) -> Loaded:
    """Read a topology file (UTF-8, at most 2 MB). Raises TopologyError with every problem of the file."""
    return read_text(_decoded(_bytes_of(path), str(path)), str(path))


def read_text(text: str, name: str) -> Loaded:
    """Read a topology from text; `name` stands for the file in messages. Raises TopologyError.

    >>> loaded = read_text("customer: Contoso\\nzones: [{name: lan, kind: internal}]", "contoso.yaml")
    >>> loaded.topology.customer, loaded.lines["zones.lan.kind"]
    ('Contoso', 2)
    >>> read_text("customer: Contoso\\nzones: [{name: lan, kind: internl}]", "contoso.yaml")
    Traceback (most recent call last):
    exkit.intake.problems.TopologyError: contoso.yaml:2:27: zones.lan.kind: unknown kind: found 'internl', \
allowed: internet, perimeter, internal, replication, cloud. Did you mean 'internal'?
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_BYTES:
        raise _refusal(name, f"is larger than {MOST_BYTES // 1_000_000} MB", "Keep one customer a file.")
    if control := CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        column = control.start() - text.rfind("\n", 0, control.start())
        problem = Problem(name, line, column, "", "holds a control character", shown(control[0]), (), "Remove it.")
        raise TopologyError([problem])
    root = parse(text, name)
    if not isinstance(root.value, dict):
        raise TopologyError([_no_mapping(root, name)])
    lines: dict[str, int] = {}
    problems = list(_flaws(root, "", name))
    plain = {key: _plain(value, key, root.keys[key][0], lines) for key, value in root.value.items()}
    plain = {key: value for key, value in plain.items() if value is not None}
    try:
        topology = Topology.model_validate(plain, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += problems_of(error, plain, root, name)
    if problems:
        raise TopologyError(_in_order(problems))
    return Loaded(topology, lines, name)


def _plain(node: Node, path: str, line: int, lines: dict[str, int]) -> Plain:
    """The value of a node; notes its line and those below. A key without a value is left out: not known."""
    lines[path] = line
    if isinstance(node.value, dict):
        made = {key: _plain(value, f"{path}.{key}", node.keys[key][0], lines) for key, value in node.value.items()}
        return {key: value for key, value in made.items() if value is not None}
    if isinstance(node.value, list):
        return [
            _plain(item, f"{path}.{name_of(item) or index}", item.line, lines) for index, item in enumerate(node.value)
        ]
    return node.value


def _flaws(node: Node, path: str, file: str) -> Iterator[Problem]:
    """What YAML allows and a topology does not (keys twice, tags, merge keys), wherever it stands."""
    for flaw in node.flaws:
        where = ".".join(part for part in (path, flaw.key) if part)
        found = None if flaw.found is None else shown(flaw.found)
        yield Problem(file, flaw.line, flaw.column, where, flaw.message, found, (), flaw.hint)
    below = path + "." if path else ""
    if isinstance(node.value, dict):
        for key, value in node.value.items():
            yield from _flaws(value, below + key, file)
    elif isinstance(node.value, list):
        for index, item in enumerate(node.value):
            yield from _flaws(item, below + (name_of(item) or str(index)), file)


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Top to bottom, each once, and no more than anybody reads."""
    told = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line or 0, problem.column or 0))
    if len(told) <= MOST_TOLD:
        return told
    last = told[MOST_TOLD]
    more = Problem(last.file, last.line, last.column, "", f"and {len(told) - MOST_TOLD} more problems from here on")
    return [*told[:MOST_TOLD], more]


def _no_mapping(root: Node, file: str) -> Problem:
    if root.value is None:
        message, found = "the file is empty", None
    else:
        message = "is no topology: a mapping is meant"
        found = "a list" if isinstance(root.value, list) else shown(str(root.value))
    return Problem(file, root.line, root.column, "", message, found, (), "Begin with customer: NAME.")


def _refusal(file: str, message: str, hint: str | None = None) -> TopologyError:
    return TopologyError([Problem(file, None, None, "", message, hint=hint)])


def _bytes_of(path: Path) -> bytes:
    """The bytes of a file that may be missing, no file, unreadable or huge."""
    file = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _refusal(file, "is a directory", "Name a file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise _refusal(file, "is no regular file")
        if status.st_size > MOST_BYTES:
            size = f"{status.st_size / 1_000_000:.1f} MB, more than the {MOST_BYTES // 1_000_000} MB that are read"
            raise _refusal(file, f"has {size}", "Keep one customer a file.")
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise _refusal(file, f"is a link to {shown(str(path.readlink()))}, which does not exist") from None
        raise _refusal(file, "no such file") from None
    except PermissionError:
        raise _refusal(file, "may not be read: permission denied", "Change its permissions.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else None
        raise _refusal(file, f"cannot be read: {reason or 'no valid file name'}") from None


def _decoded(data: bytes, file: str) -> str:
    """UTF-8, with or without a byte order mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _refusal(file, "is UTF-16, not UTF-8", "Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        found = f"byte 0x{data[error.start]:02x}"
        message = f"is not UTF-8: byte {error.start + 1} of the file cannot be read"
        raise TopologyError([Problem(file, line, column, "", message, found, (), "Save it as UTF-8.")]) from None
