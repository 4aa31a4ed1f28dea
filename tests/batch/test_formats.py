"""Workbooks, documents, SARIF and JUnit, opened again by the programs that read them."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import date, datetime
from pathlib import Path

import docx
import openpyxl
import pytest

from exkit import report
from exkit.advice import advise
from exkit.export.document import document
from exkit.export.sarif import sarif
from exkit.export.workbook import STATES, workbook
from exkit.intake import Loaded
from exkit.report import Judged
from exkit.report.judged import facts_of_today
from tests.command import exkit
from tests.sizes import sixty_servers
from tests.test_report import HOSTILE

CUSTOMERS = Path(__file__).parents[2] / "data" / "customers"
WRONG, SOUND = CUSTOMERS / "cas-in-perimeter-2007.yaml", CUSTOMERS / "recommended-2010.yaml"


def hostile(tmp_path: Path) -> Judged:
    file = tmp_path / "hostile.yaml"
    text = HOSTILE.replace("'<b>dmz</b>'", "'=1+1'").replace('"MBX\'1\\\\""', "'@SUM(A1)'").replace("lan", "'-lan'")
    file.write_text(text, encoding="utf-8")
    return report.judge(file)


def test_a_workbook_has_typed_cells_a_frozen_filtered_heading_and_blank_columns_to_fill_in() -> None:
    judged = report.judge(WRONG)
    book = openpyxl.load_workbook(io.BytesIO(workbook(judged)))
    assert book.sheetnames == ["Answer", "Actions", "Findings", "Ports", "Sources"]
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:{openpyxl.utils.get_column_letter(sheet.max_column)}{sheet.max_row}"
    actions = book["Actions"]
    heads = [cell.value for cell in actions[1]]
    owner, due, state = (heads.index(head) + 1 for head in ("Owner", "Due", "State"))
    problems = [
        one for one in judged.advice.findings if one.verdict.value in ("unsupported", "not-recommended", "conditional")
    ]
    assert actions.max_row - 1 == len(problems) + len(judged.advice.questions)
    for row in range(2, actions.max_row + 1):
        assert actions.cell(row, owner).value is None
        assert actions.cell(row, due).value is None
        assert actions.cell(row, due).number_format == "yyyy-mm-dd"
        assert actions.cell(row, state).value == "open"
    kinds = {check.type: check for check in actions.data_validations.dataValidation}
    assert kinds["list"].formula1 == f'"{",".join(STATES)}"'
    assert "date" in kinds
    ports = book["Ports"]
    numbers = [ports.cell(row, 3).value for row in range(2, ports.max_row + 1)]
    assert 25 in numbers
    assert isinstance(book["Answer"]["B8"].value, datetime | date)
    assert len([1 for row in book["Sources"].iter_rows(min_row=2) if row[2].hyperlink]) > 3


def test_a_workbook_holds_every_finding() -> None:
    judged = report.judge(WRONG)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(judged)))["Findings"]
    ids = [sheet.cell(row, sheet.max_column).value for row in range(2, sheet.max_row + 1)]
    assert ids == [finding.id for finding in judged.advice.findings]


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(hostile(tmp_path))))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    values = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert any("=1+1" in value for value in values)


def test_a_file_name_that_looks_like_a_formula_is_text_and_stays_text_when_the_cell_is_edited(tmp_path: Path) -> None:
    file = tmp_path / "=1+1.yaml"
    file.write_text(SOUND.read_text(encoding="utf-8").replace("Kestrel Optics", "=cmd|' /C calc'!A0"), encoding="utf-8")
    book = openpyxl.load_workbook(io.BytesIO(workbook(report.judge(file))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert "f" not in {cell.data_type for cell in cells}
    (name,) = [cell for cell in cells if cell.value == file.name]
    assert name.quotePrefix
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(("=", "+", "-", "@")))


def test_each_sheet_prints_across_a4_or_a3_with_page_numbers_its_width_on_one_page() -> None:
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook(report.judge(WRONG)))):
        assert str(sheet.page_setup.paperSize) in (sheet.PAPERSIZE_A4, sheet.PAPERSIZE_A3)
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", 1)
        assert "&P" in sheet.oddFooter.right.text


def test_the_long_id_of_a_finding_on_many_servers_makes_no_tall_row() -> None:
    advice = advise(sixty_servers(), facts_of_today(), date(2010, 6, 1))
    sixty = Judged(Loaded(advice.topology, {}, "sixty.yaml"), facts_of_today(), advice, "given")
    actions = openpyxl.load_workbook(io.BytesIO(workbook(sixty)))["Actions"]
    ids = {row: str(actions.cell(row, 9).value) for row in range(2, actions.max_row + 1)}
    assert max(map(len, ids.values())) > 200
    assert max(actions.row_dimensions[row].height for row in ids) <= 100


def test_joiners_in_names_stay_and_marks_that_turn_the_reading_direction_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "persian.yaml"
    text = SOUND.read_text(encoding="utf-8").replace("Kestrel Optics", "می\u200cخواهم")
    file.write_text(text, encoding="utf-8")
    judged = report.judge(file)
    assert "می\u200cخواهم" in docx.Document(io.BytesIO(document(judged))).paragraphs[0].text
    assert "می\u200cخواهم" in openpyxl.load_workbook(io.BytesIO(workbook(judged)))["Answer"]["A1"].value
    file.write_text(text.replace("\u200c", "\u202e"), encoding="utf-8")
    judged = report.judge(file)
    assert "\u202e" not in docx.Document(io.BytesIO(document(judged))).paragraphs[0].text
    assert "\u202e" not in openpyxl.load_workbook(io.BytesIO(workbook(judged)))["Answer"]["A1"].value


def test_columns_of_a_document_fit_what_stands_in_them_and_fill_the_page() -> None:
    read = docx.Document(io.BytesIO(document(report.judge(WRONG))))
    for table in read.tables:
        widths = [column.width.cm for column in table.columns]
        assert abs(sum(widths) - 16.6) < 0.1
        assert min(widths) > 1
    (ports,) = [table for table in read.tables if table.rows[0].cells[0].text == "From"]
    columns = {cell.text: column.width for cell, column in zip(ports.rows[0].cells, ports.columns, strict=True)}
    assert columns["Needed"] > columns["Ports"]


def test_a_document_is_made_of_styles_and_reads_in_the_order_of_the_page() -> None:
    judged = report.judge(WRONG)
    read = docx.Document(io.BytesIO(document(judged)))
    heads = [line.text for line in read.paragraphs if line.style.name == "Heading 1"]
    assert heads == [
        "What should be done first?",
        "What does the topology look like?",
        "What is wrong, and what puts it right?",
        "Which ports must be open, and what for?",
        "What do we still need to know?",
        "How long is it supported?",
        "What was checked and passed?",
        "What does this report not check?",
        "Who says so?",
        "What was this report made from?",
    ]
    assert read.paragraphs[0].style.name == "Title"
    assert read.paragraphs[0].text == report.question(judged)
    found = [line.text for line in read.paragraphs if line.style.name == "Heading 2"]
    assert found[0].startswith("✕ unsupported")
    assert len(read.inline_shapes) == 1
    assert read.inline_shapes[0].width <= read.sections[0].page_width - 2 * read.sections[0].left_margin
    for table in read.tables:
        assert table.style.name == "Report Table"
        assert table.rows[0]._tr.xpath(".//w:tblHeader")
        assert all(row._tr.xpath(".//w:cantSplit") for row in table.rows[1:])
    for name in ("Heading 1", "Heading 2", "Lead", "Picture"):
        assert read.styles[name].paragraph_format.keep_with_next
    footer = read.sections[0].footer.paragraphs[0]._p.xml
    assert "PAGE" in footer
    assert "NUMPAGES" in footer
    text = "\n".join(line.text for line in read.paragraphs)
    for finding in judged.advice.findings[:4]:
        assert finding.why in text
        assert finding.fix in text


def test_a_document_takes_what_customers_type_as_text(tmp_path: Path) -> None:
    read = docx.Document(io.BytesIO(document(hostile(tmp_path))))
    assert "<script>alert(1)</script>" in "\n".join(line.text for line in read.paragraphs)


@pytest.mark.parametrize("make", [workbook, document])
def test_office_files_are_the_same_twice(make: object) -> None:
    judged = report.judge(SOUND)
    assert make(judged) == make(judged)  # type: ignore[operator]


def test_sarif_names_file_line_rule_and_level_and_suppresses_what_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "a b.yaml"
    waiver = 'waivers: [{finding: "cas-in-perimeter@CAS1", because: "moves in May"}]\n'
    file.write_text(WRONG.read_text() + waiver)
    run = exkit("check", file, "--format", "sarif")
    log = json.loads(run.stdout)
    assert log["version"] == "2.1.0"
    (tool,) = log["runs"]
    rules = tool["tool"]["driver"]["rules"]
    results = tool["results"]
    assert [rules[one["ruleIndex"]]["id"] for one in results] == [one["ruleId"] for one in results]
    first = next(one for one in results if one["ruleId"] == "cas-in-perimeter")
    assert first["level"] == "error"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == file.as_uri()
    line = next(n for n, row in enumerate(file.read_text().splitlines(), 1) if "name: CAS1" in row)
    assert place["region"]["startLine"] == line
    assert first["suppressions"][0]["justification"] == "moves in May"
    assert not any("suppressions" in one for one in results if one is not first)
    assert {one["level"] for one in results} <= {"error", "warning", "note"}
    assert "supported" not in {one["properties"]["verdict"] for one in results}


def test_sarif_tells_of_files_that_cannot_be_judged() -> None:
    error = {"line": 2, "column": 3, "message": "unknown key", "hint": "zones"}
    (one,) = sarif([{"file": "x.yaml", "errors": [error]}])["runs"][0]["results"]
    assert one["level"] == "error"
    assert one["locations"][0]["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 3}
    assert one["message"]["text"] == "unknown key zones"


def test_junit_counts_failures_as_the_exit_status_does(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("customer: [")
    run = exkit("check", WRONG, SOUND, tmp_path / "broken.yaml", "--format", "junit")
    assert run.returncode == 2
    root = ET.fromstring(run.stdout)
    suites = {Path(suite.get("name", "")).name: suite for suite in root}
    wrong = suites[WRONG.name]
    bad = [one for one in report.judge(WRONG).advice.findings if one.verdict.value == "unsupported"]
    assert int(wrong.get("failures", "")) == len(bad) == len(wrong.findall("testcase/failure"))
    assert int(wrong.get("tests", "")) == len(report.judge(WRONG).advice.findings)
    assert suites[SOUND.name].get("failures") == "0"
    assert suites["broken.yaml"].get("errors") == "1"
    assert re.search(r"Why: .+\nFix: .+", wrong.findtext("testcase/failure") or "")
    stricter = ET.fromstring(exkit("check", SOUND, "--format", "junit", "--fail-on", "supported").stdout)
    assert stricter.get("failures") == stricter.get("tests")
