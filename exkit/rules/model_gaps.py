"""What the topology leaves out and a verdict would need: each a question, once for all hosts that lack it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from exkit.builds import build_number
from exkit.paths import PortSet
from exkit.rules.base import (
    OUTSIDE,
    Case,
    Evidence,
    Match,
    Question,
    fact,
    gap,
    listed,
    modern,
    names,
    rule,
    versions,
    written,
)
from exkit.rules.client_paths import HTTPS
from exkit.rules.preauth import CLAIMS, JOINS_DOMAINS
from exkit.rules.publishing import behind, published
from exkit.rules.separation import crossed_devices, free_passages
from exkit.topology import FirewallKind, Publishing, Role, Server, Version, ZoneKind

PASSES_ON = (Role.LOAD_BALANCER, Role.REVERSE_PROXY)
LEGACY = frozenset({Role.FRONT_END, Role.BACK_END})
EDGE_CAME_WITH = (15, 0, 847)  # Service Pack 1 of 2013
SINCE_2007 = frozenset({Role.CLIENT_ACCESS, Role.HUB_TRANSPORT, Role.UNIFIED_MESSAGING, Role.EDGE_TRANSPORT})


def _roles_it_lacks(version: Version) -> frozenset[Role]:
    """Exchange roles that a version does not have: Hub and UM went into Mailbox in 2013, Client Access in 2016."""
    if version.age < Version.V2007.age:
        return SINCE_2007
    if version.age < Version.V2013.age:
        return LEGACY
    gone = LEGACY | {Role.HUB_TRANSPORT, Role.UNIFIED_MESSAGING}
    return gone if version is Version.V2013 else gone | {Role.CLIENT_ACCESS}


def _witnesses(case: Case) -> set[str]:
    """Hosts that are witness of a DAG: a file server must be a member of the forest; DCs are, a cloud is not."""
    named = {dag.witness for dag in case.topology.dags if dag.kind == "dag" and dag.witness}
    return {name for name in named if not case.by_name[name].holds(Role.DOMAIN_CONTROLLER, Role.CLOUD_WITNESS)}


@rule("server-without-zone")
def zone_not_written(case: Case) -> Iterator[Match]:
    """An Exchange server, domain controller or witness of a DAG has no zone."""
    witnesses = _witnesses(case)
    lacking = [
        server
        for server in case.servers
        if (server.is_exchange or server.holds(Role.DOMAIN_CONTROLLER) or server.name in witnesses)
        and server.zone is None
    ]
    zones = [zone.name for zone in case.topology.zones]
    yield from gap("server-without-zone", "zone", lacking, "In which zone do these servers stand?", zones)


@rule("server-without-version")
def version_not_written(case: Case) -> Iterator[Match]:
    """An Exchange server has no version."""
    lacking = [server for server in case.servers if server.is_exchange and server.version is None]
    text = "Which version of Exchange do these servers run?"
    yield from gap("server-without-version", "version", lacking, text, list(Version))


@rule("server-without-roles")
def roles_not_written(case: Case) -> Iterator[Match]:
    """A server has a version of Exchange and no Exchange role; a management host has that of its tools."""
    lacking = [
        server
        for server in case.servers
        if server.version is not None and not server.is_exchange and not server.holds(Role.MANAGEMENT_HOST)
    ]
    text = "Which roles do these servers hold?"
    yield from gap("server-without-roles", "roles", (one for one in lacking if not one.roles), text, list(Role)[:7])
    for server in lacking:
        if server.roles:
            asked = Question(f"servers.{server.name}.roles", f"Which role of Exchange does {server.name} hold?",
                             tuple(list(Role)[:7]))  # fmt: skip
            summary = f"{server.name} is Exchange {server.version} and holds {listed(server.roles)} alone."
            evidence = (fact(server, "version"), fact(server, "roles"))
            yield Match("server-without-roles", (server.name,), summary, evidence, versions(server), question=asked)


def _before_its_edge(case: Case, server: Server) -> bool:
    """Whether an Edge server is of 2013 before Service Pack 1, which brought the role: by its build, or by the day."""
    if not server.is_edge or server.version is not Version.V2013:
        return False
    out = any(row.name == "SP1" for row in case.facts.updates(Version.V2013, case.as_of))
    return not out or bool(server.build and build_number(server.build) < EDGE_CAME_WITH)


@rule("role-not-in-version")
def role_of_another_version(case: Case) -> Iterator[Match]:
    """A server holds a role that its version does not have."""
    for server in case.exchange:
        early = _before_its_edge(case, server)
        if server.version and (early or server.holds(*_roles_it_lacks(server.version))):
            lacking = [role for role in server.roles if role in _roles_it_lacks(server.version)]
            summary = f"{server.name} is Exchange {server.version} and holds {listed(lacking or server.roles)}."
            path = f"servers.{server.name}"
            evidence = (
                Evidence(f"{path}.version", written(server.version)),
                Evidence(f"{path}.roles", written(server.roles)),
            )
            lacks = f"has no role {listed(lacking)}" if lacking else "had no Edge role before Service Pack 1"
            asked = Question(f"{path}.version", f"Which version is {server.name}? Exchange {server.version} {lacks}.")
            yield Match("role-not-in-version", (server.name,), summary, evidence, question=asked)


@rule("build-of-another-version")
def build_of_another_version(case: Case) -> Iterator[Match]:
    """The build of a server is none of its version: one of the two is wrong, and no verdict can rest on the build."""
    for server in case.exchange:
        if not server.version or not server.build or case.facts.build(server.version, server.build):
            continue
        path = f"servers.{server.name}"
        other = next((one for one in Version if case.facts.build(one, server.build)), None)
        told = f"is one of Exchange {other}" if other else "is in no table of builds"
        levels = [row.build for row in case.facts.updates(server.version, case.as_of) if row.is_level]
        asked = Question(
            f"{path}.build",
            f"Which build does {server.name} run? {server.build} {told}, and its version is {server.version}.",
            tuple(levels[-3:]),
        )
        summary = f"{server.name} is Exchange {server.version}, and its build {server.build} {told}."
        evidence = (Evidence(f"{path}.version", server.version), Evidence(f"{path}.build", server.build))
        yield Match("build-of-another-version", (server.name,), summary, evidence, question=asked)


@rule("membership-not-known")
def membership_not_written(case: Case) -> Iterator[Match]:
    """Nobody told us whether an Exchange server, a witness, or a proxy that pre-authenticates is a domain member."""
    witnesses = _witnesses(case)
    authenticating = {one.host for one in case.topology.publishing if _membership_matters(case, one)}
    lacking = [
        server
        for server in case.servers
        if server.domain_joined is None
        and not server.is_controller  # it is one by nature
        and (
            server.is_exchange
            or (server.name in witnesses and server.forest is None)
            or (server.name in authenticating and not _said_by_rule(case, server.name))
        )
    ]
    text = "Are these servers members of a domain?"
    yield from gap("membership-not-known", "domain_joined", lacking, text, ("true", "false"))


def _membership_matters(case: Case, one: Publishing) -> bool:
    product = case.facts.product(one.product)
    joins = product is None or product.id.startswith(JOINS_DOMAINS)
    by_account = (
        one.validation == "active-directory"
        or (one.validation is None and one.preauth not in CLAIMS)
        or one.delegation == "kcd"
        or one.preauth in ("certificate", "ntlm")
    )
    return one.preauth not in (None, "none") and joins and by_account


def _said_by_rule(case: Case, host: str) -> bool:
    return any(one.host == host and one.domain_joined is not None for one in case.topology.publishing)


@rule("site-not-known")
def site_not_written(case: Case) -> Iterator[Match]:
    """Some Exchange servers have an AD site and others do not."""
    inside = [server for server in case.inside if modern(server)]
    lacking = [server for server in inside if server.site is None]
    if len(lacking) < len(inside):
        sites = [site.name for site in case.topology.ad_sites]
        yield from gap("site-not-known", "site", lacking, "In which AD site are these servers?", sites)


@rule("domain-controller-not-written")
def no_domain_controller(case: Case) -> Iterator[Match]:
    """Exchange servers and no domain controller of their forest: nobody can tell what stands between them."""
    controllers = [one for one in case.servers if one.is_controller]
    lacking = [server for server in case.inside if not any(case.same_forest(server, one) for one in controllers)]
    if lacking:
        asked = Question(
            "servers",
            "Which domain controllers do the Exchange servers use, and in which zone are they?",
            ("- {name: DC1, roles: [DomainController], zone: ZONE}",),
        )
        summary = f"No domain controller is written for {listed(names(lacking))}."
        yield Match(
            "domain-controller-not-written",
            names(lacking),
            summary,
            (Evidence("servers", f"no DomainController{' of their forest' if controllers else ''}"),),
            anchor="servers",
            question=asked,
        )


@rule("no-route-known")
def no_way_in(case: Case) -> Iterator[Match]:
    """Nothing joins a host in front (proxy, Edge, gateway) with the host inside that it hands on to."""
    hops = [(one.host, target) for one in case.topology.publishing for target in one.targets or () if one.host]
    hops += [hop for flow in case.topology.mail_flow for hop in pairwise(flow.path)]
    pairs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for here, there in hops:
        source, target = case.by_name.get(here), case.by_name.get(there)
        if source and target and source.zone and target.zone and not case.network.routes(source, target):
            first, second = sorted((source.zone, target.zone))
            pairs[first, second] |= {here, there}
    for (zone, other), hosts in sorted(pairs.items()):
        asked = Question("firewalls", f"What joins {zone} and {other}: which firewall, and what does it let pass?")
        summary = f"{listed(sorted(hosts))} work together, and nothing written joins {zone} and {other}."
        evidence = (Evidence("firewalls", f"none between {zone} and {other}"),)
        yield Match(
            "no-route-known",
            tuple(sorted(hosts)),
            summary,
            evidence,
            anchor=f"{zone}~{other}",
            question=asked,
            choice="+".join(sorted(hosts)),  # as the rule on paths between servers asks of the same hosts
        )


@rule("firewall-without-rules")
def firewall_rules_not_written(case: Case) -> Iterator[Match]:
    """A firewall towards the Internet or a perimeter network has no rules: how tight it is cannot be told. Nor has a
    VPN between Exchange servers or before their DCs: by itself it filters nothing, but a list on it would."""
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        kinds = {case.network.kinds[zone] for zone in device.between}
        at_the_edge = kinds & set(OUTSIDE) and kinds & {ZoneKind.INTERNAL, ZoneKind.PERIMETER}
        vpn = device.kind is FirewallKind.SITE_TO_SITE_VPN
        if device.allow is None and (at_the_edge or (vpn and device.name in crossed_devices(case))):
            path = f"firewalls.{device.name}.allow"
            asked = Question(
                path, f"What does {device.name} let pass?", ("any", "- {from: HOST, to: HOST, ports: [443/tcp]}")
            )
            summary = f"The rules of {device.name} are not written."
            evidence = (Evidence(path, "not written"),)
            yield Match("firewall-without-rules", (device.name,), summary, evidence, question=asked)


@rule("publishing-without-target")
def publishing_without_target(case: Case) -> Iterator[Match]:
    """A publishing rule names no target."""
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        if not one.targets:
            path = f"publishing.{one.name}.targets"
            hosts = tuple(server.name for server in case.inside if server.holds(Role.CLIENT_ACCESS, Role.FRONT_END))
            asked = Question(path, f"Which servers does {one.name} lead to?", hosts)
            summary = f"You publish {listed(one.protocols or ('something',))} by {one.name} and name no target."
            yield Match(
                "publishing-without-target",
                (one.name,),
                summary,
                (Evidence(path, written(one.targets)),),
                question=asked,
            )


@rule("publishing-without-protocols")
def publishing_without_protocols(case: Case) -> Iterator[Match]:
    """A publishing rule names no protocol."""
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        if not one.protocols:
            path = f"publishing.{one.name}.protocols"
            asked = Question(
                path, f"Which protocols does {one.name} carry?", ("[owa, ecp]", "[activesync]", "[outlook-anywhere]")
            )
            summary = f"What {one.name} publishes is not written."
            yield Match(
                "publishing-without-protocols",
                (one.name,),
                summary,
                (Evidence(path, written(one.protocols)),),
                question=asked,
            )


@rule("publishing-kind-not-known", "publishing-target-unresolved")
def publishing_without_kind(case: Case) -> Iterator[Match]:
    """Nothing tells what a publishing rule runs on, or what a balancer that it leads to hands on to."""
    for one in published(case):
        path = f"publishing.{one.rule.name}"
        if one.kind is None:
            kinds = ("reverse-proxy", "load-balancer", "port-forward", "cloud-connector")
            asked = Question(f"{path}.kind", f"What is {one.rule.name}: a proxy, a balancer, a forwarded port?", kinds)
            summary = f"What {one.rule.name} runs on is not written."
            evidence = (Evidence(f"{path}.kind", "not written"),)
            yield Match("publishing-kind-not-known", (one.rule.name,), summary, evidence, question=asked)
        blind = [server for server in behind(case, one.rule.targets or ()) if server.holds(*PASSES_ON)]
        blind = [server for server in blind if not server.is_exchange]
        if blind:
            asked = Question("publishing", f"To which servers does {blind[0].name} hand on?",
                             (f"- {{name: balanced, host: {blind[0].name}, targets: [HOST]}}",))  # fmt: skip
            summary = f"{one.rule.name} leads to {listed(names(blind))}, and what that hands on to is not written."
            evidence = (Evidence(f"{path}.targets", written(one.rule.targets)),)
            yield Match("publishing-target-unresolved", (one.rule.name, *names(blind)), summary, evidence,
                        choice=f"behind {blind[0].name}", question=asked)  # fmt: skip


@rule("product-not-known")
def product_not_in_the_facts(case: Case) -> Iterator[Match]:
    """A publishing rule names a product that the facts do not list."""
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        if one.product is not None and case.facts.product(one.product) is None:
            path = f"publishing.{one.name}.product"
            known = tuple(sorted(product.id for product in case.facts.products))
            asked = Question(path, f"Which product is {one.product}? It is judged as any other reverse proxy.", known)
            summary = f"{one.name} runs on {one.product}, a product that exkit does not know."
            yield Match("product-not-known", (one.name,), summary, (Evidence(path, one.product),), question=asked)


def _is_proxy(case: Case, server: Server) -> bool:
    """A reverse proxy by its role, or a host of nothing else that runs one of Microsoft's."""
    products = (case.facts.product(name) for name in server.also_runs)
    return server.holds(Role.REVERSE_PROXY) or (
        not server.is_exchange and any(one is not None and one.id.startswith(JOINS_DOMAINS) for one in products)
    )


