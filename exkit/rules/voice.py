"""What lies between Unified Messaging and the IP gateways and session border controllers that it talks to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from exkit.rules.base import Case, Evidence, Match, Question, listed, names, rule, versions
from exkit.rules.path_statements import LIMITS
from exkit.rules.separation import TELLING, device_evidence
from exkit.topology import Firewall, FirewallKind, Role, Server, Version

UNIFIED_MESSAGING_IN = {
    Version.V2007: (Role.UNIFIED_MESSAGING,),
    Version.V2010: (Role.UNIFIED_MESSAGING,),
    Version.V2013: (Role.MAILBOX, Role.CLIENT_ACCESS),
    Version.V2016: (Role.MAILBOX,),
}
TRANSLATES = (FirewallKind.NETWORK, FirewallKind.APPLICATION_FIREWALL)


def _calls(case: Case) -> Iterator[tuple[Server, Server]]:
    """Each gateway or session border controller with each server that takes its calls; since 2019 none does."""
    for gateway in case.servers:
        if gateway.holds(Role.IP_GATEWAY, Role.SESSION_BORDER_CONTROLLER):
            for server in case.inside:
                if server.version in UNIFIED_MESSAGING_IN and server.holds(*UNIFIED_MESSAGING_IN[server.version]):
                    yield gateway, server


@rule("um-gateway-firewall")
def firewall_before_unified_messaging(case: Case) -> Iterator[Match]:
    """A firewall lies between an IP gateway or session border controller and a Unified Messaging server."""
    behind: dict[tuple[str, tuple[str, ...]], list[Server]] = defaultdict(list)
    for gateway, server in _calls(case):
        way = case.network.way(gateway, server)
        if way.passage in LIMITS:
            behind[gateway.name, way.device_names].append(server)
    for (name, devices), servers in behind.items():
        way = case.network.way(case.by_name[name], servers[0])
        summary = f"Between {name} and {listed(names(servers))} {TELLING[way.passage]} ({listed(devices)})."
        evidence = tuple(device_evidence(way.devices))
        yield Match("um-gateway-firewall", (name, *names(servers), *devices), summary, evidence, versions(*servers))


@rule("um-nat")
def translation_before_unified_messaging(case: Case) -> Iterator[Match]:
    """A device between a gateway and Unified Messaging translates addresses, or may."""
    crossed: dict[str, Firewall] = {}
    ends: dict[str, dict[str, Server]] = defaultdict(dict)
    for gateway, server in _calls(case):
        for device in {one.name: one for route in case.network.routes(gateway, server) for one in route}.values():
            crossed[device.name] = device
            ends[device.name] |= {gateway.name: gateway, server.name: server}
    for name, device in sorted(crossed.items()):
        unknown = device.nat is None and device.kind in TRANSLATES
        if not device.nat and not unknown:
            continue
        path = f"firewalls.{name}.nat"
        between = listed(names(ends[name].values()))
        text = f"Does {name} translate addresses between {between}?"
        asked = Question(path, text, ("true", "false")) if unknown else None
        told = "it is not written whether addresses are translated" if unknown else "addresses are translated"
        summary = f"Between {between} {told} ({name})."
        evidence = (Evidence(path, "not written" if unknown else "true"),)
        found = versions(*ends[name].values())
        subjects = (*names(ends[name].values()), name)
        yield Match("um-nat", subjects, summary, evidence, found, name, asked, choice=f"translation by {name}")


RULES = (firewall_before_unified_messaging, translation_before_unified_messaging)
