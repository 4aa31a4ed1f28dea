"""What is left out is a question, never a yes: cases that the law on removed facts brought up."""

from __future__ import annotations

import pytest

from tests.build import host, line, wall
from tests.rules.rows import CAS10, DC, EDGE10, EX10, FE03, TMG, Row, asks, fires, rule_of, silent

TIGHT = [wall("inner", "dmz", "lan", allow=[line("TMG1", "CAS1", "443/tcp")])]
EDGE_LINES = [line("EX1", "EDGE1", "25/tcp"), line("EDGE1", "EX1", "25/tcp")]

ROWS = [
    silent(
        "pre-authentication of nobody knows what is not called fine",
        "preauth-on-proxy",
        TMG,
        CAS10,
        publishing=[rule_of(protocols=...)],
    ),
    silent(
        "passing nobody knows what without pre-authentication is not called fine",
        "proxy-no-preauth",
        TMG,
        CAS10,
        publishing=[rule_of(protocols=..., preauth="none")],
    ),
    asks(
        "it is asked what the rule publishes",
        "publishing-without-protocols",
        TMG,
        CAS10,
        publishing=[rule_of(protocols=...)],
    ),
    silent(
        "a target whose zone is not written is not said to stand inside behind a proxy",
        "cas-on-intranet-behind-proxy",
        TMG,
        host("CAS1", "CAS HT", None, version="2010"),
        publishing=[rule_of()],
    ),
    silent(
        "a front-end whose zone is not written is not said to stand inside behind a forwarded port",
        "direct-443-to-fe",
        FE03 | {"zone": None},
        publishing=[rule_of(host=..., product=..., kind="port-forward", targets=["FE1"], preauth=...)],
    ),
    fires(
        "an Edge server without subscription needs SMTP both ways and gets it",
        "edge-path-open",
        "supported",
        EDGE10 | {"subscribed_to": []},
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=EDGE_LINES)],
    ),
    silent(
        "whether the way of an Edge server is open enough is not known while its subscription is not",
        "edge-path-open",
        {key: value for key, value in EDGE10.items() if key != "subscribed_to"},
        EX10,
        firewalls=[wall("inner", "dmz", "lan", allow=EDGE_LINES)],
    ),
    fires(
        "443 from the proxy to its target is tight",
        "inner-firewall-tight",
        "supported",
        TMG,
        CAS10,
        DC,
        firewalls=TIGHT,
        publishing=[rule_of()],
    ),
    silent(
        "whether a firewall is tight is not known while it is not known what the proxy carries",
        "inner-firewall-tight",
        TMG,
        CAS10,
        DC,
        firewalls=TIGHT,
        publishing=[rule_of(protocols=...)],
    ),
    silent(
        "whether a firewall is tight is not known while it is not known where the proxy leads",
        "inner-firewall-tight",
        TMG,
        CAS10,
        DC,
        firewalls=TIGHT,
        publishing=[rule_of(targets=...)],
    ),
    silent(
        "whether a line is tight is not known while the zone of the host it names is not",
        "inner-firewall-tight",
        TMG,
        host("CAS1", "CAS HT", None, version="2010"),
        DC,
        firewalls=TIGHT,
        publishing=[rule_of()],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()
