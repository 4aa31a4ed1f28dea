"""What each host needs to reach and why, by the ports table; `exkit.ports` makes the list of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from exkit.facts import Facts
from exkit.paths import Network, PortSet
from exkit.rows import PortRole, PortRow, When
from exkit.topology import Protocol, Publishing, Role, Server, Topology, Version, ZoneKind

NOT_HTTP = frozenset({Protocol.IMAP, Protocol.POP, Protocol.SMTP})
HTTP = frozenset(Protocol) - NOT_HTTP
_PORT_ROLES = {role.value: role for role in PortRole}


@dataclass(frozen=True)
class Need:
    """A row of the ports table that two hosts of this topology need; `certain` False where the topology leaves
    out what would tell."""

    row: PortRow
    certain: bool

    @property
    def ports(self) -> PortSet:
        """What it needs open, in the direction of the row."""
        return _ports(self.row)


def _ports(row: PortRow) -> PortSet:
    if row.transport in ("tcp", "udp"):
        return PortSet.of(f"{ports}/{row.transport}" for ports in row.ports)
    return PortSet.of([row.transport])


@dataclass(frozen=True)
class Flows:
    """The needs between the hosts of one topology."""

    topology: Topology
    facts: Facts
    network: Network

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """The Exchange versions of the topology, oldest first."""
        found = {server.version for server in self.topology.servers if server.is_exchange and server.version}
        return tuple(sorted(found, key=lambda version: version.age))

    @cached_property
    def published_by(self) -> dict[str, tuple[Publishing, ...]]:
        """Host name to the publishing rules that run on it."""
        rules: dict[str, tuple[Publishing, ...]] = defaultdict(tuple)
        for rule in self.topology.publishing:
            if rule.host is not None:
                rules[rule.host] += (rule,)
        return rules

    @cached_property
    def hops(self) -> frozenset[tuple[str, str]]:
        """Pairs of names that some mail path has one after the other; `internet` for each zone of that kind."""
        outside = {zone.name: "internet" for zone in self.topology.zones if zone.kind is ZoneKind.INTERNET}
        return frozenset(
            (outside.get(here, here), outside.get(there, there))
            for flow in self.topology.mail_flow
            for here, there in pairwise(flow.path)
        )

    @cached_property
    def clusters_of(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Server name to the DAGs and clusters it is a member of, with their kind."""
        clusters: dict[str, tuple[tuple[str, str], ...]] = defaultdict(tuple)
        for dag in self.topology.dags:
            for member in dag.members:
                clusters[member] += ((dag.name, dag.kind),)
        return clusters

    @cached_property
    def rows(self) -> dict[tuple[PortRole, PortRole], tuple[PortRow, ...]]:
        """The rows of the ports table for the versions of the topology, by who opens the connection to whom."""
        if len(self.versions) == 1:
            return self.facts.paths_of(self.versions[0])
        rows: dict[tuple[PortRole, PortRole], tuple[PortRow, ...]] = defaultdict(tuple)
        for version in self.versions:
            for ends, found in self.facts.paths_of(version).items():
                rows[ends] += found
        return rows

    @cached_property
    def ends(self) -> frozenset[PortRole]:
        """The words of the ports table that some row has at an end."""
        return frozenset(role for pair in self.rows for role in pair)

    @cached_property
    def _kinds(self) -> dict[str, object]:
        aimed: dict[str, tuple[str, ...]] = defaultdict(tuple)
        near: dict[str, tuple[tuple[str, str], ...]] = defaultdict(tuple)
        for rule in self.topology.publishing:
            for target in rule.targets or ():
                aimed[target] += (rule.name,)
        for hop in sorted(self.hops):
            for name in hop:
                near[name] += (hop,)
        return {
            server.name: (
                self.network.standing(server),
                server.roles,
                server.version,
                server.site,
                server.domain_joined,
                server.subscribed_to,
                server.global_catalog,
                self.clusters_of.get(server.name),
                tuple(rule.name for rule in self.published_by.get(server.name, ())),
                aimed.get(server.name),
                near.get(server.name),
            )
            for server in self.topology.servers
        }

    def kind(self, server: Server) -> object:
        """Equal for hosts that need the same ports over the same devices."""
        return self._kinds[server.name]

    def port_roles(self, server: Server) -> frozenset[PortRole]:
        """The words of the ports table that a host answers to: its roles, DNS and global catalog for a DC, reverse
        proxy for whatever publishes."""
        return self._port_roles[server.name]

    @cached_property
    def _port_roles(self) -> dict[str, frozenset[PortRole]]:
        return {server.name: self._port_roles_of(server) for server in self.topology.servers}

    def _port_roles_of(self, server: Server) -> frozenset[PortRole]:
        roles = {_PORT_ROLES[role.value] for role in server.roles if role.value in _PORT_ROLES}
        if PortRole.MAILBOX in roles and server.version and server.version.age < Version.V2007.age:
            roles = roles - {PortRole.MAILBOX} | {PortRole.BACK_END}  # what 2000 and 2003 call it
        if server.is_controller:
            roles |= {PortRole.DOMAIN_CONTROLLER, PortRole.DNS}
            if server.global_catalog is not False:
                roles.add(PortRole.GLOBAL_CATALOG)
        if server.holds(Role.LOAD_BALANCER) or self.published_by.get(server.name):
            roles.add(PortRole.REVERSE_PROXY)
        if any(server.name == dag.witness for dag in self.topology.dags):
            roles.add(PortRole.WITNESS)
        return frozenset(roles)

    def serves(self, edge: Server, inside: Server) -> bool | None:
        """Whether an Edge server is subscribed to the AD site of a server inside; None when the file leaves out which
        site either is of. Where no Exchange server since 2007 has a site, all are of one."""
        if edge.subscribed_to is None:
            return None
        if inside.site is None and edge.subscribed_to:
            return None if self._sites_told else True
        return inside.site in edge.subscribed_to

    @cached_property
    def _sites_told(self) -> bool:
        inside = (server for server in self.topology.servers if server.is_exchange and not server.is_edge)
        return any(server.site is not None for server in inside if server.version not in (Version.V2000, Version.V2003))

    def judged(self, server: Server) -> bool:
        """Whether the ports table speaks of a host at all, and the topology tells what a proxy carries, and where."""
        roles = self.port_roles(server)
        if not roles & self.ends:
            return False
        rules = self.published_by.get(server.name, ())
        told = rules and all(rule.protocols and rule.targets for rule in rules)
        return PortRole.REVERSE_PROXY not in roles or bool(told)

    def needs(self, server: Server, other: Server) -> tuple[Need, ...]:
        """What `server` must, or may, be able to open towards `other`.

        Rows of the versions of both Exchange ends count; between hosts that are not Exchange, those of all versions.
        """
        ends = {end.version for end in (server, other) if end.is_exchange}
        found: list[Need] = []
        for here in sorted(self.port_roles(server)):
            for there in sorted(self.port_roles(other)):
                forward = [(row, server, other) for row in self.rows.get((here, there), ())]
                turned = self.rows.get((there, here), ())
                backward = [(row, other, server) for row in turned if row.both_ways]
                for row, initiator, responder in forward + backward:
                    if ends and row.version not in ends:
                        continue
                    holds = _PREDICATES[row.when](self, initiator, responder)
                    if holds is not False:
                        certain = bool(holds) and row.need != "optional"
                        found.append(Need(row, certain))
        return tuple(found)

    def carried(self, rule: Publishing, target: Server) -> tuple[Need, ...]:
        """What a publishing rule must, or may, be able to open towards one of its targets, wherever it runs."""
        found: list[Need] = []
        for role in sorted(self.port_roles(target)):
            for row in self.rows.get((PortRole.REVERSE_PROXY, role), ()):
                carries = _OF_A_RULE.get(row.when)
                holds = carries(rule, target) if carries and row.version is target.version else False
                if holds is not False:
                    found.append(Need(row, bool(holds)))
        return tuple(found)

    def comes_from(self, rule: Publishing) -> frozenset[str]:
        """The zones that what a rule carries comes from, where it runs on no host of the file: a forwarded port leaves
        the addresses of the Internet as they are, unless it is said to put its own in their place."""
        own = frozenset([rule.zone] if rule.zone else [])
        outside = frozenset(zone.name for zone in self.topology.zones if zone.kind is ZoneKind.INTERNET)
        if rule.host is not None or (rule.kind is None and rule.product is None):
            return frozenset()
        return outside if rule.kind == "port-forward" and not (rule.source_nat and own) else own

    def needed_ports(self, server: Server, other: Server) -> PortSet:
        """All that may be open from `server` to `other` and still be as tight as can be."""
        return PortSet.of(text for need in self.needs(server, other) for text in need.ports.texts)

    def from_internet(self, other: Server) -> PortSet:
        """What hosts and clients on the Internet may open towards a host: its protocols, never RPC."""
        there = self.port_roles(other)
        rows = (
            row
            for (source, target), rows in self.rows.items()
            if source in (PortRole.INTERNET, PortRole.CLIENT) and target in there
            for row in rows
            if "135" not in row.ports and not any("-" in ports for ports in row.ports)
        )
        return PortSet.of(text for row in rows for text in _ports(row).texts)


