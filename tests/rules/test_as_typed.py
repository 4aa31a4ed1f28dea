"""Layouts as people type them: short, sparse, in their own words. What was judged wrong once stays judged right."""

from __future__ import annotations

from datetime import date

import pytest

from tests.build import DAY, advice, found, host, line, verdicts, wall
from tests.rules.rows import BE03, CAS10, DC, EDGE10, EX10, FE03, TMG, Row, asks, fires, rule_of, silent

EX03 = host("EX1", "MBX", version="2003")
EX19 = host("EX1", "MBX", version="2019")
EDGE19 = EDGE10 | {"version": "2019"}
ISA_WALL = host("TMG1", "", "dmz", also_runs=["tmg-2010"], also_in=["lan"])
WEB = host("WEB1", "", "dmz")
BALANCED = {"mail_flow": [{"path": ["internet", "EDGE1", "LB1", "EX1"]}]}


def outer(*lines: dict, **fields: object) -> dict:
    return {"firewalls": [wall("outer", "internet", "dmz", allow=list(lines), **fields)]}


def inner(*lines: dict) -> dict:
    return {"firewalls": [wall("inner", "dmz", "lan", allow=list(lines))]}


def single(*lines: dict) -> dict:
    return {"firewalls": [wall("fw", "internet", "lan", allow=list(lines))]}


OPEN = {"firewalls": [wall("outer", "internet", "dmz", allow="any")]}

