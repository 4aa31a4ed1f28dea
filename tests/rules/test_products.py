"""What publishes Exchange 2013 to SE: products, where TLS ends, Extended Protection, claims, mail in front."""

from __future__ import annotations

import pytest

from tests.build import advice, found, host, line, wall
from tests.rules.rows import TMG, Row, asks, fires, rule_of, silent

EX19 = host("EX1", "MBX", version="2019")
EX2 = host("EX2", "MBX", version="2019")
EDGE19 = host("EDGE1", "ET", "dmz", version="2019", domain_joined=False, subscribed_to=["HQ"])
EDGE13 = EDGE19 | {"version": "2013"}
GATEWAY = host("GW1", "SMTPGateway", "dmz")
LB = host("LB1", "LoadBalancer")
CONNECTOR = host("C1", "", domain_joined=True)
OUTER_DMZ = wall("outer", "internet", "dmz", allow=[], inspects=[])
WAP = {
    "product": "wap-2012-r2",
    "preauth": "adfs",
    "validation": "adfs",
    "delegation": "kcd",
    "target_auth": ["windows"],
    "targets": ["EX1"],
}
ENTRA = {
    "product": "entra-application-proxy",
    "kind": "cloud-connector",
    "host": "C1",
    "protocols": ["owa"],
    "preauth": "entra",
    "validation": "entra",
    "delegation": "kcd",
    "target_auth": ["windows"],
}
BARE = {"product": ..., "preauth": ..., "validation": ..., "delegation": ..., "target_auth": ...}
BALANCED = {**BARE, "kind": "load-balancer", "host": "LB1", "protocols": ["owa", "mapi"]}
FORWARDED = {**BARE, "kind": "port-forward", "host": ..., "tls": "pass-through"}
BY_PROXY = {"kind": "reverse-proxy", "host": "TMG1"}


def one(**fields: object) -> dict:
    return {"publishing": [rule_of(**{"targets": ["EX1"], "product": "other", **fields})]}


