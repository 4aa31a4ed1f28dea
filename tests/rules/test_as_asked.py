"""What files written after real questions showed: sound layouts that raised an alarm, faults told of the wrong host."""

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
    MBX07,
    MBX10,
    MBX10_BACK,
    TMG,
    Row,
    asks,
    fires,
    rule_of,
    silent,
)

EX07 = host("EX1", "CAS HT MBX", version="2007")
FAR = host("DC2", "DC", "branch", site="Branch")
NO_SITE = host("DC2", "DC", "branch", site=...)
LDAP_ONLY = [wall("wan", "lan", "branch", allow=[line("lan", "branch", "389/tcp", "88/tcp")])]
CLOSED = [wall("wan", "lan", "branch", allow=[])]
FE_PORTS = [wall("inner", "dmz", "lan", allow=[line("FE1", "BE1", "80/tcp"), line("FE1", "DC1", "389/tcp")])]
THREE_LEGS = {"allow": "any", "inspects": [], "nat": True}
SBS = host("SBS", "BE DC", version="2003", also_in=["internet"])
OWA_IN_DMZ = rule_of(
    product="other", host=..., zone="dmz", preauth="none", validation=..., delegation=..., target_auth=...
)
HYBRID = {"topology": "classic", "targets": ["EX1", "EX2"], "mail_path": ["EX1", "eop"]}
LB = host("LB1", "LoadBalancer", "dmz")
SUBSCRIPTION_NOT_WRITTEN = {key: value for key, value in EDGE10.items() if key != "subscribed_to"}
FORESTS = [{"name": "corp", "zone": "lan"}, {"name": "outer", "zone": "dmz"}]
EX16 = host("EX1", "MBX", version="2016")
EX16_TWO = host("EX2", "MBX", version="2016")
BALANCED = {"name": "mail", "product": "citrix-netscaler", "kind": "load-balancer", "host": "LB1", "protocols": ["ews"],
            "preauth": "none", "tls": "bridging", "targets": ["EX1", "EX2"]}  # fmt: skip
TO_BOTH = [line("LB1", name, "443/tcp", "25/tcp") for name in ("EX1", "EX2")]


