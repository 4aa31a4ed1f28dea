"""Run the rules and make findings of their matches: one choice, one finding."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from exkit import __version__
from exkit.facts import Facts
from exkit.rows import Life, Platform, Statement
from exkit.rules import RULES
from exkit.rules.base import Case, Evidence, Match, Question, listed
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
    """What another source says, which one decides and why, and who says it."""

    reading: str
    decided: str
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
        """The worst verdict of an aspect; `unknown` only when nothing but open questions is there."""
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


@dataclass(frozen=True)
class _Candidate:
    """A match with the statement row that decides it, competing for one choice."""

    match: Match
    row: Statement
    verdict: Verdict


def advise(topology: Topology, facts: Facts, as_of: date) -> Advice:
    """Everything that the statements in force on a day say of a topology, worst first.

    Pure: no file, no clock, no global is read, and equal arguments give equal advice. Raises nothing on a valid
    topology: what it leaves out comes back as questions.
    """
    case = Case(topology, facts, as_of)
    choices: dict[tuple[str, str], list[_Candidate]] = defaultdict(list)
    for rule in RULES:
        for match in rule.check(case):
            candidate = _candidate(match, facts, as_of)
            if candidate is not None:
                choices[candidate.row.topic, _choice(candidate)].append(candidate)
    findings = _told_apart(_settled([_decide(candidates, facts) for candidates in choices.values()]))
    findings = _waived(findings, topology.waivers, as_of)
    findings += list(_waiver_gaps(findings, topology.waivers, as_of, facts))
    order = sorted(findings, key=lambda finding: (finding.verdict.rank, finding.aspect, finding.family, finding.id))
    return Advice(topology, as_of, tuple(order), facts.digest)


def _candidate(match: Match, facts: Facts, as_of: date) -> _Candidate | None:
    """The row of each version at the ends is looked up and the worse wins; no row in force on the day, no finding."""
    rows = [row for version in match.versions or (None,) if (row := facts.statement(match.statement, version, as_of))]
    if not rows:
        rows = [row for row in facts.statements_called(match.statement) if not row.since and not row.until]
        if not rows:
            return None
        words = listed(map(str, match.versions))
        question = Question("servers", f"No statement here covers this for Exchange {words}: what does its vendor say?")
        return _Candidate(replace(match, question=match.question or question), rows[0], Verdict.UNKNOWN)
    row = min(rows, key=lambda row: row.verdict.rank)
    asks = match.question is not None or row.verdict is Verdict.UNKNOWN
    return _Candidate(match, row, Verdict.UNKNOWN if asks else row.verdict)


def _choice(candidate: _Candidate) -> str:
    """What a match is about; a gap in the model is about the field that is missing."""
    match = candidate.match
    if match.choice is None and match.question is not None and candidate.row.verdict is Verdict.UNKNOWN:
        return match.question.field
    return match.choice or "+".join(match.subjects)


def _settled(findings: list[Finding]) -> list[Finding]:
    """Without the supported ones that a worse finding of their topic, on all of its subjects, contradicts."""
    worse = [one for one in findings if one.verdict is not Verdict.SUPPORTED]
    by_topic: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in worse:
        by_topic[one.topic, one.id.partition("@")[2]].append(one)
    return [
        one
        for one in findings
        if one.verdict is not Verdict.SUPPORTED
        or not any(set(other.subjects) <= set(one.subjects) for other in by_topic[one.topic, one.id.partition("@")[2]])
    ]


def _decide(candidates: list[_Candidate], facts: Facts) -> Finding:
    """One statement decides a choice: one that overrules the others, else the worst."""
    overruled = {other for one in candidates for other in one.row.overrules if one.verdict is not Verdict.UNKNOWN}
    standing = [one for one in candidates if one.row.id not in overruled] or candidates
    winner = min(standing, key=lambda one: one.verdict.rank)
    same = [one for one in candidates if one.row.id == winner.row.id]
    others = list({one.row.id: one for one in candidates if one.row.id != winner.row.id}.values())
    match, row = winner.match, winner.row
    agreeing = [one.row for one in others if one.verdict is winner.verdict and one.row.id not in overruled]
    return Finding(
        id=f"{row.id}@{match.anchor or '+'.join(match.subjects)}",
        statement=row.id,
        aspect=row.aspect,
        family=row.family,
        topic=row.topic,
        subjects=match.subjects,
        verdict=winner.verdict,
        summary=match.summary,
        why=row.why,
        fix=match.fix or row.fix,
        evidence=tuple(dict.fromkeys(item for one in same for item in one.match.evidence)),
        condition=(match.condition or row.condition) if winner.verdict is Verdict.CONDITIONAL else None,
        question=match.question,
        overrules=tuple(_overruled(winner, others, overruled, facts)),
        disagreement=_disagreement(match.cell or row, facts),
        sources=_sources([*([match.cell] if match.cell else []), row, *agreeing], facts),
        waiver=None,
    )


def _overruled(winner: _Candidate, others: Iterable[_Candidate], overruled: set[str], facts: Facts) -> Iterator[str]:
    for other in others:
        if other.row.id in winner.row.overrules:
            yield f"{other.row.id} ({other.verdict.words}): {winner.row.because}"
        elif other.row.id not in overruled and other.verdict is not winner.verdict:
            yield f"{other.row.id} ({other.verdict.words}): of two statements on one choice the worse decides."
    for name in winner.match.overrules:
        rows = facts.statements_called(name)
        yield f"{name} ({rows[0].verdict.words if rows else 'unknown'}): {winner.row.because}"


def _sources(rows: Iterable[Statement | Platform | Life], facts: Facts) -> tuple[SourceNote, ...]:
    notes: dict[str, SourceNote] = {}
    for row in rows:
        for name in row.sources:
            source = facts.source(name)
            notes.setdefault(name, SourceNote(source.title, source.url, row.confidence))
    return tuple(notes.values())


def _disagreement(row: Statement | Platform | Life, facts: Facts) -> Disagreement | None:
    if not row.disagreement:
        return None
    readers = row.disagreement_sources if isinstance(row, Statement) else row.sources
    found = [facts.source(name) for name in readers]
    return Disagreement(
        row.disagreement, row.decided, tuple(SourceNote(one.title, one.url, row.confidence) for one in found)
    )


def _told_apart(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that would share an id get their subjects into it."""
    all_findings = list(findings)
    count = Counter(finding.id for finding in all_findings)
    return [
        replace(finding, id=f"{finding.id}:{'+'.join(finding.subjects)}") if count[finding.id] > 1 else finding
        for finding in all_findings
    ]


