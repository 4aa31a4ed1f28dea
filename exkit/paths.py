"""Which firewalls lie between two hosts on every route, and what they let through.

A VPN hop is no filter by itself; a router ACL, a security group and a network firewall are; the
Windows firewall of a host and a load balancer are not devices between hosts, so they do not occur here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from exkit.topology import AllowLine, Firewall, FirewallKind, Server, Topology, ZoneKind, port_range

Interval = tuple[int, int]
Route = tuple[Firewall, ...]


@dataclass(frozen=True)
class PortSet:
    """Ports that pass, as disjoint intervals for each transport; `any` means everything.

    >>> opened = PortSet.of(["25/tcp", "1024-65535/tcp"])
    >>> opened.covers(PortSet.of(["50636/tcp"])), opened.covers(PortSet.of(["53/udp"]))
    (True, False)
    >>> str(opened.minus(PortSet.of(["1024-65535/tcp"])))
    '25/tcp'
    >>> PortSet.of(["1-65535/tcp", "1-65535/udp"]).everything
    True
    """

    intervals: tuple[tuple[str, tuple[Interval, ...]], ...]

    @classmethod
    def of(cls, ports: Iterable[str]) -> PortSet:
        """The set of ports as written: `25/tcp`, `1024-65535/udp`, `icmp`, `any`."""
        return _port_set(tuple(ports))

    @cached_property
    def _by_transport(self) -> dict[str, tuple[Interval, ...]]:
        return dict(self.intervals)

    def __bool__(self) -> bool:
        return bool(self.intervals)

    @property
    def everything(self) -> bool:
        """Every port of TCP and UDP (port 0 is no port)."""
        if "any" in self._by_transport:
            return True
        return all(
            any(low <= 1 and high == 65535 for low, high in self._by_transport.get(transport, ()))
            for transport in ("tcp", "udp")
        )

    def covers(self, other: PortSet) -> bool:
        """Whether all of `other` passes."""
        return not other.minus(self)

    def minus(self, other: PortSet) -> PortSet:
        """What is here and not in `other`."""
        if "any" in other._by_transport:
            return PortSet(())
        rest = []
        for transport, intervals in self.intervals:
            left = _without(intervals, other._by_transport.get(transport, ()))
            if left:
                rest.append((transport, left))
        return PortSet(tuple(rest))

    def plus(self, other: PortSet) -> PortSet:
        """What is in either."""
        return PortSet.of([*self.texts, *other.texts])

    @property
    def texts(self) -> tuple[str, ...]:
        """The ports as a topology file writes them."""
        return tuple(
            transport if transport not in ("tcp", "udp") else f"{low if low == high else f'{low}-{high}'}/{transport}"
            for transport, intervals in self.intervals
            for low, high in intervals
        )

    def __str__(self) -> str:
        return ", ".join(self.texts)


@lru_cache(maxsize=4096)  # the same few lists of ports are asked for again and again
def _port_set(ports: tuple[str, ...]) -> PortSet:
    found: dict[str, list[Interval]] = defaultdict(list)
    for text in ports:
        transport, low, high = port_range(text)
        found[transport].append((low, high))
    return PortSet(tuple((transport, _merged(found[transport])) for transport in sorted(found)))


def _merged(intervals: list[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _without(intervals: Iterable[Interval], taken: Iterable[Interval]) -> tuple[Interval, ...]:
    left = list(intervals)
    for cut_low, cut_high in taken:
        left = [
            piece
            for low, high in left
            for piece in ((low, min(high, cut_low - 1)), (max(low, cut_high + 1), high))
            if piece[0] <= piece[1]
        ]
    return tuple(sorted(set(left)))


class Passage(StrEnum):
    """How traffic between two hosts fares, worst first."""

    NO_ROUTE = "no route known"
    FILTERED = "filtered on every route"
    INSPECTED = "inspected or altered"
    DIFFERS = "filtered on some routes"
    RULES_UNKNOWN = "rules not known"
    INSPECTION_UNKNOWN = "inspection not known"
    TRANSLATED = "address translated"
    OPEN = "every port passes"
    VPN = "a VPN without filter"
    DIRECT = "no device between"


FREE = (Passage.DIRECT, Passage.OPEN, Passage.VPN)  # nothing is limited or changed
CANNOT_INSPECT = (FirewallKind.SITE_TO_SITE_VPN, FirewallKind.ROUTER_ACL, FirewallKind.SECURITY_GROUP)
_WORST_FIRST = {passage: rank for rank, passage in enumerate(Passage)}
_LIMITING = {Passage.FILTERED, Passage.INSPECTED}


@dataclass(frozen=True)
class Way:
    """What lies between two hosts: the passage over all routes, and the devices that decide it."""

    passage: Passage
    devices: tuple[Firewall, ...]

    @property
    def device_names(self) -> tuple[str, ...]:
        """Names of the deciding devices, sorted."""
        return tuple(sorted({device.name for device in self.devices}))


@dataclass(frozen=True)
class Network:
    """The zones and devices of one topology, with routes worked out once for each pair of zones."""

    topology: Topology
    _routes: dict[tuple[frozenset[str], frozenset[str]], tuple[Route, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _ways: dict[tuple[object, object], Way] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def kinds(self) -> dict[str, ZoneKind]:
        """Each zone's kind."""
        return {zone.name: zone.kind for zone in self.topology.zones}

    @cached_property
    def _doors(self) -> dict[str, list[tuple[Firewall, str]]]:
        doors: dict[str, list[tuple[Firewall, str]]] = defaultdict(list)
        for device in sorted(self.topology.firewalls, key=lambda device: device.name):
            for here in device.between:
                for there in device.between:
                    if here != there:
                        doors[here].append((device, there))
        return doors

    @cached_property
    def _runs(self) -> dict[str, frozenset[str]]:
        """Server name to the zones of the firewalls that this server is."""
        zones: dict[str, frozenset[str]] = defaultdict(frozenset)
        for device in self.topology.firewalls:
            if device.host is not None:
                zones[device.host] |= set(device.between)
        return zones

    def zones_of(self, server: Server) -> frozenset[str]:
        """The zones a host stands in: its own, those of further network cards, and both sides if it is the firewall.

        Replication networks are left out unless it stands in one alone: they carry log shipping only.
        """
        return self._zones[server.name]

    @cached_property
    def _zones(self) -> dict[str, frozenset[str]]:
        return {server.name: self._zones_of(server) for server in self.topology.servers}

    def _zones_of(self, server: Server) -> frozenset[str]:
        cards = (server.zone, *(server.also_in or ())) if server.zone is not None else ()  # else the main one is open
        zones = {*cards, *self._runs.get(server.name, ())} - {None}
        carrying = {zone for zone in zones if zone is not None and self.kinds[zone] is not ZoneKind.REPLICATION}
        return frozenset(carrying or {zone for zone in zones if zone is not None})

    @cached_property
    def _lines_naming(self) -> dict[str, frozenset[tuple[str, str, str, tuple[str, ...]]]]:
        """Host name to what the lines that name it say: device, side, the other end, ports."""
        lines: dict[str, set[tuple[str, str, str, tuple[str, ...]]]] = defaultdict(set)
        for device in self.topology.firewalls:
            for line in device.allow or ():
                lines[line.source].add((device.name, "from", line.target, line.ports))
                lines[line.target].add((device.name, "to", line.source, line.ports))
        return {name: frozenset(found) for name, found in lines.items()}

    @cached_property
    def _standing(self) -> dict[str, tuple[object, object]]:
        named = self._lines_naming
        return {server.name: (self.zones_of(server), named.get(server.name)) for server in self.topology.servers}

    def standing(self, server: Server) -> tuple[object, object]:
        """What decides the paths of a host: its zones and the lines that name it. Equal for a class of hosts."""
        return self._standing[server.name]

    def routes(self, server: Server, other: Server) -> tuple[Route, ...]:
        """Every route between two hosts as the devices on it, nearest first; () alone when they share a zone."""
        start, goal = self.zones_of(server), self.zones_of(other)
        if server.zone is not None and server.zone == other.zone:
            return ((),)
        if (start, goal) not in self._routes:
            # A network that both have a card in is one route; what joins their other networks is another.
            shared = start & goal
            found = self._find_routes(start - shared, goal - shared)
            self._routes[start, goal] = ((), *found) if shared else found
        return self._routes[start, goal]

    def _find_routes(self, start: frozenset[str], goal: frozenset[str]) -> tuple[Route, ...]:
        """Breadth first. Traffic does not cross the Internet or a replication network on its way, nor a perimeter
        network when there is a way around it; a route more than one hop longer than the shortest is not chosen."""
        barred_always = {ZoneKind.INTERNET, ZoneKind.CLOUD, ZoneKind.REPLICATION}
        # What stands in one perimeter network has its ordinary way through another.
        within = all(self.kinds[zone] is ZoneKind.PERIMETER for zone in start)
        within |= all(self.kinds[zone] is ZoneKind.PERIMETER for zone in goal)
        for barred in [barred_always] if within else [barred_always | {ZoneKind.PERIMETER}, barred_always]:
            found: list[Route] = []
            level: list[tuple[str, Route, frozenset[str]]] = [(zone, (), start) for zone in sorted(start)]
            longest = len(self.kinds)
            depth = 0
            while level and depth < longest:
                depth += 1
                reached: list[tuple[str, Route, frozenset[str]]] = []
                for zone, route, seen in level:
                    for device, there in self._doors[zone]:
                        if route and not (seen - {zone}).isdisjoint(device.between):
                            continue  # it stood at an earlier network already: nothing goes round to enter it there
                        if there in goal:
                            found.append((*route, device))
                        elif there not in seen and self.kinds[there] not in barred and device not in route:
                            reached.append((there, (*route, device), seen | {there}))
                if found:
                    longest = min(longest, depth + 1)
                level = reached
            if found:
                # By name: hashing a device means hashing all of its lines.
                return tuple({tuple(device.name for device in route): route for route in found}.values())
        return ()

    def opened(self, device: Firewall, server: Server, other: Server) -> PortSet | None:
        """What a device lets `server` open towards `other`; None when nobody told us its rules."""
        return opened(device, {server.name, *self.zones_of(server)}, {other.name, *self.zones_of(other)})

    def _at(self, device: Firewall, server: Server, other: Server) -> Passage:
        outward, inward = self.opened(device, server, other), self.opened(device, other, server)
        if outward is not None and inward is not None and not (outward.everything and inward.everything):
            return Passage.FILTERED
        if device.inspects:
            return Passage.INSPECTED
        if outward is None or inward is None:
            return Passage.RULES_UNKNOWN
        if device.inspects is None and device.kind not in CANNOT_INSPECT:
            return Passage.INSPECTION_UNKNOWN
        if self.translates(device):
            return Passage.TRANSLATED
        return Passage.VPN if device.kind is FirewallKind.SITE_TO_SITE_VPN else Passage.OPEN

    def translates(self, device: Firewall) -> bool:
        """Whether a device translates addresses between networks inside. One that joins the Internet as well does so
        towards the Internet; whether it does more, a question asks."""
        return bool(device.nat) and not self._internet & set(device.between)

    def way(self, server: Server, other: Server) -> Way:
        """What lies between two hosts, over all routes: filtered when all filter, differing when some do."""
        key = (self.standing(server), self.standing(other))
        if key not in self._ways:
            self._ways[key] = self._judge(server, other)
        return self._ways[key]

    def _judge(self, server: Server, other: Server) -> Way:
        routes = self.routes(server, other)
        if not routes:
            return Way(Passage.NO_ROUTE, ())
        if routes == ((),):
            return Way(Passage.DIRECT, ())
        worst_on: list[tuple[Passage, Route]] = []
        for route in routes:
            if not route:
                worst_on.append((Passage.DIRECT, ()))
                continue
            states = {device.name: self._at(device, server, other) for device in route}
            worst = min(states.values(), key=_WORST_FIRST.__getitem__)
            worst_on.append((worst, tuple(device for device in route if states[device.name] is worst)))
        limiting = [deciders for passage, deciders in worst_on if passage in _LIMITING]
        if limiting and len(limiting) < len(worst_on):
            return Way(Passage.DIFFERS, _together(limiting))
        passage = min((passage for passage, _ in worst_on), key=_WORST_FIRST.__getitem__)
        return Way(passage, _together(deciders for state, deciders in worst_on if state is passage))

    def passes(self, server: Server, other: Server, wanted: PortSet) -> bool | None:
        """Whether some route lets `server` open all wanted ports to `other`; None when no route is known to, but one
        may, or when there is no route."""
        return passes_on(
            self.routes(server, other),
            {server.name, *self.zones_of(server)},
            {other.name, *self.zones_of(other)},
            wanted,
        )

    @cached_property
    def _internet(self) -> frozenset[str]:
        return frozenset(zone for zone, kind in self.kinds.items() if kind is ZoneKind.INTERNET)

    @cached_property
    def online(self) -> frozenset[str]:
        """Where Exchange Online is: beyond the Internet, or in a cloud of the file with no server of its own in it."""
        own = {
            server.zone for server in self.topology.servers if server.is_exchange or server.site or server.domain_joined
        }
        clouds = {zone for zone, kind in self.kinds.items() if kind is ZoneKind.CLOUD and zone not in own}
        return self._internet | clouds

    def routes_out(self, server: Server, goal: frozenset[str] | None = None) -> tuple[Route, ...]:
        """Every route between a host and the Internet, or other zones, as the devices on it; none when it has a card
        there itself."""
        key = (self.zones_of(server), self._internet if goal is None else goal)
        if key[0] & key[1]:
            return ()
        if key not in self._routes:
            self._routes[key] = self._find_routes(*key)
        return self._routes[key]

    def opened_out(
        self, device: Firewall, server: Server, goal: frozenset[str] | None = None
    ) -> tuple[PortSet, PortSet] | None:
        """What a device lets `server` open towards the Internet, or other zones, and these towards it; None when not
        known."""
        if device.allow is None:
            return None
        here, there = {server.name, *self.zones_of(server)}, self._internet if goal is None else goal
        return _passed(device.allow, here, there), _passed(device.allow, there, here)

    def may_inspect(self, device: Firewall) -> bool:
        """Whether nobody told us what a device inspects, and its kind could."""
        return device.inspects is None and device.kind not in CANNOT_INSPECT


