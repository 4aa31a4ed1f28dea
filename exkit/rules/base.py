"""What a rule takes and gives: a frozen case in, matches out."""

from __future__ import annotations

from dataclasses import dataclass, field

from exkit.topology import Version


@dataclass(frozen=True, order=True)
class Evidence:
    """A fact of the topology that made a statement apply: `servers.CAS1.zone`, `dmz`."""

    path: str
    value: str

    def __str__(self) -> str:
        return f"{self.path} = {self.value}"


@dataclass(frozen=True)
class Question:
    """The field that nobody filled in, what to ask, and the answers that the file takes."""

    field: str
    text: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A statement found to apply to subjects of the topology.

    `versions`: the Exchange versions of both ends; the row of each is looked up and the worse wins.
    `anchor` names the finding (`statement@anchor`); without one the subjects do.
    With a `question` the verdict is unknown, whatever the statement's row says.
    """

    statement: str
    subjects: tuple[str, ...]
    summary: str
    evidence: tuple[Evidence, ...]
    versions: tuple[Version, ...] = ()
    anchor: str | None = None
    question: Question | None = None
    condition: str | None = None  # in place of the statement's own, where the topology tells more
    topic: str | None = field(default=None)
