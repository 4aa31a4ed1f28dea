"""Publishing, pre-authentication, and how wide the inner firewall is."""

from __future__ import annotations

from datetime import date

import pytest

from tests.build import host, line, wall
from tests.rules.rows import BE03, CAS07, CAS10, DC, EDGE10, FE03, TMG, WORKGROUP_TMG, Row, asks, fires, rule_of, silent

FE_IN = FE03 | {"zone": "lan"}
LATER = date(2021, 1, 1)


def inner(*lines: dict) -> dict:
    return {"firewalls": [wall("inner", "dmz", "lan", allow=list(lines))]}


def one(**fields: object) -> dict:
    return {"publishing": [rule_of(**fields)]}


ROWS: list[Row] = [
    fires("a proxy before a CAS inside", "cas-on-intranet-behind-proxy", "supported", TMG, CAS10, **one()),
    silent("a proxy before a CAS in the perimeter", "cas-on-intranet-behind-proxy", TMG, CAS10 | {"zone": "dmz"}, **one()),
    fires("ISA before a front-end with RPC over HTTP", "rpchttp-fe-inside-isa", "supported", TMG, FE_IN, BE03, **one(product="isa-2006", protocols=["outlook-anywhere"], preauth="basic", targets=["FE1"])),
    silent("ISA before a front-end with OWA alone", "rpchttp-fe-inside-isa", TMG, FE_IN, BE03, **one(product="isa-2006", targets=["FE1"])),
    fires("ISA 2000 before 2007", "isa2000-for-2007", "not-recommended", TMG, CAS07, **one(product="isa-2000", preauth="basic")),
    silent("ISA 2000 before 2003", "isa2000-for-2007", TMG, FE_IN, BE03, **one(product="isa-2000", preauth="basic", targets=["FE1"])),
    fires("ISA 2004 before 2010", "isa2004-for-2007-2010", "not-recommended", TMG, CAS10, **one(product="isa-2004")),
    silent("ISA 2004 before 2003", "isa2004-for-2007-2010", TMG, FE_IN, BE03, **one(product="isa-2004", targets=["FE1"])),
    fires("ISA 2006 before 2010", "isa2006-for-2010", "conditional", TMG, CAS10, **one(product="isa-2006")),
    silent("ISA 2006 before 2007", "isa2006-for-2010", TMG, CAS07, **one(product="isa-2006")),
    asks("a product and a version of which nobody says anything", "product-version-not-covered", TMG, host("FE1", "FE", version="2000"), **one(product="uag-2010", targets=["FE1"])),
    silent("a product that fits", "product-version-not-covered", TMG, CAS10, **one()),
    asks("a product that nobody knows", "product-not-known", TMG, CAS10, **one(product="tgm-2010")),
    silent("any other product", "product-not-known", TMG, CAS10, **one(product="other")),
    fires("a load balancer before CAS", "loadbalancer-before-cas", "supported", host("LB1", "LoadBalancer"), CAS10, **one(kind="load-balancer", host="LB1", product="other", preauth=..., validation=...)),
    silent("a proxy is no load balancer", "loadbalancer-before-cas", TMG, CAS10, **one()),
    fires("443 forwarded to CAS", "direct-443-to-cas", "supported", CAS10, **one(kind="port-forward", host=..., product=..., preauth=..., validation=...)),
    fires("443 opened to CAS", "direct-443-to-cas", "supported", CAS10, firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "443/tcp")])]),
    silent("443 opened to a CAS in the perimeter", "direct-443-to-cas", CAS10 | {"zone": "dmz"}, firewalls=[wall("fw", "internet", "dmz", allow=[line("internet", "CAS1", "443/tcp")])]),
    fires("IMAP through UAG", "uag-no-pop-imap-smtp", "unsupported", TMG, CAS10, **one(product="uag-2010", protocols=["imap"], preauth="none")),
    silent("IMAP through TMG", "uag-no-pop-imap-smtp", TMG, CAS10, **one(protocols=["imap"], preauth="none")),
    fires("RPC over HTTP of 2003 through UAG", "uag-oa-versions", "unsupported", TMG, FE_IN, BE03, **one(product="uag-2010", protocols=["outlook-anywhere"], targets=["FE1"], preauth="basic")),
    silent("Outlook Anywhere of 2010 through UAG", "uag-oa-versions", TMG, CAS10, **one(product="uag-2010", protocols=["outlook-anywhere"], preauth="basic")),
    fires("Outlook through the RPC filter of ISA", "isa-rpc-filter-outlook", "conditional", TMG, BE03, **one(product="isa-2004", protocols=["mapi"], preauth="none", targets=["BE1"])),
    silent("Outlook through TMG by HTTP", "isa-rpc-filter-outlook", TMG, CAS10, **one(protocols=["outlook-anywhere"], preauth="basic")),
    fires("OWA straight to a back-end", "owa-be-direct", "not-recommended", TMG, BE03, **one(product="isa-2006", targets=["BE1"])),
    silent("OWA to a front-end", "owa-be-direct", TMG, FE_IN, BE03, **one(product="isa-2006", targets=["FE1"])),
    fires("135 from the Internet", "mapi-rpc-from-internet", "not-recommended", CAS10, firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "135/tcp", "1024-65535/tcp")])]),
    silent("443 from the Internet", "mapi-rpc-from-internet", CAS10, firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "CAS1", "443/tcp")])]),
    fires("CAS of one site for two audiences", "cas-mixed-in-site", "not-recommended", CAS10 | {"audience": "external"}, host("CAS2", "CAS", version="2010", audience="internal")),
    silent("CAS of one site for one audience", "cas-mixed-in-site", CAS10 | {"audience": "external"}, host("CAS2", "CAS", version="2010")),
    fires("TLS offloaded", "ssl-offload-at-proxy", "conditional", TMG, CAS10, **one(tls="offload")),
    silent("TLS bridged", "ssl-offload-at-proxy", TMG, CAS10, **one()),
    fires("TLS tunnelled", "ssl-tunnel-no-inspection", "conditional", TMG, CAS10, **one(tls="pass-through", preauth="none", validation=...)),
    silent("TLS passed on by a load balancer", "ssl-tunnel-no-inspection", host("LB1", "LoadBalancer"), CAS10, **one(kind="load-balancer", host="LB1", product="other", tls="pass-through", preauth="none")),
    fires("pre-authentication in a tunnel", "preauth-needs-bridging", "unsupported", TMG, CAS10, **one(tls="pass-through")),
    silent("pre-authentication with bridging", "preauth-needs-bridging", TMG, CAS10, **one()),
    fires("a proxy in the domain", "preauth-proxy-domain-joined", "supported", TMG, CAS10, **one()),
    silent("a proxy in the domain that checks nobody", "preauth-proxy-domain-joined", TMG, CAS10, **one(preauth="none")),
    fires("the inner firewall passes 443", "proxy-path-open", "supported", TMG, CAS10, **one(), **inner(line("TMG1", "CAS1", "443/tcp"))),
    silent("the inner firewall passes nothing", "proxy-path-open", TMG, CAS10, **one(), **inner()),
    fires("443 is closed to the proxy", "proxy-path-ports-missing", "conditional", TMG, CAS10, **one(), **inner(line("TMG1", "CAS1", "80/tcp"))),
    silent("443 is open to the proxy", "proxy-path-ports-missing", TMG, CAS10, **one(), **inner(line("TMG1", "CAS1", "443/tcp"))),
    # pre-authentication
    fires("forms against Active Directory", "preauth-on-proxy", "supported", TMG, CAS10, **one()),
    silent("no pre-authentication is none", "preauth-on-proxy", TMG, CAS10, **one(preauth="none")),
    fires("no pre-authentication", "proxy-no-preauth", "supported", TMG, CAS10, **one(preauth="none")),
    silent("pre-authentication is some", "proxy-no-preauth", TMG, CAS10, **one()),
    asks("nobody wrote whether it pre-authenticates", "preauth-not-known", TMG, CAS10, **one(preauth=...)),
    silent("it is written", "preauth-not-known", TMG, CAS10, **one()),
    fires("RADIUS from a workgroup", "preauth-radius", "supported", WORKGROUP_TMG, CAS10, **one(validation="radius")),
    silent("LDAP is not RADIUS", "preauth-radius", WORKGROUP_TMG, CAS10, **one(validation="ldap")),
    fires("LDAP from a workgroup", "preauth-ldap", "supported", WORKGROUP_TMG, CAS10, **one(validation="ldap")),
    silent("RADIUS is not LDAP", "preauth-ldap", WORKGROUP_TMG, CAS10, **one(validation="radius")),
    fires("federation through a rule of its own", "federation-split-rule", "supported", TMG, CAS10, **one(protocols=["federation"], preauth="none")),
    silent("OWA is no federation", "federation-split-rule", TMG, CAS10, **one(preauth="none")),
    fires("federation pre-authenticated", "federated-sharing-no-preauth", "unsupported", TMG, CAS10, **one(protocols=["federation"], preauth="basic")),
    silent("federation passed on", "federated-sharing-no-preauth", TMG, CAS10, **one(protocols=["federation"], preauth="none")),
    fires("IMAP pre-authenticated", "pop-imap-no-preauth", "unsupported", TMG, CAS10, **one(protocols=["imap"])),
    silent("IMAP passed on", "pop-imap-no-preauth", TMG, CAS10, **one(protocols=["imap"], preauth="none")),
    fires("Active Directory validation from a workgroup", "preauth-ad-needs-membership", "unsupported", WORKGROUP_TMG, CAS10, **one()),
    silent("Active Directory validation from a member", "preauth-ad-needs-membership", TMG, CAS10, **one()),
    asks("Active Directory validation, membership not written", "preauth-ad-needs-membership", host("TMG1", "ReverseProxy", "dmz"), CAS10, **one()),
    fires("Kerberos delegation from a workgroup", "preauth-kcd-needs-domain", "unsupported", WORKGROUP_TMG, CAS10, **one(validation="ldap", delegation="kcd")),
    silent("Kerberos delegation from a member", "preauth-kcd-needs-domain", TMG, CAS10, **one(delegation="kcd")),
    asks("Kerberos delegation, membership not written", "preauth-kcd-needs-domain", host("TMG1", "ReverseProxy", "dmz"), CAS10, **one(validation="ldap", delegation="kcd")),
    fires("certificates from a member", "eas-certificate-auth", "conditional", TMG, CAS10, **one(protocols=["activesync"], preauth="certificate", delegation="kcd")),
    silent("forms are no certificates", "eas-certificate-auth", TMG, CAS10, **one()),
    fires("NTLM of Outlook", "oa-ntlm-preauth", "conditional", TMG, CAS10, **one(protocols=["outlook-anywhere"], preauth="ntlm", delegation="kcd")),
    silent("Basic of Outlook", "oa-ntlm-preauth", TMG, CAS10, **one(protocols=["outlook-anywhere"], preauth="basic")),
    asks("a workgroup proxy whose validation nobody wrote", "preauth-workgroup-limited", WORKGROUP_TMG, CAS10, **one(validation=...)),
    silent("a workgroup proxy with RADIUS", "preauth-workgroup-limited", WORKGROUP_TMG, CAS10, **one(validation="radius")),
    fires("forms on a product that has none", "product-lacks-preauth", "unsupported", TMG, CAS10, **one(product="arr")),
    silent("forms on TMG", "product-lacks-preauth", TMG, CAS10, **one()),
    fires("LDAP on ISA 2004", "product-lacks-validation", "unsupported", WORKGROUP_TMG, FE_IN, BE03, **one(product="isa-2004", validation="ldap", targets=["FE1"])),
    silent("LDAP on TMG", "product-lacks-validation", WORKGROUP_TMG, CAS10, **one(validation="ldap")),
    fires("forms on both sides", "owa-fba-double", "unsupported", TMG, CAS10, **one(target_auth=["forms"])),
    silent("forms on the proxy, Basic on the server", "owa-fba-double", TMG, CAS10, **one()),
    asks("forms on the proxy, the server not written", "owa-fba-double", TMG, CAS10, **one(target_auth=...)),
    # the model
    asks("OWA published to nowhere", "publishing-without-target", TMG, CAS10, **one(targets=...)),
    silent("OWA published to a CAS", "publishing-without-target", TMG, CAS10, **one()),
    asks("something published", "publishing-without-protocols", TMG, CAS10, **one(protocols=...)),
    silent("OWA published", "publishing-without-protocols", TMG, CAS10, **one()),
    asks("a proxy that publishes nothing", "proxy-without-publishing", TMG, CAS10),
    silent("a proxy that publishes", "proxy-without-publishing", TMG, CAS10, **one()),
    # the inner firewall
    fires("all ports from the proxy to a Mailbox server", "inner-firewall-restrictive", "not-recommended", TMG, CAS10, host("MBX1", "MBX", version="2010"), **one(), **inner(line("TMG1", "MBX1", "1-65535/tcp"))),
    fires("everything from the proxy", "inner-firewall-restrictive", "not-recommended", TMG, CAS10, **one(), firewalls=[wall("inner", "dmz", "lan", allow="any")]),
    fires("LDAP from a workgroup proxy that checks nobody", "inner-firewall-restrictive", "not-recommended", WORKGROUP_TMG, CAS10, DC, **one(preauth="none"), **inner(line("TMG1", "DC1", "389/tcp"))),
    fires("443 from Edge", "inner-firewall-restrictive", "not-recommended", EDGE10, CAS10, **inner(line("EDGE1", "CAS1", "25/tcp", "443/tcp"))),
    silent("443 from the proxy", "inner-firewall-restrictive", TMG, CAS10, **one(), **inner(line("TMG1", "CAS1", "443/tcp"))),
    silent("443 written with zones", "inner-firewall-restrictive", TMG, CAS10, DC, **one(), **inner(line("dmz", "lan", "443/tcp"))),
    silent("the member ports of a proxy in the domain", "inner-firewall-restrictive", TMG, CAS10, DC, **one(), **inner(
        line("TMG1", "DC1", "53/tcp", "53/udp", "88/tcp", "88/udp", "123/udp", "135/tcp", "389/tcp", "389/udp", "445/tcp", "3268/tcp", "49152-65535/tcp"))),
    silent("RADIUS from a workgroup proxy", "inner-firewall-restrictive", WORKGROUP_TMG, CAS10, host("NPS1", "RadiusServer"), **one(validation="radius"), **inner(line("TMG1", "NPS1", "1812-1813/udp"))),
    silent("any/any where a CAS stands in the perimeter, which is the defect", "inner-firewall-restrictive", CAS10 | {"zone": "dmz"}, host("MBX1", "MBX", version="2010"), firewalls=[wall("inner", "dmz", "lan", allow="any")]),
    silent("a proxy of which nobody wrote what it publishes", "inner-firewall-restrictive", TMG, CAS10, **inner(line("TMG1", "CAS1", "443/tcp", "80/tcp"))),
    asks("an inner firewall without rules", "firewall-without-rules", TMG, CAS10, **one(), firewalls=[wall("inner", "dmz", "lan")]),
    silent("an inner firewall with rules", "firewall-without-rules", TMG, CAS10, **one(), **inner()),
    # life cycle of products
    fires("TMG after its end", "tmg-after-eol", "not-recommended", TMG, CAS10, as_of=LATER, **one()),
    silent("TMG in its day", "tmg-after-eol", TMG, CAS10, **one()),
    silent("TMG is judged by its own statement", "product-out-of-support", TMG, CAS10, as_of=LATER, **one()),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()