Predicate = Callable[[Flows, Server, Server], bool | None]


def _unknown(flows: Flows, server: Server, other: Server) -> bool | None:
    return None


def _edge_and_inside(server: Server, other: Server) -> tuple[Server, Server]:
    """Which of two hosts is the Edge server. One that holds Hub Transport too, unsupported as that is, is a Hub server
    to an Edge server that holds nothing else."""
    return (server, other) if server.is_edge or not other.holds(Role.EDGE_TRANSPORT) else (other, server)


def _edge_subscribed(flows: Flows, inside: Server, edge: Server) -> bool | None:
    """EdgeSync only ever goes outwards."""
    return flows.serves(edge, inside)


def _mail_with_edge(flows: Flows, server: Server, other: Server) -> bool | None:
    """By the subscription or a mail path; where neither says with whom, with every server inside."""
    edge, inside = _edge_and_inside(server, other)
    hops = [hop for hop in flows.hops if edge.name in hop]
    if any(inside.name in hop for hop in hops):
        return True
    if edge.subscribed_to:
        return flows.serves(edge, inside)
    if edge.subscribed_to is None and hops:
        return None  # a path names one of several; with a subscription any of its site may take the mail
    return not hops


def _passes_mail(flows: Flows, server: Server, other: Server) -> bool | None:
    return True if (server.name, other.name) in flows.hops else None


