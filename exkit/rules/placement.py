"""In which zone a server stands."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.paths import FREE
from exkit.rules.base import (
    Case,
    Evidence,
    Match,
    Question,
    fact,
    from_2013,
    listed,
    modern,
    names,
    rule,
    versions,
    which_forest,
)
from exkit.rules.publishing import proxies
from exkit.topology import Role, Server, ZoneKind

IN_PERIMETER = {
    Role.CLIENT_ACCESS: ("cas-in-perimeter", "Client Access"),
    Role.HUB_TRANSPORT: ("hub-in-perimeter", "Hub Transport"),
    Role.MAILBOX: ("mbx-in-perimeter", "Mailbox"),
    Role.UNIFIED_MESSAGING: ("um-in-perimeter", "Unified Messaging"),
}
# What differs for Edge Transport: no databases, and firewalls on both sides may be tight.
EDGE_IN_CLOUD = (
    "All requirements of virtualization hold; on Azure the volumes of the transport database are on Premium Storage.",
    "Put the transport database on Premium Storage (or what the provider has like it), and open no more to the inside "
    "than 25 both ways and 50636 from the Mailbox servers.",
)
HMC_FIX = "Move the Mailbox role to the Datacenter zone; Client Access, Hub and UM may stay in the Proxy zone."


def _standing(case: Case, server: Server, zone: str | None = None) -> tuple[Evidence, ...]:
    where = zone or server.zone
    field = "zone" if where == server.zone else "also_in"
    return (
        fact(server, field),
        Evidence(f"zones.{where}.kind", str(case.network.kinds.get(where or ""))),
        fact(server, "roles"),
    )


def _where(case: Case, zone: str) -> str:
    return (
        f"in the perimeter network {zone}"
        if case.network.kinds[zone] is ZoneKind.PERIMETER
        else f"on the Internet ({zone})"
    )


def _hmc_mailbox(case: Case, server: Server) -> bool:
    """In the Proxy zone of HMC 4.5 it is the mailboxes that are out of place, not the other roles."""
    return server.holds(Role.MAILBOX) and case.in_hmc_proxy_zone(server)


@rule("cas-in-perimeter", "hub-in-perimeter", "mbx-in-perimeter", "um-in-perimeter", "cas-dual-homed-dmz")
def internal_role_in_perimeter(case: Case) -> Iterator[Match]:
    """A server with an internal role of 2007 or later stands, or has a network card, in a perimeter network."""
    for server in case.inside:
        zone = case.outside_zone(server)
        if not modern(server) or zone is None:
            continue
        evidence = _standing(case, server, zone)
        if zone != server.zone and server.holds(Role.CLIENT_ACCESS):
            summary = f"{server.name} stands in {server.zone} and has a network card {_where(case, zone)}."
            yield Match(
                "cas-dual-homed-dmz", (server.name,), summary, (fact(server, "zone"), *evidence), versions(server)
            )
            continue
        stands = "stands" if zone == server.zone else "has a network card"
        for role, (statement, words) in IN_PERIMETER.items():
            if server.holds(role) and (role is Role.MAILBOX or not _hmc_mailbox(case, server)):
                summary = f"{server.name} holds the {words} role and {stands} {_where(case, zone)}."
                fix = HMC_FIX if _hmc_mailbox(case, server) else None
                yield Match(statement, (server.name,), summary, evidence, versions(server), fix=fix)


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
        internal = server.is_exchange and not server.is_edge  # in zone 1 that is a defect of its own
        if (
            not internal
            and case.zone_kind(server) is ZoneKind.PERIMETER
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
        if modern(server) and case.zone_kind(server) is ZoneKind.INTERNAL and not case.outside_zone(server):
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
    proxied = {target.name for one in proxies(case) if one.kind == "reverse-proxy" for target in one.targets}
    for server in case.inside:
        if modern(server) or not server.holds(Role.FRONT_END) or case.zone_kind(server) is None:
            continue
        if case.zone_kind(server) is ZoneKind.INTERNET:
            continue  # no statement speaks of one without a firewall: see placement-not-covered
        if case.in_perimeter(server):
            statement, where = "fe-in-perimeter", f"in the perimeter network {server.zone}"
        elif server.name in proxied:
            statement, where = "fe-behind-advanced-firewall", f"inside, in {server.zone}, behind a reverse proxy"
        else:
            statement, where = "fe-inside-single-firewall", f"inside, in {server.zone}"
        summary = f"{server.name}, a front-end server, stands {where}."
        yield Match(statement, (server.name,), summary, _standing(case, server), versions(server))


def _small_business(case: Case, server: Server) -> bool:
    """Whether a server is all in one as Small Business Server: the only Exchange server, domain controller too, its
    own zone inside and a card towards the Internet."""
    alone = [one for one in case.servers if one.is_exchange and case.same_organization(server, one)] == [server]
    return alone and server.holds(Role.DOMAIN_CONTROLLER) and case.zone_kind(server) is ZoneKind.INTERNAL


@rule("back-end-in-perimeter", "back-end-inside", "small-business-two-cards")
def back_end_placement(case: Case) -> Iterator[Match]:
    """Where a server of 2000 or 2003 that holds mailboxes stands."""
    for server in case.inside:
        zone = case.outside_zone(server)
        if modern(server) or not server.holds(Role.BACK_END, Role.MAILBOX) or case.zone_kind(server) is None:
            continue
        statement = "back-end-in-perimeter" if zone else "back-end-inside"
        if zone and _small_business(case, server):
            statement = "small-business-two-cards"
        where = _where(case, zone) if zone else f"inside, in {server.zone}"
        stands = "stands" if zone in (None, server.zone) else "has a network card"
        summary = f"{server.name}, a back-end server, {stands} {where}."
        yield Match(statement, (server.name,), summary, _standing(case, server, zone), versions(server))


@rule("reverse-proxy-in-perimeter")
def reverse_proxy_placement(case: Case) -> Iterator[Match]:
    """A reverse proxy stands in a perimeter network."""
    for server in case.servers:
        outside = case.zone_kind(server) is ZoneKind.PERIMETER
        if server.holds(Role.REVERSE_PROXY) and not server.is_exchange and outside:
            summary = f"{server.name}, a reverse proxy, stands in the perimeter network {server.zone}."
            evidence = _standing(case, server)
            yield Match("reverse-proxy-in-perimeter", (server.name,), summary, evidence, case.flows.versions)


@rule("dc-in-perimeter-for-fe", "perimeter-assume-breach")
def domain_controller_in_perimeter(case: Case) -> Iterator[Match]:
    """A writable domain controller of the forest that Exchange is in stands in a perimeter network."""
    for server in case.domain_controllers:
        served = [other for other in case.inside if case.same_forest(server, other)]
        zone = case.outside_zone(server)
        if zone is None or not served:
            continue
        legacy = any(other.holds(Role.FRONT_END) and case.in_perimeter(other) for other in served)
        statement = "dc-in-perimeter-for-fe" if legacy else "perimeter-assume-breach"
        stands = "stands" if zone == server.zone else "has a network card"
        summary = f"{server.name}, a writable domain controller of the Exchange forest, {stands} {_where(case, zone)}."
        evidence = (*_standing(case, server, zone), fact(server, "forest"))
        several = len(case.topology.forests) > 1 or any(other.forest for other in case.inside)
        unsure = [other for other in served if other.forest is None]
        if server.forest is not None and len(case.topology.forests) > 1 and len(unsure) == len(served):
            asked = which_forest(case, unsure[0])
            yield Match(statement, (server.name,), summary, evidence, case.flows.versions, question=asked)
        elif server.forest is None and several:
            asked = Question(
                f"servers.{server.name}.forest",
                f"Is {server.name} of the forest that Exchange is in, or of a forest of the perimeter network?",
                tuple(forest.name for forest in case.topology.forests),
            )
            yield Match(statement, (server.name,), summary, evidence, case.flows.versions, question=asked)
        else:
            yield Match(statement, (server.name,), summary, evidence, case.flows.versions)


@rule("perim-exchange-own-forest")
def organization_of_its_own_in_the_perimeter(case: Case) -> Iterator[Match]:
    """All Exchange servers (2013 and later) and DCs of a forest stand in the perimeter, and nothing filters among them.

    Then what lies outside, an accounts forest too, is outside of the organization. Not so with hybrid, whose
    prerequisites rule the perimeter out.
    """
    hybrid = case.topology.hybrid
    if hybrid is not None and hybrid.topology != "none":
        return
    for forest in sorted({server.forest for server in case.inside if server.forest}):
        organization = [server for server in case.inside if server.forest in (forest, None)]
        controllers = [server for server in case.domain_controllers if server.forest in (forest, None)]
        hosts = [*organization, *controllers]
        if not controllers or not all(map(from_2013, organization)) or not all(map(case.in_perimeter, hosts)):
            continue
        ways = {case.network.way(here, there).passage for here in organization for there in hosts if here is not there}
        if all(passage in FREE for passage in ways):
            together = f"the whole organization of the forest {forest} ({listed(names(hosts))})"
            for server in hosts:
                summary = f"{server.name} stands {_where(case, server.zone or '')}, with {together}."
                evidence = (*_standing(case, server), fact(server, "forest"))
                yield Match("perim-exchange-own-forest", (server.name,), summary, evidence, versions(*organization))


@rule("skype-in-perimeter")
def skype_server_in_the_perimeter(case: Case) -> Iterator[Match]:
    """A Lync or Skype for Business server stands in a perimeter network: its Edge Server, or one out of place."""
    used = [server for server in case.inside if from_2013(server)]
    for server in case.servers:
        if used and server.holds(Role.SKYPE_SERVER) and not server.is_exchange and case.in_perimeter(server):
            summary = f"{server.name}, a Lync or Skype for Business server, stands {_where(case, server.zone or '')}."
            yield Match("skype-in-perimeter", (server.name,), summary, _standing(case, server), versions(*used))


@rule("exchange-in-cloud")
def exchange_in_a_cloud(case: Case) -> Iterator[Match]:
    """An Exchange server of 2013 or later is a virtual machine at a cloud provider."""
    for server in case.exchange:
        if from_2013(server) and case.zone_kind(server) is ZoneKind.CLOUD:
            summary = f"{server.name} stands in {server.zone}, a cloud."
            condition, fix = EDGE_IN_CLOUD if server.is_edge else (None, None)
            yield Match("exchange-in-cloud", (server.name,), summary, _standing(case, server), versions(server),
                        condition=condition, fix=fix)  # fmt: skip


@rule("placement-not-covered")
def placement_without_a_statement(case: Case) -> Iterator[Match]:
    """An Exchange server stands in a zone of which no statement speaks: a replication network, an old one in a cloud,
    an Edge or front-end server on the Internet itself."""
    for server in case.exchange:
        kind = case.zone_kind(server)
        front_end = server.holds(Role.FRONT_END) and not server.holds(Role.BACK_END, Role.MAILBOX)
        outside = kind is ZoneKind.INTERNET and (server.is_edge or (front_end and not modern(server)))
        cloud = kind is ZoneKind.CLOUD and not from_2013(server)
        if cloud or kind is ZoneKind.REPLICATION or outside:
            summary = (
                f"{server.name} stands in {server.zone}, a zone of kind {kind}, of which no statement here speaks."
            )
            asked = Question(f"servers.{server.name}.zone", f"Is {server.zone} really the zone of {server.name}?")
            evidence = _standing(case, server)
            yield Match("placement-not-covered", (server.name,), summary, evidence, versions(server), question=asked)


RULES = (
    internal_role_in_perimeter,
    hosted_messaging_zones,
    hosted_messaging_zone_one,
    internal_role_inside,
    edge_placement,
    front_end_placement,
    back_end_placement,
    reverse_proxy_placement,
    domain_controller_in_perimeter,
    organization_of_its_own_in_the_perimeter,
    skype_server_in_the_perimeter,
    exchange_in_a_cloud,
    placement_without_a_statement,
)
