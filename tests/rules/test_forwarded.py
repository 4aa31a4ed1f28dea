"""The way of what is published by no host of the file: a forwarded port, a proxy that is known by its zone alone."""

from __future__ import annotations

from typing import Any

import pytest

from exkit.ports import ports_to_open
from exkit.workshop.forms import needed_lines
from tests.build import advice, facts, found, host, line, topology, wall
from tests.rules.rows import CAS10, FE03, MBX10, TMG, Row, asks, fires, rule_of, silent

EX19 = host("EX1", "MBX", version="2019")
OUTER = wall("outer", "internet", "dmz", allow=[line("internet", "lan", "443/tcp", "993/tcp")])
OPEN, SHUT = "proxy-path-open", "proxy-path-ports-missing"


def forwarded(**fields: Any) -> dict[str, Any]:
    """A port that is forwarded through two firewalls to CAS1."""
    bare = {
        "kind": "port-forward",
        "product": ...,
        "host": ...,
        "preauth": "none",
        "validation": ...,
        "delegation": ...,
    }
    return rule_of(**bare | {"tls": "pass-through", **fields})


def behind(*lines: dict[str, Any], outer: dict[str, Any] = OUTER, **fields: Any) -> dict[str, Any]:
    inner = wall("inner", "dmz", "lan", allow=list(lines))
    return {"publishing": [forwarded(**fields)], "firewalls": [outer, inner]}


