"""The minutes of a workshop: what stands, what was decided by whom and why, what is open or parked, what was done.

One outline, written as Markdown and as a Word document.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from exkit.diagram.wording import clean
from exkit.report.judged import Judged, problems
from exkit.report.sentences import lifecycle_sentence, topology_sentence
from exkit.workshop.session import Note, Session


@dataclass(frozen=True)
class Part:
    """A heading with lines, or with a table: its head and rows."""

    heading: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def outline(session: Session, judged: Judged) -> tuple[str, tuple[Part, ...]]:
    """The title, and the parts in order; all text is on one line and free of control characters."""
    return f"Workshop on Exchange: {clean(session.topology.customer)}", tuple(_parts(session, judged))


def _parts(session: Session, judged: Judged) -> Iterator[Part]:
    advice = judged.advice
    yield Part(
        "Where it stands",
        (
            f"Judged as of {advice.as_of.isoformat()}, branch {clean(session.current)}.",
            f"Topology: {advice.verdict('topology').words}. {clean(topology_sentence(judged))}",
            f"Life cycle: {advice.verdict('lifecycle').words}. {clean(lifecycle_sentence(judged))}",
        ),
    )
    rows = tuple((note.what, note.who, note.why, note.when[:16].replace("T", " ")) for note in session.decisions)
    yield _table("Decisions", ("What", "Who", "Why", "When (UTC)"), rows, "Nothing was decided.")
    wrong = problems(advice.findings)
    told = tuple((one.verdict.words, one.summary, one.fix) for one in wrong)
    yield _table("What has to change", ("Verdict", "What", "What puts it right"), told, "Nothing.")
    asks = tuple(
        (one.question.text if one.question else one.summary, ", ".join(one.subjects)) for one in advice.questions
    )
    yield _table("Open questions", ("Question", "About"), asks, "No question is open.")
    yield _table(
        "Parked", ("What", "Who", "State"), tuple(_parked(note) for note in session.parked), "Nothing was parked."
    )
    if session.topology.assumptions:
        yield Part("Assumptions", tuple(map(clean, session.topology.assumptions)))
    done = tuple((one.when[:16].replace("T", " "), one.who, one.words) for one in session.log)
    yield _table("What was done", ("When (UTC)", "Who", "What"), done, "Nothing.")
    yield Part("Made from", (f"Topology {session.topology.digest()}", f"Knowledge {advice.knowledge}"))


def _parked(note: Note) -> tuple[str, ...]:
    return note.what, note.who, "settled" if note.settled else "open"


def _table(heading: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], nothing: str) -> Part:
    if not rows:
        return Part(heading, (nothing,))
    return Part(heading, (), head, tuple(tuple(clean(cell) for cell in row) for row in rows))


def to_markdown(session: Session, judged: Judged) -> str:
    """The minutes as Markdown. What a customer typed stays text: nothing in it is read as markup."""
    title, parts = outline(session, judged)
    told = [f"# {_escaped(title)}"]
    for part in parts:
        told.append(f"## {part.heading}")
        told += [f"- {_escaped(line)}" for line in part.lines] and [
            "\n".join(f"- {_escaped(line)}" for line in part.lines)
        ]
        if part.head:
            rows = [part.head, tuple("---" for _ in part.head), *(tuple(map(_escaped, row)) for row in part.rows)]
            told.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
    return "\n\n".join(told) + "\n"


def _escaped(text: str) -> str:
    r"""Markdown that shows as the text it is.

    >>> _escaped("<b> *a* | [x](javascript:1)")
    '\\<b\\> \\*a\\* \\| \\[x\\](javascript:1)'
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", text)


def to_docx(session: Session, judged: Judged) -> bytes:
    """The minutes as a Word document."""
    from docx import Document
    from docx.shared import Pt

    title, parts = outline(session, judged)
    document = Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    document.core_properties.title = title[:250]
    document.core_properties.author = ""
    document.add_heading(title, 0)
    for part in parts:
        document.add_heading(part.heading, 1)
        for line in part.lines:
            document.add_paragraph(line)
        if part.head:
            table = document.add_table(rows=1, cols=len(part.head), style="Light Grid Accent 1")
            for cell, text in zip(table.rows[0].cells, part.head, strict=True):
                cell.text = text
            for row in part.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()
