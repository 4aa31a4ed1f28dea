"""What the page shows, as plain values: the canvas, the findings, the open questions, what changed. No HTML in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exkit.advice import Advice, Finding, SourceNote, placement_first
from exkit.diagram import wording
from exkit.diagram.parts import is_relation, named_devices
from exkit.diagram.places import zone_levels
from exkit.facts import Facts
from exkit.intake import Loaded
from exkit.report.evidence import evidence
from exkit.report.judged import Group, Judged, grouped
from exkit.report.sentences import lifecycle_sentence, topology_sentence
from exkit.report.words import weblink
from exkit.topology import Topology
from exkit.verdict import Verdict, worst
from exkit.workshop.asked import asked
from exkit.workshop.changes import Changes
from exkit.workshop.edits import name_of

Shown = dict[str, Any]  # what goes to the page as JSON
SECTIONS = ("zones", "servers", "firewalls", "publishing", "dags", "ad_sites", "forests")


def judged(advice: Advice, facts: Facts, name: str) -> Judged:
    """The advice as the report's sections take it; a workshop has no lines to point to."""
    return Judged(Loaded(advice.topology, {}, name), facts, advice, "file" if advice.topology.as_of else "today")


def verdict(value: Verdict | None) -> Shown:
    """A verdict as sign and word; nothing judged says so."""
    if value is None:
        return {"verdict": "none", "sign": "", "word": "not judged"}
    return {"verdict": value.value, "sign": value.sign, "word": value.words}


def summary(advice: Advice, facts: Facts) -> Shown:
    """The two verdicts over all, each with its sentence."""
    whole = judged(advice, facts, "")
    return {
        "customer": advice.topology.customer,
        "asOf": advice.as_of.isoformat(),
        "dated": advice.topology.as_of is not None,
        "topology": verdict(advice.verdict("topology")) | {"sentence": topology_sentence(whole)},
        "lifecycle": verdict(advice.verdict("lifecycle")) | {"sentence": lifecycle_sentence(whole)},
        "questions": len(advice.questions),
    }


@dataclass(frozen=True)
class About:
    """Which things of the topology the findings are about, by section and name; `key` is `servers:CAS1`."""

    topology: Topology
    sections: Mapping[str, tuple[str, ...]]  # of a name: the sections that hold it
    devices: frozenset[str]

    @classmethod
    def of(cls, topology: Topology) -> About:
        """The index of a topology."""
        found: dict[str, list[str]] = defaultdict(list)
        for section in SECTIONS:
            for item in getattr(topology, section):
                found[item.name].append(section)
        devices = frozenset(device.name for device in topology.firewalls)
        return cls(topology, {name: tuple(held) for name, held in found.items()}, devices)

    def keys(self, finding: Finding) -> tuple[str, ...]:
        """The things that a finding is about."""
        named = dict.fromkeys((*finding.subjects, *named_devices(finding, self.devices)))
        keys = [f"{section}:{name}" for name in named for section in self.sections.get(name, ())]
        for item in finding.evidence:
            section, _, rest = item.path.partition(".")
            if section in ("publishing", "dags"):
                keys += [
                    f"{section}:{one.name}"
                    for one in getattr(self.topology, section)
                    if rest.startswith(f"{one.name}.")
                ]
            elif section == "mail_flow" and rest.partition(".")[0].isdecimal():
                keys.append(f"mail_flow:{_way(self.topology, int(rest.partition('.')[0]))}")
        return tuple(dict.fromkeys(keys))


def _way(topology: Topology, index: int) -> str:
    flow = topology.mail_flow[index] if index < len(topology.mail_flow) else None
    return name_of("mail_flow", {"path": flow.path}) if flow else ""


def canvas(advice: Advice) -> Shown:
    """Zones from the Internet inwards, servers, firewalls, and the lines between, each with its verdict."""
    topology = advice.topology
    index = About.of(topology)
    by_key: dict[str, list[Finding]] = defaultdict(list)
    for finding in advice.findings:
        if finding.waiver is None:
            for key in index.keys(finding):
                by_key[key].append(finding)
    levels = zone_levels(topology)
    zones = sorted(topology.zones, key=lambda zone: (levels[zone.name], zone.kind, wording.natural(zone.name)))
    return {
        "zones": [
            {"name": zone.name, "shown": wording.cut(zone.name), "kind": zone.kind.value,
             "words": wording.zone_words(zone.kind), "level": levels[zone.name]}
            for zone in zones
        ],
        "servers": [_server(server, topology, by_key[f"servers:{server.name}"]) for server in topology.servers],
        "walls": [_wall(device, by_key[f"firewalls:{device.name}"]) for device in topology.firewalls],
        "ways": [*_published(topology, by_key), *_mail(topology, by_key)],
    }  # fmt: skip


