"""Whether the firewall between outside and inside opens more than the hosts behind it need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exkit.paths import PortSet
from exkit.paths import opened as opened_by
from exkit.rules.base import OUTSIDE, Case, Evidence, Match, lines_of, listed, modern, rule, written
from exkit.rules.hybrid_mail import legs
from exkit.rules.publishing import behind
from exkit.rules.separation import crossed_devices
from exkit.topology import AllowLine, Firewall, Role, Server, Version, ZoneKind

ENDPOINT_MAPPER = PortSet.of(["135/tcp"])
NOTHING = PortSet.of([])
PERIMETER = ZoneKind.PERIMETER
OUTER_FIX = "Open no more than the perimeter hosts take from the Internet: 443 for a proxy, 25 for Edge or a gateway."


def _hosts(case: Case, device: Firewall, end: str, inside: bool) -> list[Server]:
    """The hosts that one end of a line means, on the outer or the inner side; one for each kind of host."""
    if end in case.by_name:
        hosts: Iterable[Server] = (case.by_name[end],)
    else:
        zones = [
            zone
            for zone in (device.between if end == "any" else (end,))
            if (case.network.kinds.get(zone) not in OUTSIDE) is inside  # a card outside is no way in to a host inside
        ]
        hosts = (server for zone in zones for server in case.by_zone.get(zone, ()))
    wanted = (
        server
        for server in hosts
        if server.zone is not None and (case.network.kinds[server.zone] not in OUTSIDE) is inside
    )
    return list({case.flows.kind(server): server for server in wanted}.values())


def _joins_internet(case: Case, device: Firewall) -> bool:
    return any(case.network.kinds[zone] is ZoneKind.INTERNET for zone in device.between)


def _free_by_right(server: Server) -> bool:
    """An internal Exchange role must not be limited: where one stands in the perimeter, that is the defect."""
    return server.is_exchange and not server.is_edge and modern(server)


def _too_wide(case: Case, device: Firewall, line: AllowLine) -> PortSet | None:
    """What a line opens inwards and no host behind it needs; None where the kit cannot tell."""
    if any(end in case.by_name and case.by_name[end].zone is None for end in (line.source, line.target)):
        return None
    if line.target == "any" and _joins_internet(case, device) and not PortSet.of(line.ports).everything:
        return None  # towards the Internet, as it seems: nothing tells
    sources, targets = _hosts(case, device, line.source, False), _hosts(case, device, line.target, True)
    if not targets:
        return NOTHING  # it opens nothing inwards to any host that is written
    opened = PortSet.of(line.ports)
    ends = device.between if line.source == "any" else (line.source,)
    if not sources and any(case.network.kinds.get(zone) is PERIMETER for zone in ends):
        return opened if opened.everything else None  # who stands there is not written
    from_internet = any(case.network.kinds.get(zone) is ZoneKind.INTERNET for zone in ends)
    if not (sources or from_internet):
        return NOTHING
    if any(map(_free_by_right, sources)) or any(_serves_exchange(case, server) for server in sources):
        return None  # judged as a path between servers
    if any(here.is_controller for here in sources):
        return opened if opened.everything else None  # trusts and replication are beyond the ports table
    if from_internet and opened.covers(ENDPOINT_MAPPER):
        return None  # RPC from the Internet has a statement of its own
    judged = all(map(case.flows.judged, sources)) and all(map(case.flows.port_roles, targets))
    judged &= not any(_unresolved(case, here, there) for here in sources for there in targets)
    if not judged or case.half_written or _placeless(case):
        # What they need, or which host publishes, is not written; every port is what no host needs.
        return opened if opened.everything else None
    needed = [text for here in sources for there in targets for text in case.flows.needed_ports(here, there).texts]
    if from_internet:
        # What a host of the perimeter network needs is no excuse for opening it to the Internet.
        needed = [text for target in targets for text in case.flows.from_internet(target).texts]
    if any(server.is_edge for server in sources):
        if {"50636/tcp", "50389/tcp"} & set(line.ports):
            return None  # EdgeSync and the directory of Edge have statements of their own
        if any(server.is_edge and server.domain_joined is not False for server in sources) and any(
            there.is_controller for there in targets
        ):
            # A member needs them, if not every port: that it is a member is judged by the rule on Edge.
            return opened if opened.everything else None
    if any((here.name, there.name) in case.flows.hops for here in sources for there in targets):
        needed.append("25/tcp")  # a balancer or proxy on a mail path
    if any(_passes_on(case, here) for here in sources) and any(_answers_the_cloud(case, there) for there in targets):
        needed.append("25/tcp")  # hybrid mail that comes in by the balancer
    if any(_could_encrypt(case, here, there) for here in sources for there in targets):
        needed.append("443/tcp")
    needed += [text for here in sources for there in targets for text in _through_a_balancer(case, here, there)]
    if _radius_elsewhere(case, sources):
        needed += ["1812-1813/udp", "1645-1646/udp"]
    extra = opened.minus(PortSet.of(needed))
    if extra and not opened.minus(PortSet.of([*needed, "25/tcp"])) and _hybrid_mail_untold(case, sources, targets):
        return None
    return extra


def _hybrid_mail_untold(case: Case, sources: Iterable[Server], targets: Iterable[Server]) -> bool:
    """Whether mail of a hybrid may come in by a balancer or proxy: if there is a hybrid, which servers it has, or by
    which way their mail goes, is not written."""
    hybrid = case.topology.hybrid
    told = hybrid is not None and (hybrid.topology == "none" or None not in (hybrid.mail_path, hybrid.targets))
    ends = any(there.version is not None and there.version.age >= Version.V2010.age for there in targets)
    return not told and ends and any(_passes_on(case, here) for here in sources)


def _placeless(case: Case) -> bool:
    """Whether some publishing rule runs nobody knows where: any host, or none of the file, may be its proxy."""
    rules = case.topology.publishing
    return any(one.host is None and one.zone is None and one.kind not in (None, "port-forward") for one in rules)


def _passes_on(case: Case, server: Server) -> bool:
    return server.holds(Role.LOAD_BALANCER, Role.REVERSE_PROXY) or server.name in case.flows.published_by


def _answers_the_cloud(case: Case, server: Server) -> bool:
    """Whether a server exchanges hybrid mail with Exchange Online, itself or as one of several that do the same."""
    hybrid = case.topology.hybrid
    ends = {leg.end.name for leg in legs(case)}
    named = (hybrid.targets or ()) if hybrid is not None else ()
    return server.name in ends or bool(server.name in named and ends & set(named))


def _through_a_balancer(case: Case, here: Server, there: Server) -> tuple[str, ...]:
    """What a proxy must reach of a balancer inside that it publishes to: what that one needs of the servers behind."""
    led_to = any(there.name in (one.targets or ()) for one in case.flows.published_by.get(here.name, ()))
    if there.is_exchange or not led_to:
        return ()
    return tuple(text for server in behind(case, [there.name]) for text in case.flows.needed_ports(there, server).texts)


def _could_encrypt(case: Case, here: Server, there: Server) -> bool:
    """Whether a proxy goes on in clear to a server: we advise 443 there ourselves, and closing it would hinder that."""
    rules = case.flows.published_by.get(here.name, ())
    return any(one.tls == "offload" and there.name in (one.targets or ()) for one in rules)


def _serves_exchange(case: Case, server: Server) -> bool:
    """Whether Exchange uses a domain controller: it is writable and of the forest of an Exchange server."""
    return server.holds(Role.DOMAIN_CONTROLLER) and any(case.same_forest(server, one) for one in case.inside)


def _unresolved(case: Case, here: Server, there: Server) -> bool:
    """Whether a proxy publishes to a balancer, and what that hands on to is not written: a question of its own."""
    led_to = any(there.name in (one.targets or ()) for one in case.flows.published_by.get(here.name, ()))
    return led_to and not there.is_exchange and behind(case, [there.name]) == (there,)


def _radius_elsewhere(case: Case, sources: Iterable[Server]) -> bool:
    """Whether a proxy validates by RADIUS and the file names no RADIUS server: any host may be it."""
    by_radius = any(
        one.validation == "radius" for server in sources for one in case.flows.published_by.get(server.name, ())
    )
    return by_radius and not any(server.holds(Role.RADIUS_SERVER) for server in case.servers)


def _with_hosts(case: Case) -> Case:
    """The case with a host in the place of each proxy or balancer outside that is written by its zone alone."""
    bare = [
        one
        for one in case.topology.publishing
        if one.host is None and one.zone is not None and case.network.kinds[one.zone] in OUTSIDE
    ]
    if not bare:
        return case
    taken = set(case.by_name)
    hosts = {}
    for one in bare:
        name = next(name for n in range(len(taken) + 1) if (name := f"{one.name} host {n}") not in taken)
        role = Role.LOAD_BALANCER if one.kind == "load-balancer" else Role.REVERSE_PROXY
        hosts[one.name] = Server(name=name, roles=(role,), zone=one.zone, domain_joined=one.domain_joined)
    publishing = tuple(
        one.model_copy(update={"host": hosts[one.name].name}) if one.name in hosts else one
        for one in case.topology.publishing
    )
    servers = (*case.topology.servers, *hosts.values())
    topology = case.topology.model_copy(update={"servers": servers, "publishing": publishing})
    return Case(topology, case.facts, case.as_of)


@rule("inner-firewall-restrictive", "inner-firewall-tight")
def wider_than_needed(case: Case) -> Iterator[Match]:
    """A firewall between outside and inside opens inwards more than the hosts behind it need, or no more."""
    case = _with_hosts(case)
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        kinds = [case.network.kinds[zone] for zone in device.between]
        if ZoneKind.INTERNAL not in kinds or not set(OUTSIDE) & set(kinds) or device.allow is None:
            continue
        judged = [(number, line, _too_wide(case, device, line)) for number, line in enumerate(device.allow)]
        wide = [(number, line, extra) for number, line, extra in judged if extra]
        if wide:
            told = listed(f"{extra} from {line.source} to {line.target}" for _, line, extra in wide)
            evidence = tuple(
                Evidence(
                    f"firewalls.{device.name}.allow.{number}", f"{line.source} to {line.target}: {written(line.ports)}"
                )
                for number, line, _ in wide
            )
            summary = f"{device.name} opens inwards what no host behind it needs: {told}."
            fix = f"Close {told} on {device.name}; open a port only for a named host and a named purpose."
            yield Match("inner-firewall-restrictive", (device.name,), summary, evidence, case.flows.versions, fix=fix)
        elif all(extra is not None for _, _, extra in judged):
            evidence = (Evidence(f"firewalls.{device.name}.allow", lines_of(judged)),)
            summary = f"{device.name} opens inwards only what the hosts behind it need."
            yield Match("inner-firewall-tight", (device.name,), summary, evidence, case.flows.versions)


@rule("client-firewall-to-cas", "outer-firewall-open")
def firewall_towards_the_internet(case: Case) -> Iterator[Match]:
    """A firewall between the Internet and a perimeter network alone: client traffic, unless it opens every port."""
    crossed = crossed_devices(case)
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        zones = {kind: {zone for zone in device.between if case.network.kinds[zone] is kind} for kind in OUTSIDE}
        exposed = {
            server.name: server
            for zone in zones[PERIMETER]
            for server in case.by_zone.get(zone, ())
            if case.flows.judged(server) or server.holds(Role.REVERSE_PROXY)
        }
        unhosted = {one.name for one in case.topology.publishing if one.host is None and one.zone in zones[PERIMETER]}
        alone = len(device.between) == sum(map(len, zones.values())) and all(zones.values())
        if not (alone and (exposed or unhosted)) or device.allow is None or device.name in crossed:
            continue
        wide = [
            name
            for name, server in sorted(exposed.items())
            if (ports := opened_by(device, zones[ZoneKind.INTERNET], {name, *case.network.zones_of(server)}))
            and ports.everything
        ]
        evidence = (Evidence(f"firewalls.{device.name}.allow", lines_of(device.allow)),)
        if wide:
            summary = f"{device.name} lets the Internet open every port of {listed(wide)}."
            yield Match("outer-firewall-open", (device.name,), summary, evidence, case.flows.versions)
        else:
            there = listed(sorted({*exposed, *unhosted}))
            summary = f"{device.name} stands between the Internet and {there}: no traffic among Exchange servers and "
            summary += "domain controllers passes it."
            yield Match("client-firewall-to-cas", (device.name,), summary, evidence, case.flows.versions, fix=OUTER_FIX)


RULES = (wider_than_needed, firewall_towards_the_internet)
