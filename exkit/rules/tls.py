"""Where TLS ends on the way from the Internet to Exchange, and what Extended Protection and tokens ask of it."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.flows import HTTP
from exkit.rules.base import (
    Case,
    Evidence,
    Match,
    Question,
    facts_of,
    from_2013,
    gap,
    listed,
    names,
    rule,
    versions,
)
from exkit.rules.publishing import Published, gatekeepers, proxies, published
from exkit.rules.separation import crossed_devices
from exkit.topology import Firewall, Protocol, Server, Version, ZoneKind

TOKEN_PROTOCOLS = (Protocol.EWS, Protocol.AUTODISCOVER, Protocol.MRSPROXY)  # what Exchange Online calls with tokens


def _offloads(case: Case) -> Iterator[Published]:
    """Whatever ends TLS and goes on in clear, load balancers too."""
    for one in published(case):
        if one.rule.tls == "offload":
            yield one


def _protected(one: Published) -> list[str]:
    return [target.name for target in one.targets if target.extended_protection in ("allow", "require")]


def _takes_tokens(case: Case, one: Published) -> bool:
    """Whether OAuth tokens come this way: of clients of modern authentication, or of Exchange Online itself."""
    hybrid = case.topology.hybrid
    if hybrid is None or hybrid.topology == "none" or not any(map(from_2013, one.targets)):
        return False
    classic = not hybrid.topology.startswith("modern")
    clients = hybrid.modern_auth is True and (not one.rule.protocols or one.carries(*HTTP))
    return clients or (classic and one.carries(*TOKEN_PROTOCOLS))


@rule("ssl-offload-at-proxy", "ep-ssl-offload", "ssl-offload-oauth", "mrsproxy-ssl-offload")
def tls_offloaded(case: Case) -> Iterator[Match]:
    """A proxy or load balancer ends TLS and goes on in clear: three things rule that out, else it is conditional."""
    for one in _offloads(case):
        told, evidence = f"{one.rule.name} ends TLS in front of Exchange and goes on in clear", one.fact("tls")
        choice = f"publishing.{one.rule.name}"
        on = _protected(one)
        for_2013 = any(target.version is Version.V2013 for target in one.targets)
        if on:
            seen = (*evidence, *facts_of((case.by_name[name] for name in on), "extended_protection"))
            summary = f"{told}; Extended Protection is on at {listed(on)}."
            yield one.match("ep-ssl-offload", summary, *seen, choice=f"{choice}.extended protection")
        if _takes_tokens(case, one):
            seen = (*evidence, *one.fact("protocols"), Evidence("hybrid", "OAuth tokens come this way"))
            summary = f"{told}; OAuth tokens of the hybrid come this way."
            yield one.match("ssl-offload-oauth", summary, *seen, choice=f"{choice}.tokens")
        if for_2013 and one.carries(Protocol.MRSPROXY):
            summary = f"{told}, MRSProxy among it."
            seen = (*evidence, *one.fact("protocols"))
            yield one.match("mrsproxy-ssl-offload", summary, *seen, choice=f"{choice}.mrsproxy")
        elif not on and not _takes_tokens(case, one):
            yield one.match("ssl-offload-at-proxy", f"{told}.", *evidence)


@rule("ssl-tunnel-no-inspection", "preauth-needs-bridging")
def tls_tunnelled(case: Case) -> Iterator[Match]:
    """The proxy tunnels TLS through: it can neither inspect nor pre-authenticate."""
    for one in gatekeepers(case):
        if one.rule.tls == "pass-through" and one.authenticates:
            summary = f"{one.rule.name} tunnels TLS through and is to pre-authenticate: it cannot see what it tunnels."
            yield one.match("preauth-needs-bridging", summary, *one.fact("tls", "preauth"))
    for one in proxies(case):
        http = not one.rule.protocols or one.carries(*HTTP)
        if one.rule.tls == "pass-through" and not one.authenticates and http:
            summary = f"{one.rule.name} tunnels TLS through to Exchange without ending it."
            yield one.match("ssl-tunnel-no-inspection", summary, *one.fact("tls"))


@rule("ep-bridge-same-cert", "ep-bridge-other-cert")
def extended_protection_behind_bridging(case: Case) -> Iterator[Match]:
    """Extended Protection is on at published servers: what ends TLS in front must have their certificate."""
    for one in published(case):
        on, same = _protected(one), one.rule.same_certificate
        if one.rule.tls != "bridging" or not on:
            continue
        choice = f"publishing.{one.rule.name}.extended protection"
        evidence = (
            *one.fact("tls", "same_certificate"),
            *facts_of((case.by_name[name] for name in on), "extended_protection"),
        )
        summary = f"{one.rule.name} ends TLS in front of {listed(on)}, where Extended Protection is on"
        if same is None:
            asked = Question(
                f"publishing.{one.rule.name}.same_certificate",
                f"Do {one.rule.name} and its targets use the same certificate?",
                ("true", "false"),
            )
            yield one.match("ep-bridge-other-cert", f"{summary}.", *evidence, choice=choice, question=asked)
        else:
            statement = "ep-bridge-same-cert" if same else "ep-bridge-other-cert"
            how = "the same certificate" if same else "another certificate"
            yield one.match(statement, f"{summary}, with {how}.", *evidence, choice=choice)


@rule("ep-bridge-other-cert")
def tls_in_front_of_extended_protection_not_written(case: Case) -> Iterator[Match]:
    """Extended Protection is on, and nobody wrote whether the device in front ends TLS. A port-forward cannot."""
    for one in published(case):
        on = _protected(one)
        if one.rule.tls is not None or one.rule.kind == "port-forward" or not on:
            continue
        asked = Question(
            f"publishing.{one.rule.name}.tls",
            f"Does {one.rule.name} end TLS, and does it encrypt again towards its targets?",
            ("bridging", "pass-through", "offload"),
        )
        summary = f"{one.rule.name} stands in front of {listed(on)}, where Extended Protection is on."
        evidence = (*one.fact("tls"), *facts_of((case.by_name[name] for name in on), "extended_protection"))
        choice = f"publishing.{one.rule.name}.extended protection"
        yield one.match("ep-bridge-other-cert", summary, *evidence, choice=choice, question=asked)


@rule("ep-too-early")
def extended_protection_on(case: Case) -> Iterator[Match]:
    """Servers with Extended Protection on. The row is in force only for the days before Exchange supported it."""
    on = [one for one in case.exchange if from_2013(one) and one.extended_protection in ("allow", "require")]
    if on:
        summary = f"Extended Protection is on at {listed(names(on))}, on a day when Exchange does not support it yet."
        evidence = (Evidence("as_of", case.as_of.isoformat()), *facts_of(on, "extended_protection"))
        yield Match("ep-too-early", names(on), summary, evidence, versions(*on), "extended_protection")


@rule("ep-bridge-other-cert")
def extended_protection_not_written(case: Case) -> Iterator[Match]:
    """Another certificate ends TLS in front of servers of which nobody told us whether Extended Protection is on."""
    lacking = {
        target.name: target
        for one in published(case)
        if one.rule.tls == "bridging" and one.rule.same_certificate is False
        for target in one.targets
        if from_2013(target) and target.extended_protection is None
    }
    text = "Is Extended Protection on at these servers? Setup of 2019 CU14 and later switches it on."
    yield from gap("ep-bridge-other-cert", "extended_protection", lacking.values(), text, ("off", "allow", "require"))


def _read_by(case: Case, device: Firewall, server: Server, reached: bool) -> bool:
    """Whether what clients send to a server passes a device: those of the Internet, where it is reached from there, or
    those inside, where the device stands before it and not between servers."""
    if reached and any(device.name == one.name for one in case.outer_devices(server)):
        return True
    inside = all(case.network.kinds[zone] is ZoneKind.INTERNAL for zone in device.between)
    before = bool(case.network.zones_of(server) & set(device.between))
    return inside and before and device.name not in crossed_devices(case)


@rule("ep-firewall-inspection")
def tls_inspected_on_the_way(case: Case) -> Iterator[Match]:
    """A firewall between clients, of the Internet or inside, and servers with Extended Protection opens their TLS."""
    reached = {target.name for one in published(case) for target in one.targets}
    reached |= {one.server.name for one in case.from_internet}
    every = [one for one in case.exchange if one.extended_protection in ("allow", "require")]
    opening = (device for device in case.topology.firewalls if "tls" in (device.inspects or ()))
    for device in sorted(opening, key=lambda device: device.name):
        behind = [server for server in every if _read_by(case, device, server, server.name in reached)]
        if behind:
            summary = f"{device.name} opens TLS in front of {listed(names(behind))}, where Extended Protection is on."
            evidence = (
                Evidence(f"firewalls.{device.name}.inspects", "[tls]"),
                *facts_of(behind, "extended_protection"),
            )
            subjects = (device.name, *names(behind))
            yield Match("ep-firewall-inspection", subjects, summary, evidence, versions(*behind), device.name)


RULES = (
    tls_offloaded,
    tls_tunnelled,
    extended_protection_on,
    extended_protection_behind_bridging,
    tls_in_front_of_extended_protection_not_written,
    extended_protection_not_written,
    tls_inspected_on_the_way,
)
