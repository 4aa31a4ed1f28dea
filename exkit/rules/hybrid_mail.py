"""Mail between the organization and Exchange Online: Exchange to Exchange, and nothing that touches SMTP between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exkit.paths import PortSet
from exkit.rules.base import (
    INSPECTIONS,
    Case,
    Evidence,
    Match,
    Question,
    fact,
    lines_of,
    listed,
    once,
    rule,
    versions,
    written,
)
from exkit.rules.hybrid import hybrid_of
from exkit.rules.levels import reaches
from exkit.topology import Firewall, Role, Server, Version

SMTP = PortSet.of(["25/tcp"])
CLOUD = "eop"
SP3_OF_2010 = "14.3.123.4"


@dataclass(frozen=True)
class Leg:
    """The part of a written mail path between Exchange Online and the nearest Exchange server."""

    path: Evidence
    end: Server
    between: tuple[Server, ...]  # hosts that are not Exchange, nearest to Exchange Online first


@once
def legs(case: Case) -> Iterator[Leg]:
    """Every such part: of the hybrid mail path, and of the mail flows that name Exchange Online Protection. A gateway
    on the Internet's side of either is on none."""
    hybrid = hybrid_of(case)
    if hybrid is None:
        return
    own = hybrid.mail_path or ()
    paths = [(Evidence("hybrid.mail_path", written(own)), own if CLOUD in own or not own else (*own, CLOUD))]
    paths += [
        (Evidence(f"mail_flow.{index}.path", written(flow.path)), flow.path)
        for index, flow in enumerate(case.topology.mail_flow)
    ]
    found: dict[tuple[str, tuple[str, ...]], Leg] = {}
    for path, hops in paths:
        for place, hop in enumerate(hops):
            if hop != CLOUD:
                continue
            for side in (reversed(hops[:place]), hops[place + 1 :]):
                leg = _leg(case, path, list(side))
                if leg is not None:
                    found.setdefault((leg.end.name, tuple(host.name for host in leg.between)), leg)
    yield from (found[key] for key in sorted(found))


def _leg(case: Case, path: Evidence, hops: list[str]) -> Leg | None:
    """Away from Exchange Online up to the first Exchange server; nothing when the Internet comes first, but in the
    hybrid mail path, which may name the Internet that it crosses."""
    between: list[Server] = []
    for hop in hops:
        host = case.by_name.get(hop)
        if host is not None and host.is_exchange:
            return Leg(path, host, tuple(between))
        if hop == CLOUD or (hop in case.internet and not path.path.startswith("hybrid")):
            return None
        if host is not None:
            between.append(host)
    return None


@rule("hyb-inline-smtp")
def smtp_processed_on_the_way(case: Case) -> Iterator[Match]:
    """Something other than Exchange handles SMTP between the organization and Exchange Online."""
    for leg in legs(case):
        for host in leg.between:
            agent = host.holds(Role.HYBRID_AGENT)  # it carries no mail at all: a statement of its own
            rules = case.flows.published_by.get(host.name, ())
            balances = host.holds(Role.LOAD_BALANCER) or any(one.kind == "load-balancer" for one in rules)
            if not (agent or balances or host in case.half_written):
                summary = f"{host.name} handles mail between Exchange and Exchange Online."
                evidence = (leg.path, fact(host, "roles"))
                yield Match("hyb-inline-smtp", (host.name,), summary, evidence, versions(leg.end))


@rule("hyb-edge", "hyb-edge-not-subscribed")
def edge_on_the_hybrid_path(case: Case) -> Iterator[Match]:
    """An Edge server is the end of the hybrid mail path; it must be subscribed."""
    for leg in {leg.end.name: leg for leg in legs(case) if leg.end.is_edge}.values():
        if leg.end.subscribed_to is None:
            continue  # asked by the rule on subscriptions
        lacking = leg.end.subscribed_to == ()
        summary = f"{leg.end.name} carries hybrid mail{' and is not subscribed' if lacking else ''}."
        evidence = (leg.path, fact(leg.end, "subscribed_to"))
        statement = "hyb-edge-not-subscribed" if lacking else "hyb-edge"
        yield Match(statement, (leg.end.name,), summary, evidence, versions(leg.end))


