"""What must pass a firewall from one end to another, by the ports table, where that is one plain answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from exkit.facts import Facts
from exkit.paths import Network, PortSet
from exkit.ports import OpenPort, ports_to_open
from exkit.rows import When
from exkit.topology import Firewall, FirewallKind, Server, Topology, Version

MOST = 8  # ports of one crossing that can be asked for at once
# What hosts use towards the Internet besides, as names and lists of revoked certificates.
TO_INTERNET = ("53/tcp", "53/udp", "80/tcp", "443/tcp", "123/udp")
ALTERNATIVES = (When.VALIDATES_BY_LDAP,)  # one of several ports does: plain or in TLS, one domain or the forest


@dataclass(frozen=True)
class Crossing:
    """All that `source` needs to open towards `target` over a device.

    `ports`: what it must; `related`: what it may, on some condition or because the customer opened it. `free`:
    between these two every port must pass, both ways, and no list of ports is supported.
    """

    source: str
    target: str
    device: str
    version: Version | None
    ports: tuple[str, ...]
    related: tuple[str, ...]
    free: bool


def crossings(topology: Topology, facts: Facts) -> tuple[Crossing, ...]:
    """The crossings of a topology that can be asked about, sorted: something must pass, and on every route.

    >>> from exkit import facts
    >>> from exkit.tutor.example import example
    >>> found = crossings(example("recommended-2010").topology, facts.load())
    >>> [(one.source, one.target, one.ports) for one in found if one.source == "EDGE1"]
    [('EDGE1', 'CAS1', ('25/tcp',)), ('EDGE1', 'internet', ('25/tcp',))]
    """
    rows: dict[tuple[str, str], list[OpenPort]] = defaultdict(list)
    for row in ports_to_open(topology, facts):
        for source, target in product(row.sources, row.targets):
            if source != target:
                rows[source, target].append(row)
    free = {frozenset(ends) for ends, needed in rows.items() if any(row.filter == "any-any" for row in needed)}
    either = {row.path for row in facts.ports if row.when in ALTERNATIVES}
    found = [
        crossing
        for (source, target), needed in sorted(rows.items())
        if not any(row.path in either for row in needed)
        for crossing in _crossings(topology, source, target, needed, free=frozenset((source, target)) in free)
    ]
    return tuple(one for one in found if one.free or 0 < len(one.ports) <= MOST)


def _crossings(topology: Topology, source: str, target: str, rows: list[OpenPort], *, free: bool) -> Iterator[Crossing]:
    ports = dict.fromkeys(port for row in rows if row.need == "required" for port in row.ports)
    hosts = {server.name: server for server in topology.servers}
    here, there = hosts.get(source), hosts.get(target)
    related = PortSet.of(port for row in rows for port in row.ports)
    if there is None:
        related = related.plus(PortSet.of(TO_INTERNET))
    version = _version(here, there)
    for device in _unavoidable(Network(topology), here, there):
        if device.kind is not FirewallKind.SITE_TO_SITE_VPN:
            open = _opened(Network(topology), device, here, there)
            known = related if open.everything else related.plus(open)
            yield Crossing(source, target, device.name, version, tuple(ports), known.texts, free)


def _opened(network: Network, device: Firewall, here: Server | None, there: Server | None) -> PortSet:
    """What a device lets pass now; an end that is no host is the Internet."""
    if here and there:
        return network.opened(device, here, there) or PortSet(())
    host = here or there
    both = network.opened_out(device, host) if host else None
    return both[0 if here else 1] if both else PortSet(())


def _unavoidable(network: Network, here: Server | None, there: Server | None) -> tuple[Firewall, ...]:
    """The devices that stand on every route between two ends."""
    host = here or there
    routes = network.routes(here, there) if here and there else network.routes_out(host) if host else ()
    on_all = set.intersection(*({device.name for device in route} for route in routes)) if routes else set()
    return tuple(device for device in network.topology.firewalls if device.name in on_all)


def _version(*ends: Server | None) -> Version | None:
    found = [one.version for one in ends if one and one.is_exchange and one.version]
    return max(found, key=lambda one: one.age, default=None)


def wrong_ports(crossing: Crossing, facts: Facts) -> list[str]:
    """Ports that the table knows elsewhere, and that have no business on this crossing; sorted.

    Where every port must pass, the ports that people list there.
    """
    may = PortSet.of(crossing.related)
    rows = [
        row
        for row in facts.ports
        if row.transport in ("tcp", "udp")
        and (crossing.version is None or row.version is crossing.version)
        and (not crossing.free or row.filter == "any-any")
    ]
    known = {f"{ports}/{row.transport}" for row in rows for ports in row.ports if "-" not in ports}
    return sorted(port for port in known if PortSet.of([port]).minus(may))