@rule("proxy-without-publishing")
def proxy_without_publishing(case: Case) -> Iterator[Match]:
    """A reverse proxy stands there and no publishing rule names it.

    One that is a firewall too is asked about where a line of that firewall lets it open 443.
    """
    used = {one.host for one in case.topology.publishing}
    walls = {device.host: device for device in case.topology.firewalls if device.host}
    for server in case.servers:
        wall = walls.get(server.name)
        lines = (wall.allow or ()) if wall else ()
        publishes = wall is None or any(
            line.source == server.name and PortSet.of(line.ports).covers(HTTPS) for line in lines
        )
        if _is_proxy(case, server) and publishes and server.name not in used and case.inside:
            asked = Question(
                "publishing", f"What does {server.name} publish, and how?", (f"- {{name: owa, host: {server.name}}}",)
            )
            evidence = (
                Evidence(f"servers.{server.name}.roles", written(server.roles)),
                Evidence("publishing", "no rule of this host"),
            )
            summary = f"{server.name} is a reverse proxy, and no publishing rule names it."
            yield Match("proxy-without-publishing", (server.name,), summary, evidence, question=asked)


NEVER_TRANSLATE = (FirewallKind.ROUTER_ACL, FirewallKind.SECURITY_GROUP, FirewallKind.SITE_TO_SITE_VPN)


