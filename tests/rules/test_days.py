"""What holds only from or until a known day: the verdict on the last day before, and on the first day after."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from exkit.verdict import Verdict
from tests.build import advice, found, host
from tests.rules.rows import TMG, Row, asks, fires, rule_of, silent

EX16 = host("EX1", "MBX", version="2016")
EX19 = host("EX1", "MBX", version="2019")
EX13 = host("EX1", "CAS MBX", version="2013")
EDGE13 = host("EDGE1", "ET", "dmz", version="2013", domain_joined=False, subscribed_to=["HQ"])
PROTECTED = EX19 | {"extended_protection": "require"}
LB = host("LB1", "LoadBalancer", "dmz")
CONNECTOR = host("C1", "", domain_joined=True)
CLASSIC = {"topology": "classic"}
AGENT = {"topology": "modern", "targets": ["EX1"]}
EP_DAY = date(2022, 8, 9)
HMA_DAY = date(2017, 12, 19)
HMA_OWA_DAY = date(2024, 4, 23)
EDGE_DAY = date(2014, 2, 25)
DAY = timedelta(days=1)


def one(**fields: Any) -> dict[str, Any]:
    return {"publishing": [rule_of(**{"targets": ["EX1"], "product": "other", **fields})]}


BRIDGED = one(preauth="none", same_certificate=True)
OFFLOADED = one(host="LB1", kind="load-balancer", product=..., preauth="none", tls="offload")
ENTRA = one(
    product="entra-application-proxy", kind="cloud-connector", host="C1", protocols=["owa"], preauth="entra",
    validation="entra", delegation="kcd", target_auth=["windows"],
)  # fmt: skip
MODERN = {"hybrid": {**CLASSIC, "modern_auth": True}}
AZURE: dict[str, Any] = {
    "dags": [{"name": "DAG1", "kind": "dag", "members": ["EX1", "EX2"], "witness": "FS1"}],
    "zones": [{"name": "lan", "kind": "internal"}, {"name": "azure", "kind": "cloud"}],
}
IN_AZURE = (EX13, EX13 | {"name": "EX2"}, host("FS1", "Witness", "azure", domain_joined=True))

ROWS: list[Row] = [
    fires("before it is supported", "ep-too-early", "unsupported", TMG, PROTECTED, as_of=EP_DAY - DAY, **BRIDGED),
    fires("even when nothing publishes the server", "ep-too-early", "unsupported", PROTECTED, as_of=EP_DAY - DAY),
    silent("from the updates of August 2022 on", "ep-too-early", TMG, PROTECTED, as_of=EP_DAY, **BRIDGED),
    silent("and switched off before", "ep-too-early", TMG, EX19, as_of=EP_DAY - DAY, **BRIDGED),
    fires("bridged, since then", "ep-bridge-same-cert", "supported", TMG, PROTECTED, as_of=EP_DAY, **BRIDGED),
    silent("and no yes before", "ep-bridge-same-cert", TMG, PROTECTED, as_of=EP_DAY - DAY, **BRIDGED),
    fires("modern authentication too early", "hyb-hma-too-early", "unsupported", EX16, as_of=HMA_DAY - DAY, **MODERN),
    silent("from 2016 CU8 on", "hyb-hma-too-early", EX16, as_of=HMA_DAY, **MODERN),
    fires(
        "OWA keeps its sign-in before the update of April 2024",
        "hyb-hma-owa",
        "conditional",
        TMG,
        EX19 | {"build": "15.2.1258.32"},
        as_of=HMA_OWA_DAY - DAY,
        **MODERN,
        **one(preauth="none"),
    ),
    fires("OWA by Entra before", "entra-proxy-owa", "conditional", CONNECTOR, EX19, as_of=HMA_OWA_DAY - DAY, **ENTRA),
    fires("OWA by Entra since", "entra-proxy-owa", "unsupported", CONNECTOR, EX19, as_of=HMA_OWA_DAY, **ENTRA),
    asks("Entra before its preview", "product-not-yet-released", CONNECTOR, EX13, as_of=date(2014, 6, 9), **ENTRA),
    silent("Entra from its preview on", "product-not-yet-released", CONNECTOR, EX13, as_of=date(2014, 6, 10), **ENTRA),
    asks(
        "TMG before its release",
        "product-not-yet-released",
        TMG,
        host("EX1", "CAS", version="2007"),
        as_of=date(2009, 11, 30),
        **one(product="tmg-2010"),
    ),
    fires("no agent yet", "hyb-agent-publishes", "unsupported", EX19, as_of=date(2019, 2, 4), hybrid=AGENT),
    fires("the agent in preview", "hyb-agent-publishes", "conditional", EX19, as_of=date(2019, 2, 5), hybrid=AGENT),
    fires("the agent for all", "hyb-agent-publishes", "supported", EX19, as_of=date(2019, 7, 5), hybrid=AGENT),
    fires("no witness there yet", "dag-witness-azure-vm", "unsupported", *IN_AZURE, as_of=date(2015, 1, 30), **AZURE),
    fires("a witness there since", "dag-witness-azure-vm", "conditional", *IN_AZURE, as_of=date(2015, 1, 31), **AZURE),
    asks("Edge of 2013 before SP1", "role-not-in-version", EX13, EDGE13, as_of=EDGE_DAY - DAY),
    asks("a build before SP1", "role-not-in-version", EX13, EDGE13 | {"build": "15.0.775.38"}, as_of=EDGE_DAY),
    silent("Edge of 2013 SP1", "role-not-in-version", EX13, EDGE13 | {"build": "15.0.847.32"}, as_of=EDGE_DAY),
    fires(
        "offload before SP1", "ssl-offload-at-proxy", "unsupported", LB, EX13, as_of=EDGE_DAY - DAY, **OFFLOADED
    ),
    fires("offload since SP1", "ssl-offload-at-proxy", "conditional", LB, EX13, as_of=EDGE_DAY, **OFFLOADED),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence} ({row.as_of})")
def test_rule(row: Row) -> None:
    row.check()


@pytest.mark.parametrize(
    ("servers", "sections", "first"),
    [
        ((TMG, PROTECTED), BRIDGED, EP_DAY),
        ((EX16,), MODERN, HMA_DAY),
        ((CONNECTOR, EX19), ENTRA, HMA_OWA_DAY),
        ((EX19,), {"hybrid": AGENT}, date(2019, 2, 5)),
        (IN_AZURE, AZURE, date(2015, 1, 31)),
        ((LB, EX13), OFFLOADED, EDGE_DAY),
    ],
)
def test_on_the_day_before_advice_is_worse_and_never_silent(
    servers: tuple[dict[str, Any], ...], sections: dict[str, Any], first: date
) -> None:
    before, after = (advice(*servers, as_of=day, **sections) for day in (first - DAY, first))
    if sections is ENTRA:  # the one that closed
        before, after = after, before
    assert before.verdict("topology") is Verdict.UNSUPPORTED
    assert after.verdict("topology").rank > before.verdict("topology").rank


def test_no_question_on_extended_protection_before_exchange_supported_it() -> None:
    fields = [
        [
            one.question.field
            for one in advice(TMG, EX19, as_of=day, **one_other_certificate()).questions
            if one.question
        ]
        for day in (EP_DAY - DAY, EP_DAY)
    ]
    assert [any("extended_protection" in field for field in seen) for seen in fields] == [False, True]


def one_other_certificate() -> dict[str, Any]:
    return one(preauth="none", same_certificate=False)


def test_what_came_with_a_day_says_it_in_its_reason() -> None:
    (finding,) = found(advice(EX19, as_of=date(2019, 1, 1), hybrid=AGENT), "hyb-agent-publishes")
    assert "2019-02-05" in finding.why and "classic" in finding.fix
