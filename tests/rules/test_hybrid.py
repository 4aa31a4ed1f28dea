"""The link to Exchange Online: mail, endpoints, tokens, the Hybrid Agent, versions."""

from __future__ import annotations

from datetime import date

import pytest

from exkit.advice import Advice
from exkit.verdict import Verdict
from tests.build import advice, found, host, line, wall
from tests.rules.rows import DC, EDGE10, EX10, TMG, Row, asks, fires, rule_of, silent

EX19 = host("EX1", "MBX", version="2019")
EX2 = host("EX2", "MBX", version="2019")
EX16 = host("EX2", "MBX", version="2016")
EDGE19 = host("EDGE1", "ET", "dmz", version="2019", domain_joined=False, subscribed_to=["HQ"])
GATEWAY = host("GW1", "SMTPGateway", "dmz")
AGENT_HOST = host("AG1", "HybridAgent")
CLASSIC = {"topology": "classic"}
DIRECT = {"topology": "classic", "mail_path": ["EX1", "eop"]}
AGENT = {"topology": "modern", "targets": ["EX1"]}
MAIL = [line("lan", "internet", "25/tcp"), line("internet", "EX1", "25/tcp")]


def one(**fields: object) -> dict:
    return {"publishing": [rule_of(**{"targets": ["EX1"], "product": "other", **fields})]}


