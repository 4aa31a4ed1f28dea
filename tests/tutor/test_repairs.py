"""What is no repair: making the fault look needed, leading round it, cutting off who came in."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from exkit.report.judged import facts_of_today
from exkit.tutor.example import Example, example
from exkit.tutor.repairs import wrong_with

WIDE = ("firewalls.inner.allow", "any")


def told(fault: Example, statement: str, *changes: tuple[str, JsonValue]) -> str:
    """What is wrong with changes as a repair of one finding."""
    (finding,) = (one for one in fault.advice.findings if one.statement == statement)
    repaired = fault
    for path, value in changes:
        repaired = repaired.change(path, value)
    return wrong_with(fault.topology, finding, repaired.topology, facts_of_today())


@pytest.mark.parametrize(
    ("pattern", "fault", "statement", "change", "words"),
    [
        ("workgroup-proxy-radius-2010", WIDE, "inner-firewall-restrictive",
         ("servers.TMG1.roles", ["ReverseProxy", "DomainController"]), "This opens a question"),
        ("workgroup-proxy-radius-2010", WIDE, "inner-firewall-restrictive",
         ("servers.TMG1.roles", ["ReverseProxy", "ReadOnlyDomainController"]), "It is still not recommended"),
        ("edge-pair-and-balancer-se", WIDE, "inner-firewall-restrictive",
         ("servers.LB1.domain_joined", True), "It is still not recommended"),
        ("cas-in-perimeter-any-any-2010", ("firewalls.inner.inspects", ["tls"]), "device-inspects-to-dc",
         ("servers.CAS1.also_in", ["lan"]), "CAS1 gets a card in another network"),
        ("front-end-inside-2003", ("publishing.web-mail.targets", ["BE1"]), "owa-be-direct",
         ("publishing.web-mail.targets", ["DC1"]), "DC1 answers no clients"),
        ("single-server-se", ("firewalls.router.allow", "any"), "mapi-rpc-from-internet",
         ("firewalls.router.allow", []), "internet can no longer reach EX1 on 443/tcp, which it needs: HTTPS"),
        ("single-server-se", ("firewalls.router.allow", "any"), "mapi-rpc-from-internet",
         ("firewalls.router.allow", [{"from": "internet", "to": "EX1", "ports": ["443/tcp"]}]),
         "mail from the Internet cannot come in any more"),
    ],
)  # fmt: skip
def test_what_only_hides_a_fault_or_cuts_people_off_is_no_repair(
    pattern: str, fault: tuple[str, JsonValue], statement: str, change: tuple[str, JsonValue], words: str
) -> None:
    assert words in told(example(pattern).change(*fault), statement, change)


@pytest.mark.parametrize(
    ("pattern", "fault", "statement", "change"),
    [
        ("recommended-2010", ("servers.CAS1.zone", "dmz"), "cas-in-perimeter", ("servers.CAS1.zone", "lan")),
        ("recommended-2010", ("servers.DC1.roles", ["ReadOnlyDomainController"]), "rodc-used-by-exchange",
         ("servers.DC1.roles", ["DomainController"])),
        ("cas-in-perimeter-any-any-2010", ("firewalls.inner.inspects", ["tls"]), "device-inspects-to-dc",
         ("firewalls.inner.inspects", [])),
    ],
)  # fmt: skip
def test_what_mends_it_is_a_repair(
    pattern: str, fault: tuple[str, JsonValue], statement: str, change: tuple[str, JsonValue]
) -> None:
    assert told(example(pattern).change(*fault), statement, change) == ""