def _applies(waiver: Waiver, finding: Finding, as_of: date) -> bool:
    """A waiver holds to its last day, and only for the subjects it lists; an id that names its subjects lists them."""
    if waiver.finding != finding.id or (waiver.expires is not None and as_of > waiver.expires):
        return False
    listed_subjects = set(waiver.subjects or ())
    named = finding.id == f"{finding.statement}@{'+'.join(finding.subjects)}"
    return set(finding.subjects) <= listed_subjects if listed_subjects or not named else True


def _waived(findings: Iterable[Finding], waivers: Iterable[Waiver], as_of: date) -> list[Finding]:
    by_finding: dict[str, list[Waiver]] = defaultdict(list)
    for waiver in waivers:
        by_finding[waiver.finding].append(waiver)

    def waived(finding: Finding) -> Finding:
        waiver = next((one for one in by_finding.get(finding.id, ()) if _applies(one, finding, as_of)), None)
        return replace(finding, waiver=waiver) if waiver else finding

    return [waived(finding) for finding in findings]


def _waiver_gaps(
    findings: Iterable[Finding], waivers: Iterable[Waiver], as_of: date, facts: Facts
) -> Iterator[Finding]:
    """A waiver that does nothing is never silent: it lapsed, lists too few subjects, or names no finding."""
    by_id = {finding.id: finding for finding in findings}
    for index, waiver in enumerate(waivers):
        finding = by_id.get(waiver.finding)
        if finding is not None and _applies(waiver, finding, as_of):
            continue
        path = f"waivers.{index}"
        if finding is None:
            field, said = f"{path}.finding", f"The waiver for {waiver.finding} fits no finding."
        elif waiver.expires is not None and as_of > waiver.expires:
            field, said = f"{path}.expires", f"The waiver for {waiver.finding} ended on {waiver.expires}."
        else:
            field = f"{path}.subjects"
            newcomers = sorted(set(finding.subjects) - set(waiver.subjects or ()))
            said = f"The waiver for {waiver.finding} does not list {listed(newcomers)}."
        allowed = (
            ("a later day, such as 2027-12-31",) if field.endswith("expires") else (finding.id,) if finding else ()
        )
        question = Question(field, f"{said} Renew, correct or delete it?", allowed)
        match = Match(
            "waiver-without-finding",
            (waiver.finding,),
            said,
            (Evidence(field, said),),
            question=question,
        )
        candidate = _candidate(match, facts, as_of)
        if candidate is not None:
            yield _decide([candidate], facts)


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
        "disagreement": other and {"reading": other.reading, "decided": other.decided, "sources": notes(other.sources)},
        "sources": notes(finding.sources),
        "waiver": finding.waiver and finding.waiver.model_dump(mode="json"),
    }


def placement_first(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, and of one verdict placement: where a host stands decides which paths cross a firewall at all."""
    return sorted(findings, key=lambda finding: (finding.verdict.rank, finding.family != "placement"))
