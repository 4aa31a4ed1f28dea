"""Edge Transport, and how mail comes in."""

from __future__ import annotations

import pytest

from tests.build import advice, found, host, line, wall
from tests.rules.rows import BE03, CAS10, DC, EDGE10, EX10, WORKGROUP_TMG, Row, asks, fires, rule_of, silent

TIGHT = [line("EX1", "EDGE1", "25/tcp", "50636/tcp"), line("EDGE1", "EX1", "25/tcp")]
THERE = {"mail_flow": [{"path": ["internet", "EDGE1", "EX1"]}, {"path": ["EX1", "EDGE1", "internet"]}]}
INNER = [wall("inner", "dmz", "lan", allow=TIGHT)]
GATEWAY = host("GW1", "SMTPGateway", "dmz", domain_joined=False)
HUB07 = host("HUB1", "CAS HT MBX", version="2007")
FORESTS = {"forests": [{"name": "corp"}, {"name": "outer"}]}

ROWS: list[Row] = [
    fires(
        "mail handed to a CAS",
        "mail-to-server-without-hub",
        "unsupported",
        GATEWAY,
        host("CAS1", "CAS", version="2010"),
        mail_flow=[{"path": ["internet", "GW1", "CAS1"]}],
    ),
    silent(
        "mail handed to a Hub",
        "mail-to-server-without-hub",
        GATEWAY,
        EX10,
        mail_flow=[{"path": ["internet", "GW1", "EX1"]}],
    ),
    silent(
        "a gateway that hands mail to a CAS is no substitute",
        "third-party-gateway-instead-of-edge",
        GATEWAY,
        host("CAS1", "CAS", version="2010"),
        mail_flow=[{"path": ["internet", "GW1", "CAS1"]}],
    ),
    fires(
        "a gateway behind a closed firewall",
        "mail-path-ports-missing",
        "conditional",
        GATEWAY,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[])],
        mail_flow=[{"path": ["internet", "GW1", "EX1"]}],
    ),
    silent(
        "a gateway behind an open port",
        "mail-path-ports-missing",
        GATEWAY,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("GW1", "EX1", "25/tcp")])],
        mail_flow=[{"path": ["internet", "GW1", "EX1"]}],
    ),
    fires(
        "25 opened from the Internet to a zone",
        "smtp-direct-to-hub",
        "not-recommended",
        EX10,
        firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "lan", "25/tcp", "443/tcp")])],
    ),
    fires(
        "a balancer before a Hub is straight to the Hub",
        "smtp-direct-to-hub",
        "not-recommended",
        EX10,
        host("LB1", "LoadBalancer"),
        mail_flow=[{"path": ["internet", "LB1", "EX1"]}],
    ),
    asks("only the way out is written", "mail-without-path", EX10, mail_flow=[{"path": ["EX1", "internet"]}]),
    silent(
        "EdgeSync from a zone inside that Edge stands in too",
        "edgesync-one-way",
        EDGE10 | {"zone": "lan"},
        EDGE10 | {"name": "EDGE2"},
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("lan", "EDGE2", "50636/tcp")])],
    ),
    silent(
        "EdgeSync inwards is not tight",
        "inner-firewall-tight",
        EDGE10,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[*TIGHT, line("EDGE1", "EX1", "50636/tcp")])],
    ),
    fires("Edge subscribed to one site", "edge-subscription", "supported", EDGE10, EX10),
    silent("Edge not subscribed", "edge-subscription", EDGE10 | {"subscribed_to": []}, EX10),
    fires("Edge without a subscription", "edge-without-edgesync", "conditional", EDGE10 | {"subscribed_to": []}, EX10),
    silent("Edge with a subscription", "edge-without-edgesync", EDGE10, EX10),
    fires(
        "Edge subscribed to two sites",
        "edge-one-site-subscription",
        "unsupported",
        EDGE10 | {"subscribed_to": ["HQ", "Branch"]},
        EX10,
    ),
    silent("Edge subscribed to one", "edge-one-site-subscription", EDGE10, EX10),
    asks(
        "nobody wrote whether Edge is subscribed",
        "edge-subscription-not-known",
        host("EDGE1", "ET", "dmz", version="2010", domain_joined=False),
        EX10,
    ),
    silent("the subscription is written", "edge-subscription-not-known", EDGE10, EX10),
    fires(
        "Edge in the forest of Exchange",
        "edge-corporate-domain-member",
        "not-recommended",
        EDGE10 | {"domain_joined": True},
        EX10,
    ),
    silent("Edge in a workgroup", "edge-corporate-domain-member", EDGE10, EX10),
    fires(
        "Edge in a forest of the perimeter",
        "edge-perimeter-domain-member",
        "supported",
        EDGE10 | {"domain_joined": True, "forest": "outer"},
        EX10 | {"forest": "corp"},
        **FORESTS,
    ),
    asks(
        "Edge in a forest inside, and that of Exchange is not written",
        "edge-perimeter-domain-member",
        EDGE10 | {"domain_joined": True, "forest": "corp"},
        EX10,
        **FORESTS,
    ),
    fires(
        "Edge in a forest whose zone is the perimeter, and that of Exchange is not written",
        "edge-perimeter-domain-member",
        "supported",
        EDGE10 | {"domain_joined": True, "forest": "outer"},
        EX10,
        forests=[{"name": "outer", "zone": "dmz"}],
    ),
    silent("Edge in no forest", "edge-perimeter-domain-member", EDGE10, EX10 | {"forest": "corp"}, **FORESTS),
    asks(
        "Edge in a forest that nobody wrote",
        "edge-perimeter-domain-member",
        EDGE10 | {"domain_joined": True},
        EX10 | {"forest": "corp"},
        **FORESTS,
    ),
    fires(
        "Edge with the Hub role", "edge-no-role-collocation", "unsupported", host("EX1", "ET HT", "dmz", version="2007")
    ),
    silent("Edge alone", "edge-no-role-collocation", EDGE10),
    fires("Edge on the TMG host", "edge-and-tmg-same-host", "supported", EDGE10 | {"also_runs": ["tmg-2010"]}, EX10),
    silent("Edge on a host of its own", "edge-and-tmg-same-host", EDGE10, EX10),
    fires("Edge on the UAG host", "edge-on-isa-or-uag", "not-recommended", EDGE10 | {"also_runs": ["uag-2010"]}, EX10),
    silent("Edge beside a virus scanner", "edge-on-isa-or-uag", EDGE10 | {"also_runs": ["some-antivirus"]}, EX10),
    fires(
        "OWA through Edge",
        "edge-does-not-proxy-cas",
        "unsupported",
        EDGE10,
        CAS10,
        publishing=[rule_of(product="other", host="EDGE1", preauth="none")],
    ),
    fires(
        "OWA aimed at Edge",
        "edge-does-not-proxy-cas",
        "unsupported",
        EDGE10,
        WORKGROUP_TMG,
        publishing=[rule_of(targets=["EDGE1"])],
    ),
    silent(
        "SMTP aimed at Edge",
        "edge-does-not-proxy-cas",
        EDGE10,
        WORKGROUP_TMG,
        publishing=[rule_of(targets=["EDGE1"], protocols=["smtp"])],
    ),
    silent(
        "OWA through TMG on the Edge host",
        "edge-does-not-proxy-cas",
        EDGE10 | {"also_runs": ["tmg-2010"]},
        CAS10,
        publishing=[rule_of(host="EDGE1")],
    ),
    fires(
        "50389 on a firewall",
        "edge-50389-local",
        "not-recommended",
        EDGE10,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[*TIGHT, line("EX1", "EDGE1", "50389/tcp")])],
    ),
    silent("50389 closed", "edge-50389-local", EDGE10, EX10, firewalls=INNER),
    fires(
        "EdgeSync opened inwards",
        "edgesync-one-way",
        "not-recommended",
        EDGE10,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[*TIGHT, line("EDGE1", "EX1", "50636/tcp")])],
    ),
    silent("EdgeSync opened outwards", "edgesync-one-way", EDGE10, EX10, firewalls=INNER),
    fires(
        "the inner firewall passes what Edge needs",
        "edge-path-open",
        "supported",
        EDGE10,
        EX10,
        firewalls=INNER,
        **THERE,
    ),
    silent(
        "the inner firewall passes no mail",
        "edge-path-open",
        EDGE10,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[])],
        **THERE,
    ),
    fires(
        "the inner firewall lacks EdgeSync",
        "edge-path-ports-missing",
        "conditional",
        EDGE10,
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("any", "any", "25/tcp")])],
        **THERE,
    ),
    silent("nothing lacks", "edge-path-ports-missing", EDGE10, EX10, firewalls=INNER, **THERE),
    silent(
        "an unsubscribed Edge needs no EdgeSync",
        "edge-path-ports-missing",
        EDGE10 | {"subscribed_to": []},
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("any", "any", "25/tcp")])],
        **THERE,
    ),
    silent("Edge on the intranet is not in the perimeter", "edge-in-perimeter", EDGE10 | {"zone": "lan"}, EX10),
    # mail
    fires("mail by Edge", "edge-then-hub-flow", "supported", EDGE10, EX10, **THERE),
    silent("mail by a gateway", "edge-then-hub-flow", GATEWAY, EX10, mail_flow=[{"path": ["internet", "GW1", "EX1"]}]),
    fires(
        "mail by a gateway instead of Edge",
        "third-party-gateway-instead-of-edge",
        "supported",
        GATEWAY,
        EX10,
        mail_flow=[{"path": ["internet", "GW1", "EX1"]}],
    ),
    silent("mail by Edge needs no gateway", "third-party-gateway-instead-of-edge", EDGE10, EX10, **THERE),
    fires(
        "a gateway before Edge",
        "gateway-plus-edge",
        "conditional",
        GATEWAY,
        EDGE10,
        EX10,
        mail_flow=[{"path": ["internet", "GW1", "EDGE1", "EX1"]}],
    ),
    silent("Edge alone before the Hub", "gateway-plus-edge", EDGE10, EX10, **THERE),
    fires(
        "a relay before 2003",
        "smtp-relay-in-perimeter-legacy",
        "supported",
        GATEWAY,
        BE03,
        mail_flow=[{"path": ["internet", "GW1", "BE1"]}],
    ),
    silent(
        "a relay before 2010 is a gateway",
        "smtp-relay-in-perimeter-legacy",
        GATEWAY,
        EX10,
        mail_flow=[{"path": ["internet", "GW1", "EX1"]}],
    ),
    fires(
        "mail straight to a Hub",
        "smtp-direct-to-hub",
        "not-recommended",
        EX10,
        mail_flow=[{"path": ["internet", "EX1"]}],
    ),
    fires(
        "a hole to the Hub",
        "smtp-direct-to-hub",
        "not-recommended",
        EX10,
        firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "EX1", "25/tcp")])],
    ),
    fires(
        "SMTP published to the Hub",
        "smtp-direct-to-hub",
        "not-recommended",
        EX10,
        WORKGROUP_TMG,
        publishing=[rule_of(protocols=["smtp"], preauth="none", targets=["EX1"])],
    ),
    silent("mail out of the Hub alone", "smtp-direct-to-hub", EX10, mail_flow=[{"path": ["EX1", "internet"]}]),
    silent(
        "a hosted filter before the Hub", "smtp-direct-to-hub", EX10, mail_flow=[{"path": ["internet", "eop", "EX1"]}]
    ),
    asks("nobody wrote how mail comes in", "mail-without-path", EX10, DC),
    silent("how mail comes in is written", "mail-without-path", EX10, mail_flow=[{"path": ["internet", "EX1"]}]),
    fires(
        "HMC 4.5 with an Internet-facing Hub",
        "hmc45-edge-replaced",
        "conditional",
        HUB07,
        deployment="hmc-4.5",
        mail_flow=[{"path": ["internet", "HUB1"]}],
    ),
    silent(
        "an Internet-facing Hub outside HMC", "hmc45-edge-replaced", HUB07, mail_flow=[{"path": ["internet", "HUB1"]}]
    ),
    fires(
        "a balancer between Edge and Hub",
        "lb-between-exchange-servers",
        "unsupported",
        EDGE10,
        EX10,
        host("LB1", "LoadBalancer"),
        mail_flow=[{"path": ["internet", "EDGE1", "LB1", "EX1"]}],
    ),
    silent(
        "a balancer before Edge",
        "lb-between-exchange-servers",
        EDGE10,
        EX10,
        host("LB1", "LoadBalancer", "dmz"),
        mail_flow=[{"path": ["internet", "LB1", "EDGE1", "EX1"]}],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


def test_ports_that_an_edge_server_lacks_are_told_of_the_device_that_closes_them() -> None:
    walls = [*INNER, wall("vpn", "lan", "branch", kind="site-to-site-vpn", allow="any", inspects=[], nat=False)]
    branch = host("EX2", "CAS HT MBX", "branch", version="2010", site="HQ")
    (one,) = found(advice(EDGE10, EX10, branch, firewalls=walls, **THERE), "edge-path-ports-missing")
    assert one.id == "edge-path-ports-missing@EDGE1+inner" and one.summary.endswith("cannot pass inner.")


def test_where_one_server_is_shut_off_the_open_way_names_the_others() -> None:
    other = EX10 | {"name": "EX2"}
    lines = [line("EX1", "EDGE1", "25/tcp", "50636/tcp"), line("EDGE1", "EX1", "25/tcp")]
    shown = advice(EDGE10, EX10, other, firewalls=[wall("inner", "dmz", "lan", allow=lines, inspects=[])], **THERE)
    (way,) = found(shown, "edge-path-open")
    assert way.summary == "Between EDGE1 and EX1 what mail and EdgeSync need passes inner."
    assert found(shown, "edge-path-ports-missing")


def test_of_an_edge_server_without_subscription_nobody_says_that_edgesync_passes() -> None:
    lines = [line("EX1", "EDGE1", "25/tcp"), line("EDGE1", "EX1", "25/tcp")]
    walls = [wall("inner", "dmz", "lan", allow=lines, inspects=[])]
    (way,) = found(advice(EDGE10 | {"subscribed_to": []}, EX10, firewalls=walls), "edge-path-open")
    assert way.summary == "Between EDGE1 and its Hub Transport servers what mail needs passes inner."
