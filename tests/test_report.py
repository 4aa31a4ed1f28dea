"""The report on one customer: sections, page, and the folder of reports that a batch leaves."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from exkit import report
from exkit.batch import Made, make_reports, quiet
from exkit.batch.folders import safe_stem
from exkit.batch.run import NotebookFailed, notebook_file, run_notebook
from exkit.diagram import finding_anchor
from exkit.intake import read, write
from exkit.report import Judged, Piece
from exkit.report.judged import grouped, problems, settle
from exkit.verdict import Verdict
from tests import build, sizes

CUSTOMERS = Path(__file__).parent.parent / "data" / "customers"
WRONG, SOUND = CUSTOMERS / "cas-in-perimeter-2007.yaml", CUSTOMERS / "recommended-2010.yaml"
SECTIONS = [
    report.answer,
    report.picture,
    report.verdicts,
    report.ports,
    report.questions,
    report.life_cycle,
    report.passed,
    report.waivers,
    report.not_checked,
    report.sources,
    report.provenance,
]
EVIL = "<script>alert(1)</script>"
HOSTILE = """
customer: '"><img src=x onerror=alert(1)><script>alert(1)</script>'
as_of: 2010-06-01
zones:
  - {name: internet, kind: internet}
  - {name: '<b>dmz</b>', kind: perimeter}
  - {name: lan, kind: internal}
ad_sites: [{name: HQ}]
servers:
  - {name: '<script>alert(1)</script>', version: "2010", roles: [CAS], zone: '<b>dmz</b>', site: HQ}
  - {name: "MBX'1\\"", version: "2010", roles: [MBX, HT], zone: lan, site: HQ, os: "<i>nt</i>"}
firewalls:
  - {name: '</style></svg>', between: ['<b>dmz</b>', lan], kind: network, allow: []}
assumptions: ['<script>alert(1)</script>']
waivers: [{finding: '<script>alert(1)</script>', because: '<script>alert(1)</script>', expires: 2011-01-01}]
"""


class Seen(HTMLParser):
    """What a browser would make of a page: tags with their attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data


def judged(tmp_path: Path, text: str) -> Judged:
    file = tmp_path / "customer.yaml"
    file.write_text(text, encoding="utf-8")
    return report.judge(file)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, Path]]:
    """One batch for all tests: a sound customer, a wrong one, a hostile one, and a file that cannot be judged."""
    folder = tmp_path_factory.mktemp("batch")
    inputs, out = folder / "in", folder / "out"
    inputs.mkdir()
    (inputs / "hostile <b>.yaml").write_text(HOSTILE, encoding="utf-8")
    (inputs / "broken.yaml").write_text("customer: <script>\nzonez: []\n", encoding="utf-8")
    files = [SOUND, WRONG, inputs / "hostile <b>.yaml", inputs / "broken.yaml"]
    yield make_reports(files, out, progress=quiet), out


def test_every_section_reads_as_html_and_as_text() -> None:
    for section in SECTIONS:
        piece = section(report.judge(WRONG))
        assert piece._repr_html_().startswith("<div")
        assert repr(piece) == piece.text
        assert len(piece.text) > 20
        assert not re.search(r"</?(div|p|td|li)\b", piece.text)


def test_the_answer_gives_both_verdicts_in_words_and_signs_and_what_to_do_first() -> None:
    one = report.judge(WRONG)
    answer = report.answer(one)
    advice = one.advice
    for aspect, name in (("topology", "Topology"), ("lifecycle", "Life cycle")):
        verdict = advice.verdict(aspect)
        assert f"{name}: {verdict.sign} {verdict.words}." in answer.text
    assert advice.verdict("topology") is Verdict.UNSUPPORTED
    first = next(finding for finding in advice.findings if finding.statement == "cas-in-perimeter")
    assert f"1. {first.fix}" in answer.text
    assert f'href="#{finding_anchor(first.id)}"' in answer.html


