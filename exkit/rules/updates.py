"""What the build of a server decides: whether its update is still served, and what needs one of a certain age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from exkit.builds import Build, build_number
from exkit.rules.base import (
    Case,
    Evidence,
    Match,
    Question,
    fact,
    facts_of,
    gap,
    listed,
    modern,
    names,
    rule,
    versions,
    written,
)
from exkit.rules.levels import SETTLED, lacked, reaches, side_by_side, update_name
from exkit.rules.publishing import Published, proxies, published
from exkit.timeline import Phase, phase
from exkit.topology import Protocol, Role, Server, Version

BY_CUMULATIVE_UPDATE = (Version.V2013, Version.V2016, Version.V2019, Version.SE)
# The update of June 2026, per cumulative update that got it: older ones cannot read the newer mitigation files.
READS_MITIGATIONS = {
    Version.V2016: ("15.1.2507.69",),
    Version.V2019: ("15.2.1544.41", "15.2.1748.46"),
    Version.SE: ("15.2.2562.43",),
}
# Hybrid modern authentication for OWA and ECP: the update of April 2024, per cumulative update.
MODERN_OWA = {Version.V2016: ("15.1.2507.39",), Version.V2019: ("15.2.1258.34", "15.2.1544.11", "15.2.1748.10")}
PROTECTED_BY_SETUP: dict[Version | None, str] = {Version.V2019: "15.2.1544", Version.SE: ""}  # "": any build
QUARTER = timedelta(days=92)


def _maintained(case: Case, version: Version) -> bool:
    """Whether the version itself is in support on the day; when it is not, `lifecycle` has said all."""
    life = case.facts.life(f"exchange-{version.lower()}")
    return life is not None and phase(life, case.as_of) in (Phase.MAINSTREAM, Phase.EXTENDED)


def served_updates(case: Case, version: Version) -> tuple[Build, ...]:
    """The cumulative updates that get security updates on the day, newest first.

    The newest one, and the one before it (not of Subscription Edition) until the newest has got updates for a
    quarter that the one before has not: so ended 2013 CU22 and 2016 CU22, whose successors were the last ones. What
    ended so does not come back by an emergency update: such went to many old ones in March 2021.
    """
    updates = case.facts.updates(version, case.as_of)
    levels = [update for update in updates if update.is_level]
    if len(levels) < 2 or version is Version.SE:
        return tuple(levels[-1:])
    newest, before = levels[-1], levels[-2]
    until = _month(newest)
    for update in sorted((update for update in updates if not update.is_level), key=_month):
        level = case.facts.level(version, update.build)
        if level == newest and _month(update) - until >= 3:
            return (newest,)
        until = max(until, _month(update)) if level == before else until
    return (newest, before)


def _month(update: Build) -> int:
    return int(update.released[:4]) * 12 + int(update.released[5:7])


@rule("cu-served", "life-old-cu", "life-se")
def cumulative_update_served(case: Case) -> Iterator[Match]:
    """The cumulative update of a server still gets security updates on the day, or not."""
    maintained = [one for one in versions(*case.exchange) if one in BY_CUMULATIVE_UPDATE and _maintained(case, one)]
    for version in maintained:
        groups: dict[Build, list[Server]] = defaultdict(list)
        for server in case.exchange:
            level = case.facts.level(version, server.build) if server.version is version else None
            if level is not None:
                groups[level].append(server)
        served = served_updates(case, version) if groups else ()
        for level, users in groups.items():
            if not served or build_number(level.build) > build_number(served[0].build):
                continue  # the build is newer than the day: written for a plan
            statement = "cu-served" if level in served else "life-old-cu"
            if version is Version.SE and (level not in served or _beyond_the_table(case)):
                statement = "life-se"
            builds = listed(sorted({server.build for server in users if server.build}, key=build_number))
            summary = f"{listed(names(users))}: Exchange {version} {level.name} ({builds})."
            current = f"{served[0].name} of {served[0].released}"
            evidence = (*facts_of(users, "build"), Evidence("as_of", case.as_of.isoformat()))
            yield Match(
                statement,
                names(users),
                f"{summary} The newest cumulative update known for the day is {current}.",
                evidence,
                (version,),
                f"{version}+{level.name}",
                choice=f"update of exchange-{version} {level.name}",
            )


def _beyond_the_table(case: Case) -> bool:
    """Whether the facts end so long before the day that a newer cumulative update may well be out."""
    newest = case.facts.updates(Version.SE, date.max)[-1]
    return (case.as_of - QUARTER).isoformat() > newest.released


@rule("build-not-known")
def build_not_written(case: Case) -> Iterator[Match]:
    """A server of a version that is served by cumulative updates has no build, or the beginning of several."""
    text = "Which build do these servers run?"
    served = [one for one in case.exchange if one.version in BY_CUMULATIVE_UPDATE and _maintained(case, one.version)]
    lacking = [server for server in served if not server.build]
    yield from gap("build-not-known", "build", lacking, text, _newest(case, lacking))
    begun = [
        server
        for server in served
        if server.version and case.facts.build(server.version, server.build) and not _level(case, server)
    ]
    if begun:
        builds = listed(dict.fromkeys(server.build or "" for server in begun))
        summary = f"{listed(names(begun))}: builds of several cumulative updates begin with {builds}."
        asked = Question(f"servers.{begun[0].name}.build", text, _newest(case, begun))
        yield Match(
            "build-not-known", names(begun), summary, facts_of(begun, "build"), versions(*begun), question=asked
        )


def _newest(case: Case, servers: list[Server]) -> tuple[str, ...]:
    return tuple(update.build for version in versions(*servers) for update in served_updates(case, version))


def _level(case: Case, server: Server) -> Build | None:
    return case.facts.level(server.version, server.build) if server.version else None


def _behind(case: Case, server: Server, builds: tuple[str, ...]) -> bool:
    """Whether a server is not known to run one of these updates, each on its cumulative update, or a later one."""
    level = _level(case, server)
    for build in builds:
        if server.version and level and case.facts.level(server.version, build) == level:
            return reaches(case, server, build) is not True
    return reaches(case, server, builds[-1]) is not True


@rule("em-old-build")
def mitigations_not_read(case: Case) -> Iterator[Match]:
    """A build from before June 2026, which cannot read the mitigation files that came after it."""
    for version, builds in READS_MITIGATIONS.items():
        users = [server for server in case.inside if server.version is version]
        known = [server for server in users if _level(case, server)]
        behind = [server for server in known if _behind(case, server, builds)]
        if behind:
            summary = f"{listed(names(behind))} (Exchange {version}) does not show the update of June 2026."
            evidence = facts_of(behind, "build")
            yield Match("em-old-build", names(behind), summary, evidence, (version,), version,
                        choice=f"mitigations of {version}")  # fmt: skip


def _by_setup(case: Case, server: Server) -> bool | None:
    """Whether Setup switched Extended Protection on, as far as nobody wrote what it is now; None: the build tells not.
    Setup of every build of Subscription Edition does."""
    start = PROTECTED_BY_SETUP.get(server.version)
    return False if start is None or server.extended_protection is not None else reaches(case, server, start)


@rule("ep-default-on")
def extended_protection_by_setup(case: Case) -> Iterator[Match]:
    """Setup switched Extended Protection on, nobody wrote that it is off, and a device may end TLS in front."""
    for one in _may_end_tls(case):
        on = [server for server in one.targets if _by_setup(case, server)]
        if on:
            summary = f"{one.rule.name} leads to {listed(names(on))}, where Setup switches Extended Protection on."
            evidence = (
                *one.fact("tls", "same_certificate"),
                *facts_of(on, "build", "extended_protection"),
            )
            yield one.match("ep-default-on", summary, *evidence, choice=f"publishing.{one.rule.name}.ep by setup")
    hybrid = case.topology.hybrid
    if hybrid is not None and hybrid.topology.startswith("modern"):
        behind = [server for name in hybrid.targets or () if _by_setup(case, server := case.by_name[name])]
        if behind:
            summary = f"The Hybrid Agent leads to {listed(names(behind))}, where Setup switches Extended Protection on."
            evidence = (
                Evidence("hybrid.targets", written(hybrid.targets)),
                *facts_of(behind, "build"),
            )
            yield Match("ep-default-on", names(behind), summary, evidence, versions(*behind))


@rule("ep-default-on")
def extended_protection_perhaps_by_setup(case: Case) -> Iterator[Match]:
    """The build does not tell whether Setup switched Extended Protection on, and a device may end TLS in front. Where
    that is known to show another certificate, the rules on TLS ask."""
    silent: dict[str, Server] = {}
    asked: set[str] = set()
    for one in _may_end_tls(case):
        silent |= {server.name: server for server in one.targets if _by_setup(case, server) is None}
        if one.rule.tls == "bridging" and one.rule.same_certificate is False:
            asked |= {server.name for server in one.targets}
    servers = [silent[name] for name in sorted(silent.keys() - asked)]
    if servers:
        told = listed(names(servers))
        summary = (
            f"The build does not tell whether Setup switched Extended Protection on at {told}, as since 2019 CU14."
        )
        text = f"Is Extended Protection on at {told}?"
        question = Question(f"servers.{servers[0].name}.extended_protection", text, ("off", "allow", "require"))
        evidence = facts_of(servers, "build", "extended_protection")
        yield Match("ep-default-on", names(servers), summary, evidence, versions(*servers), "by setup", question,
                    choice="servers.*.extended_protection, by setup")  # fmt: skip


def _may_end_tls(case: Case) -> Iterator[Published]:
    """Whatever may end TLS in front of Exchange, but for what shows the same certificate. A port-forward cannot; the
    Hybrid Agent is judged by itself."""
    for one in published(case):
        agent = one.host is not None and one.host.holds(Role.HYBRID_AGENT)
        same = one.rule.tls == "bridging" and one.rule.same_certificate
        if not agent and one.kind != "port-forward" and one.rule.tls != "pass-through" and not same:
            yield one


@rule("hyb-tbes")
def reported_by_exchange_online(case: Case) -> Iterator[Match]:
    """The server that hands hybrid mail to Exchange Online runs an update, or a version, that is served no more."""
    hybrid = case.topology.hybrid
    if hybrid is None or hybrid.topology == "none":
        return
    for server in (case.by_name[name] for name in hybrid.mail_path or () if name in case.by_name):
        if server.version not in BY_CUMULATIVE_UPDATE or not server.is_exchange:
            continue
        level = case.facts.level(server.version, server.build)
        ended = not _maintained(case, server.version)
        if ended or (level is not None and level not in served_updates(case, server.version)):
            runs = update_name(case, server.version, server.build) if server.build else "of a build not written"
            summary = f"{server.name}, Exchange {server.version} {runs}, sends mail to Exchange Online."
            evidence = (Evidence("hybrid.mail_path", written(hybrid.mail_path)), fact(server, "build"))
            yield Match("hyb-tbes", (server.name,), summary, evidence, versions(server),
                        choice=f"age of {server.name} on the hybrid path")  # fmt: skip


@rule("hyb-hma-owa")
def modern_authentication_for_owa(case: Case) -> Iterator[Match]:
    """Hybrid modern authentication is on, and OWA or ECP of servers without the update for it is published."""
    hybrid = case.topology.hybrid
    for one in proxies(case) if hybrid is not None and hybrid.modern_auth else ():
        behind = [
            server
            for server in one.targets
            if server.version in MODERN_OWA and _behind(case, server, MODERN_OWA[server.version])
        ]
        if behind and one.carries(Protocol.OWA, Protocol.ECP):
            summary = f"{one.rule.name} publishes OWA or ECP of {listed(names(behind))}; modern authentication is on."
            evidence = (
                Evidence("hybrid.modern_auth", "true"),
                *one.fact("protocols"),
                *facts_of(behind, "build"),
            )
            yield one.match("hyb-hma-owa", summary, *evidence, choice=f"publishing.{one.rule.name}.hma for owa")


# A newer Edge server before older Hub Transport: what the Hub servers and the Edge server must run.
EDGE_OF_2013 = {
    Version.V2010: ("edge-2013-with-2010-hub", ("14.3.181", "15.0.847")),
    Version.V2007: ("edge-2013-with-2007-hub", ("8.3.348", "15.0.847")),
}


@rule("edge-2013-with-2010-hub", "edge-2013-with-2007-hub", "edge-newer-than-mailbox", *SETTLED)
def newer_edge_before_older_servers(case: Case) -> Iterator[Match]:
    """An Edge server newer than every server of the site that it is subscribed to."""
    for edge in case.edges:
        modern_hubs = [hub for hub in case.hubs if modern(hub)]  # no such role before 2007: a question of its own
        hubs = [hub for hub in modern_hubs if case.flows.serves(edge, hub)]
        perhaps = [hub for hub in modern_hubs if case.flows.serves(edge, hub) is not False]
        newest = max((hub.version.age for hub in perhaps if hub.version), default=0)
        if edge.version is None or not hubs or newest >= edge.version.age:
            continue
        for version in versions(*hubs):
            users = [hub for hub in hubs if hub.version is version]
            statement, levels = "edge-newer-than-mailbox", ("", "")
            if edge.version is Version.V2013:
                statement, levels = EDGE_OF_2013[version]
            level = side_by_side(case, users, [edge], levels)
            if levels != ("", "") and level.settled:
                statement = level.settled
            summary = (
                f"{edge.name}, an Edge server of {edge.version}, is subscribed to {listed(names(users))} of {version}."
                f"{lacked(case, level, dict(zip((version, edge.version), levels, strict=True)))}"
            )
            evidence = (
                fact(edge, "version"),
                fact(edge, "subscribed_to"),
                *facts_of(level.culprits or users, "build"),
            )
            yield Match(statement, (edge.name, *names(users)), summary, evidence, (edge.version,),
                        f"{edge.name}+{version}", choice=f"edge {edge.name} before {version}")  # fmt: skip


RULES = (
    cumulative_update_served,
    build_not_written,
    mitigations_not_read,
    extended_protection_by_setup,
    extended_protection_perhaps_by_setup,
    reported_by_exchange_online,
    modern_authentication_for_owa,
    newer_edge_before_older_servers,
)
