"""Versions side by side in one organization."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.builds import build_number
from exkit.paths import PortSet
from exkit.rules.base import (
    BEFORE_2013,
    Case,
    Evidence,
    Match,
    Question,
    fact,
    facts_of,
    from_2013,
    listed,
    names,
    rule,
    serves_clients,
    versions,
    written,
)
from exkit.topology import Role, Server, Version

# The level that an older version needs beside a newer one: 2003 SP2, 2007 SP2 (build prefixes).
LEVEL_BESIDE_2010 = {Version.V2003: (6, 5, 7638), Version.V2007: (8, 2)}


OLD_PROXYING = Version.V2013.age  # older versions cannot proxy to newer ones
HTTPS = PortSet.of(["443/tcp"])


def _of(case: Case, version: Version) -> list[Server]:
    return [server for server in case.exchange if server.version is version]


def _beside(case: Case, version: Version, other: Version) -> tuple[list[Server], list[Server]]:
    """Servers of two versions that share a forest, of both or of none: one forest is one organization."""
    old, new = _of(case, version), _of(case, other)
    return (
        [server for server in old if any(case.same_organization(server, one) for one in new)],
        [server for server in new if any(case.same_organization(server, one) for one in old)],
    )


@rule("coexist-2000-2010")
def exchange_2000_beside_2010(case: Case) -> Iterator[Match]:
    """Exchange 2000 and 2010 in one organization."""
    old, new = _beside(case, Version.V2000, Version.V2010)
    if old:
        summary = f"{listed(names(old))} (2000) and {listed(names(new))} (2010) are in one organization."
        evidence = (*facts_of(old, "version"), *facts_of(new, "version"))
        yield Match("coexist-2000-2010", names([*old, *new]), summary, evidence, versions(*new), "2000+2010")


@rule("coexistence-levels", "coexistence-levels-met", "coexistence-level-too-low")
def service_packs_beside_2010(case: Case) -> Iterator[Match]:
    """Exchange 2010 beside 2003 or 2007, which must have a service pack for it."""
    for version, level in LEVEL_BESIDE_2010.items():
        old, new = _beside(case, version, Version.V2010)
        if not old:
            continue
        low = [server for server in old if server.build and build_number(server.build) < level]
        lacking = low or [server for server in old if not server.build]
        statement = (
            "coexistence-level-too-low" if low else "coexistence-levels" if lacking else "coexistence-levels-met"
        )
        summary = f"Exchange {version} ({listed(names(old))}) and 2010 ({listed(names(new))}) are in one organization."
        if low:
            summary += f" {listed(names(low))} lacks Service Pack 2."
        evidence = facts_of(lacking or old, "version", "build")
        condition = (
            f"Every Exchange {version} server runs Service Pack 2." if statement == "coexistence-levels" else None
        )
        yield Match(
            statement,
            names([*old, *new]),
            summary,
            evidence,
            versions(*new),
            f"{version}+2010",
            condition=condition,
            choice=f"{version} beside 2010",
        )


def _newest_beside(case: Case, servers: list[Server]) -> list[Server]:
    """The newest Client Access servers of the organization that some servers are of."""
    beside = [cas for cas in case.client_access if any(case.same_forest(server, cas) for server in servers)]
    newest = versions(*beside)[-1:]
    return [cas for cas in beside if cas.version in newest]


@rule("coexist-internet-cas-first", "coex-namespace")
def namespace_on_the_older_version(case: Case) -> Iterator[Match]:
    """Clients on the Internet enter at an older version although newer Client Access servers exist.

    Up to 2010 the older one cannot hand on to the newer one, nor share a rule with it; from 2013 on they proxy
    both ways.
    """
    entered = {target for one in case.topology.publishing for target in one.targets or ()}
    leads_anywhere = any(one.targets is None for one in case.topology.publishing)  # perhaps to the newer ones
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        targets = [server for server in case.inside if server.name in (one.targets or ())]
        newer = _newest_beside(case, targets)
        newer_entered = leads_anywhere or any(server.name in entered for server in newer)
        newest = max((version.age for version in versions(*newer)), default=0)
        older = [server for server in targets if server.version and server.version.age < newest]
        proxies_up = bool(older) and all(map(from_2013, older))
        mixed = not proxies_up and not {cas.name for cas in newer}.isdisjoint(one.targets or ())
        if older and (mixed or not newer_entered):
            told = "as well as to the newest" if mixed else "older than the newest Client Access servers"
            summary = f"{one.name} takes clients to {listed(names(older))}, {told}."
            evidence = (
                Evidence(f"publishing.{one.name}.targets", written(one.targets)),
                *facts_of(older, "version"),
            )
            statement = "coex-namespace" if proxies_up else "coexist-internet-cas-first"
            yield Match(statement, (one.name, *names(older)), summary, evidence, versions(*newer), one.name)


@rule("coexist-internet-site-first")
def inner_site_before_the_internet_facing_one(case: Case) -> Iterator[Match]:
    """An AD site that does not face the Internet has newer Client Access servers than one that does.

    Asked where a newer version is in some sites only and no site says whether it faces the Internet.
    """
    forests = {server.forest or "" for server in case.inside}
    if "" in forests:  # a server that may be of any joins them
        yield from _inner_site_first(case, list(case.inside), "")
        return
    for forest in sorted(forests):
        ours = [server for server in case.inside if server.forest == forest]
        yield from _inner_site_first(case, ours, f"+{forest}" if len(forests) > 1 else "")


def _inner_site_first(case: Case, ours: list[Server], mark: str) -> Iterator[Match]:
    entries = [server for server in ours if serves_clients(server)]
    serving = versions(*entries)
    if not serving or not any(server.version and server.version.age < OLD_PROXYING for server in ours):
        return
    newest = serving[-1]
    newer = {server.site for server in entries if server.version is newest}
    older = {
        server.site
        for server in ours
        if server.version is not newest
        and any(case.same_forest(server, one) for one in entries if one.version is newest)
    }
    facing = {site.name: site.internet_facing for site in case.topology.ad_sites}
    behind = sorted(site for site in older - newer if site and facing.get(site))
    inner = sorted(site for site in newer if site and facing.get(site) is not True)
    unknown = sorted(site for site in older - newer if site and facing.get(site) is None)
    subjects = names(server for server in entries if server.version is newest and server.site in inner)
    if not subjects or None in newer:
        return
    if behind:
        summary = f"Exchange {newest} is in {listed(inner)}; {listed(behind)}, which face the Internet, lack it."
        evidence = tuple(Evidence(f"ad_sites.{site}.internet_facing", "true") for site in behind)
        yield Match("coexist-internet-site-first", subjects, summary, evidence, (newest,), "+".join(behind))
    elif unknown and not any(facing.values()):
        field = f"ad_sites.{unknown[0]}.internet_facing"
        asked = Question(
            field, f"Which of these sites face the Internet: {listed(sorted({*inner, *unknown}))}?", ("true", "false")
        )
        summary = (
            f"Exchange {newest} is in {listed(inner)} and not in {listed(unknown)}; which faces the Internet is open."
        )
        yield Match("coexist-internet-site-first", subjects, summary, (Evidence(field, "not written"),), (newest,),
                    f"internet_facing{mark}", asked)  # fmt: skip


def _opened(case: Case) -> set[str]:
    return {opening.server.name for opening in case.from_internet if opening.ports.covers(HTTPS)}


def _keeps_old_mailboxes(server: Server) -> bool:
    old = server.version in (Version.V2000, Version.V2003)
    return old and server.holds(Role.BACK_END, Role.MAILBOX)


@rule("coexist-internet-cas-first")
def old_front_end_opened(case: Case) -> Iterator[Match]:
    """A firewall, and no publishing rule, lets clients in at a front-end of 2000 or 2003 alone; a newer Client Access
    server stands by, and back-ends of the old versions are left."""
    entered = _opened(case)
    published = {name for one in case.topology.publishing for name in one.targets or ()}
    for server in case.inside:
        if server.name not in entered or not server.holds(Role.FRONT_END):
            continue
        ours = [one for one in case.inside if case.same_forest(server, one)]
        newer = [one for one in ours if serves_clients(one) and one.version in BEFORE_2013]
        shut = not any(one.name in entered for one in newer) and not any(one.name in published for one in ours)
        if newer and shut and any(map(_keeps_old_mailboxes, ours)):
            summary = f"Clients enter at {server.name}, older than the Client Access servers {listed(names(newer))}."
            evidence = facts_of([server, *newer], "version")
            yield Match("coexist-internet-cas-first", (server.name,), summary, evidence, versions(*newer), server.name)


@rule("fe2003-to-mbx2007")
def front_end_before_mailboxes_of_2007(case: Case) -> Iterator[Match]:
    """Clients enter at a front-end of 2000 or 2003 alone, and mailboxes of 2007 or 2010 exist.

    A firewall line alone does not tell for whom it is: with back-ends left the front-end may serve theirs only.
    """
    published = {target for one in case.topology.publishing for target in one.targets or ()}
    if any(one.targets is None for one in case.topology.publishing):
        return  # it may lead to a newer server
    opened = _opened(case)
    for server in case.inside:
        if not server.holds(Role.FRONT_END):
            continue
        ours = [one for one in case.inside if case.same_forest(server, one)]
        mailboxes = [one for one in ours if one.holds(Role.MAILBOX) and one.version in BEFORE_2013]
        newer = [one for one in ours if serves_clients(one)]
        untold = [one for one in case.half_written if case.same_forest(server, one)]
        if not mailboxes or any(one.name in published | opened for one in (*newer, *untold)):
            continue
        for_theirs = newer and (untold or any(map(_keeps_old_mailboxes, ours)))
        if server.name in (published if for_theirs else published | opened):
            summary = f"Clients enter at {server.name}, which cannot reach the mailboxes of {listed(names(mailboxes))}."
            evidence = (fact(server, "version"), fact(server, "roles"), fact(mailboxes[0], "version"))
            subjects, found = (server.name, *names(mailboxes)), versions(*mailboxes)
            yield Match("fe2003-to-mbx2007", subjects, summary, evidence, found, server.name)


RULES = (
    exchange_2000_beside_2010,
    service_packs_beside_2010,
    namespace_on_the_older_version,
    inner_site_before_the_internet_facing_one,
    old_front_end_opened,
    front_end_before_mailboxes_of_2007,
)
