"""Lines between boxes: publishing, mail, and verdicts on what lies between hosts.

Few lines tell more than many: flows between the same boxes share one, and a wall that is wrong for many gets one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from exkit.advice import Finding
from exkit.diagram import wording
from exkit.diagram.parts import Area, Box, Line, Wall, is_relation, named_devices
from exkit.diagram.places import CLOUD, INTERNET
from exkit.topology import Protocol, Publishing, Role, Topology, ZoneKind
from exkit.verdict import Verdict

RELATIONS = 8  # lines drawn for verdicts alone, worst first; a picture with more is a tangle
FAN = 4  # boxes at the far end of one line


@dataclass
class _Draft:
    """A line while it is put together: flows between the same ends share one line, findings join it."""

    kind: str
    words: list[str]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    both_ways: bool = False
    finding: Finding | None = None
    protocols: frozenset[Protocol] = frozenset()
    count: int = 1  # findings that it stands for

    @property
    def worst(self) -> Verdict | None:
        """The verdict that it shows."""
        return self.finding.verdict if self.finding else None

    def joins(self, one: str, other: str) -> bool:
        """Whether it leads from one box to the other, whichever way."""
        return (one in self.starts and other in self.ends) or (other in self.starts and one in self.ends)

    def take(self, finding: Finding | None) -> None:
        """Show this finding when it is worse than what the line shows."""
        if finding and (self.finding is None or finding.verdict.worse_than(self.finding.verdict)):
            self.finding = finding

    def all_words(self, most: int) -> tuple[str, ...]:
        """What stands on the line, with so many protocols by name."""
        published = [wording.protocol_words(tuple(self.protocols), most)] if self.protocols else []
        return (*published, *self.words, *([f"{self.count} relations"] if self.count > 1 else []))


def lines_of(
    topology: Topology, areas: tuple[Area, ...], walls: tuple[Wall, ...], findings: Sequence[Finding]
) -> tuple[tuple[Line, ...], int]:
    """All lines, publishing first, then mail, then verdicts; and how many findings about relations got none."""
    traffic = _Traffic(topology, areas, walls)
    about = [finding for finding in findings if is_relation(finding)]
    traffic.flows([finding for finding in findings if finding.aspect == "topology"])
    further = traffic.relations(about)
    return traffic.lines(), further


class _Traffic:
    """The lines of one picture being put together."""

    def __init__(self, topology: Topology, areas: tuple[Area, ...], walls: tuple[Wall, ...]) -> None:
        self.topology = topology
        self.walls = walls
        self.devices = frozenset(device.name for device in topology.firewalls)
        self.area_of = {box.key: area for area in areas for box in area.boxes}
        self.box_of = {name: box for area in areas for box in area.boxes if not box.place for name in box.names}
        abroad = {area.kind: area.boxes[0] for area in reversed(areas) if area.boxes[0].place and area.level == 0}
        for word, kind in ((INTERNET, ZoneKind.INTERNET), (CLOUD, ZoneKind.CLOUD)):
            if kind in abroad:
                self.box_of.setdefault(word, abroad[kind])
        for area in areas:
            self.box_of.setdefault(area.name, area.boxes[0])
        self.drafts: list[_Draft] = []
        # A cloud that no wall joins to a zone is reached by way of the Internet.
        joined = {key for wall in walls for key in wall.areas}
        outside = next((area.key for area in areas if area.kind is ZoneKind.INTERNET and area.key in joined), None)
        self.by_way_of = {
            area.key: outside for area in areas if outside and area.kind is ZoneKind.CLOUD and area.key not in joined
        }
        self.roads: dict[tuple[str, str, frozenset[str]], tuple[str, ...]] = {}

    def flows(self, findings: Sequence[Finding]) -> None:
        """Publishing, mail and EdgeSync, each with the worst that was found about it."""
        for rule in sorted(self.topology.publishing, key=lambda rule: wording.natural(rule.name)):
            about = next((one for one in findings if rule.name in one.subjects), None)
            for draft in self._publishing(rule, about):
                self._add(draft)
        for start, end in sorted({hop for flow in self.topology.mail_flow for hop in pairwise(flow.path)}):
            self._add(_Draft("mail", ["mail"], self._keys([start]), self._keys([end])))
        hybrid = self.topology.hybrid
        for start, end in pairwise((hybrid.mail_path or ()) if hybrid and hybrid.topology != "none" else ()):
            # Mail between the company and Exchange Online goes both ways.
            self._add(_Draft("mail", ["mail"], self._keys([start]), self._keys([end]), True))
        for edge, hub in _subscriptions(self.topology):
            self._add(_Draft("mail", ["EdgeSync"], self._keys([hub]), self._keys([edge])))
        for draft in self.drafts:
            if draft.both_ways and self.area_of[draft.starts[0]].level > self.area_of[draft.ends[0]].level:
                draft.starts, draft.ends = draft.ends, draft.starts

    def relations(self, findings: Sequence[Finding]) -> int:
        """Findings between boxes: on the flow they are about, else on a line of their own, one for each wall.

        What is wrong with a wall is wrong for all who pass it, and a longer way through the same wall says nothing
        new; so of equal findings the one with the shortest way is drawn. Gives the number of those not shown.
        """
        drawn: dict[tuple[str, ...], _Draft] = {}
        further = 0
        for finding, one, other, way in self._pairs(findings):
            known = next((draft for draft in self.drafts if draft.joins(one, other)), None)
            same = drawn.get(way) if way else None
            if known is not None:
                known.take(finding)
            elif finding.verdict is Verdict.SUPPORTED:
                continue
            elif same is not None and one in same.starts and finding.verdict is same.worst:
                same.count += 1
                same.ends = tuple(dict.fromkeys([*same.ends, other]))[:FAN]
            elif len(drawn) < RELATIONS and not any(set(done) & set(way) for done in drawn):
                drawn[way or (finding.id,)] = _Draft("relation", [], (one,), (other,), True, finding)
            else:
                further += 1
        self._join_mail()
        self.drafts += drawn.values()
        return further

    def lines(self) -> tuple[Line, ...]:
        """What was put together, in the order of kinds."""
        kinds = ("publishing", "mail", "relation")
        self.drafts.sort(key=lambda draft: kinds.index(draft.kind))
        return tuple(
            Line(
                f"l{number}",
                draft.kind,
                draft.all_words(most=2),
                draft.all_words(most=99),
                draft.starts,
                draft.ends,
                self._way(draft.starts[0], draft.ends[0], draft.finding),
                draft.both_ways,
                draft.finding,
            )
            for number, draft in enumerate(self.drafts)
        )

    def _keys(self, names: Iterable[str]) -> tuple[str, ...]:
        found = {self.box_of[name].key for name in names if name in self.box_of}
        return tuple(sorted(found, key=lambda key: int(key[1:])))

    def _add(self, draft: _Draft) -> None:
        """A flow; one between the same ends takes it in."""
        if draft.starts == draft.ends or not draft.starts or not draft.ends:
            return
        same = next((one for one in self.drafts if {one.starts, one.ends} == {draft.starts, draft.ends}), None)
        if same is None:
            self.drafts.append(draft)
            return
        same.words += [word for word in draft.words if word not in same.words]
        same.protocols |= draft.protocols
        same.both_ways = same.both_ways or same.starts != draft.starts
        same.take(draft.finding)

    def _publishing(self, rule: Publishing, about: Finding | None) -> Iterator[_Draft]:
        """Internet to proxy to targets; without a host of its own the line goes straight to the targets."""
        protocols = frozenset(rule.protocols or ())
        unknown = [] if protocols else ["protocols not known"]
        internet, host = self._keys([INTERNET]), self._keys([rule.host] if rule.host else [])
        targets = tuple(key for key in self._keys(rule.targets or ()) if key not in host)
        if not host:
            yield _Draft("publishing", unknown, internet, targets, finding=about, protocols=protocols)
            return
        yield _Draft("publishing", unknown, internet, host, finding=None if targets else about, protocols=protocols)
        yield _Draft("publishing", [f"rule {wording.cut(rule.name, 24)}"], host, targets, finding=about)

    def _join_mail(self) -> None:
        """Mail from one host to several on one way is one line with several ends."""
        seen: dict[tuple[object, ...], _Draft] = {}
        for draft in [one for one in self.drafts if one.kind == "mail"]:
            way = self._way(draft.starts[0], draft.ends[0], None)
            first = seen.setdefault((draft.starts, way, draft.both_ways, draft.worst), draft)
            if first is not draft and len(first.ends) < FAN:
                first.ends += draft.ends
                first.words += [word for word in draft.words if word not in first.words]
                self.drafts.remove(draft)

    def _pairs(self, findings: Sequence[Finding]) -> list[tuple[Finding, str, str, tuple[str, ...]]]:
        """Findings about two boxes or more, with a box for each side and the way between; worst and shortest first."""
        pairs = []
        for finding in findings:
            boxes = {box.key: box for name in finding.subjects if (box := self.box_of.get(name))}
            if len(boxes) > 1:
                one, other = self._far_ends(list(boxes.values()))
                pairs.append((finding, one, other, self._way(one, other, finding)))
        return sorted(pairs, key=lambda pair: (pair[0].verdict.rank, len(pair[3]), pair[0].id))

    def _far_ends(self, boxes: list[Box]) -> tuple[str, str]:
        """One box for each side: from the outermost and the innermost zone, the most telling box of each."""
        where = self.area_of
        order = sorted(boxes, key=lambda box: (where[box.key].level, where[box.key].key, box.importance, box.key))
        first, rest = order[0], order[1:]
        deepest = where[rest[-1].key]
        return first.key, next(box.key for box in rest if where[box.key] is deepest)

    def _way(self, start: str, end: str, finding: Finding | None) -> tuple[str, ...]:
        """Keys of the walls between two boxes, those that the finding names if possible; empty: no wall or no way."""
        told = frozenset(named_devices(finding, self.devices)) if finding else frozenset()
        here, there = (self.by_way_of.get(key, key) for key in (self.area_of[start].key, self.area_of[end].key))
        if (here, there, told) not in self.roads:
            self.roads[here, there, told] = self._road(here, there, told)
        return self.roads[here, there, told]

    def _road(self, here: str, there: str, told: frozenset[str]) -> tuple[str, ...]:
        walls = sorted(self.walls, key=lambda wall: wall.device.name not in told)
        ways: dict[str, tuple[str, ...]] = {here: ()}
        fresh = [here]
        while fresh and there not in ways:
            reached: list[str] = []
            for area, wall in [(area, wall) for area in fresh for wall in walls if area in wall.areas]:
                for leg in wall.areas:
                    if leg not in ways:
                        ways[leg] = (*ways[area], wall.key)
                        reached.append(leg)
            fresh = reached
        return ways.get(there, ())


def _subscriptions(topology: Topology) -> Iterator[tuple[str, str]]:
    """Each subscribed Edge server with the first Hub Transport server of the site that pushes to it."""
    for edge in sorted(topology.servers, key=lambda server: wording.natural(server.name)):
        for site in edge.subscribed_to or ():
            hubs = [one for one in topology.servers if one.site == site and one.holds(Role.HUB_TRANSPORT)]
            # A hub that already carries mail with this Edge server: one line then says both.
            paths = [flow.path for flow in topology.mail_flow if edge.name in flow.path]
            hubs.sort(key=lambda hub: (not any(hub.name in path for path in paths), wording.natural(hub.name)))
            if hubs and edge.is_edge:
                yield edge.name, hubs[0].name