ROWS: list[Row] = [
    fires(
        "a gateway on the hybrid path",
        "hyb-inline-smtp",
        "unsupported",
        EX19,
        host("GW1", "SMTPGateway", "dmz"),
        hybrid={**CLASSIC, "mail_path": ["EX1", "GW1", "eop"]},
    ),
    silent(
        "Edge on the hybrid path",
        "hyb-inline-smtp",
        EX19,
        EDGE19,
        hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
    ),
    fires(
        "a subscribed Edge on the hybrid path",
        "hyb-edge",
        "supported",
        EX19,
        EDGE19,
        hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
    ),
    silent("no Edge on the hybrid path", "hyb-edge", EX19, EDGE19, hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]}),
    fires(
        "an unsubscribed Edge on the hybrid path",
        "hyb-edge-not-subscribed",
        "unsupported",
        EX19,
        EDGE19 | {"subscribed_to": []},
        hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
    ),
    fires(
        "an Edge of 2010 on the hybrid path, of a build not written",
        "edge-hybrid-2010sp3",
        "conditional",
        EX10,
        EDGE10,
        hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
    ),
    fires(
        "an Edge of 2010 SP2 on the hybrid path",
        "edge-hybrid-2010-before-sp3",
        "unsupported",
        EX10,
        EDGE10 | {"build": "14.2.390.3"},
        hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
    ),
    *(
        silent(
            f"an Edge on the hybrid path of {words} is not asked for SP3 ({statement})",
            statement,
            EX10,
            EDGE10 | fields,
            hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
        )
        for words, fields in (("2010 SP3", {"build": "14.3.123.4"}), ("2016", {"version": "2016"}))
        for statement in ("edge-hybrid-2010sp3", "edge-hybrid-2010-before-sp3")
    ),
    silent(
        "an Edge of 2010 on no hybrid path is not asked for SP3",
        "edge-hybrid-2010sp3",
        EX10,
        EDGE10,
        hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]},
    ),
    silent(
        "a subscribed Edge is subscribed",
        "hyb-edge-not-subscribed",
        EX19,
        EDGE19,
        hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
    ),
    fires(
        "a Mailbox server of 2013 at the end of the hybrid path",
        "hyb-endpoint-type",
        "unsupported",
        host("EX1", "MBX", version="2013"),
        hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]},
    ),
    silent(
        "a Mailbox server of 2019 at the end of the hybrid path",
        "hyb-endpoint-type",
        EX19,
        hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]},
    ),
    fires(
        "EWS of a hybrid pre-authenticated",
        "hyb-preauth-ews",
        "unsupported",
        TMG,
        EX19,
        hybrid=CLASSIC,
        **one(protocols=["ews"], preauth="basic"),
    ),
    fires(
        "EWS of a hybrid pre-authenticated in front of a balancer",
        "hyb-preauth-ews",
        "unsupported",
        TMG,
        EX19,
        host("LB1", "LoadBalancer"),
        hybrid={**CLASSIC, "targets": ["EX1"]},
        publishing=[
            rule_of("front", product="other", targets=["LB1"], protocols=["ews"], preauth="basic"),
            {"name": "back", "host": "LB1", "targets": ["EX1"], "protocols": ["ews"]},
        ],
    ),
    silent(
        "EWS without hybrid", "hyb-preauth-ews", TMG, EX19, hybrid="none", **one(protocols=["ews"], preauth="basic")
    ),
    fires(
        "Autodiscover of a hybrid pre-authenticated",
        "hyb-preauth-autodiscover",
        "unsupported",
        TMG,
        EX19,
        hybrid=CLASSIC,
        **one(protocols=["autodiscover"], preauth="basic"),
    ),
    silent(
        "Autodiscover of a hybrid passed on",
        "hyb-preauth-autodiscover",
        TMG,
        EX19,
        hybrid=CLASSIC,
        **one(protocols=["autodiscover"], preauth="none"),
    ),
    fires(
        "MRSProxy of a hybrid pre-authenticated",
        "hyb-preauth-mrsproxy",
        "unsupported",
        TMG,
        EX19,
        hybrid=CLASSIC,
        **one(protocols=["mrsproxy"], preauth="basic"),
    ),
    silent(
        "MRSProxy behind the agent",
        "hyb-preauth-mrsproxy",
        TMG,
        EX19,
        hybrid={"topology": "modern"},
        **one(protocols=["mrsproxy"], preauth="basic"),
    ),
    fires(
        "ActiveSync of modern authentication pre-authenticated",
        "hyb-hma-preauth",
        "unsupported",
        TMG,
        EX19,
        hybrid={**CLASSIC, "modern_auth": True},
        **one(protocols=["activesync"], preauth="basic"),
    ),
    silent(
        "ActiveSync without modern authentication",
        "hyb-hma-preauth",
        TMG,
        EX19,
        hybrid={**CLASSIC, "modern_auth": False},
        **one(protocols=["activesync"], preauth="basic"),
    ),
    fires(
        "modern authentication with the agent",
        "hyb-hma-agent",
        "unsupported",
        EX19,
        host("AG1", "HybridAgent"),
        hybrid={"topology": "modern", "agent": "AG1", "modern_auth": True},
    ),
    silent("modern authentication without the agent", "hyb-hma-agent", EX19, hybrid={**CLASSIC, "modern_auth": True}),
    fires(
        "Extended Protection behind the agent",
        "ep-hybrid-agent",
        "unsupported",
        EX19 | {"extended_protection": "require"},
        hybrid={"topology": "modern", "targets": ["EX1"]},
    ),
    silent(
        "Extended Protection without the agent",
        "ep-hybrid-agent",
        EX19 | {"extended_protection": "require"},
        hybrid={**CLASSIC, "targets": ["EX1"]},
    ),
    # its mail path
    fires(
        "a gateway on the hybrid path that only a mail flow tells",
        "hyb-inline-smtp",
        "unsupported",
        EX19,
        GATEWAY,
        hybrid=CLASSIC,
        mail_flow=[{"path": ["internet", "eop", "GW1", "EX1"]}],
    ),
    silent(
        "a gateway in front of Exchange Online Protection",
        "hyb-inline-smtp",
        EX19,
        GATEWAY,
        hybrid=DIRECT,
        mail_flow=[{"path": ["internet", "GW1", "eop", "EX1"]}],
    ),
    silent(
        "a gateway for mail of the Internet, written on the hybrid path",
        "hyb-inline-smtp",
        EX19,
        GATEWAY,
        hybrid={**CLASSIC, "mail_path": ["internet", "GW1", "EX1", "eop"]},
    ),
    silent("no hybrid", "hyb-inline-smtp", EX19, GATEWAY, mail_flow=[{"path": ["internet", "eop", "GW1", "EX1"]}]),
    silent(
        "a load balancer on the hybrid path",
        "hyb-inline-smtp",
        EX19,
        host("LB1", "LoadBalancer"),
        hybrid={**CLASSIC, "mail_path": ["EX1", "LB1", "eop"]},
    ),
    fires(
        "a firewall that inspects SMTP on the hybrid path",
        "hyb-inline-smtp",
        "unsupported",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=MAIL, inspects=["esmtp"])],
    ),
    fires("nothing on the hybrid path", "hyb-endpoint-direct", "supported", EX19, hybrid=DIRECT),
    silent(
        "Edge at the end of the hybrid path",
        "hyb-endpoint-direct",
        EX19,
        EDGE19,
        hybrid={**CLASSIC, "mail_path": ["eop", "EDGE1", "EX1"]},
    ),
    fires(
        "a balancer on the hybrid path",
        "hyb-endpoint-direct",
        "supported",
        EX19,
        host("LB1", "LoadBalancer"),
        hybrid={**CLASSIC, "mail_path": ["eop", "LB1", "EX1"]},
    ),
    fires(
        "a firewall that passes 25 untouched",
        "hyb-firewall-25",
        "supported",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=MAIL, inspects=[])],
    ),
    asks(
        "a firewall of which nobody says what it inspects",
        "hyb-firewall-25",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=MAIL)],
    ),
    silent(
        "a firewall that passes mail to a balancer in front",
        "hyb-path-ports-missing",
        EX19,
        host("LB1", "LoadBalancer"),
        hybrid={**CLASSIC, "mail_path": ["eop", "LB1", "EX1"]},
        firewalls=[wall("outer", "internet", "lan", allow=[line("internet", "LB1", "25/tcp")], inspects=[])],
    ),
    silent("no firewall on the hybrid path", "hyb-firewall-25", EX19, hybrid=DIRECT),
    fires(
        "a firewall that lets mail out and none in",
        "hyb-path-ports-missing",
        "conditional",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=MAIL[:1], inspects=[])],
    ),
    silent(
        "a firewall that passes both",
        "hyb-path-ports-missing",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=MAIL, inspects=[])],
    ),
    fires(
        "a firewall that opens TLS on the hybrid path",
        "hyb-tls-inspection",
        "conditional",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=MAIL, inspects=["tls"])],
    ),
    silent(
        "a firewall that opens none",
        "hyb-tls-inspection",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=MAIL, inspects=[])],
    ),
    fires(
        "centralized mail transport through Edge",
        "hyb-central-transport",
        "conditional",
        EX19,
        EDGE19,
        hybrid={**CLASSIC, "mail_path": ["EX1", "EDGE1", "eop"]},
        mail_flow=[{"path": ["eop", "EDGE1", "EX1", "EDGE1", "internet"]}],
    ),
    silent(
        "mail for both comes in here first",
        "hyb-central-transport",
        EX19,
        hybrid=DIRECT,
        mail_flow=[{"path": ["internet", "EX1", "eop"]}],
    ),
    asks("a hybrid without a mail path", "hybrid-mail-path-not-known", EX19, hybrid=CLASSIC),
    silent("a hybrid with one", "hybrid-mail-path-not-known", EX19, hybrid=DIRECT),
    # where its servers stand
    fires(
        "a hybrid server in the perimeter, whatever passes",
        "perim-mailbox-hybrid",
        "unsupported",
        EX19 | {"zone": "dmz"},
        EX2,
        DC,
        firewalls=[wall("inner", "dmz", "lan", allow="any", inspects=[])],
        hybrid=CLASSIC,
    ),
    silent("a server in the perimeter without hybrid", "perim-mailbox-hybrid", EX19 | {"zone": "dmz"}, hybrid="none"),
    silent("a hybrid server inside", "perim-mailbox-hybrid", EX19, hybrid=CLASSIC),
    silent("an Edge server of a hybrid in the perimeter", "perim-mailbox-hybrid", EX19, EDGE19, hybrid=CLASSIC),
    # tokens
    fires(
        "Outlook of modern authentication pre-authenticated",
        "hyb-preauth-oauth",
        "unsupported",
        TMG,
        EX19,
        hybrid={**CLASSIC, "modern_auth": True},
        **one(protocols=["mapi", "oab"], preauth="basic"),
    ),
    silent(
        "Outlook pre-authenticated without modern authentication",
        "hyb-preauth-oauth",
        TMG,
        EX19,
        hybrid={**CLASSIC, "modern_auth": False},
        **one(protocols=["mapi", "oab"], preauth="basic"),
    ),
    asks(
        "Outlook pre-authenticated, and nobody wrote about modern authentication",
        "modern-auth-not-known",
        TMG,
        EX19,
        hybrid=CLASSIC,
        **one(protocols=["mapi", "oab"], preauth="basic"),
    ),
    asks("the Hybrid Agent, and no word on modern authentication", "modern-auth-not-known", EX19, hybrid=AGENT),
    silent(
        "what passes on may bring tokens or not",
        "modern-auth-not-known",
        TMG,
        EX19,
        hybrid=CLASSIC,
        **one(protocols=["mapi", "ews", "autodiscover"], preauth="none"),
    ),
    fires(
        "modern authentication beside 2010",
        "hyb-hma-with-2010",
        "unsupported",
        host("EX2", "MBX", version="2016"),
        host("OLD1", "CAS HT MBX", version="2010"),
        hybrid={**CLASSIC, "modern_auth": True},
    ),
    silent("modern authentication, all new", "hyb-hma-with-2010", EX19, hybrid={**CLASSIC, "modern_auth": True}),
    fires(
        "EWS and Autodiscover passed on",
        "hyb-endpoints-passed-on",
        "supported",
        TMG,
        EX19,
        hybrid=CLASSIC,
        **one(protocols=["ews", "autodiscover"], preauth="none"),
    ),
    fires(
        "EWS through a load balancer",
        "hyb-endpoints-passed-on",
        "supported",
        host("LB1", "LoadBalancer"),
        EX19,
        hybrid=CLASSIC,
        **one(kind="load-balancer", host="LB1", protocols=["ews"], product=..., preauth=...),
    ),
    silent(
        "EWS passed on without hybrid",
        "hyb-endpoints-passed-on",
        TMG,
        EX19,
        hybrid="none",
        **one(protocols=["ews", "autodiscover"], preauth="none"),
    ),
    asks(
        "EWS pre-authenticated, and no word on hybrid",
        "hybrid-not-known",
        TMG,
        EX19,
        **one(protocols=["ews"], preauth="basic"),
    ),
    silent("OWA pre-authenticated", "hybrid-not-known", TMG, EX19, **one(protocols=["owa"])),
    asks("a hybrid that nothing published reaches", "hybrid-endpoints-not-known", EX19, hybrid=DIRECT),
    silent(
        "a hybrid that a forwarded port reaches",
        "hybrid-endpoints-not-known",
        EX19,
        hybrid=DIRECT,
        firewalls=[wall("outer", "internet", "lan", allow=[line("internet", "EX1", "443/tcp")])],
    ),
    silent("the Hybrid Agent dials out", "hybrid-endpoints-not-known", EX19, hybrid=AGENT),
    # the Hybrid Agent
    fires("the Hybrid Agent", "hyb-agent-publishes", "supported", EX19, AGENT_HOST, hybrid=AGENT),
    silent("no Hybrid Agent", "hyb-agent-publishes", EX19, hybrid=CLASSIC),
    fires(
        "mail through the Hybrid Agent",
        "hyb-agent-scope",
        "unsupported",
        EX19,
        AGENT_HOST,
        hybrid={**AGENT, "agent": "AG1", "mail_path": ["EX1", "AG1", "eop"]},
    ),
    fires(
        "OWA through the Hybrid Agent",
        "hyb-agent-scope",
        "unsupported",
        EX19,
        AGENT_HOST,
        hybrid={**AGENT, "agent": "AG1"},
        publishing=[{"name": "p", "host": "AG1", "protocols": ["owa"], "targets": ["EX1"]}],
    ),
    silent("moves through the Hybrid Agent", "hyb-agent-scope", EX19, AGENT_HOST, hybrid={**AGENT, "agent": "AG1"}),
    silent(
        "the Hybrid Agent on an Exchange server that sends its mail",
        "hyb-agent-scope",
        EX19,
        hybrid={**AGENT, "agent": "EX1", "mail_path": ["EX1", "eop"]},
    ),
    fires("the Hybrid Agent and one server", "hyb-agent-single-cas", "conditional", EX19, EX2, hybrid=AGENT),
    silent(
        "the Hybrid Agent and two servers",
        "hyb-agent-single-cas",
        EX19,
        EX2,
        hybrid={**AGENT, "targets": ["EX1", "EX2"]},
    ),
    silent(
        "the Hybrid Agent and a load balancer",
        "hyb-agent-single-cas",
        EX19,
        host("LB1", "LoadBalancer"),
        hybrid={**AGENT, "targets": ["LB1"]},
    ),
    asks("the Hybrid Agent and who knows", "hyb-agent-single-cas", EX19, EX2, hybrid={"topology": "modern"}),
    asks("Extended Protection behind the agent not written", "ep-hybrid-agent", EX19, hybrid=AGENT),
    # versions
    fires(
        "a hybrid on 2016 beside 2019",
        "hyb-old-org-version",
        "unsupported",
        EX19,
        EX16,
        hybrid={**CLASSIC, "targets": ["EX2"]},
    ),
    fires(
        "a hybrid on 2019 beside SE",
        "hyb-old-org-version",
        "conditional",
        EX19,
        host("EX2", "MBX", version="SE"),
        hybrid={**CLASSIC, "targets": ["EX1"]},
    ),
    silent("a hybrid on the newest", "hyb-old-org-version", EX19, EX16, hybrid={**CLASSIC, "targets": ["EX1"]}),
    silent("one version", "hyb-old-org-version", EX19, EX2, hybrid=CLASSIC),
    asks("two versions, and no word on the ends", "hyb-old-org-version", EX19, EX16, hybrid=CLASSIC),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


