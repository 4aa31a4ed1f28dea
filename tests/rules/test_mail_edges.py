"""How mail comes in and goes out: what is nearly a case and is none, hop by hop."""

from __future__ import annotations

from typing import Any

import pytest

from tests.build import host, line, wall
from tests.rules.rows import DC, EDGE10, EX10, TMG, Row, asks, fires, rule_of, silent

CAS = host("CAS1", "CAS", version="2010")
HUB = host("HUB1", "HT", version="2010")
MBX = host("MBX1", "MBX", version="2010")
GATE = host("GW1", "SMTPGateway", "dmz", domain_joined=False)
LB = host("LB1", "LoadBalancer")
EX07 = host("EX2", "CAS HT MBX", version="2007")
EX16 = host("EX1", "MBX", version="2016")
EDGE13 = host("EDGE1", "ET", "dmz", version="2013", domain_joined=False, subscribed_to=["HQ"])
MBX13 = host("MBX1", "MBX", version="2013")
CAS13 = host("CAS1", "CAS", version="2013")
WAN = {"zones": [{"name": "wan", "kind": "internet"}, {"name": "dmz", "kind": "perimeter"},
                 {"name": "lan", "kind": "internal"}]}  # fmt: skip
DIRECT = "smtp-direct-to-hub"
GATEWAY = "third-party-gateway-instead-of-edge"


def path(*hops: str) -> dict[str, Any]:
    return {"mail_flow": [{"path": list(hops)}]}


def paths(*many: tuple[str, ...]) -> dict[str, Any]:
    return {"mail_flow": [{"path": list(hops)} for hops in many]}


def opened(target: str, port: str = "25/tcp", zone: str = "lan") -> dict[str, Any]:
    return {"firewalls": [wall("fw", "internet", zone, allow=[line("internet", target, port)])]}


def smtp(target: str, **fields: Any) -> dict[str, Any]:
    base = {"kind": "port-forward", "host": ..., "product": ..., "preauth": ..., "validation": ..., "targets": [target]}
    return {"publishing": [rule_of("mail", **{**base, "protocols": ["smtp"], **fields})]}