@rule("edge-hybrid-2010sp3", "edge-hybrid-2010-before-sp3")
def edge_of_2010_on_the_hybrid_path(case: Case) -> Iterator[Match]:
    """An Edge server of 2010 is the end of the hybrid mail path, and runs less than SP3, or nobody wrote what."""
    for leg in {leg.end.name: leg for leg in legs(case) if leg.end.is_edge}.values():
        runs_sp3 = reaches(case, leg.end, SP3_OF_2010)
        if leg.end.version is not Version.V2010 or runs_sp3:
            continue
        statement = "edge-hybrid-2010sp3" if runs_sp3 is None else "edge-hybrid-2010-before-sp3"
        summary = f"{leg.end.name}, Exchange 2010 of build {written(leg.end.build)}, carries hybrid mail."
        evidence = (leg.path, fact(leg.end, "build"))
        yield Match(statement, (leg.end.name,), summary, evidence, versions(leg.end),
                    choice=f"update of {leg.end.name} on the hybrid path")  # fmt: skip


@rule("hyb-endpoint-type", "hyb-endpoint-direct")
def end_of_the_hybrid_path(case: Case) -> Iterator[Match]:
    """The last Exchange server before Exchange Online is one that takes hybrid mail, by role and version, or not."""
    takes = {Version.V2010: Role.HUB_TRANSPORT, Version.V2013: Role.CLIENT_ACCESS}
    for leg in {leg.end.name: leg for leg in legs(case) if leg.end.version}.values():
        needed = takes.get(leg.end.version or Version.SE, Role.MAILBOX)
        if leg.end.version and leg.end.version.age < Version.V2010.age:
            summary = f"{leg.end.name}, of Exchange {leg.end.version}, is the last server before Exchange Online."
            evidence = (leg.path, fact(leg.end, "version"))
            yield Match("hyb-endpoint-type", (leg.end.name,), summary, evidence, versions(leg.end))
        elif not leg.end.holds(Role.EDGE_TRANSPORT, needed):
            summary = f"{leg.end.name} is the last server before Exchange Online and does not hold {needed}."
            evidence = (leg.path, fact(leg.end, "roles"))
            yield Match("hyb-endpoint-type", (leg.end.name,), summary, evidence, versions(leg.end))
        elif not leg.end.is_edge and all(host.holds(Role.LOAD_BALANCER) for host in leg.between):
            summary = f"{leg.end.name} exchanges mail with Exchange Online, and nothing written touches it between."
            evidence = (leg.path, fact(leg.end, "roles"))
            yield Match("hyb-endpoint-direct", (leg.end.name,), summary, evidence, versions(leg.end))


def _in_the_way(case: Case) -> Iterator[tuple[Leg, Firewall]]:
    """The devices between a hybrid server and Exchange Online: of the routes that carry mail, or may; else all."""
    for leg in {leg.end.name: leg for leg in legs(case)}.values():
        routes = case.network.routes_out(leg.end, case.network.online)
        carrying = [route for route in routes if all(_passes_mail(case, device, leg.end) for device in route)]
        found = {device.name: device for route in carrying or routes for device in route}
        yield from ((leg, found[name]) for name in sorted(found))


def _passes_mail(case: Case, device: Firewall, server: Server) -> bool:
    opened = case.network.opened_out(device, server, case.network.online)
    return opened is None or all(way.covers(SMTP) for way in opened)