def test_the_first_screen_says_why_the_client_access_server_must_go_and_who_says_so() -> None:
    one = report.judge(WRONG)
    html, text = report.answer(one).html, report.answer(one).text
    first = html[html.index("<li>") : html.index("</li>")]
    for words in ("reverse proxy", "stands in the perimeter network", "full access to all mailboxes", "Exchange Team"):
        assert words in first, words
    assert html.count("full access to all mailboxes") == 1 and "full access to all mailboxes" in text
    found = report.verdicts(one).html
    assert found.index("cas-in-perimeter") < found.index("firewall-between-cas-and-mbx"), "in the order of the answer"


def test_a_sound_topology_asks_for_no_change() -> None:
    answer = report.answer(report.judge(SOUND))
    assert "Topology: ✓ supported." in answer.text
    assert "Nothing has to change" in answer.text


def test_where_too_little_is_known_or_a_fault_was_accepted_no_report_says_that_nothing_has_to_change(
    tmp_path: Path,
) -> None:
    blank = tmp_path / "blank.yaml"
    blank.write_text("customer: Contoso\nzones: [{name: lan, kind: internal}]\n", encoding="utf-8")
    accepted = tmp_path / "accepted.yaml"
    waivers = "".join(
        f'\n  - {{finding: "{one.id}", subjects: [{", ".join(one.subjects)}], because: "moves in May"}}'
        for one in problems(report.judge(WRONG).advice.findings)
    )
    accepted.write_text(f"{WRONG.read_text(encoding='utf-8')}\nwaivers:{waivers}\n", encoding="utf-8")
    for file, told in ((blank, "too little is known"), (accepted, "but what the customer accepted")):
        answer = report.answer(report.judge(file))
        for shown in (answer.text, answer.html):
            assert "Nothing has to change." not in shown
            assert told in shown


def test_every_finding_has_its_place_in_the_report_exactly_once() -> None:
    for file in (WRONG, SOUND, CUSTOMERS / "single-server-direct-mail-2010.yaml"):
        one = report.judge(file)
        html = "".join(section(one).html for section in SECTIONS)
        for finding in one.advice.findings:
            assert html.count(f'id="{finding_anchor(finding.id)}"') == 1, finding.id


def test_evidence_names_file_and_line(tmp_path: Path) -> None:
    text = report.verdicts(report.judge(WRONG)).text
    line = next(n for n, row in enumerate(WRONG.read_text().splitlines(), 1) if "name: CAS1" in row)
    assert f"servers.CAS1.zone = dmz (cas-in-perimeter-2007.yaml:{line})" in text


def test_findings_that_say_the_same_are_told_once_and_keep_their_evidence() -> None:
    servers = [build.host(f"CAS{number}", "CAS", "dmz", version="2010") for number in range(1, 5)]
    advice = build.advice(*servers, build.host("MBX1", "MBX HT", version="2010"))
    same = [finding for finding in advice.findings if finding.statement == "cas-in-perimeter"]
    groups = list(grouped(same, build.facts()))
    assert len(same) == 4
    assert [len(group.findings) for group in groups] == [4]
    assert groups[0].subjects == ("CAS1", "CAS2", "CAS3", "CAS4")


def test_a_recalled_source_is_shown_as_recalled() -> None:
    told = "recalled, not read: check before you rely on it"
    one = report.judge(WRONG)
    assert told not in report.verdicts(one).html + report.verdicts(one).text
    first = one.advice.findings[0]
    recalled = replace(first, sources=tuple(replace(note, confidence="recalled") for note in first.sources))
    other = replace(one, advice=replace(one.advice, findings=(recalled, *one.advice.findings[1:])))
    piece = report.verdicts(other)
    assert told in piece.html
    assert told in piece.text
    assert "This verdict is recalled, not read" in piece.html


def test_recalled_ports_and_dates_are_shown_as_recalled() -> None:
    one = report.judge(WRONG)
    assert any(row.confidence == "recalled" for row in one.open_ports)
    assert "(recalled, not read)" in report.ports(one).html
    assert "(recalled, not read)" in report.ports(one).text