ROWS: list[Row] = [
    # Extended Protection
    fires(
        "Extended Protection behind offload",
        "ep-ssl-offload",
        "unsupported",
        TMG,
        EX19 | {"extended_protection": "require"},
        **one(tls="offload", preauth="none"),
    ),
    silent(
        "offload without Extended Protection",
        "ep-ssl-offload",
        TMG,
        EX19 | {"extended_protection": "off"},
        **one(tls="offload", preauth="none"),
    ),
    fires(
        "Extended Protection behind the same certificate",
        "ep-bridge-same-cert",
        "supported",
        TMG,
        EX19 | {"extended_protection": "require"},
        **one(same_certificate=True),
    ),
    silent(
        "Extended Protection behind another certificate is not the same",
        "ep-bridge-same-cert",
        TMG,
        EX19 | {"extended_protection": "require"},
        **one(same_certificate=False),
    ),
    fires(
        "Extended Protection behind another certificate",
        "ep-bridge-other-cert",
        "unsupported",
        TMG,
        EX19 | {"extended_protection": "require"},
        **one(same_certificate=False),
    ),
    asks(
        "Extended Protection behind a certificate that nobody wrote",
        "ep-bridge-other-cert",
        TMG,
        EX19 | {"extended_protection": "allow"},
        **one(),
    ),
    asks(
        "Extended Protection, and no word on who ends TLS",
        "ep-bridge-other-cert",
        TMG,
        EX19 | {"extended_protection": "require"},
        **one(tls=...),
    ),
    silent(
        "Extended Protection behind a proxy that tunnels",
        "ep-bridge-other-cert",
        TMG,
        EX19 | {"extended_protection": "require"},
        **one(preauth="none", tls="pass-through"),
    ),
    silent(
        "Extended Protection behind a port-forward, which cannot end TLS",
        "ep-bridge-other-cert",
        EX19 | {"extended_protection": "require"},
        **one(kind="port-forward", product=..., host=..., preauth="none", tls=...),
    ),
    silent(
        "no Extended Protection",
        "ep-bridge-other-cert",
        TMG,
        EX19 | {"extended_protection": "off"},
        **one(same_certificate=False),
    ),
    # claims
    fires("OWA through WAP", "wap-owa-adfs", "supported", TMG, EX19, **one(**{**WAP, "protocols": ["owa"]})),
    silent(
        "OWA passed through WAP", "wap-owa-adfs", TMG, EX19, **one(**{**WAP, "protocols": ["owa"], "preauth": "none"})
    ),
    fires("ECP through WAP", "wap-ecp-adfs", "conditional", TMG, EX19, **one(**{**WAP, "protocols": ["ecp"]})),
    silent("no ECP through WAP", "wap-ecp-adfs", TMG, EX19, **one(**{**WAP, "protocols": ["owa"]})),
    fires(
        "Outlook Anywhere through WAP",
        "wap-outlook-anywhere",
        "unsupported",
        TMG,
        EX19,
        **one(**{**WAP, "protocols": ["outlook-anywhere"]}),
    ),
    silent(
        "Outlook Anywhere passed through WAP",
        "wap-outlook-anywhere",
        TMG,
        EX19,
        **one(**{**WAP, "protocols": ["outlook-anywhere"], "preauth": "none"}),
    ),
    fires(
        "MAPI over HTTP through WAP", "wap-mapi-http", "unsupported", TMG, EX19, **one(**{**WAP, "protocols": ["mapi"]})
    ),
    silent("MAPI over HTTP through TMG", "wap-mapi-http", TMG, EX19, **one(protocols=["mapi"])),
    fires(
        "ActiveSync through WAP",
        "wap-eas",
        "conditional",
        TMG,
        EX19,
        **one(**{**WAP, "product": "wap-2016", "protocols": ["activesync"]}),
    ),
    silent("ActiveSync through another proxy", "wap-eas", TMG, EX19, **one(protocols=["activesync"])),
    fires("EWS through WAP", "wap-ews-autod-oab", "unsupported", TMG, EX19, **one(**{**WAP, "protocols": ["ews"]})),
    silent(
        "EWS passed through WAP",
        "wap-ews-autod-oab",
        TMG,
        EX19,
        **one(**{**WAP, "protocols": ["ews"], "preauth": "none"}),
    ),
    fires(
        "OWA through the application proxy of Entra",
        "entra-proxy-owa",
        "unsupported",
        TMG,
        EX19,
        **one(**{**ENTRA, **BY_PROXY, "protocols": ["owa"]}),
    ),
    silent("OWA through another proxy", "entra-proxy-owa", TMG, EX19, **one()),
    fires(
        "EWS through the application proxy of Entra",
        "entra-proxy-rich-clients",
        "unsupported",
        TMG,
        EX19,
        **one(**{**ENTRA, **BY_PROXY, "protocols": ["ews"]}),
    ),
    silent(
        "EWS passed through it",
        "entra-proxy-rich-clients",
        TMG,
        EX19,
        **one(**{**ENTRA, **BY_PROXY, "protocols": ["ews"], "preauth": "none"}),
    ),
    asks(
        "another certificate, and no word on Extended Protection",
        "ep-bridge-other-cert",
        TMG,
        EX19,
        **one(same_certificate=False),
    ),
    fires(
        "Extended Protection behind a load balancer with another certificate",
        "ep-bridge-other-cert",
        "unsupported",
        LB,
        EX19 | {"extended_protection": "require"},
        **one(**BALANCED, tls="bridging", same_certificate=False),
    ),
    fires(
        "Extended Protection behind a load balancer that offloads",
        "ep-ssl-offload",
        "unsupported",
        LB,
        EX19 | {"extended_protection": "require"},
        **one(**BALANCED, tls="offload"),
    ),
    fires(
        "a load balancer that offloads",
        "ssl-offload-at-proxy",
        "conditional",
        LB,
        EX19,
        **one(**BALANCED, tls="offload"),
    ),
    silent(
        "a load balancer of layer 4 is no tunnel to warn of",
        "ssl-tunnel-no-inspection",
        LB,
        EX19,
        **one(**BALANCED, tls="pass-through"),
    ),
    fires(
        "a firewall that opens TLS in front of Extended Protection",
        "ep-firewall-inspection",
        "conditional",
        TMG,
        EX19 | {"extended_protection": "require"},
        firewalls=[OUTER_DMZ, wall("inner", "dmz", "lan", allow=[], inspects=["tls"])],
        **one(same_certificate=True),
    ),
    silent(
        "a firewall that opens TLS, and no Extended Protection",
        "ep-firewall-inspection",
        TMG,
        EX19 | {"extended_protection": "off"},
        firewalls=[OUTER_DMZ, wall("inner", "dmz", "lan", allow=[], inspects=["tls"])],
        **one(same_certificate=True),
    ),
    fires(
        "modern authentication behind offload",
        "ssl-offload-oauth",
        "unsupported",
        LB,
        EX19,
        hybrid={"topology": "classic", "modern_auth": True},
        **one(**BALANCED, tls="offload"),
    ),
    fires(
        "EWS of a hybrid behind offload",
        "ssl-offload-oauth",
        "unsupported",
        LB,
        EX19,
        hybrid={"topology": "classic", "modern_auth": False},
        **one(**{**BALANCED, "protocols": ["ews"]}, tls="offload"),
    ),
    silent(
        "modern authentication behind bridging",
        "ssl-offload-oauth",
        LB,
        EX19,
        hybrid={"topology": "classic", "modern_auth": True},
        **one(**BALANCED, tls="bridging"),
    ),
    silent("offload without hybrid", "ssl-offload-oauth", LB, EX19, hybrid="none", **one(**BALANCED, tls="offload")),
    fires(
        "MRSProxy of 2013 behind offload",
        "mrsproxy-ssl-offload",
        "unsupported",
        TMG,
        host("EX1", "CAS MBX", version="2013"),
        **one(protocols=["mrsproxy"], preauth="none", tls="offload"),
    ),
    silent(
        "EWS of 2013 behind offload",
        "mrsproxy-ssl-offload",
        TMG,
        host("EX1", "CAS MBX", version="2013"),
        **one(protocols=["ews"], preauth="none", tls="offload"),
    ),
    # Web Application Proxy
    fires(
        "ActiveSync through WAP of 2012 R2",
        "wap-eas-2012-r2",
        "unsupported",
        TMG,
        EX19,
        **one(**{**WAP, "protocols": ["activesync"]}),
    ),
    silent(
        "ActiveSync through WAP of 2016",
        "wap-eas-2012-r2",
        TMG,
        EX19,
        **one(**{**WAP, "product": "wap-2016", "protocols": ["activesync"]}),
    ),
    fires(
        "WAP that checks logons by LDAP, and no AD FS",
        "wap-without-adfs",
        "unsupported",
        TMG,
        EX19,
        **one(**{**WAP, "preauth": "forms", "validation": "ldap"}),
    ),
    asks(
        "WAP that passes through, and no word on AD FS",
        "wap-without-adfs",
        TMG,
        EX19,
        **one(**{**WAP, "preauth": "none", "validation": ...}),
    ),
    silent(
        "WAP that passes through, and AD FS inside",
        "wap-without-adfs",
        TMG,
        EX19,
        host("FS1", "ADFS"),
        **one(**{**WAP, "preauth": "none", "validation": ...}),
    ),
    silent("WAP that asks AD FS", "wap-without-adfs", TMG, EX19, **one(**WAP)),
    fires(
        "WAP on the AD FS server",
        "wap-with-adfs-same-host",
        "unsupported",
        host("FS1", "ADFS"),
        EX19,
        **one(**{**WAP, "host": "FS1"}),
    ),
    silent("WAP beside the AD FS server", "wap-with-adfs-same-host", TMG, host("FS1", "ADFS"), EX19, **one(**WAP)),
    # Entra
    fires(
        "Outlook passed through Entra",
        "entra-proxy-passthrough",
        "conditional",
        CONNECTOR,
        EX19,
        **one(**{**ENTRA, "protocols": ["mapi"], "preauth": "none", "validation": ...}),
    ),
    silent("OWA through Entra", "entra-proxy-passthrough", CONNECTOR, EX19, **one(**ENTRA)),
    fires("a connector inside", "entra-connector-placement", "supported", CONNECTOR, EX19, **one(**ENTRA)),
    silent(
        "a connector in the perimeter",
        "entra-connector-placement",
        CONNECTOR | {"zone": "dmz"},
        EX19,
        **one(**ENTRA),
    ),
    asks("a connector somewhere", "entra-connector-placement", EX19, **one(**{**ENTRA, "host": ...})),
    fires(
        "a connector in the perimeter network",
        "entra-connector-in-perimeter",
        "conditional",
        CONNECTOR | {"zone": "dmz"},
        EX19,
        **one(**ENTRA),
    ),
    silent("a connector on the intranet", "entra-connector-in-perimeter", CONNECTOR, EX19, **one(**ENTRA)),
    fires(
        "a firewall that opens the TLS of the connector",
        "entra-connector-inspection",
        "unsupported",
        CONNECTOR,
        EX19,
        firewalls=[wall("outer", "internet", "lan", allow=[], inspects=["tls"])],
        **one(**ENTRA),
    ),
    silent(
        "a firewall that leaves it",
        "entra-connector-inspection",
        CONNECTOR,
        EX19,
        firewalls=[wall("outer", "internet", "lan", allow=[], inspects=["esmtp"])],
        **one(**ENTRA),
    ),
    asks(
        "a firewall of which nobody says what it inspects",
        "entra-connector-inspection",
        CONNECTOR,
        EX19,
        firewalls=[wall("outer", "internet", "lan", allow=[])],
        **one(**ENTRA),
    ),
    fires(
        "Kerberos by a connector in a workgroup",
        "entra-connector-domain",
        "conditional",
        CONNECTOR | {"domain_joined": False},
        EX19,
        **one(**ENTRA),
    ),
    fires(
        "Kerberos by a connector of another forest",
        "entra-connector-domain",
        "conditional",
        CONNECTOR | {"forest": "dmz.contoso"},
        EX19 | {"forest": "contoso"},
        forests=[{"name": "contoso"}, {"name": "dmz.contoso"}],
        **one(**ENTRA),
    ),
    asks(
        "Kerberos by a connector of which nobody wrote",
        "entra-connector-domain",
        host("C1", ""),
        EX19,
        **one(**ENTRA),
    ),
    silent("Kerberos by a member", "entra-connector-domain", CONNECTOR, EX19, **one(**ENTRA)),
    fires(
        "OWA through Entra as a connector of the cloud",
        "entra-proxy-owa",
        "unsupported",
        CONNECTOR,
        EX19,
        **one(**ENTRA),
    ),
    # makers
    fires("ARR", "rp-arr", "conditional", TMG, EX19, **one(product="arr", preauth="none")),
    silent("ARR before 2010", "rp-arr", TMG, host("EX1", "CAS HT MBX", version="2010"), **one(product="arr")),
    fires("a proxy of another maker", "rp-third-party", "conditional", TMG, EX19, **one(product="f5-apm")),
    fires(
        "a balancer of another maker that pre-authenticates",
        "rp-third-party",
        "conditional",
        LB,
        EX19,
        **one(**{**BALANCED, "product": "kemp", "preauth": "forms"}),
    ),
    silent("Web Application Proxy", "rp-third-party", TMG, EX19, **one(**WAP)),
    silent("a balancer of another maker", "rp-third-party", LB, EX19, **one(**{**BALANCED, "product": "kemp"})),
    # what a rule runs on, and what it leads to
    fires(
        "a balancer of which only the host is written",
        "loadbalancer-before-cas",
        "supported",
        LB,
        EX19,
        **one(**{**BALANCED, "kind": ...}),
    ),
    asks(
        "nobody wrote what it runs on", "publishing-kind-not-known", EX19, **one(**{**BARE, "kind": ..., "host": ...})
    ),
    silent("a product says what it is", "publishing-kind-not-known", TMG, EX19, **one(**{**WAP, "kind": ...})),
    asks("a proxy before a balancer before who knows", "publishing-target-unresolved", TMG, LB, **one(targets=["LB1"])),
    silent(
        "a proxy before a balancer before Exchange",
        "publishing-target-unresolved",
        TMG,
        LB,
        EX19,
        publishing=[
            rule_of(targets=["LB1"]),
            {"name": "back", "host": "LB1", "targets": ["EX1"], "protocols": ["owa"]},
        ],
    ),
    silent(
        "a firewall that lets the proxy reach the balancer",
        "inner-firewall-restrictive",
        TMG,
        LB,
        EX19,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("TMG1", "LB1", "443/tcp")], inspects=[])],
        publishing=[
            rule_of(product="other", preauth="none", validation=..., targets=["LB1"]),
            {"name": "back", "host": "LB1", "targets": ["EX1"], "protocols": ["owa"], "tls": "pass-through"},
        ],
    ),
    fires(
        "a firewall that lets the proxy reach more of the balancer",
        "inner-firewall-restrictive",
        "not-recommended",
        TMG,
        LB,
        EX19,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("TMG1", "LB1", "443/tcp", "3389/tcp")], inspects=[])],
        publishing=[
            rule_of(product="other", preauth="none", validation=..., targets=["LB1"]),
            {"name": "back", "host": "LB1", "targets": ["EX1"], "protocols": ["owa"], "tls": "pass-through"},
        ],
    ),
    # clients without a browser, old protocols, addresses
    fires(
        "Outlook met by a form",
        "preauth-page-rich-clients",
        "conditional",
        TMG,
        EX19,
        hybrid="none",
        **one(protocols=["owa", "mapi"]),
    ),
    silent("Outlook met by TMG", "preauth-page-rich-clients", TMG, EX19, **one(product="tmg-2010", protocols=["mapi"])),
    silent(
        "Outlook met by Basic",
        "preauth-page-rich-clients",
        TMG,
        EX19,
        **one(protocols=["owa", "mapi"], preauth="basic"),
    ),
    fires(
        "forms on the proxy and on OWA of 2019",
        "owa-fba-double",
        "conditional",
        TMG,
        EX19,
        **one(protocols=["owa"], target_auth=["forms"]),
    ),
    silent("Basic on OWA of 2019", "owa-fba-double", TMG, EX19, **one(protocols=["owa"], target_auth=["basic"])),
    fires(
        "IMAP to the Internet", "pop-imap-from-internet", "conditional", EX19, **one(**FORWARDED, protocols=["imap"])
    ),
    silent("OWA to the Internet", "pop-imap-from-internet", EX19, **one(**FORWARDED, protocols=["owa"])),
    silent("IMAP to the Internet is no 443", "direct-443-to-cas", EX19, **one(**FORWARDED, protocols=["imap"])),
    fires(
        "443 forwarded to 2019", "direct-443-to-cas", "conditional", EX19, **one(**FORWARDED, protocols=["owa", "mapi"])
    ),
    fires(
        "a balancer with its own address", "lb-source-nat", "supported", LB, EX19, **one(**BALANCED, source_nat=True)
    ),
    silent("a balancer that is transparent", "lb-source-nat", LB, EX19, **one(**BALANCED, source_nat=False)),
    fires(
        "ECP through a load balancer",
        "ecp-beside-owa",
        "conditional",
        LB,
        EX19,
        **one(**{**BALANCED, "protocols": ["owa", "ecp"]}),
    ),
    fires(
        "a load balancer that publishes ECP is a load balancer still",
        "loadbalancer-before-cas",
        "supported",
        LB,
        EX19,
        **one(**{**BALANCED, "protocols": ["owa", "ecp"]}),
    ),
    silent(
        "AD FS says against what it checks",
        "preauth-proxy-workgroup-limited",
        TMG | {"domain_joined": False},
        EX19,
        **one(**{**WAP, "validation": ..., "delegation": ..., "protocols": ["owa"]}),
    ),
    # Edge and gateways
    fires(
        "mail straight to a Mailbox server of 2013 without Client Access",
        "smtp-direct-to-mailbox-2013",
        "conditional",
        host("CAS1", "CAS", version="2013"),
        host("MBX1", "MBX", version="2013"),
        mail_flow=[{"path": ["internet", "MBX1"]}],
    ),
    silent(
        "mail straight to Client Access of 2013",
        "smtp-direct-to-mailbox-2013",
        host("CAS1", "CAS", version="2013"),
        host("MBX1", "MBX", version="2013"),
        mail_flow=[{"path": ["internet", "CAS1", "MBX1"]}],
    ),
    fires(
        "an Edge server with two cards",
        "edge-two-nics",
        "supported",
        EDGE19 | {"also_in": ["lan"]},
        EX19,
    ),
    silent("an Edge server with one", "edge-two-nics", EDGE19 | {"also_in": []}, EX19),
    fires(
        "Edge to a Client Access server of 2013",
        "edge-mail-bypass-cas2013",
        "unsupported",
        EDGE13,
        host("CAS1", "CAS", version="2013"),
        host("MBX1", "MBX", version="2013"),
        mail_flow=[{"path": ["internet", "EDGE1", "CAS1", "MBX1"]}],
    ),
    silent(
        "Edge to a server of 2013 with both roles",
        "edge-mail-bypass-cas2013",
        EDGE13,
        host("EX1", "CAS MBX", version="2013"),
        mail_flow=[{"path": ["internet", "EDGE1", "EX1"]}],
    ),
    fires(
        "Exchange Online Protection in front",
        "cloud-filter-first",
        "supported",
        EX19,
        mail_flow=[{"path": ["internet", "eop", "EX1"]}],
    ),
    silent("no Exchange Online Protection", "cloud-filter-first", EX19, mail_flow=[{"path": ["internet", "EX1"]}]),
    fires(
        "a gateway in front of Exchange Online Protection",
        "gateway-before-eop",
        "supported",
        EX19,
        GATEWAY,
        mail_flow=[{"path": ["internet", "GW1", "eop", "EX1"]}],
    ),
    silent(
        "a gateway behind it",
        "gateway-before-eop",
        EX19,
        GATEWAY,
        mail_flow=[{"path": ["internet", "eop", "GW1", "EX1"]}],
    ),
    fires(
        "a gateway on the way out",
        "third-party-gateway-instead-of-edge",
        "supported",
        EX19,
        GATEWAY,
        mail_flow=[{"path": ["EX1", "GW1", "internet"]}],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


def test_where_sources_disagree_both_readings_are_told() -> None:
    seen = {
        "wap-ecp-adfs": advice(TMG, EX19, **one(**{**WAP, "protocols": ["ecp"]})),
        "entra-proxy-owa": advice(CONNECTOR, EX19, **one(**ENTRA)),
        "ssl-offload-at-proxy": advice(LB, EX19, **one(**BALANCED, tls="offload")),
        "ep-ssl-offload": advice(LB, EX19 | {"extended_protection": "allow"}, **one(**BALANCED, tls="offload")),
    }
    for statement, result in seen.items():
        (finding,) = found(result, statement)
        assert finding.disagreement is not None, statement
        assert finding.disagreement.reading and finding.disagreement.decided and finding.disagreement.sources


def test_one_question_on_extended_protection_whoever_asks() -> None:
    result = advice(
        TMG, EX19, EX2, hybrid={"topology": "modern", "targets": ["EX2"]}, **one(preauth="none", same_certificate=False)
    )
    asked = [one for one in result.questions if one.question and one.question.field.endswith("extended_protection")]
    assert len(asked) == 1
