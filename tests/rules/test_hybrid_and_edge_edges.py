"""Hybrid, hybrid mail and Edge Transport: what is nearly a case and is none, and the second behind the first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.build import advice, found, host, line, wall
from tests.rules.rows import DC, EDGE10, EX10, TMG, Row, asks, fires, rule_of, silent

EX16 = host("EX1", "MBX", version="2016")
EX19 = host("EX2", "MBX", version="2019")
EX13 = host("EX3", "CAS MBX", version="2013")
EDGE16 = host("EDGE1", "ET", "dmz", version="2016", domain_joined=False, subscribed_to=["HQ"])
GATE = host("GW1", "SMTPGateway", "dmz", domain_joined=False)
LB = host("LB1", "LoadBalancer", "dmz")
AGENT = host("AG1", "HybridAgent")
CLASSIC = {"topology": "classic", "modern_auth": False}
MODERN = {"topology": "modern", "modern_auth": False, "agent": "AG1"}
WAN = [{"name": "wan", "kind": "internet"}, {"name": "dmz", "kind": "perimeter"}, {"name": "lan", "kind": "internal"}]
SKY = [{"name": "wan", "kind": "internet"}, {"name": "sky", "kind": "cloud"}, {"name": "lan", "kind": "internal"}]
TO_THE_SKY = [line("sky", "EX1", "25/tcp"), line("EX1", "sky", "25/tcp")]
FORESTS = [{"name": "corp", "zone": "lan"}, {"name": "outer", "zone": "dmz"}]


def hybrid(base: dict[str, Any] = CLASSIC, **fields: Any) -> dict[str, Any]:
    return {"hybrid": {**base, **fields}}


def one(**fields: Any) -> dict[str, Any]:
    return {"publishing": [rule_of(**{"targets": ["EX1"], "product": "other", **fields})]}


def mail(*hops: str) -> dict[str, Any]:
    return {"mail_flow": [{"path": list(hops)}]}


def front(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"firewalls": [wall("fw", "internet", "lan", allow=list(lines), **fields)]}


BOTH_WAYS = (line("internet", "EX1", "25/tcp"), line("EX1", "internet", "25/tcp"))
EWS = {"protocols": ["ews"], "preauth": "none"}


def mail_alone(hub: str, *more: str) -> list[dict]:
    """A firewall that passes mail both ways between a Hub server and EDGE1, and what more the Hub may open."""
    return [wall("inner", "dmz", "lan", allow=[line(hub, "EDGE1", "25/tcp", *more), line("EDGE1", hub, "25/tcp")])]


ROWS: list[Row] = [
    # who is reached
    silent("no hybrid, no fault in the perimeter", "perim-mailbox-hybrid", EX16 | {"zone": "dmz"}, hybrid="none"),
    fires("one in the perimeter behind one inside", "perim-mailbox-hybrid", "unsupported", EX16,
          EX19 | {"zone": "dmz"}, **hybrid()),
    silent("a Hub in the perimeter has its own statement", "perim-mailbox-hybrid",
           host("HUB1", "HT", "dmz", version="2010"), **hybrid()),
    silent("a rule to a server that the hybrid does not call", "hyb-preauth-ews", TMG, EX16, EX19,
           **hybrid(targets=["EX2"]), **one(protocols=["ews"])),
    fires("a rule to the server that it calls", "hyb-preauth-ews", "unsupported", TMG, EX16, EX19,
          **hybrid(targets=["EX1"]), **one(protocols=["ews"])),
    fires("the hybrid calls the proxy itself", "hyb-preauth-ews", "unsupported", TMG, EX16,
          **hybrid(targets=["TMG1"]), **one(protocols=["ews"])),
    fires("the hybrid calls what stands behind a balancer", "hyb-preauth-ews", "unsupported", TMG, LB, EX16,
          **hybrid(targets=["EX1"]), publishing=[
              rule_of("a", product="other", protocols=["ews"], targets=["LB1"]),
              rule_of("b", product=..., host="LB1", kind="load-balancer", preauth=..., targets=["EX1"])]),
    fires("what is called behind a rule that checks nobody", "hyb-preauth-ews", "unsupported", TMG, EX16, **hybrid(),
          publishing=[rule_of("a", product="other", targets=["EX1"], **EWS),
                      rule_of("b", product="other", targets=["EX1"], protocols=["ews"])]),
    fires("the hybrid calls a balancer, and nobody wrote what is behind", "hyb-preauth-ews", "unsupported", TMG, LB,
          EX16, **hybrid(targets=["LB1"]), **one(protocols=["ews"], targets=["LB1"])),
    fires("Client Access in the perimeter", "perim-mailbox-hybrid", "unsupported", EX16,
          host("CAS1", "CAS", "dmz", version="2013"), **hybrid()),
    fires("Autodiscover with modern authentication", "hyb-hma-preauth", "unsupported", TMG, EX16,
          **hybrid(modern_auth=True), **one(protocols=["autodiscover"])),
    fires("mail by an agent that the hybrid does not name", "hyb-agent-scope", "unsupported", AGENT, EX16,
          **hybrid({"topology": "modern", "modern_auth": False}, targets=["EX1"], mail_path=["EX1", "AG1", "eop"])),
    silent("no hybrid", "hyb-preauth-ews", TMG, EX16, hybrid="none", **one(protocols=["ews"])),
    silent("devices and no modern authentication", "hyb-hma-preauth", TMG, EX16, **hybrid(),
           **one(protocols=["activesync"])),
    fires("devices with modern authentication", "hyb-hma-preauth", "unsupported", TMG, EX16, **hybrid(modern_auth=True),
          **one(protocols=["activesync"])),
    silent("browsers with modern authentication", "hyb-hma-preauth", TMG, EX16, **hybrid(modern_auth=True),
           **one(protocols=["owa"])),
    # passed on
    silent("passed on and no hybrid", "hyb-endpoints-passed-on", TMG, EX16, hybrid="none", **one(**EWS)),
    silent("browsers passed on", "hyb-endpoints-passed-on", TMG, EX16, **hybrid(),
           **one(protocols=["owa"], preauth="none")),
    silent("a proxy of which nobody wrote it", "hyb-endpoints-passed-on", TMG, EX16, **hybrid(),
           **one(protocols=["ews"], preauth=...)),
    fires("a balancer of which nobody wrote it", "hyb-endpoints-passed-on", "supported", LB, EX16, **hybrid(),
          **one(host="LB1", kind="load-balancer", product=..., protocols=["ews"], preauth=...)),
    fires("a port of which nobody wrote it", "hyb-endpoints-passed-on", "supported", EX16, **hybrid(),
          **one(host=..., kind="port-forward", product=..., protocols=["ews"], preauth=...)),
    silent("a balancer that checks clients", "hyb-endpoints-passed-on", LB, EX16, **hybrid(),
           **one(host="LB1", kind="load-balancer", protocols=["ews"])),
    silent("passed on to a server that is not called", "hyb-endpoints-passed-on", TMG, EX16, EX19,
           **hybrid(targets=["EX2"]), **one(**EWS)),
    # how Exchange Online comes in
    asks("nothing published and no port open", "hybrid-endpoints-not-known", EX16, DC, **hybrid()),
    silent("EWS published", "hybrid-endpoints-not-known", TMG, EX16, **hybrid(), **one(**EWS)),
    asks("browsers published", "hybrid-endpoints-not-known", TMG, EX16, **hybrid(), **one(protocols=["owa"])),
    asks("EWS of another server published", "hybrid-endpoints-not-known", TMG, EX16, EX19, **hybrid(targets=["EX2"]),
         **one(**EWS)),
    silent("nobody knows what published", "hybrid-endpoints-not-known", TMG, EX16, **hybrid(), **one(protocols=...)),
    silent("443 opened", "hybrid-endpoints-not-known", EX16, **hybrid(), **front(line("internet", "EX1", "443/tcp"))),
    asks("25 opened", "hybrid-endpoints-not-known", EX16, **hybrid(), **front(line("internet", "EX1", "25/tcp"))),
    silent("the agent comes in by itself", "hybrid-endpoints-not-known", AGENT, EX16, **hybrid(MODERN)),
    silent("no hybrid needs no way", "hybrid-endpoints-not-known", EX16, hybrid="none"),
    # whether there is one
    asks("EWS checked, and no word on a hybrid", "hybrid-not-known", TMG, EX16, **one(protocols=["ews"])),
    silent("EWS of 2010", "hybrid-not-known", TMG, EX10, **one(protocols=["ews"])),
    silent("browsers", "hybrid-not-known", TMG, EX16, **one(protocols=["owa"])),
    silent("EWS passed on", "hybrid-not-known", TMG, EX16, **one(**EWS)),
    # whether clients bring tokens
    asks("the agent, and no word on tokens", "modern-auth-not-known", AGENT, EX16, **hybrid(MODERN, modern_auth=None)),
    asks("devices checked, and no word on tokens", "modern-auth-not-known", TMG, EX16, **hybrid(modern_auth=None),
         **one(protocols=["activesync"])),
    silent("devices of a server that is not called", "modern-auth-not-known", TMG, EX16, EX19,
           **hybrid(modern_auth=None, targets=["EX2"]), **one(protocols=["activesync"])),
    silent("browsers checked", "modern-auth-not-known", TMG, EX16, **hybrid(modern_auth=None),
           **one(protocols=["owa"])),
    silent("devices passed on", "modern-auth-not-known", TMG, EX16, **hybrid(modern_auth=None),
           **one(protocols=["activesync"], preauth="none")),
    asks("browsers offloaded", "modern-auth-not-known", TMG, EX16, **hybrid(modern_auth=None),
         **one(protocols=["owa"], preauth="none", tls="offload")),
    silent("EWS offloaded is ruled out already", "modern-auth-not-known", TMG, EX16, **hybrid(modern_auth=None),
           **one(protocols=["ews"], preauth="none", tls="offload")),
    silent("browsers bridged", "modern-auth-not-known", TMG, EX16, **hybrid(modern_auth=None),
           **one(protocols=["owa"], preauth="none")),
    silent("browsers of 2010 offloaded", "modern-auth-not-known", TMG, EX10, EX19, **hybrid(modern_auth=None),
           **one(protocols=["owa"], preauth="none", tls="offload")),
    # the agent
    silent("Extended Protection behind a classic hybrid", "ep-hybrid-agent",
           EX16 | {"extended_protection": "require"}, **hybrid(targets=["EX1"])),
    fires("behind a balancer of the agent", "ep-hybrid-agent", "unsupported", AGENT, LB,
          EX16 | {"extended_protection": "allow"}, **hybrid(MODERN, targets=["LB1"]),
          **one(host="LB1", kind="load-balancer", product=..., preauth=...)),
    silent("2010 behind the agent", "ep-hybrid-agent", AGENT, EX10 | {"extended_protection": "require"},
           **hybrid(MODERN, targets=["EX1"])),
    silent("off behind the agent", "ep-hybrid-agent", AGENT, EX16 | {"extended_protection": "off"},
           **hybrid(MODERN, targets=["EX1"])),
    fires("mail by the agent", "hyb-agent-scope", "unsupported", AGENT, EX16,
          **hybrid(MODERN, targets=["EX1"], mail_path=["EX1", "AG1", "eop"])),
    fires("a mail flow by the agent", "hyb-agent-scope", "unsupported", AGENT, EX16, **hybrid(MODERN, targets=["EX1"]),
          **mail("eop", "AG1", "EX1")),
    fires("browsers by the agent", "hyb-agent-scope", "unsupported", AGENT, EX16, **hybrid(MODERN, targets=["EX1"]),
          **one(host="AG1", kind="reverse-proxy", product=..., protocols=["owa", "ews"], preauth="none")),
    fires("mail and browsers by the agent", "hyb-agent-scope", "unsupported", AGENT, EX16,
          **hybrid(MODERN, targets=["EX1"], mail_path=["EX1", "AG1", "eop"]),
          **one(host="AG1", kind="reverse-proxy", product=..., protocols=["owa"], preauth="none")),
    silent("mail by an Exchange server that runs the agent", "hyb-agent-scope",
           EX16 | {"roles": ["MBX", "HybridAgent"]}, **hybrid(MODERN, agent="EX1", mail_path=["EX1", "eop"])),
    silent("mail past the agent", "hyb-agent-scope", AGENT, EX16,
           **hybrid(MODERN, targets=["EX1"], mail_path=["EX1", "eop"]), **mail("internet", "EX1")),
    silent("a proxy beside the agent", "hyb-agent-scope", AGENT, TMG, EX16, **hybrid(MODERN, targets=["EX1"]),
           **one(protocols=["owa"], preauth="none")),
    silent("a classic hybrid has no agent", "hyb-agent-publishes", EX16, **hybrid()),
    fires("the agent on one of two", "hyb-agent-single-cas", "conditional", AGENT, EX16, EX19,
          **hybrid(MODERN, targets=["EX1"])),
    silent("the agent on both", "hyb-agent-single-cas", AGENT, EX16, EX19, **hybrid(MODERN, targets=["EX1", "EX2"])),
    silent("the agent on a balancer", "hyb-agent-single-cas", AGENT, LB, EX16, EX19, **hybrid(MODERN, targets=["LB1"])),
    asks("nobody wrote on which of two", "hyb-agent-single-cas", AGENT, EX16, EX19, **hybrid(MODERN)),
    silent("there is only one", "hyb-agent-single-cas", AGENT, EX16, **hybrid(MODERN)),
    # tokens and versions
    silent("tokens, and no server of 2010", "hyb-hma-with-2010", EX13, EX16, **hybrid(modern_auth=True)),
    silent("2010, and no tokens", "hyb-hma-with-2010", EX10, EX19, **hybrid()),
    silent("tokens by a classic hybrid", "hyb-hma-agent", EX16, **hybrid(modern_auth=True)),
    silent("the agent without tokens", "hyb-hma-agent", AGENT, EX16, **hybrid(MODERN)),
    fires("the hybrid of three versions runs on the oldest", "hyb-old-org-version", "unsupported", EX13, EX16, EX19,
          **hybrid(targets=["EX3"])),
    fires("the hybrid of three versions runs on the middle one", "hyb-old-org-version", "unsupported", EX13, EX16, EX19,
          **hybrid(targets=["EX1", "EX3"])),
    silent("the hybrid runs on the newest too", "hyb-old-org-version", EX13, EX16, EX19,
           **hybrid(targets=["EX2", "EX3"])),
    fires("only the mail path tells", "hyb-old-org-version", "unsupported", EX16, EX19,
          **hybrid(mail_path=["EX1", "eop"])),
    asks("nobody told", "hyb-old-org-version", EX16, EX19, **hybrid()),
    silent("called by a name that is no server of Exchange", "hyb-old-org-version", LB, EX16, EX19,
           **hybrid(targets=["LB1"])),
    silent("one version", "hyb-old-org-version", EX16, **hybrid()),
    # mail of the hybrid
    fires("a gateway on the path", "hyb-inline-smtp", "unsupported", GATE, EX16,
          **hybrid(mail_path=["EX1", "GW1", "eop"])),
    fires("a gateway on a path that leaves the cloud out", "hyb-inline-smtp", "unsupported", GATE, EX16,
          **hybrid(mail_path=["EX1", "GW1"])),
    fires("a gateway on the way from the cloud", "hyb-inline-smtp", "unsupported", GATE, EX16, **hybrid(),
          **mail("internet", "eop", "GW1", "EX1")),
    silent("a gateway before the Internet", "hyb-inline-smtp", GATE, EX16, **hybrid(),
           **mail("eop", "internet", "GW1", "EX1")),
    silent("a gateway before a zone that is the Internet", "hyb-inline-smtp", GATE, EX16, **hybrid(), zones=WAN,
           **mail("eop", "wan", "GW1", "EX1")),
    fires("a hybrid path names the Internet that it crosses", "hyb-inline-smtp", "unsupported", GATE, EX16, zones=WAN,
          **hybrid(mail_path=["EX1", "GW1", "wan", "eop"])),
    silent("the agent carries no mail: a statement of its own", "hyb-inline-smtp", AGENT, EX16,
           **hybrid(MODERN, mail_path=["EX1", "AG1", "eop"])),
    silent("a gateway between two clouds", "hyb-inline-smtp", GATE, EX16, **hybrid(), **mail("eop", "GW1", "eop")),
    silent("a gateway behind the first server", "hyb-inline-smtp", GATE, EX16, **hybrid(),
           **mail("eop", "EX1", "GW1")),
    silent("a balancer on the path", "hyb-inline-smtp", LB, EX16, **hybrid(mail_path=["EX1", "LB1", "eop"])),
    silent("no hybrid, no hybrid mail", "hyb-inline-smtp", GATE, EX16, hybrid="none", **mail("eop", "GW1", "EX1")),
    fires("a gateway behind a balancer", "hyb-inline-smtp", "unsupported", GATE, LB, EX16,
          **hybrid(mail_path=["EX1", "LB1", "GW1", "eop"])),
    asks("no word on the path", "hybrid-mail-path-not-known", EX16, **hybrid()),
    asks("a path that ends nowhere", "hybrid-mail-path-not-known", EX16, **hybrid(), **mail("internet", "EX1")),
    silent("a mail flow tells", "hybrid-mail-path-not-known", EX16, **hybrid(), **mail("eop", "EX1")),
    silent("the path is written", "hybrid-mail-path-not-known", EX16, **hybrid(mail_path=["EX1", "eop"])),
    fires("the end is Edge", "hyb-edge", "supported", EX16, EDGE16, **hybrid(mail_path=["EX1", "EDGE1", "eop"])),
    silent("the end is no Edge", "hyb-edge", EX16, EDGE16, **hybrid(mail_path=["EX1", "eop"])),
    silent("whether it is subscribed nobody wrote", "hyb-edge", EX16, EDGE16 | {"subscribed_to": None},
           **hybrid(mail_path=["EX1", "EDGE1", "eop"])),
    fires("one that is, behind one of which nobody wrote it", "hyb-edge", "supported", EX16,
          EDGE16 | {"subscribed_to": None}, EDGE16 | {"name": "EDGE2"},
          **hybrid(mail_path=["EX1", "EDGE1", "eop"]), **mail("eop", "EDGE2", "EX1")),
    fires("Edge of 2010 SP2 at the end of one path, and of SP3 at that of another", "edge-hybrid-2010-before-sp3",
          "unsupported", EX10, EDGE10 | {"build": "14.3.123.4"}, EDGE10 | {"name": "EDGE2", "build": "14.2.247.5"},
          **hybrid(mail_path=["EX1", "EDGE1", "eop"]), **mail("eop", "EDGE2", "EX1")),
    fires("a Mailbox server of 2010 at the end", "hyb-endpoint-type", "unsupported", EX19,
          host("MBX1", "MBX", version="2010"), **hybrid(mail_path=["MBX1", "eop"])),
    silent("a Hub of 2010 at the end", "hyb-endpoint-type", host("HUB1", "HT", version="2010"), EX19,
           **hybrid(mail_path=["HUB1", "eop"])),
    fires("a Mailbox server of 2013 at the end", "hyb-endpoint-type", "unsupported",
          host("MBX1", "MBX", version="2013"), **hybrid(mail_path=["MBX1", "eop"])),
    silent("Edge at the end", "hyb-endpoint-type", EX16, EDGE16, **hybrid(mail_path=["EX1", "EDGE1", "eop"])),
    silent("Client Access of 2013 at the end", "hyb-endpoint-type", host("CAS1", "CAS", version="2013"),
           **hybrid(mail_path=["CAS1", "eop"])),
    fires("a Hub of 2007 at the end", "hyb-endpoint-type", "unsupported", host("HUB1", "HT", version="2007"), EX19,
          **hybrid(mail_path=["HUB1", "eop"])),
    fires("a balancer is no hand on mail", "hyb-endpoint-direct", "supported", LB, EX16,
          **hybrid(mail_path=["EX1", "LB1", "eop"])),
    silent("a gateway is", "hyb-endpoint-direct", GATE, EX16, **hybrid(mail_path=["EX1", "GW1", "eop"])),
    silent("a balancer and a gateway", "hyb-endpoint-direct", GATE, LB, EX16,
           **hybrid(mail_path=["EX1", "LB1", "GW1", "eop"])),
    # firewalls on that path
    fires("25 passes", "hyb-firewall-25", "supported", EX16, **hybrid(mail_path=["EX1", "eop"]),
          **front(*BOTH_WAYS, inspects=[])),
    asks("25 passes, and nobody wrote what is read", "hyb-firewall-25", EX16, **hybrid(mail_path=["EX1", "eop"]),
         **front(*BOTH_WAYS)),
    fires("25 passes out alone", "hyb-path-ports-missing", "conditional", EX16, **hybrid(mail_path=["EX1", "eop"]),
          **front(BOTH_WAYS[1], inspects=[])),
    fires("25 passes in alone", "hyb-path-ports-missing", "conditional", EX16, **hybrid(mail_path=["EX1", "eop"]),
          **front(BOTH_WAYS[0], inspects=[])),
    silent("nobody wrote what passes", "hyb-path-ports-missing", EX16, **hybrid(mail_path=["EX1", "eop"]),
           firewalls=[wall("fw", "internet", "lan")]),
    silent("Exchange Online drawn as a cloud, and the lines name it", "hyb-path-ports-missing", EX16, zones=SKY,
           firewalls=[wall("fw", "wan", "sky", "lan", allow=TO_THE_SKY)], **hybrid(mail_path=["EX1", "eop"])),
    fires("what passes it is told", "hyb-firewall-25", "supported", EX16, zones=SKY, firewalls=[
        wall("fw", "wan", "sky", "lan", allow=TO_THE_SKY, inspects=[])], **hybrid(mail_path=["EX1", "eop"])),
    silent("a firewall beside the one that passes it, towards the Internet", "hyb-path-ports-missing", EX16, zones=SKY,
           firewalls=[wall("fw", "sky", "lan", allow=TO_THE_SKY), wall("web", "wan", "lan", allow=[])],
           **hybrid(mail_path=["EX1", "eop"])),
    fires("a cloud that the own servers stand in is no Exchange Online", "hyb-path-ports-missing", "conditional", EX16,
          EX19 | {"zone": "sky"}, zones=SKY, firewalls=[wall("fw", "wan", "sky", "lan", allow=TO_THE_SKY)],
          **hybrid(mail_path=["EX1", "eop"])),
    silent("with a balancer between, lines are not judged", "hyb-path-ports-missing", LB, EX16,
           **hybrid(mail_path=["EX1", "LB1", "eop"]), firewalls=[wall("fw", "internet", "dmz", "lan", allow=[])]),
    fires("a device opens TLS", "hyb-tls-inspection", "conditional", EX16, **hybrid(mail_path=["EX1", "eop"]),
          **front(*BOTH_WAYS, inspects=["tls"])),
    fires("a device reads SMTP", "hyb-inline-smtp", "unsupported", EX16, **hybrid(mail_path=["EX1", "eop"]),
          **front(*BOTH_WAYS, inspects=["esmtp", "tls"])),
    # centralized mail
    fires("mail of the cloud leaves from here", "hyb-central-transport", "conditional", EX16, **hybrid(),
          **mail("eop", "EX1", "internet")),
    fires("for a zone of another name", "hyb-central-transport", "conditional", EX16, **hybrid(), zones=WAN,
          **mail("eop", "EX1", "wan")),
    fires("for an Internet that is no zone", "hyb-central-transport", "conditional", EX16, **hybrid(), zones=WAN,
          **mail("eop", "EX1", "internet")),
    fires("through a gateway and two servers", "hyb-central-transport", "conditional", EX16, EX19, GATE, **hybrid(),
          **mail("EX2", "eop", "EX1", "EX2", "GW1", "internet")),
    fires("mail that came in here first", "hyb-central-transport", "conditional", EX16, EX19, **hybrid(),
          **mail("internet", "EX2", "eop", "EX1", "internet")),
    silent("mail of the cloud stays here", "hyb-central-transport", EX16, **hybrid(), **mail("eop", "EX1")),
    silent("mail from here leaves by the cloud", "hyb-central-transport", EX16, **hybrid(),
           **mail("EX1", "eop", "internet")),
    silent("mail comes in and leaves by the cloud", "hyb-central-transport", EX16, **hybrid(),
           **mail("internet", "EX1", "eop")),
    silent("no hybrid, no cloud", "hyb-central-transport", EX16, hybrid="none", **mail("eop", "EX1", "internet")),
    # Edge: membership
    fires("a member of the forest of Exchange", "edge-corporate-domain-member", "not-recommended",
          EX10 | {"forest": "corp"}, EDGE10 | {"domain_joined": True, "forest": "corp"}, forests=FORESTS),
    fires("a member, behind one that is none", "edge-corporate-domain-member", "not-recommended",
          EX10 | {"forest": "corp"}, EDGE10,
          EDGE10 | {"name": "EDGE2", "domain_joined": True, "forest": "corp"}, forests=FORESTS),
    silent("Edge with another role has a statement of its own", "edge-corporate-domain-member",
           EX10 | {"forest": "corp"},
           EDGE10 | {"domain_joined": True, "forest": "corp", "roles": ["ET", "HT"]}, forests=FORESTS),
    fires("a member of a perimeter forest", "edge-perimeter-domain-member", "supported", EX10 | {"forest": "corp"},
          EDGE10 | {"domain_joined": True, "forest": "outer"}, forests=FORESTS),
    asks("a member of nobody knows which forest", "edge-perimeter-domain-member", EX10 | {"forest": "corp"},
         EDGE10 | {"domain_joined": True}, forests=FORESTS),
    asks("a member of a forest inside, and nobody wrote that of Exchange", "edge-perimeter-domain-member", EX10,
         EDGE10 | {"domain_joined": True, "forest": "corp"}, forests=FORESTS),
    fires("a member of a perimeter forest, and nobody wrote that of Exchange", "edge-perimeter-domain-member",
          "supported", EX10, EDGE10 | {"domain_joined": True, "forest": "outer"}, forests=FORESTS),
    fires("a member and no Exchange inside", "edge-perimeter-domain-member", "supported",
          EDGE10 | {"domain_joined": True}),
    # Edge: what shares its host
    fires("two roles beside Edge", "edge-no-role-collocation", "unsupported", EDGE10 | {"roles": ["ET", "HT", "CAS"]}),
    fires("TMG by a publishing rule", "edge-and-tmg-same-host", "supported", EX10,
          EDGE10 | {"roles": ["ET", "ReverseProxy"]}, publishing=[rule_of(host="EDGE1", targets=["EX1"])]),
    silent("a publishing rule on a bare Edge server is no proxy", "edge-and-tmg-same-host", EX10, EDGE10,
           publishing=[rule_of(host="EDGE1", product="kemp", targets=["EX1"])]),
    silent("no product that anybody knows", "edge-on-isa-or-uag", EX10, EDGE10 | {"also_runs": ["backup-agent"]}),
    silent("any other product", "edge-on-isa-or-uag", EX10, EDGE10 | {"also_runs": ["other"]}),
    fires("ISA on the second of two", "edge-on-isa-or-uag", "not-recommended", EX10, EDGE10,
          EDGE10 | {"name": "EDGE2", "also_runs": ["isa-2006"]}),
    fires("browsers by a bare Edge server", "edge-does-not-proxy-cas", "unsupported", EX10, EDGE10,
          publishing=[rule_of(host="EDGE1", product=..., preauth="none", targets=["EX1"])]),
    fires("browsers to an Edge server", "edge-does-not-proxy-cas", "unsupported", EX10, EDGE10, TMG,
          publishing=[rule_of(preauth="none", targets=["EDGE1"])]),
    silent("mail to an Edge server", "edge-does-not-proxy-cas", EX10, EDGE10, TMG,
           publishing=[rule_of(protocols=["smtp"], preauth="none", targets=["EDGE1"])]),
    silent("browsers by TMG on an Edge server", "edge-does-not-proxy-cas", EX10, EDGE10 | {"also_runs": ["tmg-2010"]},
           publishing=[rule_of(host="EDGE1", targets=["EX1"])]),
    silent("browsers to Edge with another role", "edge-does-not-proxy-cas", EDGE10 | {"roles": ["ET", "CAS"]}, TMG,
           publishing=[rule_of(preauth="none", targets=["EDGE1"])]),
    silent("two cards before 2013", "edge-two-nics", EX10, EDGE10 | {"also_in": ["lan"]}),
    silent("one card since", "edge-two-nics", EX16, EDGE16 | {"also_in": []}),
    silent("two cards of Edge with another role", "edge-two-nics",
           EDGE16 | {"also_in": ["lan"], "roles": ["ET", "MBX"]}),
    # Edge: its ports on firewalls
    fires("50636 inwards by the name of the server", "edgesync-one-way", "not-recommended", EX10, EDGE10,
          firewalls=[wall("inner", "dmz", "lan", allow=[line("EDGE1", "EX1", "50636/tcp")])]),
    fires("50636 inwards by zones", "edgesync-one-way", "not-recommended", EX10, EDGE10,
          firewalls=[wall("inner", "dmz", "lan", allow=[line("dmz", "lan", "50636/tcp")])]),
    silent("50636 outwards", "edgesync-one-way", EX10, EDGE10,
           firewalls=[wall("inner", "dmz", "lan", allow=[line("EX1", "EDGE1", "50636/tcp")])]),
    silent("50636 between two Edge servers", "edgesync-one-way", EX10, EDGE10, EDGE10 | {"name": "EDGE2"},
           firewalls=[wall("inner", "dmz", "lan", allow=[line("EDGE1", "EDGE2", "50636/tcp")])]),
    silent("50636 within the perimeter", "edgesync-one-way", EX10, EDGE10, host("X1", "", "dmz"),
           firewalls=[wall("inner", "dmz", "lan", allow=[line("EDGE1", "X1", "50636/tcp")])]),
    silent("50636 to the perimeter", "edgesync-one-way", EX10, EDGE10,
           firewalls=[wall("inner", "dmz", "lan", allow=[line("EDGE1", "dmz", "50636/tcp")])]),
    silent("50636 between servers inside", "edgesync-one-way", EX10, EDGE10, host("X1", "", "lan"),
           firewalls=[wall("inner", "dmz", "lan", allow=[line("EX1", "X1", "50636/tcp")])]),
    silent("50636 without Edge", "edgesync-one-way", EX10,
           firewalls=[wall("inner", "dmz", "lan", allow=[line("dmz", "lan", "50636/tcp")])]),
    fires("50389 in any direction", "edge-50389-local", "not-recommended", EX10, EDGE10,
          firewalls=[wall("inner", "dmz", "lan", allow=[line("EX1", "EDGE1", "50389/tcp")])]),
    silent("another port", "edge-50389-local", EX10, EDGE10,
           firewalls=[wall("inner", "dmz", "lan", allow=[line("EX1", "EDGE1", "50636/tcp")])]),
    silent("50389 without Edge", "edge-50389-local", EX10,
           firewalls=[wall("inner", "dmz", "lan", allow=[line("EX1", "any", "50389/tcp")])]),
    # Edge: where it stands
    fires("inside, behind one in the perimeter", "edge-outside-perimeter", "conditional", EX10, EDGE10,
          EDGE10 | {"name": "EDGE2", "zone": "lan"}),
    silent("nobody wrote where", "edge-outside-perimeter", EX10, EDGE10 | {"zone": None}),
    fires("in the perimeter, behind one of which nobody wrote it", "edge-in-perimeter", "supported", EX10,
          EDGE10 | {"zone": None}, EDGE10 | {"name": "EDGE2"}),
    silent("Edge with another role in the perimeter", "edge-in-perimeter", EDGE10 | {"roles": ["ET", "HT"]}),
    fires("subscribed, behind one of which nobody wrote it", "edge-subscription", "supported", EX10,
          EDGE10 | {"subscribed_to": None}, EDGE10 | {"name": "EDGE2"}),
    # Edge: its way to the Hubs
    fires("through two firewalls", "edge-path-open", "supported", EX10 | {"zone": "back"}, EDGE10,
          firewalls=[wall("a", "dmz", "lan", allow=[line("EX1", "EDGE1", "25/tcp", "50636/tcp"),
                                                    line("EDGE1", "EX1", "25/tcp")]),
                     wall("b", "lan", "back", allow="any", inspects=[])]),
    fires("the second of two Hubs is shut off", "edge-path-ports-missing", "conditional", EX10,
          EX10 | {"name": "EX2", "zone": "dmz"}, EDGE10, firewalls=[wall("inner", "dmz", "lan", allow=[])]),
    silent("a Hub of another site", "edge-path-ports-missing", EX10 | {"site": "Branch"}, EDGE10,
           firewalls=[wall("inner", "dmz", "lan", allow=[])]),
    silent("a Hub of another site, to which nothing has to pass", "edge-path-open", EX10 | {"site": "Branch"}, EDGE10,
           firewalls=[wall("inner", "dmz", "lan", allow=[])]),
    silent("nobody wrote what passes to a Hub", "edge-path-open", EX10, EDGE10,
           firewalls=[wall("inner", "dmz", "lan")]),
    silent("Edge with another role has no way of its own", "edge-path-ports-missing", EX10,
           EDGE10 | {"roles": ["ET", "HT"]}, firewalls=[wall("inner", "dmz", "lan", allow=[])]),
    fires("a Hub that is Edge too lacks EdgeSync to an Edge server", "edge-path-ports-missing", "conditional", EDGE10,
          EX10 | {"name": "HUB1", "roles": ["HT", "ET"]}, firewalls=mail_alone("HUB1")),
    silent("a Hub that is Edge too has all it needs to an Edge server", "edge-path-ports-missing", EDGE10,
           EX10 | {"name": "HUB1", "roles": ["HT", "ET"]}, firewalls=mail_alone("HUB1", "50636/tcp")),
    silent("a Hub that is Edge too is of another site than the Edge server serves", "edge-path-ports-missing", EDGE10,
           EX10 | {"name": "HUB1", "roles": ["HT", "ET"], "site": "Branch", "subscribed_to": ["HQ"]},
           firewalls=[wall("inner", "dmz", "lan", allow=[])]),
    silent("nobody wrote to which site an Edge server beside a Hub that is Edge too is subscribed",
           "edge-path-ports-missing", EDGE10 | {"subscribed_to": None},
           EX10 | {"name": "HUB1", "roles": ["HT", "ET"], "subscribed_to": ["HQ"]}, firewalls=mail_alone("HUB1")),
    silent("nobody wrote what passes to a Hub that is Edge too", "edge-path-ports-missing", EDGE10,
           EX10 | {"name": "HUB1", "roles": ["HT", "ET"]}, firewalls=[wall("inner", "dmz", "lan")]),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()


def test_a_gateway_on_two_paths_is_told_once() -> None:
    flows = [{"path": ["eop", "GW1", "EX1"]}, {"path": ["eop", "GW1", "EX2"]}]
    result = advice(GATE, EX16, EX19, hybrid=CLASSIC, mail_flow=flows)
    assert [one.subjects for one in found(result, "hyb-inline-smtp")] == [("GW1",)]


def test_which_ways_25_is_closed_is_told() -> None:
    for lines, told in (((), "to and from"), (BOTH_WAYS[:1], "to"), (BOTH_WAYS[1:], "from")):
        result = advice(EX16, hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]}, **front(*lines, inspects=[]))
        (one,) = found(result, "hyb-path-ports-missing")
        assert one.summary == f"fw does not pass 25/tcp {told} Exchange Online for EX1."