@rule("translation-not-known")
def translation_not_written(case: Case) -> Iterator[Match]:
    """A device that passes every port between Exchange servers, or them and their DCs, may translate addresses: nothing
    is written on it, or it translates and joins the Internet, so that it may mean that side alone."""
    free = free_passages(case)
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        silent = device.nat is None and device.kind not in NEVER_TRANSLATE
        elsewhere = device.nat and not case.network.translates(device)
        if device.name not in free or not (silent or elsewhere):
            continue
        field = f"firewalls.{device.name}.nat"
        text = f"Does {device.name} translate addresses between the Exchange servers and their domain controllers?"
        if elsewhere:
            text += " false: towards the Internet only. Otherwise write it as a second device between these zones."
        told = "translates addresses; between which zones" if elsewhere else "may translate addresses; whether it does"
        summary = f"{device.name} passes every port between Exchange servers or their domain controllers and {told} "
        summary += "is not written."
        evidence = (Evidence(field, written(device.nat)),)
        asked = Question(field, text, ("false",) if elsewhere else ("true", "false"))
        yield Match("translation-not-known", (device.name,), summary, evidence, anchor=field, question=asked)


RULES = (
    translation_not_written,
    zone_not_written,
    version_not_written,
    roles_not_written,
    role_of_another_version,
    build_of_another_version,
    membership_not_written,
    site_not_written,
    no_domain_controller,
    no_way_in,
    firewall_rules_not_written,
    publishing_without_target,
    publishing_without_protocols,
    publishing_without_kind,
    product_not_in_the_facts,
    proxy_without_publishing,
)
