"""What advice gives for each finding: the contract's fields, who decides and who yields, waivers that do nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exkit.advice import Advice, advise
from exkit.facts import Facts
from exkit.intake import read
from exkit.topology import Version
from tests.build import DAY, advice, facts, found, host, topology, wall
from tests.rules.rows import CAS10, DC, EDGE10, EX10, TMG, rule_of
from tests.test_cases import CASES

CUSTOMERS = Path(__file__).parent.parent / "data" / "customers"
CAS = host("CAS1", "CAS HT", "dmz", version="2010")
MBX = host("MBX1", "MBX", version="2010")
WALLS = [wall("inner", "dmz", "lan", allow=[])]
FIELDS = [
    *("id", "statement", "aspect", "family", "topic", "subjects", "verdict", "summary", "why", "fix", "evidence"),
    *("condition", "question", "overrules", "disagreement", "sources", "waiver"),
]


def told(result: Advice, statement: str, **how: Any) -> dict[str, Any]:
    """The finding of a statement as a reader of JSON gets it."""
    (plain,) = [one for one in result.to_dict(**how)["findings"] if one["statement"] == statement]
    return plain


def notes(*names: str, confidence: str = "documented") -> list[dict[str, str]]:
    return [
        {"title": facts().source(name).title, "url": facts().source(name).url, "confidence": confidence}
        for name in names
    ]


def test_the_result_has_the_keys_of_the_contract_and_no_others() -> None:
    result = advice(CAS, MBX, DC, firewalls=WALLS)
    plain = result.to_dict()
    assert list(plain) == ["file", "customer", "as_of", "verdict", "findings", "provenance"]
    assert (plain["file"], plain["customer"], plain["as_of"]) == ("", "Contoso", "2010-06-01")
    assert set(plain["provenance"]) == {"exkit", "knowledge", "topology"}
    assert plain["provenance"]["knowledge"] == facts().digest
    assert [list(one) for one in plain["findings"]] == [FIELDS] * len(result.findings)


def test_a_finding_is_told_field_by_field() -> None:
    result = advice(CAS, MBX, DC, firewalls=WALLS)
    (one,) = found(result, "firewall-between-cas-and-mbx")
    row = facts().statement("firewall-between-cas-and-mbx", None, DAY)
    assert row is not None and row.disagreement
    plain = told(result, "firewall-between-cas-and-mbx")
    assert {key: plain[key] for key in FIELDS[:10]} == {
        "id": "firewall-between-cas-and-mbx@inner",
        "statement": "firewall-between-cas-and-mbx",
        "aspect": "topology",
        "family": "separation",
        "topic": "path",
        "subjects": ["CAS1", "MBX1", "inner"],
        "verdict": "unsupported",
        "summary": one.summary,
        "why": row.why,
        "fix": one.fix,
    }
    assert plain["evidence"] == [{"fact": str(item), "from": None} for item in one.evidence]
    assert plain["disagreement"] == {
        "reading": row.disagreement,
        "decided": row.decided,
        "sources": notes(*row.disagreement_sources, confidence=row.confidence),
    }
    assert (plain["condition"], plain["question"], plain["waiver"], plain["overrules"]) == (None, None, None, [])
    assert plain["sources"][: len(row.sources)] == notes(*row.sources, confidence=row.confidence)


def test_a_question_is_told_with_its_field_and_the_answers_it_takes() -> None:
    plain = told(advice(EX10, DC), "host-firewall-not-known")
    assert set(plain["question"]) == {"field", "text", "allowed"}
    assert plain["question"]["field"] == "servers.EX1.host_firewall"
    assert plain["question"]["text"].endswith("?")
    assert "{enabled: false}" in plain["question"]["allowed"]
    assert plain["disagreement"] is None


def test_a_waiver_is_told_as_it_was_written() -> None:
    waiver = {"finding": "cas-in-perimeter@CAS1", "because": "moves", "expires": "2010-12-31"}
    assert told(advice(CAS, waivers=[waiver]), "cas-in-perimeter")["waiver"] == {
        **waiver, "owner": None, "approved_by": None, "ticket": None, "subjects": None
    }  # fmt: skip


def test_evidence_says_where_it_stands_as_well_as_the_file_tells() -> None:
    result = advice(CAS)
    places = {one["fact"]: one["from"] for one in told(result, "cas-in-perimeter")["evidence"]}
    assert set(places.values()) == {None}
    in_file = {one["from"] for one in told(result, "cas-in-perimeter", file="a.yaml")["evidence"]}
    assert in_file == {"a.yaml"}
    lines = {one["from"] for one in told(result, "cas-in-perimeter", file="a.yaml", lines={"servers": 7})["evidence"]}
    assert lines == {"a.yaml:7", "a.yaml"}, "the kind of the zone stands elsewhere"


def test_the_questions_are_the_findings_that_ask() -> None:
    result = advice(CAS, MBX)
    assert result.questions == tuple(one for one in result.findings if one.question is not None)
    assert 0 < len(result.questions) < len(result.findings)


def test_statements_that_agree_on_a_choice_lend_their_sources() -> None:
    (one,) = [one for one in advice(host("EX1", "CAS HT MBX UM", "dmz", version="2010")).findings
              if one.topic == "placement"]  # fmt: skip
    titles = {note.title for note in one.sources}
    for statement in ("cas-in-perimeter", "hub-in-perimeter", "mbx-in-perimeter", "um-in-perimeter"):
        row = facts().statement(statement, Version.V2010, DAY)
        assert row and {facts().source(name).title for name in row.sources} <= titles
    assert one.overrules == (), "they agree: none of them yields"


def test_the_worse_of_two_statements_decides_and_the_milder_lends_no_source() -> None:
    edge = EDGE10 | {"subscribed_to": []}
    result = advice(edge, EX10, hybrid={"topology": "classic", "mail_path": ["EX1", "EDGE1"]})
    (one,) = found(result, "hyb-edge-not-subscribed")
    row, milder = (facts().statement(name, Version.V2010, DAY) for name in (one.statement, "edge-without-edgesync"))
    assert row and milder and row.verdict.worse_than(milder.verdict)
    assert not found(result, "edge-without-edgesync")
    assert one.overrules == (
        f"{milder.id} ({milder.verdict.words}): of two statements on one choice the worse decides.",
    )
    assert [note.title for note in one.sources] == [facts().source(name).title for name in row.sources]


def test_what_hosting_overrules_is_told_with_its_verdict_and_the_reason() -> None:
    loaded = read(CUSTOMERS / "hosting-hmc-4.5.yaml").topology
    assert loaded.as_of is not None
    result = advise(loaded, facts(), loaded.as_of)
    texts = [text for one in result.findings for text in one.overrules]
    assert any(text.startswith("cas-in-perimeter (unsupported): Hosted Messaging") for text in texts)
    assert any(text.startswith("firewall-between-cas-and-mbx (unsupported): The product has") for text in texts)
    assert not any("of two statements" in text for text in texts)


def test_findings_that_would_share_an_id_are_told_apart_by_their_subjects() -> None:
    loaded = read(CASES / "blind" / "b22-2010-inspect-nat-one-way.yaml").topology
    assert loaded.as_of is not None
    ids = [one.id for one in advise(loaded, facts(), loaded.as_of).findings]
    assert len(set(ids)) == len(ids)
    assert "exchange-path-not-known@fw-unknown:EX0+EX4+fw-unknown" in ids
    two_cards = MBX | {"name": "MBX2", "zone": "back", "also_in": ["branch"]}
    servers = (CAS | {"zone": "lan"}, MBX | {"zone": "back"}, two_cards)
    result = advice(*servers, firewalls=[wall("w", "lan", "back", allow=[])])
    assert [one.id for one in found(result, "firewall-between-cas-and-mbx")] == [
        "firewall-between-cas-and-mbx@w:CAS1+MBX1+w",
        "firewall-between-cas-and-mbx@w:CAS1+MBX2+w",
    ]
    assert "cas-in-perimeter@CAS1" in [one.id for one in advice(CAS).findings], "an id of its own stays short"


def test_pre_authenticated_federation_is_not_called_fine_beside_the_fault() -> None:
    result = advice(TMG, CAS10, publishing=[rule_of(protocols=["federation"])])
    assert found(result, "federated-sharing-no-preauth")
    assert not found(result, "preauth-on-proxy")


def with_days(statement: str, **days: date | None) -> Facts:
    """The facts, but with a statement in force on other days."""
    rows = (row.model_copy(update=days) if row.id == statement else row for row in facts().statements)
    return replace(facts(), statements=tuple(rows))


@pytest.mark.parametrize("days", [{"since": date(2011, 1, 1)}, {"until": date(2009, 1, 1)}])
def test_a_statement_that_is_not_in_force_on_the_day_finds_nothing(days: dict[str, date]) -> None:
    result = advise(topology(CAS), with_days("cas-in-perimeter", **days), DAY)
    assert not found(result, "cas-in-perimeter")
    assert found(advise(topology(CAS), with_days("cas-in-perimeter"), DAY), "cas-in-perimeter")


def gaps(*waivers: dict[str, Any], as_of: date = DAY, servers: tuple = (CAS,)) -> list[tuple[str, str, tuple]]:
    result = advice(*servers, waivers=[{"because": "audit", **one} for one in waivers], as_of=as_of)
    return [
        (one.id, one.question.field, one.question.allowed)
        for one in found(result, "waiver-without-finding")
        if one.question
    ]


def test_a_waiver_that_lapsed_asks_for_a_later_day() -> None:
    waiver = {"finding": "cas-in-perimeter@CAS1", "expires": "2010-05-31"}
    ((id, field, allowed),) = gaps(waiver)
    assert (id, field) == ("waiver-without-finding@cas-in-perimeter@CAS1", "waivers.0.expires")
    assert allowed and "later day" in allowed[0]


def test_a_waiver_that_fits_no_finding_asks_for_its_finding_and_offers_none() -> None:
    assert gaps({"finding": "cas-in-perimeter@CAS9"}) == [
        ("waiver-without-finding@cas-in-perimeter@CAS9", "waivers.0.finding", ())
    ]


@pytest.mark.parametrize("expires", [None, "2010-06-01", "2010-06-02"])
def test_a_waiver_in_force_that_lists_other_subjects_asks_for_the_newcomers(expires: str | None) -> None:
    waiver = {"finding": "cas-in-perimeter@CAS1", "subjects": ["CAS2"], "expires": expires}
    result = advice(CAS, waivers=[{"because": "audit", **waiver}])
    (one,) = found(result, "waiver-without-finding")
    assert one.question and one.question.field == "waivers.0.subjects"
    assert one.question.allowed == ("cas-in-perimeter@CAS1",)
    assert one.summary.endswith("does not list CAS1.")


def test_each_waiver_is_looked_at_on_its_own() -> None:
    good = {"finding": "cas-in-perimeter@CAS1"}
    assert gaps(good) == []
    assert [field for _, field, _ in gaps(good, {"finding": "x@Y"})] == ["waivers.1.finding"]


def test_only_newcomers_are_asked_for() -> None:
    waiver = {"finding": "firewall-exchange-to-dc@tier", "because": "audit", "subjects": ["EX1", "tier"]}
    servers = [EX10, host("DC1", "DC", "back")]
    result = advice(*servers, firewalls=[wall("tier", "lan", "back", allow=[])], waivers=[waiver])
    assert found(result, "waiver-without-finding")[0].summary.endswith("does not list DC1.")


def test_a_waiver_of_a_finding_on_several_subjects_must_list_them() -> None:
    walls = [wall("tier", "lan", "back", allow=[])]
    waiver = {"finding": "firewall-exchange-to-dc@tier", "because": "audit"}
    result = advice(EX10, host("DC1", "DC", "back"), firewalls=walls, waivers=[waiver])
    assert found(result, "firewall-exchange-to-dc")[0].waiver is None
    alone = {"finding": "cas-in-perimeter@CAS1", "because": "audit"}
    assert found(advice(CAS, waivers=[alone]), "cas-in-perimeter")[0].waiver is not None


def test_an_id_that_lists_its_subjects_needs_no_list_in_the_waiver() -> None:
    waiver = {"finding": "edge-then-hub-flow@EDGE1+EX1", "because": "audit"}
    result = advice(EDGE10, EX10, mail_flow=[{"path": ["internet", "EDGE1", "EX1"]}], waivers=[waiver])
    assert [one.waiver is not None for one in found(result, "edge-then-hub-flow")] == [True]
