"""A report as an Excel workbook: what to do, with blank owner and date columns, all findings, ports, and sources.

Cells are typed, headings frozen and filtered. What a customer typed is always text, never a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from exkit import __version__
from exkit.diagram.wording import clean, text_width
from exkit.export.zips import same_bytes
from exkit.report.judged import Judged, problems
from exkit.report.sections import merged, question
from exkit.report.sentences import lifecycle_sentence, topology_sentence
from exkit.verdict import Verdict

MOST = 32_767  # characters in a cell, by Excel's rule
NARROWER = 0.86  # our letters against those that `text_width` measures, with what folding at words loses
FORMULA = ("=", "+", "-", "@")  # what Excel reads as a formula when it is typed
STATES = ("open", "in progress", "done", "accepted", "not ours")


@dataclass(frozen=True)
class Column:
    """A heading, its width in digits and the size of its letters: small for what only programs read."""

    head: str
    width: int
    size: int = 11


def workbook(judged: Judged) -> bytes:
    """The workbook as a file's bytes; equal for equal reports."""
    book = Workbook()
    answer = book.active
    assert isinstance(answer, Worksheet)
    _answer(answer, judged)
    _actions(book.create_sheet("Actions"), judged)
    _findings(book.create_sheet("Findings"), judged)
    _ports(book.create_sheet("Ports"), judged)
    _sources(book.create_sheet("Sources"), judged)
    book.properties.creator = f"exkit {__version__}"
    book.properties.title, book.properties.language = _text(question(judged)), "en"
    book.properties.created = book.properties.modified = datetime(*judged.advice.as_of.timetuple()[:3])
    written = io.BytesIO()
    book.save(written)
    return same_bytes(written.getvalue())


