"""What came with 2013 and later: published administration, pairs of versions, AD FS."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.paths import FREE
from exkit.rules.base import Case, Match, fact, facts_of, from_2013, listed, names, rule, versions
from exkit.rules.levels import BESIDE, SETTLED, lacked, reaches, side_by_side
from exkit.rules.publishing import published
from exkit.topology import Protocol, Role, Version, ZoneKind
from exkit.verdict import Verdict

# The statement on two versions in one organization; those with 2010 as the newer are in `coexistence`.
TOGETHER = {
    (Version.V2000, Version.V2003): "coex-2000-2003",
    (Version.V2000, Version.V2007): "coex-2007-legacy",
    (Version.V2003, Version.V2007): "coex-2007-legacy",
    (Version.V2000, Version.V2013): "coex-too-old",
    (Version.V2003, Version.V2013): "coex-too-old",
    (Version.V2000, Version.V2016): "coex-too-old",
    (Version.V2003, Version.V2016): "coex-too-old",
    (Version.V2007, Version.V2016): "coex-too-old",
    (Version.V2000, Version.V2019): "coex-too-old",
    (Version.V2003, Version.V2019): "coex-too-old",
    (Version.V2007, Version.V2019): "coex-too-old",
    (Version.V2010, Version.V2019): "coex-too-old",
    (Version.V2000, Version.SE): "coex-too-old",
    (Version.V2003, Version.SE): "coex-too-old",
    (Version.V2007, Version.SE): "coex-too-old",
    (Version.V2010, Version.SE): "coex-too-old",
    (Version.V2007, Version.V2013): "coex-2013-legacy",
    (Version.V2010, Version.V2013): "coex-2013-legacy",
    (Version.V2010, Version.V2016): "coex-2016-legacy",
    (Version.V2013, Version.V2016): "coex-2016-legacy",
    (Version.V2013, Version.V2019): "coex-2019-legacy",
    (Version.V2016, Version.V2019): "coex-2019-legacy",
    (Version.V2013, Version.SE): "coex-se-2013",
    (Version.V2016, Version.SE): "coex-se-2016-2019",
    (Version.V2019, Version.SE): "coex-se-2016-2019",
}
CU15_OF_2019 = "15.2.1748"  # its Setup stops where 2013 is left
# Met levels do not settle these: allowed up to a later update, so for the move alone.
FOR_THE_MOVE = {(Version.V2013, Version.V2019), (Version.V2016, Version.SE), (Version.V2019, Version.SE)}
# An older Edge server subscribed to a site of newer Mailbox servers.
EDGE_BEFORE = {
    (Version.V2007, Version.V2013): "edge-old-2007-2010-with-2013",
    (Version.V2010, Version.V2013): "edge-old-2007-2010-with-2013",
    (Version.V2010, Version.V2016): "edge-2010-with-2016",
    (Version.V2013, Version.V2016): "edge-2013-with-2016",
    (Version.V2010, Version.V2019): "edge-2010-with-2019",
    (Version.V2010, Version.SE): "edge-2010-with-2019",
    (Version.V2013, Version.V2019): "edge-2013-with-2019",
    (Version.V2016, Version.V2019): "edge-2016-with-2019",
    (Version.V2016, Version.SE): "edge-2016-2019-with-se",
    (Version.V2019, Version.SE): "edge-2016-2019-with-se",
}
PUBLISHED_FOR_ADMINISTRATORS = {Protocol.ECP: "perim-publish-ecp", Protocol.POWERSHELL: "perim-publish-powershell"}


@rule("perim-mailbox-any-any")
def perimeter_without_a_filter_behind_it(case: Case) -> Iterator[Match]:
    """A server of 2013 or later stands in the perimeter, or has a network card there, and nothing filters its way to
    the others and to the DCs."""
    hybrid = case.topology.hybrid
    if hybrid is not None and hybrid.topology != "none":
        return  # the prerequisites of hybrid rule the perimeter out, whatever passes
    for server in case.inside:
        zone = case.outside_zone(server)
        if not from_2013(server) or zone is None:
            continue
        others = [
            other
            for other in (*case.inside, *case.domain_controllers)
            if other is not server and case.same_forest(server, other)
        ]
        if others and all(case.network.way(server, other).passage in FREE for other in others):
            stands = "stands" if zone == server.zone else "has a network card"
            summary = f"{server.name} {stands} in {zone}, and nothing filters its way to {listed(names(others))}."
            evidence = (fact(server, "zone" if zone == server.zone else "also_in"), fact(server, "roles"))
            yield Match("perim-mailbox-any-any", (server.name,), summary, evidence, versions(server))


@rule(*PUBLISHED_FOR_ADMINISTRATORS.values(), "ecp-beside-owa")
def administration_from_the_internet(case: Case) -> Iterator[Match]:
    """The administration pages, or remote PowerShell, of 2013 and later are reachable from the Internet.

    With OWA the same path is wanted for the users' own options.
    """
    for one in published(case):
        for protocol, statement in PUBLISHED_FOR_ADMINISTRATORS.items():
            if one.carries(protocol) and any(map(from_2013, one.targets)):
                if protocol is Protocol.ECP and one.carries(Protocol.OWA):
                    statement = "ecp-beside-owa"
                summary = f"{one.rule.name} publishes {protocol} to the Internet."
                choice = f"publishing.{one.rule.name}.{protocol}"
                yield one.match(statement, summary, *one.fact("protocols", "targets"), choice=choice)


@rule(*sorted(set(TOGETHER.values())), "coex-2019-cu15-2013", *SETTLED)
def versions_together(case: Case) -> Iterator[Match]:
    """Two versions in one organization, of which the vendor says something."""
    for (version, other), statement in TOGETHER.items():
        # Up to 2007 the levels bind the organization; the tables since 2013 name Edge servers too.
        bound = case.inside if other.age < Version.V2013.age else case.exchange
        old = [server for server in bound if server.version is version]
        new = [server for server in bound if server.version is other]
        old = [server for server in old if any(case.same_organization(server, one) for one in new)]
        new = [server for server in new if any(case.same_organization(server, one) for one in old)]
        if old and new:
            summary = (
                f"Exchange {version} ({listed(names(old))}) and {other} ({listed(names(new))}) are in one organization."
            )
            evidence = (*facts_of(old, "version"), *facts_of(new, "version"))
            if (version, other) in BESIDE:
                level = side_by_side(case, old, new, BESIDE[version, other])
                evidence = (*evidence, *facts_of(level.culprits, "build"))
                summary += lacked(case, level, dict(zip((version, other), BESIDE[version, other], strict=True)))
                if level.settled and (level.verdict is Verdict.UNSUPPORTED or (version, other) not in FOR_THE_MOVE):
                    statement = level.settled
            pair_refused = (version, other) == (Version.V2013, Version.V2019)
            refusing = [server for server in new if pair_refused and reaches(case, server, CU15_OF_2019)]
            if refusing:
                statement, evidence = "coex-2019-cu15-2013", (*evidence, *facts_of(refusing, "build"))
            yield Match(statement, names([*old, *new]), summary, evidence, (other,), f"{version}+{other}",
                        choice=f"{version} beside {other}")  # fmt: skip


@rule(*sorted(set(EDGE_BEFORE.values())), *SETTLED)
def older_edge_before_newer_servers(case: Case) -> Iterator[Match]:
    """An Edge server older than the servers of the site that it is subscribed to."""
    for edge in case.edges:
        served = [hub for hub in case.hubs if case.flows.serves(edge, hub)]
        for version in versions(*served):
            pair = (edge.version or version, version)
            statement = EDGE_BEFORE.get(pair)
            if statement:
                users = [hub for hub in served if hub.version is version]
                level = side_by_side(case, [edge], users, (BESIDE[pair][0], "")) if pair in BESIDE else None
                if level and level.settled and (level.verdict is Verdict.UNSUPPORTED or pair not in FOR_THE_MOVE):
                    statement = level.settled
                told = f"is subscribed to {listed(names(users))} of {version}"
                summary = f"{edge.name}, an Edge server of {edge.version}, {told}."
                summary += lacked(case, level, {pair[0]: BESIDE[pair][0]}) if level else ""
                evidence = facts_of([edge], "version", "build", "subscribed_to")
                yield Match(
                    statement, (edge.name, *names(users)), summary, evidence, (version,), f"{edge.name}+{version}"
                )


@rule("adfs-in-perimeter", "adfs-inside")
def place_of_a_federation_server(case: Case) -> Iterator[Match]:
    """Where an AD FS federation server itself stands; its proxy is what belongs into the perimeter network."""
    users = [other for other in case.exchange if from_2013(other)]
    for server in case.servers if users else ():
        outside = case.in_perimeter(server)
        if server.holds(Role.ADFS) and (outside or case.zone_kind(server) is ZoneKind.INTERNAL):
            summary = f"{server.name}, an AD FS federation server, stands in {server.zone}."
            evidence = (fact(server, "zone"), fact(server, "roles"))
            statement = "adfs-in-perimeter" if outside else "adfs-inside"
            yield Match(statement, (server.name,), summary, evidence, versions(*users))


RULES = (
    perimeter_without_a_filter_behind_it,
    administration_from_the_internet,
    versions_together,
    older_edge_before_newer_servers,
    place_of_a_federation_server,
)
