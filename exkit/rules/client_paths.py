"""The way of clients: straight from the Internet, or from a proxy through the firewall to what it publishes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exkit.flows import CARRIED, Need
from exkit.paths import Passage, PortSet, Route, passes_on
from exkit.rows import PortRole
from exkit.rules.base import (
    Case,
    Evidence,
    Match,
    Opening,
    Question,
    from_2013,
    listed,
    modern,
    names,
    rule,
    serves_clients,
    versions,
)
from exkit.rules.publishing import Published, proxies, published
from exkit.topology import Protocol, Role, Server, ZoneKind

DIRECTORY_ROLES = (Role.DOMAIN_CONTROLLER, Role.READ_ONLY_DOMAIN_CONTROLLER)
VALIDATED_BY: dict[str | None, tuple[Role, ...]] = {
    "active-directory": DIRECTORY_ROLES,
    "ldap": DIRECTORY_ROLES,
    "radius": (Role.RADIUS_SERVER,),
}
HTTPS = PortSet.of(["443/tcp"])
ENDPOINT_MAPPER = PortSet.of(["135/tcp"])
Start = tuple[set[str], str]  # names that lines of firewalls may give what comes in; what to ask before it is that

# A target may be a domain controller too; what a proxy needs of one is judged where it validates.
DIRECTORY = (PortRole.DOMAIN_CONTROLLER, PortRole.GLOBAL_CATALOG, PortRole.DNS)


def _lines_for_others(case: Case, named: set[str]) -> set[Evidence]:
    """Lines of firewalls that open a front-end, or what a publishing rule names: of a zone, they are the ones meant."""
    return {
        opening.evidence
        for opening in case.from_internet
        if opening.server.holds(Role.FRONT_END) or opening.server.name in named
    }


def _proxies_passed_by(case: Case, opening: Opening) -> tuple[str, ...]:
    """The hosts that publish a server, where a line that names the server lets the Internet in past all of them.

    None is passed by where a forwarded port is published too, or one is this firewall itself or stands on the Internet.
    """
    if not opening.named:
        return ()
    rules = [one for one in published(case) if opening.server.name in names(one.targets)]
    walls = {device.name: device.host for device in case.topology.firewalls}
    hosts = [one.host for one in rules if one.host is not None and one.host.name != walls[opening.device]]
    apart = [host for host in hosts if case.zone_kind(host) in (ZoneKind.PERIMETER, ZoneKind.INTERNAL)]
    return names(apart) if len(apart) == len(rules) else ()


@rule("direct-443-to-cas", "direct-443-to-fe", "owa-be-direct")
def opened_without_publishing(case: Case) -> Iterator[Match]:
    """A firewall opens 443 from the Internet to a server for clients that no publishing rule names, or past the proxies
    that publish it."""
    named = {target for one in case.topology.publishing for target in one.targets or ()}
    others = _lines_for_others(case, named)
    for opening in case.from_internet:
        server = opening.server
        past = _proxies_passed_by(case, opening)
        if server.name in named and not past:
            continue
        if not server.version or case.outside_zone(server) or not opening.ports.covers(HTTPS):
            continue
        if serves_clients(server) and modern(server):
            statement = "direct-443-to-cas"
        elif server.holds(Role.FRONT_END):
            statement = "direct-443-to-fe"
        elif server.holds(Role.BACK_END, Role.MAILBOX) and not modern(server) and opening.evidence not in others:
            statement = "owa-be-direct"
        else:
            continue
        summary = f"{opening.device} opens 443 from the Internet straight to {server.name}"
        summary += f", past {listed(past)}." if past else "."
        fix = f"Close it, or limit it to what {listed(past)} cannot publish: it leads round whatever is checked there."
        yield Match(
            statement, (server.name,), summary, (opening.evidence,), versions(server), fix=fix if past else None
        )


@rule("mapi-rpc-from-internet")
def outlook_rpc_from_the_internet(case: Case) -> Iterator[Match]:
    """A packet filter opens the RPC endpoint mapper from the Internet to an Exchange server."""
    reached: dict[str, list[Opening]] = defaultdict(list)
    for opening in case.from_internet:
        if opening.ports.covers(ENDPOINT_MAPPER) and opening.server.is_exchange and not opening.server.is_edge:
            reached[opening.device].append(opening)
    for device, openings in sorted(reached.items()):
        servers = [opening.server for opening in openings]
        summary = f"{device} opens RPC (135 and more) from the Internet to {listed(names(servers))}."
        evidence = tuple(dict.fromkeys(opening.evidence for opening in openings))
        yield Match("mapi-rpc-from-internet", (device, *names(servers)), summary, evidence, versions(*servers), device)


@dataclass(frozen=True)
class WayIn:
    """How what a rule publishes fares on its way to a target. With `asked`, the field of the rule that would tell
    whether it passes."""

    devices: tuple[str, ...]
    wanted: tuple[str, ...]
    missing: tuple[str, ...]
    asked: str = ""


@rule("proxy-path-open", "proxy-path-ports-missing")
def way_to_what_is_published(case: Case) -> Iterator[Match]:
    """The firewalls between a proxy, or where a forwarded port comes in, and what is published pass it, or not."""
    for one in published(case):
        kinds: dict[object, list[Server]] = defaultdict(list)
        for target in one.targets:
            kinds[case.flows.kind(target)].append(target)
        alike: dict[WayIn, list[Server]] = defaultdict(list)
        for targets in kinds.values():
            way = _way_in(case, one, one.host, targets[0]) if one.host else _way_behind(case, one, targets[0])
            if way is not None:
                alike[way] += targets
        for way, targets in alike.items():
            yield _told(case, one, way, targets)


def _told(case: Case, one: Published, way: WayIn, targets: list[Server]) -> Match:
    start = one.host.name if one.host else listed(sorted(case.flows.comes_from(one.rule)))
    ends = f"from {start} to {listed(names(targets))}"
    evidence = tuple(Evidence(f"firewalls.{device}.allow", "see its lines") for device in way.devices)
    if one.host is None:
        evidence = (*one.fact("kind", "zone"), *evidence)
    subjects = (one.rule.name, *((one.host.name,) if one.host else ()), *names(targets), *way.devices)
    statement, asked = "proxy-path-ports-missing", None
    if way.asked:
        text, answers = _question(case, one, way.asked)
        asked = Question(f"publishing.{one.rule.name}.{way.asked}", text, answers)
        summary = f"Whether {listed(way.wanted)} passes {listed(way.devices)} {ends} depends on what is not written."
        evidence = (*evidence, *one.fact(way.asked))
    elif way.missing:
        summary = f"{listed(way.missing)} cannot pass {listed(way.devices)} {ends}."
    else:
        statement = "proxy-path-open"
        summary = f"What {one.rule.name} needs ({listed(way.wanted)}) passes {listed(way.devices)} {ends}."
    return Match(statement, subjects, summary, evidence, versions(*targets), question=asked)


def _question(case: Case, one: Published, field: str) -> tuple[str, tuple[str, ...]]:
    if field == "source_nat":
        return f"Does {one.rule.name} put an address of its own in place of the client's?", ("true", "false")
    hosts = names(case.by_zone.get(one.rule.zone or "", ()))
    return (
        f"On which host does {one.rule.name} run? A firewall opens what it needs to a host of {one.rule.zone}.",
        hosts,
    )


@rule("proxy-path-ports-missing")
def way_from_proxy_to_validation(case: Case) -> Iterator[Match]:
    """Nothing of what pre-authentication needs passes the firewall towards the servers that check logons, or that give
    tickets for Kerberos delegation."""
    for one in proxies(case):
        by_ticket = DIRECTORY_ROLES if one.rule.delegation == "kcd" else ()
        for kinds in sorted({VALIDATED_BY.get(one.rule.validation, ()), by_ticket} - {()}):
            servers = [server for server in case.servers if server.holds(*kinds)]
            if kinds == DIRECTORY_ROLES and one.host is not None:  # by a trust its own controllers ask the others
                users = [one.host] if one.host.forest else one.targets
                servers = [server for server in servers if any(case.same_forest(user, server) for user in users)]
            yield from _cut_off(case, one, servers)


def _cut_off(case: Case, one: Published, servers: list[Server]) -> Iterator[Match]:
    """The finding that a proxy reaches none of some servers that it needs; nothing where it may."""
    if one.host is None or not one.authenticates or not servers:
        return
    ways = [(server, need.ports) for server in servers for need in case.flows.needs(one.host, server) if need.certain]
    if not ways or any(case.network.passes(one.host, server, ports) is not False for server, ports in ways):
        return
    devices = sorted({device.name for route in case.network.routes(one.host, servers[0]) for device in route})
    ends = f"from {one.host.name} to {listed(names(servers))}"
    summary = f"{listed(devices)} {'passes' if len(devices) == 1 else 'pass'} nothing {ends}."
    evidence = (
        *one.fact("validation", "delegation"),
        *(Evidence(f"firewalls.{device}.allow", "see its lines") for device in devices),
    )
    subjects = (one.rule.name, one.host.name, *names(servers), *devices)
    condition = f"What checking and handing on logons needs passes {ends}."
    fix = f"Open what checking and handing on logons needs {ends}, and only that."
    yield Match("proxy-path-ports-missing", subjects, summary, evidence, versions(*one.targets), fix=fix,
                condition=condition)  # fmt: skip


def _way_in(case: Case, one: Published, host: Server, target: Server) -> WayIn | None:
    """From the host that a rule runs on; None where no device is, or what passes is not known."""
    if case.network.way(host, target).passage in (Passage.DIRECT, Passage.NO_ROUTE):
        return None
    carried = set(one.rule.protocols or ())
    needs = (
        need
        for need in case.flows.needs(host, target)
        if need.certain and need.row.target not in DIRECTORY and CARRIED.get(need.row.when, carried) & carried
    )
    starts = [({host.name, *case.network.zones_of(host)}, ""), *_unchanged(case, one)]
    return _judged(case, case.network.routes(host, target), starts, target, needs)


def _way_behind(case: Case, one: Published, target: Server) -> WayIn | None:
    """From where a rule on no host of the file comes in. The device that joins the Internet is the one that forwards a
    port, so it lets it pass; those behind it must, too."""
    zones = case.flows.comes_from(one.rule)
    if not zones:
        return None
    if one.kind != "port-forward":
        routes = case.network.routes_out(target, zones)
        starts = [(set(zones), ""), (_names_in(case, zones), "host"), *_unchanged(case, one)]
    else:
        near = _names_in(case, _behind_the_forwarding(case))
        routes = tuple(
            tuple(device for device in route if not case.internet & set(device.between))
            for route in case.network.routes_out(target)
        )
        starts = [(near, "")] if one.rule.source_nat else [(set(case.internet), "")]
        if one.rule.source_nat is None:
            starts.append((near, "source_nat"))
    needs = (need for need in case.flows.carried(one.rule, target) if need.certain)
    return _judged(case, routes, starts, target, needs) if all(routes) else None


def _unchanged(case: Case, one: Published) -> list[Start]:
    """A balancer may leave the client's address as it is: then lines for the Internet are those that count."""
    if one.kind != "load-balancer" or one.rule.source_nat:
        return []
    return [(set(case.internet), "source_nat" if one.rule.source_nat is None else "")]


