"""How mail comes in from the Internet and reaches the first Exchange server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from exkit.paths import PortSet
from exkit.rules.base import (
    BEFORE_2013,
    Case,
    Evidence,
    Match,
    Question,
    fact,
    from_2013,
    listed,
    modern,
    names,
    rule,
    versions,
    written,
)
from exkit.rules.hybrid_mail import legs
from exkit.topology import MailFlow, Protocol, Publishing, Role, Server, Version, ZoneKind

SMTP = PortSet.of(["25/tcp"])
Hop = tuple[Evidence, str, Server, Server | None]  # the path, where it enters, the first host, the host after that
PASSES_ON = (Role.LOAD_BALANCER, Role.REVERSE_PROXY)


def _entries(case: Case, *services: str) -> Iterator[Hop]:
    """Where mail paths enter from the Internet (or from a service, as `eop`), with the next host. Balancers and proxies
    only pass mail on; of a chain of gateways the last one counts."""
    for index, flow in enumerate(case.topology.mail_flow):
        for (here, there), (_, after) in pairwise(pairwise((*_hops(case, flow), None))):
            first = case.host(there)
            if here in {*case.internet, *services} and first is not None:
                yield _path(index, flow), here, first, case.host(after)


def _path(index: int, flow: MailFlow) -> Evidence:
    """A mail path as the file has it: with the hosts that only pass mail on, and its own word for the Internet."""
    return Evidence(f"mail_flow.{index}.path", written(flow.path))


def _hops(case: Case, flow: MailFlow) -> list[str]:
    """A mail path without the hosts that only pass mail on."""
    return [name for name in flow.path if not ((host := case.host(name)) and _passes_on(host))]


def _passes_on(server: Server) -> bool:
    return server.holds(*PASSES_ON) and not server.is_exchange and not server.holds(Role.SMTP_GATEWAY)


def _takes_mail(server: Server) -> bool:
    return server.is_exchange and not server.is_edge and server.version is not None


def _takes_smtp(case: Case, server: Server) -> bool:
    """Whether mail from outside may be handed to a server: Hub, its forerunners and successors, Edge, and Client Access
    of 2013."""
    front_end_2013 = server.version is Version.V2013 and server.holds(Role.CLIENT_ACCESS)
    old = server.version in (Version.V2000, Version.V2003)
    return old or case.is_hub(server) or server.holds(Role.EDGE_TRANSPORT) or front_end_2013


@rule("edge-then-hub-flow")
def edge_then_hub(case: Case) -> Iterator[Match]:
    """Mail goes from the Internet to Edge and on to a Hub server."""
    for path, _, first, after in _entries(case):
        if first.is_edge and after is not None and case.is_hub(after):
            summary = f"Mail from the Internet reaches {first.name} first, then {after.name}."
            yield Match("edge-then-hub-flow", (first.name, after.name), summary, (path,), versions(first, after))


@rule("gateway-before-eop")
def gateway_before_the_cloud(case: Case) -> Iterator[Match]:
    """An SMTP gateway takes mail from the Internet and hands it to Exchange Online Protection."""
    for index, flow in enumerate(case.topology.mail_flow):
        for here, there in pairwise(flow.path):
            gateway, enters = case.host(here), flow.path[0] in case.internet
            if there == "eop" and gateway is not None and gateway.holds(Role.SMTP_GATEWAY) and enters:
                summary = f"Mail from the Internet reaches the SMTP gateway {here} before Exchange Online Protection."
                evidence = (_path(index, flow),)
                yield Match("gateway-before-eop", (here,), summary, evidence)


@rule("third-party-gateway-instead-of-edge")
def gateway_on_the_way_out(case: Case) -> Iterator[Match]:
    """Exchange of 2013 or later sends mail to the Internet through an SMTP gateway."""
    for index, flow in enumerate(case.topology.mail_flow):
        if flow.path[-1] not in case.internet:
            continue
        for here, there in pairwise(_hops(case, flow)):
            sender, gateway = case.by_name.get(here), case.by_name.get(there)
            if sender is None or gateway is None or not from_2013(sender) or not gateway.holds(Role.SMTP_GATEWAY):
                continue
            if case.is_hub(sender) or sender.is_edge:
                summary = f"{here} sends mail to the Internet through the SMTP gateway {there}."
                evidence = (_path(index, flow), fact(gateway, "roles"))
                statement = "third-party-gateway-instead-of-edge"
                yield Match(statement, (there, here), summary, evidence, versions(sender))


@rule("third-party-gateway-instead-of-edge", "gateway-plus-edge", "smtp-relay-in-perimeter-legacy")
def gateway_first(case: Case) -> Iterator[Match]:
    """An SMTP gateway takes mail from the Internet, or from a hosted filter, and hands it on."""
    for path, here, first, after in _entries(case, "eop"):
        if not first.holds(Role.SMTP_GATEWAY) or after is None or not after.is_exchange or after.version is None:
            continue
        if after.is_edge:
            statement = "gateway-plus-edge"
        elif modern(after):
            if not _takes_smtp(case, after):
                continue
            statement = "third-party-gateway-instead-of-edge"
        else:
            statement = "smtp-relay-in-perimeter-legacy"
        whence = "Exchange Online Protection" if here == "eop" else "the Internet"
        summary = f"Mail from {whence} reaches the SMTP gateway {first.name} first, then {after.name}."
        evidence = (path, fact(first, "roles"))
        yield Match(statement, (first.name, after.name), summary, evidence, versions(after))


def _submission(case: Case, published: Publishing, server: Server) -> bool:
    """Whether `smtp` of a publishing rule is what clients submit (587), not mail from the Internet: it goes with their
    mailbox protocols, or 25 does not pass."""
    host = case.by_name.get(published.host or "")
    closed = host is not None and case.network.passes(host, server, SMTP) is False
    return closed or bool({Protocol.IMAP, Protocol.POP} & set(published.protocols or ()))


def _meant(case: Case, servers: list[Server], entries: set[str]) -> list[Server]:
    """For whom a line that opens 25 to several hosts is meant: where a mail path enters; else a gateway or an Edge
    server, which are none of these; else the newest that take mail."""
    if len(servers) > 1 and entries:
        return [server for server in servers if server.name in entries]
    if any(server.is_edge or server.holds(Role.SMTP_GATEWAY) for server in servers):
        return []
    taking = [server for server in servers if _takes_mail(server) and _takes_smtp(case, server)]
    newest = max((server.version.age for server in taking if server.version), default=0)
    return [server for server in taking if server.version and server.version.age == newest]


def _straight(case: Case) -> Iterator[tuple[Server, Evidence]]:
    """Exchange servers but Edge that take SMTP from the Internet, and what says so. What opens 25 to the end of hybrid
    mail is there for Exchange Online: it does not tell that other mail comes the same way."""
    hybrid = {leg.end.name for leg in legs(case)}
    for path, _, first, _ in _entries(case):
        if _takes_mail(first) and _takes_smtp(case, first):
            yield first, path
    lines: dict[Evidence, list[Server]] = defaultdict(list)
    for opening in case.from_internet:
        if opening.ports.covers(SMTP):
            lines[opening.evidence].append(opening.server)
    entries = {first.name for _, _, first, _ in _entries(case)}
    for evidence, servers in lines.items():
        for server in _meant(case, servers, entries):
            if _takes_mail(server) and _takes_smtp(case, server) and server.name not in hybrid:
                yield server, evidence
    for published in case.topology.publishing:
        if Protocol.SMTP in (published.protocols or ()) and published.kind != "cloud-connector":
            for target in published.targets or ():
                server = case.by_name[target]
                other = server.name in hybrid or _submission(case, published, server)
                if _takes_mail(server) and _takes_smtp(case, server) and not other:
                    yield server, Evidence(f"publishing.{published.name}.targets", target)


@rule("smtp-direct-to-hub", "smtp-direct-to-mailbox-2013", "hmc45-edge-replaced")
def straight_to_a_hub(case: Case) -> Iterator[Match]:
    """Mail from the Internet goes straight to a Hub Transport server, or to a bridgehead of 2000 or 2003."""
    found: dict[str, list[Evidence]] = {}
    for server, evidence in _straight(case):
        found.setdefault(server.name, []).append(evidence)
    for name in sorted(found):
        server = case.by_name[name]
        summary = f"Mail from the Internet goes straight to {name}, without Edge Transport or another SMTP gateway."
        no_front_end = server.version is Version.V2013 and not server.holds(Role.CLIENT_ACCESS)
        statement = "smtp-direct-to-mailbox-2013" if no_front_end else "smtp-direct-to-hub"
        yield Match(statement, (name,), summary, tuple(dict.fromkeys(found[name])), versions(server))
        if case.topology.deployment == "hmc-4.5" and server.version is Version.V2007:
            hosted = (Evidence("deployment", "hmc-4.5"), *found[name])
            yield Match("hmc45-edge-replaced", (name,), summary, hosted, versions(server))


def _delivers(case: Case, before: str, server: Server) -> bool:
    """Whether the last hop is a Hub server that puts mail into the mailboxes of its site: no SMTP, and as it should."""
    hub = case.by_name.get(before)
    same_site = hub is not None and (hub.site is None or server.site is None or hub.site == server.site)
    return hub is not None and same_site and server.holds(Role.MAILBOX) and case.is_hub(hub)


@rule("mail-to-server-without-hub")
def mail_to_another_role(case: Case) -> Iterator[Match]:
    """A mail path hands mail to an internal Exchange server without Hub Transport, by SMTP as it seems."""
    for index, flow in enumerate(case.topology.mail_flow):
        for before, name in pairwise(flow.path):
            server = case.by_name.get(name)
            if (
                server is not None
                and server.version in BEFORE_2013
                and server.is_exchange
                and not _takes_smtp(case, server)
                and not _delivers(case, before, server)
                and case.host(before) not in case.half_written
            ):
                summary = f"A mail path hands mail to {name}, which does not hold Hub Transport."
                evidence = (_path(index, flow), fact(server, "roles"))
                yield Match("mail-to-server-without-hub", (name,), summary, evidence, versions(server))


@rule("edge-mail-bypass-cas2013")
def edge_to_client_access(case: Case) -> Iterator[Match]:
    """An Edge server hands mail to a Client Access server of 2013 that holds no mailboxes."""
    for index, flow in enumerate(case.topology.mail_flow):
        for here, there in pairwise(flow.path):
            edge, target = case.by_name.get(here), case.by_name.get(there)
            if edge is None or target is None or not edge.is_edge or target.version is not Version.V2013:
                continue
            if target.holds(Role.CLIENT_ACCESS) and not target.holds(Role.MAILBOX):
                summary = f"{here} hands mail to {there}, a Client Access server without the Mailbox role."
                evidence = (_path(index, flow), fact(target, "roles"))
                yield Match("edge-mail-bypass-cas2013", (here, there), summary, evidence, versions(target))


@rule("cloud-filter-first")
def cloud_filter_first(case: Case) -> Iterator[Match]:
    """Exchange Online Protection takes mail from the Internet and hands it to a server here."""
    for index, flow in enumerate(case.topology.mail_flow):
        for here, there in pairwise(flow.path):
            target = case.by_name.get(there)
            if here == "eop" and target is not None and target.version and _takes_smtp(case, target):
                summary = f"Exchange Online Protection hands mail to {there}."
                evidence = (_path(index, flow),)
                yield Match("cloud-filter-first", (there,), summary, evidence, versions(target))


@rule("mail-path-ports-missing")
def smtp_closed_on_a_mail_path(case: Case) -> Iterator[Match]:
    """A firewall between two hops of a mail path does not pass SMTP; Edge and Hub are judged by the rule on Edge."""
    for index, flow in enumerate(case.topology.mail_flow):
        for here, there in pairwise(flow.path):
            source, target = case.by_name.get(here), case.by_name.get(there)
            if source is None or target is None or (source.is_exchange and target.is_exchange):
                continue
            if case.network.passes(source, target, SMTP) is False:
                devices = sorted({device.name for route in case.network.routes(source, target) for device in route})
                summary = f"From {here} to {there}, 25/tcp does not pass {listed(devices)}."
                evidence = (_path(index, flow),)
                subjects = (here, there, *devices)
                yield Match("mail-path-ports-missing", subjects, summary, evidence, versions(source, target))


@rule("gw-esmtp-inspection")
def smtp_inspected_in_front(case: Case) -> Iterator[Match]:
    """A firewall in front of Exchange or Edge inspects SMTP and strips what it does not know."""
    taking = [server for server in case.exchange if _takes_smtp(case, server)]
    straight = {first.name for _, _, first, _ in _entries(case)} | {
        leg.end.name for leg in legs(case) if not leg.between
    }
    straight |= {one.server.name for one in case.from_internet if one.named and one.ports.covers(SMTP)}
    first_taken = {server.name: {one.name for one in case.outer_devices(server)} for server in taking
                   if server.name in straight}  # fmt: skip
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        outside = any(case.network.kinds[zone] is not ZoneKind.INTERNAL for zone in device.between)
        near = [
            server
            for server in taking
            if case.network.zones_of(server) & set(device.between) or device.name in first_taken.get(server.name, ())
        ]
        if outside and near and "esmtp" in (device.inspects or ()):
            summary = f"{device.name} inspects SMTP in front of {listed(names(near))}."
            evidence = (Evidence(f"firewalls.{device.name}.inspects", written(device.inspects)),)
            subjects = (device.name, *names(near))
            yield Match("gw-esmtp-inspection", subjects, summary, evidence, versions(*near), device.name)


@rule("lb-between-exchange-servers")
def balancer_between_servers(case: Case) -> Iterator[Match]:
    """A load balancer carries mail from one Exchange server to another."""
    for index, flow in enumerate(case.topology.mail_flow):
        for (here, between), (_, there) in pairwise(pairwise(flow.path)):
            before, balancer, after = (case.host(name) for name in (here, between, there))
            if before is None or balancer is None or after is None or not balancer.holds(Role.LOAD_BALANCER):
                continue
            if before.is_exchange and after.is_exchange:
                summary = f"{balancer.name}, a load balancer, carries mail between {before.name} and {after.name}."
                evidence = (_path(index, flow),)
                subjects = tuple(sorted((before.name, balancer.name, after.name)))
                yield Match("lb-between-exchange-servers", subjects, summary, evidence, versions(before, after))


@rule("mail-without-path")
def mail_flow_not_written(case: Case) -> Iterator[Match]:
    """There is an Internet and a server that could take mail, and nothing tells how mail comes in."""
    outside = any(kind is ZoneKind.INTERNET for kind in case.network.kinds.values())
    enters = any({*case.internet, "eop"} & set(flow.path[:-1]) for flow in case.topology.mail_flow)
    if outside and case.hubs and not enters and not any(_straight(case)):
        text = "Which hosts does mail from the Internet pass, from first to last (and back)?"
        asked = Question("mail_flow", text, ("- {path: [internet, HOST, HOST]}",))
        summary = f"How mail from the Internet reaches {listed(names(case.hubs))} is not written."
        evidence = (Evidence("mail_flow", "no path from the Internet"),)
        yield Match("mail-without-path", names(case.hubs), summary, evidence, anchor="mail_flow", question=asked)


RULES = (
    edge_then_hub,
    gateway_first,
    gateway_on_the_way_out,
    gateway_before_the_cloud,
    straight_to_a_hub,
    mail_to_another_role,
    edge_to_client_access,
    cloud_filter_first,
    smtp_closed_on_a_mail_path,
    smtp_inspected_in_front,
    balancer_between_servers,
    mail_flow_not_written,
)