ROWS: list[Row] = [
    silent("25 opened to the end of hybrid mail is there for Exchange Online", "smtp-direct-to-hub", EX10,
           firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "EX1", "25/tcp")])],
           hybrid={"topology": "classic", "mail_path": ["EX1", "eop"]}),
    asks("how other mail comes in is asked then", "mail-without-path", EX10,
         firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "EX1", "25/tcp")])],
         hybrid={"topology": "classic", "mail_path": ["EX1", "eop"]}),
    fires("a mail path from the Internet to that server", "smtp-direct-to-hub", "not-recommended", EX10,
          mail_flow=[{"path": ["internet", "EX1"]}], hybrid={"topology": "classic", "mail_path": ["EX1", "eop"]}),
    silent("smtp published to the end of hybrid mail", "smtp-direct-to-hub", TMG, EX10,
           publishing=[rule_of(product="other", protocols=["smtp"], targets=["EX1"])],
           hybrid={"topology": "classic", "mail_path": ["EX1", "eop"]}),
    # straight from the Internet
    fires("the Internet is a zone of another name", DIRECT, "not-recommended", HUB, **WAN, **path("wan", "HUB1")),
    fires("the Internet is no zone of the file", DIRECT, "not-recommended", HUB, **path("internet", "HUB1"),
          zones=[{"name": "lan", "kind": "internal"}]),
    silent("a path from nowhere", DIRECT, HUB, EX10, **path("EX1", "HUB1")),
    silent("a path to a CAS", DIRECT, CAS, HUB, **path("internet", "CAS1")),
    silent("a path to a server whose version nobody wrote", DIRECT, HUB | {"version": None},
           **path("internet", "HUB1")),
    silent("a path to Edge", DIRECT, EDGE10, EX10, **path("internet", "EDGE1")),
    silent("a path to a gateway", DIRECT, GATE, EX10, **path("internet", "GW1")),
    fires("a path to Client Access of 2013", DIRECT, "supported", CAS13, MBX13, **path("internet", "CAS1")),
    fires("a path to a server of 2000", DIRECT, "supported", host("BE1", "BE", version="2000"),
          **path("internet", "BE1")),
    fires("a path to a Mailbox server of 2013 alone", "smtp-direct-to-mailbox-2013", "conditional", MBX13,
          **path("internet", "MBX1")),
    silent("a path to both roles of 2013", "smtp-direct-to-mailbox-2013", host("EX1", "CAS MBX", version="2013"),
           **path("internet", "EX1")),
    silent("a path to a Mailbox server of 2016", "smtp-direct-to-mailbox-2013", EX16, **path("internet", "EX1")),
    fires("a port opened to a Hub", DIRECT, "not-recommended", HUB, **opened("HUB1")),
    silent("a port opened to Edge", DIRECT, EDGE10, EX10, **opened("EDGE1", zone="dmz")),
    silent("a port opened to a network with Edge, at which a path enters", DIRECT, EDGE10, GATE, EX10,
           **path("internet", "EDGE1", "EX1"), **opened("dmz", zone="dmz")),
    silent("a port opened to a CAS", DIRECT, CAS, HUB, **opened("CAS1")),
    fires("a port opened to a Hub, beside a path by a gateway", DIRECT, "not-recommended", GATE, HUB,
          **path("internet", "GW1", "HUB1"), **opened("HUB1")),
    fires("a port opened to a network with a Hub, and a newer server that takes no mail", DIRECT, "not-recommended",
          HUB | {"version": "2007"}, CAS, **opened("lan")),
    silent("another port opened to a Hub", DIRECT, HUB, **opened("HUB1", "443/tcp")),
    fires("mail published to a Hub", DIRECT, "not-recommended", HUB, **smtp("HUB1")),
    silent("mail published to Edge", DIRECT, EDGE10, EX10, **smtp("EDGE1")),
    silent("mail published to a CAS", DIRECT, CAS, HUB, **smtp("CAS1")),
    silent("browsers published to a Hub", DIRECT, HUB, **smtp("HUB1", protocols=["owa"])),
    silent("mail by a connector of a cloud", DIRECT, HUB, **smtp("HUB1", kind="cloud-connector")),
    # nothing tells how mail comes in
    asks("a Hub and no word on mail", "mail-without-path", HUB, DC),
    asks("mail goes out and nobody wrote how it comes in", "mail-without-path", HUB, DC, **path("HUB1", "internet")),
    asks("mail runs between servers alone", "mail-without-path", HUB, EX10, DC, **path("HUB1", "EX1")),
    silent("no server that takes mail", "mail-without-path", CAS, DC),
    silent("no Internet in the file", "mail-without-path", HUB, zones=[{"name": "lan", "kind": "internal"}]),
    silent("mail comes in from a zone of another name", "mail-without-path", HUB, **WAN, **path("wan", "HUB1")),
    silent("mail comes in by the word", "mail-without-path", HUB, **WAN, **path("internet", "HUB1")),
    silent("mail comes in by Exchange Online", "mail-without-path", HUB, **WAN, **path("eop", "HUB1")),
    silent("mail comes in by Exchange Online, in the middle", "mail-without-path", HUB, GATE, **WAN,
           **path("GW1", "eop", "HUB1")),
    silent("mail is published", "mail-without-path", HUB, **smtp("HUB1")),
    # gateways on the way in
    fires("a gateway, then a server of 2003", "smtp-relay-in-perimeter-legacy", "supported", GATE,
          host("BE1", "BE", version="2003"), **path("internet", "GW1", "BE1")),
    silent("a server of 2003, then a gateway", "smtp-relay-in-perimeter-legacy", GATE,
           host("BE1", "BE", version="2003"), **path("internet", "BE1", "GW1")),
    silent("a gateway that hands on to nobody", GATEWAY, GATE, HUB, **path("internet", "GW1")),
    silent("a gateway that hands on to another host", GATEWAY, GATE, HUB, host("X1", ""),
           **path("internet", "GW1", "X1")),
    silent("a gateway before a server whose version nobody wrote", GATEWAY, GATE, HUB | {"version": None},
           **path("internet", "GW1", "HUB1")),
    silent("a gateway before a server of nobody knows which version", "smtp-relay-in-perimeter-legacy", GATE,
           HUB | {"version": None}, **path("internet", "GW1", "HUB1")),
    silent("a gateway before a host of 2003 without a role", "smtp-relay-in-perimeter-legacy", GATE, HUB,
           host("X1", "", version="2003"), **path("internet", "GW1", "X1")),
    fires("the second of two paths has the gateway", GATEWAY, "supported", GATE, HUB, CAS,
          **paths(("internet", "GW1", "CAS1"), ("internet", "GW1", "HUB1"))),
    fires("the path of a gateway comes after one without", GATEWAY, "supported", GATE, HUB,
          **paths(("internet", "HUB1"), ("internet", "GW1", "HUB1"))),
    fires("a balancer between gateway and Hub", GATEWAY, "supported", GATE, LB, HUB,
          **path("internet", "GW1", "LB1", "HUB1")),
    fires("a gateway and Edge on one path", "gateway-plus-edge", "conditional", GATE, EDGE10, EX10,
          **path("internet", "GW1", "EDGE1", "EX1")),
    silent("Edge before a gateway", "gateway-plus-edge", GATE, EDGE10, EX10, **path("internet", "EDGE1", "GW1")),
    fires("a gateway before the cloud filter", "gateway-before-eop", "supported", GATE, EX16,
          **path("internet", "GW1", "eop", "EX1")),
    fires("from a zone of another name", "gateway-before-eop", "supported", GATE, EX16, **WAN,
          **path("wan", "GW1", "eop", "EX1")),
    fires("from an Internet that is no zone", "gateway-before-eop", "supported", GATE, EX16, **WAN,
          **path("internet", "GW1", "eop", "EX1")),
    silent("mail that goes out by the cloud", "gateway-before-eop", GATE, EX16, **path("EX1", "GW1", "eop")),
    silent("mail that goes out past the Internet", "gateway-before-eop", GATE, EX16,
           **path("EX1", "internet", "GW1", "eop")),
    silent("an Exchange server before the cloud", "gateway-before-eop", GATE, EX16, **path("internet", "EX1", "eop")),
    # gateways on the way out
    fires("mail out by a gateway", GATEWAY, "supported", EX16, GATE, **path("EX1", "GW1", "internet")),
    fires("mail out to a zone of another name", GATEWAY, "supported", EX16, GATE, **WAN, **path("EX1", "GW1", "wan")),
    fires("mail out to an Internet that is no zone", GATEWAY, "supported", EX16, GATE, **WAN,
          **path("EX1", "GW1", "internet")),
    fires("the gateway is not the first host", GATEWAY, "supported", EX16, GATE, host("APP1", ""),
          **path("APP1", "EX1", "GW1", "internet")),
    fires("the gateway comes after a server of 2010", GATEWAY, "supported", EX16, HUB, GATE,
          **path("HUB1", "EX1", "GW1", "internet")),
    fires("Edge sends by a gateway", GATEWAY, "supported", EDGE13, MBX13, GATE, **path("EDGE1", "GW1", "internet")),
    silent("mail of 2010 out by a gateway", GATEWAY, HUB, GATE, **path("HUB1", "GW1", "internet")),
    silent("Client Access of 2013 sends nothing", GATEWAY, CAS13, GATE, **path("CAS1", "GW1", "internet")),
    silent("mail to a gateway that stays inside", GATEWAY, EX16, GATE, **path("EX1", "GW1", "EX1")),
    silent("mail out by a host that is no gateway", GATEWAY, EX16, host("X1", ""), **path("EX1", "X1", "internet")),
    silent("mail straight out", GATEWAY, EX16, GATE, **path("EX1", "internet")),
    silent("a path of hosts that only pass mail on", GATEWAY, EX16, LB, host("LB2", "LoadBalancer"),
           **path("LB1", "LB2")),
    # Edge and Hub
    fires("Edge of another version than the Hub", "edge-then-hub-flow", "supported", EDGE10, EX07,
          **path("internet", "EDGE1", "EX2")),
    silent("Edge and then a CAS", "edge-then-hub-flow", EDGE10, CAS, **path("internet", "EDGE1", "CAS1")),
    silent("Edge and then nobody", "edge-then-hub-flow", EDGE10, HUB, **path("internet", "EDGE1")),
    silent("a Hub and then another", "edge-then-hub-flow", HUB, EX10, **path("internet", "HUB1", "EX1")),
    fires("Edge hands mail to Client Access of 2013", "edge-mail-bypass-cas2013", "unsupported", EDGE13, CAS13, MBX13,
          **path("internet", "EDGE1", "CAS1")),
    silent("a Mailbox server hands it on", "edge-mail-bypass-cas2013", MBX13, CAS13, **path("MBX1", "CAS1")),
    silent("Edge hands mail to nobody", "edge-mail-bypass-cas2013", EDGE13, CAS13, **path("EDGE1", "internet")),
    silent("Edge hands mail to a CAS of 2010", "edge-mail-bypass-cas2013", EDGE10, CAS, **path("EDGE1", "CAS1")),
    silent("Edge hands mail to both roles", "edge-mail-bypass-cas2013", EDGE13,
           host("CAS1", "CAS MBX", version="2013"), **path("EDGE1", "CAS1")),
    # who takes mail at all
    fires("mail handed to a CAS by the Internet itself", "mail-to-server-without-hub", "unsupported", CAS, HUB,
          **path("internet", "CAS1")),
    silent("mail that a CAS sends", "mail-to-server-without-hub", CAS, HUB, **path("CAS1", "HUB1")),
    silent("mail handed to a server of 2013", "mail-to-server-without-hub", CAS13, MBX13, **path("internet", "CAS1")),
    silent("mail handed to a host without a role", "mail-to-server-without-hub", HUB,
           host("X1", "", version="2010"), **path("internet", "X1")),
    fires("the cloud filter first", "cloud-filter-first", "supported", EX16, **path("internet", "eop", "EX1")),
    silent("no cloud filter", "cloud-filter-first", EX16, **path("internet", "EX1")),
    silent("the cloud filter last", "cloud-filter-first", EX16, **path("EX1", "eop", "internet")),
    silent("the cloud filter before a CAS", "cloud-filter-first", CAS, HUB, **path("internet", "eop", "CAS1")),
    # firewalls and balancers on a mail path
    fires("25 closed from Hub to gateway", "mail-path-ports-missing", "conditional", HUB, GATE,
          firewalls=[wall("inner", "dmz", "lan", allow=[])], **path("HUB1", "GW1", "internet")),
    fires("25 closed behind a gateway, and open before it", "mail-path-ports-missing", "conditional", HUB, GATE,
          firewalls=[wall("outer", "internet", "dmz", allow=[line("internet", "GW1", "25/tcp")]),
                     wall("inner", "dmz", "lan", allow=[])], **path("internet", "GW1", "HUB1")),
    silent("25 closed from the Internet to a gateway", "mail-path-ports-missing", HUB, GATE,
           firewalls=[wall("outer", "internet", "dmz", allow=[])], **path("internet", "GW1")),
    silent("25 closed between Hub and Edge", "mail-path-ports-missing", EX10, EDGE10,
           firewalls=[wall("inner", "dmz", "lan", allow=[])], **path("EX1", "EDGE1", "internet")),
    fires("a balancer between two versions", "lb-between-exchange-servers", "unsupported", HUB, LB, EX07,
          **path("HUB1", "LB1", "EX2")),
    silent("a balancer behind a gateway", "lb-between-exchange-servers", GATE, LB, HUB, **path("GW1", "LB1", "HUB1")),
    silent("a balancer before a gateway", "lb-between-exchange-servers", GATE, LB, HUB, **path("HUB1", "LB1", "GW1")),
    silent("a balancer behind the Internet", "lb-between-exchange-servers", LB, HUB, **path("internet", "LB1", "HUB1")),
    silent("a balancer before the Internet", "lb-between-exchange-servers", LB, HUB, **path("HUB1", "LB1", "internet")),
    silent("another host between two servers", "lb-between-exchange-servers", HUB, GATE, EX07,
           **path("HUB1", "GW1", "EX2")),
    silent("the cloud between two servers", "lb-between-exchange-servers", HUB, EX07, **path("HUB1", "eop", "EX2")),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()
