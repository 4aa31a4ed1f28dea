"""What lies between Exchange servers, and between them and their domain controllers and Skype servers.

Relations are judged per class of hosts (same zones, same lines that name them), never per pair: two
thousand servers make two million pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from exkit.paths import Passage, PortSet, Way
from exkit.rules.base import (
    Case,
    Evidence,
    Match,
    Question,
    facts_of,
    from_2013,
    lines_of,
    listed,
    modern,
    names,
    once,
    rule,
    versions,
    written,
)
from exkit.rules.path_statements import (
    BETWEEN_EXCHANGE,
    LIMITS,
    TO_DIRECTORY,
    TO_SKYPE,
    between_exchange,
    to_directory,
)
from exkit.topology import Firewall, Protocol, Role, Server, ZoneKind

Group = tuple[Server, ...]


@dataclass(frozen=True)
class Relation:
    """A statement on every host of one class with every host of another, and what would apply but for it."""

    statement: str
    overruled: str | None
    here: Group
    there: Group
    way: Way


TELLING = {
    Passage.FILTERED: "a firewall lets only some traffic pass",
    Passage.INSPECTED: "a device inspects or changes what passes",
    Passage.DIFFERS: "some routes are filtered and some are not",
    Passage.RULES_UNKNOWN: "the rules of a device are not known",
    Passage.INSPECTION_UNKNOWN: "a device passes every port, but whether it inspects what passes is not written",
    Passage.TRANSLATED: "a device translates addresses",
    Passage.OPEN: "a device lets every port pass both ways and changes nothing",
    Passage.VPN: "a VPN connects them and filters nothing",
    Passage.DIRECT: "no device is in the way",
    Passage.NO_ROUTE: "no route is written",
}
TELLING_OF_SEVERAL = TELLING | {
    Passage.FILTERED: "firewalls let only some traffic pass",
    Passage.INSPECTED: "devices inspect or change what passes",
    Passage.RULES_UNKNOWN: "the rules of several devices are not known",
    Passage.INSPECTION_UNKNOWN: "devices pass every port, but whether they inspect what passes is not written",
    Passage.TRANSLATED: "devices translate addresses",
    Passage.OPEN: "devices let every port pass both ways and change nothing",
    Passage.VPN: "VPNs connect them and filter nothing",
}


def _classes(case: Case, servers: Iterable[Server]) -> list[Group]:
    """Hosts that fare alike: same zones and lines, version, kind of role, site and forest."""
    classes: dict[object, list[Server]] = defaultdict(list)
    for server in servers:
        if case.network.zones_of(server):
            role = (server.holds(Role.CLIENT_ACCESS), server.holds(Role.MAILBOX), server.holds(Role.FRONT_END))
            dags = case.flows.clusters_of.get(server.name, ())
            key = (case.network.standing(server), server.version, role, server.site, server.forest, dags)
            classes[key].append(server)
    return [tuple(group) for group in classes.values()]


def _way(case: Case, server: Server, other: Server) -> Way:
    """What lies between two hosts. Before 2007 a filter is allowed; one that translates addresses counts as that."""
    way = case.network.way(server, other)
    if (
        way.passage is Passage.FILTERED
        and not (modern(server) or modern(other))
        and any(map(case.network.translates, way.devices))
    ):
        return replace(way, passage=Passage.TRANSLATED)
    return way


@once
def _relations(case: Case) -> Iterator[Relation]:
    exchange = _classes(case, case.inside)
    controllers = _classes(case, case.domain_controllers)
    internal = (one for one in case.servers if one.holds(Role.SKYPE_SERVER) and not case.in_perimeter(one))
    skype = _classes(case, (one for one in internal if not one.is_exchange))
    for index, here in enumerate(exchange):
        for there in exchange[index:]:
            if here is there and len(here) == 1:
                continue
            server, other = here[0], there[-1]
            if case.same_forest(server, other):
                way = _way(case, server, other)
                statement = between_exchange(case, server, other, way.passage)
                if statement is not None:
                    yield _relation(case, statement, here, there, way)
        for there in controllers:
            ours = {controller.name for controller in there}
            others = tuple(server for server in here if server.name not in ours)  # Exchange may run on one of them
            if others:
                way = _way(case, others[0], there[0])
                statement = to_directory(case, others[0], there[0], way.passage)
                if statement is not None:
                    yield _relation(case, statement, others, there, way)
        for there in skype if from_2013(here[0]) else ():
            way = case.network.way(here[0], there[0])
            yield Relation(TO_SKYPE[way.passage], None, here, there, way)


def _relation(case: Case, statement: str, here: Group, there: Group, way: Way) -> Relation:
    """HMC 4.5 has a firewall of its own design between its Proxy zone and its Datacenter zone: it overrules."""
    if way.passage in LIMITS and (case.follows_hmc(here[0]) or case.follows_hmc(there[0])):
        hosted = "hmc45-zone-firewalls" if there[0].is_exchange else "hmc45-zone-firewalls-dc"
        return Relation(hosted, statement, here, there, way)
    return Relation(statement, None, here, there, way)


def _sides(case: Case, relation: Relation) -> tuple[tuple[str, Group], tuple[str, Group]]:
    """Both ends with the names of their zones, in the order of those names."""
    ends = [("+".join(sorted(case.network.zones_of(group[0]))), group) for group in (relation.here, relation.there)]
    first, second = sorted(ends, key=lambda end: (end[0], end[1][0].name))
    return first, second


def _products(pairs: Sequence[tuple[Group, Group]]) -> list[tuple[frozenset[Server], frozenset[Server]]]:
    """Pairs of classes put together wherever every host of one side with every host of the other is meant."""
    right_of: dict[Group, set[Group]] = defaultdict(set)
    for left, right in pairs:
        right_of[left].add(right)
    left_of: dict[frozenset[Group], list[Group]] = defaultdict(list)
    for left, rights in right_of.items():
        left_of[frozenset(rights)].append(left)
    return [
        (frozenset(s for group in lefts for s in group), frozenset(s for group in rights for s in group))
        for rights, lefts in left_of.items()
    ]


def device_evidence(devices: Iterable[Firewall]) -> Iterator[Evidence]:
    """What devices let pass, inspect and translate, as far as it is written."""
    for device in devices:
        if device.inspects:
            yield Evidence(f"firewalls.{device.name}.inspects", written(device.inspects))
        if device.nat:
            yield Evidence(f"firewalls.{device.name}.nat", "true")
        if device.allow is None:
            yield Evidence(f"firewalls.{device.name}.allow", "not written")
        elif len(device.allow) == 1 and device.allow[0].source == device.allow[0].target == "any":
            yield Evidence(f"firewalls.{device.name}.allow", "any" if device.allow[0].ports == ("any",) else "1 line")
        else:
            yield Evidence(f"firewalls.{device.name}.allow", f"{lines_of(device.allow)}, not every port both ways")


def _grouped(case: Case, relations: Iterable[Relation]) -> Iterator[Match]:
    together: dict[tuple[str, tuple[str, ...], str, str], list[tuple[Group, Group]]] = defaultdict(list)
    ways: dict[tuple[str, tuple[str, ...], str, str], Way] = {}
    overruled: dict[tuple[str, tuple[str, ...], str, str], set[str]] = defaultdict(set)
    for relation in relations:
        (zone, here), (other_zone, there) = _sides(case, relation)
        key = (relation.statement, relation.way.device_names, zone, other_zone)
        together[key].append((here, there))
        ways[key] = relation.way
        overruled[key] |= {relation.overruled} - {None}  # type: ignore[arg-type]
    for key, pairs in together.items():
        statement, devices, zone, other_zone = key
        way = ways[key]
        if zone == other_zone:
            products = [(frozenset(s for pair in pairs for group in pair for s in group), frozenset[Server]())]
        else:
            products = _products(pairs)
        place = zone if zone == other_zone else f"{zone}~{other_zone}"
        two_zones = all(len(device.between) == 2 for device in way.devices) and len(way.devices) == 1
        anchor = "+".join(devices) if two_zones else "+".join([*devices, place])
        for left, right in products:
            # Several products behind one device differ in who they name, so their names tell them apart.
            named = (
                anchor if len(products) == 1 else f"{anchor}:{min(s.name for s in left)}~{min(s.name for s in right)}"
            )
            match = _match(case, statement, way, (left, right), named)
            yield replace(match, overrules=tuple(sorted(overruled[key])))


def _match(
    case: Case, statement: str, way: Way, sides: tuple[frozenset[Server], frozenset[Server]], anchor: str
) -> Match:
    servers = sorted(sides[0] | sides[1], key=lambda server: server.name)
    subjects = (*(server.name for server in servers), *way.device_names)
    here, there = (listed(sorted(server.name for server in side)) for side in (sides[0], sides[1] or sides[0]))
    single = len(sides[0]) == len(sides[1]) == 1
    between = f"Between {here} and {there}" if single else f"From {here} to {there}" if sides[1] else f"Among {here}"
    if not sides[1] and len(sides[0]) == 2:
        between = f"Between {here}"
    through = f" ({listed(way.device_names)})" if way.devices else ""
    telling = TELLING_OF_SEVERAL if len(way.devices) > 1 else TELLING
    told = telling[way.passage]
    if way.passage is Passage.VPN and any(device.allow is None for device in way.devices):
        told = "there is a VPN, and no filter on it is written"  # by itself it filters nothing
    summary = f"{between} {told}{through}."
    evidence = (
        *facts_of(servers, "zone"),
        *device_evidence(way.devices),
    )
    question = None
    if statement == "dc-forest-not-known":
        lacking = next(server for server in servers if server.forest is None)
        text = f"Of which forest is {lacking.name}? What filters between Exchange and its own forest is not supported."
        question = Question(f"servers.{lacking.name}.forest", text, tuple(one.name for one in case.topology.forests))
    if statement == "dc-site-not-known":
        lacking = next(server for server in sorted(servers, key=_is_exchange) if server.site is None)
        text = f"Of which AD site is {lacking.name}? A filter between Exchange and a DC of its site is not supported."
        sites = tuple(site.name for site in case.topology.ad_sites)
        question = Question(f"servers.{lacking.name}.site", text, sites)
    if way.passage is Passage.NO_ROUTE:
        zones = sorted({zone for server in servers for zone in case.network.zones_of(server)})
        question = Question("firewalls", f"What joins {listed(zones)}: which firewalls, and what do they let pass?")
    if way.passage is Passage.INSPECTION_UNKNOWN:
        device = next(device for device in way.devices if device.inspects is None)
        text = f"Does {device.name} inspect or change what passes between Exchange servers (SMTP, TLS)?"
        question = Question(f"firewalls.{device.name}.inspects", text, ("[]", "[esmtp]", "[tls]", "[esmtp, tls]"))
    return Match(
        statement,
        subjects,
        summary,
        evidence,
        versions(*servers),
        anchor,
        question,
        fix=_move_inside(case, servers, way.passage) if statement != "dc-of-another-forest" else None,
        choice="+".join(subjects),
    )


def _move_inside(case: Case, servers: Sequence[Server], passage: Passage) -> str | None:
    """Where an internal role stands in the perimeter, opening the firewall for it, or keeping it open, is no cure."""
    if passage not in (*LIMITS, Passage.OPEN):
        return None
    outside = [
        server.name
        for server in servers
        if server.is_exchange and case.in_perimeter(server) and not case.follows_hmc(server)
    ]
    if not outside or not any(map(modern, servers)):
        return None
    if passage is Passage.OPEN:
        return f"Move {listed(outside)} to the intranet, then close what the device lets pass for it."
    return f"Do not open the firewall: move {listed(outside)} to the intranet, with nothing between it and the others."


def _is_exchange(server: Server) -> bool:
    return server.is_exchange


@rule(
    *BETWEEN_EXCHANGE.values(),
    *TO_DIRECTORY.values(),
    *TO_SKYPE.values(),
    "firewall-between-cas-and-mbx",
    "firewall-between-exchange-same-site",
    "firewall-between-exchange-cross-site",
    "dag-firewall-between-members",
    "fe-be-firewall-allowed",
    "fe-beside-newer-servers",
    "firewall-between-legacy-servers",
    "firewall-exchange-to-dc",
    "firewall-exchange-to-dc-legacy",
    "fe-dc-ports-incomplete",
    "firewall-to-other-site-dc",
    "firewall-exchange-to-other-site-dc",
    "dc-site-not-known",
    "dc-of-another-forest",
    "dc-forest-not-known",
    "hmc45-zone-firewalls",
    "hmc45-zone-firewalls-dc",
)
def devices_between(case: Case) -> Iterator[Match]:
    """Since 2007 nothing between Exchange servers, or between them and their DCs, may limit or change traffic."""
    yield from _grouped(case, _relations(case))


def free_passages(case: Case) -> set[str]:
    """Devices that pass every port, as far as is written, between Exchange servers or them and their DCs."""
    return {
        device.name
        for relation in _relations(case)
        if relation.way.passage in (Passage.OPEN, Passage.INSPECTION_UNKNOWN)
        for device in relation.way.devices
    }


@once
def crossed_devices(case: Case) -> Iterator[str]:
    """Devices on a route between Exchange servers, between them and their DCs, or between a DAG and its witness."""
    crossed = {
        device.name
        for relation in _relations(case)
        for route in case.network.routes(relation.here[0], relation.there[-1])
        for device in route
    }
    for dag in case.topology.dags:
        witnesses = [case.by_name[dag.witness]] if dag.witness else []
        for member, witness in product(dag.members, witnesses):
            routes = case.network.routes(case.by_name[member], witness)
            crossed |= {device.name for route in routes for device in route}
    yield from sorted(crossed)


@rule("client-firewall-to-cas")
def firewall_towards_clients(case: Case) -> Iterator[Match]:
    """A device on the intranet stands before Exchange servers, and between none of them or their DCs."""
    crossed = crossed_devices(case)
    homes = {zone for server in case.inside for zone in case.network.zones_of(server)}
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        internal = all(case.network.kinds[zone] is ZoneKind.INTERNAL for zone in device.between)
        if internal and device.name not in crossed and homes & set(device.between):
            summary = (
                f"{device.name} stands before Exchange servers, and between none of them and their domain controllers."
            )
            evidence = (Evidence(f"firewalls.{device.name}.between", written(device.between)),)
            yield Match("client-firewall-to-cas", (device.name,), summary, evidence, case.flows.versions)


@rule("directpush-2883")
def direct_push_notification(case: Case) -> Iterator[Match]:
    """ActiveSync of 2003 is published and a firewall does not pass UDP 2883 from back-end to front-end."""
    published = {
        target
        for rule in case.topology.publishing
        if Protocol.ACTIVESYNC in (rule.protocols or ())
        for target in rule.targets or ()
    }
    wanted = PortSet.of(["2883/udp"])
    back_ends = [one for one in case.inside if not modern(one) and not one.holds(Role.FRONT_END)]
    cut: dict[tuple[Server, ...], list[Server]] = defaultdict(list)  # one finding where all cannot notify all
    for front_end in case.inside:
        if front_end.name in published and not modern(front_end) and front_end.holds(Role.FRONT_END):
            mute = tuple(one for one in back_ends if case.network.passes(one, front_end, wanted) is False)
            cut[mute].append(front_end)
    for mute, front_ends in cut.items():
        if not mute:
            continue
        told = f"{listed(names(mute))} cannot notify {listed(names(front_ends))} by UDP 2883"
        ways = [case.network.way(one, front_end) for one in mute for front_end in front_ends]
        devices = dict.fromkeys(device for way in ways for device in way.devices)
        yield Match(
            "directpush-2883",
            (*names(mute), *names(front_ends)),
            f"{told}, which Direct Push of 2003 SP2 uses.",
            tuple(device_evidence(devices)),
            versions(*front_ends),
        )


RULES = (
    devices_between,
    firewall_towards_clients,
    direct_push_notification,
)