def test_open_questions_name_the_field_and_the_answers_it_takes(tmp_path: Path) -> None:
    text = write(build.topology(build.host("CAS1", "CAS HT MBX", None, version="2010"), build.host("DC1", "DC")))
    one = judged(tmp_path, text)
    assert one.advice.questions
    piece = report.questions(one)
    for finding in one.advice.questions:
        assert finding.question is not None
        assert finding.question.field in piece.text
        assert all(answer in piece.text for answer in finding.question.allowed)


def test_a_waiver_shows_who_and_until_when_and_changes_no_verdict(tmp_path: Path) -> None:
    waivers = """
waivers:
  - {finding: "cas-in-perimeter@CAS1", because: "moves in May", approved_by: "J. Doe", expires: 2010-05-31}
  - {finding: "cas-in-perimeter@CAS9", because: "long gone", expires: 2009-01-31}
"""
    one = judged(tmp_path, WRONG.read_text() + waivers)
    text = report.waivers(one).text
    assert "cas-in-perimeter@CAS1: in force; moves in May; approved by J. Doe; until 2010-05-31" in text
    assert "cas-in-perimeter@CAS9: expired" in text
    assert "Accepted findings: 1" in report.answer(one).text
    assert one.advice.verdict("topology") is Verdict.UNSUPPORTED


def test_ports_that_nothing_may_filter_are_told_apart_from_those_that_a_firewall_should() -> None:
    text = report.ports(report.judge(WRONG)).text
    assert re.search(r"inner: every port, both ways, between .*CAS1", text)
    assert re.search(r"HUB1 -> EDGE1: .*50636/tcp", text)


def test_the_report_says_what_it_does_not_check() -> None:
    text = report.not_checked(report.judge(SOUND)).text
    assert "logs on to no server" in text
    assert text.count("\n") > 8


def test_provenance_names_program_knowledge_topology_and_where_the_date_came_from() -> None:
    one = report.judge(SOUND)
    text = report.provenance(one).text
    for word in (one.topology.digest(), one.advice.knowledge, "0.1.0", "2010-06-01 (taken from the topology file)"):
        assert word in text
    assert "given when the report was made" in report.provenance(report.judge(SOUND, "2012-01-01")).text


def test_the_date_is_settled_by_the_call_then_the_file_then_today() -> None:
    bare = build.topology(build.host("DC1", "DC"))
    dated = build.topology(build.host("DC1", "DC"), as_of="2009-02-03")
    assert settle("2010-06-01", dated) == (date(2010, 6, 1), "given")
    assert settle("", dated) == (date(2009, 2, 3), "file")
    assert settle(None, bare) == (date.today(), "today")
    with pytest.raises(ValueError, match=r"'June 2010'.*2010-06-01"):
        settle("June 2010", bare)


def test_what_a_customer_typed_comes_out_as_text(tmp_path: Path) -> None:
    one = judged(tmp_path, HOSTILE)
    for section in SECTIONS:
        seen = Seen(section(one).html)
        assert not {"script", "img", "b", "i"} & {tag for tag, _ in seen.tags}, section.__name__
        assert not any(name.startswith("on") for _, attrs in seen.tags for name in attrs)
        assert all(re.match(r"#|https?://", attrs["href"]) for _, attrs in seen.tags if "href" in attrs)
    assert EVIL in Seen(report.verdicts(one).html).text
    assert EVIL in Seen(report.waivers(one).html).text


