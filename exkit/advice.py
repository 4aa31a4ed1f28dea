"""Run the rules and make findings of their matches: one choice, one finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from exkit import __version__
from exkit.rules.base import Evidence, Question
from exkit.topology import Topology, Waiver
from exkit.verdict import Verdict, worst


@dataclass(frozen=True)
class SourceNote:
    """A source as a reader needs it. Confidence: documented, secondary or recalled."""

    title: str
    url: str
    confidence: str


@dataclass(frozen=True)
class Disagreement:
    """What another source says, and which."""

    reading: str
    sources: tuple[SourceNote, ...]


@dataclass(frozen=True)
class Finding:
    """A statement applied to subjects of one topology, with the evidence that made it apply."""

    id: str
    statement: str
    aspect: str  # topology or lifecycle
    family: str
    topic: str
    subjects: tuple[str, ...]
    verdict: Verdict
    summary: str
    why: str
    fix: str
    evidence: tuple[Evidence, ...]
    condition: str | None
    question: Question | None
    overrules: tuple[str, ...]
    disagreement: Disagreement | None
    sources: tuple[SourceNote, ...]
    waiver: Waiver | None


@dataclass(frozen=True)
class Advice:
    """All findings for one topology on one date, worst first."""

    topology: Topology
    as_of: date
    findings: tuple[Finding, ...]
    knowledge: str  # the hash of the facts

    def of(self, aspect: str) -> tuple[Finding, ...]:
        """The findings of one aspect (`topology` or `lifecycle`), worst first."""
        return tuple(finding for finding in self.findings if finding.aspect == aspect)

    def verdict(self, aspect: str) -> Verdict:
        """The worst verdict of an aspect. Open questions are counted apart: only when nothing else is there, unknown."""
        settled = (finding.verdict for finding in self.of(aspect) if finding.verdict is not Verdict.UNKNOWN)
        return worst(settled) or Verdict.UNKNOWN

    @property
    def questions(self) -> tuple[Finding, ...]:
        """The findings that ask something."""
        return tuple(finding for finding in self.findings if finding.verdict is Verdict.UNKNOWN)

    def to_dict(self, file: str = "", lines: Mapping[str, int] | None = None) -> dict[str, Any]:
        """The result by contract 2, ready for JSON. `lines` maps field paths of the file to line numbers."""
        lines = lines or {}
        return {
            "file": file,
            "customer": self.topology.customer,
            "as_of": self.as_of.isoformat(),
            "verdict": {aspect: self.verdict(aspect).value for aspect in ("topology", "lifecycle")},
            "findings": [_finding_dict(finding, file, lines) for finding in self.findings],
            "provenance": {"exkit": __version__, "knowledge": self.knowledge, "topology": self.topology.digest()},
        }


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of a field, or of the nearest thing around it that stands in the file."""
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return None


def _finding_dict(finding: Finding, file: str, lines: Mapping[str, int]) -> dict[str, Any]:
    def place(path: str) -> str | None:
        line = line_of(path, lines)
        return f"{file}:{line}" if line else file or None

    def notes(sources: tuple[SourceNote, ...]) -> list[dict[str, str]]:
        return [{"title": note.title, "url": note.url, "confidence": note.confidence} for note in sources]

    question, other = finding.question, finding.disagreement
    return {
        "id": finding.id,
        "statement": finding.statement,
        "aspect": finding.aspect,
        "family": finding.family,
        "topic": finding.topic,
        "subjects": list(finding.subjects),
        "verdict": finding.verdict.value,
        "summary": finding.summary,
        "why": finding.why,
        "fix": finding.fix,
        "evidence": [{"fact": str(item), "from": place(item.path)} for item in finding.evidence],
        "condition": finding.condition,
        "question": question and {"field": question.field, "text": question.text, "allowed": list(question.allowed)},
        "overrules": list(finding.overrules),
        "disagreement": other and {"reading": other.reading, "sources": notes(other.sources)},
        "sources": notes(finding.sources),
        "waiver": finding.waiver and finding.waiver.model_dump(mode="json"),
    }
