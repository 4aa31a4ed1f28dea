"""What `data/teaching/` promises: tables refused at the door when bad, wrong reasons that are wrong, cards that are
complete and say nothing that the facts do not, named by the findings that they answer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from exkit import report
from exkit.advice import advise
from exkit.batch.manifest import common_inputs, digest
from exkit.facts import Facts, FactsError, Problem
from exkit.facts import load as load_facts
from exkit.intake import read
from exkit.report import cards
from exkit.report.judged import Judged, cards_of_today, judge, problems
from exkit.rows import Row
from exkit.teaching import (
    TABLES,
    Misconception,
    Objection,
    load,
    load_objections,
    objection_named,
    objections_to,
    teaching_folder,
)
from exkit.topology import Version
from exkit.verdict import Verdict
from tests.command import exkit
from tests.tables import change, save, table
from tests.tutor.literals import DAY, VERDICT, VERSION, without_names

ROOT = Path(__file__).resolve().parents[1]
CUSTOMERS = ROOT / "data" / "customers"
FACTS = load_facts()
TEACHING = load(FACTS)
CARDS = TEACHING.objections
EVERY = {card.id: card for card in CARDS}


# The tables are refused with file, line and column.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables that a test may break."""
    return Path(shutil.copytree(teaching_folder(), tmp_path / "teaching"))