def test_headings_of_sections_go_down_by_one_level_at_a_time(made: tuple[Made, Path]) -> None:
    _, out = made
    for page in ("recommended-2010", "cas-in-perimeter-2007"):
        seen = Seen((out / page / "report.html").read_text(encoding="utf-8"))
        levels = [int(tag[1]) for tag, _ in seen.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def test_the_page_has_every_section_in_order_and_no_code(made: tuple[Made, Path]) -> None:
    _, out = made
    html = (out / "cas-in-perimeter-2007" / "report.html").read_text(encoding="utf-8")
    asked = [re.sub("<.*?>", "", head) for head in re.findall(r"<h2.*?</h2>", html)]
    assert asked == [
        "What should be done first?",
        "What does the topology look like?",
        "What is wrong, and what puts it right?",
        "Which ports must be open, and what for?",
        "What do we still need to know?",
        "How long is it supported?",
        "What was checked and passed?",
        "What did the customer accept as it is?",
        "What does this report not check?",
        "Who says so?",
        "What was this report made from?",
    ]
    assert "<h1>Is the Exchange topology of Marl Street Brewery supported?</h1>" in html
    assert "report.judge(" not in html
    assert "topology_file" not in html


def test_tables_have_captions_and_scopes_and_every_id_is_there_once(made: tuple[Made, Path]) -> None:
    _, out = made
    for file in (*out.glob("*/report.html"), out / "index.html"):
        seen = Seen(file.read_text(encoding="utf-8"))
        ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), file
        count = [tag for tag, _ in seen.tags].count
        assert count("table") == count("caption")
        assert all(attrs.get("scope") in ("col", "row") for tag, attrs in seen.tags if tag == "th")
        targets = {attrs["href"][1:] for _, attrs in seen.tags if attrs.get("href", "").startswith("#")}
        assert targets <= set(ids)


def test_a_page_loads_nothing_from_anywhere(made: tuple[Made, Path]) -> None:
    _, out = made
    for file in (*out.glob("*/report.html"), out / "index.html"):
        html = file.read_text(encoding="utf-8")
        seen = Seen(html)
        found = {tag for tag, _ in seen.tags}
        assert {"link", "iframe", "object"}.isdisjoint(found)
        assert ("script" in found) is (file.name == "index.html")  # the one of ours, and its hash is all that may run
        assert not re.search(r"(?i)@import|url\((?!#)", html)
        loading = [attrs for _, attrs in seen.tags if "src" in attrs or "srcset" in attrs or "data" in attrs]
        assert all(attrs.get("src", "").startswith("data:") for attrs in loading)
        assert "default-src 'none'" in html


def test_a_batch_writes_four_files_a_customer_and_an_index(made: tuple[Made, Path]) -> None:
    result, out = made
    for stem in ("recommended-2010", "cas-in-perimeter-2007", "hostile _b_"):
        found = {file.name for file in (out / stem).iterdir()}
        assert found == {"report.html", "report.ipynb", "result.json", "topology.svg", "manifest.json", "input"}
    assert result.index == out / "index.html"
    assert [one.job.name for one in result.reports] == ["recommended-2010", "cas-in-perimeter-2007", "hostile _b_"]
    assert {file.name for file in out.glob(".*")} <= {".lock", ".knowledge"}


def test_result_json_is_what_exkit_check_gives(made: tuple[Made, Path]) -> None:
    _, out = made
    one = report.judge(WRONG)
    written = json.loads((out / "cas-in-perimeter-2007" / "result.json").read_text())
    assert written == json.loads(json.dumps(one.advice.to_dict(str(WRONG), one.loaded.lines)))


def test_a_file_that_cannot_be_judged_is_told_of_and_the_others_get_their_reports(made: tuple[Made, Path]) -> None:
    result, out = made
    assert len(result.errors) == 1
    assert "zonez" in result.errors[0].told
    assert json.loads((out / "broken" / "result.json").read_text())["errors"][0]["line"] == 2
    assert {file.name for file in (out / "broken").iterdir()} == {"result.json", "manifest.json"}
    seen = Seen(result.index.read_text(encoding="utf-8"))
    assert "broken.yaml:2:" in seen.text
    assert not {"b", "img"} & {tag for tag, _ in seen.tags}
    assert [tag for tag, _ in seen.tags].count("script") == 1


def test_the_index_links_every_report_worst_first(made: tuple[Made, Path]) -> None:
    result, _out = made
    seen = Seen(result.index.read_text(encoding="utf-8"))
    links = [attrs["href"] for tag, attrs in seen.tags if tag == "a" and attrs["href"].endswith("report.html")][:3]
    assert set(links) == {
        "hostile%20_b_/report.html",
        "cas-in-perimeter-2007/report.html",
        "recommended-2010/report.html",
    }
    assert links[-1] == "recommended-2010/report.html"