@rule("hyb-inline-smtp", "hyb-firewall-25", "hyb-path-ports-missing", "hyb-tls-inspection")
def firewall_on_the_hybrid_path(case: Case) -> Iterator[Match]:
    """A firewall between Exchange and Exchange Online passes 25 untouched, closes it, or reads and changes it."""
    for leg, device in _in_the_way(case):
        # What lines a balancer in between needs is between it and both sides: only inspection is judged there.
        opened = None if leg.between else case.network.opened_out(device, leg.end, case.network.online)
        path = f"firewalls.{device.name}"
        inspects = Evidence(f"{path}.inspects", written(device.inspects))
        if "esmtp" in (device.inspects or ()):
            summary = f"{device.name} inspects SMTP between {leg.end.name} and Exchange Online."
            yield Match("hyb-inline-smtp", (device.name,), summary, (inspects, leg.path), versions(leg.end))
        elif "tls" in (device.inspects or ()):
            summary = f"{device.name} opens TLS between {leg.end.name} and Exchange Online."
            yield Match("hyb-tls-inspection", (device.name,), summary, (inspects, leg.path), versions(leg.end))
        elif opened is not None and not all(way.covers(SMTP) for way in opened):
            closed = listed(("to", "from")[way] for way, ports in enumerate(opened) if not ports.covers(SMTP))
            summary = f"{device.name} does not pass 25/tcp {closed} Exchange Online for {leg.end.name}."
            evidence = (Evidence(f"{path}.allow", lines_of(device.allow or ())), leg.path)
            yield Match("hyb-path-ports-missing", (leg.end.name, device.name), summary, evidence, versions(leg.end))
        elif opened is not None and case.network.may_inspect(device):
            asked = Question(f"{path}.inspects", f"Does {device.name} inspect SMTP, or open TLS?", INSPECTIONS)
            summary = f"{device.name} passes 25 of {leg.end.name} and Exchange Online; what it inspects is not written."
            yield Match("hyb-firewall-25", (device.name,), summary, (inspects, leg.path), versions(leg.end),
                        choice=f"{path}.inspects", question=asked)  # fmt: skip
        elif opened is not None:
            summary = f"{device.name} passes 25 between {leg.end.name} and Exchange Online and leaves it as it is."
            yield Match(
                "hyb-firewall-25", (leg.end.name, device.name), summary, (inspects, leg.path), versions(leg.end)
            )


@rule("hyb-central-transport")
def mail_of_the_cloud_sent_from_here(case: Case) -> Iterator[Match]:
    """Mail of Exchange Online leaves for the Internet through servers here: centralized mail transport."""
    hybrid = hybrid_of(case)
    for index, flow in enumerate(case.topology.mail_flow if hybrid else ()):
        start = flow.path.index(CLOUD) if CLOUD in flow.path else len(flow.path)
        end = next((place for place in range(start, len(flow.path)) if flow.path[place] in case.internet), start)
        hosts = [case.by_name[hop] for hop in flow.path[start:end] if hop in case.by_name]
        users = [host for host in hosts if host.is_exchange]
        through = list(dict.fromkeys(host.name for host in users))
        if through:
            summary = f"Mail of Exchange Online goes to the Internet through {listed(through)}."
            evidence = (Evidence(f"mail_flow.{index}.path", written(flow.path)),)
            yield Match("hyb-central-transport", tuple(through), summary, evidence, versions(*users))


@rule("hybrid-mail-path-not-known")
def hybrid_mail_path_not_written(case: Case) -> Iterator[Match]:
    """A hybrid, and no word on the hosts between Exchange and Exchange Online."""
    hybrid = hybrid_of(case)
    if hybrid and hybrid.mail_path is None and not legs(case):
        asked = Question(
            "hybrid.mail_path", "Which hosts does mail between Exchange and Exchange Online pass?", ("[HOST, eop]",)
        )
        summary = "The mail path between Exchange and Exchange Online is not written."
        evidence = (Evidence("hybrid.mail_path", "not written"),)
        yield Match("hybrid-mail-path-not-known", ("hybrid",), summary, evidence, question=asked)


RULES = (
    smtp_processed_on_the_way,
    edge_on_the_hybrid_path,
    edge_of_2010_on_the_hybrid_path,
    end_of_the_hybrid_path,
    firewall_on_the_hybrid_path,
    mail_of_the_cloud_sent_from_here,
    hybrid_mail_path_not_written,
)
