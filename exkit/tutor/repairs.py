"""When a repair counts: the finding is gone, nothing else went wrong, and the customer still has what he had.

Pure. Whoever answers may not make the world other than it is: not the day, not what a network is, not what is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product

from pydantic import BaseModel

from exkit.advice import Finding, advise
from exkit.facts import Facts
from exkit.flows import HTTP
from exkit.paths import Network, PortSet
from exkit.ports import OpenPort, ports_to_open
from exkit.topology import EXCHANGE_ROLES, Protocol, Role, Server, Topology, ZoneKind
from exkit.verdict import Verdict

DIRECTORY = {Role.DOMAIN_CONTROLLER, Role.READ_ONLY_DOMAIN_CONTROLLER}
BAD = (Verdict.UNSUPPORTED, Verdict.NOT_RECOMMENDED)
ITEMS = ("zones", "ad_sites", "forests", "servers", "firewalls", "publishing", "dags")
# Words by which the fix of a statement says that something is to go.
GOES = ("remove", "retire", "replace")
EP_OFF, HMA_OFF = "Extended Protection off", "modern authentication off"  # the same for what is to be switched off
CLOSED = "-ports-missing"  # statements of what a firewall does not let pass and must
UNPUBLISHES = ("not publish", "not at all", "out of what is published")


def bad(finding: Finding) -> bool:
    """Whether a finding wants a repair."""
    return finding.verdict in BAD


def wrong_with(topology: Topology, finding: Finding, repaired: Topology, facts: Facts) -> str:
    """What is wrong with a repair, in a sentence; empty when it is correct. The topology names its day.

    >>> from exkit import facts
    >>> from exkit.tutor.example import example
    >>> out = example("recommended-2010").change("servers.CAS1.zone", "dmz")
    >>> (fault,) = [one for one in out.advice.findings if one.statement == "cas-in-perimeter"]
    >>> wrong_with(out.topology, fault, out.change("servers.CAS1.zone", "lan").topology, facts.load())
    ''
    >>> wrong_with(out.topology, fault, out.change("servers.CAS1.zone", None).topology, facts.load())
    'CAS1: zone was known. To leave it open is a question, not a repair.'
    """
    return next(
        chain(
            _untouched(topology, finding, repaired),
            _made_up(topology, repaired),
            _forgotten(topology, repaired),
            _thrown_away(topology, finding, repaired),
            _given_up(topology, finding, repaired),
            _no_mail(topology, repaired),
            _unpublished(topology, finding, repaired, facts),
            _judged(topology, finding, repaired, facts),
            _stopped(topology, repaired, facts),
            _unreached(topology, repaired),
            _explained_away(topology, finding, repaired),
        ),
        "",
    )


def _untouched(topology: Topology, finding: Finding, repaired: Topology) -> Iterator[str]:
    if repaired == topology:
        yield f"It is still {finding.verdict.words}: {finding.summary}"


def _made_up(topology: Topology, repaired: Topology) -> Iterator[str]:
    """What no choice of the customer is, or no way back."""
    if repaired.as_of != topology.as_of:
        yield "The day to judge for is given; a repair is made on that day."
    if repaired.deployment != topology.deployment:
        yield "What was deployed is a fact; calling it something else repairs nothing."
    kinds = {zone.name: zone.kind for zone in repaired.zones}
    for zone in topology.zones:
        if kinds.get(zone.name, zone.kind) is not zone.kind:
            yield f"{zone.name} is what it is: calling a network something else moves no server and no firewall."
    now = {server.name: server for server in repaired.servers}
    for server in topology.servers:
        after = now.get(server.name, server)
        if server.version and after.version and after.version.age < server.version.age:
            yield f"{server.name} cannot go back from Exchange {server.version} to {after.version}."
        if server.version is after.version and _number(after.build) < _number(server.build):
            yield f"{server.name} cannot go back from build {server.build} to {after.build}."
    facing = {site.name: site.internet_facing for site in repaired.ad_sites}
    for site in topology.ad_sites:
        if facing.get(site.name, site.internet_facing) is not site.internet_facing is not None:
            yield f"Which sites face the Internet is a fact; {site.name} is one of those that were told of."


def _number(build: str | None) -> list[int]:
    return [int(part) for part in (build or "").split(".") if part.isdecimal()]


def _forgotten(topology: Topology, repaired: Topology) -> Iterator[str]:
    """What was known and is not any more. Unknown is a question, never a yes."""
    for section in ITEMS:
        now = {item.name: item for item in getattr(repaired, section)}
        for item in getattr(topology, section):
            for field in _lost(item, now.get(item.name)):
                yield f"{item.name}: {field} was known. To leave it open is a question, not a repair."
    products = {rule.name: rule.product for rule in repaired.publishing}
    for rule in topology.publishing:
        if products.get(rule.name) == "other" != rule.product:
            yield f"{rule.name}: by which product? One that is not named cannot be judged."
    if topology.hybrid is not None:
        for field in ("hybrid",) if repaired.hybrid is None else _lost(topology.hybrid, repaired.hybrid):
            yield f"{field} was known. To leave it open is a question, not a repair."


def _lost(was: BaseModel, now: BaseModel | None) -> Iterator[str]:
    for field in type(was).model_fields if now is not None else ():
        old, new = getattr(was, field), getattr(now, field)
        if old is not None and new is None:
            yield field.replace("_", " ")
        elif isinstance(old, BaseModel) and isinstance(new, BaseModel):
            yield from _lost(old, new)


def _thrown_away(topology: Topology, finding: Finding, repaired: Topology) -> Iterator[str]:
    """What the customer had: each server and device, each role, what is published, the hybrid."""
    may_go = set(finding.subjects) if any(word in finding.fix.lower() for word in GOES) else set()
    for section in ("zones", "servers", "firewalls", "dags"):
        kept = {item.name for item in getattr(repaired, section)}
        for item in getattr(topology, section):
            if item.name not in kept | may_go:
                yield f"{item.name} is gone. The customer needs it: repair the choice, do not throw it away."
    held = {role for server in repaired.servers for role in server.roles}
    for server in topology.servers:
        for role in server.roles:
            if role not in held and role is not Role.READ_ONLY_DOMAIN_CONTROLLER:  # a writable one does its work
                yield f"No server holds {role} any more, and {server.name} did. Its work still has to be done."
    for dag in topology.dags:
        members = next((one.members for one in repaired.dags if one.name == dag.name), dag.members)
        if not set(members) >= set(dag.members) - may_go:
            yield f"{dag.name} lost a member, and with it a copy of the mailboxes."
    if topology.hybrid and topology.hybrid.topology != "none" and repaired.hybrid:
        if repaired.hybrid.topology == "none":
            yield "The link to Exchange Online is gone; the customer uses it."
        if topology.hybrid.targets and not repaired.hybrid.targets:
            yield "The link to Exchange Online leads to no server any more."


def _given_up(topology: Topology, finding: Finding, repaired: Topology) -> Iterator[str]:
    """What protects the customer, unless the fix itself gives it up."""
    now = {server.name: server.extended_protection for server in repaired.servers}
    if EP_OFF not in finding.fix:
        for server in topology.servers:
            if server.extended_protection in ("allow", "require") and now.get(server.name) == "off":
                yield f"{server.name} loses Extended Protection, and that is not needed here."
    signs_on = topology.hybrid is not None and topology.hybrid.modern_auth is True
    if signs_on and HMA_OFF not in finding.fix and repaired.hybrid and repaired.hybrid.modern_auth is not True:
        yield "Modern authentication is off, and people sign on by it; that is not needed here."


def _explained_away(topology: Topology, finding: Finding, repaired: Topology) -> Iterator[str]:
    """What would only hide the fault, or lead round it: other work for a host, another card, a target that is none."""
    was = {server.name: server for server in topology.servers}
    for server in repaired.servers:
        before = was.get(server.name, server)
        for role in set(server.roles) - set(before.roles) - EXCHANGE_ROLES - {Role.WITNESS}:
            if role not in DIRECTORY or not DIRECTORY & set(before.roles):
                yield f"{server.name} is no {role}, and becomes none by a repair: that would be another host."
        if set(server.also_in or ()) - set(before.also_in or ()) and finding.topic != "dag-network":
            yield f"{server.name} gets a card in another network, and that leads round the firewall."
    led = {target for rule in topology.publishing for target in rule.targets or ()}
    for rule in repaired.publishing:
        for target in sorted(set(rule.targets or ()) - led):
            if target in was and not was[target].is_exchange and Role.LOAD_BALANCER not in was[target].roles:
                yield f"{target} answers no clients, and {rule.name} leads to it."


def _no_mail(topology: Topology, repaired: Topology) -> Iterator[str]:
    """Mail that came from outside still comes to a server with an Exchange role, and what went out still goes."""
    for way, words in ((_mail_in, "comes in from"), (_mail_out, "goes out to")):
        kept = way(repaired)
        for outside in sorted(way(topology) - kept):
            yield f"No mail {words} {outside} any more."


def _mail_in(topology: Topology) -> set[str]:
    inside = _inside(topology)
    return {flow.path[0] for flow in topology.mail_flow if flow.path[-1] in inside and flow.path[0] not in inside}


def _mail_out(topology: Topology) -> set[str]:
    inside = _inside(topology)
    return {flow.path[-1] for flow in topology.mail_flow if flow.path[0] in inside and flow.path[-1] not in inside}


def _inside(topology: Topology) -> set[str]:
    return {server.name for server in topology.servers if server.is_exchange and not server.is_edge}


def _judged(topology: Topology, finding: Finding, repaired: Topology, facts: Facts) -> Iterator[str]:
    """The finding is gone, no other came or became worse, no question was opened, and no port is missing."""
    assert topology.as_of is not None
    now = advise(repaired, facts, topology.as_of).findings
    for one in now:
        if one.id == finding.id and bad(one):
            yield f"It is still {one.verdict.words}: {one.summary}"
    was = {one.id: one for one in advise(topology, facts, topology.as_of).findings}
    for one in (one for one in now if one.id not in was or one.verdict.worse_than(was[one.id].verdict)):
        if bad(one):
            yield f"This brings something else that is {one.verdict.words}: {one.summary}"
        if one.question:
            yield f"This opens a question, and a repair leaves none: {one.question.text}"
        if one.statement.endswith(CLOSED):
            yield f"Then something is cut off: {one.summary}"


def _unpublished(topology: Topology, finding: Finding, repaired: Topology, facts: Facts) -> Iterator[str]:
    """What people used from outside, unless the fix takes it off and nothing less would do."""
    takes_off = any(word in finding.fix for word in UNPUBLISHES)
    for protocol in sorted(_published(topology) - _published(repaired)):
        if not takes_off or not _needed_to_go(topology, finding, repaired, facts, protocol):
            yield f"{protocol} is published no more, and people use it."


def _published(topology: Topology) -> set[Protocol]:
    return {protocol for rule in topology.publishing if rule.targets for protocol in rule.protocols or ()}


def _needed_to_go(topology: Topology, finding: Finding, repaired: Topology, facts: Facts, protocol: Protocol) -> bool:
    """Whether the finding would be back with this protocol published as before."""
    assert topology.as_of is not None
    carried = {rule.name for rule in topology.publishing if protocol in (rule.protocols or ())}
    publishing = tuple(
        rule.model_copy(update={"protocols": (*(rule.protocols or ()), protocol)}) if rule.name in carried else rule
        for rule in repaired.publishing
    )
    back = repaired.model_copy(update={"publishing": publishing})
    return any(one.id == finding.id for one in advise(back, facts, topology.as_of).findings)


def _stopped(topology: Topology, repaired: Topology, facts: Facts) -> Iterator[str]:
    """What passed before and must pass now, and does not."""
    was, now = _Doors(topology), _Doors(repaired)
    for row in ports_to_open(repaired, facts):
        if row.need != "required" or row.filter == "any-any":
            continue
        for source, target in product(row.sources, row.targets):
            if was.passes(source, target, row) and not now.passes(source, target, row):
                ports = ", ".join(row.ports)
                yield f"{source} can no longer reach {target} on {ports}, which it needs: {row.path}."


def _unreached(topology: Topology, repaired: Topology) -> Iterator[str]:
    """What the Internet reached before and does not any more: clients on 443, mail on 25."""
    was, now = (_Doors(one).taken() for one in (topology, repaired))
    for word in sorted((was - now) & {"mail", *map(str, _published(repaired))}):
        yield f"{word} from the Internet cannot come in any more: a firewall on its way does not let it pass."


class _Doors:
    """Who can open what towards whom in a topology, the Internet among them."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.network = Network(topology)
        self.hosts: dict[str, Server] = {server.name: server for server in topology.servers}
        self.internet = {zone.name for zone in topology.zones if zone.kind is ZoneKind.INTERNET}

    def passes(self, source: str, target: str, row: OpenPort) -> bool:
        wanted = PortSet.of(row.ports)
        if source in self.hosts and target in self.hosts:
            return self.network.passes(self.hosts[source], self.hosts[target], wanted) is True
        host = self.hosts.get(source) or self.hosts.get(target)
        if host is None:
            return False
        side = 0 if source in self.hosts else 1
        for route in self.network.routes_out(host):
            opened = [self.network.opened_out(device, host) for device in route]
            if all(ports is None or ports[side].covers(wanted) for ports in opened):
                return True
        return False

    def taken(self) -> set[str]:
        """The protocols that come in from the Internet, each by one way at least, and mail."""
        ways: list[tuple[str, str, tuple[str, ...]]] = [
            (protocol, "443/tcp", (rule.host,) if rule.host else rule.targets or ())
            for rule in self.topology.publishing
            for protocol in set(rule.protocols or ()) & HTTP
        ]
        ways += [
            ("mail", "25/tcp", flow.path[1:2]) for flow in self.topology.mail_flow if flow.path[0] in self.internet
        ]
        return {str(word) for word, port, hosts in ways if any(self.from_internet(host, port) for host in hosts)}

    def from_internet(self, host: str, port: str) -> bool:
        """Whether a host can be reached from the Internet on a port."""
        server = self.hosts.get(host)
        routes = self.network.routes_out(server) if server else ()
        return any(
            all(
                (opened := self.network.opened_out(device, server)) is None or opened[1].covers(PortSet.of((port,)))
                for device in route
            )
            for route in routes
            if server
        )
