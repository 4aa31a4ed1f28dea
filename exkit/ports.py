"""The ports that firewalls of a topology must or may open, and what for: the table of the report and the workshop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from exkit.facts import Facts
from exkit.flows import CARRIED, Flows, Need
from exkit.paths import Network, Passage
from exkit.rows import PortRole, PortRow
from exkit.topology import Server, Topology, Version, ZoneKind


@dataclass(frozen=True)
class OpenPort:
    """One line of the table of ports to open. `ports` is empty where every port is meant, both ways."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    ports: tuple[str, ...]
    path: str
    need: str  # required, conditional or optional
    condition: str
    filter: str  # tight or any-any
    devices: tuple[str, ...]  # the firewalls it crosses
    source_ids: tuple[str, ...]
    confidence: str


def ports_to_open(topology: Topology, facts: Facts) -> tuple[OpenPort, ...]:
    """The ports that firewalls of this topology must or may open, and what for.

    One row a data path and pair of host classes that some device separates (or may: no route is written). Where the
    vendor allows no filter, one row says so in place of a port list: `filter` is any-any and `ports` is empty.
    """
    network = Network(topology)
    flows = Flows(topology, facts, network)
    classes: dict[object, list[Server]] = defaultdict(list)
    for server in sorted(topology.servers, key=lambda server: server.name):
        if flows.port_roles(server) & flows.ends:
            classes[flows.kind(server)].append(server)
    rows: dict[tuple[object, ...], OpenPort] = {}
    untold: list[OpenPort] = []
    for members in classes.values():
        for others in classes.values():
            if members is others and len(members) == 1:
                continue
            server, other = members[0], others[-1]
            way = network.way(server, other)
            if way.passage is Passage.DIRECT:
                continue
            crossed = tuple(sorted({device.name for route in network.routes(server, other) for device in route}))
            names = tuple(host.name for host in members), tuple(host.name for host in others)
            for need in flows.needs(server, other):
                row = _open_port(need, names[0], names[1], crossed)
                rows.setdefault(_key(row), row)
            if _since_2007(server) and _since_2007(other):
                (said,) = facts.statements_called("firewall-between-exchange-same-site")[-1:]
                untold.append(_any_any(*names, crossed, said.sources, said.confidence))
    for row in untold:  # of two roles the table may have no path, and yet nothing may be filtered between them
        rows.setdefault(_key(row), row)
    inet = tuple(sorted(zone.name for zone in topology.zones if zone.kind is ZoneKind.INTERNET))
    if inet:
        for row in _internet_rows(flows, classes.values(), inet):
            rows.setdefault(_key(row), row)
    for row in _rows_without_a_host(flows, classes.values()):
        if not any(_told_by(row, one) for one in rows.values()):
            rows.setdefault(_key(row), row)
    return tuple(sorted(rows.values(), key=lambda row: (row.filter, row.sources, row.targets, row.path, row.ports)))


def _key(row: OpenPort) -> tuple[object, ...]:
    """What makes two rows one; any/any rows name their ends in one order, from whichever end they are seen."""
    return row.sources, row.targets, row.ports, row.path


def _told_by(row: OpenPort, other: OpenPort) -> bool:
    """Whether another row opens the same, as surely."""
    same = row.sources == other.sources and row.ports == other.ports and set(row.targets) <= set(other.targets)
    return same and other.need in (row.need, "required")


def _open_port(need: Need, sources: tuple[str, ...], targets: tuple[str, ...], devices: tuple[str, ...]) -> OpenPort:
    row = need.row
    if row.filter == "any-any":
        return _any_any(sources, targets, devices, row.sources, row.confidence)
    wanted = "required" if need.certain else ("optional" if row.need == "optional" else "conditional")
    return OpenPort(
        sources,
        targets,
        need.ports.texts,
        row.path,
        wanted,
        row.condition,
        "tight",
        devices,
        row.sources,
        row.confidence,
    )


def _any_any(
    ends: tuple[str, ...], others: tuple[str, ...], devices: tuple[str, ...], sources: tuple[str, ...], confidence: str
) -> OpenPort:
    path = "Exchange servers among themselves and with their domain controllers"
    first, second = sorted((ends, others))
    return OpenPort(first, second, (), path, "required", "", "any-any", devices, sources, confidence)


def _since_2007(server: Server) -> bool:
    newer = server.version is not None and server.version.age >= Version.V2007.age
    return newer and server.is_exchange and not server.is_edge


def _internet_rows(flows: Flows, classes: Iterable[list[Server]], inet: tuple[str, ...]) -> Iterable[OpenPort]:
    """Rows between the Internet and hosts that face it: what publishes, and what mail_flow puts next to it."""
    for members in classes:
        host = members[0]
        roles = flows.port_roles(host)
        names = tuple(server.name for server in members)
        crossed = tuple(sorted({device.name for route in flows.network.routes_out(host) for device in route}))
        for (source, target), rows in flows.rows.items():
            for row in rows:
                if host.is_exchange and row.version is not host.version:
                    continue
                if source is PortRole.INTERNET and target in roles and _faces(flows, host, row):
                    yield _open_port(Need(row, row.need == "required"), inet, names, crossed)
                if target is PortRole.INTERNET and source in roles and (host.name, "internet") in flows.hops:
                    yield _open_port(Need(row, row.need == "required"), names, inet, crossed)


def _rows_without_a_host(flows: Flows, classes: Iterable[list[Server]]) -> Iterable[OpenPort]:
    """Rows from where a forwarded port, or a proxy that is no host of the file, comes in, to what it publishes."""
    for members in classes:
        for rule in flows.topology.publishing:
            start = flows.comes_from(rule)
            targets = [server for server in members if server.name in (rule.targets or ())]
            routes = flows.network.routes_out(targets[0], start) if start and targets else ()
            crossed = tuple(sorted({device.name for route in routes for device in route}))
            for need in flows.carried(rule, targets[0]) if crossed else ():
                names = tuple(server.name for server in targets)
                row = _open_port(need, tuple(sorted(start)), names, crossed)
                yield replace(row, path=f"{need.row.service}, published by {rule.name}")


def _faces(flows: Flows, host: Server, row: PortRow) -> bool:
    if row.target is PortRole.REVERSE_PROXY:
        rules = flows.published_by.get(host.name, ())
        wanted = CARRIED.get(row.when)
        return bool(rules) if wanted is None else any(wanted & set(rule.protocols or wanted) for rule in rules)
    if "25" in row.ports:
        return ("internet", host.name) in flows.hops
    return row.target is PortRole.FRONT_END
