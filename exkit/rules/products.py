"""What a publishing product itself asks for: AD FS for Web Application Proxy, a connector for Entra, a maker's word."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rules.base import (
    INSPECTIONS,
    Case,
    Evidence,
    Match,
    Question,
    from_2013,
    listed,
    names,
    rule,
    versions,
    written,
)
from exkit.rules.publishing import Published, gatekeepers, proxies, published
from exkit.topology import Protocol, Role, Server, ZoneKind

WAP, ENTRA = "wap-", "entra-"
# Microsoft's own, of which the facts speak elsewhere.
FIRST_PARTY = ("isa-", "tmg-", "uag-", "iag-", WAP, ENTRA, "windows-nlb")
WEB_APPLICATION_PROXY = {
    Protocol.OWA: "wap-owa-adfs",
    Protocol.ECP: "wap-ecp-adfs",
    Protocol.OUTLOOK_ANYWHERE: "wap-outlook-anywhere",
    Protocol.MAPI: "wap-mapi-http",
    Protocol.ACTIVESYNC: "wap-eas",
    Protocol.EWS: "wap-ews-autod-oab",
    Protocol.AUTODISCOVER: "wap-ews-autod-oab",
    Protocol.OAB: "wap-ews-autod-oab",
}
BROWSERS = (Protocol.OWA, Protocol.ECP)
RICH = (
    Protocol.OUTLOOK_ANYWHERE,
    Protocol.MAPI,
    Protocol.EWS,
    Protocol.AUTODISCOVER,
    Protocol.ACTIVESYNC,
    Protocol.OAB,
    Protocol.MRSPROXY,
    Protocol.FEDERATION,
)
MEMBERSHIP = {True: "is a domain member", False: "is no domain member", None: "is perhaps no domain member"}
ENTRA_PROXY = {
    **dict.fromkeys(BROWSERS, "entra-proxy-owa"),
    **dict.fromkeys(RICH, "entra-proxy-rich-clients"),
}


def _of(case: Case, maker: str) -> Iterator[Published]:
    """Publishing rules on a product, by the start of its id."""
    for one in proxies(case):
        if one.product is not None and one.product.id.startswith(maker) and any(map(from_2013, one.targets)):
            yield one


@rule(*sorted({*WEB_APPLICATION_PROXY.values(), *ENTRA_PROXY.values()}), "wap-eas-2012-r2", "entra-proxy-passthrough")
def claims_at_the_proxy(case: Case) -> Iterator[Match]:
    """Web Application Proxy pre-authenticates by AD FS, the application proxy of Entra by Entra: browsers only."""
    for one in gatekeepers(case):
        product = one.product.id if one.product else ""
        if product.startswith(WAP) and one.rule.preauth == "adfs":
            statements = dict(WEB_APPLICATION_PROXY)
            if product == "wap-2012-r2":
                statements[Protocol.ACTIVESYNC] = "wap-eas-2012-r2"
        elif product.startswith(ENTRA) and one.rule.preauth == "entra":
            statements = ENTRA_PROXY
        elif product.startswith(ENTRA) and one.rule.preauth == "none":
            statements = dict.fromkeys(RICH, "entra-proxy-passthrough")
        else:
            continue
        carried = sorted(set(one.rule.protocols or ()) & set(statements))
        for statement in sorted({statements[protocol] for protocol in carried}):
            told = listed(protocol for protocol in carried if statements[protocol] == statement)
            does = "passes on" if one.rule.preauth == "none" else "pre-authenticates"
            summary = f"{one.rule.name} {does} {told} through {one.product.name if one.product else ''}."
            evidence = one.fact("product", "preauth", "protocols")
            yield one.match(statement, summary, *evidence, choice=f"publishing.{one.rule.name}.{statement}")


@rule("wap-without-adfs")
def web_application_proxy_without_ad_fs(case: Case) -> Iterator[Match]:
    """Web Application Proxy, and nothing in the file that it could take its configuration from."""
    rules = list(_of(case, WAP))
    claims = any("adfs" in (one.rule.preauth, one.rule.validation) for one in rules)
    if claims or any(server.holds(Role.ADFS) for server in case.servers):
        return
    for one in rules:
        planned = one.rule.validation is not None
        asked = Question(
            "servers", "Which server runs AD FS?", ("- {name: ADFS1, roles: [ADFS], zone: ZONE, domain_joined: true}",)
        )
        by = f" and checks logons by {one.rule.validation}" if planned else ""
        summary = f"{one.rule.name} runs on Web Application Proxy{by}, and no server of AD FS is written."
        evidence = (*one.fact("product", "preauth", "validation"), Evidence("servers", "no ADFS"))
        yield one.match(
            "wap-without-adfs",
            summary,
            *evidence,
            choice=f"publishing.{one.rule.name}.adfs" if planned else "servers, AD FS",
            question=None if planned else asked,
        )


@rule("wap-with-adfs-same-host")
def web_application_proxy_on_the_ad_fs_server(case: Case) -> Iterator[Match]:
    """Web Application Proxy and AD FS on one server."""
    hosts = {one.host.name: one for one in _of(case, WAP) if one.host is not None}
    for server in case.servers:
        runs = [
            name for name in server.also_runs if (product := case.facts.product(name)) and product.id.startswith(WAP)
        ]
        if server.holds(Role.ADFS) and (server.name in hosts or runs):
            summary = f"{server.name} runs Web Application Proxy and AD FS."
            evidence = (
                Evidence(f"servers.{server.name}.roles", written(server.roles)),
                *(hosts[server.name].fact("product", "host") if server.name in hosts else ()),
            )
            users = hosts[server.name].targets if server.name in hosts else case.client_access
            yield Match("wap-with-adfs-same-host", (server.name,), summary, evidence, versions(*users))


def _connectors(case: Case) -> dict[str, list[Published]]:
    """Hosts of the Entra connector with the rules that run on them."""
    found: dict[str, list[Published]] = {}
    for one in _of(case, ENTRA):
        if one.host is not None:
            found.setdefault(one.host.name, []).append(one)
    return found


@rule("entra-connector-placement", "entra-connector-in-perimeter")
def where_the_connector_stands(case: Case) -> Iterator[Match]:
    """The connector of the Entra application proxy stands inside, or in the perimeter network."""
    for one in _of(case, ENTRA):
        zone = (one.host.zone if one.host else None) or one.rule.zone
        subject = one.host.name if one.host else one.rule.name
        path = f"servers.{one.host.name}.zone" if one.host else f"publishing.{one.rule.name}.zone"
        outside = zone is not None and case.network.kinds[zone] in (ZoneKind.PERIMETER, ZoneKind.INTERNET)
        asked = Question(
            path,
            f"Where does the connector of {one.rule.name} stand?",
            tuple(zone.name for zone in case.topology.zones),
        )
        where = "stands where nobody wrote" if zone is None else f"stands in {zone}"
        yield Match(
            "entra-connector-in-perimeter" if outside else "entra-connector-placement",
            (subject,),
            f"{subject}, a connector of the Entra application proxy, {where}.",
            (Evidence(path, written(zone)),),
            versions(*one.targets),
            choice=f"connector at {subject}",
            question=asked if zone is None else None,
        )


@rule("entra-connector-inspection")
def connector_traffic_inspected(case: Case) -> Iterator[Match]:
    """A firewall opens the TLS of the connector on its way out, or nobody told us whether it does."""
    for name, rules in sorted(_connectors(case).items()):
        host = case.by_name[name]
        for device in case.outer_devices(host):
            path = f"firewalls.{device.name}.inspects"
            if "tls" not in (device.inspects or ()) and not case.network.may_inspect(device):
                continue
            known = device.inspects is not None
            asked = Question(path, f"Does {device.name} open TLS on its way out, or SMTP? [] for neither.", INSPECTIONS)
            does = "opens the TLS of" if known else "may open the TLS of"
            summary = f"{device.name} {does} {name}, a connector of the Entra application proxy, on its way out."
            yield Match(
                "entra-connector-inspection",
                (name, device.name),
                summary,
                (Evidence(path, written(device.inspects)),),
                versions(*(target for one in rules for target in one.targets)),
                choice=path,
                question=None if known else asked,
            )


@rule("entra-connector-domain")
def connector_that_delegates(case: Case) -> Iterator[Match]:
    """Kerberos sign-on by a connector that is no member of the domain, or of another forest than Exchange."""
    for one in _of(case, ENTRA):
        if one.rule.delegation != "kcd":
            continue
        apart = [target for target in one.targets if one.host is not None and not case.same_forest(one.host, target)]
        if one.joined and not apart:
            continue
        field = f"servers.{one.host.name}.domain_joined" if one.host else f"publishing.{one.rule.name}.domain_joined"
        asked = Question(field, f"Is the connector of {one.rule.name} a member of the domain?", ("true", "false"))
        told = f"is in another forest than {listed(names(apart))}" if apart else MEMBERSHIP[one.joined]
        summary = f"{one.rule.name} signs users on by Kerberos, and its connector {told}."
        yield one.match(
            "entra-connector-domain",
            summary,
            *one.fact("delegation"),
            one.membership,
            *(_forests(one.host, *apart) if one.host else ()),
            choice=f"publishing.{one.rule.name}.connector",
            question=asked if one.joined is None and not apart else None,
        )


def _forests(*hosts: Server) -> tuple[Evidence, ...]:
    return tuple(Evidence(f"servers.{host.name}.forest", written(host.forest)) for host in hosts if host.forest)


@rule("rp-arr", "rp-third-party")
def whose_product_it_is(case: Case) -> Iterator[Match]:
    """IIS ARR, or a product of another maker, publishes Exchange of 2013 and later."""
    for one in gatekeepers(case):
        if one.product is None or not any(map(from_2013, one.targets)):
            continue
        statement = "rp-arr" if one.product.id == "arr" else "rp-third-party"
        if statement == "rp-arr" or not one.product.id.startswith(FIRST_PARTY):
            what = "a product of another maker" if one.product.id == "other" else one.product.name
            summary = f"{one.rule.name} publishes {listed(names(one.targets))} through {what}."
            choice = f"publishing.{one.rule.name}"
            yield one.match(statement, summary, *one.fact("product", "targets"), choice=choice)


@rule("product-loses-ntlm")
def outlook_through_a_product_that_pools_connections(case: Case) -> Iterator[Match]:
    """Outlook is published through a product that does not carry NTLM, unless TLS passes through it."""
    for one in published(case):
        foreign = one.product is not None and not one.product.id.startswith(FIRST_PARTY)
        if one.product is None or not foreign or not one.product.protocols or one.rule.tls == "pass-through":
            continue
        carried = [text for text in one.rule.protocols or () if text in (Protocol.OUTLOOK_ANYWHERE, Protocol.MAPI)]
        if carried and Protocol.OUTLOOK_ANYWHERE not in one.product.protocols:
            summary = (
                f"{one.rule.name} publishes {listed(carried)} through {one.product.name}, which loses NTLM logons."
            )
            evidence, choice = one.fact("product", "protocols", "tls"), f"publishing.{one.rule.name}.ntlm"
            yield one.match("product-loses-ntlm", summary, *evidence, choice=choice)


RULES = (
    outlook_through_a_product_that_pools_connections,
    claims_at_the_proxy,
    web_application_proxy_without_ad_fs,
    web_application_proxy_on_the_ad_fs_server,
    where_the_connector_stands,
    connector_traffic_inspected,
    connector_that_delegates,
    whose_product_it_is,
)
