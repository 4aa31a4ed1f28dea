"""Clusters of 2007 (CCR, SCC) and database availability groups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from exkit.paths import FREE, Passage, PortSet, opened
from exkit.rules.base import (
    Case,
    Evidence,
    Match,
    Question,
    fact,
    facts_of,
    from_2013,
    lines_of,
    listed,
    modern,
    names,
    rule,
    versions,
    written,
)
from exkit.topology import DAG, EXCHANGE_ROLES, AllowLine, Firewall, Role, Server, Version, ZoneKind

LIMITS = (Passage.FILTERED, Passage.INSPECTED, Passage.DIFFERS, Passage.RULES_UNKNOWN)
TO_THE_WITNESS = PortSet.of(["445/tcp", "135/tcp", "1024-65535/tcp"])  # its share, and the management that makes it


def _members(case: Case, dag: DAG) -> list[Server]:
    return [case.by_name[name] for name in sorted(dag.members)]


def _fits(dag: DAG, members: list[Server]) -> bool:
    """Whether the members' version has this kind of cluster: DAGs since 2010, CCR in 2007, SCC up to it."""
    ages = [node.version.age for node in members if node.version]
    if dag.kind == "dag":
        return all(age >= Version.V2010.age for age in ages)
    if dag.kind == "scc":
        return all(age <= Version.V2007.age for age in ages)
    return all(age == Version.V2007.age for age in ages)


def clusters(case: Case, *kinds: str) -> Iterator[tuple[DAG, list[Server]]]:
    """The clusters of some kinds with their members; one whose kind its version does not have is a question alone."""
    for dag in sorted(case.topology.dags, key=lambda dag: dag.name):
        members = _members(case, dag)
        if dag.kind in kinds and _fits(dag, members):
            yield dag, members


@rule("ccr-mbx-only")
def other_roles_on_a_cluster_node(case: Case) -> Iterator[Match]:
    """A node of a 2007 cluster holds more than the Mailbox role."""
    for dag, members in clusters(case, "ccr", "scc"):
        for node in members:
            others = [role for role in node.roles if role in EXCHANGE_ROLES - {Role.MAILBOX, Role.BACK_END}]
            if others and modern(node):
                summary = f"{node.name}, a node of the cluster {dag.name}, also holds {listed(others)}."
                evidence = (
                    fact(node, "roles"),
                    Evidence(f"dags.{dag.name}.members", written(dag.members)),
                )
                yield Match("ccr-mbx-only", (dag.name, node.name), summary, evidence, versions(node))


@rule("ccr-nodes-one-site")
def cluster_over_two_sites(case: Case) -> Iterator[Match]:
    """The nodes of a CCR cluster are in different AD sites."""
    for dag, members in clusters(case, "ccr"):
        sites = sorted({node.site for node in members if node.site})
        if len(sites) > 1:
            evidence = facts_of(members, "site")
            summary = f"The nodes of {dag.name} are in {listed(sites)}."
            yield Match("ccr-nodes-one-site", (dag.name, *names(members)), summary, evidence, versions(*members))


@rule("ccr-windows-firewall-failover")
def cluster_with_windows_firewall(case: Case) -> Iterator[Match]:
    """A CCR cluster runs with the Windows firewall on."""
    for dag, members in clusters(case, "ccr"):
        walled = [node for node in members if node.host_firewall is not None and node.host_firewall.enabled]
        if walled:
            evidence = tuple(Evidence(f"servers.{node.name}.host_firewall.enabled", "true") for node in walled)
            summary = f"The nodes of the CCR cluster {dag.name} run with the Windows firewall on."
            yield Match("ccr-windows-firewall-failover", (dag.name,), summary, evidence, versions(*members))


@rule("dag-multirole")
def several_roles_on_members(case: Case) -> Iterator[Match]:
    """Members of a DAG also hold Client Access or Hub Transport."""
    for dag, members in clusters(case, "dag"):
        multi = [
            node for node in members if node.holds(Role.MAILBOX) and node.holds(Role.CLIENT_ACCESS, Role.HUB_TRANSPORT)
        ]
        if multi:
            evidence = facts_of(multi, "roles")
            summary = f"Members of {dag.name} hold Mailbox together with Client Access or Hub Transport."
            yield Match("dag-multirole", (dag.name, *names(multi)), summary, evidence, versions(*multi))


