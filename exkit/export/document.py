"""A report as a Word document made for editing: headings, lists and tables are Word's own, in styles.

The picture stands in as an image, with the same in words below it; everything else is text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date

from docx.document import Document as Doc
from docx.shared import Cm, Length

from exkit import __version__, diagram
from exkit.advice import placement_first
from exkit.diagram.wording import clean
from exkit.export.word import ACCENT, MUTED, begun, chip, saved, table
from exkit.report.evidence import evidence
from exkit.report.judged import Group, Judged, grouped, problems
from exkit.report.not_checked import NOT_CHECKED
from exkit.report.page import House
from exkit.report.sections import merged, question
from exkit.report.sentences import first_steps, lifecycle_sentence, nothing_sentence, topology_sentence
from exkit.report.words import confidence, day, names
from exkit.verdict import Verdict


def document(judged: Judged, house: House | None = None) -> bytes:
    """The document as a file's bytes; equal for equal reports."""
    written = _Written(judged, house)
    written.all()
    return saved(written.doc)


class _Written:
    """A document that grows section by section, in the order of the page."""

    def __init__(self, judged: Judged, house: House | None) -> None:
        self.judged, self.house = judged, house
        accent = (house.look.accent if house else "").removeprefix("#") or ACCENT
        self.doc = begun(
            question(judged), judged.advice.as_of, judged.topology.customer, f"exkit {__version__}", accent.upper()
        )
        if house and (house.look.company or house.look.logo):
            _head(self.doc, house)

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
        if not fine:
            self.doc.add_paragraph("Nothing passed.")
        self.heading("What does this report not check?")
        for line in NOT_CHECKED:
            self.doc.add_paragraph(clean(line), "List Bullet")
        self.heading("Who says so?")
        for title, url in judged.references:
            self.doc.add_paragraph(clean(f"{title}{', ' + url if url else ''}"), "List Number 2")
        if not judged.references:
            self.doc.add_paragraph("Nobody: nothing was judged.")
        self.heading("What was this report made from?")
        table(
            self.doc,
            ["What", "Value"],
            [
                ["Topology file", judged.file],
                ["As-of date", judged.advice.as_of.isoformat()],
                ["Topology", judged.topology.digest()],
                ["Knowledge", judged.advice.knowledge],
                ["exkit", __version__],
            ],
        )
        for text in self.house.last if self.house else ():
            self.markdown(text)
        if self.house and self.house.look.footer:
            self.doc.add_paragraph(clean(self.house.look.footer), "Byline")

    def heading(self, text: str, level: int = 1) -> None:
        self.doc.add_heading(clean(text), level)

    def answer(self) -> None:
        judged = self.judged
        self.doc.add_paragraph(clean(question(judged)), "Title")
        self.doc.add_paragraph(clean(f"Judged as of {day(judged.advice.as_of)} from {judged.file}"), "Byline")
        for name, aspect, sentence in (
            ("Topology", "topology", topology_sentence(judged)),
            ("Life cycle", "lifecycle", lifecycle_sentence(judged)),
        ):
            told = self.doc.add_paragraph(style="Answer")
            told.add_run(f"{name}: ")
            chip(told, judged.advice.verdict(aspect))
            told.add_run(clean(f". {sentence}"))
        steps = first_steps(judged)
        if steps:
            self.heading("What should be done first?")
        for step in steps:
            why = f" {step.why}" if step is steps[0] else ""
            line = self.doc.add_paragraph(clean(step.fix), "List Number")
            line.add_run(f"  Because: {clean(step.summary + why)}").font.color.rgb = MUTED
        if not steps:
            self.doc.add_paragraph(nothing_sentence(self.judged))

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
            shape._inline.docPr.set("descr", clean(f"The topology of {self.judged.topology.customer}"))
            self.doc.add_paragraph(
                "From the Internet inwards. Verdicts are told by colour, line style and word.", "Caption"
            )
        for part in diagram.describe(self.judged.advice):
            if part.heading not in ("The answer", "Relations judged"):
                self.heading(part.heading, 3)
                for line in part.lines:
                    self.doc.add_paragraph(clean(line), "List Bullet")

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
        chip(line, group.lead.verdict)
        more = f" ({names(group.subjects)})" if len(group.findings) > 1 and style != "Heading 2" else ""
        line.add_run(f"  {clean(group.title + more)}")

    def labelled(self, label: str, text: str | None) -> None:
        if text:
            line = self.doc.add_paragraph(style="Detail")
            line.add_run(f"{label}\t").font.color.rgb = MUTED
            line.add_run(clean(text))

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
            table(
                self.doc,
                ["Device", "Hosts that reach each other through it"],
                [[device, names(hosts)] for device, hosts in sorted(wide.items())],
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
            table(self.doc, ["From", "To", "Ports", "What for", "Needed"], cells)
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
            table(self.doc, ["Question", "Field", "Answers it takes", "Answer"], cells)
        else:
            self.doc.add_paragraph("Nothing: no missing field could change a verdict.")

    def life_cycle(self) -> None:
        settled = [one for one in self.judged.advice.of("lifecycle") if one.verdict is not Verdict.UNKNOWN]
        for group in grouped(settled, self.judged.facts):
            self.verdict_line(group, "List Bullet")
        if not settled:
            self.doc.add_paragraph(f"No verdict: {lifecycle_sentence(self.judged)}")
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
            table(self.doc, ["Product", "Used by", "Mainstream support until", "Extended support until"], cells)

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


def _head(doc: Doc, house: House) -> None:
    """The house's logo and name at the top of each page."""
    head = doc.sections[0].header.paragraphs[0]
    if house.look.logo and house.look.logo_type != "image/svg+xml":  # Word shows no SVG in all its versions
        head.add_run().add_picture(io.BytesIO(house.look.logo), height=Cm(1))
        head.add_run("  ")
    head.add_run(clean(house.look.company)).font.color.rgb = MUTED


def _day(value: date | None) -> str:
    return value.isoformat() if value else "not known"


def _unescaped(text: str) -> str:
    import re

    return clean(re.sub(r"\\([\\`*_{}\[\]()#+\-.!<>|~])", r"\1", text))