PUBLISHED = {
    "publishing": [
        rule_of(
            "owa",
            protocols=["owa"],
            product="kemp",
            host="RP1",
            validation="ldap",
            same_certificate=True,
            targets=["EX1", "EX2"],
        ),
        rule_of(
            "rest",
            protocols=["mapi", "activesync", "ews", "autodiscover", "oab", "mrsproxy"],
            product="kemp",
            host="RP1",
            preauth="none",
            validation=...,
            delegation=...,
            target_auth=...,
            same_certificate=True,
            targets=["EX1", "EX2"],
        ),
    ]
}
PROXY = host("RP1", "ReverseProxy", "dmz", domain_joined=False)
WALLS = [
    wall(
        "outer",
        "internet",
        "dmz",
        allow=[
            line("internet", "EDGE1", "25/tcp"),
            line("EDGE1", "internet", "25/tcp"),
            line("internet", "RP1", "443/tcp"),
        ],
        inspects=[],
    ),
    wall(
        "inner",
        "dmz",
        "lan",
        allow=[
            line("EDGE1", "lan", "25/tcp"),
            line("lan", "EDGE1", "25/tcp", "50636/tcp"),
            line("RP1", "lan", "443/tcp"),
            line("RP1", "DC1", "389/tcp"),
        ],
        inspects=[],
    ),
]


