"""Clusters of 2007 (CCR, SCC) and database availability groups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from exkit.paths import Passage
from exkit.rules.base import Case, Evidence, Match, Question, listed, names, rule, versions, written
from exkit.topology import DAG, EXCHANGE_ROLES, AllowLine, Role, Server, ZoneKind

LIMITS = (Passage.FILTERED, Passage.INSPECTED, Passage.DIFFERS, Passage.RULES_UNKNOWN)


def _members(case: Case, dag: DAG) -> list[Server]:
    return [case.by_name[name] for name in sorted(dag.members)]


def _clusters(case: Case, *kinds: str) -> Iterator[tuple[DAG, list[Server]]]:
    for dag in sorted(case.topology.dags, key=lambda dag: dag.name):
        if dag.kind in kinds:
            yield dag, _members(case, dag)


@rule("ccr-mbx-only")
def other_roles_on_a_cluster_node(case: Case) -> Iterator[Match]:
    """A node of a 2007 cluster holds more than the Mailbox role."""
    for dag, members in _clusters(case, "ccr", "scc"):
        for node in members:
            others = [role for role in node.roles if role in EXCHANGE_ROLES - {Role.MAILBOX, Role.BACK_END}]
            if others and node.version:
                summary = f"{node.name}, a node of the cluster {dag.name}, also holds {listed(others)}."
                evidence = (
                    Evidence(f"servers.{node.name}.roles", written(node.roles)),
                    Evidence(f"dags.{dag.name}.members", written(dag.members)),
                )
                yield Match("ccr-mbx-only", (dag.name, node.name), summary, evidence, versions(node))


@rule("ccr-nodes-one-site")
def cluster_over_two_sites(case: Case) -> Iterator[Match]:
    """The nodes of a CCR cluster are in different AD sites."""
    for dag, members in _clusters(case, "ccr"):
        sites = sorted({node.site for node in members if node.site})
        if len(sites) > 1:
            evidence = tuple(Evidence(f"servers.{node.name}.site", written(node.site)) for node in members)
            summary = f"The nodes of {dag.name} are in {listed(sites)}."
            yield Match("ccr-nodes-one-site", (dag.name, *names(members)), summary, evidence, versions(*members))


@rule("ccr-windows-firewall-failover")
def cluster_with_windows_firewall(case: Case) -> Iterator[Match]:
    """A CCR cluster runs with the Windows firewall on."""
    for dag, members in _clusters(case, "ccr"):
        walled = [node for node in members if node.host_firewall is not None and node.host_firewall.enabled]
        if walled:
            evidence = tuple(Evidence(f"servers.{node.name}.host_firewall.enabled", "true") for node in walled)
            summary = f"The nodes of the CCR cluster {dag.name} run with the Windows firewall on."
            yield Match("ccr-windows-firewall-failover", (dag.name,), summary, evidence, versions(*members))


@rule("dag-multirole")
def several_roles_on_members(case: Case) -> Iterator[Match]:
    """Members of a DAG also hold Client Access or Hub Transport."""
    for dag, members in _clusters(case, "dag"):
        multi = [
            node for node in members if node.holds(Role.MAILBOX) and node.holds(Role.CLIENT_ACCESS, Role.HUB_TRANSPORT)
        ]
        if multi:
            evidence = tuple(Evidence(f"servers.{node.name}.roles", written(node.roles)) for node in multi[:5])
            summary = f"Members of {dag.name} hold Mailbox together with Client Access or Hub Transport."
            yield Match("dag-multirole", (dag.name, *names(multi)), summary, evidence, versions(*multi))


@rule("dag-cas-wnlb")
def windows_balancing_on_members(case: Case) -> Iterator[Match]:
    """Windows network load balancing is used for Client Access on DAG members."""
    for dag, _ in _clusters(case, "dag"):
        for published in sorted(case.topology.publishing, key=lambda one: one.name):
            product = case.facts.product(published.product or "")
            shared = sorted(set(published.targets or ()) & set(dag.members))
            if product is not None and product.id == "windows-nlb" and shared:
                evidence = (
                    Evidence(f"publishing.{published.name}.product", written(published.product)),
                    Evidence(f"dags.{dag.name}.members", written(dag.members)),
                )
                summary = f"{published.name} balances {listed(shared)}, members of {dag.name}, by Windows NLB."
                hosts = [case.by_name[name] for name in shared]
                yield Match("dag-cas-wnlb", (dag.name, published.name), summary, evidence, versions(*hosts))


def _reaches(case: Case, line: AllowLine, zones: list[str]) -> bool:
    """Whether a line of a firewall lets traffic into or out of some zones."""
    hosts = {server.name for zone in zones for server in case.by_zone.get(zone, ())}
    return any(end == "any" or end in zones or end in hosts for end in (line.source, line.target))


@rule("dag-networks-isolated", "dag-networks-walled-off")
def replication_network_not_walled_off(case: Case) -> Iterator[Match]:
    """A device lets traffic pass between a DAG's replication network and another network, or keeps them apart."""
    used = {zone for dag, members in _clusters(case, "dag") for node in members for zone in node.also_in or ()}
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        walled = [zone for zone in device.between if zone in used and case.network.kinds[zone] is ZoneKind.REPLICATION]
        others = [zone for zone in device.between if case.network.kinds[zone] is not ZoneKind.REPLICATION]
        if not walled or not others:
            continue
        summary = f"{device.name} joins the replication network {walled[0]} and {others[0]}"
        path = f"firewalls.{device.name}.allow"
        members = [
            node for dag, nodes in _clusters(case, "dag") for node in nodes if set(node.also_in or ()) & set(walled)
        ]
        if device.allow is not None and not any(_reaches(case, line, walled) for line in device.allow):
            evidence: tuple[Evidence, ...] = (Evidence(path, f"{len(device.allow)} lines, none to {walled[0]}"),)
            kept = f"{device.name} keeps the replication network {walled[0]} apart from {others[0]}."
            yield Match("dag-networks-walled-off", (device.name,), kept, evidence, versions(*members))
            continue
        if device.allow is None:
            asked = Question(path, f"What does {device.name} let pass to the replication network?", ("[]", "any"))
            yield Match(
                "dag-networks-isolated",
                (device.name,),
                summary + "; its rules are not written.",
                (Evidence(path, "not written"),),
                versions(*members),
                question=asked,
            )
        else:
            yield Match(
                "dag-networks-isolated",
                (device.name,),
                summary + " and lets traffic pass.",
                (Evidence(path, f"{len(device.allow)} lines"),),
                versions(*members),
            )