def test_the_run_notebook_holds_no_folder_of_this_machine_and_runs_again_where_it_stands(
    made: tuple[Made, Path],
) -> None:
    _, out = made
    text = (out / "cas-in-perimeter-2007" / "report.ipynb").read_text(encoding="utf-8")
    assert str(out) not in text
    assert "papermill" not in json.loads(text)["metadata"]
    source = "".join(line for cell in json.loads(text)["cells"] for line in cell["source"])
    way = re.search(r'topology_file = "(.*cas-in-perimeter-2007\.yaml)"', source)
    assert way is not None
    assert (out / "cas-in-perimeter-2007" / way[1]).read_bytes() == WRONG.read_bytes()


def test_the_same_file_gives_the_same_report_byte_for_byte(made: tuple[Made, Path], tmp_path: Path) -> None:
    _, out = made
    make_reports([SOUND], tmp_path / "a" / "b", progress=quiet)
    for name in ("report.html", "result.json", "topology.svg"):
        assert (tmp_path / "a" / "b" / SOUND.stem / name).read_bytes() == (out / SOUND.stem / name).read_bytes(), name


def test_two_files_that_would_share_a_folder_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    files = [tmp_path / "a" / "Contoso.yaml", tmp_path / "b" / "contoso.yaml"]
    with pytest.raises(ValueError, match=r"share one: .*a/Contoso\.yaml and .*b/contoso\.yaml"):
        make_reports(files, tmp_path / "out", progress=quiet)
    assert not (tmp_path / "out").exists()


def test_an_unknown_parameter_is_refused_and_the_known_ones_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no parameter topology_fiel; it has as_of, title, topology_file"):
        run_notebook(notebook_file("20_customer_report.ipynb"), {"topology_fiel": "x"}, tmp_path)


def test_a_failing_cell_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(NotebookFailed) as caught:
        run_notebook(notebook_file("20_customer_report.ipynb"), {"topology_file": "missing.yaml"}, tmp_path)
    assert "20_customer_report.ipynb" in str(caught.value)
    assert "missing.yaml" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_an_old_report_goes_when_its_file_can_no_longer_be_judged(tmp_path: Path) -> None:
    file, out = tmp_path / "contoso.yaml", tmp_path / "out"
    old = out / "contoso"
    old.mkdir(parents=True)
    (old / "report.html").write_text("stale")
    (old / "notes.txt").write_text("the consultant's own")
    file.write_text("customer: [")
    result = make_reports([file], out, progress=quiet)
    assert result.errors[0].state == "refused"
    assert {path.name for path in old.iterdir()} == {"result.json", "manifest.json", "notes.txt"}


def test_progress_sees_each_report_as_it_is_done(tmp_path: Path) -> None:
    seen: list[str] = []
    file = tmp_path / "a.yaml"
    file.write_text("customer: [")

    def watch(reports: Iterator[object], total: int) -> Iterator[object]:
        seen.append(f"of {total}")
        for one in reports:
            seen.append(Path(one.job.file).name)  # type: ignore[attr-defined]
            yield one

    make_reports([file], tmp_path / "out", progress=watch)  # type: ignore[arg-type]
    assert seen == ["of 1", "a.yaml"]


@pytest.mark.parametrize("stem", ["..", ".", " ", "a/b", "nul", "x" * 300, "a\nb", "q\"'", "COM1", "-rf"])
def test_a_stem_never_leads_out_of_the_folder(stem: str, tmp_path: Path) -> None:
    folder = tmp_path / safe_stem(Path(stem.replace("/", "\\") + ".yaml"))
    folder.mkdir()
    assert folder.resolve().parent == tmp_path.resolve()


def test_the_report_stands_at_3_20_and_60_servers(tmp_path: Path) -> None:
    for topology in (sizes.three_servers(), sizes.twenty_servers(), sizes.sixty_servers()):
        one = judged(tmp_path, write(topology))
        pieces = [section(one) for section in SECTIONS]
        assert all(isinstance(piece, Piece) and piece.html for piece in pieces)
        assert sum(len(piece.html) for piece in pieces) < 1_500_000


def test_reading_a_topology_gives_what_the_report_judges() -> None:
    assert report.judge(SOUND).topology == read(SOUND).topology