def _takes_internet_mail(flows: Flows, server: Server, other: Server) -> bool | None:
    return ("internet", other.name) in flows.hops or (None if not flows.hops else False)


def _sends_internet_mail(flows: Flows, server: Server, other: Server) -> bool | None:
    return (server.name, "internet") in flows.hops or (None if not flows.hops else False)


def _proxy_is_member(flows: Flows, server: Server, other: Server) -> bool | None:
    if server.domain_joined is not None:
        return server.domain_joined
    said = [rule.domain_joined for rule in flows.published_by.get(server.name, ())]
    return True if True in said else (False if said and None not in said else None)


def _any_rule(flows: Flows, server: Server, holds: Callable[[Publishing], bool | None]) -> bool | None:
    """Whether some publishing rule of a proxy needs it; not known when no rule is written."""
    answers = [holds(rule) for rule in flows.published_by.get(server.name, ())]
    return True if True in answers else (None if None in answers or not answers else False)


def _validates(kind: str) -> Predicate:
    def by_kind(rule: Publishing) -> bool | None:
        if rule.preauth == "none":
            return False
        if rule.validation == "active-directory" and kind == "ldap":
            return None  # a product outside the domain speaks LDAP to it
        return None if rule.validation is None else rule.validation == kind

    return lambda flows, server, other: _any_rule(flows, server, by_kind)


def _delegates_by_kerberos(flows: Flows, server: Server, other: Server) -> bool | None:
    def by_kcd(rule: Publishing) -> bool | None:
        if rule.preauth == "none":
            return False
        return None if rule.delegation is None else rule.delegation == "kcd"

    return _any_rule(flows, server, by_kcd)


Carries = Callable[[Publishing, Server], bool | None]