def _server(server: Any, topology: Topology, findings: Sequence[Finding]) -> Shown:
    own = [one for one in findings if one.subjects == (server.name,) or not is_relation(one)]
    layout = worst(one.verdict for one in own if one.aspect == "topology" and one.verdict is not Verdict.UNKNOWN)
    open_ones = [one for one in findings if one.verdict is Verdict.UNKNOWN]
    ended = [one for one in own if one.aspect == "lifecycle" and one.verdict is Verdict.UNSUPPORTED]
    groups = [group.name for group in topology.dags if server.name in group.members]
    lines = [wording.roles_words(server) or "no role written", wording.version_words(server)]
    if groups:
        lines.append(", ".join(groups))
    return {
        "name": server.name, "shown": wording.cut(server.name), "zone": server.zone,
        "lines": [wording.cut(line, 90) for line in lines if line],
        "questions": len(open_ones), "ended": bool(ended),
        **verdict(layout or (Verdict.UNKNOWN if open_ones else None)),
    }  # fmt: skip


def _wall(device: Any, findings: Sequence[Finding]) -> Shown:
    settled = [one.verdict for one in findings if one.verdict is not Verdict.UNKNOWN and one.aspect == "topology"]
    open_ones = [one for one in findings if one.verdict is Verdict.UNKNOWN]
    return {
        "name": device.name, "shown": wording.cut(device.name), "zones": list(device.between),
        "words": wording.device_words(device), "passes": wording.passes_words(device), "questions": len(open_ones),
        **verdict(worst(settled) or (Verdict.UNKNOWN if open_ones else None)),
    }  # fmt: skip


def _published(topology: Topology, by_key: Mapping[str, Sequence[Finding]]) -> Iterator[Shown]:
    for rule in topology.publishing:
        own = [one for one in by_key[f"publishing:{rule.name}"] if one.aspect == "topology"]
        yield {
            "section": "publishing", "name": rule.name, "shown": wording.cut(rule.name),
            "words": wording.protocol_words(rule.protocols, 3), "path": [rule.host] if rule.host else [],
            "targets": list(rule.targets or ()), **_worst(own),
        }  # fmt: skip


def _mail(topology: Topology, by_key: Mapping[str, Sequence[Finding]]) -> Iterator[Shown]:
    related = [one for held in by_key.values() for one in held if one.family == "mail_flow"]
    for flow in topology.mail_flow:
        name = name_of("mail_flow", {"path": flow.path})
        ends = set(flow.path)
        own = [one for one in related if f"mail_flow:{name}" in by_key and one in by_key[f"mail_flow:{name}"]]
        own = own or [one for one in related if len(one.subjects) > 1 and set(one.subjects) <= ends]
        words = wording.cut(" → ".join(flow.path), 60)
        yield {
            "section": "mail_flow", "name": name, "shown": "mail", "words": words, "path": list(flow.path),
            "targets": [], **_worst(own),
        }  # fmt: skip


def _worst(findings: Sequence[Finding]) -> Shown:
    settled = worst(one.verdict for one in findings if one.verdict is not Verdict.UNKNOWN)
    open_ones = sum(one.verdict is Verdict.UNKNOWN for one in findings)
    return {"questions": open_ones, **verdict(settled or (Verdict.UNKNOWN if open_ones else None))}


def findings(advice: Advice, facts: Facts) -> list[Shown]:
    """All findings, worst first; those that say the same of several subjects are one."""
    whole = judged(advice, facts, "workshop")
    index = About.of(advice.topology)
    told = [one for one in placement_first(advice.findings) if one.verdict is not Verdict.UNKNOWN]
    shown = [_finding(group, whole, index) for group in grouped(told, facts)]
    return [*shown, *(_question(one, whole, index) for one in advice.questions)]


def _finding(group: Group, whole: Judged, index: About) -> Shown:
    lead = group.lead
    return {
        "id": lead.id, "ids": [one.id for one in group.findings], "aspect": lead.aspect, "title": group.title,
        "subjects": list(group.subjects) if len(group.findings) > 1 else [],
        "about": list(dict.fromkeys(key for one in group.findings for key in index.keys(one))),
        "why": lead.why, "fix": lead.fix, "condition": lead.condition,
        "evidence": [fact.text for fact in evidence(group, whole)], "overrules": list(lead.overrules),
        "disagreement": lead.disagreement
        and {"text": f"{lead.disagreement.reading} {lead.disagreement.decided}",
             "sources": _sources(lead.disagreement.sources)},
        "sources": _sources(lead.sources), "waiver": lead.waiver and lead.waiver.because, **verdict(lead.verdict),
    }  # fmt: skip


def _question(finding: Finding, whole: Judged, index: About) -> Shown:
    question = asked(finding, whole.topology, whole.facts)
    return _finding(Group(question.text, (finding,)), whole, index) | {
        "ask": {
            "summary": finding.summary, "section": question.section, "names": list(question.names),
            "key": question.key, "many": question.many,
            "choices": [{"value": value, "words": words} for value, words in question.choices],
        },
    }  # fmt: skip


def _sources(notes: Iterable[SourceNote]) -> list[Shown]:
    return [{"title": one.title, "url": weblink(one.url), "confidence": one.confidence} for one in notes]


def changed(turned: Changes | None) -> Shown:
    """What the last edit did to the verdicts, as a sentence and line by line."""
    if turned is None:
        return {"sentence": "", "turns": []}
    return {
        "sentence": turned.sentence,
        "turns": [
            {
                "id": turn.finding.id,
                "summary": turn.finding.summary,
                "before": verdict(turn.before.verdict if turn.before else None),
                "after": verdict(turn.after.verdict if turn.after else None),
            }
            for turn in turned.turns
        ],
    }
