"""Zones with the servers in them, and the firewalls between, as a picture shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from exkit.advice import Finding
from exkit.diagram import wording
from exkit.diagram.parts import Area, Box, Wall, is_relation, named_devices
from exkit.topology import Role, Server, Topology, ZoneKind
from exkit.verdict import Verdict

CROWDED = 6  # servers in a zone from which on three of one kind share a box
MANY = 12  # servers in all from which on two of one kind do
INTERNET, CLOUD = "internet", "eop"
BySubject = Mapping[str, Sequence[Finding]]


def zone_levels(topology: Topology) -> dict[str, int]:
    """How many walls each zone lies behind the Internet, by name.

    A zone behind a perimeter network stands below it even when another firewall joins it to the Internet. Of zones
    that no wall joins to the Internet the outermost, with the most walls, is taken as the first; its kind places it.
    """
    peopled = peopled_zones(topology)
    kinds = {
        # A cloud with the customer's own servers in it is one more of his networks.
        zone.name: ZoneKind.INTERNAL if zone.kind is ZoneKind.CLOUD and zone.name in peopled else zone.kind
        for zone in topology.zones
    }
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


def peopled_zones(topology: Topology) -> set[str]:
    """Names of the zones in which servers are written."""
    return {server.zone for server in topology.servers if server.zone}


def areas_of(topology: Topology, findings: Sequence[Finding]) -> Iterator[Area]:
    """All zones from the Internet inwards, and what is not written but spoken of: the Internet, Exchange Online."""
    levels = zone_levels(topology)
    by_subject: dict[str, list[Finding]] = defaultdict(list)
    members = {group.name: group.members for group in topology.dags}
    for finding in findings:
        about = set(finding.subjects)
        if about <= members.keys():  # what is said of a group of servers alone is shown on its members
            about |= {name for group in about for name in members[group]}
        for name in about:
            by_subject[name].append(finding)
    key = _counter("b")
    written = {name for flow in topology.mail_flow for name in flow.path}
    zones = sorted(topology.zones, key=lambda zone: (levels[zone.name], zone.kind, wording.natural(zone.name)))
    named: list[tuple[str, ZoneKind | None, int]] = [(zone.name, zone.kind, levels[zone.name]) for zone in zones]
    # A cloud zone with servers in it is the customer's own, such as Azure; mail to Exchange Online goes elsewhere.
    peopled = peopled_zones(topology)
    have = {kind for name, kind, _ in named if kind is not ZoneKind.CLOUD or name not in peopled}
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
        boxes = _boxes(area_key, servers, topology, by_subject, key)
        if kind is ZoneKind.INTERNET:
            shown = "Internet" if name.casefold() == INTERNET else name
            boxes = (Box(key(), area_key, (shown,), ("clients and mail from outside",), 0, place=True), *boxes)
        elif kind is ZoneKind.CLOUD and not boxes:
            boxes = (Box(key(), area_key, (name,), ("cloud",), 0, place=True),)
        elif not boxes:
            cards = sorted((one.name for one in topology.servers if name in (one.also_in or ())), key=wording.natural)
            said = ("second network card of", ", ".join(cards)) if cards else ("no servers written here",)
            boxes = (Box(key(), area_key, (), said, 9, place=True),)
        inside = {server.name for server in servers}
        sound = next(
            (one for one in findings if is_relation(one) and len(one.subjects) > 1 and set(one.subjects) <= inside),
            None,
        )
        supported = sound if sound and sound.verdict is Verdict.SUPPORTED else None
        yield Area(area_key, name, kind, level, boxes, supported)


def _boxes(
    area: str, servers: list[Server], topology: Topology, findings: BySubject, key: Callable[[], str]
) -> tuple[Box, ...]:
    alike: dict[tuple[object, ...], list[Box]] = defaultdict(list)
    for server in sorted(servers, key=lambda server: wording.natural(server.name)):
        own = [one for one in findings.get(server.name, ()) if len(one.subjects) == 1 or not is_relation(one)]
        layout = [one for one in own if one.aspect == "topology" and _shows(one)]
        ended = [one for one in own if one.aspect == "lifecycle" and one.verdict is not Verdict.SUPPORTED]
        box = Box(
            "",
            area,
            (server.name,),
            _body(server, topology),
            _importance(server),
            min(layout, key=lambda one: (one.verdict.rank, one.topic != "placement", one.id), default=None),
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
    return "placement" in (finding.topic, finding.family) or finding.verdict not in (Verdict.SUPPORTED, Verdict.UNKNOWN)


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


def walls_of(topology: Topology, areas: tuple[Area, ...], findings: Sequence[Finding]) -> Iterator[Wall]:
    """All firewalls, each with the areas it joins."""
    by_name = {area.name: area for area in areas}
    devices = frozenset(device.name for device in topology.firewalls)
    first: dict[str, Finding] = {}
    faults: dict[str, Finding] = {}
    for finding in findings:
        if len(finding.subjects) == 1 and finding.verdict not in (Verdict.SUPPORTED, Verdict.UNKNOWN):
            faults.setdefault(finding.subjects[0], finding)
        for name in named_devices(finding, devices) if is_relation(finding) else ():
            first.setdefault(name, finding)
    for number, device in enumerate(sorted(topology.firewalls, key=lambda device: wording.natural(device.name))):
        legs = sorted((by_name[name] for name in device.between), key=lambda area: (area.level, area.key))
        worst = first.get(device.name)
        sound = worst if worst and worst.verdict is Verdict.SUPPORTED else None
        own = faults.get(device.name, sound)
        yield Wall(f"w{number}", device, tuple(area.key for area in legs), own)


def _counter(prefix: str) -> Callable[[], str]:
    numbers = iter(range(10**9))
    return lambda: f"{prefix}{next(numbers)}"
