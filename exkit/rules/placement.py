"""In which zone a server stands."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rules.base import Case, Evidence, Match, Question, fact, modern, rule, versions
from exkit.topology import Role, Server, ZoneKind

IN_PERIMETER = {
    Role.CLIENT_ACCESS: ("cas-in-perimeter", "Client Access"),
    Role.HUB_TRANSPORT: ("hub-in-perimeter", "Hub Transport"),
    Role.MAILBOX: ("mbx-in-perimeter", "Mailbox"),
    Role.UNIFIED_MESSAGING: ("um-in-perimeter", "Unified Messaging"),
}


def _standing(case: Case, server: Server) -> tuple[Evidence, ...]:
    kind = case.zone_kind(server)
    return (fact(server, "zone"), Evidence(f"zones.{server.zone}.kind", str(kind)), fact(server, "roles"))


@rule("cas-in-perimeter", "hub-in-perimeter", "mbx-in-perimeter", "um-in-perimeter")
def internal_role_in_perimeter(case: Case) -> Iterator[Match]:
    """A server that holds an internal role of 2007 or later stands in a perimeter network."""
    for server in case.inside:
        if modern(server) and case.in_perimeter(server):
            for role, (statement, words) in IN_PERIMETER.items():
                if server.holds(role):
                    summary = f"{server.name} holds the {words} role and stands in the perimeter network {server.zone}."
                    evidence = _standing(case, server)
                    yield Match(statement, (server.name,), summary, evidence, versions(server))


@rule("cas-dual-homed-dmz")
def client_access_with_a_card_in_the_perimeter(case: Case) -> Iterator[Match]:
    """A Client Access server stands inside and has one more network card in a perimeter network."""
    for server in case.client_access:
        outside = [zone for zone in server.also_in or () if case.network.kinds[zone] is ZoneKind.PERIMETER]
        if outside and not case.in_perimeter(server):
            summary = (
                f"{server.name} stands in {server.zone} and has a network card in the perimeter network {outside[0]}."
            )
            evidence = (fact(server, "zone"), fact(server, "also_in"), fact(server, "roles"))
            yield Match("cas-dual-homed-dmz", (server.name,), summary, evidence, versions(server))


@rule("hmc45-zones")
def hosted_messaging_zones(case: Case) -> Iterator[Match]:
    """Hosted Messaging and Collaboration 4.5 puts CAS, Hub and UM into a Proxy zone behind a zone 1."""
    for server in case.inside:
        if case.follows_hmc(server):
            summary = (
                f"{server.name} stands in {server.zone}, the Proxy zone of Hosted Messaging and Collaboration 4.5."
            )
            evidence = (Evidence("deployment", "hmc-4.5"), *_standing(case, server))
            yield Match("hmc45-zones", (server.name,), summary, evidence, versions(server))


@rule("hmc45-zone1-no-domain")
def hosted_messaging_zone_one(case: Case) -> Iterator[Match]:
    """A server of zone 1, next to the Internet, is joined to the domain of the hosting forest."""
    if case.topology.deployment != "hmc-4.5":
        return
    for server in case.servers:
        if (
            case.zone_kind(server) is ZoneKind.PERIMETER
            and server.domain_joined
            and case.faces_internet(server.zone or "")
        ):
            summary = f"{server.name} stands in zone 1 ({server.zone}) of HMC 4.5 and is joined to a domain."
            evidence = (fact(server, "domain_joined"), fact(server, "zone"), Evidence("deployment", "hmc-4.5"))
            yield Match("hmc45-zone1-no-domain", (server.name,), summary, evidence, case.flows.versions)


@rule("exchange-inside")
def internal_role_inside(case: Case) -> Iterator[Match]:
    """A server with an internal role of 2007 or later stands on the intranet."""
    for server in case.inside:
        if modern(server) and case.zone_kind(server) is ZoneKind.INTERNAL:
            summary = f"{server.name} stands on the intranet, in {server.zone}."
            yield Match("exchange-inside", (server.name,), summary, _standing(case, server), versions(server))


@rule("edge-in-perimeter", "edge-outside-perimeter")
def edge_placement(case: Case) -> Iterator[Match]:
    """Where an Edge Transport server stands."""
    for server in case.edges:
        kind = case.zone_kind(server)
        if not server.is_edge or kind not in (ZoneKind.PERIMETER, ZoneKind.INTERNAL):
            continue
        outside = kind is ZoneKind.PERIMETER
        statement = "edge-in-perimeter" if outside else "edge-outside-perimeter"
        where = "in the perimeter network" if outside else "on the intranet, in"
        summary = f"{server.name}, an Edge Transport server, stands {where} {server.zone}."
        yield Match(statement, (server.name,), summary, _standing(case, server), versions(server))


@rule("fe-in-perimeter", "fe-behind-advanced-firewall", "fe-inside-single-firewall")
def front_end_placement(case: Case) -> Iterator[Match]:
    """Where a front-end server of 2000 or 2003 stands."""
    proxied = {
        target
        for published in case.topology.publishing
        if published.kind == "reverse-proxy"
        for target in published.targets or ()
    }
    for server in case.inside:
        if modern(server) or not server.holds(Role.FRONT_END) or case.zone_kind(server) is None:
            continue
        if case.in_perimeter(server):
            statement, where = "fe-in-perimeter", f"in the perimeter network {server.zone}"
        elif server.name in proxied:
            statement, where = "fe-behind-advanced-firewall", f"inside, in {server.zone}, behind a reverse proxy"
        else:
            statement, where = "fe-inside-single-firewall", f"inside, in {server.zone}"
        summary = f"{server.name}, a front-end server, stands {where}."
        yield Match(statement, (server.name,), summary, _standing(case, server), versions(server))


@rule("back-end-in-perimeter", "back-end-inside")
def back_end_placement(case: Case) -> Iterator[Match]:
    """Where a server of 2000 or 2003 that holds mailboxes stands."""
    for server in case.inside:
        if modern(server) or server.holds(Role.FRONT_END) or case.zone_kind(server) is None:
            continue
        outside = case.in_perimeter(server)
        statement = "back-end-in-perimeter" if outside else "back-end-inside"
        where = "in the perimeter network" if outside else "inside, in"
        summary = f"{server.name}, a back-end server, stands {where} {server.zone}."
        yield Match(statement, (server.name,), summary, _standing(case, server), versions(server))


@rule("reverse-proxy-in-perimeter")
def reverse_proxy_placement(case: Case) -> Iterator[Match]:
    """A reverse proxy stands in a perimeter network."""
    for server in case.servers:
        if server.holds(Role.REVERSE_PROXY) and not server.is_exchange and case.in_perimeter(server):
            summary = f"{server.name}, a reverse proxy, stands in the perimeter network {server.zone}."
            evidence = _standing(case, server)
            yield Match("reverse-proxy-in-perimeter", (server.name,), summary, evidence, case.flows.versions)


@rule("dc-in-perimeter-for-fe", "perimeter-assume-breach")
def domain_controller_in_perimeter(case: Case) -> Iterator[Match]:
    """A writable domain controller of the forest that Exchange is in stands in a perimeter network."""
    for server in case.domain_controllers:
        served = [other for other in case.inside if case.same_forest(server, other)]
        if not case.in_perimeter(server) or not served:
            continue
        legacy = any(other.holds(Role.FRONT_END) and case.in_perimeter(other) for other in served)
        statement = "dc-in-perimeter-for-fe" if legacy else "perimeter-assume-breach"
        summary = f"{server.name}, a writable domain controller of the Exchange forest, stands in {server.zone}."
        evidence = (*_standing(case, server), fact(server, "forest"))
        if server.forest is None and any(other.forest for other in case.inside):
            asked = Question(
                f"servers.{server.name}.forest",
                f"Is {server.name} of the forest that Exchange is in, or of a forest of the perimeter network?",
                tuple(forest.name for forest in case.topology.forests),
            )
            yield Match(statement, (server.name,), summary, evidence, case.flows.versions, question=asked)
        else:
            yield Match(statement, (server.name,), summary, evidence, case.flows.versions)


@rule("placement-not-covered")
def placement_without_a_statement(case: Case) -> Iterator[Match]:
    """An Exchange server stands in a zone of which no statement speaks (cloud, replication network)."""
    for server in case.exchange:
        kind = case.zone_kind(server)
        outside = kind is ZoneKind.INTERNET and server.is_edge
        if kind in (ZoneKind.CLOUD, ZoneKind.REPLICATION) or outside:
            summary = (
                f"{server.name} stands in {server.zone}, a zone of kind {kind}, of which no statement here speaks."
            )
            asked = Question(f"servers.{server.name}.zone", f"Is {server.zone} really the zone of {server.name}?")
            evidence = _standing(case, server)
            yield Match("placement-not-covered", (server.name,), summary, evidence, versions(server), question=asked)


RULES = (
    internal_role_in_perimeter,
    client_access_with_a_card_in_the_perimeter,
    hosted_messaging_zones,
    hosted_messaging_zone_one,
    internal_role_inside,
    edge_placement,
    front_end_placement,
    back_end_placement,
    reverse_proxy_placement,
    domain_controller_in_perimeter,
    placement_without_a_statement,
)
