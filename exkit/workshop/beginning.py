"""How a workshop begins: from its journal when there is one, else from a topology file, a pattern or a blank page."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path

from exkit.intake import read
from exkit.patterns import Pattern, data_folder, pattern_named, patterns
from exkit.workshop.edits import Refused
from exkit.workshop.journal import SUFFIX, Journal
from exkit.workshop.session import Start

FILE, READ_ONLY, FROM = "EXKIT_WORKSHOP", "EXKIT_WORKSHOP_READ_ONLY", "EXKIT_WORKSHOP_FROM"  # set by `exkit workshop`


def opened(path: Path, pattern: str = "") -> Journal:
    """The journal of a workshop that has begun. Raises TopologyError for a file that cannot be judged, JournalError."""
    journal = Journal(journal_of(path))
    if journal.session is None:
        with contextlib.suppress(Refused):  # another window was quicker
            journal.append(start(path, pattern), "exkit")
    return journal


def journal_of(path: Path) -> Path:
    """The journal of a topology file, beside it; a journal is its own."""
    return path if path.name.endswith(SUFFIX) else path.with_name(path.stem + SUFFIX)


def start(path: Path, pattern: str = "") -> Start:
    """The first action: the file when it is there, else the pattern under the file's name, else a blank page."""
    if path.exists() and not path.name.endswith(SUFFIX):
        if pattern:
            raise ValueError(f"--from: {path} is there already; leave --from out to begin with it")
        return Start(topology=read(path).topology.to_plain(), origin=path.name)
    name = path.name.removesuffix(SUFFIX) if path.name.endswith(SUFFIX) else path.stem
    if pattern:
        found = pattern_named(known_patterns(), pattern)
        plain = read(found.path).topology.to_plain()
        return Start(topology=plain | {"customer": name}, origin=f"the pattern {found.name}")
    blank = {"customer": name, "zones": [{"name": "internet", "kind": "internet"}]}
    return Start(topology=blank, origin="a blank page")


@cache
def known_patterns() -> tuple[Pattern, ...]:
    """What a workshop can begin from."""
    return patterns(data_folder() / "customers")
