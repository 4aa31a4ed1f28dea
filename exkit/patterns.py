"""The example customers as patterns to start a new topology file from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from exkit.knowledge import knowledge_folder
from exkit.topology import CONTROL

TEACHES = "# Teaches: "
RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}


@dataclass(frozen=True)
class Pattern:
    """An example customer: its name (the file's stem), its lesson in one sentence, its file."""

    name: str
    lesson: str
    path: Path


def data_folder() -> Path:
    """`data/`: inside the package when installed from a wheel, else at the top of the clone."""
    return knowledge_folder().parent


def patterns(folder: Path) -> tuple[Pattern, ...]:
    """The patterns of a folder, by name. A file without its lesson in the first line gives an empty one."""
    return tuple(
        Pattern(path.stem, _lesson(path.read_text(encoding="utf-8")), path) for path in sorted(folder.glob("*.yaml"))
    )


def _lesson(text: str) -> str:
    first = text.partition("\n")[0]
    return first.removeprefix(TEACHES) if first.startswith(TEACHES) else ""


def pattern_named(known: tuple[Pattern, ...], name: str) -> Pattern:
    """One of the patterns. ValueError names the nearest, or all when none is near."""
    for pattern in known:
        if pattern.name == name.removesuffix(".yaml"):
            return pattern
    names = [pattern.name for pattern in known]
    near = get_close_matches(name, names)
    told = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(names)}"
    raise ValueError(f"--from: there is no pattern {name!r}; {told}")


def safe_stem(name: str) -> str:
    r"""A file name that is safe on every system, made from whatever somebody typed.

    >>> safe_stem("Contoso"), safe_stem("../../etc/passwd"), safe_stem('a<b>"c\nd'), safe_stem("con"), safe_stem("...")
    ('Contoso', 'etc-passwd', 'a-b-c-d', 'con-1', 'customer')
    """
    plain = unicodedata.normalize("NFKC", name)
    stem = re.sub(r"[^\w.-]+", "-", plain).strip("-._")[:80].rstrip("-._") or "customer"
    stem = re.sub(r"-{2,}", "-", re.sub(r"\.{2,}", ".", stem))
    return f"{stem}-1" if stem.partition(".")[0].casefold() in RESERVED else stem


def quoted(text: str) -> str:
    r"""A double-quoted YAML string of any text.

    >>> print(quoted('Fish "n" \u202echips\n'))
    "Fish \"n\" \U0000202echips\U0000000a"
    """
    return f'"{"".join(_escaped(char) for char in text)}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if CONTROL.match(char):  # topology files hold none
        return "\ufffd"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def new_text(pattern: Pattern, customer: str) -> str:
    """The pattern's file with another customer's name in it; comments and layout stay.

    The name is written as a quoted YAML string, so it stays text whatever is in it. The example's day stays, and says
    what it does: who overlooks it takes the support of 2010 for that of today.
    """
    lines = pattern.path.read_text(encoding="utf-8").splitlines()
    text = "\n".join(
        f"customer: {quoted(customer)}"
        if line.startswith("customer:")
        else f"{line}  # the example's day; without this line, today"
        if line.startswith("as_of:")
        else line
        for line in lines
        if not line.startswith(TEACHES)
    )
    return f"# Started from the example {pattern.name}: {pattern.lesson}\n{text}\n"
