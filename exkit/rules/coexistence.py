"""Versions side by side in one organization."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rules.base import Case, Evidence, Match, fact, listed, modern, names, rule, versions
from exkit.topology import Role, Server, Version

# The level that an older version needs beside a newer one: 2003 SP2, 2007 SP2 (build prefixes).
LEVEL_BESIDE_2010 = {Version.V2003: (6, 5, 7638), Version.V2007: (8, 2)}


def build_number(build: str) -> tuple[int, ...]:
    """A build as numbers that compare; what is no number counts as nothing.

    >>> build_number("8.2.176.2") >= (8, 2)
    True
    """
    return tuple(int(part) for part in build.split(".") if part.isdecimal())


def _of(case: Case, version: Version) -> list[Server]:
    return [server for server in case.exchange if server.version is version]


@rule("coexist-2000-2010")
def exchange_2000_beside_2010(case: Case) -> Iterator[Match]:
    """Exchange 2000 and 2010 in one organization."""
    old, new = _of(case, Version.V2000), _of(case, Version.V2010)
    if old and new:
        summary = f"{listed(names(old))} (2000) and {listed(names(new))} (2010) are in one organization."
        evidence = tuple(fact(server, "version") for server in (*old[:3], *new[:3]))
        yield Match("coexist-2000-2010", names([*old, *new]), summary, evidence, versions(*new), "2000+2010")


@rule("coexistence-levels", "coexistence-levels-met")
def service_packs_beside_2010(case: Case) -> Iterator[Match]:
    """Exchange 2010 beside 2003 or 2007, which must have a service pack for it."""
    new = _of(case, Version.V2010)
    for version, level in LEVEL_BESIDE_2010.items():
        old = _of(case, version)
        if not old or not new:
            continue
        lacking = [server for server in old if not server.build or build_number(server.build) < level]
        statement = "coexistence-levels" if lacking else "coexistence-levels-met"
        summary = f"Exchange {version} ({listed(names(old))}) and 2010 ({listed(names(new))}) are in one organization."
        evidence = tuple(item for server in old[:5] for item in (fact(server, "version"), fact(server, "build")))
        yield Match(statement, names([*old, *new]), summary, evidence, versions(*new), f"{version}+2010")


@rule("coexist-internet-cas-first", "fe2003-to-mbx2007")
def namespace_on_the_older_version(case: Case) -> Iterator[Match]:
    """Clients on the Internet still enter at an older version although newer Client Access servers exist."""
    entered = {target for one in case.topology.publishing for target in one.targets or ()}
    newest = max((server.version.age for server in case.client_access if server.version), default=-1)
    if any(server.name in entered and server.version and server.version.age == newest for server in case.client_access):
        return
    for one in sorted(case.topology.publishing, key=lambda one: one.name):
        targets = [case.by_name[name] for name in one.targets or () if case.by_name[name].version]
        older = [
            server
            for server in targets
            if server.is_exchange and not server.is_edge and server.version and server.version.age < newest
        ]
        if not older:
            continue
        summary = f"{one.name} takes clients to {listed(names(older))}, older than the newest Client Access servers."
        evidence = (
            Evidence(f"publishing.{one.name}.targets", f"[{', '.join(one.targets or ())}]"),
            *(fact(server, "version") for server in older),
        )
        newer = [server for server in case.client_access if server.version and server.version.age == newest]
        yield Match(
            "coexist-internet-cas-first", (one.name, *names(older)), summary, evidence, versions(*newer), one.name
        )
        if any(server.holds(Role.FRONT_END) and not modern(server) for server in older) and _of(case, Version.V2007):
            yield Match("fe2003-to-mbx2007", (one.name,), summary, evidence, (Version.V2007,), one.name)


RULES = (exchange_2000_beside_2010, service_packs_beside_2010, namespace_on_the_older_version)
