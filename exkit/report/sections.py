"""The sections of a report on one customer, in the order in which the report shows them.

Each takes the judged topology and gives a `Piece`: HTML for notebook and page, text for a terminal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from exkit import __version__, diagram
from exkit.advice import Finding, placement_first
from exkit.ports import OpenPort
from exkit.report.chart import charts, recalled_mark
from exkit.report.judged import Judged, grouped, problems
from exkit.report.not_checked import NOT_CHECKED, shown_by_no_file
from exkit.report.piece import Piece, piece
from exkit.report.sentences import (
    DATE_FROM,
    first_steps,
    lifecycle_sentence,
    nothing_sentence,
    timeline_sentence,
    topology_sentence,
)
from exkit.topology import Waiver
from exkit.verdict import Verdict


def answer(judged: Judged, title: str = "") -> Piece:
    """The heading, the two verdicts with a sentence each, and what to do first."""
    return piece(
        "answer",
        judged=judged,
        title=title or question(judged),
        sentences=(
            ("Topology", judged.advice.verdict("topology"), topology_sentence(judged)),
            ("Life cycle", judged.advice.verdict("lifecycle"), lifecycle_sentence(judged)),
        ),
        steps=first_steps(judged),
        nothing=nothing_sentence(judged),
        accepted=[finding for finding in problems(judged.advice.findings) if finding.waiver],
    )


def question(judged: Judged) -> str:
    """The question that a report answers; its default heading."""
    return f"Is the Exchange topology of {judged.topology.customer} supported?"


_TOLD_ELSEWHERE = ("The answer", "Relations judged")  # parts of the picture in words that the report tells anyway


def picture(judged: Judged) -> Piece:
    """The topology drawn, and the same in words."""
    return piece(
        "picture",
        svg=judged.picture,
        customer=judged.topology.customer,
        described=[part for part in diagram.describe(judged.advice) if part.heading not in _TOLD_ELSEWHERE],
    )


def verdicts(judged: Judged) -> Piece:
    """What is unsupported, not recommended or holds on a condition in the topology: why, and what puts it right."""
    groups = tuple(grouped(placement_first(problems(judged.advice.of("topology"))), judged.facts))
    return piece("verdicts", judged=judged, groups=groups)


@dataclass(frozen=True)
class OpenWide:
    """Devices that may limit nothing between these hosts; none: no device is written between them."""

    devices: tuple[str, ...]
    hosts: tuple[str, ...]


def ports(judged: Judged) -> Piece:
    """Which ports the firewalls must or may open, and what for."""
    rows = judged.open_ports
    return piece(
        "ports",
        judged=judged,
        open_wide=tuple(_open_wide(row for row in rows if row.filter == "any-any")),
        tight=merged(row for row in rows if row.filter != "any-any"),
    )


def _open_wide(rows: Iterable[OpenPort]) -> Iterator[OpenWide]:
    """By device, as whoever runs it asks: what must this one let pass."""
    hosts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for device in row.devices or ("",):
            hosts[device].update(row.sources, row.targets)
    devices: dict[frozenset[str], list[str]] = defaultdict(list)
    for device in sorted(hosts):
        devices[frozenset(hosts[device])].append(device)
    for group, names in devices.items():
        yield OpenWide(tuple(name for name in names if name), tuple(sorted(group)))


def merged(rows: Iterable[OpenPort]) -> tuple[OpenPort, ...]:
    """The same said in fewer rows, required ones first: DNS over TCP and UDP in one, and one row for all hosts that
    need the same; `devices` then holds those on the way between any of them."""

    def alike(row: OpenPort, **columns: tuple[str, ...]) -> OpenPort:
        return replace(row, source_ids=(), **columns)  # type: ignore[arg-type]

    found = list(rows)
    for column in ("ports", "targets", "sources"):
        groups: dict[OpenPort, list[OpenPort]] = defaultdict(list)
        for row in found:
            groups[alike(row, devices=(), **{column: ()})].append(row)
        found = [
            alike(rest, **{name: _together(same, name) for name in (column, "devices")})
            for rest, same in groups.items()
        ]
    return tuple(sorted(found, key=lambda row: (_NEEDS.index(row.need), row.sources, row.targets)))


_NEEDS = ("required", "conditional", "optional")


def _together(rows: Iterable[OpenPort], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for row in rows for value in getattr(row, column)))


def questions(judged: Judged) -> Piece:
    """What nobody told us and would change a verdict: the field to fill in and the answers it takes."""
    return piece("questions", judged=judged, findings=judged.advice.questions)


def life_cycle(judged: Judged) -> Piece:
    """What the life cycle of the products says on the as-of date, and what ends in the three years to come."""
    findings = [finding for finding in judged.advice.of("lifecycle") if finding.verdict is not Verdict.UNKNOWN]
    groups = tuple(grouped(findings, judged.facts))
    line = judged.timeline
    return piece(
        "life_cycle",
        judged=judged,
        groups=groups,
        line=line,
        sentence=timeline_sentence(line),
        charts=charts(line),
        some_recalled=any(recalled_mark(what) for what in line.products),
        paid={what.paid.id: what.paid for what in line.products if what.paid}.values(),
    )


def passed(judged: Judged) -> Piece:
    """The choices that are supported, in little room; the reasons are one click deeper."""
    fine = [finding for finding in judged.advice.of("topology") if finding.verdict is Verdict.SUPPORTED]
    return piece("passed", judged=judged, groups=tuple(grouped(fine, judged.facts)))


@dataclass(frozen=True)
class Accepted:
    """A waiver of the topology file, and the findings that it covers on the as-of date."""

    waiver: Waiver
    findings: tuple[Finding, ...]
    state: str  # in force, expired or matches no finding


def waivers(judged: Judged) -> Piece:
    """Findings that somebody accepted: who, why and until when."""
    return piece("waivers", rows=tuple(_accepted(waiver, judged) for waiver in judged.topology.waivers))


def _accepted(waiver: Waiver, judged: Judged) -> Accepted:
    covered = tuple(finding for finding in judged.advice.findings if finding.waiver == waiver)
    if covered:
        return Accepted(waiver, covered, "in force")
    if waiver.expires is not None and waiver.expires < judged.advice.as_of:
        return Accepted(waiver, (), "expired")
    return Accepted(waiver, (), "covers no finding of this report")


def not_checked(judged: Judged) -> Piece:
    """What this kit does not look at, and the rules it knows that no topology file can show."""
    return piece("not_checked", general=NOT_CHECKED, by_hand=shown_by_no_file(judged))


def sources(judged: Judged) -> Piece:
    """The texts behind everything above, numbered as they are cited there."""
    return piece("sources", judged=judged)


def provenance(judged: Judged) -> Piece:
    """From which file, facts and program this report was made, so that anybody can make it again."""
    noted = [(finding.statement, note) for finding in judged.advice.findings for note in finding.sources]
    confidence = {
        kind: len({pair for pair in noted if pair[1].confidence == kind})
        for kind in ("documented", "secondary", "recalled")
    }
    return piece(
        "provenance",
        rows=(
            ("Topology file", judged.file),
            ("As-of date", f"{judged.advice.as_of.isoformat()} ({DATE_FROM[judged.date_from]})"),
            ("Topology", judged.topology.digest()),
            ("Knowledge", judged.advice.knowledge),
            ("exkit", __version__),
            ("Sources behind the verdicts", ", ".join(f"{number} {kind}" for kind, number in confidence.items())),
        ),
        assumptions=judged.topology.assumptions,
    )
