"""A report as a Word document made for editing: headings, lists and tables are Word's own, in styles.

The picture stands in as an image, with the same in words below it; everything else is text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt, RGBColor
from docx.text.paragraph import Paragraph

from exkit import __version__, diagram
from exkit.advice import placement_first
from exkit.export.zips import same_bytes
from exkit.report.evidence import evidence
from exkit.report.judged import Group, Judged, grouped, problems
from exkit.report.not_checked import NOT_CHECKED
from exkit.report.page import House
from exkit.report.sections import merged, question
from exkit.report.sentences import first_steps, lifecycle_sentence, topology_sentence
from exkit.report.words import confidence, day, names, plain
from exkit.verdict import Verdict

ACCENT = "1F5582"
MUTED = RGBColor(0x56, 0x60, 0x6C)


def document(judged: Judged, house: House | None = None) -> bytes:
    """The document as a file's bytes; equal for equal reports."""
    written = _Written(judged, house)
    written.all()
    buffer = io.BytesIO()
    written.doc.save(buffer)
    return same_bytes(buffer.getvalue())


class _Written:
    """A document that grows section by section, in the order of the page."""

    def __init__(self, judged: Judged, house: House | None) -> None:
        self.judged, self.house = judged, house
        self.doc: Doc = Document()
        accent = (house.look.accent if house else "").removeprefix("#") or ACCENT
        _styles(self.doc, accent.upper())
        _page(self.doc, judged, house)
        about = self.doc.core_properties
        about.title, about.author = _clean(question(judged)), f"exkit {__version__}"
        about.created = about.modified = datetime(*judged.advice.as_of.timetuple()[:3])
        about.comments, about.language = "", "en"

    def all(self) -> None:
        judged = self.judged
        self.answer()
        for text in self.house.before if self.house else ():
            self.markdown(text)
        self.heading("What does the topology look like?")
        self.picture()
        self.heading("What is wrong, and what puts it right?")
        self.findings(grouped(placement_first(problems(judged.advice.of("topology"))), judged.facts))
        self.heading("Which ports must be open, and what for?")
        self.ports()
        self.heading("What do we still need to know?")
        self.questions()
        self.heading("How long is it supported?")
        self.life_cycle()
        self.heading("What was checked and passed?")
        fine = [one for one in judged.advice.of("topology") if one.verdict is Verdict.SUPPORTED]
        for group in grouped(fine, judged.facts):
            self.verdict_line(group, "List Bullet")
        self.heading("What does this report not check?")
        for line in NOT_CHECKED:
            self.doc.add_paragraph(_clean(line), "List Bullet")
        self.heading("Who says so?")
        for title, url in judged.references:
            self.doc.add_paragraph(_clean(f"{title}{', ' + url if url else ''}"), "List Number 2")
        self.heading("What was this report made from?")
        self.table(
            ["What", "Value"],
            [
                ["Topology file", judged.file],
                ["As-of date", judged.advice.as_of.isoformat()],
                ["Topology", judged.topology.digest()],
                ["Knowledge", judged.advice.knowledge],
                ["exkit", __version__],
            ],
            [3.5, 12.5],
        )
        for text in self.house.last if self.house else ():
            self.markdown(text)
        if self.house and self.house.look.footer:
            self.doc.add_paragraph(_clean(self.house.look.footer), "Byline")

    def heading(self, text: str, level: int = 1) -> None:
        self.doc.add_heading(_clean(text), level)

    def answer(self) -> None:
        judged = self.judged
        self.doc.add_paragraph(_clean(question(judged)), "Title")
        self.doc.add_paragraph(_clean(f"Judged as of {day(judged.advice.as_of)} from {judged.file}"), "Byline")
        for name, aspect, sentence in (
            ("Topology", "topology", topology_sentence(judged)),
            ("Life cycle", "lifecycle", lifecycle_sentence(judged)),
        ):
            told = self.doc.add_paragraph(style="Answer")
            told.add_run(f"{name}: ")
            _chip(told, judged.advice.verdict(aspect))
            told.add_run(_clean(f". {sentence}"))
        steps = first_steps(judged)
        if steps:
            self.heading("What should be done first?")
        for step in steps:
            why = f" {step.why}" if step is steps[0] else ""
            line = self.doc.add_paragraph(_clean(step.fix), "List Number")
            line.add_run(_clean(f"  Because: {step.summary}{why}")).font.color.rgb = MUTED
        if not steps:
            self.doc.add_paragraph("Nothing has to change.")

    def picture(self) -> None:
        try:
            drawn = diagram.to_png(self.judged.advice)
        except diagram.DrawingError:
            drawn = b""
        if drawn:
            holder = self.doc.add_paragraph(style="Picture")
            shape = holder.add_run().add_picture(io.BytesIO(drawn))
            scale = min(Cm(16.5) / shape.width, Cm(20) / shape.height, 1)
            shape.width, shape.height = Length(shape.width * scale), Length(shape.height * scale)
            shape._inline.docPr.set("descr", _clean(f"The topology of {self.judged.topology.customer}"))
            self.doc.add_paragraph(
                "From the Internet inwards. Verdicts are told by colour, line style and word.", "Caption"
            )
        for part in diagram.describe(self.judged.advice):
            if part.heading not in ("The answer", "Relations judged"):
                self.heading(part.heading, 3)
                for line in part.lines:
                    self.doc.add_paragraph(_clean(line), "List Bullet")

    def findings(self, groups: Iterable[Group]) -> None:
        told = False
        for group in groups:
            told = True
            lead = group.lead
            self.verdict_line(group, "Heading 2")
            if len(group.findings) > 1:
                self.labelled("Applies to", names(group.subjects))
            self.labelled("Why", lead.why)
            self.labelled("Condition", lead.condition)
            self.labelled("Fix", lead.fix)
            if lead.waiver:
                self.labelled("Accepted", lead.waiver.because)
            if lead.disagreement:
                self.labelled("But", f"{lead.disagreement.reading} {lead.disagreement.decided}")
            self.labelled("Evidence", "; ".join(f"{one.text} ({one.place})" for one in evidence(group, self.judged)))
            cited = [
                f"[{self.judged.references[note.title, note.url]}] {note.title} ({confidence(note.confidence)})"
                for note in lead.sources
            ]
            self.labelled("Sources", "; ".join(cited))
        if not told:
            self.doc.add_paragraph(
                "Nothing: no choice in this topology is unsupported, not recommended or tied to a condition."
            )

    def verdict_line(self, group: Group, style: str) -> None:
        line = self.doc.add_paragraph(style=style)
        _chip(line, group.lead.verdict)
        more = f" ({names(group.subjects)})" if len(group.findings) > 1 and style != "Heading 2" else ""
        line.add_run(_clean(f"  {group.title}{more}"))

    def labelled(self, label: str, text: str | None) -> None:
        if text:
            line = self.doc.add_paragraph(style="Detail")
            line.add_run(f"{label}\t").font.color.rgb = MUTED
            line.add_run(_clean(text))

    def ports(self) -> None:
        rows = [row for row in self.judged.open_ports if row.filter == "any-any"]
        wide: dict[str, set[str]] = {}
        for row in rows:
            for device in row.devices or ("no device is written between them",):
                wide.setdefault(device, set()).update(row.sources, row.targets)
        tight = merged(row for row in self.judged.open_ports if row.filter != "any-any")
        if wide:
            self.doc.add_paragraph(
                "Here every port must be open, both ways, and nothing may inspect or change the traffic:", "Lead"
            )
            self.table(
                ["Device", "Hosts that reach each other through it"],
                [[device, names(hosts)] for device, hosts in sorted(wide.items())],
                [4, 12],
            )
        if tight:
            self.doc.add_paragraph(
                "Elsewhere a firewall must, or may, open these; all other ports can stay closed:", "Lead"
            )
            cells = [
                [names(row.sources), names(row.targets), ", ".join(row.ports), row.path,
                 row.need + (f": {row.condition}" if row.condition else "")]
                for row in tight
            ]  # fmt: skip
            self.table(["From", "To", "Ports", "What for", "Needed"], cells, [3.2, 3.2, 2.6, 4, 3])
        if not wide and not tight:
            self.doc.add_paragraph("None that the file shows: no firewall stands between hosts that need each other.")

    def questions(self) -> None:
        cells = [
            [one.question.text, one.question.field, ", ".join(one.question.allowed) or "free text", ""]
            if one.question
            else [one.summary, "", "", ""]
            for one in self.judged.advice.questions
        ]
        if cells:
            self.table(["Question", "Field", "Answers it takes", "Answer"], cells, [6, 3.5, 3.5, 3])
        else:
            self.doc.add_paragraph("Nothing: no missing field could change a verdict.")

    def life_cycle(self) -> None:
        settled = [one for one in self.judged.advice.of("lifecycle") if one.verdict is not Verdict.UNKNOWN]
        for group in grouped(settled, self.judged.facts):
            self.verdict_line(group, "List Bullet")
        cells = [
            [
                one.name,
                names(one.used_by),
                _day(one.life.mainstream_end if one.life else None),
                _day(one.life.extended_end if one.life else None),
            ]
            for one in self.judged.timeline.products
        ]
        if cells:
            self.table(
                ["Product", "Used by", "Mainstream support until", "Extended support until"], cells, [5, 5, 3, 3]
            )

    def markdown(self, text: str) -> None:
        """A house's section: headings, lists and paragraphs; other marks stay as they are written."""
        for block in text.replace("\r\n", "\n").split("\n\n"):
            lines = block.strip().splitlines()
            if not lines:
                continue
            if lines[0].startswith("#"):
                marks = len(lines[0]) - len(lines[0].lstrip("#"))
                self.heading(_unescaped(lines[0].lstrip("# ")), max(1, min(marks - 1, 3)))
                lines = lines[1:]
            if lines and all(line.lstrip().startswith(("- ", "* ")) for line in lines):
                for line in lines:
                    self.doc.add_paragraph(_unescaped(line.lstrip()[2:]), "List Bullet")
            elif lines:
                self.doc.add_paragraph(_unescaped(" ".join(lines)))

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """A table whose heading repeats on each page and whose rows stay whole."""
        made = self.doc.add_table(1, len(heads), "Report Table")
        made.autofit = False
        for cell, head in zip(made.rows[0].cells, heads, strict=True):
            cell.paragraphs[0].add_run(head).bold = True
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        _mark(made.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
        for row in rows:
            added = made.add_row()
            _mark(added._tr.get_or_add_trPr(), "w:cantSplit")
            for cell, text in zip(added.cells, row, strict=True):
                cell.paragraphs[0].add_run(_clean(text))
        for column, width in zip(made.columns, widths, strict=True):
            column.width = Cm(width)
            for cell in column.cells:
                cell.width = Cm(width)
                for line in cell.paragraphs:
                    line.style = self.doc.styles["Cell"]
        self.doc.add_paragraph(style="Cell")


def _styles(doc: Doc, accent: str) -> None:
    styles = doc.styles
    normal = styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(6), 1.15
    for name, size, before in (
        ("Title", 22, 0),
        ("Heading 1", 15, 18),
        ("Heading 2", 11.5, 12),
        ("Heading 3", 10.5, 8),
    ):
        style = styles[name]
        style.font.name, style.font.size, style.font.bold = "Calibri", Pt(size), name != "Title"
        style.font.color.rgb = RGBColor.from_string(accent if name == "Heading 1" else "1D232B")
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(4)
        style.paragraph_format.keep_with_next = True
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            if "Theme" in attribute:
                del fonts.attrib[attribute]
        for border in style.element.xpath(".//w:pBdr"):
            border.getparent().remove(border)
    for name, base in (("Byline", "Normal"), ("Answer", "Normal"), ("Lead", "Normal"), ("Cell", "Normal"),
                       ("Detail", "Normal"), ("Picture", "Normal")):  # fmt: skip
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = styles[base]
        made.quick_style = True
    styles["Byline"].font.color.rgb = MUTED
    styles["Answer"].font.size = Pt(11.5)
    styles["Lead"].paragraph_format.keep_with_next = True
    styles["Picture"].paragraph_format.keep_with_next = True
    styles["Caption"].font.color.rgb, styles["Caption"].font.bold = MUTED, False
    cell = styles["Cell"]
    cell.font.size, cell.paragraph_format.space_after, cell.paragraph_format.space_before = Pt(9), Pt(2), Pt(2)
    detail = styles["Detail"].paragraph_format
    detail.left_indent, detail.first_line_indent, detail.space_after = Cm(2.2), Cm(-2.2), Pt(3)
    detail.tab_stops.add_tab_stop(Cm(2.2))
    table = styles.add_style("Report Table", WD_STYLE_TYPE.TABLE)
    table.base_style = styles["Normal Table"]
    table.element.append(_rules())


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


def _page(doc: Doc, judged: Judged, house: House | None) -> None:
    """A4, and a footer with customer and page numbers; the house's logo and name at the top."""
    section = doc.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    foot = section.footer.paragraphs[0]
    foot.style.font.size, foot.style.font.color.rgb = Pt(8.5), MUTED
    foot.add_run(_clean(f"{judged.topology.customer}, as of {judged.advice.as_of.isoformat()}"))
    foot.add_run("\t\t")
    for code, between in (("PAGE", " / "), ("NUMPAGES", "")):
        _field(foot, code)
        foot.add_run(between)
    if house and (house.look.company or house.look.logo):
        head = section.header.paragraphs[0]
        if house.look.logo and house.look.logo_type != "image/svg+xml":  # Word shows no SVG in all its versions
            head.add_run().add_picture(io.BytesIO(house.look.logo), height=Cm(1))
            head.add_run("  ")
        head.add_run(_clean(house.look.company)).font.color.rgb = MUTED


def _field(paragraph: Paragraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _chip(paragraph: Paragraph, verdict: Verdict) -> None:
    run = paragraph.add_run(f"{verdict.sign} {verdict.words}")
    run.bold = True
    run.font.color.rgb = RGBColor.from_string(verdict.text_colour[1:])


def _mark(properties: Any, name: str) -> None:
    properties.append(OxmlElement(name))


def _day(value: date | None) -> str:
    return value.isoformat() if value else "not known"


def _clean(text: str) -> str:
    return plain(text)


def _unescaped(text: str) -> str:
    import re

    return _clean(re.sub(r"\\([\\`*_{}\[\]()#+\-.!<>|~])", r"\1", text))
