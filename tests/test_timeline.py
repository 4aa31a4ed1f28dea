"""What goes out of support and when: days, states and phases without a clock."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta

import pytest

from exkit.facts import Facts
from exkit.report.chart import charts
from exkit.report.sentences import timeline_sentence
from exkit.terminal import console, show_timeline
from exkit.timeline import Milestone, Phase, Row, State, Timeline, months_later, phase, timeline
from exkit.verdict import Verdict
from tests import build

EX2010 = build.host("EX1", "CAS HT MBX", version="2010", os="windows-server-2008-r2")
END = date(2020, 10, 13)  # of Exchange 2010


def line(*servers: dict[str, object], as_of: date = END, months: int = 36, **sections: object) -> Timeline:
    return timeline(build.topology(*servers, **sections), build.facts(), as_of, months)


def row_of(found: Timeline, name: str, milestone: Milestone = Milestone.EXTENDED_END) -> Row:
    return next(row for row in found.rows if row.what.name == name and row.milestone is milestone)


@pytest.mark.parametrize(
    ("as_of", "state", "left", "now"),
    [
        (END + timedelta(days=1), State.PAST, -1, Phase.OUT),
        (END, State.WITHIN, 0, Phase.EXTENDED),
        (date(2017, 10, 13), State.WITHIN, 1096, Phase.EXTENDED),
        (date(2017, 10, 12), State.LATER, 1097, Phase.EXTENDED),
        (date(2015, 1, 13), State.LATER, 2100, Phase.MAINSTREAM),
        (date(2009, 11, 8), State.LATER, 3992, Phase.NOT_YET_RELEASED),
    ],
)
def test_an_end_is_the_last_day_of_support_and_the_horizon_holds_both_of_its_ends(
    as_of: date, state: State, left: int, now: Phase
) -> None:
    row = row_of(line(EX2010, as_of=as_of), "Exchange Server 2010")
    assert (row.day, row.state, row.days_left, row.what.phase) == (END, state, left, now)


def test_a_version_is_released_from_its_day_of_release_on() -> None:
    for as_of, state in ((date(2009, 11, 8), State.WITHIN), (date(2009, 11, 9), State.PAST)):
        assert row_of(line(EX2010, as_of=as_of), "Exchange Server 2010", Milestone.RELEASED).state is state


def test_exchange_windows_of_all_hosts_and_publishing_products_are_there_with_who_uses_them() -> None:
    found = line(
        EX2010,
        build.host("DC1", "DC", os="windows-server-2003"),
        build.host("TMG1", "", "dmz", os="windows-server-2008-r2", also_runs=["tmg-2010", "dns"]),
        publishing=[{"name": "web", "product": "tmg-2010", "host": "TMG1", "targets": ["EX1"]}],
    )
    assert {what.name: what.used_by for what in found.products} == {
        "Windows Server 2003": ("DC1",),
        "Windows Server 2008 R2": ("EX1", "TMG1"),
        "Forefront Threat Management Gateway 2010": ("TMG1", "web"),
        "Exchange Server 2010": ("EX1",),
    }


def test_rows_come_by_day_and_what_is_not_known_comes_last() -> None:
    found = line(EX2010, build.host("DC1", "DC", os="windows-server-2003"), build.host("X", "DC", os="plan-9"))
    days = [row.day or date.max for row in found.rows]
    assert days == sorted(days) and found.rows[-1].what.name == "plan-9"


def test_what_has_no_known_day_or_is_left_out_of_the_file_is_said_as_not_known() -> None:
    found = line(
        build.host("EX1", "MBX", version=...),
        build.host("DC1", "DC", os="plan-9"),
        build.host("X", ""),
        publishing=[{"name": "web", "product": "nginx"}, {"name": "mail"}],
    )
    assert {row.what.name: row.what.used_by for row in found.rows if row.state is State.NOT_KNOWN} == {
        "plan-9": ("DC1",),
        "nginx": ("web",),
        "Exchange, version not given": ("EX1",),
        "Windows, version not given": ("EX1",),
        "Publishing product, not given": ("mail",),
    }
    for row in found.rows:
        assert (row.milestone, row.day, row.days_left, row.when) == (Milestone.END, None, None, " is not known")
        assert row.what.phase.verdict is Verdict.UNKNOWN


def test_subscription_edition_has_an_earliest_end_and_no_extended_support() -> None:
    found = line(build.host("EX1", "MBX", version="SE", os="windows-server-2025"), as_of=date(2026, 1, 1))
    row = row_of(found, "Exchange Server Subscription Edition", Milestone.EARLIEST_END)
    assert (row.day, row.state) == (date(2035, 12, 31), State.LATER)
    assert Milestone.EXTENDED_END not in found.days_of(row.what)


def test_only_the_modern_life_cycle_has_a_mainstream_end_alone() -> None:
    """The timeline reads such a row as an earliest end: a row whose extended end is merely unknown would lie."""
    alone = [row.id for row in build.facts().lives if row.mainstream_end and not row.extended_end]
    assert alone == ["exchange-se"]


def test_beside_2016_and_2019_stands_what_is_said_of_paid_updates_if_the_facts_have_it() -> None:
    servers = [build.host(f"EX{version}", "MBX", version=version) for version in ("2013", "2016", "2019", "SE")]
    paid = {what.name: what.paid.id for what in line(*servers, as_of=date(2023, 1, 1)).products if what.paid}
    assert paid == {"Exchange Server 2016": "life-esu", "Exchange Server 2019": "life-esu"}
    facts = build.facts()
    without = replace(facts, statements=tuple(row for row in facts.statements if row.id != "life-esu"))
    assert not [what for what in timeline(build.topology(*servers), without, date(2026, 1, 1)).products if what.paid]


def test_paid_updates_are_told_only_when_the_end_is_past_or_within_the_horizon() -> None:
    server = build.host("EX1", "MBX", version="2016")
    days = (date(2022, 10, 13), date(2022, 10, 14), date(2026, 11, 24))
    told = [any(what.paid for what in line(server, as_of=day).products) for day in days]
    assert told == [False, True, True]


def test_another_product_has_no_row_of_its_own() -> None:
    rule = {"name": "owa", "product": "other", "kind": "reverse-proxy"}
    assert "owa" not in {user for what in line(publishing=[rule]).products for user in what.used_by}


def test_phase_and_rule_agree_on_every_day_around_every_milestone() -> None:
    facts: Facts = build.facts()
    words = {Phase.OUT: "eol-2010"}
    life = facts.life("exchange-2010")
    assert life and life.released and life.mainstream_end and life.extended_end
    for day in (life.released, life.mainstream_end, life.extended_end):
        for as_of in (day - timedelta(days=1), day, day + timedelta(days=1)):
            now = phase(life, as_of)
            advice = build.advice(EX2010, as_of=as_of)
            assert build.found(advice, words.get(now, now.value)), (as_of, now)


@pytest.mark.parametrize("months", [0, -1, 601])
def test_what_is_no_horizon_is_refused(months: int) -> None:
    with pytest.raises(ValueError, match=f"months is {months}; write a whole number from 1 to 600"):
        line(EX2010, months=months)


def test_months_end_on_the_last_day_of_a_shorter_month_and_with_the_calendar() -> None:
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_later(date(2010, 12, 31), 2) == date(2011, 2, 28)
    assert months_later(date(9999, 1, 1), 12) == date.max


def test_the_sentence_says_what_ends_what_is_over_and_what_is_not_known() -> None:
    said = timeline_sentence(line(EX2010, build.host("DC1", "DC", os="plan-9"), as_of=date(2020, 6, 1)))
    assert said == (
        "In the 36 months until 1 June 2023 support ends for Exchange Server 2010 (13 October 2020). "
        "Out of support already: Windows Server 2008 R2. No day is known for: plan-9."
    )
    assert "until 1 June 2013 nothing goes out of support." in timeline_sentence(line(EX2010, as_of=date(2010, 6, 1)))
    assert "Mainstream support ends for Exchange Server 2010 (13 January 2015)" in timeline_sentence(
        line(EX2010, as_of=date(2014, 6, 1))
    )


def test_a_day_that_was_not_read_is_shown_as_recalled_in_terminal_and_chart(capsys: pytest.CaptureFixture[str]) -> None:
    facts = build.facts()
    lives = tuple(life.model_copy(update={"confidence": "recalled"}) for life in facts.lives)
    found = timeline(build.topology(EX2010), replace(facts, lives=lives), END, 36)
    show_timeline(console(width=200), "a.yaml", found)
    said = capsys.readouterr().out
    assert "2020-10-13  Exchange Server 2010: end of extended support, this very day (recalled)" in said
    assert "until 2020-10-13*</text>" in charts(found)[0]
    assert "*</text>" not in charts(line(EX2010))[0]


def test_a_chart_is_whole_xml_with_a_title_and_tells_each_product_in_words() -> None:
    (svg,) = charts(line(EX2010, as_of=date(2020, 6, 1)))
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == root[0].get("id") and (root[0].text or "").startswith("Life cycles of ")
    told = [element.text for element in root.iter("text")]
    assert {"Exchange Server 2010", "in extended support until 2020-10-13", "✓", "✕"} <= set(told)
    assert {"support ended on 2020-01-14", "as of 2020-06-01", "until 2023-06-01"} <= set(told)
    assert 3 <= len([year for year in told if re.fullmatch(r"\d{4}", year or "")]) <= 7


def test_a_bar_goes_from_release_to_the_end_and_turns_where_mainstream_support_ends() -> None:
    (svg,) = charts(line(EX2010))
    for filled, outlined in zip(
        re.findall(r'class="mainstream" x="([\d.]+)%" y="\d+" width="([\d.]+)%"', svg),
        re.findall(r'class="extended" x="([\d.]+)%" y="\d+" width="([\d.]+)%"', svg),
        strict=True,
    ):
        assert float(filled[0]) + float(filled[1]) == pytest.approx(float(outlined[0]), abs=0.02)
        assert f'class="turn" x1="{outlined[0]}%"' in svg


def test_many_products_are_spread_over_charts_of_at_most_six_and_names_stay_text() -> None:
    systems = [life.id for life in build.facts().lives if life.kind == "os"]
    found = line(*(build.host(f"<i>{name}</i>", "", os=name) for name in systems))
    spread = charts(found)
    assert sum(svg.count('class="mark"') for svg in spread) == len(systems)
    assert all(svg.count('class="mark"') <= 6 and "<i>" not in svg for svg in spread)
    assert len({ET.fromstring(svg).get("aria-labelledby") for svg in spread}) == len(spread)


def test_without_a_known_day_there_is_no_chart() -> None:
    assert charts(line(build.host("X", "DC", os="plan-9"))) == ()
    assert line().products == ()