def balanced(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return behind(*lines, kind="load-balancer", zone="dmz", **fields)


HTTPS, FROM_DMZ = line("internet", "CAS1", "443/tcp"), line("dmz", "CAS1", "443/tcp")
FROM_A_HOST = line("TMG1", "CAS1", "443/tcp")
INSIDE = [wall("router", "internet", "branch", allow=[]),
          wall("core", "branch", "lan", allow=[line("branch", "CAS1", "443/tcp")])]  # fmt: skip
ROWS: list[Row] = [
    # a forwarded port
    fires("the firewall behind the one that forwards passes nothing", SHUT, "conditional", CAS10, **behind()),
    fires("it passes another port", SHUT, "conditional", CAS10, **behind(line("internet", "CAS1", "80/tcp"))),
    fires("it passes 443 and not 993", SHUT, "conditional", CAS10, **behind(HTTPS, protocols=["owa", "imap"])),
    fires("it passes 443 to another server", SHUT, "conditional", CAS10, MBX10,
          **behind(line("internet", "MBX1", "443/tcp"))),
    silent("it passes 443 to another server", OPEN, CAS10, MBX10, **behind(line("internet", "MBX1", "443/tcp"))),
    fires("it passes 443 from the Internet", OPEN, "supported", CAS10, **behind(HTTPS)),
    silent("it passes 443 from the Internet", SHUT, CAS10, **behind(HTTPS)),
    fires("it passes 443 to the zone", OPEN, "supported", CAS10, **behind(line("any", "lan", "443/tcp"))),
    fires("IMAP of 2019 has its port", OPEN, "supported", EX19,
          **behind(line("internet", "EX1", "993/tcp"), targets=["EX1"], protocols=["imap"])),
    fires("IMAP of 2019 has the port of another protocol", SHUT, "conditional", EX19,
          **behind(line("internet", "EX1", "443/tcp"), targets=["EX1"], protocols=["imap"])),
    fires("a front-end of 2003 behind two firewalls", SHUT, "conditional", FE03 | {"zone": "lan"},
          **behind(targets=["FE1"])),
    silent("nobody wrote what the firewall behind passes", SHUT, CAS10, publishing=[forwarded()],
           firewalls=[OUTER, wall("inner", "dmz", "lan")]),
    silent("nobody wrote what is forwarded", SHUT, CAS10, **behind(protocols=...)),
    silent("mail alone: nobody knows by which port", SHUT, CAS10, **behind(protocols=["smtp"])),
    silent("the firewall that forwards is the only one", SHUT, CAS10, publishing=[forwarded()],
           firewalls=[wall("fw", "internet", "lan", allow=[])]),
    silent("the firewall that forwards has three legs", SHUT, CAS10, publishing=[forwarded()],
           firewalls=[wall("fw", "internet", "dmz", "lan", allow=[])]),
    silent("the target stands before the inner firewall", SHUT, CAS10 | {"zone": "dmz"}, **behind()),
    silent("nothing joins the target with the Internet", SHUT, CAS10, publishing=[forwarded()]),
    silent("what is forwarded to is a proxy, which goes on by itself", SHUT, CAS10, TMG,
           publishing=[forwarded(targets=["TMG1"]), rule_of("web")],
           firewalls=[OUTER, wall("inner", "dmz", "lan", allow=[FROM_A_HOST])]),
    # whose address it comes with
    asks("the inner firewall knows the perimeter only, and nobody wrote whose address comes", SHUT, CAS10,
         **behind(FROM_DMZ)),
    asks("it knows a host of the perimeter only", SHUT, CAS10, TMG, **behind(FROM_A_HOST)),
    fires("the address of the client is kept, and it knows the perimeter only", SHUT, "conditional", CAS10,
          **behind(FROM_DMZ, source_nat=False)),
    fires("an address of its own comes, from the perimeter", OPEN, "supported", CAS10,
          **behind(FROM_DMZ, source_nat=True)),
    fires("an address of its own comes, and it knows the Internet only", SHUT, "conditional", CAS10,
          **behind(HTTPS, source_nat=True, zone="dmz")),
    fires("an address of its own comes, from the first of two networks inside", OPEN, "supported", CAS10,
          publishing=[forwarded(source_nat=True)], firewalls=INSIDE),
    asks("two networks inside, and nobody wrote whose address comes", SHUT, CAS10,
         publishing=[forwarded()], firewalls=INSIDE),
    # a proxy or balancer that is known by its zone alone
    fires("a proxy of the perimeter that is let in", OPEN, "supported", CAS10,
          **behind(FROM_DMZ, kind="reverse-proxy", product="other", zone="dmz")),
    fires("a proxy of the perimeter that is not", SHUT, "conditional", CAS10,
          **behind(kind="reverse-proxy", product="other", zone="dmz")),
    fires("for a proxy a line for the Internet is none", SHUT, "conditional", CAS10,
          **behind(HTTPS, kind="reverse-proxy", product="other", zone="dmz")),
    asks("one host of the perimeter is let in, and nobody wrote whether it is the proxy", SHUT, CAS10, TMG,
         **behind(FROM_A_HOST, kind="reverse-proxy", product="other", zone="dmz")),
    silent("a proxy of which nobody wrote where it is", SHUT, CAS10, **behind(kind="reverse-proxy", product="other")),
    silent("nobody wrote what it runs on", SHUT, CAS10, **behind(kind=..., zone="dmz")),
    silent("a balancer beside its targets", SHUT, CAS10, **behind(kind="load-balancer", zone="lan")),
    fires("a balancer that keeps the address of the client", OPEN, "supported", CAS10,
          **balanced(HTTPS, source_nat=False)),
    asks("a balancer, and nobody wrote whose address comes", SHUT, CAS10, **balanced(HTTPS)),
    fires("a balancer with an address of its own", SHUT, "conditional", CAS10, **balanced(HTTPS, source_nat=True)),
    asks("a balancer that is a host, and nobody wrote whose address comes", SHUT, CAS10,
         host("LB1", "LoadBalancer", "dmz"), **behind(HTTPS, kind="load-balancer", host="LB1")),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


def test_the_finding_names_the_firewall_behind_and_not_the_one_that_forwards() -> None:
    (finding,) = found(advice(CAS10, **behind(protocols=["owa", "imap"])), SHUT)
    assert finding.summary == "443/tcp and 993/tcp cannot pass inner from internet to CAS1."
    assert finding.subjects == ("owa", "CAS1", "inner")


def test_the_lines_that_each_firewall_needs_take_in_what_is_forwarded() -> None:
    made = topology(CAS10, EX19, **behind(protocols=["owa", "imap"], targets=["CAS1"]))
    wanted = [{"from": "internet", "to": "CAS1", "ports": ["443/tcp", "993/tcp"]}]
    assert needed_lines(made, facts(), "outer", ("required", "conditional")) == wanted
    assert needed_lines(made, facts(), "inner", ("required", "conditional")) == wanted


def test_a_firewall_needs_lines_from_where_the_publisher_stands() -> None:
    own = topology(CAS10, **behind(source_nat=True, zone="dmz"))
    proxy = topology(CAS10, **behind(kind="reverse-proxy", zone="dmz"))
    from_dmz = [{"from": "dmz", "to": "CAS1", "ports": ["443/tcp"]}]
    assert needed_lines(own, facts(), "inner") == needed_lines(proxy, facts(), "inner") == from_dmz


@pytest.mark.parametrize(
    "fields", [{"kind": ...}, {"kind": "reverse-proxy"}, {"targets": ...}, {"zone": "lan", "kind": "load-balancer"}]
)
def test_what_comes_from_nobody_knows_where_needs_no_line(fields: dict[str, Any]) -> None:
    assert needed_lines(topology(CAS10, **behind(**fields)), facts(), "inner") == []


def test_lines_that_are_needed_make_the_way_open_and_no_wider() -> None:
    made = topology(CAS10, **behind(protocols=["owa", "imap"]))
    lines = needed_lines(made, facts(), "inner", ("required", "conditional"))
    result = advice(CAS10, **behind(*lines, protocols=["owa", "imap"]))
    assert [one.verdict.value for one in found(result, OPEN)] == ["supported"]
    assert not found(result, SHUT) and not found(result, "inner-firewall-restrictive")


def test_what_another_row_opens_as_surely_is_listed_once() -> None:
    """A front-end takes 443 from the Internet whatever publishes it; of IMAP the table only says that it may."""
    made = topology(FE03 | {"zone": "lan"}, **behind(targets=["FE1"], protocols=["owa", "imap"]))
    rows = [(row.ports, row.need) for row in ports_to_open(made, facts()) if row.sources == ("internet",)]
    assert rows.count((("443/tcp",), "required")) == 1
    assert (("993/tcp",), "required") in rows