def passes_on(routes: Iterable[Route], here: Set[str], there: Set[str], wanted: PortSet) -> bool | None:
    """Whether some route lets an end of these names open all wanted ports to another; None when none is known to, but
    one may, or when there is no route."""
    answers: list[bool | None] = []
    for route in routes:
        passed = [opened(device, here, there) for device in route]
        if any(ports is not None and not ports.covers(wanted) for ports in passed):
            answers.append(False)
        else:
            answers.append(None if any(ports is None for ports in passed) else True)
    if True in answers:
        return True
    return None if None in answers or not answers else False


def opened(device: Firewall, here: Set[str], there: Set[str]) -> PortSet | None:
    """What a device lets an end of these names (its own, those of its zones) open towards another; None: not known."""
    if device.allow is None:
        return PortSet.of(["any"]) if device.kind is FirewallKind.SITE_TO_SITE_VPN else None
    return _passed(device.allow, here, there)


def _passed(lines: Iterable[AllowLine], here: Set[str], there: Set[str]) -> PortSet:
    return PortSet.of(
        port
        for line in lines
        if (line.source in here or line.source == "any") and (line.target in there or line.target == "any")
        for port in line.ports
    )


def _together(groups: Iterable[Route]) -> tuple[Firewall, ...]:
    return tuple({device.name: device for group in groups for device in group}.values())