def alarms(result: Advice) -> list[str]:
    """What is worse than conditional, and what is asked of hybrid, publishing and mail."""
    told = ("hybrid", "publishing", "edge", "mail_flow")
    return [
        finding.id
        for finding in result.of("topology")
        if finding.verdict in (Verdict.UNSUPPORTED, Verdict.NOT_RECOMMENDED)
        or (finding.verdict is Verdict.UNKNOWN and (finding.family in told or "hybrid" in finding.id))
    ]


@pytest.mark.parametrize("modern_auth", [True, False])
def test_a_sound_classic_hybrid_raises_no_alarm(modern_auth: bool) -> None:
    result = advice(
        EX19,
        EX2,
        DC,
        EDGE19,
        PROXY,
        as_of=date(2024, 6, 1),
        firewalls=WALLS,
        mail_flow=[{"path": ["internet", "eop", "EDGE1", "EX1"]}],
        hybrid={**CLASSIC, "modern_auth": modern_auth, "targets": ["EX1", "EX2"], "mail_path": ["EX1", "EDGE1", "eop"]},
        **PUBLISHED,
    )
    assert alarms(result) == []
    assert {"hyb-edge", "hyb-endpoints-passed-on", "hyb-firewall-25"} <= {one.statement for one in result.findings}


def test_a_sound_hybrid_with_the_agent_raises_no_alarm() -> None:
    off = {"extended_protection": "off"}
    result = advice(
        EX19 | off,
        EX2 | off,
        DC,
        AGENT_HOST,
        as_of=date(2024, 6, 1),
        firewalls=[wall("outer", "internet", "lan", allow=MAIL, inspects=[])],
        mail_flow=[{"path": ["internet", "eop", "EX1"]}],
        hybrid={
            "topology": "modern",
            "modern_auth": False,
            "agent": "AG1",
            "targets": ["EX1", "EX2"],
            "mail_path": ["EX1", "eop"],
        },
    )
    assert alarms(result) == []


def test_a_hybrid_server_in_the_perimeter_tells_that_the_general_rule_yields() -> None:
    (finding,) = found(advice(EX19 | {"zone": "dmz"}, hybrid=CLASSIC), "perim-mailbox-hybrid")
    assert finding.subjects == ("EX1",) and finding.family == "placement"
    assert finding.overrules[0].startswith("mbx-in-perimeter (unsupported)")


def test_a_gateway_on_the_hybrid_path_is_the_subject_and_not_the_servers_beside_it() -> None:
    result = advice(EX19, GATEWAY, hybrid={**CLASSIC, "mail_path": ["EX1", "GW1", "eop"]})
    assert [one.subjects for one in found(result, "hyb-inline-smtp")] == [("GW1",)]
    assert found(result, "hyb-endpoint-direct") == []