@rule("dag-cas-wnlb")
def windows_balancing_on_members(case: Case) -> Iterator[Match]:
    """Windows network load balancing is used for Client Access on DAG members."""
    for dag, members in clusters(case, "dag"):
        running = [node for node in members if any(_is_nlb(case, name) for name in node.also_runs)]
        if running:
            summary = f"Windows NLB runs on {listed(names(running))}, in {dag.name}."
            ran = facts_of(running, "also_runs")
            yield Match("dag-cas-wnlb", (dag.name, *names(running)), summary, ran, versions(*running), dag.name)
        for published in sorted(case.topology.publishing, key=lambda one: one.name):
            shared = sorted(set(published.targets or ()) & set(dag.members))
            if _is_nlb(case, published.product) and shared:
                evidence = (
                    Evidence(f"publishing.{published.name}.product", written(published.product)),
                    Evidence(f"dags.{dag.name}.members", written(dag.members)),
                )
                summary = f"{published.name} balances {listed(shared)}, members of {dag.name}, by Windows NLB."
                hosts = [case.by_name[name] for name in shared]
                subjects = (dag.name, published.name, *shared)
                yield Match(
                    "dag-cas-wnlb", subjects, summary, evidence, versions(*hosts), f"{dag.name}+{published.name}"
                )


def _is_nlb(case: Case, name: str | None) -> bool:
    product = case.facts.product(name)
    return product is not None and product.id == "windows-nlb"


def _reaches(case: Case, line: AllowLine, zones: list[str]) -> bool:
    """Whether a line of a firewall lets traffic into or out of some zones."""
    hosts = {server.name for zone in zones for server in case.by_zone.get(zone, ())}
    return any(end == "any" or end in zones or end in hosts for end in (line.source, line.target))


@rule("dag-networks-isolated", "dag-networks-walled-off")
def replication_network_not_walled_off(case: Case) -> Iterator[Match]:
    """A device lets traffic pass between a DAG's replication network and another network, or keeps them apart."""
    used = {zone for dag, members in clusters(case, "dag") for node in members for zone in node.also_in or ()}
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        walled = [zone for zone in device.between if zone in used and case.network.kinds[zone] is ZoneKind.REPLICATION]
        others = [zone for zone in device.between if case.network.kinds[zone] is not ZoneKind.REPLICATION]
        if not walled or not others:
            continue
        summary = f"{device.name} joins the replication network {walled[0]} and {others[0]}"
        path = f"firewalls.{device.name}.allow"
        members = [
            node for dag, nodes in clusters(case, "dag") for node in nodes if set(node.also_in or ()) & set(walled)
        ]
        if device.allow is not None and not any(_reaches(case, line, walled) for line in device.allow):
            evidence: tuple[Evidence, ...] = (Evidence(path, f"{lines_of(device.allow)}, none to {walled[0]}"),)
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
                (Evidence(path, lines_of(device.allow)),),
                versions(*members),
            )


@rule("dag-members-open")
def members_reach_each_other(case: Case) -> Iterator[Match]:
    """Every member of a DAG or cluster reaches every other without a filter."""
    for dag, members in clusters(case, "dag", "ccr", "scc"):
        placed = [node for node in members if case.network.zones_of(node)]
        ways = {case.network.way(here, there).passage for here, there in combinations(placed, 2)}
        if len(placed) == len(members) > 1 and all(passage in FREE for passage in ways):
            evidence = facts_of(members, "zone")
            summary = f"The members of {dag.name} reach each other without a filter."
            yield Match(
                "dag-members-open", (dag.name, *names(members)), summary, evidence, versions(*members), dag.name
            )