def _answer(sheet: Worksheet, judged: Judged) -> None:
    sheet.title = "Answer"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 90
    advice = judged.advice
    rows: list[tuple[str, Any]] = [
        ("Topology", advice.verdict("topology").signed),
        ("", topology_sentence(judged)),
        ("Life cycle", advice.verdict("lifecycle").signed),
        ("", lifecycle_sentence(judged)),
        ("Open questions", len(advice.questions)),
        ("Judged as of", advice.as_of),
        ("Topology file", judged.file),
        ("Knowledge", advice.knowledge),
        ("exkit", __version__),
    ]
    sheet.merge_cells("A1:B1")
    _put(sheet["A1"], question(judged))
    sheet["A1"].font = _font(size=16, bold=True)
    sheet["A1"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[1].height = _height([question(judged)], [Column("", 112, size=16)])
    for number, (name, value) in enumerate(rows, start=3):
        label = sheet.cell(number, 1, name)
        label.font, label.alignment = _font(color="56606C"), Alignment(vertical="top")
        cell = sheet.cell(number, 2)
        _put(cell, value)
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
        cell.font = _font()
        sheet.row_dimensions[number].height = 15.0 * max(1, -(-len(str(value)) // 88))
    sheet.sheet_view.showGridLines = False
    _page(sheet, sheet.PAPERSIZE_A4)
    _coloured(sheet, "B3:B6")


def _actions(sheet: Worksheet, judged: Judged) -> None:
    """One row for each thing to do, worst first; owner, due date, state and note are for the customer to fill in."""
    open_ones = problems(judged.advice.findings)
    columns = [Column("No.", 5), Column("Verdict", 17), Column("What to do", 46), Column("Because", 40)]
    columns += [
        Column("Owner", 16),
        Column("Due", 12),
        Column("State", 12),
        Column("Note", 24),
        Column("Finding", 36, size=8),
    ]
    rows = [
        (
            number,
            one.verdict.signed,
            one.fix or (one.condition and f"See to it that: {one.condition}") or "",
            one.summary,
            None,
            None,
            "accepted" if one.waiver else "open",
            f"Accepted: {one.waiver.because}" if one.waiver else None,
            one.id,
        )
        for number, one in enumerate(open_ones, start=1)
    ]
    questions = [
        (number, one.verdict.signed, one.question.text if one.question else one.summary, one.why, None, None, "open",
         f"Field {one.question.field}" if one.question else None, one.id)
        for number, one in enumerate(judged.advice.questions, start=len(rows) + 1)
    ]  # fmt: skip
    _table(sheet, columns, [*rows, *questions], verdict_column=2)
    last = len(rows) + len(questions) + 1
    for row in range(2, last + 1):
        sheet.cell(row, 6).number_format = "yyyy-mm-dd"
    if last > 1:
        states = DataValidation(type="list", formula1=f'"{",".join(STATES)}"', allow_blank=True)
        days = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        days.error, days.errorTitle = "Write a date, such as 2027-03-31.", "No date"
        states.add(f"G2:G{last}")
        days.add(f"F2:F{last}")
        sheet.add_data_validation(states)
        sheet.add_data_validation(days)


def _findings(sheet: Worksheet, judged: Judged) -> None:
    columns = [Column("Verdict", 17), Column("Aspect", 11), Column("Subjects", 30), Column("Finding", 36)]
    columns += [Column("Why", 44), Column("Fix", 36), Column("Condition or question", 30), Column("Evidence", 34)]
    columns += [
        Column("Confidence", 13),
        Column("Sources", 34),
        Column("Accepted until", 12),
        Column("Id", 36, size=8),
    ]
    rows = [
        (
            one.verdict.signed,
            "life cycle" if one.aspect == "lifecycle" else one.aspect,
            ", ".join(one.subjects),
            one.summary,
            one.why,
            one.fix,
            one.condition or (one.question.text if one.question else ""),
            "\n".join(f"{item} ({judged.place(item.path)})" for item in one.evidence),
            ", ".join(dict.fromkeys(note.confidence for note in one.sources)),
            "\n".join(f"[{judged.references[note.title, note.url]}] {note.title}" for note in one.sources),
            (one.waiver.expires or "no end") if one.waiver else None,
            one.id,
        )
        for one in judged.advice.findings
    ]
    _table(sheet, columns, rows, verdict_column=1)


def _ports(sheet: Worksheet, judged: Judged) -> None:
    columns = [Column("From", 26), Column("To", 26), Column("Port", 8), Column("Last port", 8), Column("Transport", 10)]
    columns += [Column("What for", 36), Column("Needed", 12), Column("Condition", 32), Column("Crosses", 18)]
    columns += [Column("Filter", 20), Column("Confidence", 13)]
    _table(sheet, columns, list(_port_rows(judged)))


def _port_rows(judged: Judged) -> Iterable[tuple[Any, ...]]:
    told = {"any-any": "nothing may filter here", "tight": "open just this"}
    wide = [row for row in judged.open_ports if row.filter == "any-any"]
    for row in (*merged(wide), *merged(row for row in judged.open_ports if row.filter != "any-any")):
        for port in row.ports or ("any",):
            numbers, _, transport = port.partition("/")
            low, _, high = numbers.partition("-")
            yield (
                ", ".join(row.sources),
                ", ".join(row.targets),
                int(low) if low.isdecimal() else low,
                int(high or low) if low.isdecimal() else None,
                transport or None,
                row.path,
                row.need,
                row.condition,
                ", ".join(row.devices),
                told.get(row.filter, row.filter),
                row.confidence,
            )


def _sources(sheet: Worksheet, judged: Judged) -> None:
    rows = [(number, title, url) for (title, url), number in judged.references.items()]
    _table(sheet, [Column("No.", 6), Column("Title", 60), Column("Address", 80)], rows)
    for row in range(2, len(rows) + 2):
        cell = sheet.cell(row, 3)
        if str(cell.value or "").startswith(("https://", "http://")):
            cell.hyperlink = str(cell.value)
            cell.font = _font(color="1F5582", underline="single")


def _table(
    sheet: Worksheet, columns: Sequence[Column], rows: Sequence[tuple[Any, ...]], verdict_column: int | None = None
) -> None:
    """Headings that stay and filter, text that wraps, a page that prints as wide as the paper."""
    line = Border(bottom=Side(style="hair", color="D8DCE1"))
    for number, column in enumerate(columns, start=1):
        cell = sheet.cell(1, number, column.head)
        cell.font, cell.fill = _font(bold=True), PatternFill("solid", fgColor="F5F6F8")
        cell.alignment = Alignment(vertical="bottom", wrap_text=True)
        cell.border = Border(bottom=Side(style="thin", color="1D232B"))
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    for at, row in enumerate(rows, start=2):
        for number, value in enumerate(row, start=1):
            cell = sheet.cell(at, number)
            _put(cell, value)
            cell.font = _font(size=columns[number - 1].size)
            cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
            cell.border = line
        sheet.row_dimensions[at].height = _height(row, columns)
    last = get_column_letter(len(columns))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{last}{len(rows) + 1}"
    sheet.sheet_view.zoomScale = 90
    wide = sum(column.width for column in columns) > 210
    _page(sheet, sheet.PAPERSIZE_A3 if wide else sheet.PAPERSIZE_A4)
    sheet.print_title_rows = "1:1"
    if verdict_column is not None and rows:
        letter = get_column_letter(verdict_column)
        _coloured(sheet, f"{letter}2:{letter}{len(rows) + 1}")


def _put(cell: Any, value: object) -> None:
    """Text is written as text and is still text after somebody has edited the cell; days are shown as days."""
    if isinstance(value, str):
        cell.value, cell.data_type = _text(value), "s"  # so that =1+1 is text too
        cell.quotePrefix = cell.value.startswith(FORMULA)
        return
    cell.value = value
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"


def _page(sheet: Worksheet, paper: str) -> None:
    """Across the paper, as wide as it is, with its number."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", paper
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.right.text = "&P / &N"


def _font(**more: Any) -> Font:
    return Font(name="Calibri", **({"size": 11} | more))


def _height(row: Sequence[Any], columns: Sequence[Column]) -> float:
    """Points for a row's wrapped text; not every program works that out itself."""
    tall = max(
        _lines(str(value or ""), column.width, column.size) * column.size * 1.36
        for value, column in zip(row, columns, strict=True)
    )
    return min(409.0, round(tall) + 3)


@lru_cache(maxsize=1000)  # findings on servers alike say the same
def _lines(text: str, width: int, size: int) -> int:
    room = width * 5.25 - 5  # points
    return sum(max(1, -int(-text_width(line, size) * NARROWER // room)) for line in text.split("\n"))


def _coloured(sheet: Worksheet, cells: str) -> None:
    """A verdict's word in its colour, by a rule, so that it stays right when somebody edits or sorts."""
    for verdict in Verdict:
        rule = CellIsRule(
            operator="equal", formula=[f'"{verdict.signed}"'], font=Font(color=verdict.text_colour[1:], bold=True)
        )
        sheet.conditional_formatting.add(cells, rule)


def _text(value: str) -> str:
    """What a cell can hold: no control characters, no marks that turn the reading direction, and not too long."""
    return "\n".join(map(clean, value.split("\n")))[:MOST]
