"""Edge Transport: subscription, membership, what shares its host, and its way to the Hub servers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from exkit.paths import Passage, PortSet
from exkit.rows import When
from exkit.rules.base import (
    OUTSIDE,
    Case,
    Evidence,
    Match,
    Question,
    fact,
    from_2013,
    gap,
    lines_of,
    listed,
    names,
    rule,
    versions,
    written,
)
from exkit.rules.publishing import is_proxy, proxies_on
from exkit.topology import EXCHANGE_ROLES, AllowLine, Firewall, Protocol, Role, Server, ZoneKind

# What no topology says by way of ports: the directory instance of an Edge server and its replication (LEGACY facts).
EDGE_DIRECTORY = "50389/tcp"
EDGE_SYNC = "50636/tcp"
PROXY_PRODUCTS = {"tmg-2010": "edge-and-tmg-same-host"}


@rule("edge-subscription", "edge-without-edgesync", "edge-one-site-subscription")
def subscription(case: Case) -> Iterator[Match]:
    """An Edge server is subscribed to one AD site, to none, or to more than one."""
    for server in case.edges:
        if server.subscribed_to is None:
            continue
        count = len(server.subscribed_to)
        statement = ("edge-without-edgesync", "edge-subscription")[count] if count < 2 else "edge-one-site-subscription"
        words = listed(server.subscribed_to) if count else "no site"
        evidence = (fact(server, "subscribed_to"),)
        yield Match(statement, (server.name,), f"{server.name} is subscribed to {words}.", evidence, versions(server))


@rule("edge-subscription-not-known")
def subscription_not_written(case: Case) -> Iterator[Match]:
    """Nobody told us whether an Edge server is subscribed."""
    lacking = [server for server in case.edges if server.subscribed_to is None]
    sites = [f"[{site.name}]" for site in case.topology.ad_sites]
    text = "To which AD site is the Edge server subscribed? Write [] for none."
    yield from gap("edge-subscription-not-known", "subscribed_to", lacking, text, [*sites, "[]"])


@rule("edge-perimeter-domain-member", "edge-corporate-domain-member")
def membership(case: Case) -> Iterator[Match]:
    """An Edge server is a domain member: of a perimeter forest, or of the forest that Exchange is in."""
    for server in case.edges:
        if not server.domain_joined or not server.is_edge:
            continue
        corporate = {other.forest for other in case.inside}
        zones = {one.name: one.zone for one in case.topology.forests if one.zone}
        outer = {name for name, zone in zones.items() if case.network.kinds[zone] is ZoneKind.PERIMETER}
        same = server.forest in corporate and (server.forest is not None or len(case.topology.forests) < 2)
        statement = "edge-corporate-domain-member" if same else "edge-perimeter-domain-member"
        other_forest = f"the forest {server.forest}" if server.forest else "a forest that is not written"
        whose = "the forest that Exchange is in" if same else other_forest
        evidence = (fact(server, "domain_joined"), fact(server, "forest"))
        question = None
        if not same and server.forest is None and corporate:
            text = f"Of which forest is {server.name} a member: that of Exchange, or one of the perimeter network?"
            forests = tuple(forest.name for forest in case.topology.forests)
            question = Question(f"servers.{server.name}.forest", text, forests)
        elif not same and None in corporate and server.forest not in outer:
            lacking = next(other for other in case.inside if other.forest is None)
            text = f"Is {lacking.name} of the forest {server.forest} too, which {server.name} is a member of?"
            question = Question(
                f"servers.{lacking.name}.forest", text, tuple(one.name for one in case.topology.forests)
            )
        summary = f"{server.name}, an Edge Transport server, is a member of {whose}."
        yield Match(statement, (server.name,), summary, evidence, versions(server), question=question)


@rule("edge-no-role-collocation")
def other_roles_beside_edge(case: Case) -> Iterator[Match]:
    """Edge Transport shares a server with another Exchange role."""
    for server in case.edges:
        if not server.is_edge:
            others = [role for role in server.roles if role in EXCHANGE_ROLES and role is not Role.EDGE_TRANSPORT]
            summary = f"{server.name} holds Edge Transport together with {listed(others)}."
            yield Match("edge-no-role-collocation", (server.name,), summary, (fact(server, "roles"),), versions(server))


@rule("edge-and-tmg-same-host", "edge-on-isa-or-uag")
def proxy_beside_edge(case: Case) -> Iterator[Match]:
    """Edge Transport shares a server with a proxy product."""
    for server in case.edges:
        for product in sorted(proxies_on(case, server) - {"other"}):
            statement = PROXY_PRODUCTS.get(product, "edge-on-isa-or-uag")
            summary = f"{server.name} runs Edge Transport and {product}."
            rules = [
                Evidence(f"publishing.{one.name}.product", written(one.product))
                for one in case.flows.published_by.get(server.name, ())
                if (found := case.facts.product(one.product)) and found.id == product
            ]
            evidence = (*([fact(server, "also_runs")] if server.also_runs else []), *rules, fact(server, "roles"))
            yield Match(statement, (server.name,), summary, evidence, versions(server))


@rule("edge-does-not-proxy-cas")
def client_traffic_through_edge(case: Case) -> Iterator[Match]:
    """A publishing rule hands client traffic to an Edge server, or takes it there without any proxy product."""
    edges: dict[str | None, Server] = {server.name: server for server in case.edges}
    for published in sorted(case.topology.publishing, key=lambda one: one.name):
        carried = [protocol for protocol in published.protocols or () if protocol is not Protocol.SMTP]
        host = edges.get(published.host)
        aimed = [edges[target] for target in published.targets or () if target in edges and edges[target].is_edge]
        if host is not None and not is_proxy(case, host):
            aimed.append(host)
        if carried and aimed:
            where = listed(names(aimed))
            summary = f"{published.name} lets {listed(carried)} pass through the Edge Transport server {where}."
            path = f"publishing.{published.name}"
            evidence = (
                Evidence(f"{path}.host", written(published.host)),
                Evidence(f"{path}.targets", written(published.targets)),
                Evidence(f"{path}.protocols", written(tuple(carried))),
            )
            subjects = tuple(dict.fromkeys((published.name, *names(aimed))))
            yield Match("edge-does-not-proxy-cas", subjects, summary, evidence, versions(*aimed), published.name)


@rule("edge-two-nics")
def edge_with_two_cards(case: Case) -> Iterator[Match]:
    """An Edge server of 2013 or later has a network card on either side."""
    for server in case.edges:
        if server.is_edge and server.also_in and from_2013(server):
            zones = listed([zone for zone in (server.zone, *server.also_in) if zone])
            evidence = (fact(server, "zone"), fact(server, "also_in"))
            yield Match(
                "edge-two-nics",
                (server.name,),
                f"{server.name}, an Edge Transport server, has network cards in {zones}.",
                evidence,
                versions(server),
                choice=f"servers.{server.name}.also_in",
            )


def _lines(case: Case, port: str) -> Iterator[tuple[str, int, AllowLine]]:
    """Lines of firewalls that write a port of the Edge directory, with their device and number."""
    for device in case.topology.firewalls if case.edges else ():
        for number, line in enumerate(device.allow or ()):
            if port in line.ports:
                yield device.name, number, line


def _inwards(case: Case, line: AllowLine) -> bool:
    """Whether a line lets Edge servers, or all of the perimeter network, open something inwards."""
    outside = {zone for zone, kind in case.network.kinds.items() if kind in OUTSIDE}
    source, target = case.host(line.source), case.host(line.target)
    starts = line.source in outside or (source is not None and source.holds(Role.EDGE_TRANSPORT))
    ends = line.target in outside or (target is not None and (target.is_edge or case.in_perimeter(target)))
    return starts and not ends


@rule("edge-50389-local")
def edge_directory_port_opened(case: Case) -> Iterator[Match]:
    """A firewall opens 50389, the local directory port of an Edge server."""
    for device, number, _ in _lines(case, EDGE_DIRECTORY):
        evidence = (Evidence(f"firewalls.{device}.allow.{number}.ports", EDGE_DIRECTORY),)
        summary = f"{device} opens {EDGE_DIRECTORY}, the local directory port of Edge Transport."
        yield Match(
            "edge-50389-local", (device,), summary, evidence, versions(*case.edges), choice=f"50389 at {device}"
        )


def _edges_behind(case: Case, device: str, number: int) -> tuple[str, ...]:
    """The Edge servers that a line of a firewall speaks of."""
    (lines,) = (one.allow or () for one in case.topology.firewalls if one.name == device)
    source = lines[number].source
    return names(edge for edge in case.edges if source in ("any", edge.name, *case.network.zones_of(edge)))


@rule("edgesync-one-way")
def edgesync_opened_inwards(case: Case) -> Iterator[Match]:
    """A firewall opens 50636 from an Edge server towards the inside; EdgeSync only ever goes outwards."""
    for device, number, line in _lines(case, EDGE_SYNC):
        if not _inwards(case, line):
            continue
        evidence = (Evidence(f"firewalls.{device}.allow.{number}.ports", EDGE_SYNC),)
        summary = f"{device} opens {EDGE_SYNC} from the perimeter network inwards."
        subjects, choice = (device, *_edges_behind(case, device, number)), f"50636 at {device}"
        yield Match("edgesync-one-way", subjects, summary, evidence, versions(*case.edges), device, choice=choice)


@rule("edge-path-open", "edge-path-ports-missing")
def way_to_the_hubs(case: Case) -> Iterator[Match]:
    """The firewall between an Edge server and the Hub servers it serves passes what mail and EdgeSync need, or not."""
    found: dict[tuple[str, tuple[str, ...], str], tuple[set[Server], tuple[str, ...]]] = defaultdict(
        lambda: (set(), ())
    )
    kinds: dict[object, list[Server]] = defaultdict(list)
    for hub in case.hubs:
        kinds[case.flows.kind(hub)].append(hub)
    for edge in case.edges:
        for hub, *alike in kinds.values():
            if (
                not edge.is_edge
                or not _certain(case, hub, edge)  # its mail runs through others
                or case.network.way(edge, hub).passage is Passage.DIRECT
            ):
                continue
            ways = [(here, there, _certain(case, here, there)) for here, there in ((hub, edge), (edge, hub))]
            passing = {here.name: case.network.passes(here, there, ports) for here, there, ports in ways}
            missing = tuple(
                f"{text} from {here.name} to {there.name}"
                for here, there, ports in ways
                if passing[here.name] is False
                for text in ports.texts
                if case.network.passes(here, there, PortSet.of([text])) is False
            )
            at_most = [(here, there, _at_most(case, here, there)) for here, there, _ in ways]
            if missing or all(case.network.passes(*way) is True for way in at_most):
                on_the_way = [device for route in case.network.routes(edge, hub) for device in route]
                closing = [device for device in on_the_way if _closes(case, device, ways)]
                devices = tuple(sorted({device.name for device in (closing if missing else on_the_way)}))
                statement = "edge-path-ports-missing" if missing else "edge-path-open"
                members, texts = found[statement, devices, edge.name]
                found[statement, devices, edge.name] = (members | {edge, hub, *alike}, texts + missing)
    short = {edge for statement, _, edge in found if statement == "edge-path-ports-missing"}
    for (statement, devices, edge_name), (members, missing) in found.items():
        through = listed(devices)
        edge = case.by_name[edge_name]
        needing = "mail needs" if edge.subscribed_to == () else "mail and EdgeSync need"
        inside = "Mailbox" if all(map(from_2013, members - set(case.edges))) else "Hub Transport"
        # Where the way to some of them lacks a port, the others are named: "its servers" would be all of them.
        which = listed(names(members - {edge})) if edge_name in short else f"its {inside} servers"
        summary = (
            f"{listed(missing)} cannot pass {through}."
            if missing
            else f"Between {edge_name} and {which} what {needing} passes {through}."
        )
        evidence = tuple(Evidence(f"firewalls.{device}.allow", _rules(case, device)) for device in devices)
        anchor = f"{edge_name}+{'+'.join(devices)}"
        yield Match(statement, (*names(members), *devices), summary, evidence, versions(*members), anchor)


def _closes(case: Case, device: Firewall, ways: list[tuple[Server, Server, PortSet]]) -> bool:
    """Whether a device itself stops something of what is needed; others on the way may pass it."""
    for here, there, ports in ways:
        opened = case.network.opened(device, here, there)
        if opened is not None and not opened.covers(ports):
            return True
    return False


def _certain(case: Case, here: Server, there: Server) -> PortSet:
    """What is surely needed; the ports that depend on something not written are left out."""
    certain = (need for need in case.flows.needs(here, there) if need.certain)
    return PortSet.of(text for need in certain for text in need.ports.texts)


def _at_most(case: Case, here: Server, there: Server) -> PortSet:
    """What is surely needed, and what EdgeSync needs while nobody told whether the server is subscribed."""
    needs = case.flows.needs(here, there)
    wanted = (need for need in needs if need.certain or need.row.when is When.EDGE_SUBSCRIBED)
    return PortSet.of(text for need in wanted for text in need.ports.texts)


def _rules(case: Case, device: str) -> str:
    allow = next(one.allow for one in case.topology.firewalls if one.name == device)
    return "not written" if allow is None else lines_of(allow)


RULES = (
    subscription,
    subscription_not_written,
    membership,
    other_roles_beside_edge,
    proxy_beside_edge,
    client_traffic_through_edge,
    edge_with_two_cards,
    edge_directory_port_opened,
    edgesync_opened_inwards,
    way_to_the_hubs,
)
