"""The frames that notebooks show."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from exkit import tables
from exkit.facts import Facts
from exkit.report.matrix import matrix_by_version, matrix_of
from exkit.topology import Version
from exkit.verdict import Verdict
from tests import build

FRAMES = ["roles", "statements", "ports", "matrix", "builds", "products", "life_cycle", "sources"]


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


def test_the_matrix_of_a_version_holds_each_of_its_cells_once_with_verdict_limits_and_linked_source() -> None:
    facts = build.facts()
    for version in dict.fromkeys(row.version for row in facts.platforms):
        cells = [row for row in facts.platforms if row.version is version]
        piece = matrix_of(version, facts)
        assert piece.html.count("<tr class=") == len(cells)
        assert [piece.html.count(f'class="verdict exkit-{verdict.value}"') for verdict in Verdict] == [
            sum(row.verdict is verdict for row in cells) for verdict in Verdict
        ]
        for row in cells:
            assert row.condition in piece.text
            assert f"from build {row.since_build}" in piece.text or not row.since_build
            for source in map(facts.source, row.sources):
                assert f'<a href="{source.url}"' in piece.html or not source.url
                assert source.title in piece.text


def test_the_matrix_goes_from_the_newest_version_to_the_oldest_and_only_the_newest_stands_open() -> None:
    html = matrix_by_version(build.facts()).html
    assert re.findall(r"<strong>Exchange (\w+)</strong>", html) == [version.value for version in reversed(Version)]
    assert html.count("<details open>") == 1 and html.index("<details open>") == html.index("<details")


def test_a_cell_shows_the_days_on_which_it_is_so_and_any_part_shows_up_by_itself() -> None:
    facts = build.facts()
    row = facts.platforms[-1].model_copy(
        update={
            "part": "virtual-hosts",
            "platform": "<b>hyper-x</b>",
            "since": date(2020, 1, 2),
            "until": date(2021, 3, 4),
        }
    )
    piece = matrix_of(row.version, replace(facts, platforms=(*facts.platforms, row)))
    assert "In force from 2020-01-02 until 2021-03-04" in piece.html
    assert f"Exchange {row.version}: virtual hosts" in piece.html
    assert "&lt;b&gt;hyper x&lt;/b&gt;" in piece.html and "<b>" not in piece.html


def test_a_version_that_the_matrix_has_not_is_named() -> None:
    with pytest.raises(ValueError, match=r"no Exchange '2011'; it has 2000, 2003"):
        matrix_of("2011", build.facts())