@rule("dag-members-open")
def members_reach_each_other(case: Case) -> Iterator[Match]:
    """Every member of a DAG or cluster reaches every other without a filter."""
    for dag, members in _clusters(case, "dag", "ccr", "scc"):
        placed = [node for node in members if case.network.zones_of(node) and node.version]
        ways = {case.network.way(here, there).passage for here, there in combinations(placed, 2)}
        if len(placed) == len(members) > 1 and ways <= {Passage.DIRECT, Passage.OPEN, Passage.VPN}:
            evidence = tuple(Evidence(f"servers.{node.name}.zone", written(node.zone)) for node in members[:6])
            summary = f"The members of {dag.name} reach each other without a filter."
            yield Match(
                "dag-members-open", (dag.name, *names(members)), summary, evidence, versions(*members), dag.name
            )


@rule("dag-firewall-to-witness")
def firewall_to_the_witness(case: Case) -> Iterator[Match]:
    """A firewall that filters, or may, lies between members of a DAG and a witness that is no Exchange server."""
    for dag, members in _clusters(case, "dag"):
        witness = case.by_name.get(dag.witness or "")
        if witness is None or witness.is_exchange or not case.network.zones_of(witness):
            continue
        cut = [
            node
            for node in members
            if case.network.zones_of(node) and case.network.way(node, witness).passage in LIMITS
        ]
        if cut:
            way = case.network.way(cut[0], witness)
            devices = way.device_names
            summary = (
                f"Between members of {dag.name} and its witness {witness.name} stands {listed(devices)}: {way.passage}."
            )
            evidence = tuple(Evidence(f"firewalls.{device}.allow", "not every port both ways") for device in devices)
            yield Match(
                "dag-firewall-to-witness", (dag.name, witness.name, *names(cut)), summary, evidence, versions(*cut)
            )


RULES = (
    other_roles_on_a_cluster_node,
    cluster_over_two_sites,
    cluster_with_windows_firewall,
    several_roles_on_members,
    windows_balancing_on_members,
    replication_network_not_walled_off,
    members_reach_each_other,
    firewall_to_the_witness,
)