def _targets(rule: Publishing, other: Server) -> bool | None:
    return None if rule.targets is None else other.name in rule.targets


def _publishes(wanted: frozenset[Protocol]) -> Carries:
    def carries(rule: Publishing, other: Server) -> bool | None:
        if _targets(rule, other) is False:
            return False
        if rule.protocols is None or rule.targets is None:
            return None
        if rule.tls == "offload" and wanted is HTTP:
            return False
        if wanted & set(rule.protocols) == {Protocol.SMTP}:
            return None  # mail comes in on 25, clients submit on 587: the rule does not tell which
        over_rpc = other.version is not None and other.version.age < Version.V2013.age
        return bool(wanted & set(rule.protocols) - ({Protocol.MAPI} if over_rpc and wanted is HTTP else set()))

    return carries


def _offloads(rule: Publishing, other: Server) -> bool | None:
    if _targets(rule, other) is False or rule.kind == "port-forward":  # which cannot end TLS
        return False
    return None if rule.tls is None else rule.tls == "offload"


def _by_some_rule(carries: Carries) -> Predicate:
    return lambda flows, server, other: _any_rule(flows, server, lambda rule: carries(rule, other))


def _other_site(flows: Flows, server: Server, other: Server) -> bool | None:
    return None if server.site is None or other.site is None else server.site != other.site


def _share_cluster(kinds: Sequence[str]) -> Predicate:
    def share(flows: Flows, server: Server, other: Server) -> bool | None:
        mine, theirs = flows.clusters_of.get(server.name, ()), flows.clusters_of.get(other.name, ())
        return any(cluster in theirs and cluster[1] in kinds for cluster in mine)

    return share


def _witness(flows: Flows, server: Server, other: Server) -> bool | None:
    return any(dag.witness == other.name and server.name in dag.members for dag in flows.topology.dags)


def _edge_on_tmg(flows: Flows, server: Server, other: Server) -> bool | None:
    edges = [host for host in (server, other) if host.holds(Role.EDGE_TRANSPORT)]
    products = (flows.facts.product(name) for edge in edges for name in edge.also_runs)
    return any(product is not None and product.id == "tmg-2010" for product in products)


# What a publishing rule must carry for a port row to be needed.
CARRIED = {
    When.PUBLISHES_HTTP: HTTP,
    When.PUBLISHES_IMAP: frozenset({Protocol.IMAP}),
    When.PUBLISHES_POP: frozenset({Protocol.POP}),
    When.PUBLISHES_SMTP: frozenset({Protocol.SMTP}),
    When.PUBLISHES_CALENDAR: frozenset({Protocol.CALENDAR}),
    When.PUBLISHES_RPC: frozenset({Protocol.MAPI}),
}
_OF_A_RULE: dict[When, Carries] = {
    **{when: _publishes(protocols) for when, protocols in CARRIED.items()},
    When.OFFLOADS_TLS: _offloads,
}
_PREDICATES: dict[When, Predicate] = {
    When.ALWAYS: lambda flows, server, other: True,
    When.NOT_SHOWN: _unknown,
    When.EDGE_SUBSCRIBED: _edge_subscribed,
    When.MAIL_WITH_EDGE: _mail_with_edge,
    When.TAKES_INTERNET_MAIL: _takes_internet_mail,
    When.SENDS_INTERNET_MAIL: _sends_internet_mail,
    When.PASSES_MAIL: _passes_mail,
    When.PROXY_DOMAIN_MEMBER: _proxy_is_member,
    When.VALIDATES_BY_LDAP: _validates("ldap"),
    When.VALIDATES_BY_RADIUS: _validates("radius"),
    When.DELEGATES_BY_KERBEROS: _delegates_by_kerberos,
    **{when: _by_some_rule(carries) for when, carries in _OF_A_RULE.items()},
    When.OTHER_SITE: _other_site,
    When.SAME_DAG: _share_cluster(["dag"]),
    When.SAME_CLUSTER: _share_cluster(["ccr", "scc"]),
    When.WITNESS_OF_DAG: _witness,
    When.EDGE_ON_TMG: _edge_on_tmg,
}
