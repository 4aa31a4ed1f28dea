"""Which roles a site needs, what may share a host, and which domain controllers Exchange can use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exkit.rules.base import (
    BEFORE_2013,
    Case,
    Evidence,
    Match,
    Question,
    by_site,
    fact,
    facts_of,
    from_2013,
    listed,
    modern,
    names,
    rule,
    versions,
)
from exkit.topology import Role, Server

SEALED = ("tmg-2010", "uag-2010", "iag-2007")  # hosts that carry no Exchange role but Edge, if that


def _sites(case: Case) -> Iterator[tuple[str | None, list[Server], list[Server]]]:
    """Each site with mailbox servers of 2007 or 2010: its name, these, and all Exchange servers of the site.

    Servers without a site form a site of their own as long as no server has one; else nobody knows where they are.
    """
    sites = by_site(server for server in case.inside if server.version in BEFORE_2013)
    for site, servers in sites.items():
        mailbox = [server for server in servers if server.holds(Role.MAILBOX)]
        if mailbox and (site is not None or len(sites) == 1):
            yield site, mailbox, servers


@rule("cas-per-mbx-site", "hub-per-mbx-site")
def roles_each_mailbox_site_needs(case: Case) -> Iterator[Match]:
    """A site with mailboxes lacks a Client Access or a Hub Transport server."""
    needed = ((Role.CLIENT_ACCESS, "cas-per-mbx-site"), (Role.HUB_TRANSPORT, "hub-per-mbx-site"))
    unsited = [server for server in case.inside if server.site is None]
    for site, mailbox, servers in _sites(case):
        where = f"Site {site}" if site else "The site"
        for role, statement in needed:
            open_ones = [one for one in case.half_written if site is None or one.site in (site, None)]
            if any(one.holds(role) or not one.roles for one in open_ones):
                continue
            if not any(server.holds(role) for server in (*servers, *unsited)):
                summary = f"{where} holds mailboxes on {listed(names(mailbox))} and no server with the role {role}."
                evidence = facts_of(mailbox, "site", "roles")
                yield Match(
                    statement,
                    names(mailbox),
                    summary,
                    evidence,
                    versions(*mailbox),
                    site or "site",
                    choice=f"{role} in {site}",
                )


@rule("internet-facing-site-proxy")
def one_site_faces_the_internet(case: Case) -> Iterator[Match]:
    """One AD site faces the Internet; its CAS proxies to CAS in other sites. To face it is not to stand in the
    perimeter network: a CAS there is no design to call supported."""
    facing = [site.name for site in case.topology.ad_sites if site.internet_facing]
    by_role = [server for server in case.client_access if server.holds(Role.CLIENT_ACCESS)]  # since 2016 each server
    here = [server for server in by_role if server.site in facing]
    others = [server for server in by_role if server.site and server.site not in facing]
    others = [server for server in others if any(case.same_forest(server, one) for one in here)]
    if facing and here and others and not any(case.outside_zone(s) and not case.follows_hmc(s) for s in here):
        verbs = ("faces", "proxies") if len(here) == 1 else ("face", "proxy")
        summary = f"{listed(names(here))} of {listed(facing)} {verbs[0]} the Internet and {verbs[1]} to "
        summary += f"{listed(names(others))}."
        evidence = tuple(Evidence(f"ad_sites.{site}.internet_facing", "true") for site in facing)
        yield Match(
            "internet-facing-site-proxy",
            names([*here, *others]),
            summary,
            evidence,
            versions(*here, *others),
            "+".join(facing),
        )


def _leave_the_perimeter(case: Case, servers: list[Server]) -> str | None:
    """A site in the perimeter that Exchange should not be in must not get a writable controller for it."""
    if not all(map(case.in_perimeter, servers)) or any(map(case.follows_hmc, servers)):
        return None
    return f"Put no writable domain controller there: move {listed(names(servers))} to a site on the intranet."


@rule("rodc-used-by-exchange")
def only_read_only_controllers(case: Case) -> Iterator[Match]:
    """A site offers Exchange read-only domain controllers alone.

    A file that names no site of any server has one.
    """
    writable = {server.site for server in case.domain_controllers}
    every = [server for server in case.servers if server.holds(Role.READ_ONLY_DOMAIN_CONTROLLER)]
    one_site = all(server.site is None for server in (*case.inside, *every))
    for site, servers in by_site(case.inside).items():
        read_only = [server for server in every if server.site == site and (site is not None or one_site)]
        used = [server for server in servers if modern(server)]
        if read_only and used and site not in writable and None not in writable:
            where = f"Site {site}" if site else "The site"
            summary = f"{where} offers {listed(names(used))} only the read-only {listed(names(read_only))}."
            evidence = facts_of(read_only, "site", "roles")
            subjects = names([*used, *read_only])
            fix = _leave_the_perimeter(case, used)
            yield Match("rodc-used-by-exchange", subjects, summary, evidence, versions(*used), site or "site", fix=fix)


@rule("rodc-in-perimeter-for-cas")
def read_only_controller_beside_a_cas(case: Case) -> Iterator[Match]:
    """A read-only domain controller stands in the perimeter network beside a Client Access server."""
    outside = [server for server in case.client_access if case.in_perimeter(server)]
    for server in case.servers:
        if not server.holds(Role.READ_ONLY_DOMAIN_CONTROLLER):
            continue
        beside = [cas for cas in outside if cas.zone == server.zone]
        if beside:
            summary = (
                f"{server.name}, a read-only domain controller, stands in {server.zone} beside {listed(names(beside))}."
            )
            evidence = (fact(server, "zone"), fact(server, "roles"))
            yield Match("rodc-in-perimeter-for-cas", (server.name,), summary, evidence, versions(*beside))


@rule("exchange-on-dc", "exchange-on-rodc")
def exchange_on_a_domain_controller(case: Case) -> Iterator[Match]:
    """Exchange shares a server with a domain controller."""
    for server in case.exchange:
        for role, statement in (
            (Role.DOMAIN_CONTROLLER, "exchange-on-dc"),
            (Role.READ_ONLY_DOMAIN_CONTROLLER, "exchange-on-rodc"),
        ):
            if server.holds(role) and (modern(server) or role is Role.DOMAIN_CONTROLLER):
                summary = f"{server.name} runs Exchange and is a domain controller ({role})."
                yield Match(statement, (server.name,), summary, (fact(server, "roles"),), versions(server))


@rule("ad-no-gc-in-site")
def no_global_catalog_in_the_site(case: Case) -> Iterator[Match]:
    """The AD site of an Exchange server has no writable domain controller that is a global catalog.

    Whether one is a global catalog is asked only in a file that says it of some; a site of which no domain
    controller at all is written is asked about when other sites have theirs.
    """
    used = [dc for dc in case.servers if dc.is_controller]
    told = any(dc.global_catalog is not None for dc in case.domain_controllers)
    for site, servers in sorted(by_site(server for server in case.inside if modern(server) and server.site).items()):
        own = [dc for dc in case.domain_controllers if dc.site == site]
        open_ones = [dc for dc in own if dc.global_catalog is None]
        if any(dc.global_catalog for dc in own) or (open_ones and not told):
            continue
        asked, about = None, names(servers)
        need = "needs" if len(about) == 1 else "need"
        if open_ones:
            asked = Question(f"servers.{open_ones[0].name}.global_catalog",
                             f"Is one of {listed(names(open_ones))} a global catalog?", ("true", "false"))  # fmt: skip
            summary = f"Whether {listed(names(open_ones))} of site {site} are global catalogs is not written."
        elif own:
            summary = f"No domain controller of site {site} is a global catalog; {listed(about)} {need} one."
        elif not used or any(dc.site in (site, None) for dc in used):
            continue  # nothing is known of it, or there are read-only ones: statements of their own
        else:
            asked = Question("servers", f"Which writable global catalog stands in site {site}?")
            summary = f"No domain controller of site {site} is written; {listed(about)} {need} a global catalog there."
        evidence = (*facts_of(servers, "site"), *facts_of(own, "global_catalog"))
        yield Match("ad-no-gc-in-site", about, summary, evidence, versions(*servers), site, asked,
                    fix=_leave_the_perimeter(case, servers), choice=f"global catalog of {site}")  # fmt: skip


OFFICE = frozenset({"sharepoint", "lync", "skype", "ocs", "office", "oos", "project"})


@rule("sw-office-servers")
def office_on_an_exchange_server(case: Case) -> Iterator[Match]:
    """Office, or an Office server such as SharePoint or Skype for Business, runs on an Exchange server."""
    for server in case.exchange:
        found = [one for one in server.also_runs if OFFICE & set(re.split(r"[-_\s]+", one.casefold()))]
        if server.holds(Role.SKYPE_SERVER):
            found.append("a Lync or Skype for Business server")
        if found and modern(server):
            summary = f"{server.name} runs Exchange and {listed(found)}."
            evidence = (fact(server, "also_runs"), fact(server, "roles"))
            yield Match("sw-office-servers", (server.name,), summary, evidence, versions(server),
                        choice=f"Office on {server.name}")  # fmt: skip


@rule("exchange-beside-proxy")
def exchange_beside_a_proxy_product(case: Case) -> Iterator[Match]:
    """An Exchange server of 2007 or 2010 other than Edge shares its host with TMG, UAG or IAG."""
    for server in case.inside:
        products = [product for name in server.also_runs if (product := case.facts.product(name))]
        beside = [product.name for product in products if product.id in SEALED]
        if beside and server.version in BEFORE_2013:
            summary = f"{server.name} runs Exchange and {listed(beside)}."
            evidence = (fact(server, "also_runs"), fact(server, "roles"))
            yield Match("exchange-beside-proxy", (server.name,), summary, evidence, versions(server))


@rule("fe-with-mailboxes")
def front_end_with_mailboxes(case: Case) -> Iterator[Match]:
    """A front-end server also holds mailboxes."""
    for server in case.inside:
        if server.holds(Role.FRONT_END) and server.holds(Role.BACK_END, Role.MAILBOX):
            summary = f"{server.name} is a front-end server and holds mailboxes too."
            yield Match("fe-with-mailboxes", (server.name,), summary, (fact(server, "roles"),), versions(server))


@rule("fe-domain-member", "exchange-domain-member")
def outside_any_domain(case: Case) -> Iterator[Match]:
    """An Exchange server other than Edge is in a workgroup."""
    for server in case.inside:
        if server.domain_joined is False:
            statement = "exchange-domain-member" if modern(server) else "fe-domain-member"
            summary = f"{server.name} is an Exchange server and no domain member."
            evidence = (fact(server, "domain_joined"), fact(server, "roles"))
            yield Match(statement, (server.name,), summary, evidence, versions(server))


@rule("cas-other-forest")
def client_access_in_another_forest(case: Case) -> Iterator[Match]:
    """A Client Access server is in a forest without mailboxes, and the mailboxes are in another."""
    forests = {server.forest for server in case.mailbox_servers if server.forest}
    for server in case.client_access:
        if server.forest and forests and server.forest not in forests:
            summary = f"{server.name} is in the forest {server.forest}, the mailboxes are in {listed(sorted(forests))}."
            evidence = (fact(server, "forest"), fact(server, "roles"))
            yield Match("cas-other-forest", (server.name,), summary, evidence, versions(server))


@rule("cas-mixed-in-site")
def internal_and_external_servers_in_one_site(case: Case) -> Iterator[Match]:
    """Client Access servers of 2007 or 2010 in one AD site are split into an internal and an external group.

    The reason is how these proxy between sites; of later versions the vendor says nothing.
    """
    older = [server for server in case.client_access if not from_2013(server)]
    for site in sorted({server.site for server in older if server.site}):
        here = [server for server in older if server.site == site and server.audience]
        if len({server.audience for server in here}) > 1:
            summary = f"{listed(names(here))}, all of site {site}, are meant for different audiences."
            evidence = facts_of(here, "audience")
            yield Match("cas-mixed-in-site", names(here), summary, evidence, versions(*here))


RULES = (
    roles_each_mailbox_site_needs,
    one_site_faces_the_internet,
    only_read_only_controllers,
    read_only_controller_beside_a_cas,
    exchange_on_a_domain_controller,
    no_global_catalog_in_the_site,
    office_on_an_exchange_server,
    exchange_beside_a_proxy_product,
    front_end_with_mailboxes,
    outside_any_domain,
    client_access_in_another_forest,
    internal_and_external_servers_in_one_site,
)
