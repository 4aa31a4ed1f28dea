"""What the picture shows, before anyone draws it: zones with boxes, walls between zones, lines between boxes.

Everything is sorted by names here, so that equal advice gives an equal picture whatever the order of the file.
Keys (`b3`, `w1`) are made here; a customer's names occur as text only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from exkit.advice import Advice, Finding
from exkit.diagram import wording
from exkit.topology import Firewall, Publishing, Role, Server, Topology, ZoneKind
from exkit.verdict import Verdict

RELATIONS = 8  # lines drawn for verdicts alone, worst first; a picture with more is a tangle
CROWDED = 6  # servers in a zone from which on three of one kind share a box
FAN = 4  # boxes at the far end of one line
MANY = 12  # servers in all from which on two of one kind do
# Families whose findings are about what lies between hosts; all others are about the hosts themselves.
BETWEEN = frozenset({"separation", "edge", "mail_flow", "mail-flow", "publishing"})
INTERNET, CLOUD = "internet", "eop"


@dataclass(frozen=True)
class Box:
    """A server, or several of one kind; or the Internet itself."""

    key: str
    zone: str
    names: tuple[str, ...]
    lines: tuple[str, ...]
    importance: int
    finding: Finding | None = None
    lifecycle: Finding | None = None
    place: bool = False  # stands for a place such as the Internet, not for servers


@dataclass(frozen=True)
class Area:
    """A zone, with its distance from the Internet."""

    key: str
    name: str
    kind: ZoneKind | None
    level: int
    boxes: tuple[Box, ...]
    sound: Finding | None  # why its servers may talk freely, when that was judged


@dataclass(frozen=True)
class Wall:
    """A firewall between zones."""

    key: str
    device: Firewall
    areas: tuple[str, ...]
    sound: Finding | None


@dataclass(frozen=True)
class Line:
    """Traffic between boxes, or a verdict on it; `walls` are the firewalls that it passes, in order."""

    key: str
    kind: str  # publishing, mail or relation
    words: tuple[str, ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    walls: tuple[str, ...]
    both_ways: bool
    finding: Finding | None


@dataclass(frozen=True)
class Sketch:
    """The whole picture."""

    areas: tuple[Area, ...]
    walls: tuple[Wall, ...]
    lines: tuple[Line, ...]
    further: int  # findings about relations that are not drawn


def sketch(advice: Advice) -> Sketch:
    """What is to be drawn for some advice."""
    topology = advice.topology
    levels = zone_levels(topology)
    findings = sorted(advice.findings, key=lambda finding: (finding.verdict.rank, finding.id))
    areas = tuple(_areas(topology, levels, findings))
    walls = tuple(_walls(topology, areas, findings))
    lines, further = _lines(topology, areas, walls, findings)
    return Sketch(areas, walls, lines, further)


def zone_levels(topology: Topology) -> dict[str, int]:
    """How many walls each zone lies behind the Internet, by name.

    A zone behind a perimeter network stands below it even when another firewall joins it to the Internet. Of zones
    that no wall joins to the Internet the outermost, with the most walls, is taken as the first; its kind places it.
    """
    kinds = {zone.name: zone.kind for zone in topology.zones}
    walls = {name: sum(name in device.between for device in topology.firewalls) for name in kinds}
    by_kind = {ZoneKind.INTERNET: 0, ZoneKind.CLOUD: 0, ZoneKind.PERIMETER: 1, ZoneKind.REPLICATION: 3}
    roots = sorted(kinds, key=lambda name: (by_kind.get(kinds[name], 2), -walls[name], wording.natural(name)))
    levels = {name: 0 for name, kind in kinds.items() if by_kind.get(kind) == 0}
    while True:
        found = _reached(topology, kinds, levels)
        if not found:
            left = next((name for name in roots if name not in levels), None)
            if left is None:
                return levels
            found = {left: by_kind.get(kinds[left], 2)}
        levels |= found


def _reached(topology: Topology, kinds: dict[str, ZoneKind], levels: dict[str, int]) -> dict[str, int]:
    """The zones next to those that have a level, with theirs; perimeter networks first."""
    found: dict[str, int] = {}
    deepest: dict[str, int] = {}
    for device in topology.firewalls:
        known = [leg for leg in device.between if leg in levels]
        for name in device.between:
            if name in levels or not known:
                continue
            level = 1 + min(levels[leg] for leg in known)
            behind_perimeter = len(device.between) == 2 and kinds[known[0]] is ZoneKind.PERIMETER
            found[name] = min(found.get(name, level), level)
            deepest[name] = max(deepest.get(name, 0), level if behind_perimeter else 0)
    outer = {name: level for name, level in found.items() if kinds[name] is ZoneKind.PERIMETER}
    return outer or {name: max(level, deepest[name]) for name, level in found.items()}


def _areas(topology: Topology, levels: dict[str, int], findings: list[Finding]) -> Iterator[Area]:
    key = _counter("b")
    written = {name for flow in topology.mail_flow for name in flow.path}
    zones = sorted(topology.zones, key=lambda zone: (levels[zone.name], zone.kind, wording.natural(zone.name)))
    named: list[tuple[str, ZoneKind | None, int]] = [(zone.name, zone.kind, levels[zone.name]) for zone in zones]
    have = {kind for _, kind, _ in named}
    if ZoneKind.INTERNET not in have and (topology.publishing or INTERNET in written):
        named.insert(0, ("Internet", ZoneKind.INTERNET, 0))
    hybrid = topology.hybrid is not None and topology.hybrid.topology != "none"
    if ZoneKind.CLOUD not in have and (CLOUD in written or hybrid):
        named.insert(1, ("Exchange Online", ZoneKind.CLOUD, 0))
    if any(server.zone is None for server in topology.servers):
        named.append(("zone not known", None, max(levels.values(), default=0) + 1))
    for number, (name, kind, level) in enumerate(named):
        area_key = f"z{number}"
        servers = [server for server in topology.servers if server.zone == (name if kind else None)]
        boxes = _boxes(area_key, servers, topology, findings, key)
        if kind is ZoneKind.INTERNET:
            shown = "Internet" if name.casefold() == INTERNET else name
            boxes = (Box(key(), area_key, (shown,), ("clients and mail from outside",), 0, place=True), *boxes)
        elif kind is ZoneKind.CLOUD:
            boxes = (Box(key(), area_key, (name,), ("cloud",), 0, place=True), *boxes)
        elif not boxes:
            cards = sorted((one.name for one in topology.servers if name in (one.also_in or ())), key=wording.natural)
            said = ("second network card of", ", ".join(cards)) if cards else ("no servers written here",)
            boxes = (Box(key(), area_key, (), said, 9, place=True),)
        inside = {server.name for server in servers}
        sound = next(
            (one for one in findings if _is_relation(one) and len(one.subjects) > 1 and set(one.subjects) <= inside),
            None,
        )
        supported = sound if sound and sound.verdict is Verdict.SUPPORTED else None
        yield Area(area_key, name, kind, level, boxes, supported)


def _boxes(
    area: str, servers: list[Server], topology: Topology, findings: list[Finding], key: Callable[[], str]
) -> tuple[Box, ...]:
    alike: dict[tuple[object, ...], list[Box]] = defaultdict(list)
    for server in sorted(servers, key=lambda server: wording.natural(server.name)):
        own = [one for one in findings if server.name in one.subjects and not _is_relation(one)]
        layout = [one for one in own if one.aspect == "topology" and _shows(one)]
        ended = [one for one in own if one.aspect == "lifecycle" and one.verdict is not Verdict.SUPPORTED]
        box = Box(
            "",
            area,
            (server.name,),
            _body(server, topology),
            _importance(server),
            min(layout, key=lambda one: (one.verdict.rank, one.family != "placement", one.id), default=None),
            next(iter(ended), None),
        )
        kind = tuple(one and (one.statement, one.verdict, bool(one.waiver)) for one in (box.finding, box.lifecycle))
        hosts = tuple(sorted(rule.name for rule in topology.publishing if rule.host == server.name))
        alike[(box.lines, box.importance, kind, hosts)].append(box)
    groups = list(alike.values())
    if len(servers) > CROWDED or len(topology.servers) > MANY:
        least = 2 if len(topology.servers) > MANY else 3
        groups = [part for group in groups for part in ([group] if len(group) >= least else [[one] for one in group])]
    else:
        groups = [[one] for group in groups for one in group]
    merged = [replace(group[0], names=tuple(one.names[0] for one in group)) for group in groups]
    merged.sort(key=lambda box: (box.importance, wording.natural(box.names[0])))
    return tuple(replace(box, key=key()) for box in merged)


def _shows(finding: Finding) -> bool:
    """Whether a box shows this finding: its placement always, other things only when there is something to do."""
    return finding.family == "placement" or finding.verdict not in (Verdict.SUPPORTED, Verdict.UNKNOWN)


def _is_relation(finding: Finding) -> bool:
    return finding.aspect == "topology" and finding.family in BETWEEN


def _body(server: Server, topology: Topology) -> tuple[str, ...]:
    lines = [wording.roles_words(server), wording.version_words(server)]
    if not server.is_exchange and server.also_runs:
        lines.append(", ".join(server.also_runs))
    if server.site and len(topology.ad_sites) > 1:
        lines.append(f"site {server.site}")
    groups = [f"{group.kind.upper()} {group.name}" for group in topology.dags if server.name in group.members]
    groups += [f"witness of {group.name}" for group in topology.dags if server.name == group.witness]
    lines += sorted(groups)
    if server.also_in:
        lines.append("also in " + ", ".join(sorted(server.also_in)))
    return tuple(line for line in lines if line)


def _importance(server: Server) -> int:
    """0 for what faces the Internet, then Exchange, then the rest: the order within a zone."""
    if server.holds(Role.REVERSE_PROXY, Role.LOAD_BALANCER):
        return 0
    if server.holds(Role.EDGE_TRANSPORT, Role.SMTP_GATEWAY):
        return 1
    if server.holds(Role.CLIENT_ACCESS, Role.FRONT_END):
        return 2
    if server.is_exchange:
        return 3
    return 5 if server.holds(Role.DOMAIN_CONTROLLER, Role.READ_ONLY_DOMAIN_CONTROLLER) else 6


def _walls(topology: Topology, areas: tuple[Area, ...], findings: list[Finding]) -> Iterator[Wall]:
    by_name = {area.name: area for area in areas}
    for number, device in enumerate(sorted(topology.firewalls, key=lambda device: wording.natural(device.name))):
        legs = sorted((by_name[name] for name in device.between), key=lambda area: (area.level, area.key))
        about = [one for one in findings if _is_relation(one) and device.name in named_devices(one, topology)]
        sound = about[0] if about and about[0].verdict is Verdict.SUPPORTED else None
        yield Wall(f"w{number}", device, tuple(area.key for area in legs), sound)


def named_devices(finding: Finding, topology: Topology) -> set[str]:
    """The firewalls that a finding is about, by its subjects, its id and its evidence."""
    names = {device.name for device in topology.firewalls}
    anchor = finding.id.rpartition("@")[2]
    return {
        name
        for name in names
        if name in finding.subjects
        or name in anchor.split("+")
        or any(item.path.startswith(f"firewalls.{name}.") for item in finding.evidence)
    }


@dataclass
class _Draft:
    """A line while it is put together: flows between the same ends share one line, findings join it."""

    kind: str
    words: list[str]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    both_ways: bool
    finding: Finding | None = None
    count: int = 1  # findings that it stands for

    @property
    def worst(self) -> Verdict | None:
        """The verdict that it shows."""
        return self.finding.verdict if self.finding else None

    def joins(self, one: str, other: str) -> bool:
        """Whether it leads from one box to the other, whichever way."""
        return (one in self.starts and other in self.ends) or (other in self.starts and one in self.ends)


def _on_shortest_roads(
    findings: list[Finding],
    box_of: dict[str, Box],
    area_of: dict[str, Area],
    roads: _Roads,
    topology: Topology,
) -> list[tuple[Finding, list[Box]]]:
    """Findings about two boxes or more, worst first and of equals those with the shortest way."""
    about = []
    for finding in findings:
        boxes = list({box_of[name].key: box_of[name] for name in finding.subjects if name in box_of}.values())
        if _is_relation(finding) and len(boxes) > 1:
            one, other = _far_ends(boxes, area_of)
            way = roads.between(area_of[one.key].key, area_of[other.key].key, finding, topology)
            about.append((finding.verdict.rank, len(way), finding.id, finding, boxes))
    return [(finding, boxes) for _, _, _, finding, boxes in sorted(about, key=lambda entry: entry[:3])]


def _lines(
    topology: Topology, areas: tuple[Area, ...], walls: tuple[Wall, ...], findings: list[Finding]
) -> tuple[tuple[Line, ...], int]:
    box_of = {name: box for area in areas for box in area.boxes if not box.place for name in box.names}
    area_of = {box.key: area for area in areas for box in area.boxes}
    abroad = {area.kind: area.boxes[0] for area in reversed(areas) if area.boxes[0].place and area.level == 0}
    for word, kind in ((INTERNET, ZoneKind.INTERNET), (CLOUD, ZoneKind.CLOUD)):
        if kind in abroad:
            box_of.setdefault(word, abroad[kind])
    for area in areas:
        box_of.setdefault(area.name, area.boxes[0])
    roads = _Roads(areas, walls)
    drafts: dict[tuple[object, ...], _Draft] = {}

    def add(draft: _Draft) -> None:
        ends = (draft.starts, draft.ends)
        if draft.starts == draft.ends:
            return
        same = drafts.get(ends) or drafts.get(ends[::-1])
        if same is None:
            drafts[ends] = draft
            return
        same.words += [word for word in draft.words if word not in same.words]
        same.both_ways = same.both_ways or draft.both_ways or same.starts != draft.starts
        if draft.finding and (same.finding is None or draft.finding.verdict.worse_than(same.finding.verdict)):
            same.finding = draft.finding

    def keys(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted({box_of[name].key for name in names if name in box_of}, key=lambda key: int(key[1:])))

    for rule in sorted(topology.publishing, key=lambda rule: wording.natural(rule.name)):
        for draft in _publishing(rule, keys, findings):
            add(draft)
    hops = sorted({hop for flow in topology.mail_flow for hop in zip(flow.path, flow.path[1:], strict=False)})
    for start, end in hops:
        add(_Draft("mail", ["mail"], keys([start]), keys([end]), both_ways=False))
    for edge, hub in _subscriptions(topology):
        add(_Draft("mail", ["EdgeSync"], keys([hub]), keys([edge]), both_ways=False))

    for draft in drafts.values():
        if draft.both_ways and area_of[draft.starts[0]].level > area_of[draft.ends[0]].level:
            draft.starts, draft.ends = draft.ends, draft.starts
    further = 0
    relations: dict[tuple[str, ...], _Draft] = {}
    for finding, boxes in _on_shortest_roads(findings, box_of, area_of, roads, topology):
        one, other = _far_ends(boxes, area_of)
        known = next((draft for draft in drafts.values() if draft.joins(one.key, other.key)), None)
        if known is not None:
            if known.finding is None or finding.verdict.worse_than(known.finding.verdict):
                known.finding = finding
            continue
        if finding.verdict is Verdict.SUPPORTED:
            continue
        way = roads.between(area_of[one.key].key, area_of[other.key].key, finding, topology)
        # One line a wall: what is wrong with it is wrong for all who pass it. A longer way through the same wall says
        # nothing new either.
        same = relations.get(way) if way else None
        if same is not None and one.key in same.starts and finding.verdict is same.worst:
            same.count += 1
            same.ends = tuple(dict.fromkeys([*same.ends, other.key]))[:FAN]
        elif len(relations) < RELATIONS and not any(set(done) & set(way) for done in relations):
            relations[way or (finding.id,)] = _Draft("relation", [], (one.key,), (other.key,), True, finding)
        else:
            further += 1
    _join_mail(
        drafts, lambda draft: roads.between(area_of[draft.starts[0]].key, area_of[draft.ends[0]].key, None, topology)
    )
    for draft in relations.values():
        draft.words = [f"{draft.count} relations"] if draft.count > 1 else []
        drafts[draft.starts, draft.ends] = draft
    lines = [
        Line(
            f"l{number}",
            draft.kind,
            tuple(draft.words),
            draft.starts,
            draft.ends,
            roads.between(area_of[draft.starts[0]].key, area_of[draft.ends[0]].key, draft.finding, topology),
            draft.both_ways,
            draft.finding,
        )
        for number, draft in enumerate(drafts.values())
    ]
    # The order of gates in walls, from left to right: equal in all walls, so that lines do not cross there.
    kinds = ("publishing", "mail", "relation")
    return tuple(sorted(lines, key=lambda line: kinds.index(line.kind))), further


def _join_mail(drafts: dict[tuple[object, ...], _Draft], way: Callable[[_Draft], tuple[str, ...]]) -> None:
    """Mail from one host to several on one way is one line with several ends."""
    seen: dict[tuple[object, ...], _Draft] = {}
    for ends, draft in list(drafts.items()):
        kind = (draft.kind, draft.starts, way(draft), draft.both_ways, draft.worst)
        first = seen.setdefault(kind, draft)
        if draft.kind == "mail" and first is not draft and len(first.ends) < FAN:
            first.ends += draft.ends
            first.words += [word for word in draft.words if word not in first.words]
            del drafts[ends]


def _publishing(
    rule: Publishing, keys: Callable[[Iterable[str]], tuple[str, ...]], findings: list[Finding]
) -> Iterator[_Draft]:
    """Internet to proxy to targets; without a host of its own the line goes straight to the targets."""
    about = next((one for one in findings if _is_relation(one) and rule.name in one.subjects), None)
    protocols = wording.protocol_words(rule.protocols, most=2)
    internet, host, targets = keys([INTERNET]), keys([rule.host] if rule.host else []), keys(rule.targets or ())
    if internet and host:
        yield _Draft("publishing", [protocols], internet, host, both_ways=False, finding=about if not targets else None)
    start = host or internet
    if start and targets:
        words = f"rule {wording.cut(rule.name, 24)}" if host else protocols
        yield _Draft(
            "publishing", [words], start, tuple(key for key in targets if key not in start) or start, False, about
        )


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


def _far_ends(boxes: list[Box], area_of: dict[str, Area]) -> tuple[Box, Box]:
    """One box for each side of a relation: from the outermost and the innermost zone, the most telling box of each."""
    order = sorted(boxes, key=lambda box: (area_of[box.key].level, area_of[box.key].key, box.importance, box.key))
    first = order[0]
    rest = [box for box in order if box.key != first.key]
    deepest = area_of[rest[-1].key].key
    return first, next(box for box in rest if area_of[box.key].key == deepest)


class _Roads:
    """The shortest way from zone to zone, wall by wall."""

    def __init__(self, areas: tuple[Area, ...], walls: tuple[Wall, ...]) -> None:
        self._areas = areas
        self._walls = walls

    def between(self, start: str, end: str, finding: Finding | None, topology: Topology) -> tuple[str, ...]:
        """Keys of the walls on the way; those that the finding names are preferred. Empty when there is no way."""
        told = named_devices(finding, topology) if finding else set()
        ways: dict[str, tuple[str, ...]] = {start: ()}
        fresh = [start]
        while fresh and end not in ways:
            reached: list[str] = []
            for area in fresh:
                for wall in sorted(self._walls, key=lambda wall: (wall.device.name not in told, wall.key)):
                    for leg in wall.areas if area in wall.areas else ():
                        if leg not in ways:
                            ways[leg] = (*ways[area], wall.key)
                            reached.append(leg)
            fresh = reached
        return ways.get(end, ())


def _counter(prefix: str) -> Callable[[], str]:
    numbers = iter(range(10**9))
    return lambda: f"{prefix}{next(numbers)}"
