"""The Windows firewall on Exchange servers, and how it was set up."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.rules.base import Case, Evidence, Match, Question, gap, modern, rule, versions, written
from exkit.topology import Server, Version


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
    asked = [server for server in case.exchange if modern(server)]
    lacking = [server for server in asked if server.host_firewall is None]
    text = "Is the Windows firewall of these servers on, and who configured it?"
    allowed = ("{enabled: true, configured_by: setup}", "{enabled: true, configured_by: scw}", "{enabled: false}")
    yield from gap("host-firewall-not-known", "host_firewall", lacking, text, allowed)
    half = [server for server in asked if server.host_firewall is not None and server.host_firewall.enabled is None]
    text = "Is the Windows firewall of these servers on?"
    yield from gap("host-firewall-not-known", "host_firewall.enabled", half, text, ("true", "false"))


RULES = (windows_firewall_on, windows_firewall_off, windows_firewall_not_written)
