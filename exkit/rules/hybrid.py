"""The link to Exchange Online: its mail path, what may be pre-authenticated, the Hybrid Agent."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rules.base import Case, Evidence, Match, fact, listed, names, rule, versions, written
from exkit.rules.publishing import gatekeepers
from exkit.topology import Hybrid, Protocol, Role, Server, Version

NO_PREAUTH = {
    Protocol.AUTODISCOVER: "hyb-preauth-autodiscover",
    Protocol.EWS: "hyb-preauth-ews",
    Protocol.MRSPROXY: "hyb-preauth-mrsproxy",
}


def _hybrid(case: Case) -> Hybrid | None:
    """The hybrid configuration when there is one; none and not known are no hybrid to judge."""
    found = case.topology.hybrid
    return found if found is not None and found.topology != "none" else None


def _with_agent(hybrid: Hybrid) -> bool:
    return hybrid.topology.startswith("modern")


def _on_path(case: Case) -> list[Server]:
    hybrid = _hybrid(case)
    return [case.by_name[name] for name in (hybrid.mail_path if hybrid else None) or () if name in case.by_name]


def _path(case: Case) -> Evidence:
    return Evidence("hybrid.mail_path", written(case.topology.hybrid and case.topology.hybrid.mail_path))


@rule("hyb-inline-smtp")
def smtp_processed_on_the_way(case: Case) -> Iterator[Match]:
    """Something other than Exchange handles SMTP between the organization and Exchange Online."""
    path = _on_path(case)
    for host in path:
        if not host.is_exchange and not host.holds(Role.LOAD_BALANCER):
            summary = f"{host.name} handles mail between Exchange and Exchange Online."
            yield Match("hyb-inline-smtp", (host.name,), summary, (_path(case), fact(host, "roles")), versions(*path))


@rule("hyb-edge", "hyb-edge-not-subscribed")
def edge_on_the_hybrid_path(case: Case) -> Iterator[Match]:
    """An Edge server is the end of the hybrid mail path; it must be subscribed."""
    for host in _on_path(case):
        if host.is_edge:
            lacking = host.subscribed_to == ()
            summary = f"{host.name} carries hybrid mail{' and is not subscribed' if lacking else ''}."
            evidence = (_path(case), fact(host, "subscribed_to"))
            statement = "hyb-edge-not-subscribed" if lacking else "hyb-edge"
            yield Match(statement, (host.name,), summary, evidence, versions(host))


@rule("hyb-endpoint-type")
def wrong_end_of_the_hybrid_path(case: Case) -> Iterator[Match]:
    """The last Exchange server before Exchange Online does not hold the role that takes hybrid mail."""
    path = [host for host in _on_path(case) if host.is_exchange]
    if not path or path[-1].version is None:
        return
    end = path[-1]
    takes = {Version.V2010: Role.HUB_TRANSPORT, Version.V2013: Role.CLIENT_ACCESS}
    needed = takes.get(end.version or Version.SE, Role.MAILBOX)
    if not end.holds(Role.EDGE_TRANSPORT, needed):
        summary = f"{end.name} is the last server before Exchange Online and does not hold {needed}."
        yield Match("hyb-endpoint-type", (end.name,), summary, (_path(case), fact(end, "roles")), versions(end))


@rule(*NO_PREAUTH.values(), "hyb-hma-preauth")
def hybrid_traffic_pre_authenticated(case: Case) -> Iterator[Match]:
    """Exchange Online brings tokens that no proxy can check: its endpoints must be passed on."""
    hybrid = _hybrid(case)
    for one in gatekeepers(case) if hybrid and not _with_agent(hybrid) else ():
        reached = hybrid is None or hybrid.targets is None or set(hybrid.targets) & set(one.rule.targets or ())
        if not one.authenticates or not reached:
            continue
        evidence = (*one.fact("preauth", "protocols"), Evidence("hybrid.topology", hybrid.topology if hybrid else ""))
        for protocol, statement in NO_PREAUTH.items():
            if one.carries(protocol):
                summary = f"{one.rule.name} pre-authenticates {protocol}, which Exchange Online calls too."
                yield one.match(statement, summary, *evidence, choice=f"publishing.{one.rule.name}.{protocol}")
        if hybrid and hybrid.modern_auth and one.carries(Protocol.ACTIVESYNC, Protocol.AUTODISCOVER):
            summary = f"{one.rule.name} pre-authenticates clients of hybrid modern authentication."
            modern = Evidence("hybrid.modern_auth", "true")
            yield one.match("hyb-hma-preauth", summary, *evidence, modern, choice=f"publishing.{one.rule.name}.hma")


@rule("hyb-hma-agent")
def modern_authentication_through_the_agent(case: Case) -> Iterator[Match]:
    """Hybrid modern authentication together with the Hybrid Agent."""
    hybrid = _hybrid(case)
    if hybrid and hybrid.modern_auth and _with_agent(hybrid):
        subjects = (hybrid.agent,) if hybrid.agent else ("hybrid",)
        evidence = (Evidence("hybrid.topology", hybrid.topology), Evidence("hybrid.modern_auth", "true"))
        summary = "Hybrid modern authentication is used with the Hybrid Agent."
        yield Match("hyb-hma-agent", subjects, summary, evidence, case.flows.versions)


@rule("ep-hybrid-agent")
def extended_protection_behind_the_agent(case: Case) -> Iterator[Match]:
    """Extended Protection is on at servers that the Hybrid Agent publishes."""
    hybrid = _hybrid(case)
    if not hybrid or not _with_agent(hybrid):
        return
    behind = [case.by_name[name] for name in hybrid.targets or ()]
    on = [server for server in behind if server.extended_protection in ("allow", "require")]
    if on:
        summary = f"{listed(names(on))} has Extended Protection on and is published by the Hybrid Agent."
        evidence = tuple(fact(server, "extended_protection") for server in on)
        yield Match("ep-hybrid-agent", names(on), summary, evidence, versions(*on))


RULES = (
    smtp_processed_on_the_way,
    edge_on_the_hybrid_path,
    wrong_end_of_the_hybrid_path,
    hybrid_traffic_pre_authenticated,
    modern_authentication_through_the_agent,
    extended_protection_behind_the_agent,
)
