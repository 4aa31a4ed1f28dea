"""What many customers have in common, and what changed since the last run, with who changed it."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from exkit import portfolio
from exkit.advice import advise
from exkit.batch import Options, make_reports, quiet
from exkit.facts import Facts, load
from exkit.knowledge import knowledge_folder
from exkit.portfolio.changes import CODE, DATE, KNOWLEDGE, TOPOLOGY, Before, changes
from exkit.report import Judged, judge
from exkit.verdict import Verdict
from tests.batch.customers import small

CUSTOMERS = Path(__file__).parents[2] / "data" / "customers"
HIT = "cas-in-perimeter"


@pytest.fixture(scope="module")
def examples() -> portfolio.Portfolio:
    return portfolio.load(CUSTOMERS)


def test_the_worst_customer_comes_first(examples: portfolio.Portfolio) -> None:
    ranks = [row.verdict("topology").rank for row in examples.rows]
    assert len(ranks) == len(list(CUSTOMERS.glob("*.yaml")))
    assert ranks == sorted(ranks)
    assert ranks[0] == Verdict.UNSUPPORTED.rank


def test_a_cell_of_the_heat_map_is_the_worst_that_a_statement_finds_there(examples: portfolio.Portfolio) -> None:
    for row in examples.rows[:4]:
        findings = judge(CUSTOMERS / row.summary["file"]).advice.findings
        for name in examples.statements:
            found = [one.verdict for one in findings if one.statement == name and one.verdict is not Verdict.SUPPORTED]
            assert row.of(name) == (min(found, key=lambda verdict: verdict.rank) if found else None)


def test_which_customers_a_statement_hits(examples: portfolio.Portfolio) -> None:
    hit = [row.summary["file"] for row, _ in examples.hit_by(HIT)]
    expected = [
        file.name
        for file in CUSTOMERS.glob("*.yaml")
        for one in judge(file).advice.findings
        if one.statement == HIT and one.verdict is not Verdict.SUPPORTED
    ]
    assert sorted(hit) == sorted(set(expected))
    assert hit
    told = portfolio.hit(examples, HIT)
    assert f"{len(hit)} customer" in told.text
    for words in (told.text, told.html):
        assert "stands in the perimeter network" in words, "an id alone says nothing to a newcomer"


def test_who_falls_out_of_support_within_months_of_the_day_they_were_judged_for() -> None:
    customers = portfolio.load(CUSTOMERS, "2019-12-01")
    ends = customers.ending_within(2)
    assert {one.end for one in ends} == {date(2020, 1, 14)}
    assert "Windows Server 2008" in {one.product for one in ends}
    assert customers.ending_within(1) == ()  # 1 January
    later = portfolio.load(CUSTOMERS, "2020-01-15").ending_within(1)
    assert date(2020, 1, 14) not in {one.end for one in later}
    assert "2020-01-14" in portfolio.ending(customers, 2).html


def test_without_reports_and_without_files_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no topology file"):
        portfolio.load(tmp_path)


def test_the_portfolio_of_a_folder_of_reports_is_that_of_its_files(tmp_path: Path) -> None:
    files = sorted(CUSTOMERS.glob("*.yaml"))[:3]
    make_reports(files, tmp_path, progress=quiet)
    read, judged = portfolio.load(tmp_path), portfolio.load(CUSTOMERS)
    of_judged = {row.customer: row for row in judged.rows}
    for row in read.rows:
        other = of_judged[row.customer].summary
        for key in ("verdict", "counts", "statements", "ends", "as_of"):
            assert row.summary[key] == other[key]
        assert row.link == f"{row.folder}/report.html"


# What changed, and who changed it: an old report is made by hand from other inputs, and the new judgement told apart.
def judged_with(file: Path, facts: Facts, day: date) -> Judged:
    one = judge(file, day)
    return Judged(one.loaded, facts, advise(one.topology, facts, day), "given")


def before(judged: Judged) -> Before:
    verdicts = {one.id: one.verdict.value for one in judged.advice.findings}
    return Before(verdicts, judged.advice.as_of, judged.topology, judged.facts, judged.facts.digest)


def other_knowledge(tmp_path: Path) -> Facts:
    """Tables in which the vendor only advises against a Client Access server in the perimeter network."""
    folder = tmp_path / "knowledge"
    shutil.copytree(knowledge_folder(), folder, ignore=shutil.ignore_patterns("*.md"))
    table = folder / "statements.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [
        line.replace(",unsupported,", ",not-recommended,", 1) if line.startswith(f"{HIT},") else line for line in lines
    ]
    assert changed != lines
    table.write_text("".join(changed), encoding="utf-8")
    return load(folder)


DAY, LATER = date(2010, 6, 1), date(2021, 6, 1)


def test_each_change_is_laid_at_the_door_of_whoever_made_it(tmp_path: Path) -> None:
    facts, other = load(), other_knowledge(tmp_path)
    inside, outside = small(tmp_path, "inside")[0], small(tmp_path, "outside", zone="dmz")[0]
    then = judged_with(inside, facts, DAY)

    moved = changes(before(then), judged_with(outside, facts, DAY))
    assert {one.by for one in moved} == {(TOPOLOGY,)}
    assert any(one.finding == f"{HIT}@CAS1" and not one.was and one.now == "unsupported" for one in moved)

    learnt = changes(before(judged_with(outside, other, DAY)), judged_with(outside, facts, DAY))
    assert [(one.finding, one.was, one.now, one.by) for one in learnt] == [
        (f"{HIT}@CAS1", "not-recommended", "unsupported", (KNOWLEDGE,))
    ]

    aged = changes(before(then), judged_with(inside, facts, LATER))
    assert aged
    assert {one.by for one in aged} == {(DATE,)}


def test_several_causes_are_told_apart(tmp_path: Path) -> None:
    facts = load()
    inside, outside = small(tmp_path, "inside")[0], small(tmp_path, "outside", zone="dmz")[0]
    both = changes(before(judged_with(inside, facts, DAY)), judged_with(outside, facts, LATER))
    by = {one.finding: one.by for one in both}
    assert by[f"{HIT}@CAS1"] == (TOPOLOGY,)
    assert (DATE,) in by.values()


def test_what_no_input_explains_our_code_changed(tmp_path: Path) -> None:
    facts = load()
    one = judged_with(small(tmp_path, "a", zone="dmz")[0], facts, DAY)
    old = before(one)
    altered = Before({**old.verdicts, f"{HIT}@CAS1": "conditional"}, old.as_of, old.topology, old.facts, old.knowledge)
    (change,) = changes(altered, one)
    assert change.by == (CODE,)


def test_tables_that_are_not_kept_any_more_are_not_blamed_on_code_alone(tmp_path: Path) -> None:
    one = judged_with(small(tmp_path, "a", zone="dmz")[0], load(), DAY)
    old = before(one)
    altered = Before({**old.verdicts, f"{HIT}@CAS1": "conditional"}, old.as_of, old.topology, None, "sha256:gone")
    assert changes(altered, one)[0].by == (KNOWLEDGE, CODE)


def test_a_run_tells_what_changed_since_the_run_before(tmp_path: Path) -> None:
    (file,) = small(tmp_path / "in", "contoso")
    out = tmp_path / "out"
    make_reports([file], out, progress=quiet)
    assert "No finding differs" in (out / "index.html").read_text()
    small(tmp_path / "in", "contoso", zone="dmz")
    make_reports([file], out, progress=quiet)
    page = re.sub("<[^>]+>", " ", (out / "index.html").read_text())
    assert re.search(rf"Contoso\s+{HIT}@CAS1\s+not there\s+✕\s+unsupported\s+the customer.{{1,8}}s topology", page)
    make_reports([file], out, Options(as_of=LATER), progress=quiet)
    page = (out / "index.html").read_text()
    assert "<td>the date</td>" in page
    assert "s topology</td>" not in page


def test_what_customers_type_is_text_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("customer: '<img src=x onerror=alert(1)></script><script>alert(1)</script>'\n")
    page = portfolio.index_page(portfolio.load(tmp_path))
    assert "<img" not in page
    assert page.count("<script>") == 1
