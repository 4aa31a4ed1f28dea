"""The frames that notebooks show."""

from __future__ import annotations

import re

import pytest

from exkit import tables
from exkit.facts import Facts
from exkit.verdict import Verdict
from tests import build

FRAMES = ["roles", "statements", "ports", "matrix", "products", "life_cycle", "sources"]


@pytest.mark.parametrize("name", FRAMES)
def test_each_table_of_facts_has_a_row_for_each_fact(name: str) -> None:
    facts: Facts = build.facts()
    rows = {"matrix": facts.platforms, "life_cycle": facts.lives}.get(name) or getattr(facts, name)
    frame = getattr(tables, name)(facts)
    assert len(frame) == len(rows) > 0


@pytest.mark.parametrize("name", FRAMES)
def test_headings_are_words_for_people_and_no_cell_shows_how_python_writes_things(name: str) -> None:
    frame = getattr(tables, name)(build.facts())
    assert all(re.fullmatch(r"[A-Z][a-z-]+( [a-z-]+)*", heading) for heading in frame.columns), list(frame.columns)
    text = frame.to_csv()
    for code in ("<Role", "<Version", "PortRole.", "Verdict.", "None", "NaT", "('"):
        assert code not in text


def test_a_recalled_fact_is_named_as_recalled() -> None:
    facts = build.facts()
    recalled = [row.id for row in facts.statements if row.confidence == "recalled"]
    frame = tables.statements(facts)
    assert recalled
    assert list(frame[frame["Confidence"] == "recalled"]["Id"]) == recalled


def test_verdicts_in_cells_have_sign_and_word_and_come_worst_first() -> None:
    advice = build.advice(
        build.host("CAS1", "CAS", "dmz", version="2010"), build.host("MBX1", "MBX HT", version="2010")
    )
    frame = tables.findings(advice)
    ranks = [next(v.rank for v in Verdict if cell == f"{v.sign} {v.words}") for cell in frame["Verdict"]]
    assert frame["Verdict"][0] == "✕ unsupported"
    assert ranks == sorted(ranks)
    assert list(frame["Id"]) == [finding.id for finding in advice.findings]


def test_servers_show_what_is_known_and_leave_the_rest_empty() -> None:
    frame = tables.servers(build.topology(build.host("CAS1", "CAS HT", version="2010"), build.host("X", "", zone=None)))
    assert frame.loc[0, "Roles"] == "ClientAccess, HubTransport"
    assert list(frame.loc[1]) == ["X", "", "", "", "", ""]
