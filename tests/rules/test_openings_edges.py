"""Ways, openings and TLS: what is nearly a case and is none, and the second behind the first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.build import advice, found, host, line, wall
from tests.rules.rows import (
    BE03,
    CAS07,
    CAS10,
    DC,
    EDGE10,
    EX10,
    FE03,
    MBX10,
    TMG,
    WORKGROUP_TMG,
    Row,
    asks,
    fires,
    rule_of,
    silent,
)

FE_IN = FE03 | {"zone": "lan"}
EX19 = host("EX1", "MBX", version="2019")
EX13 = host("EX3", "CAS MBX", version="2013")
ON = {"extended_protection": "allow"}
HUB = host("A1", "HT", version="2010")
CAS = host("B1", "CAS", version="2010")
MBX = host("C1", "MBX", "back", version="2010")
SHUT = {"firewalls": [wall("w", "lan", "back", allow=[])]}
CLASSIC = {"topology": "classic", "modern_auth": False}
HYBRID_MAIL = CLASSIC | {"mail_path": ["EX1", "eop"]}
FORESTS = {"forests": [{"name": "corp"}, {"name": "other"}]}
HMC: dict[str, Any] = {
    "deployment": "hmc-4.5",
    "zones": [{"name": "internet", "kind": "internet"}, {"name": "dmz", "kind": "perimeter"},
              {"name": "proxy", "kind": "perimeter"}, {"name": "lan", "kind": "internal"}],
    "firewalls": [wall("outer", "internet", "dmz", allow=[]), wall("middle", "dmz", "proxy", allow=[]),
                  wall("inner", "proxy", "lan", allow=[])],
}  # fmt: skip
CONNECTOR = host("C1", "", domain_joined=True)
ENTRA = {"product": "entra-application-proxy", "kind": "cloud-connector", "host": "C1", "preauth": "entra",
         "validation": "entra", "delegation": "kcd", "target_auth": ["windows"], "targets": ["EX1"]}  # fmt: skip


def one(**fields: Any) -> dict[str, Any]:
    return {"publishing": [rule_of(**fields)]}


def inner(*lines: dict[str, Any], between: tuple[str, ...] = ("dmz", "lan")) -> dict[str, Any]:
    return {"firewalls": [wall("inner", *between, allow=list(lines))]}


def of_ex1(**fields: Any) -> dict[str, Any]:
    return one(**{"product": "other", "preauth": "none", "targets": ["EX1"], **fields})


ROWS: list[Row] = [
    # classes of servers behind one device
    fires("a Hub beside a CAS", "firewall-between-exchange-same-site", "unsupported", HUB, CAS, MBX, **SHUT),
    fires("a CAS beside a Hub", "firewall-between-cas-and-mbx", "unsupported", HUB, CAS, MBX, **SHUT),
    fires("a Mailbox server beside a Hub", "firewall-between-cas-and-mbx", "unsupported", HUB,
          CAS | {"roles": ["MBX"]}, MBX | {"roles": ["CAS"]}, **SHUT),
    fires("a front-end beside a back-end", "fe-be-firewall-allowed", "conditional", BE03 | {"name": "A1"}, FE_IN,
          BE03 | {"name": "Z1", "zone": "back"}, **SHUT),
    fires("a back-end beside a front-end", "firewall-between-legacy-servers", "conditional", BE03 | {"name": "A1"},
          FE_IN, BE03 | {"name": "Z1", "zone": "back"}, **SHUT),
    fires("a member beside a stranger to the DAG", "dag-firewall-between-members", "unsupported", EX10,
          MBX10, MBX, dags=[{"name": "DAG1", "members": ["MBX1", "C1"]}], **SHUT),
    silent("members of 2007 are of no DAG", "dag-firewall-between-members", host("N1", "MBX", version="2007"),
           host("N2", "MBX", "back", version="2007"), dags=[{"name": "DAG1", "members": ["N1", "N2"]}], **SHUT),
    silent("a CCR cluster is no DAG", "dag-firewall-between-members", MBX10, MBX,
           dags=[{"name": "CCR1", "kind": "ccr", "members": ["MBX1", "C1"]}], **SHUT),
    fires("a filter that translates between 2003 and 2010", "firewall-between-exchange-same-site", "unsupported",
          BE03, MBX, firewalls=[wall("w", "lan", "back", allow=[], nat=True)]),
    fires("two servers with the same two cards", "open-path-between-exchange", "supported",
          EX10 | {"also_in": ["back"]},
          MBX10 | {"also_in": ["back"]}),
    fires("the hosting zone sorts last", "hmc45-zone-firewalls", "conditional",
          host("A1", "MBX", version="2007"), CAS07 | {"name": "Z1", "zone": "proxy"}, **HMC),
    # domain controllers
    silent("one forest in the file", "dc-forest-not-known", EX10, DC | {"zone": "back", "forest": "corp"},
           forests=[{"name": "corp"}], **SHUT),
    silent("an open way to another forest", "dc-of-another-forest", EX10 | {"forest": "corp"}, DC | {"forest": "other"},
           **FORESTS),
    asks("a server of no site and a controller behind a shut door", "dc-site-not-known",
          EX10 | {"site": None}, DC | {"zone": "back", "site": "Branch"}, DC | {"name": "DC2", "site": None}, **SHUT),
    silent("2003 and a controller of another site", "firewall-to-other-site-dc", BE03, DC,
           DC | {"name": "DC2", "zone": "back", "site": "Branch"}, **SHUT),
    fires("2003 and nobody wrote what passes", "firewall-exchange-to-dc-legacy", "conditional", BE03,
          DC | {"zone": "back"}, firewalls=[wall("w", "lan", "back")]),
    fires("the old guide's ports without those for names", "firewall-exchange-to-dc-legacy", "conditional", FE03, BE03,
          DC, **inner(line("FE1", "DC1", "88/tcp", "88/udp", "389/tcp", "389/udp", "3268/tcp", "135/tcp", "445/tcp",
                           "123/udp", "123/tcp"), line("DC1", "FE1", "any"), line("any", "BE1", "any"))),
    # Direct Push
    silent("a front-end that is not published", "directpush-2883", FE03, BE03, **inner()),
    fires("the second of two back-ends is shut off", "directpush-2883", "conditional", FE03, BE03,
          BE03 | {"name": "BE2"}, TMG, **one(protocols=["activesync"], targets=["FE1"], product="isa-2006"),
          **inner(line("BE1", "FE1", "2883/udp"))),
    silent("2007 behind a front-end", "directpush-2883", FE03, host("MBX1", "MBX", version="2007"), TMG,
           **one(protocols=["activesync"], targets=["FE1"], product="isa-2006"), **inner()),
    silent("a CAS that is published", "directpush-2883", CAS10 | {"zone": "dmz"}, BE03, TMG,
           **one(protocols=["activesync"]), **inner()),
    silent("a back-end that is published itself has no front-end to notify", "directpush-2883", BE03,
           BE03 | {"name": "BE2", "zone": "back"}, TMG,
           **one(protocols=["activesync"], targets=["BE1"], product="isa-2006"), **SHUT),
    silent("another front-end inside", "directpush-2883", FE03, FE_IN | {"name": "FE2"}, TMG,
           **one(protocols=["activesync"], targets=["FE1"], product="isa-2006"), **inner()),
    # how tight the inner firewall is
    fires("a line outwards opens nothing inwards", "inner-firewall-tight", "supported", TMG, CAS10, **one(),
          **inner(line("lan", "dmz", "any"), line("TMG1", "CAS1", "443/tcp"))),
    fires("a line between two networks inside opens nothing inwards", "inner-firewall-tight", "supported", TMG, CAS10,
          **one(), **inner(line("back", "lan", "any"), line("TMG1", "CAS1", "443/tcp"),
          between=("dmz", "lan", "back"))),
    fires("a line between two networks inside, and nobody in the perimeter", "inner-firewall-tight", "supported", CAS10,
          host("X1", "", "back"), **inner(line("back", "lan", "80/tcp"), between=("dmz", "lan", "back"))),
    fires("from anywhere, what the proxy needs", "inner-firewall-tight", "supported", TMG, CAS10, **one(tls="offload"),
          **inner(line("any", "CAS1", "80/tcp"), between=("internet", "dmz", "lan"))),
    silent("443 where a proxy could encrypt and does not", "inner-firewall-restrictive", TMG, CAS10,
           **one(tls="offload"), **inner(line("TMG1", "CAS1", "80/tcp", "443/tcp"))),
    fires("443 to a server that this proxy does not publish", "inner-firewall-restrictive", "not-recommended", TMG,
          CAS10, MBX10, **one(tls="offload"),
          **inner(line("TMG1", "CAS1", "80/tcp"), line("TMG1", "MBX1", "443/tcp"))),
    silent("EdgeSync inwards has a statement of its own", "inner-firewall-restrictive", EDGE10, EX10,
           **inner(line("EDGE1", "EX1", "50636/tcp"))),
    silent("the directory of Edge has a statement of its own", "inner-firewall-restrictive", EDGE10, EX10,
           **inner(line("EDGE1", "EX1", "50389/tcp"))),
    silent("a member of the domain reaches a controller", "inner-firewall-restrictive",
           EDGE10 | {"domain_joined": True},
           EX10, DC, **inner(line("EDGE1", "DC1", "389/tcp"))),
    fires("a stranger to the domain reaches a controller", "inner-firewall-restrictive", "not-recommended", EDGE10,
          EX10, DC, **inner(line("EDGE1", "DC1", "389/tcp"))),
    silent("a read-only controller in the perimeter replicates", "inner-firewall-restrictive", CAS10, DC,
           host("R1", "RODC", "dmz"), **inner(line("R1", "DC1", "389/tcp"))),
    fires("RADIUS to a host that is not the RADIUS server", "inner-firewall-restrictive", "not-recommended",
          WORKGROUP_TMG, CAS10, DC, host("NPS1", "RadiusServer"), **one(validation="radius"),
          **inner(line("TMG1", "DC1", "1812/udp"))),
    silent("RADIUS to the RADIUS server", "inner-firewall-restrictive", WORKGROUP_TMG, CAS10,
           host("NPS1", "RadiusServer"), **one(validation="radius"), **inner(line("TMG1", "NPS1", "1812/udp"))),
    fires("mail outwards past a firewall that has cards on all sides", "inner-firewall-tight", "supported", EDGE10,
          EX10, TMG | {"zone": "lan", "also_in": ["internet", "dmz"]},
          firewalls=[wall("fw", "internet", "dmz", "lan", host="TMG1", allow=[line("EDGE1", "internet", "25/tcp")])]),
    fires("RPC by the filter of ISA to the only server of 2003", "inner-firewall-tight", "supported", WORKGROUP_TMG,
          BE03, **one(product="isa-2004", protocols=["mapi"], preauth="none", targets=["BE1"]),
          **inner(line("TMG1", "BE1", "135/tcp", "1024-65535/tcp"))),
    fires("RPC where OWA alone is published", "inner-firewall-restrictive", "not-recommended", WORKGROUP_TMG, BE03,
          **one(product="isa-2004", validation="radius", targets=["BE1"]), **inner(line("TMG1", "BE1", "135/tcp"))),
    silent("a front-end in the perimeter changes passwords by Kerberos", "inner-firewall-restrictive", FE03, BE03, DC,
           **inner(line("FE1", "DC1", "464/tcp"))),
    fires("time and names from a controller for a proxy outside the domain", "inner-firewall-tight", "supported",
          WORKGROUP_TMG, CAS10, DC, **one(validation="radius"), **inner(line("TMG1", "DC1", "53/udp", "123/udp"))),
    fires("recipients and names looked up by a gateway before 2010", "inner-firewall-tight", "supported",
          host("GW1", "SMTPGateway", "dmz"), EX10, DC, **inner(line("GW1", "DC1", "53/udp", "636/tcp", "3268/tcp"))),
    fires("published calendars come over 80", "inner-firewall-tight", "supported", TMG, EX19,
          **of_ex1(protocols=["owa", "calendar"]), **inner(line("TMG1", "EX1", "80/tcp", "443/tcp"))),
    fires("80 where no calendar is published", "inner-firewall-restrictive", "not-recommended", TMG, EX19,
          **of_ex1(protocols=["owa"]), **inner(line("TMG1", "EX1", "80/tcp", "443/tcp"))),
    fires("443 to the only server of 2003, which the proxy publishes", "inner-firewall-tight", "supported",
          WORKGROUP_TMG, BE03, **one(targets=["BE1"], validation="ldap"), **inner(line("TMG1", "BE1", "443/tcp"))),
    fires("80 to it where the proxy ends TLS", "inner-firewall-tight", "supported", WORKGROUP_TMG, BE03,
          **one(targets=["BE1"], validation="ldap", tls="offload"), **inner(line("TMG1", "BE1", "80/tcp"))),
    fires("443 to a back-end that the proxy does not publish", "inner-firewall-restrictive", "not-recommended", TMG,
          FE_IN, BE03, **one(targets=["FE1"]), **inner(line("TMG1", "BE1", "443/tcp"))),
    fires("a proxy that is a domain member changes passwords by Kerberos", "inner-firewall-tight", "supported", TMG,
          CAS10, DC, **one(), **inner(line("TMG1", "DC1", "464/tcp", "464/udp"))),
    fires("so does one of the days of 2003", "inner-firewall-tight", "supported", TMG, FE_IN, DC,
          **one(targets=["FE1"]), **inner(line("TMG1", "DC1", "464/tcp", "464/udp"))),
    fires("a stranger to the domain does not", "inner-firewall-restrictive", "not-recommended", WORKGROUP_TMG, CAS10,
          DC, **one(validation="radius"), **inner(line("TMG1", "DC1", "464/tcp"))),
    silent("a line that names a host of no zone", "inner-firewall-restrictive", TMG | {"zone": None}, CAS10, **one(),
           **inner(line("TMG1", "CAS1", "22/tcp"))),
    fires("the second of two firewalls is too wide", "inner-firewall-restrictive", "not-recommended", TMG, CAS10,
          **one(),
          firewalls=[wall("a", "internet", "dmz", allow=[]), wall("b", "dmz", "lan"),
                     wall("c", "dmz", "lan", allow=[line("TMG1", "CAS1", "22/tcp")])]),
    fires("from anywhere to a controller, which only the proxy needs", "inner-firewall-restrictive", "not-recommended",
          TMG, CAS10, DC, **one(), **inner(line("any", "DC1", "389/tcp"), between=("internet", "dmz", "lan"))),
    fires("from the Internet to a server that takes nothing from there", "inner-firewall-restrictive",
          "not-recommended", MBX10, **inner(line("internet", "MBX1", "443/tcp"), between=("internet", "lan"))),
    fires("from anywhere to a server that publishes nothing", "inner-firewall-restrictive", "not-recommended", CAS10,
          **inner(line("any", "CAS1", "22/tcp"), between=("internet", "lan"))),
    fires("a line from the proxy to any, at a firewall without a leg in the Internet", "inner-firewall-restrictive",
          "not-recommended", TMG, CAS10, **one(), **inner(line("TMG1", "any", "22/tcp"))),
    fires("what Mailbox servers need among themselves, from a proxy that publishes one",
          "inner-firewall-restrictive", "not-recommended", TMG, EX19, **of_ex1(),
          **inner(line("TMG1", "EX1", "443/tcp", "445/tcp"))),
    fires("a proxy validates by RADIUS at a host that is not in the file", "inner-firewall-tight", "supported",
          WORKGROUP_TMG, CAS10, **one(validation="radius"), **inner(line("TMG1", "CAS1", "443/tcp"))),
    silent("from a network of which nobody wrote who stands there", "inner-firewall-restrictive", CAS10,
           **inner(line("dmz", "CAS1", "443/tcp"))),
    silent("hybrid mail that may come in by a proxy", "inner-firewall-restrictive", TMG, EX19, hybrid=HYBRID_MAIL,
           **of_ex1(), **inner(line("TMG1", "EX1", "443/tcp", "25/tcp"))),
    silent("hybrid mail by a balancer that is written by its zone", "inner-firewall-restrictive", EX19,
           hybrid=HYBRID_MAIL, **of_ex1(kind="load-balancer", host=..., zone="dmz"),
           **inner(line("dmz", "EX1", "443/tcp", "25/tcp"))),
    fires("a rule names its host and the zone of it", "inner-firewall-restrictive", "not-recommended", TMG, CAS10,
          **one(zone="dmz"), **inner(line("TMG1", "CAS1", "22/tcp"))),
    silent("an outer firewall is no inner one", "inner-firewall-tight", TMG, CAS10, **one(),
           firewalls=[wall("w", "internet", "dmz", allow=[line("internet", "TMG1", "443/tcp")])]),
    silent("between two networks inside nothing is outside", "inner-firewall-tight", CAS10, host("X1", "", "back"),
           firewalls=[wall("w", "lan", "back", allow=[line("back", "CAS1", "443/tcp")])]),
    # the outer firewall
    silent("between two perimeter networks", "client-firewall-to-cas", TMG, CAS10, **one(),
           zones=[{"name": "dmz", "kind": "perimeter"}, {"name": "dmz2", "kind": "perimeter"},
                  {"name": "lan", "kind": "internal"}], firewalls=[wall("w", "dmz", "dmz2", allow=[])]),
    silent("before nobody that anybody knows", "client-firewall-to-cas", CAS10, host("X1", "", "dmz"),
           firewalls=[wall("w", "internet", "dmz", allow=[])]),
    silent("nobody wrote what passes", "client-firewall-to-cas", TMG, CAS10, **one(),
           firewalls=[wall("w", "internet", "dmz")]),
    silent("with a leg inside", "client-firewall-to-cas", TMG, CAS10, **one(),
           firewalls=[wall("w", "internet", "dmz", "lan", allow=[])]),
    silent("between two networks inside in which Exchange is not", "client-firewall-to-cas", CAS10,
           firewalls=[wall("w", "back", "branch", allow=[])]),
    fires("before a proxy that publishes nothing yet", "client-firewall-to-cas", "supported", TMG, CAS10,
          firewalls=[wall("w", "internet", "dmz", allow=[])]),
    silent("another zone than that of the proxy", "client-firewall-to-cas", CAS10,
           **one(host=..., zone="lan"), firewalls=[wall("w", "internet", "dmz", allow=[])]),
    # from the proxy to its targets
    fires("two kinds of targets behind one device", "proxy-path-open", "supported", TMG, CAS10,
          CAS10 | {"name": "CAS2", "site": "Branch"}, **one(targets=["CAS1", "CAS2"]),
          **inner(line("TMG1", "lan", "443/tcp"))),
    fires("another rule of the host needs IMAP", "proxy-path-open", "supported", TMG, CAS10,
          publishing=[rule_of(), rule_of("imap", protocols=["imap"], preauth="none")],
          **inner(line("TMG1", "CAS1", "443/tcp"))),
    silent("mail alone: nobody knows by which port", "proxy-path-open", TMG, CAS10,
           **one(protocols=["smtp"], preauth="none"), **inner(line("any", "any", "any"))),
    fires("80 alone passes to the only server of 2003", "proxy-path-ports-missing", "conditional", WORKGROUP_TMG, BE03,
          **one(targets=["BE1"], validation="ldap"), **inner(line("TMG1", "BE1", "80/tcp"))),
    fires("no ticket for Kerberos delegation", "proxy-path-ports-missing", "conditional", TMG, EX13, DC,
          host("FS1", "ADFS"), **one(product="wap-2016", protocols=["owa"], preauth="adfs", validation="adfs",
          delegation="kcd", target_auth=["windows"], targets=["EX3"]), **inner(line("TMG1", "EX3", "443/tcp"))),
    silent("tickets from the controller", "proxy-path-ports-missing", TMG, EX13, DC,
           host("FS1", "ADFS"), **one(product="wap-2016", protocols=["owa"], preauth="adfs", validation="adfs",
           delegation="kcd", target_auth=["windows"], targets=["EX3"]), **inner(line("TMG1", "EX3", "443/tcp"),
           line("TMG1", "DC1", "88/tcp"))),
    silent("443 for RPC by the filter of ISA", "proxy-path-ports-missing", WORKGROUP_TMG, BE03,
           **one(product="isa-2004", protocols=["mapi"], preauth="none", targets=["BE1"]),
           **inner(line("TMG1", "BE1", "135/tcp", "1024-65535/tcp"))),
    silent("a controller of another forest than that of the proxy", "proxy-path-ports-missing",
           TMG | {"forest": "other"}, CAS10 | {"forest": "corp"}, DC | {"forest": "corp"}, **one(), **FORESTS,
           **inner(line("TMG1", "CAS1", "443/tcp"))),
    silent("a controller that checks nobody", "proxy-path-ports-missing", TMG, CAS10, DC, **one(preauth="none"),
           **inner(line("TMG1", "CAS1", "443/tcp"))),
    silent("logons checked by a proxy that is no host of the file", "proxy-path-ports-missing", CAS10, DC,
           **one(host=...), **inner(line("dmz", "CAS1", "443/tcp"))),
    fires("a controller behind a rule that checks nobody", "proxy-path-ports-missing", "conditional", TMG, CAS10, DC,
          publishing=[rule_of("a", preauth="none"), rule_of("b")], **inner(line("TMG1", "CAS1", "443/tcp"))),
    silent("one of two controllers is open", "proxy-path-ports-missing", TMG, CAS10, DC, DC | {"name": "DC2"}, **one(),
           **inner(line("TMG1", "CAS1", "443/tcp"), line("TMG1", "DC2", "any"))),
    # TLS
    fires("allowed before it was supported", "ep-too-early", "unsupported", EX19 | ON, as_of=date(2022, 8, 8)),
    silent("on at 2010 before it was supported", "ep-too-early", EX10 | ON, as_of=date(2022, 8, 8)),
    fires("allowed, and TLS is read on the way", "ep-firewall-inspection", "conditional", TMG, EX19 | ON, **of_ex1(),
          firewalls=[wall("a", "internet", "dmz", allow="any", inspects=["tls"]),
          wall("b", "dmz", "lan", allow="any")]),
    silent("TLS is read elsewhere", "ep-firewall-inspection", TMG, EX19 | ON, **of_ex1(),
           firewalls=[wall("a", "internet", "dmz", allow="any"), wall("b", "dmz", "lan", allow="any"),
                      wall("c", "back", "branch", allow="any", inspects=["tls"])]),
    fires("TLS of clients inside is read", "ep-firewall-inspection", "conditional", EX19 | ON,
          firewalls=[wall("c", "lan", "back", inspects=["tls"], allow=[line("back", "EX1", "443/tcp")])]),
    silent("TLS between servers is read, which is another matter", "ep-firewall-inspection", EX19 | ON,
           host("EX2", "MBX", "back", version="2019"),
           firewalls=[wall("c", "lan", "back", allow="any", inspects=["tls"])]),
    silent("TLS is read on the way, and it is off", "ep-firewall-inspection", TMG,
           EX19 | {"extended_protection": "off"}, **of_ex1(),
           firewalls=[wall("a", "internet", "dmz", allow="any", inspects=["tls"]),
           wall("b", "dmz", "lan", allow="any")]),
    fires("reached by an open port", "ep-firewall-inspection", "conditional", EX19 | ON,
          firewalls=[wall("a", "internet", "lan", allow=[line("internet", "EX1", "443/tcp")], inspects=["tls"])]),
    silent("offloaded with Extended Protection on", "ssl-offload-at-proxy", TMG, EX19 | ON, **of_ex1(tls="offload")),
    silent("offloaded with tokens on the way", "ssl-offload-at-proxy", TMG, EX19, hybrid=CLASSIC,
           **of_ex1(tls="offload", protocols=["ews"])),
    fires("offloaded, no hybrid", "ssl-offload-at-proxy", "conditional", TMG, EX19, hybrid="none",
          **of_ex1(tls="offload", protocols=["ews"])),
    fires("offloaded, a hybrid, and browsers without tokens", "ssl-offload-at-proxy", "conditional", TMG, EX19,
          hybrid=CLASSIC, **of_ex1(tls="offload")),
    fires("offloaded IMAP with modern authentication", "ssl-offload-at-proxy", "conditional", TMG, EX19,
          hybrid=CLASSIC | {"modern_auth": True}, **of_ex1(tls="offload", protocols=["imap"])),
    fires("offloaded nobody knows what with modern authentication", "ssl-offload-oauth", "unsupported", TMG, EX19,
          hybrid=CLASSIC | {"modern_auth": True}, **of_ex1(tls="offload", protocols=...)),
    silent("offloaded 2010 of a hybrid", "ssl-offload-oauth", TMG, CAS10, EX19,
           hybrid=CLASSIC, **one(tls="offload", protocols=["ews"], preauth="none")),
    fires("moves of 2013 offloaded", "mrsproxy-ssl-offload", "unsupported", TMG, EX13, hybrid="none",
          **of_ex1(tls="offload", protocols=["mrsproxy"], targets=["EX3"])),
    silent("moves of 2019 offloaded", "mrsproxy-ssl-offload", TMG, EX19, hybrid="none",
           **of_ex1(tls="offload", protocols=["mrsproxy"])),
    silent("tunnelled by a proxy that checks nobody", "preauth-needs-bridging", TMG, EX19,
           **of_ex1(tls="pass-through")),
    fires("tunnelled nobody knows what", "ssl-tunnel-no-inspection", "conditional", TMG, EX19,
          **of_ex1(tls="pass-through", protocols=...)),
    fires("bridged with another certificate", "ep-bridge-other-cert", "unsupported", TMG, EX19 | ON,
          **of_ex1(same_certificate=False)),
    silent("bridged with another certificate, and it is off", "ep-bridge-other-cert", TMG,
           EX19 | {"extended_protection": "off"}, **of_ex1(same_certificate=False)),
    silent("tunnelled, whatever the certificate", "ep-bridge-other-cert", TMG, EX19,
           **of_ex1(same_certificate=False, tls="pass-through")),
    silent("2010 and another certificate", "ep-bridge-other-cert", TMG, CAS10, **one(same_certificate=False)),
    # products
    silent("passed on by another product", "entra-proxy-passthrough", TMG, EX19, **of_ex1(protocols=["ews"])),
    silent("AD FS by another product", "wap-owa-adfs", TMG, EX19, **of_ex1(preauth="adfs", validation="adfs")),
    silent("Web Application Proxy with a logon of its own", "wap-owa-adfs", TMG, EX19,
           **of_ex1(product="wap-2016", preauth="basic", validation="adfs")),
    silent("balanced by Windows", "rp-third-party", host("LB1", "LoadBalancer"), EX19,
           **of_ex1(product="windows-nlb", kind="load-balancer", host="LB1", preauth="forms")),
    silent("a product before 2013", "rp-third-party", TMG, CAS10, **one(product="kemp")),
    silent("no product", "rp-third-party", TMG, EX19, **of_ex1(product=...)),
    fires("AD FS and the proxy by what the host runs", "wap-with-adfs-same-host", "unsupported", EX19, EX13,
          host("ADFS1", "ADFS", also_runs=["wap-2016"])),
    fires("AD FS and the proxy by a rule", "wap-with-adfs-same-host", "unsupported", EX19, EX13,
          host("ADFS1", "ADFS"), **of_ex1(product="wap-2016", host="ADFS1", preauth="adfs", validation="adfs")),
    silent("AD FS and something that nobody knows", "wap-with-adfs-same-host", EX19,
           host("ADFS1", "ADFS", also_runs=["backup-agent", "kemp"])),
    silent("the proxy on another host", "wap-with-adfs-same-host", EX19, host("ADFS1", "ADFS"), TMG,
           **of_ex1(product="wap-2016", preauth="adfs", validation="adfs")),
    silent("a connector of the domain", "entra-connector-domain", CONNECTOR, EX19, **one(**ENTRA)),
    fires("a connector outside it, behind one that is not", "entra-connector-domain", "conditional", CONNECTOR,
          CONNECTOR | {"name": "C2", "domain_joined": False}, EX19,
          publishing=[rule_of("a", **ENTRA), rule_of("b", **ENTRA | {"host": "C2"})]),
    silent("a connector that signs nobody on", "entra-connector-domain", CONNECTOR | {"domain_joined": False}, EX19,
           **one(**ENTRA | {"delegation": "none"})),
    fires("a connector of another forest", "entra-connector-domain", "conditional", CONNECTOR | {"forest": "other"},
          EX19 | {"forest": "corp"}, **one(**ENTRA), **FORESTS),
    fires("the second of two devices opens TLS", "entra-connector-inspection", "unsupported", CONNECTOR, EX19,
          **one(**ENTRA), firewalls=[wall("a", "internet", "dmz", allow="any", inspects=[]),
                                     wall("b", "dmz", "lan", allow="any", inspects=["tls"])]),
    fires("a connector in the perimeter", "entra-connector-in-perimeter", "conditional", CONNECTOR | {"zone": "dmz"},
          EX19, **one(**ENTRA)),
    fires("a connector that is no host of the file", "entra-connector-placement", "supported", EX19,
          **one(**ENTRA | {"host": ..., "zone": "lan", "domain_joined": True})),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()


@pytest.mark.parametrize("stranger", [EX10, MBX10 | {"name": "EX1"}], ids=["of other roles", "of the same role"])
def test_of_members_and_strangers_in_one_network_each_is_told_by_itself(stranger: dict[str, Any]) -> None:
    members = [{"name": "DAG1", "members": ["MBX1", "C1"]}]
    result = advice(stranger, MBX10, MBX, dags=members, **SHUT)
    told = {one.statement: one.subjects for one in result.findings if one.topic == "path" and "w" in one.subjects}
    assert told == {
        "dag-firewall-between-members": ("C1", "MBX1", "w"),
        "firewall-between-exchange-same-site": ("C1", "EX1", "w"),
    }


def test_the_firewall_of_hosting_names_each_statement_that_yields_to_it() -> None:
    servers = (CAS07 | {"roles": ["CAS"], "zone": "proxy"}, host("HUB1", "HT", "proxy", version="2007"),
               host("MBX1", "MBX", version="2007"))  # fmt: skip
    (one,) = found(advice(*servers, **HMC), "hmc45-zone-firewalls")
    assert [text.partition(" ")[0] for text in one.overrules] == [
        "firewall-between-cas-and-mbx",
        "firewall-between-exchange-same-site",
    ]


def test_front_ends_that_no_back_end_can_notify_are_one_finding() -> None:
    hosts = (FE03, FE03 | {"name": "FE2"}, BE03, BE03 | {"name": "BE2"}, TMG)
    published = one(protocols=["activesync"], targets=["FE1", "FE2"], product="isa-2006")
    (told,) = found(advice(*hosts, **published, **inner()), "directpush-2883")
    assert told.summary.startswith("BE1 and BE2 cannot notify FE1 and FE2 by UDP 2883")
    assert set(told.subjects) == {"BE1", "BE2", "FE1", "FE2"}