ROWS: list[Row] = [
    fires(
        "a 2003 front-end in the perimeter beside 2007 inside serves its own generation",
        "fe-beside-newer-servers",
        "conditional",
        FE03,
        BE03,
        EX07,
        DC,
        firewalls=FE_PORTS,
    ),
    silent(
        "no rule of 2007 asks for free traffic to a 2003 front-end",
        "firewall-between-exchange-same-site",
        FE03,
        BE03,
        EX07,
        DC,
        firewalls=FE_PORTS,
    ),
    silent("a back-end of 2003 exchanges mail with 2007", "fe-beside-newer-servers", BE03, MBX07, DC),
    fires(
        "a filter between a back-end of 2003 and 2007 stays a filter",
        "firewall-between-exchange-same-site",
        "unsupported",
        BE03,
        MBX07 | {"zone": "back"},
        firewalls=[wall("tier", "lan", "back", allow=[line("any", "any", "25/tcp")])],
    ),
    silent(
        "443 opened to the old front-end while its back-ends are left is for their mailboxes",
        "fe2003-to-mbx2007",
        FE03 | {"zone": "lan"},
        BE03,
        EX07,
        firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "FE1", "443/tcp")])],
    ),
    fires(
        "443 opened to the old front-end, and a newer Client Access server stands by",
        "coexist-internet-cas-first",
        "not-recommended",
        FE03 | {"zone": "lan"},
        BE03,
        EX07,
        firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "FE1", "443/tcp")])],
    ),
    fires(
        "the DC of another site that answers by LDAP is used, and filtered",
        "firewall-exchange-to-other-site-dc",
        "unsupported",
        EX10,
        DC,
        FAR,
        firewalls=LDAP_ONLY,
    ),
    fires(
        "the DC of another site behind a device that inspects",
        "firewall-exchange-to-other-site-dc",
        "unsupported",
        EX10,
        DC,
        FAR,
        firewalls=[wall("wan", "lan", "branch", allow="any", inspects=["tls"])],
    ),
    silent(
        "the DC of another site that answers nothing is not used",
        "firewall-exchange-to-other-site-dc",
        EX10,
        DC,
        FAR,
        firewalls=CLOSED,
    ),
    silent(
        "clients of another site reach Exchange, and its DC is reached by nothing",
        "firewall-exchange-to-other-site-dc",
        EX10,
        DC,
        FAR,
        firewalls=[wall("wan", "lan", "branch", allow=[line("branch", "EX1", "443/tcp")])],
    ),
    silent("the DC of another site, and nobody wrote what joins them", "no-route-known", EX10, DC, FAR),
    silent(
        "the DC of another site, and nobody wrote what a device before it inspects",
        "inspection-not-known",
        EX10,
        DC,
        FAR,
        firewalls=[wall("wan", "lan", "branch", allow="any")],
    ),
    fires(
        "the DC of another site over a VPN",
        "vpn-between-exchange",
        "supported",
        EX10,
        DC,
        FAR,
        firewalls=[wall("wan", "lan", "branch", kind="site-to-site-vpn")],
    ),
    fires(
        "a closed DC of no written site, and the open one is no global catalog",
        "firewall-exchange-to-dc",
        "unsupported",
        EX10,
        DC | {"global_catalog": False},
        NO_SITE,
        firewalls=CLOSED,
    ),
    asks(
        "a closed DC beside an open one, and nobody wrote the site of either",
        "dc-site-not-known",
        EX10,
        DC | {"site": None},
        NO_SITE,
        firewalls=CLOSED,
    ),
    asks("a closed DC of a site that is not written", "dc-site-not-known", EX10, DC, NO_SITE, firewalls=CLOSED),
    silent("a closed DC of another site", "dc-site-not-known", EX10, DC, FAR, firewalls=CLOSED),
    silent("a DC of no written site that answers by LDAP", "dc-site-not-known", EX10, DC, NO_SITE, firewalls=LDAP_ONLY),
    fires(
        "a DC of no written site that answers by LDAP is filtered, whatever its site",
        "firewall-exchange-to-dc",
        "unsupported",
        EX10,
        DC,
        NO_SITE,
        firewalls=LDAP_ONLY,
    ),
    fires(
        "the only DC, of no written site, behind a closed door",
        "firewall-exchange-to-dc",
        "unsupported",
        EX10,
        NO_SITE,
        firewalls=CLOSED,
    ),
    asks(
        "an open firewall of which nobody wrote whether it translates",
        "translation-not-known",
        CAS10,
        MBX10_BACK,
        firewalls=[wall("tier", "lan", "back", allow="any", inspects=[])],
    ),
    asks(
        "an open firewall that translates and joins the Internet too",
        "translation-not-known",
        CAS10,
        MBX10_BACK,
        firewalls=[wall("tier", "internet", "lan", "back", **THREE_LEGS)],
    ),
    silent(
        "an open firewall that translates nothing",
        "translation-not-known",
        CAS10,
        MBX10_BACK,
        firewalls=[wall("tier", "lan", "back", allow="any", inspects=[], nat=False)],
    ),
    silent(
        "an open access list of a router, which does not translate by itself",
        "translation-not-known",
        CAS10,
        MBX10_BACK,
        firewalls=[wall("tier", "lan", "back", kind="router-acl", allow="any", inspects=[])],
    ),
    silent(
        "an open device between the Internet and clients, where Exchange is not",
        "translation-not-known",
        EX10,
        DC,
        firewalls=[wall("fw", "internet", "lan", allow=[line("internet", "EX1", "443/tcp")])],
    ),
    silent(
        "a firewall that joins the Internet translates towards it",
        "nat-between-exchange",
        CAS10,
        MBX10_BACK,
        firewalls=[wall("tier", "internet", "lan", "back", **THREE_LEGS)],
    ),
    silent(
        "a three-legged firewall before a 2003 front-end translates towards the Internet",
        "nat-between-exchange",
        FE03,
        BE03,
        firewalls=[wall("pix", "internet", "dmz", "lan", allow=[line("FE1", "BE1", "80/tcp")], inspects=[], nat=True)],
    ),
    silent(
        "a Hub delivers into the mailboxes of its site",
        "mail-to-server-without-hub",
        CAS10,
        MBX10,
        mail_flow=[{"path": ["internet", "CAS1", "MBX1"]}],
    ),
    fires(
        "a Hub hands mail to a Mailbox server of another site",
        "mail-to-server-without-hub",
        "unsupported",
        CAS10,
        MBX10 | {"site": "Branch"},
        mail_flow=[{"path": ["internet", "CAS1", "MBX1"]}],
    ),
    fires(
        "a Hub hands mail to a CAS",
        "mail-to-server-without-hub",
        "unsupported",
        EX10,
        host("CAS2", "CAS", version="2010"),
        mail_flow=[{"path": ["internet", "EX1", "CAS2"]}],
    ),
    silent(
        "smtp beside imap is what clients submit",
        "smtp-direct-to-hub",
        EX10,
        publishing=[{"name": "imap", "kind": "port-forward", "protocols": ["imap", "smtp"], "targets": ["EX1"]}],
    ),
    silent(
        "smtp through a balancer that 25 does not pass is what clients submit",
        "smtp-direct-to-hub",
        EX10,
        LB,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("LB1", "EX1", "587/tcp")])],
        publishing=[{"name": "s", "kind": "load-balancer", "host": "LB1", "protocols": ["smtp"], "targets": ["EX1"]}],
    ),
    fires(
        "the inner firewall opens 443 to a proxy that is written by its zone",
        "inner-firewall-tight",
        "supported",
        CAS10,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("dmz", "CAS1", "443/tcp")])],
        publishing=[OWA_IN_DMZ],
    ),
    fires(
        "the inner firewall opens 445 too to a proxy that is written by its zone",
        "inner-firewall-restrictive",
        "not-recommended",
        CAS10,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("dmz", "CAS1", "443/tcp", "445/tcp")])],
        publishing=[OWA_IN_DMZ],
    ),
    silent(
        "443 from a zone that an Edge server shares with a proxy without a host",
        "inner-firewall-restrictive",
        CAS10,
        EDGE10,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("dmz", "CAS1", "443/tcp", "25/tcp")])],
        publishing=[OWA_IN_DMZ],
    ),
    silent(
        "a host of the name that the stand-in of a proxy would have",
        "inner-firewall-restrictive",
        CAS10,
        host("owa host 0", "SMTPGateway", "dmz"),
        firewalls=[wall("inner", "dmz", "lan", allow=[line("dmz", "CAS1", "443/tcp")])],
        publishing=[OWA_IN_DMZ],
    ),
    silent(
        "hybrid mail comes in by the balancer",
        "inner-firewall-restrictive",
        EX16,
        EX16_TWO,
        LB,
        firewalls=[wall("inner", "dmz", "lan", allow=TO_BOTH)],
        publishing=[BALANCED],
        hybrid=HYBRID,
    ),
    *(
        silent(
            f"hybrid mail comes in by the balancer, and the path is written as {', '.join(path)}",
            "inner-firewall-restrictive",
            EX16,
            EX16_TWO,
            LB,
            firewalls=[wall("inner", "dmz", "lan", allow=TO_BOTH)],
            publishing=[BALANCED],
            hybrid=HYBRID | {"mail_path": path},
        )
        for path in (["eop", "LB1", "EX1"], ["EX1"])
    ),
    silent(
        "a virus scanner makes no proxy of an Edge server",
        "preauth-on-proxy",
        EDGE10 | {"also_runs": ["some-antivirus"]},
        EX10,
        publishing=[rule_of(host="EDGE1", product="other", targets=["EX1"])],
    ),
    *(
        fires(
            f"{product} on an Edge server is a proxy that pre-authenticates",
            statement,
            verdict,
            EDGE10 | fields,
            EX10,
            publishing=[rule_of(host="EDGE1", product=product, targets=["EX1"])],
        )
        for product, fields, statement, verdict in (
            ("tmg-2010", {}, "preauth-ad-needs-membership", "unsupported"),
            ("isa-2006", {}, "preauth-ad-needs-membership", "unsupported"),
            ("uag-2010", {}, "preauth-ad-needs-membership", "unsupported"),
            ("kemp", {"roles": ["ET", "ReverseProxy"]}, "preauth-on-proxy", "supported"),
        )
    ),
    silent(
        "kemp on a bare Edge server is no proxy",
        "preauth-on-proxy",
        EDGE10,
        EX10,
        publishing=[rule_of(host="EDGE1", product="kemp", targets=["EX1"])],
    ),
    *(
        fires(f"{name} on an Exchange server", "sw-office-servers", "unsupported", EX16 | {"also_runs": [name]})
        for name in ("SharePoint 2013", "Skype for Business 2015", "lync_server")
    ),
    asks(
        "a proxy in a workgroup, of no written product and validation",
        "preauth-proxy-workgroup-limited",
        TMG | {"domain_joined": False},
        CAS10,
        publishing=[rule_of(product=..., validation=..., delegation=...)],
    ),
    silent(
        "the logon page of OWA twice is a statement of its own",
        "delegation-not-accepted",
        TMG,
        CAS10,
        publishing=[rule_of(target_auth=["forms"])],
    ),
    silent(
        "a proxy that delegates nothing to federated directories",
        "delegation-not-accepted",
        TMG,
        CAS10,
        publishing=[rule_of(delegation="none", target_auth=["adfs"])],
    ),
    fires(
        "a connector in a workgroup behind a rule without Kerberos",
        "entra-connector-domain",
        "conditional",
        host("CONN1", "", domain_joined=False),
        EX16,
        publishing=[
            rule_of(name, product="entra-application-proxy", kind="cloud-connector", host="CONN1", preauth="entra",
                    validation="entra", delegation=delegation, target_auth=["windows"], targets=["EX1"])
            for name, delegation in (("a", "none"), ("b", "kcd"))
        ],
    ),
    silent(
        "Outlook through the application proxy of Entra is a statement of its own",
        "product-loses-ntlm",
        host("CONN1", "", domain_joined=True),
        EX16,
        publishing=[rule_of(product="entra-application-proxy", kind="cloud-connector", host="CONN1", protocols=["mapi"],
                            preauth="entra", validation="entra", targets=["EX1"])],
    ),
    *(
        silent(
            "a Hub and a Mailbox server of which one site is not written",
            "mail-to-server-without-hub",
            EX10 | {"name": "HUB1", "roles": ["HT"], "site": hub},
            MBX10 | {"site": mailbox},
            mail_flow=[{"path": ["HUB1", "MBX1"]}],
        )
        for hub, mailbox in (("HQ", None), (None, "HQ"))
    ),
    fires(
        "25 from a balancer that carries no mail",
        "inner-firewall-restrictive",
        "not-recommended",
        EX16,
        EX16_TWO,
        LB,
        firewalls=[wall("inner", "dmz", "lan", allow=[line("LB1", "EX1", "443/tcp", "25/tcp")])],
        publishing=[BALANCED],
        hybrid={"topology": "none"},
    ),
    silent(
        "Edge hands mail to either of two servers, and the path names one",
        "inner-firewall-restrictive",
        SUBSCRIPTION_NOT_WRITTEN,
        EX10,
        host("EX2", "CAS HT MBX", version="2010"),
        firewalls=[wall("inner", "dmz", "lan", allow=[line("EDGE1", name, "25/tcp") for name in ("EX1", "EX2")])],
        mail_flow=[{"path": ["internet", "EDGE1", "EX1"]}],
    ),
    fires(
        "an unsubscribed Edge opens 25 to a server that no path names",
        "inner-firewall-restrictive",
        "not-recommended",
        EDGE10 | {"subscribed_to": []},
        EX10,
        host("EX2", "CAS HT MBX", version="2010"),
        firewalls=[wall("inner", "dmz", "lan", allow=[line("EDGE1", name, "25/tcp") for name in ("EX1", "EX2")])],
        mail_flow=[{"path": ["internet", "EDGE1", "EX1"]}],
    ),
    silent(
        "what a three-legged firewall opens from Edge to any is for the Internet",
        "inner-firewall-restrictive",
        EDGE10,
        EX10,
        firewalls=[wall("asa", "internet", "dmz", "lan", allow=[line("EDGE1", "any", "25/tcp", "53/udp", "80/tcp")])],
    ),
    fires(
        "everything from Edge to any is too much",
        "inner-firewall-restrictive",
        "not-recommended",
        EDGE10,
        EX10,
        firewalls=[wall("asa", "internet", "dmz", "lan", allow=[line("EDGE1", "any", "any")])],
    ),
    silent(
        "443 opened to a zone is meant for the front-end in it",
        "owa-be-direct",
        FE03 | {"zone": "lan"},
        BE03,
        firewalls=[wall("pix", "internet", "lan", allow=[line("internet", "lan", "443/tcp")])],
    ),
    fires(
        "443 opened to a zone of back-ends alone",
        "owa-be-direct",
        "not-recommended",
        BE03,
        firewalls=[wall("pix", "internet", "lan", allow=[line("internet", "lan", "443/tcp")])],
    ),
    silent(
        "25 opened to a zone is meant for the gateway in it",
        "smtp-direct-to-hub",
        EX10,
        host("GW1", "SMTPGateway"),
        firewalls=[wall("asa", "internet", "lan", allow=[line("internet", "lan", "25/tcp")])],
    ),
    fires(
        "25 opened to a zone is meant for the newest in it",
        "smtp-direct-to-hub",
        "supported",
        EX10,
        host("EX2", "CAS MBX", version="2013"),
        firewalls=[wall("asa", "internet", "lan", allow=[line("internet", "lan", "25/tcp")])],
    ),
    fires(
        "25 opened to a zone is meant for the one where the path enters",
        "smtp-direct-to-hub",
        "not-recommended",
        EX10,
        host("EX2", "CAS MBX", version="2013"),
        firewalls=[wall("asa", "internet", "lan", allow=[line("internet", "lan", "25/tcp")])],
        mail_flow=[{"path": ["internet", "EX1"]}],
    ),
    fires(
        "25 opened to a zone with one server",
        "smtp-direct-to-hub",
        "not-recommended",
        EX10,
        DC,
        firewalls=[wall("asa", "internet", "lan", allow=[line("internet", "lan", "25/tcp")])],
    ),
    asks(
        "Kerberos through a proxy of unknown product outside the domain",
        "preauth-kcd-needs-domain",
        CAS10,
        TMG | {"domain_joined": False},
        publishing=[rule_of(product=..., delegation="kcd", validation="radius")],
    ),
    fires(
        "a rule of TMG on an Edge server says that TMG is installed there",
        "edge-and-tmg-same-host",
        "supported",
        EDGE10,
        EX10,
        publishing=[rule_of(host="EDGE1", targets=["EX1"])],
    ),
    silent(
        "a rule of TMG on an Edge server is carried by TMG",
        "edge-does-not-proxy-cas",
        EDGE10,
        EX10,
        publishing=[rule_of(host="EDGE1", targets=["EX1"])],
    ),
    fires(
        "a rule of no such product on an Edge server",
        "edge-does-not-proxy-cas",
        "unsupported",
        EDGE10,
        EX10,
        publishing=[rule_of(product=..., host="EDGE1", targets=["EX1"])],
    ),
    asks(
        "an Edge server of some domain, and two forests",
        "edge-perimeter-domain-member",
        EDGE10 | {"domain_joined": True},
        EX10,
        forests=FORESTS,
    ),
    fires(
        "an Edge server of some domain, and no forest written",
        "edge-corporate-domain-member",
        "not-recommended",
        EDGE10 | {"domain_joined": True},
        EX10,
    ),
    asks(
        "a DC of one of two forests in the perimeter network",
        "perimeter-assume-breach",
        EX10,
        host("DC9", "DC", "dmz", site=...),
        forests=FORESTS,
    ),
    fires(
        "SMTP inspected in front of a server of 2003",
        "gw-esmtp-inspection",
        "not-recommended",
        BE03,
        firewalls=[wall("pix", "internet", "lan", allow=[line("internet", "BE1", "25/tcp")], inspects=["esmtp"])],
    ),
    fires(
        "SMTP inspected in front of a Hub of 2010",
        "gw-esmtp-inspection",
        "not-recommended",
        EX10,
        firewalls=[wall("pix", "internet", "lan", allow=[line("internet", "EX1", "25/tcp")], inspects=["esmtp"])],
    ),
    silent(
        "SMTP inspected in front of a CAS of 2010, which takes none",
        "gw-esmtp-inspection",
        host("CAS1", "CAS", version="2010"),
        firewalls=[wall("pix", "internet", "lan", allow=[], inspects=["esmtp"])],
    ),
    fires(
        "Outlook Anywhere through nginx that ends TLS",
        "product-loses-ntlm",
        "conditional",
        CAS10,
        publishing=[rule_of(product="nginx", host=..., zone="dmz", protocols=["outlook-anywhere"], preauth="none")],
    ),
    fires(
        "MAPI over HTTP through Apache, and nobody wrote who ends TLS",
        "product-loses-ntlm",
        "conditional",
        EX16,
        publishing=[{"name": "m", "product": "apache", "zone": "dmz", "protocols": ["mapi"], "targets": ["EX1"]}],
    ),
    silent(
        "Outlook through nginx that passes TLS on",
        "product-loses-ntlm",
        EX16,
        publishing=[
            {
                "name": "m",
                "product": "nginx",
                "zone": "dmz",
                "protocols": ["mapi", "outlook-anywhere"],
                "tls": "pass-through",
                "targets": ["EX1"],
            }
        ],
    ),
    silent(
        "browsers through nginx",
        "product-loses-ntlm",
        CAS10,
        publishing=[rule_of(product="nginx", host=..., zone="dmz", protocols=["owa"], preauth="none")],
    ),
    silent(
        "Outlook through a product that is in no table",
        "product-loses-ntlm",
        EX16,
        publishing=[{"name": "m", "product": "other", "zone": "dmz", "protocols": ["mapi"], "targets": ["EX1"]}],
    ),
    fires("Small Business Server 2003 with two cards", "small-business-two-cards", "not-recommended", SBS),
    silent("Small Business Server 2003 with two cards is as it is made", "back-end-in-perimeter", SBS),
    silent("a back-end that is no DC", "small-business-two-cards", SBS | {"roles": ["BE"]}, DC),
    fires(
        "a back-end that is one of two, on the Internet",
        "back-end-in-perimeter",
        "unsupported",
        SBS,
        host("BE2", "BE", version="2003"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.sentence)
def test_as_asked(row: Row) -> None:
    row.check()


def test_a_path_over_several_vpns_is_told_as_several() -> None:
    tunnels = [wall(name, "lan", "back", kind="site-to-site-vpn", allow="any") for name in ("one", "two")]
    (one,) = found(advice(CAS10, MBX10_BACK, firewalls=tunnels), "vpn-between-exchange")
    assert one.summary == "Between MBX1 and CAS1 VPNs connect them and filter nothing (one and two)."


def test_a_path_over_one_vpn_is_told_as_one() -> None:
    tunnel = wall("one", "lan", "back", kind="site-to-site-vpn", allow="any")
    (one,) = found(advice(CAS10, MBX10_BACK, firewalls=[tunnel]), "vpn-between-exchange")
    assert one.summary == "Between MBX1 and CAS1 a VPN connects them and filters nothing (one)."


def test_a_tunnel_beside_an_access_list_asks_whether_they_stand_in_a_row() -> None:
    walls = [
        wall("vpn", "lan", "back", kind="site-to-site-vpn", allow="any", inspects=[], nat=False),
        wall("router", "lan", "back", kind="router-acl", allow=[line("any", "any", "25/tcp")]),
    ]
    (one,) = found(advice(CAS10, MBX10_BACK, firewalls=walls), "exchange-paths-differ")
    assert one.condition is not None and "side by side" in one.condition
    assert one.fix is not None and "as a zone" in one.fix


def test_an_access_list_in_a_row_with_a_tunnel_is_a_filter() -> None:
    walls = [
        wall("vpn", "lan", "branch", kind="site-to-site-vpn", allow="any", inspects=[], nat=False),
        wall("router", "branch", "back", kind="router-acl", allow=[line("any", "any", "25/tcp")]),
    ]
    (one,) = found(advice(CAS10, MBX10_BACK, firewalls=walls), "firewall-between-cas-and-mbx")
    assert one.verdict == "unsupported" and "router" in one.subjects


@pytest.mark.parametrize(
    ("servers", "statement", "subjects"),
    [
        ((EX10, DC | {"os": "windows-server-2019"}), "dc-os-unsupported", ("DC1", "EX1")),
        ((EX10, DC | {"os": "windows-server-2008"}), "dc-os-fits", ("DC1",)),
    ],
    ids=["the servers that a DC does not fit", "a DC that fits alone"],
)
def test_a_finding_on_the_system_of_a_dc_names(
    servers: tuple[dict[str, Any], ...], statement: str, subjects: tuple[str, ...]
) -> None:
    (one,) = found(advice(*servers), statement)
    assert one.subjects == subjects


def test_edgesync_opened_inwards_names_firewall_and_edge() -> None:
    walls = [wall("inner", "dmz", "lan", allow=[line("dmz", "EX1", "50636/tcp")])]
    (one,) = found(advice(EDGE10, EX10, firewalls=walls), "edgesync-one-way")
    assert (one.id, set(one.subjects)) == ("edgesync-one-way@inner", {"inner", "EDGE1"})


def test_ports_that_a_proxy_needs_are_told_once() -> None:
    walls = [wall("inner", "dmz", "lan", allow=[line("TMG1", "EX1", "443/tcp")])]
    both = host("EX1", "CAS MBX", version="2013")
    proxy = host("TMG1", "ReverseProxy", "dmz", domain_joined=False)
    publishing = [
        rule_of(product="kemp", preauth="none", validation=..., delegation=..., target_auth=..., targets=["EX1"])
    ]
    (one,) = found(advice(proxy, both, firewalls=walls, publishing=publishing), "proxy-path-open")
    assert "(443/tcp)" in one.summary


def test_nothing_of_a_stand_in_is_told() -> None:
    walls = [wall("inner", "dmz", "lan", allow=[line("dmz", "CAS1", "any")])]
    made = advice(CAS10, firewalls=walls, publishing=[OWA_IN_DMZ])
    assert found(made, "inner-firewall-restrictive")
    assert "host 0" not in str(made.to_dict())


def test_a_2007_cas_behind_the_same_device_is_told_of_the_front_end_alone() -> None:
    made = advice(FE03, BE03, CAS07, MBX07, DC, firewalls=FE_PORTS)
    (one,) = found(made, "fe-beside-newer-servers")
    assert set(one.subjects) == {"FE1", "CAS1", "MBX1", "inner"}


def test_smtp_inspected_in_front_names_firewall_and_servers() -> None:
    walls = [wall("pix", "internet", "dmz", "lan", allow=[], inspects=["esmtp"])]
    (one,) = found(advice(EDGE10, EX10, firewalls=walls), "gw-esmtp-inspection")
    assert (one.id, one.subjects) == ("gw-esmtp-inspection@pix", ("pix", "EDGE1", "EX1"))


def test_modern_authentication_by_the_agent_names_agent_and_targets() -> None:
    hybrid = {"topology": "modern", "modern_auth": True, "agent": "AG1", "targets": ["EX1"]}
    (one,) = found(advice(EX16, host("AG1", "HybridAgent"), hybrid=hybrid), "hyb-hma-agent")
    assert (one.id, one.subjects) == ("hyb-hma-agent@AG1", ("AG1", "EX1"))


def test_dotnet_is_of_the_family_platform() -> None:
    server = host("EX1", "MBX", version="2019", build="15.2.1748.10", dotnet="4.7.2")
    (one,) = found(advice(server, as_of=date(2025, 6, 1)), "dotnet-unsupported")
    assert one.family == "platform"


def test_outlook_is_of_the_family_platform() -> None:
    server = host("EX1", "MBX", version="2019")
    (one,) = found(advice(server, outlook=["outlook-2010"], as_of=date(2020, 6, 1)), "outlook-unsupported")
    assert (one.family, one.subjects) == ("platform", ("outlook-2010", "EX1"))


def test_what_is_asked_of_a_firewall_that_translates_and_joins_the_internet() -> None:
    walls = [wall("tier", "internet", "lan", "back", **THREE_LEGS)]
    (one,) = found(advice(CAS10, MBX10_BACK, firewalls=walls), "translation-not-known")
    assert one.question and one.question.text == (
        "Does tier translate addresses between the Exchange servers and their domain controllers? "
        "false: towards the Internet only. Otherwise write it as a second device between these zones."
    )
