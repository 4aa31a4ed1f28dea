"""What can be added to a topology with a click or a drag, and the edits that this means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from exkit.diagram.wording import role_words, zone_words
from exkit.facts import Facts
from exkit.topology import Role, Server, Topology, Version, ZoneKind
from exkit.workshop.edits import ARROW, Add, AnyStep, Change, Refused, fresh_name

STEMS = {
    Role.CLIENT_ACCESS: "CAS", Role.HUB_TRANSPORT: "HUB", Role.MAILBOX: "MBX", Role.UNIFIED_MESSAGING: "UM",
    Role.EDGE_TRANSPORT: "EDGE", Role.FRONT_END: "FE", Role.BACK_END: "BE", Role.DOMAIN_CONTROLLER: "DC",
    Role.REVERSE_PROXY: "PROXY", Role.LOAD_BALANCER: "LB", Role.SMTP_GATEWAY: "GW", Role.WITNESS: "FS",
    Role.ADFS: "ADFS", Role.HYBRID_AGENT: "AGENT",
}  # fmt: skip
OFTEN = (Role.DOMAIN_CONTROLLER, Role.REVERSE_PROXY)
OTHERS = tuple(role for role in STEMS if list(Role).index(role) > 6)
ZONES = {
    ZoneKind.INTERNET: "internet", ZoneKind.PERIMETER: "dmz", ZoneKind.INTERNAL: "lan",
    ZoneKind.REPLICATION: "replication",
}  # fmt: skip
ALL_ROLES = "all-roles"
NEWEST_ASKED = Version.V2010  # what a blank workshop offers first; the list beside the palette has the others


@dataclass(frozen=True)
class Thing:
    """Something in the palette. group: server, seldom (a server too), zone, `chain` (drawn between things), single."""

    kind: str
    label: str
    group: str


CHAINS = (
    Thing("firewall", "Firewall", "chain"),
    Thing("publishing", "Publishing", "chain"),
    Thing("mail", "Mail flow", "chain"),
    Thing("dag", "DAG", "chain"),
    Thing("site", "AD site", "single"),
)


def palette(facts: Facts, version: Version) -> tuple[Thing, ...]:
    """What a topology of this version can be made of, by the facts on roles."""
    roles = {row.role for row in facts.roles if row.version is version}
    own = [role for role in STEMS if role in roles and role not in OTHERS]
    servers = [Thing(role.value, role_words(role), "server") for role in (*own, *OFTEN)]
    servers += [Thing(role.value, role_words(role), "seldom") for role in OTHERS if role not in OFTEN]
    if len([role for role in own if role is not Role.EDGE_TRANSPORT]) > 1 and version.age >= Version.V2007.age:
        servers.insert(0, Thing(ALL_ROLES, "All roles on one", "server"))
    zones = [Thing(kind.value, zone_words(kind).capitalize(), "zone") for kind in ZONES]
    return (*servers, *zones, *CHAINS)


def version_of(topology: Topology) -> Version:
    """The version that most Exchange servers run: what a new one most likely is."""
    counts = Counter(server.version for server in topology.servers if server.is_exchange and server.version)
    return counts.most_common(1)[0][0] if counts else NEWEST_ASKED


def placed(topology: Topology, facts: Facts, kind: str, zone: str, version: Version) -> tuple[tuple[AnyStep, ...], str]:
    """The edit that adds a thing, and the new thing's name. A server stands in a zone; a zone may be empty for others.

    Only what is certain is written: the site where there is one only, the roles, the version. All else is asked.
    """
    if kind in {one.value for one in ZONES}:
        return _zone(topology, ZoneKind(kind))
    if kind == "site":
        name = fresh_name("Site", [site.name for site in topology.ad_sites])
        return (Add(section="ad_sites", item={"name": name}),), name
    known = {role.value: role for role in STEMS}
    if kind != ALL_ROLES and kind not in known:
        raise Refused(f"the palette holds no {kind!r}")
    roles = _all_roles(facts, version) if kind == ALL_ROLES else (known[kind],)
    name = fresh_name("EX" if kind == ALL_ROLES else STEMS[roles[0]], _taken(topology))
    item: dict[str, JsonValue] = {"name": name, "roles": [role.value for role in roles]}
    probe = Server(name=name, roles=roles)
    if probe.is_exchange:
        item["version"] = version.value
    if zone:
        item["zone"] = zone
    inside = probe.is_exchange and not probe.is_edge
    if (inside or probe.holds(Role.DOMAIN_CONTROLLER)) and len(topology.ad_sites) == 1:
        item["site"] = topology.ad_sites[0].name
    if (inside or probe.holds(Role.DOMAIN_CONTROLLER)) and len(topology.forests) == 1:
        item["forest"] = topology.forests[0].name
    return (Add(section="servers", item=item),), name


def _all_roles(facts: Facts, version: Version) -> tuple[Role, ...]:
    """The roles that a server inside holds when it holds all; Unified Messaging was seldom among them."""
    roles = {row.role for row in facts.roles if row.version is version}
    return tuple(role for role in (Role.CLIENT_ACCESS, Role.HUB_TRANSPORT, Role.MAILBOX) if role in roles)


def _taken(topology: Topology) -> list[str]:
    return [*(server.name for server in topology.servers), *(zone.name for zone in topology.zones)]


def _zone(topology: Topology, kind: ZoneKind) -> tuple[tuple[AnyStep, ...], str]:
    taken = _taken(topology)
    stem = ZONES[kind]
    name = stem if stem not in taken else fresh_name(stem, taken)
    return (Add(section="zones", item={"name": name, "kind": kind.value}),), name


def drawn(topology: Topology, kind: str, ends: Sequence[str]) -> tuple[tuple[AnyStep, ...], str, str]:
    """The edit that connects things, with the section and name of what came of it."""
    servers = {server.name: server for server in topology.servers}
    zones = {zone.name: zone for zone in topology.zones}
    if kind == "firewall":
        _only(ends, zones, "zones", at_least=2)
        stem = "outer" if any(zones[name].kind is ZoneKind.INTERNET for name in ends) else "inner"
        taken = [device.name for device in topology.firewalls]
        name = stem if stem not in taken else fresh_name(stem, taken)
        return (Add(section="firewalls", item={"name": name, "between": list(ends)}),), "firewalls", name
    if kind == "publishing":
        hops = [name for name in ends if name in servers]
        _only(hops, servers, "servers", at_least=2)
        name = fresh_name("publishing", [rule.name for rule in topology.publishing])
        return (Add(section="publishing", item=_rule(name, servers[hops[0]], hops[1:])),), "publishing", name
    if kind == "mail":
        if len(ends) < 2:
            raise Refused("mail flows from one place to another: name two at least")
        path: list[JsonValue] = ["internet" if _is_internet(zones, name) else name for name in ends]
        item: dict[str, JsonValue] = {"path": path}
        if list(path) in [list(flow.path) for flow in topology.mail_flow]:
            raise Refused("that mail flow is there already")
        return (Add(section="mail_flow", item=item),), "mail_flow", ARROW.join(map(str, path))
    if kind == "dag":
        _only(ends, servers, "servers", at_least=1)
        name = fresh_name("DAG", [group.name for group in topology.dags])
        members: list[JsonValue] = [end for end in ends if not servers[end].holds(Role.WITNESS)]
        witness = [end for end in ends if servers[end].holds(Role.WITNESS)]
        group: dict[str, JsonValue] = {"name": name, "members": members}
        if any(servers[end].version is Version.V2007 for end in ends):
            group["kind"] = "ccr"
        if witness:
            group["witness"] = witness[0]
        return (Add(section="dags", item=group),), "dags", name
    raise Refused(f"{kind!r} cannot be drawn")


def _is_internet(zones: Mapping[str, object], name: str) -> bool:
    return getattr(zones.get(name), "kind", None) is ZoneKind.INTERNET


def _only(ends: Sequence[str], known: Mapping[str, object], what: str, at_least: int) -> None:
    wrong = [name for name in ends if name not in known]
    if wrong or len(set(ends)) < at_least:
        raise Refused(
            f"this is drawn between {at_least} or more different {what}" + (f", not {wrong[0]}" if wrong else "")
        )


def _rule(name: str, host: Server, targets: Sequence[str]) -> dict[str, JsonValue]:
    item: dict[str, JsonValue] = {"name": name, "host": host.name, "targets": list(targets)}
    if host.holds(Role.LOAD_BALANCER):
        item["kind"] = "load-balancer"
    elif host.holds(Role.REVERSE_PROXY):
        item["kind"] = "reverse-proxy"
    if len(host.also_runs) == 1:
        item["product"] = host.also_runs[0]
    return item


def moved(topology: Topology, server: str, zone: str | None) -> tuple[AnyStep, ...]:
    """The edit that puts a server into another zone; no zone means not known."""
    return (Change(section="servers", name=server, field="zone", value=zone),)