def _behind_the_forwarding(case: Case) -> set[str]:
    """The zones that a device has an address in which forwards from the Internet, or from a perimeter network."""
    joining = [set(device.between) for device in case.topology.firewalls if case.internet & set(device.between)]
    perimeter = {zone for zone, kind in case.network.kinds.items() if kind is ZoneKind.PERIMETER}
    return perimeter.union(*joining) - case.internet


def _names_in(case: Case, zones: Iterable[str]) -> set[str]:
    return {name for zone in zones for name in (zone, *(server.name for server in case.by_zone.get(zone, ())))}


def _judged(
    case: Case, routes: Iterable[Route], starts: list[Start], target: Server, needs: Iterable[Need]
) -> WayIn | None:
    """Devices, ports wanted, ports that do not pass from the first start, unless all do from a later one."""
    wanted = tuple(dict.fromkeys(text for need in needs for text in need.ports.texts))  # two roles are in two rows
    there = {target.name, *case.network.zones_of(target)}
    devices = tuple(sorted({device.name for route in routes for device in route}))
    for here, asked in starts if wanted else ():
        if passes_on(routes, here, there, PortSet.of(wanted)):
            return WayIn(devices, wanted, (), asked)
    missing = tuple(text for text in wanted if passes_on(routes, starts[0][0], there, PortSet.of([text])) is False)
    return WayIn(devices, wanted, missing) if missing else None