ROWS: list[Row] = [
    # outer firewalls
    fires(
        "an outer firewall before Edge",
        "client-firewall-to-cas",
        "supported",
        EDGE10,
        EX10,
        **outer(line("internet", "EDGE1", "25/tcp")),
    ),
    fires(
        "an outer firewall before a proxy",
        "client-firewall-to-cas",
        "supported",
        TMG,
        CAS10,
        publishing=[rule_of()],
        **outer(line("internet", "TMG1", "443/tcp")),
    ),
    fires("an outer firewall that opens all of Edge", "outer-firewall-open", "not-recommended", EDGE19, EX19, **OPEN),
    fires(
        "one line of ranges opens all of it",
        "outer-firewall-open",
        "not-recommended",
        EDGE10,
        EX10,
        **outer(line("any", "dmz", "1-65535/tcp", "1-65535/udp")),
    ),
    silent(
        "an outer firewall that opens 25",
        "outer-firewall-open",
        EDGE10,
        EX10,
        **outer(line("internet", "EDGE1", "25/tcp")),
    ),
    silent(
        "everything out, 25 in",
        "outer-firewall-open",
        EDGE10,
        EX10,
        **outer(line("dmz", "internet", "any"), line("internet", "EDGE1", "25/tcp")),
    ),
    silent("an open outer firewall before hosts of no word here", "outer-firewall-open", WEB, EX10, **OPEN),
    silent("an open outer firewall is not called sound", "client-firewall-to-cas", EDGE10, EX10, **OPEN),
    asks(
        "an outer firewall without rules",
        "firewall-without-rules",
        EDGE10,
        EX10,
        firewalls=[wall("outer", "internet", "dmz")],
    ),
    asks("the only firewall has no rules", "firewall-without-rules", EX10, firewalls=[wall("fw", "internet", "lan")]),
    # inner firewalls
    fires(
        "an inner firewall lets an unknown perimeter host reach everything",
        "inner-firewall-restrictive",
        "not-recommended",
        WEB,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow="any")],
    ),
    fires(
        "an inner firewall is open behind a proxy that is a member and an Edge server that is none",
        "inner-firewall-restrictive",
        "not-recommended",
        EDGE10,
        TMG | {"domain_joined": True},
        CAS10,
        DC,
        firewalls=[wall("inner", "dmz", "lan", allow="any")],
        publishing=[rule_of()],
    ),
    silent(
        "some ports for an unknown perimeter host",
        "inner-firewall-restrictive",
        WEB,
        EX10,
        **inner(line("dmz", "lan", "8080/tcp")),
    ),
    silent(
        "a proxy leads to a balancer of which nobody wrote what it hands on to",
        "inner-firewall-restrictive",
        TMG,
        CAS10,
        host("LB1", "LoadBalancer"),
        publishing=[rule_of(targets=["LB1"])],
        **inner(line("dmz", "lan", "443/tcp")),
    ),
    silent(
        "a front-end of 2003 reaches a server whose role is typed Mailbox",
        "inner-firewall-restrictive",
        FE03,
        EX03,
        **inner(line("FE1", "EX1", "80/tcp")),
    ),
    silent(
        "the only server of 2003 takes mail itself",
        "inner-firewall-restrictive",
        EX03,
        **single(line("any", "lan", "25/tcp")),
    ),
    # 2000 and 2003
    fires(
        "mail straight to the only server of 2003",
        "smtp-direct-to-hub",
        "supported",
        EX03,
        **single(line("internet", "EX1", "25/tcp")),
    ),
    fires(
        "browsers straight to a server of 2003 whose role is typed Mailbox",
        "owa-be-direct",
        "not-recommended",
        EX03,
        **single(line("internet", "EX1", "443/tcp")),
    ),
    fires(
        "a cluster of 2003",
        "dag-members-open",
        "supported",
        BE03,
        host("BE2", "BE", version="2003"),
        dags=[{"name": "C1", "kind": "scc", "members": ["BE1", "BE2"]}],
    ),
    fires(
        "a front-end with mailboxes in the perimeter",
        "back-end-in-perimeter",
        "unsupported",
        FE03 | {"roles": ["FE", "BE"]},
    ),
    silent(
        "a front-end with mailboxes in the perimeter is not supported",
        "fe-in-perimeter",
        FE03 | {"roles": ["FE", "BE"]},
    ),
    silent("a front-end on the Internet is in no perimeter network", "fe-in-perimeter", FE03 | {"zone": "internet"}),
    asks("a front-end on the Internet", "placement-not-covered", FE03 | {"zone": "internet"}, BE03),
    # proxies
    fires(
        "a front-end behind ISA whose kind nobody wrote",
        "fe-behind-advanced-firewall",
        "supported",
        FE03 | {"zone": "lan"},
        TMG,
        publishing=[rule_of(product="isa-2006", kind=..., targets=["FE1"])],
    ),
    silent(
        "a proxy on the Internet is in no perimeter network",
        "reverse-proxy-in-perimeter",
        TMG | {"zone": "internet"},
        CAS10,
    ),
    silent("a product typed with spaces", "product-not-known", TMG, CAS10, publishing=[rule_of(product="TMG 2010")]),
    asks(
        "a firewall that is TMG opens 443 inwards, and no rule is written",
        "proxy-without-publishing",
        ISA_WALL,
        CAS10,
        firewalls=[
            wall(
                "tmg",
                "internet",
                "dmz",
                "lan",
                host="TMG1",
                allow=[line("any", "TMG1", "443/tcp"), line("TMG1", "CAS1", "443/tcp")],
            )
        ],
    ),
    silent(
        "a firewall that is TMG and publishes nothing",
        "proxy-without-publishing",
        ISA_WALL,
        CAS10,
        firewalls=[wall("tmg", "internet", "lan", host="TMG1", allow=[])],
    ),
    silent(
        "AD FS on an appliance that takes SAML",
        "product-lacks-preauth",
        TMG,
        CAS10,
        publishing=[rule_of(product="f5", preauth="adfs", validation=...)],
    ),
    silent(
        "Active Directory asked by LDAP of an appliance",
        "product-lacks-validation",
        TMG | {"domain_joined": False},
        CAS10,
        publishing=[rule_of(product="kemp")],
    ),
    silent(
        "a method that the product lacks: by what it would check logons is no question",
        "preauth-proxy-workgroup-limited",
        TMG | {"domain_joined": False},
        CAS10,
        publishing=[rule_of(product="nginx", preauth="forms", validation=...)],
    ),
    fires(
        "Windows NLB without a kind balances",
        "loadbalancer-before-cas",
        "supported",
        CAS10,
        publishing=[{"name": "nlb", "product": "wnlb", "protocols": ["owa"], "targets": ["CAS1"]}],
    ),
    silent(
        "a balancer of another maker is not asked how it pre-authenticates",
        "preauth-not-known",
        host("LB1", "LoadBalancer"),
        CAS10,
        publishing=[rule_of(product="kemp", kind=..., host="LB1", preauth=...)],
    ),
    fires(
        "an outer firewall before a proxy that is no host of the file",
        "client-firewall-to-cas",
        "supported",
        CAS10,
        publishing=[rule_of(host=..., zone="dmz", domain_joined=True)],
        **outer(line("internet", "dmz", "443/tcp")),
    ),
    fires(
        "a gateway behind a hosted filter",
        "third-party-gateway-instead-of-edge",
        "supported",
        EX19,
        host("GW1", "SMTPGateway", "dmz"),
        mail_flow=[{"path": ["internet", "eop", "GW1", "EX1"]}],
    ),
    fires(
        "a server of 2007 as the end of a hybrid",
        "hyb-endpoint-type",
        "unsupported",
        EX10 | {"version": "2007"},
        hybrid={"topology": "classic", "mail_path": ["EX1", "eop"], "targets": ["EX1"]},
    ),
    # directory, mail, Edge, Extended Protection
    fires(
        "an RODC alone in a file without sites",
        "rodc-used-by-exchange",
        "unsupported",
        EX10 | {"site": None},
        host("RODC1", "RODC"),
    ),
    silent(
        "an RODC beside a DC in a file without sites",
        "rodc-used-by-exchange",
        EX10 | {"site": None},
        host("RODC1", "RODC"),
        DC | {"site": None},
    ),
    silent("an RODC of no site where servers have one", "rodc-used-by-exchange", EX10, host("RODC1", "RODC")),
    silent(
        "a firewall tells how mail comes in", "mail-without-path", EX10, **single(line("internet", "EX1", "25/tcp"))
    ),
    fires(
        "Edge of 2019 subscribed to a site, and older servers without one",
        "edge-newer-than-mailbox",
        "conditional",
        EDGE19,
        host("EX1", "MBX", version="2016", site=None),
    ),
    fires(
        "a balancer between Edge and Hub of 2007",
        "lb-between-exchange-servers",
        "unsupported",
        EDGE10 | {"version": "2007"},
        EX10 | {"version": "2007"},
        host("LB1", "LoadBalancer"),
        **BALANCED,
    ),
    fires(
        "a balancer between Edge and Mailbox of 2019",
        "lb-between-exchange-servers",
        "not-recommended",
        EDGE19,
        EX19,
        host("LB1", "LoadBalancer"),
        **BALANCED,
    ),
    fires(
        "Extended Protection of 2010 behind offload",
        "ep-ssl-offload",
        "conditional",
        TMG,
        CAS10 | {"extended_protection": "require"},
        as_of=date(2011, 6, 1),
        publishing=[rule_of(tls="offload", preauth="none")],
    ),
    fires(
        "Extended Protection of 2010 behind another certificate",
        "ep-bridge-other-cert",
        "conditional",
        TMG,
        CAS10 | {"extended_protection": "require"},
        as_of=date(2011, 6, 1),
        publishing=[rule_of(same_certificate=False)],
    ),
    fires(
        "UAG before 2013 and IMAP",
        "uag-no-pop-imap-smtp",
        "unsupported",
        TMG,
        host("CAS1", "CAS MBX", version="2013"),
        publishing=[rule_of(product="uag-2010", protocols=["imap"])],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


def test_a_role_that_a_version_lacks_is_named_alone() -> None:
    (asked,) = found(advice(host("EX1", "CAS MBX", version="2016"), DC), "role-not-in-version")
    assert "ClientAccess" in asked.summary and "Mailbox" not in asked.summary


def test_the_outer_firewall_is_not_told_to_open_rpc() -> None:
    result = advice(TMG, CAS10, publishing=[rule_of()], as_of=DAY, **outer(line("internet", "TMG1", "443/tcp")))
    (finding,) = found(result, "client-firewall-to-cas")
    assert "135" not in finding.fix and not verdicts(result, "outer-firewall-open")


def test_one_missing_road_is_one_question_whoever_asks_it() -> None:
    mail = {"mail_flow": [{"path": ["internet", "EX1", "DC1"]}]}
    result = advice(EX10, DC | {"zone": "back"}, **mail)
    assert [finding.id for finding in found(result, "no-route-known")] == ["no-route-known@back~lan"]