@rule("dag-firewall-to-witness")
def firewall_to_the_witness(case: Case) -> Iterator[Match]:
    """A firewall that filters, or may, lies between members of a DAG and a witness that is no Exchange server.

    Whether everything passes back is of no account: it is the members that open the connections.
    """
    for dag, members in clusters(case, "dag"):
        witness = case.host(dag.witness)
        if witness is None or witness.is_exchange or not case.network.zones_of(witness):
            continue
        if witness.holds(Role.CLOUD_WITNESS):
            continue  # no witness at all for a DAG: see dag-witness-cloud
        cut = [
            node
            for node in members
            if case.network.zones_of(node)
            and case.network.way(node, witness).passage in LIMITS
            and case.network.passes(node, witness, TO_THE_WITNESS) is not True
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


@rule("ad-dc-in-dag")
def domain_controller_as_a_member(case: Case) -> Iterator[Match]:
    """A member of a DAG, or a node of an older cluster, is a domain controller too."""
    for dag, members in clusters(case, "dag", "ccr", "scc"):
        for node in members:
            if node.version and node.is_controller:
                summary = f"{node.name}, a member of {dag.name}, is a domain controller."
                evidence = (fact(node, "roles"), Evidence(f"dags.{dag.name}.members", written(dag.members)))
                yield Match("ad-dc-in-dag", (dag.name, node.name), summary, evidence, versions(node),
                            choice=f"{node.name} as a domain controller in {dag.name}")  # fmt: skip


@rule("dag-mixed-os", "dag-mixed-exchange", "dag-upgrade-in-place")
def members_that_differ(case: Case) -> Iterator[Match]:
    """Members of a DAG differ in Windows or in Exchange version."""
    for dag, members in clusters(case, "dag"):
        systems = {case.facts.system(server.os) for server in members if server.os}
        releases = {server.version.value for server in members if server.version}
        for field, statement, found in (("os", "dag-mixed-os", systems), ("version", "dag-mixed-exchange", releases)):
            if len(found) > 1:
                summary = f"Members of {dag.name} run {listed(sorted(found))}."
                evidence = facts_of(members, field)
                if found == {"2019", "SE"}:
                    statement = "dag-upgrade-in-place"  # SE is put upon 2019 as a cumulative update is
                yield Match(statement, (dag.name, *names(members)), summary, evidence, versions(*members), dag.name)


@rule("cluster-not-in-version")
def cluster_of_another_version(case: Case) -> Iterator[Match]:
    """A DAG of servers before 2010, or a CCR cluster of another version than 2007: which kind is it?"""
    for dag in sorted(case.topology.dags, key=lambda dag: dag.name):
        members = _members(case, dag)
        if not _fits(dag, members):
            told = listed([f"Exchange {version}" for version in versions(*members)])
            asked = Question(
                f"dags.{dag.name}.kind", f"Which kind of cluster is {dag.name}, of {told}?", ("dag", "ccr", "scc")
            )
            evidence = (Evidence(f"dags.{dag.name}.kind", dag.kind), *facts_of(members, "version"))
            summary = f"{dag.name} is written as {dag.kind}, which {told} does not have."
            yield Match("cluster-not-in-version", (dag.name, *names(members)), summary, evidence, question=asked)


def _replication(case: Case, node: Server) -> set[str]:
    """The replication networks that a member has a card in."""
    return {zone for zone in node.also_in or () if case.network.kinds[zone] is ZoneKind.REPLICATION}


@rule("dag-single-nic", "dag-replication-network", "dag-networks-uneven")
def networks_of_the_members(case: Case) -> Iterator[Match]:
    """Members have one network for all, or replication networks of their own: each as many as the others.

    Asked only where some member has a replication network: else no answer would change a verdict.
    """
    for dag, members in clusters(case, "dag"):
        known = [node for node in members if node.also_in is not None]
        counts = {len(_replication(case, node)) for node in known}
        lacking = [node for node in members if node.also_in is None]
        if not known or not any(node.version for node in members) or (lacking and counts == {0}):
            continue
        subjects, evidence = (dag.name, *names(members)), facts_of(members, "also_in")
        asked = None
        if len(counts) > 1 or lacking:
            statement, told = "dag-networks-uneven", "have not all as many networks as the others"
            if lacking and len(counts) == 1:
                text = f"In which replication networks do {listed(names(lacking))} have a card, as the others do?"
                asked = Question(f"servers.{lacking[0].name}.also_in", text)
                told = "have replication networks; those of some are not written"
        elif counts == {0}:
            statement, told = "dag-single-nic", "have one network each, for clients and replication"
        else:
            statement, told = "dag-replication-network", f"have a replication network besides ({max(counts)} each)"
        summary = f"Members of {dag.name} {told}."
        yield Match(statement, subjects, summary, evidence, versions(*members), dag.name, asked,
                    choice=f"networks of {dag.name}")  # fmt: skip


@rule("dag-span-sites")
def members_in_several_sites(case: Case) -> Iterator[Match]:
    """Members of a DAG are in several AD sites."""
    for dag, members in clusters(case, "dag"):
        sites = sorted({node.site for node in members if node.site})
        if len(sites) > 1:
            evidence = facts_of(members, "site")
            summary = f"Members of {dag.name} are in {listed(sites)}."
            yield Match("dag-span-sites", (dag.name, *names(members)), summary, evidence, versions(*members), dag.name,
                        choice=f"sites of {dag.name}")  # fmt: skip


def _limits(case: Case, device: Firewall, here: Server, there: Server) -> bool | None:
    """Whether a device limits or alters what passes between the replication networks of two members."""
    ends = [{node.name, *(_replication(case, node) & set(device.between))} for node in (here, there)]
    passing = [opened(device, one, two) for one, two in (ends, ends[::-1])]
    if device.inspects or any(ports is not None and not ports.everything for ports in passing):
        return True
    return None if None in passing else False


@rule("dag-replication-filtered")
def filter_between_replication_networks(case: Case) -> Iterator[Match]:
    """Members replicate over networks of their own that a device joins, and it does not pass everything."""
    for dag, members in clusters(case, "dag"):
        apart = [
            (here, there)
            for here, there in combinations(members, 2)
            if _replication(case, here)
            and _replication(case, there)
            and not _replication(case, here) & _replication(case, there)
        ]
        for device in sorted(case.topology.firewalls, key=lambda device: device.name):
            joined = [
                (here, there)
                for here, there in apart
                if _replication(case, here) & set(device.between) and _replication(case, there) & set(device.between)
            ]
            limits = [_limits(case, device, here, there) for here, there in joined]
            if True not in limits and None not in limits:
                continue
            path = f"firewalls.{device.name}.allow"
            asked = None if True in limits else Question(
                path, f"What does {device.name} let pass between the replication networks of {dag.name}?", ("any", "[]")
            )  # fmt: skip
            ends = names({node.name: node for pair in joined for node in pair}.values())
            summary = f"{device.name} joins replication networks of {dag.name} and does not pass everything."
            if asked:
                summary = f"{device.name} joins replication networks of {dag.name}; its rules are not written."
            evidence = (
                Evidence(path, written(device.allow) if not device.allow else lines_of(device.allow)),
                *facts_of((case.by_name[name] for name in ends), "also_in"),
            )
            yield Match("dag-replication-filtered", (*ends, device.name), summary, evidence, versions(*members),
                        f"{dag.name}+{device.name}", asked, choice=f"{device.name} in {dag.name}")  # fmt: skip


@rule("dag-apipa")
def automatic_private_address(case: Case) -> Iterator[Match]:
    """An Exchange server has an automatic private address."""
    for server in case.exchange:
        if from_2013(server) and server.address is not None and server.address.startswith("169.254."):
            summary = f"{server.name} has the automatic private address {server.address}."
            yield Match("dag-apipa", (server.name,), summary, (fact(server, "address"),), versions(server))


RULES = (
    other_roles_on_a_cluster_node,
    cluster_over_two_sites,
    cluster_with_windows_firewall,
    several_roles_on_members,
    windows_balancing_on_members,
    replication_network_not_walled_off,
    members_reach_each_other,
    firewall_to_the_witness,
    domain_controller_as_a_member,
    members_that_differ,
    cluster_of_another_version,
    networks_of_the_members,
    members_in_several_sites,
    filter_between_replication_networks,
    automatic_private_address,
)
