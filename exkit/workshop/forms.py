"""Forms for what is selected: which fields it has, which answers each takes, and the edit that an answer means.

Answers come from the facts (versions, products, systems) and from the topology (zones, sites, servers). Not known is
always among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import JsonValue

from exkit.diagram.wording import PROTOCOL_WORDS, role_words, zone_words
from exkit.facts import Facts
from exkit.ports import OpenPort, ports_to_open
from exkit.topology import EXCHANGE_ROLES, Protocol, Role, Server, Topology, Version, ZoneKind
from exkit.workshop.edits import WHOLE, AnyStep, Change, Refused, Rename

Choice = tuple[JsonValue, str]  # the value in the file, and the words for it
YES_NO: tuple[Choice, ...] = ((True, "yes"), (False, "no"))


@dataclass(frozen=True)
class Field:
    """A field of a form. kind: `one` or `many` of the choices, `text`, `lines` of a firewall, `names` in order.

    A field that may be left open has `open`; without it an empty list is all that there is to say.
    """

    key: str
    label: str
    kind: str
    value: JsonValue
    choices: tuple[Choice, ...] = ()
    open: bool = True
    more: bool = False  # seldom needed: folded away


def form(topology: Topology, facts: Facts, section: str, name: str) -> tuple[Field, ...]:
    """The fields of an item; of the topology itself for the empty section. Raises Refused when it is not there."""
    if section == WHOLE:
        return tuple(_whole(topology))
    item = next((one for one in getattr(topology, section, ()) if getattr(one, "name", None) == name), None)
    if item is None:
        raise Refused(f"there is no {name!r} in {section.replace('_', ' ')} any more")
    plain = next(one for one in topology.to_plain()[section] if one["name"] == name)
    return tuple(_FIELDS[section](topology, facts, plain, item))


def steps_for(topology: Topology, section: str, name: str, key: str, value: JsonValue) -> tuple[AnyStep, ...]:
    """The edit that sets a field of a form; `host_firewall.enabled` is a part of a field."""
    if key == "name":
        return (Rename(section=section, name=name, to=str(value).strip()),)
    field, _, part = key.partition(".")
    if part:
        plain = topology.to_plain()
        item = plain if section == WHOLE else next((one for one in plain.get(section, ()) if one["name"] == name), {})
        whole = dict(item.get(field) or {})
        whole.pop(part, None)
        if value is not None:
            whole[part] = value
        value = whole or None
    if isinstance(value, str) and not value.strip():
        value = None
    return (Change(section=section, name=name, field=field, value=value),)


def _choices(values: Iterable[Any]) -> tuple[Choice, ...]:
    return tuple((str(value), str(value).replace("-", " ")) for value in values)


def _names(items: Iterable[Any]) -> tuple[Choice, ...]:
    return tuple((item.name, item.name) for item in items)


def _roles(version: Version | None, facts: Facts, held: Iterable[str]) -> tuple[Choice, ...]:
    """Exchange roles that the version has, by the facts, and what else a host can be; what it holds stays."""
    known = {row.role for row in facts.roles if version is None or row.version is version}
    kept = set(held)
    return tuple(
        (role.value, role_words(role))
        for role in Role
        if role not in EXCHANGE_ROLES or role in known or role.value in kept
    )


def _systems(version: Version | None, facts: Facts, value: JsonValue) -> tuple[Choice, ...]:
    fit = {row.platform for row in facts.platforms if row.version is version and row.part == "os"}
    offered = [(life.id, life.name) for life in facts.lives if life.kind == "os" and (not fit or life.id in fit)]
    other = [(value, str(value))] if value is not None and value not in {id for id, _ in offered} else []
    return (*other, *offered)


def _server(topology: Topology, facts: Facts, plain: Mapping[str, Any], item: Server) -> Iterator[Field]:
    get = plain.get
    exchange = item.is_exchange or item.version is not None
    products = tuple((one.id, one.name) for one in facts.products)
    yield Field("zone", "Zone", "one", get("zone"), _names(topology.zones))
    yield Field("roles", "Roles", "many", get("roles", []), _roles(item.version, facts, get("roles", ())), open=False)
    if exchange:
        yield Field("version", "Exchange version", "one", get("version"), _choices(Version))
    yield Field("domain_joined", "Member of a domain", "one", get("domain_joined"), YES_NO)
    if not item.is_edge:
        yield Field("site", "AD site", "one", get("site"), _names(topology.ad_sites))
    if item.holds(Role.EDGE_TRANSPORT):
        yield Field("subscribed_to", "Edge subscription to", "many", get("subscribed_to"), _names(topology.ad_sites))
    if item.holds(Role.DOMAIN_CONTROLLER):
        yield Field("global_catalog", "Global catalog", "one", get("global_catalog"), YES_NO)
    if item.holds(Role.REVERSE_PROXY, Role.LOAD_BALANCER, Role.SMTP_GATEWAY) or item.also_runs:
        yield Field("also_runs", "Runs", "many", get("also_runs", []), products, open=False)
    firewall = get("host_firewall") or {}
    if exchange:
        yield Field("host_firewall.enabled", "Windows Firewall is on", "one", firewall.get("enabled"), YES_NO)
        by = _choices(("setup", "scw", "manual", "none"))
        yield Field("host_firewall.configured_by", "Its rules come from", "one", firewall.get("configured_by"), by)
    yield Field("os", "Operating system", "one", get("os"), _systems(item.version, facts, get("os")), more=True)
    yield Field("forest", "Forest", "one", get("forest"), _names(topology.forests), more=True)
    if exchange:
        yield Field("build", "Build number", "text", get("build"), more=True)
        protection = _choices(("off", "allow", "require"))
        yield Field(
            "extended_protection", "Extended Protection", "one", get("extended_protection"), protection, more=True
        )
        audience = _choices(("internal", "external"))
        yield Field("audience", "Meant for users", "one", get("audience"), audience, more=True)
    yield Field("also_in", "Further network cards in", "many", get("also_in"), _names(topology.zones), more=True)
    yield Field("address", "Address", "text", get("address"), more=True)
    yield Field("name", "Name", "text", item.name, open=False)


def _zone(topology: Topology, facts: Facts, plain: Mapping[str, Any], item: Any) -> Iterator[Field]:
    kinds = tuple((kind.value, zone_words(kind)) for kind in ZoneKind)
    yield Field("kind", "Kind", "one", plain.get("kind"), kinds, open=False)
    yield Field("name", "Name", "text", item.name, open=False)


def _site(topology: Topology, facts: Facts, plain: Mapping[str, Any], item: Any) -> Iterator[Field]:
    yield Field("internet_facing", "Faces the Internet", "one", plain.get("internet_facing"), YES_NO)
    yield Field("name", "Name", "text", item.name, open=False)


def _forest(topology: Topology, facts: Facts, plain: Mapping[str, Any], item: Any) -> Iterator[Field]:
    yield Field("zone", "Zone of its domain controllers", "one", plain.get("zone"), _names(topology.zones))
    yield Field("name", "Name", "text", item.name, open=False)


def _firewall(topology: Topology, facts: Facts, plain: Mapping[str, Any], item: Any) -> Iterator[Field]:
    get = plain.get
    ends = (("any", "any"), *_names(topology.zones), *_names(topology.servers))
    yield Field("allow", "What it lets pass", "lines", get("allow"), ends)
    inspects = (("esmtp", "SMTP commands"), ("tls", "inside TLS"))
    yield Field("inspects", "Reads or changes what passes", "many", get("inspects"), inspects)
    yield Field("nat", "Translates addresses", "one", get("nat"), YES_NO)
    kinds = _choices(("network", "router-acl", "security-group", "application-firewall", "site-to-site-vpn"))
    yield Field("kind", "Kind", "one", get("kind"), kinds)
    yield Field("between", "Stands between", "many", get("between"), _names(topology.zones), open=False, more=True)
    yield Field("host", "Is this server of the file", "one", get("host"), _names(topology.servers), more=True)
    yield Field("name", "Name", "text", item.name, open=False)


def _publishing(topology: Topology, facts: Facts, plain: Mapping[str, Any], item: Any) -> Iterator[Field]:
    get = plain.get
    used = facts.product(item.product) if item.product else None
    offered = used.protocols if used else tuple(Protocol)
    protocols = tuple((one.value, PROTOCOL_WORDS.get(one, one.value.upper())) for one in offered)
    products = (("other", "another product"), *((one.id, one.name) for one in facts.products))
    yield Field("targets", "Leads to", "many", get("targets"), _names(topology.servers))
    yield Field("protocols", "Publishes", "many", get("protocols"), protocols)
    kinds = _choices(("reverse-proxy", "load-balancer", "port-forward", "cloud-connector"))
    yield Field("kind", "Kind", "one", get("kind"), kinds)
    yield Field("product", "Product", "one", get("product"), products)
    preauth = _choices(("none", "forms", "basic", "ntlm", "kerberos", "certificate", "adfs", "entra"))
    yield Field("preauth", "Pre-authentication", "one", get("preauth"), preauth)
    validation = _choices(("active-directory", "ldap", "radius", "adfs", "entra"))
    yield Field("validation", "Validates accounts with", "one", get("validation"), validation)
    delegation = _choices(("none", "basic", "ntlm", "kcd"))
    yield Field("delegation", "Logs on to Exchange by", "one", get("delegation"), delegation)
    target_auth = _choices(("forms", "basic", "windows", "adfs"))
    yield Field("target_auth", "Exchange asks for", "many", get("target_auth"), target_auth)
    yield Field("tls", "TLS", "one", get("tls"), _choices(("bridging", "pass-through", "offload")))
    yield Field("same_certificate", "Same certificate on both", "one", get("same_certificate"), YES_NO)
    yield Field("source_nat", "Hides the client's address", "one", get("source_nat"), YES_NO)
    yield Field("host", "Runs on", "one", get("host"), _names(topology.servers), more=True)
    if item.host is None:
        yield Field("zone", "Zone", "one", get("zone"), _names(topology.zones), more=True)
        yield Field("domain_joined", "Member of a domain", "one", get("domain_joined"), YES_NO, more=True)
    yield Field("name", "Name", "text", item.name, open=False)


def _dag(topology: Topology, facts: Facts, plain: Mapping[str, Any], item: Any) -> Iterator[Field]:
    kinds = (("dag", "database availability group"), ("ccr", "CCR cluster"), ("scc", "single copy cluster"))
    yield Field("kind", "Kind", "one", item.kind, kinds, open=False)
    mailbox = [one for one in topology.servers if one.holds(Role.MAILBOX) or one.name in item.members]
    yield Field("members", "Members", "many", plain.get("members", []), _names(mailbox), open=False)
    yield Field("witness", "Witness", "one", plain.get("witness"), _names(topology.servers))
    yield Field("name", "Name", "text", item.name, open=False)


def _whole(topology: Topology) -> Iterator[Field]:
    plain = topology.to_plain()
    hybrid = plain.get("hybrid") or {}
    yield Field("customer", "Customer", "text", topology.customer, open=False)
    yield Field("as_of", "Judge as of (empty: today)", "text", plain.get("as_of"))
    ways = _choices(("none", "classic", "modern", "classic-minimal", "classic-express", "classic-full", "modern-full"))
    yield Field("hybrid.topology", "Hybrid with Exchange Online", "one", hybrid.get("topology"), ways)
    if hybrid.get("topology", "none") != "none":
        yield Field("hybrid.modern_auth", "Modern authentication", "one", hybrid.get("modern_auth"), YES_NO)
        yield Field("hybrid.agent", "Hybrid Agent", "one", hybrid.get("agent"), _names(topology.servers))
        yield Field("hybrid.targets", "Leads to", "many", hybrid.get("targets"), _names(topology.servers))
    deployments = (("standard", "standard"), ("hmc-4.5", "Hosted Messaging and Collaboration 4.5"))
    yield Field("deployment", "Deployment", "one", topology.deployment, deployments, open=False, more=True)


_FIELDS: dict[str, Any] = {
    "zones": _zone, "ad_sites": _site, "forests": _forest, "servers": _server, "firewalls": _firewall,
    "publishing": _publishing, "dags": _dag,
}  # fmt: skip


def needed_lines(
    topology: Topology, facts: Facts, device: str, needs: Collection[str] = ("required",)
) -> list[dict[str, JsonValue]]:
    """The lines that a firewall needs and no more, by the ports table: what is required, not what is optional.

    `needs` may take in what is `conditional`. Raises Refused where the vendor allows no port list: there all must pass,
    or a server stands in the wrong zone.
    """
    rows = [row for row in ports_to_open(topology, facts) if device in (row.devices or _from_outside(topology, row))]
    free = sorted({name for row in rows if row.filter == "any-any" for name in (*row.sources, *row.targets)})
    if free:
        raise Refused(
            f"{device} stands between servers that must reach each other on every port ({', '.join(free[:8])}): "
            "no list of ports is supported there. Move servers, or let everything pass"
        )
    lines: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        for ends in product(row.sources, row.targets) if row.need in needs else ():
            lines.setdefault(ends, {}).update(dict.fromkeys(row.ports))
    return [{"from": source, "to": target, "ports": list(ports)} for (source, target), ports in lines.items() if ports]


def _from_outside(topology: Topology, row: OpenPort) -> frozenset[str]:
    """The firewalls between the Internet and a host, which the ports table leaves to whoever knows the way."""
    zones = {zone.name: zone.name for zone in topology.zones} | {one.name: one.zone for one in topology.servers}
    ends = {zones.get(name) for name in (*row.sources, *row.targets)}
    if len(ends) != 2 or None in ends:
        return frozenset()
    start, goal = sorted(end for end in ends if end)
    ways: dict[str, frozenset[str]] = {start: frozenset()}
    fresh = [start]
    while fresh and goal not in ways:
        steps = [(at, one) for at in fresh for one in topology.firewalls if at in one.between]
        found = {leg: ways[at] | {one.name} for at, one in steps for leg in one.between if leg not in ways}
        ways |= found
        fresh = list(found)
    return ways.get(goal, frozenset())
