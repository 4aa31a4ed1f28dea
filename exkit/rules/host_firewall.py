"""The Windows firewall on Exchange servers, and how it was set up."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.paths import PortSet
from exkit.rules.base import Case, Evidence, Match, Question, gap, listed, modern, names, rule, versions, written
from exkit.topology import Role, Server, Version, ZoneKind

HTTPS = PortSet.of(["443/tcp"])


def _evidence(server: Server) -> tuple[Evidence, ...]:
    host = server.host_firewall
    path = f"servers.{server.name}.host_firewall"
    return (
        Evidence(f"{path}.enabled", written(host and host.enabled)),
        Evidence(f"{path}.configured_by", written(host and host.configured_by)),
    )


def _servers(case: Case, enabled: bool) -> Iterator[Server]:
    for server in case.exchange:
        if modern(server) and server.host_firewall is not None and server.host_firewall.enabled is enabled:
            yield server


@rule("windows-firewall-on", "scw-required-2007", "scw-not-needed-2010")
def windows_firewall_on(case: Case) -> Iterator[Match]:
    """The Windows firewall is on: by Setup since 2010, by the Security Configuration Wizard in 2007."""
    for server in _servers(case, enabled=True):
        by = server.host_firewall and server.host_firewall.configured_by
        old = server.version is Version.V2007
        if old and by is None:
            text = (
                f"Who configured the Windows firewall of {server.name}: the Security Configuration Wizard, or nobody?"
            )
            asked = Question(f"servers.{server.name}.host_firewall.configured_by", text, ("scw", "manual", "none"))
            summary = f"The Windows firewall of {server.name} is on; how it was configured is not written."
            yield Match(
                "scw-required-2007", (server.name,), summary, _evidence(server), versions(server), question=asked
            )
        elif old and by != "scw":
            summary = (
                f"The Windows firewall of {server.name} is on, not configured by the Security Configuration Wizard."
            )
            yield Match("scw-required-2007", (server.name,), summary, _evidence(server), versions(server))
        elif not old and by == "scw":
            summary = f"The Security Configuration Wizard configured the Windows firewall of {server.name}."
            yield Match("scw-not-needed-2010", (server.name,), summary, _evidence(server), versions(server))
        else:
            how = {"scw": ", configured by the Security Configuration Wizard", "setup": ", as Setup configured it"}
            summary = f"The Windows firewall of {server.name} is on{how.get(by or '', '')}."
            yield Match("windows-firewall-on", (server.name,), summary, _evidence(server), versions(server))


@rule("windows-firewall-off-2007", "windows-firewall-off-2010")
def windows_firewall_off(case: Case) -> Iterator[Match]:
    """The Windows firewall is switched off."""
    for server in _servers(case, enabled=False):
        statement = "windows-firewall-off-2007" if server.version is Version.V2007 else "windows-firewall-off-2010"
        summary = f"The Windows firewall of {server.name} is switched off."
        yield Match(statement, (server.name,), summary, _evidence(server), versions(server))


@rule("host-firewall-not-known")
def windows_firewall_not_written(case: Case) -> Iterator[Match]:
    """Nobody told us whether the Windows firewall is on."""
    lacking = [
        server
        for server in case.exchange
        if modern(server) and (server.host_firewall is None or server.host_firewall.enabled is None)
    ]
    text = "Is the Windows firewall of these servers on, and who configured it?"
    allowed = ("{enabled: true, configured_by: setup}", "{enabled: true, configured_by: scw}", "{enabled: false}")
    yield from gap("host-firewall-not-known", "host_firewall", lacking, text, allowed)


@rule("em-outbound")
def mitigations_cannot_arrive(case: Case) -> Iterator[Match]:
    """No firewall line lets Mailbox servers of 2016 and later fetch mitigations from the Internet."""
    outside = next((zone.name for zone in case.topology.zones if zone.kind is ZoneKind.INTERNET), None)
    users = [
        server
        for server in case.inside
        if server.holds(Role.MAILBOX) and server.version and server.version.age >= Version.V2016.age
    ]
    service = Server(name="Office Config Service", zone=outside)
    cut = [server for server in users if outside and case.network.passes(server, service, HTTPS) is False]
    if cut:
        routes = (route for server in cut for route in case.network.routes(server, service))
        crossed = sorted({device.name for route in routes for device in route})
        evidence = tuple(Evidence(f"firewalls.{name}.allow", "no way out for 443/tcp") for name in crossed)
        summary = f"{listed(names(cut))} cannot open 443/tcp to the Internet ({listed(crossed)})."
        yield Match("em-outbound", names(cut), summary, evidence, versions(*cut), "internet", choice="em-outbound")


RULES = (windows_firewall_on, windows_firewall_off, windows_firewall_not_written, mitigations_cannot_arrive)
