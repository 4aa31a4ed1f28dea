"""Advice made by hand for tests of the picture: findings as the engine makes them, without its rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from exkit.advice import Advice, Finding
from exkit.rules.base import Evidence
from exkit.topology import Topology, Waiver, ZoneKind
from exkit.verdict import Verdict


def finding(
    name: str,
    subjects: Sequence[str],
    verdict: Verdict,
    family: str = "placement",
    aspect: str = "topology",
    **more: str,
) -> Finding:
    """A finding `name@subjects`; `firewall=` makes a rule of that firewall its evidence."""
    firewall = more.get("firewall")
    return Finding(
        id=f"{name}@{firewall or '+'.join(subjects)}",
        statement=name,
        aspect=aspect,
        family=family,
        topic=name,
        subjects=tuple(subjects),
        verdict=verdict,
        summary=more.get("summary", f"{name} applies."),
        why="The vendor says so.",
        fix="Change it.",
        evidence=(Evidence(f"firewalls.{firewall}.allow", "..."),) if firewall else (),
        condition=None,
        question=None,
        overrules=(),
        disagreement=None,
        sources=(),
        waiver=Waiver(finding=name, because=more["waived"]) if "waived" in more else None,
    )


def judged(topology: Topology, findings: Sequence[Finding] = ()) -> Advice:
    """Advice with just these findings."""
    return Advice(topology, date(2011, 1, 1), tuple(findings), "sha256:0")


def judged_roughly(topology: Topology) -> Advice:
    """Verdicts on the placement of Exchange servers, on firewalls between two of them, and on publishing rules."""
    kinds = {zone.name: zone.kind for zone in topology.zones}
    findings = []
    for server in topology.servers:
        if server.is_exchange:
            wrong = kinds.get(server.zone or "") is ZoneKind.PERIMETER and not server.is_edge
            verdict = Verdict.UNSUPPORTED if wrong else Verdict.SUPPORTED
            findings.append(finding("outside" if wrong else "inside", [server.name], verdict))
    for device in topology.firewalls:
        sides = [
            [one.name for one in topology.servers if one.zone == zone and one.is_exchange and not one.is_edge]
            for zone in device.between
        ]
        if all(sides):
            everything = device.allow is not None and any(line.source == line.target == "any" for line in device.allow)
            verdict = Verdict.SUPPORTED if everything else Verdict.UNSUPPORTED
            findings.append(
                finding(
                    "walled", [name for side in sides for name in side], verdict, "separation", firewall=device.name
                )
            )
    for rule in topology.publishing:
        findings.append(finding("published", [rule.name], Verdict.CONDITIONAL, "publishing"))
    findings.sort(key=lambda one: (one.verdict.rank, one.id))
    return judged(topology, findings)
