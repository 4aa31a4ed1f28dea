"""One topology file, read and judged: what every section of a report is made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from exkit import diagram
from exkit.advice import Advice, Finding, SourceNote, advise, line_of
from exkit.facts import Facts, load
from exkit.intake import Loaded, read
from exkit.knowledge import knowledge_folder
from exkit.ports import OpenPort, ports_to_open
from exkit.teaching import Objection, load_objections, objections_to, teaching_folder
from exkit.timeline import Timeline, timeline
from exkit.topology import Topology
from exkit.verdict import Verdict

if TYPE_CHECKING:
    from os import PathLike


@dataclass(frozen=True)
class Judged:
    """A topology file with its advice, the facts behind it, and where the as-of date came from."""

    loaded: Loaded
    facts: Facts
    advice: Advice
    date_from: str  # given, file or today

    @property
    def topology(self) -> Topology:
        """The customer's topology."""
        return self.advice.topology

    @property
    def file(self) -> str:
        """The name of the topology file, without its folders: a report travels, the folders do not."""
        return Path(self.loaded.file).name

    def place(self, path: str) -> str:
        """`file:line` of a field of the topology, or the file's name when the field stands on no line."""
        line = line_of(path, self.loaded.lines)
        return f"{self.file}:{line}" if line else self.file

    @cached_property
    def open_ports(self) -> tuple[OpenPort, ...]:
        """The ports that firewalls of this topology must or may open."""
        return ports_to_open(self.topology, self.facts)

    @cached_property
    def picture(self) -> str:
        """The topology drawn, as SVG; drawn once, though page and file both show it."""
        return diagram.to_svg(self.advice)

    @cached_property
    def port_sources(self) -> tuple[SourceNote, ...]:
        """The sources of those ports, each once with each confidence."""
        found = dict.fromkeys((name, row.confidence) for row in self.open_ports for name in row.source_ids)
        sources = [(self.facts.source(name), confidence) for name, confidence in found]
        return tuple(SourceNote(source.title, source.url, confidence) for source, confidence in sources)

    @cached_property
    def timeline(self) -> Timeline:
        """What goes out of support and when, seen from the as-of date."""
        return timeline(self.topology, self.facts, self.advice.as_of)

    @cached_property
    def life_sources(self) -> tuple[SourceNote, ...]:
        """The sources of the days of life cycles, and of what is said on paid updates."""
        notes: dict[SourceNote, None] = {}
        for what in self.timeline.products:
            for row in (what.life, what.paid):
                sources = [self.facts.source(name) for name in row.sources] if row else []
                notes |= {SourceNote(one.title, one.url, row.confidence): None for one in sources if row}
        return tuple(notes)

    @cached_property
    def objections(self) -> tuple[Objection, ...]:
        """The objection cards on what is wrong here or holds on a condition; what is fine calls for none."""
        return self._objections_to(self.advice.findings)

    def objections_on(self, finding: Finding) -> tuple[Objection, ...]:
        """The cards of this report that speak of a finding."""
        return self._objections_to([finding])

    def _objections_to(self, findings: Iterable[Finding]) -> tuple[Objection, ...]:
        versions = {server.version for server in self.topology.servers if server.version}
        return objections_to(cards_of_today(), (one.statement for one in problems(findings)), versions)

    @cached_property
    def references(self) -> dict[tuple[str, str], int]:
        """Title and address of each source that the report cites, with its number, in the order of the report."""
        notes: list[SourceNote] = []
        for finding in self.advice.findings:
            notes += finding.sources
            notes += finding.disagreement.sources if finding.disagreement else ()
        cited = dict.fromkeys((note.title, note.url) for note in (*notes, *self.port_sources, *self.life_sources))
        return {source: number for number, source in enumerate(cited, start=1)}


@dataclass(frozen=True)
class Group:
    """Findings that say the same of several subjects; each keeps its own evidence."""

    title: str
    findings: tuple[Finding, ...]

    @property
    def lead(self) -> Finding:
        """The finding whose verdict, why, fix and sources are those of all."""
        return self.findings[0]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everything the findings speak of, each once, in order."""
        return tuple(dict.fromkeys(name for finding in self.findings for name in finding.subjects))


def judge(topology_file: str | PathLike[str], as_of: str | date | None = None) -> Judged:
    """Read a topology file and judge it.

    `as_of` is a date or its text (`2010-06-01`); empty means the file's own date, else today. Raises
    `exkit.intake.TopologyError` with all problems of the file, ValueError for a text that is no date.
    """
    loaded, facts = read(Path(topology_file)), facts_of_today()
    on, date_from = settle(as_of, loaded.topology)
    return Judged(loaded, facts, advise(loaded.topology, facts, on), date_from)


def facts_of_today() -> Facts:
    """The tables of this edition; read again only when a file of theirs has changed."""
    return _facts(_stamp(knowledge_folder(), "*.csv"))


def cards_of_today() -> tuple[Objection, ...]:
    """The objection cards of this edition; read again only when their file has changed."""
    return _cards(_stamp(teaching_folder(), "objections.csv"))


Stamp = tuple[tuple[str, int, int], ...]


def _stamp(folder: Path, pattern: str) -> Stamp:
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(folder.glob(pattern)))


@lru_cache(maxsize=1)
def _facts(_files: Stamp) -> Facts:
    return load()


@lru_cache(maxsize=1)
def _cards(_files: Stamp) -> tuple[Objection, ...]:
    return load_objections(facts_of_today())


def settle(as_of: str | date | None, topology: Topology) -> tuple[date, str]:
    """The date to judge by, and where it came from: `given`, `file` or `today`.

    >>> settle("2010-06-01", Topology(customer="Contoso"))
    (datetime.date(2010, 6, 1), 'given')
    """
    if isinstance(as_of, date):
        return as_of, "given"
    if as_of:
        try:
            return date.fromisoformat(as_of), "given"
        except ValueError:
            raise ValueError(f"as_of is {as_of!r}; write a date such as 2010-06-01, or leave it empty") from None
    if topology.as_of is not None:
        return topology.as_of, "file"
    return date.today(), "today"


def problems(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that want something done: neither fine nor merely open, worst first."""
    fine = (Verdict.SUPPORTED, Verdict.UNKNOWN)
    return tuple(finding for finding in findings if finding.verdict not in fine)


def grouped(findings: Iterable[Finding], facts: Facts) -> Iterator[Group]:
    """Findings of one statement that say the same are one group, in the order of their first."""
    groups: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        said = finding.statement, finding.verdict, finding.why, finding.fix, finding.condition, finding.waiver
        key = *said, finding.overrules, finding.disagreement, finding.sources
        groups[key].append(finding)
    for members in groups.values():
        title = members[0].summary if len(members) == 1 else _claim(members[0], facts)
        yield Group(title, tuple(members))


def _claim(finding: Finding, facts: Facts) -> str:
    """What the statement of a finding says of anybody; the finding's own words when the facts have none."""
    rows = [row for row in facts.statements if row.id == finding.statement]
    same = [row for row in rows if row.why == finding.why]
    return next((row.claim for row in same + rows), finding.summary)
