"""What is wrong with a file, in plain words: where, what was found, what is allowed, what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

LONGEST_FOUND = 80
MOST_SHOWN = 25  # allowed words in one line of text, so all roles and all keys; `allowed` itself holds all names
KINDS = ("a list", "a mapping")
MOST_COMPARED = 3000  # names; comparing each with each would take minutes in a hostile file


def shown(text: str, longest: int = LONGEST_FOUND) -> str:
    """What somebody typed, safe to show: cut to a length, control and invisible characters escaped.

    >>> shown("a\\nb"), shown("x" * 5, longest=3)
    ('a\\\\nb', 'xxx…')
    """
    cut = text if len(text) <= longest else text[:longest] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)


def nearest(word: str, allowed: Sequence[str]) -> str | None:
    """The allowed word that was most likely meant, or None: case aside, the same start or few letters different.

    >>> nearest("dmzz", ["lan", "dmz"]), nearest("hub", ["Mailbox", "HubTransport"]), nearest("qqq", ["lan"])
    ('dmz', 'HubTransport', None)
    """
    low = word.lower()
    if len(word) > 200 or len(allowed) > MOST_COMPARED:
        return None
    same_start = [name for name in allowed if len(low) > 2 and name.lower().startswith(low)]
    if len(same_start) == 1:
        return same_start[0]
    best, score = None, 0.6
    for name in allowed:
        matcher = SequenceMatcher(None, low, name.lower())
        if matcher.real_quick_ratio() >= score and matcher.quick_ratio() >= score and matcher.ratio() > score:
            best, score = name, matcher.ratio()
    return best


@dataclass(frozen=True)
class Problem:
    """One error of one file. Lines and columns count from 1; None when the file could not be read at all.

    `where` is a field path (`servers.CAS1.zone`), empty for the file as a whole. `hint` is the allowed word
    that was most likely meant, or a sentence that says what to do.
    """

    file: str
    line: int | None
    column: int | None
    where: str
    message: str
    found: str | None = None
    allowed: tuple[str, ...] = ()
    hint: str | None = None

    def __str__(self) -> str:
        place = ":".join([shown(self.file, 500), *(str(number) for number in (self.line, self.column) if number)])
        told = [self.message] if self.message else []
        facts = [f"found {self.found}" if self.found in KINDS else f"found '{self.found}'"] if self.found else []
        if self.allowed:
            more = len(self.allowed) - MOST_SHOWN
            names = ", ".join(shown(name) for name in self.allowed[:MOST_SHOWN])
            facts.append(f"allowed: {names}" + (f" and {more} more" if more > 0 else ""))
        if facts:
            told.append(", ".join(facts))
        text = ": ".join([place, *([shown(self.where, 300)] if self.where else []), *told])
        if self.hint is None:
            return text
        return f"{text}. Did you mean '{shown(self.hint)}'?" if self.hint in self.allowed else f"{text}. {self.hint}"

    def to_dict(self) -> dict[str, object]:
        """The error by contract 2 (line, column, found, allowed, hint), with its message and field path."""
        return {
            "line": self.line,
            "column": self.column,
            "where": self.where,
            "message": self.message,
            "found": self.found,
            "allowed": list(self.allowed),
            "hint": self.hint,
        }


class TopologyError(Exception):
    """A file that cannot be judged, with all that is wrong with it. `str()` gives one line a problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    @property
    def file(self) -> str:
        """The file as the caller named it."""
        return self.problems[0].file

    def to_dict(self) -> dict[str, object]:
        """What stands for this file in the result (contract 2)."""
        return {"file": self.file, "errors": [problem.to_dict() for problem in self.problems]}
