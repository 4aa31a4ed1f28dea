"""What all Word documents of the kit have alike: A4, styles, page numbers, and tables that read well on each page."""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from exkit.diagram.wording import clean, cut, text_width
from exkit.export.zips import same_bytes
from exkit.verdict import Verdict

ACCENT = "1F5582"
MUTED = RGBColor(0x56, 0x60, 0x6C)
TEXT_WIDTH = 16.6  # cm between the margins
PADDING = 0.45  # cm that a cell leaves free beside its text
TO_FILL_IN = 3.0  # cm of a column that holds nothing yet
SHORT = 3.2  # cm; a column whose texts all fit in that is folded only where there is no room at all
LONGEST = 4.2  # cm; a longer word is broken rather than given a column that wide
CM_A_UNIT = 0.029  # of `text_width`, which measures a wider font than ours


def begun(title: str, as_of: date, customer: str, author: str = "", accent: str = ACCENT) -> Doc:
    """An empty document on A4 with styles, properties, and a footer that tells whose it is and counts the pages.

    The day of judging stands as the day of making: equal content is to give equal files.
    """
    doc = Document()
    _styles(doc, accent)
    about = doc.core_properties
    about.title, about.author, about.last_modified_by = clean(title)[:250], author, author
    about.created = about.modified = datetime(as_of.year, as_of.month, as_of.day)
    about.comments, about.language = "", "en"
    section = doc.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21 - TEXT_WIDTH) / 2)
    section.top_margin = section.bottom_margin = Cm(2)
    line = section.footer.paragraphs[0]
    _sized(line.style, 8.5)
    line.style.font.color.rgb = MUTED
    line.style.paragraph_format.tab_stops.clear_all()
    line.paragraph_format.tab_stops.add_tab_stop(Cm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    line.add_run(f"{cut(customer, 60)}, as of {as_of.isoformat()}\t")
    for code, between in (("PAGE", " / "), ("NUMPAGES", "")):
        _field(line, code)
        line.add_run(between)
    return doc


def saved(doc: Doc) -> bytes:
    """The document as a file's bytes; equal for equal documents."""
    written = io.BytesIO()
    doc.save(written)
    return same_bytes(written.getvalue())


def table(doc: Doc, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table whose heading repeats on each page, whose rows stay whole, and whose columns fit what stands in them."""
    made = doc.add_table(1, len(heads), "Report Table")
    made.autofit = False
    for cell, head in zip(made.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(head).bold = True
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in rows:
        added = made.add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text in zip(added.cells, row, strict=True):
            if isinstance(text, Verdict):
                chip(cell.paragraphs[0], text)
            else:
                write(cell.paragraphs[0], text)
    widths = fitted([[cell.text for cell in column.cells] for column in made.columns])
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
            for line in cell.paragraphs:
                line.style = doc.styles["Cell"]
    doc.add_paragraph(style="Cell")


def fitted(columns: Sequence[Sequence[str]], width: float = TEXT_WIDTH) -> list[float]:
    """How wide each column of a table is, in cm, its head first in it: together as wide as the page.

    No column is narrower than its longest word or its texts if all are short, as far as there is room, nor wider than
    its longest text while others have to fold theirs.

    >>> [round(one, 1) for one in fitted([["What", "CAS1 moves inside"], ["Why", "no firewall may stand there " * 20]])]
    [3.1, 13.5]
    """
    most = [max(map(_cm, one)) if any(one[1:]) else TO_FILL_IN for one in columns]
    words = ([_cm(word) for text in one for word in re.split(r"\s|(?<=[^\W\d]-)", text)] for one in columns)
    least = [wish if wish <= SHORT else min(LONGEST, max(one)) for wish, one in zip(most, words, strict=True)]
    if sum(least) >= width or sum(most) <= width:
        found = least if sum(least) >= width else most
        return [one * width / sum(found) for one in found]
    for _ in columns:  # each round either settles a column for good or leaves no room
        need = [wish - has for wish, has in zip(most, least, strict=True)]
        share = (width - sum(least)) / sum(map(math.sqrt, need))
        least = [has + min(lack, share * math.sqrt(lack)) for has, lack in zip(least, need, strict=True)]
    return least


def _cm(text: str) -> float:
    return text_width(text, 9) * CM_A_UNIT + PADDING


def write(paragraph: Paragraph, text: str) -> None:
    """Text into an empty paragraph, from right to left when most of its letters are."""
    run = paragraph.add_run(clean(text))
    directions = Counter(unicodedata.bidirectional(letter) for letter in run.text)
    if directions["R"] + directions["AL"] > directions["L"]:
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
        run.font.rtl = True


def chip(paragraph: Paragraph, verdict: Verdict) -> None:
    """A verdict with its sign, word and colour."""
    run = paragraph.add_run(verdict.signed)
    run.bold = True
    run.font.color.rgb = RGBColor.from_string(verdict.text_colour[1:])


def _styles(doc: Doc, accent: str) -> None:
    styles = doc.styles
    normal = styles["Normal"]
    normal.font.name = "Calibri"
    _sized(normal, 10.5)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(6), 1.15
    for name, size, before in (
        ("Title", 22, 0),
        ("Heading 1", 15, 18),
        ("Heading 2", 11.5, 12),
        ("Heading 3", 10.5, 8),
    ):
        style = styles[name]
        style.font.name, style.font.bold = "Calibri", name != "Title"
        _sized(style, size)
        style.font.color.rgb = RGBColor.from_string(accent if name == "Heading 1" else "1D232B")
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(4)
        style.paragraph_format.keep_with_next = True
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            if "Theme" in attribute:
                del fonts.attrib[attribute]
        for border in style.element.xpath(".//w:pBdr"):
            border.getparent().remove(border)
    for name in ("Byline", "Answer", "Lead", "Cell", "Detail", "Picture"):
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = normal
        made.quick_style = True
    styles["Byline"].font.color.rgb = MUTED
    _sized(styles["Answer"], 11.5)
    styles["Lead"].paragraph_format.keep_with_next = True
    styles["Picture"].paragraph_format.keep_with_next = True
    styles["Caption"].font.color.rgb, styles["Caption"].font.bold = MUTED, False
    cell = styles["Cell"]
    _sized(cell, 9)
    cell.paragraph_format.space_after, cell.paragraph_format.space_before = Pt(2), Pt(2)
    detail = styles["Detail"].paragraph_format
    detail.left_indent, detail.first_line_indent, detail.space_after = Cm(2.2), Cm(-2.2), Pt(3)
    detail.tab_stops.add_tab_stop(Cm(2.2))
    table = styles.add_style("Report Table", WD_STYLE_TYPE.TABLE)
    table.base_style = styles["Normal Table"]
    table.element.append(_rules())


def _sized(style: Any, points: float) -> None:
    """The size of a style, for Hebrew and Arabic letters too, which Word sizes apart."""
    style.font.size = Pt(points)
    properties = style.element.get_or_add_rPr()
    for old in properties.xpath("./w:szCs"):
        properties.remove(old)
    other = OxmlElement("w:szCs")
    other.set(qn("w:val"), str(round(points * 2)))
    properties.xpath("./w:sz")[0].addnext(other)


def _rules() -> Any:
    """Thin rules between rows, none between columns."""
    properties, borders = OxmlElement("w:tblPr"), OxmlElement("w:tblBorders")
    for side, size, colour in (("top", 8, "1D232B"), ("bottom", 4, "D8DCE1"), ("insideH", 4, "D8DCE1")):
        rule = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", str(size)), ("space", "0"), ("color", colour)):
            rule.set(qn(f"w:{key}"), value)
        borders.append(rule)
    properties.append(borders)
    return properties


def _field(paragraph: Paragraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