@rule("lb-source-nat")
def source_translated(case: Case) -> Iterator[Match]:
    """A load balancer or proxy in front of Exchange puts its own address in place of the client's."""
    for one in published(case):
        if one.rule.source_nat and one.targets:
            summary = f"{one.rule.name} reaches {listed(names(one.targets))} from an address of its own."
            yield one.match("lb-source-nat", summary, *one.fact("source_nat"), choice=f"publishing.{one.rule.name}.nat")


@rule("pop-imap-from-internet")
def mailbox_protocols_of_old(case: Case) -> Iterator[Match]:
    """POP or IMAP of 2013 and later is open to the Internet."""
    for one in published(case):
        carried = [protocol for protocol in one.rule.protocols or () if protocol in (Protocol.IMAP, Protocol.POP)]
        if carried and any(map(from_2013, one.targets)):
            summary = f"{one.rule.name} publishes {listed(carried)} of {listed(names(one.targets))} to the Internet."
            choice = f"publishing.{one.rule.name}.mail"
            yield one.match("pop-imap-from-internet", summary, *one.fact("protocols", "targets"), choice=choice)


RULES = (
    opened_without_publishing,
    outlook_rpc_from_the_internet,
    way_to_what_is_published,
    way_from_proxy_to_validation,
    source_translated,
    mailbox_protocols_of_old,
)