def refused(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(FactsError) as caught:
        load(FACTS, folder)
    return caught.value.problems


def columns(model: type[Row]) -> dict[str, str]:
    """Names of columns, and what type their cells have."""
    return {field.alias or name: str(field.annotation) for name, field in model.model_fields.items()}


COLUMNS = [(name, column) for name, model in TABLES.items() for column in columns(model)]
WRONG = {
    ("pairs.csv", "pair"): "Not A Slug",
    ("pairs.csv", "pattern"): "no-such-customer",
    ("pairs.csv", "section"): "server",
    ("pairs.csv", "lessons"): "99",
    ("misconceptions.csv", "id"): "Not A Slug",
    ("misconceptions.csv", "statements"): "no-such-statement",
    ("misconceptions.csv", "objection"): "no-such-card",
    ("misconceptions.csv", "sources"): "no-such-source",
    ("objections.csv", "id"): "Not A Slug",
    ("objections.csv", "statements"): "no-such-statement",
    ("objections.csv", "versions"): "2011",
    ("objections.csv", "sources"): "no-such-source",
    ("lessons.csv", "id"): "Not A Slug",
    ("lessons.csv", "minutes"): "half an hour",
    ("lessons.csv", "next"): "no-such-source",
    ("lessons.csv", "topics"): "no-such-topic",
    ("lessons.csv", "versions"): "2011",
    ("lessons.csv", "exercises"): "quiz",
}


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_a_wrong_value_is_refused_with_file_line_and_column(folder: Path, name: str, column: str) -> None:
    free = columns(TABLES[name])[column] in ("<class 'str'>", "tuple[str, ...]")
    value = WRONG.get((name, column), "two\nlines" if free else "nonsense")
    line = change(folder, name, column, value)
    found = refused(folder)
    assert (name, line, column) in [(one.file, one.line, one.column) for one in found], [str(one) for one in found]
    assert f"{name}:{line}: {column}: " in str(FactsError(found))


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_a_missing_column_is_refused_by_its_name(folder: Path, name: str, column: str) -> None:
    cells = table(folder, name)
    at = cells[0].index(column)
    save(folder, name, [[*row[:at], *row[at + 1 :]] for row in cells])
    assert f"{name}:1: {column}: '' (must be a column of this table)" in [str(one) for one in refused(folder)]


MAY_BE_BLANK = {
    *(("pairs.csv", column) for column in ("section", "name", "field", "value", "lessons")),
    ("misconceptions.csv", "objection"),
    ("objections.csv", "versions"),
}


@pytest.mark.parametrize(("name", "column"), [one for one in COLUMNS if one not in MAY_BE_BLANK])
def test_a_blank_cell_that_must_be_filled_in_is_refused(folder: Path, name: str, column: str) -> None:
    line = change(folder, name, column, "")
    assert f"{name}:{line}: {column}: '' (must be filled in)" in [str(one) for one in refused(folder)]


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_table_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (found,) = refused(folder)
    assert found.file == name and found.must == f"must hold the table {name}"


@pytest.mark.parametrize(
    ("name", "column", "value", "told"),
    [
        ("misconceptions.csv", "statements", "cas-in-perimeters", "nearest: cas-in-perimeter"),
        ("misconceptions.csv", "objection", "zero-trusts", "nearest: zero-trust"),
        ("misconceptions.csv", "statements", "hmc45-not-general", "must be a statement that a rule finds"),
        ("misconceptions.csv", "verdict", "maybe", "must be one of unsupported, not-recommended"),
        ("objections.csv", "sources", "cas-perimeter-2008", "nearest: cas-perimeter-2009"),
        ("lessons.csv", "topics", "publish", "nearest: publishing"),
        ("lessons.csv", "minutes", "soon", "must be a whole number"),
        ("pairs.csv", "pattern", "recommended-2009", "nearest: recommended-2010"),
        ("pairs.csv", "section", "serverss", "nearest: servers"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(
    folder: Path, name: str, column: str, value: str, told: str
) -> None:
    change(folder, name, column, value)
    assert any(told in str(problem) for problem in refused(folder)), [str(one) for one in refused(folder)]


def test_a_verdict_that_is_right_of_a_statement_is_no_misconception(folder: Path) -> None:
    line = change(folder, "misconceptions.csv", "verdict", "unsupported", id="rodc-makes-it-safe")
    found = [str(problem) for problem in refused(folder)]
    assert found[0].startswith(f"misconceptions.csv:{line}: verdict: 'unsupported' (must be wrong of every statement")


@pytest.mark.parametrize(
    ("name", "column"),
    [("misconceptions.csv", "id"), ("misconceptions.csv", "belief"), ("objections.csv", "id"), ("lessons.csv", "id")],
)
def test_what_stands_twice_is_refused(folder: Path, name: str, column: str) -> None:
    cells = table(folder, name)
    at = cells[0].index(column)
    cells[-1][at] = cells[1][at]
    save(folder, name, cells)
    assert f"{name}:{len(cells)}: {column}: {cells[1][at]!r} (must not repeat line 2)" in map(str, refused(folder))


@pytest.mark.parametrize(
    ("cells", "column", "told"),
    [
        (["p", "recommended-2010", "change", "servers", "CAS1", "", "dmz", ""], "field", "for a change, only then"),
        (["p", "recommended-2010", "change", "servers", "", "zone", "dmz", ""], "name", "must name an item"),
        (["p", "recommended-2010", "add", "servers", "", "", "", ""], "value", "must be filled in"),
        (["p", "recommended-2010", "remove", "servers", "CAS1", "", "x", ""], "value", "but for what is removed"),
        (["p", "recommended-2010", "rename", "servers", "CAS1", "zone", "x", ""], "field", "only then"),
    ],
)
def test_a_step_of_a_pair_names_what_it_needs(folder: Path, cells: list[str], column: str, told: str) -> None:
    header = table(folder, "pairs.csv")[0]
    save(folder, "pairs.csv", [header, cells])
    (found,) = refused(folder)
    assert (found.line, found.column) == (2, column) and told in found.must


def test_a_pair_starts_from_one_customer(folder: Path) -> None:
    header = table(folder, "pairs.csv")[0]
    steps = [["p", pattern, "remove", "servers", "X", "", "", ""] for pattern in ("recommended-2010", "uag-2010")]
    save(folder, "pairs.csv", [header, *steps])
    (found,) = refused(folder)
    assert found.line == 3 and found.must == "must be recommended-2010, as in line 2: a pair has one pattern"


def test_the_cards_alone_are_read_though_another_table_is_bad(folder: Path) -> None:
    (folder / "pairs.csv").write_text("nonsense\n")
    assert load_objections(FACTS, folder) == CARDS


def test_the_dictionary_names_every_column() -> None:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for name, model in TABLES.items():
        chapter = text.partition(f"\n### {name}")[2].partition("\n### ")[0].partition("\n## ")[0]
        told = {word for cell in re.findall(r"^\| ([a-z_, ]+) \|", chapter, re.MULTILINE) for word in cell.split(", ")}
        assert told - {"column"} == set(columns(model)), name


# Wrong reasons.

NAMED_BY_THE_ISSUE = {
    "edge-fronts-clients", "host-firewall-forbidden", "port-list-is-a-licence", "mail-needs-one-port",
    "rodc-makes-it-safe", "hosting-design-proves-it", "any-device-is-forbidden", "checking-needs-membership",
}  # fmt: skip


def test_there_are_misconceptions_enough_with_those_that_everybody_has() -> None:
    assert len(TEACHING.misconceptions) >= 25
    assert {row.id for row in TEACHING.misconceptions} >= NAMED_BY_THE_ISSUE


def same(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()


@pytest.mark.parametrize("row", TEACHING.misconceptions, ids=lambda row: row.id)
def test_a_belief_is_one_sentence_that_no_statement_of_the_facts_says(row: Misconception) -> None:
    assert re.fullmatch(r"[A-Z][^.?!]*[.]", row.belief.replace("e.g.", ""))
    said = {same(text) for one in FACTS.statements for text in (one.claim, one.why, one.condition, one.disagreement)}
    assert same(row.belief) not in said
    assert row.correction != row.belief and 8 < len(row.correction.split()) < 60


@pytest.mark.parametrize("row", TEACHING.misconceptions, ids=lambda row: row.id)
def test_a_misconception_tempts_where_a_rule_judges_otherwise(row: Misconception) -> None:
    for id in row.statements:
        rows = FACTS.statements_called(id)
        assert rows and {one.use for one in rows} == {"rule"}
        assert row.verdict not in {one.verdict for one in rows}


# Cards.


def test_there_are_cards_enough_with_those_that_everybody_hears() -> None:
    assert len(CARDS) >= 16
    assert set(EVERY) >= {
        "auditors-want-a-firewall", "it-was-supported-in-2003", "hosting-does-it", "port-list-is-published",
        "proxy-is-end-of-life", "we-have-a-gateway",
    }  # fmt: skip


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_a_card_is_complete_and_short_enough_to_read(card: Objection) -> None:
    assert len(card.claim) <= 120
    for label, text in card.answers:
        assert 3 < len(text.split()) <= 95, label
    assert "recalled" not in card.sources and len(card.sources) > 1
    assert any(one.use == "rule" for id in card.statements for one in FACTS.statements_called(id))


def test_every_card_is_one_that_a_misconception_leads_to_or_a_finding_names() -> None:
    led_to = {row.objection for row in TEACHING.misconceptions}
    named = {card.id for file in CUSTOMERS.glob("*.yaml") for card in judge(file).objections}
    assert set(EVERY) <= led_to | named


# What a card or a correction names must be in the facts.

OTHER_NUMBERS = re.compile(r"\bKB \d+|\bZones? \d\b|\bCU\d+")
NUMBER = re.compile(r"(?<![\w.-])\d[\d.-]*\d|(?<![\w.-])\d")


def unknown_literals(text: str, statements: tuple[str, ...], facts: Facts) -> list[str]:
    """Days, ports and numbers in a text that the facts do not have; days are those of what its sentence names."""
    found = []
    for sentence in re.split(r"(?<=[.:;])\s+", without_names(text, facts)):
        versions = [number or (se and "SE") for number, se, _ in VERSION.findall(sentence)]
        lives = [facts.life(f"exchange-{version.casefold()}") for version in versions if version]
        lives += [facts.life("tmg-2010")] if "TMG" in sentence or "TMG" in text else []
        days = {day for life in lives if life for day in (life.released, life.mainstream_end, life.extended_end)}
        days |= {day for id in statements for row in facts.statements_called(id) for day in (row.since, row.until)}
        found += [day for day in DAY.findall(sentence) if day not in map(str, days)]
        rest = VERSION.sub(" ", OTHER_NUMBERS.sub(" ", DAY.sub(" ", sentence)))
        ports = {port for row in facts.ports for port in row.ports}
        found += [number for number in NUMBER.findall(rest) if number not in ports]
    return found


def unheld_verdicts(text: str, statements: tuple[str, ...], facts: Facts) -> set[str]:
    """Verdict words in a text that no statement of its card has."""
    said = {match[1].lower().replace(" ", "-") for match in VERDICT.finditer(text)}
    return said - {row.verdict.value for id in statements for row in facts.statements_called(id)} - {"unknown"}


TEXTS = [
    (card.id, label, text, card.statements) for card in CARDS for label, text in (("claim", card.claim), *card.answers)
]
TEXTS += [(row.id, "correction", row.correction, row.statements) for row in TEACHING.misconceptions]
TEXTS += [(row.id, "belief", row.belief, row.statements) for row in TEACHING.misconceptions]


@pytest.mark.parametrize(("id", "label", "text", "statements"), TEXTS, ids=[f"{one[0]}-{one[1]}" for one in TEXTS])
def test_no_sentence_names_a_day_a_port_or_a_number_that_the_facts_do_not_have(
    id: str, label: str, text: str, statements: tuple[str, ...]
) -> None:
    assert unknown_literals(text, statements, FACTS) == []


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_the_verdicts_that_a_card_names_are_those_of_its_statements(card: Objection) -> None:
    for label, text in card.answers:
        if label != "At its strongest":  # that is what the other side says
            assert unheld_verdicts(text, card.statements, FACTS) == set(), label


@pytest.mark.parametrize("row", TEACHING.misconceptions, ids=lambda row: row.id)
def test_the_verdicts_that_a_correction_names_are_those_of_its_statements(row: Misconception) -> None:
    assert unheld_verdicts(row.correction, row.statements, FACTS) == set()


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("Support of 2010 ended on 2020-01-14.", ["2020-01-14"]),
        ("Support of 2013 ended on 2020-10-13.", ["2020-10-13"]),
        ("Open 26 from the proxy to Exchange.", ["26"]),
        ("Open 6005-59530 on a server of 2010.", ["6005-59530"]),
        ("Open 443 and 50636; 2010 ended on 2020-10-13.", []),
        ("TMG ended on 2020-04-15.", ["2020-04-15"]),
    ],
)
def test_a_planted_literal_is_found(planted: str, found: list[str]) -> None:
    assert unknown_literals(planted, (), FACTS) == found


def test_a_planted_verdict_is_found() -> None:
    assert unheld_verdicts("It is not recommended.", ("cas-in-perimeter",), FACTS) == {"not-recommended"}
    assert unheld_verdicts("It is unsupported.", ("cas-in-perimeter",), FACTS) == set()


def test_a_card_takes_its_verdicts_from_the_facts_of_the_day() -> None:
    (ruling,) = [one for one in cards.rulings(EVERY["pen-test-passed"], FACTS) if one.statement == "cas-in-perimeter"]
    assert ruling.verdicts == ((Verdict.UNSUPPORTED, "2007 to 2013"),)
    (ended,) = [one for one in cards.rulings(EVERY["proxy-is-end-of-life"], FACTS) if one.statement == "tmg-after-eol"]
    assert ended.verdicts == (
        (Verdict.UNSUPPORTED, "2013 to SE from 2020-04-15"),
        (Verdict.NOT_RECOMMENDED, "2007, 2010 from 2020-04-15"),
    )
    (dated,) = [
        one for one in cards.rulings(EVERY["no-inbound-rule-at-all"], FACTS) if one.statement == "entra-proxy-owa"
    ]
    assert (Verdict.UNSUPPORTED, "2013 to SE from 2024-04-23") in dated.verdicts


def test_a_card_reads_as_html_and_as_text_with_all_its_parts_and_sources() -> None:
    for one in CARDS:
        shown = cards.card(one, FACTS)
        for label, text in one.answers:
            assert f"{label}: {text}" in repr(shown)
            assert label in shown.html
        for id in one.sources:
            assert FACTS.source(id).title in repr(shown) and FACTS.source(id).url in repr(shown)


# Reports name the cards that are met.

WALLED = judge(CUSTOMERS / "cas-in-perimeter-2007.yaml")


def named_in(html: str) -> list[str]:
    return re.findall(r'href="#objection-([a-z0-9.-]+)"', html)


def answered_in(html: str) -> list[str]:
    return re.findall(r'id="objection-([a-z0-9.-]+)"', html)


def shown(judged: Judged) -> str:
    return "".join(section(judged).html for section in (report.verdicts, report.life_cycle, report.passed))


@pytest.mark.parametrize("file", sorted(CUSTOMERS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_report_holds_the_cards_that_its_findings_name_each_once_and_no_other(file: Path) -> None:
    html = shown(judge(file))
    assert set(named_in(html)) == set(answered_in(html))
    assert len(answered_in(html)) == len(set(answered_in(html)))


@pytest.mark.parametrize("file", sorted(CUSTOMERS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_finding_names_the_cards_of_its_statement(file: Path) -> None:
    judged = judge(file)
    versions = {server.version for server in judged.topology.servers}
    for finding in judged.advice.findings:
        named = judged.objections_on(finding)
        if finding.verdict in (Verdict.SUPPORTED, Verdict.UNKNOWN):
            assert named == ()
        else:
            wanted = [one for one in CARDS if finding.statement in one.statements]
            assert list(named) == [one for one in wanted if not one.versions or versions & set(one.versions)]


def test_a_card_in_a_report_can_be_read_there_in_full() -> None:
    html = report.verdicts(WALLED).html
    for one in WALLED.objections:
        for _, text in one.answers:
            assert text.replace("'", "&#39;").replace('"', "&#34;") in html
    assert "pen-test-passed" in answered_in(html) and "thin-since-2013" not in answered_in(html)


def test_the_text_of_a_report_says_how_to_call_a_card() -> None:
    assert "Objection: Our penetration test of this layout passed. (exkit objections pen-test-passed)" in repr(
        report.verdicts(WALLED)
    )


def test_what_is_sound_calls_for_no_card() -> None:
    sound = judge(CUSTOMERS / "recommended-2010.yaml")
    assert sound.objections == () and problems(sound.advice.of("topology")) == ()
    assert "people object" not in shown(sound)


def test_the_published_result_knows_nothing_of_cards() -> None:
    topology = read(CUSTOMERS / "cas-in-perimeter-2007.yaml").topology
    result = str(advise(topology, FACTS, WALLED.advice.as_of).to_dict())
    assert "objection" not in result and "pen-test" not in result


def test_a_report_is_made_anew_when_a_card_changed() -> None:
    inputs = common_inputs(ROOT / "notebooks" / "20_customer_report.ipynb", None, "")
    assert inputs["objections"] == digest((teaching_folder() / "objections.csv").read_bytes())


def test_cards_are_chosen_by_statement_and_version() -> None:
    assert objections_to(CARDS, [], Version) == ()
    hub = EVERY["hub-with-port-25"]
    assert hub in objections_to(CARDS, ["hub-in-perimeter"], [Version.V2010])
    assert hub not in objections_to(CARDS, ["hub-in-perimeter"], [Version.SE])
    assert EVERY["zero-trust"] in objections_to(CARDS, ["firewall-exchange-to-dc"], [])


def test_cards_are_read_once_and_again_when_their_file_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exkit.report.judged.teaching_folder", lambda: folder)
    monkeypatch.setattr("exkit.teaching.teaching_folder", lambda: folder)
    first = cards_of_today()
    assert cards_of_today() is first
    change(folder, "objections.csv", "claim", "Nobody says this.", id="zero-trust")
    assert objection_named(cards_of_today(), "zero-trust").claim == "Nobody says this."


# The command.


def test_the_command_lists_every_card_by_id_and_claim() -> None:
    told = exkit("objections")
    assert told.returncode == 0
    flat = " ".join(told.stdout.split())
    assert all(one.id in told.stdout and one.claim in flat for one in CARDS)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_the_command_shows_a_card_in_full(card: Objection) -> None:
    told = exkit("objections", card.id.upper(), COLUMNS="100")
    assert told.returncode == 0 and told.stderr == ""
    flat = " ".join(told.stdout.split())
    for label, text in card.answers:
        assert f"{label}: {text}" in flat
    for id in card.statements:
        assert re.search(rf"{id}: [^A-Za-z]*(unsupported|not recommended|conditional|supported)", flat), id
    assert max(len(line) for line in told.stdout.splitlines() if "://" not in line) <= 100


def test_an_unknown_card_is_told_with_the_nearest_one() -> None:
    told = exkit("objections", "zero-thrust")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == "exkit: 'zero-thrust' is no objection card; nearest: zero-trust\n"
    assert "there are auditors-want-a-firewall, " in exkit("objections", "?").stderr


def test_a_page_is_written_whole_to_the_file_that_was_named(tmp_path: Path) -> None:
    told = exkit("objections", "zero-trust", "--out", "card.html", cwd=tmp_path)
    assert (told.returncode, told.stdout) == (0, "card.html\n")
    page = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "<title>Zero trust means" in page
    assert "default-src 'none'" in page and "<script" not in page
    assert [file.name for file in tmp_path.iterdir()] == ["card.html"]


def test_a_page_without_a_card_or_a_place_is_refused(tmp_path: Path) -> None:
    told = exkit("objections", "--out", "card.html", cwd=tmp_path)
    assert told.returncode == 2 and "--out: name the card to write" in told.stderr
    told = exkit("objections", "zero-trust", "--out", "nowhere/card.html", cwd=tmp_path)
    assert told.returncode == 2 and "nowhere" in told.stderr and "Traceback" not in told.stderr
    assert list(tmp_path.iterdir()) == []
