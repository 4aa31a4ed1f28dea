"""The minutes of a workshop: what stands, what was decided by whom and why, what is open or parked, what was done.

One outline, written as Markdown and as a Word document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exkit.diagram.wording import clean
from exkit.report.judged import Group, Judged, grouped, problems
from exkit.report.sentences import lifecycle_sentence, nothing_sentence, topology_sentence
from exkit.report.words import names
from exkit.verdict import Verdict
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
    groups = grouped(problems(advice.findings), judged.facts)
    told = tuple((one.lead.verdict, _about(one), one.lead.fix) for one in groups)
    yield _table("What has to change", ("Verdict", "What", "What puts it right"), told, nothing_sentence(judged))
    asks = tuple((one.question.text if one.question else one.summary, names(one.subjects)) for one in advice.questions)
    yield _table("Open questions", ("Question", "About"), asks, "No question is open.")
    yield _table(
        "Parked", ("What", "Who", "State"), tuple(_parked(note) for note in session.parked), "Nothing was parked."
    )
    if session.topology.assumptions:
        yield Part("Assumptions", tuple(map(clean, session.topology.assumptions)))
    done = tuple((one.when[:16].replace("T", " "), one.who, one.words) for one in session.log)
    yield _table("What was done", ("When (UTC)", "Who", "What"), done, "Nothing.")
    yield Part("Made from", (f"Topology {session.topology.digest()}", f"Knowledge {advice.knowledge}"))


def _about(group: Group) -> str:
    told = f"{group.title} ({names(group.subjects)})" if len(group.findings) > 1 else group.title
    return f"{told} Accepted: {group.lead.waiver.because}" if group.lead.waiver else told


def _parked(note: Note) -> tuple[str, ...]:
    return note.what, note.who, "settled" if note.settled else "open"


def _table(heading: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], nothing: str) -> Part:
    if not rows:
        return Part(heading, (nothing,))
    return Part(heading, (), head, tuple(tuple(_cell(cell) for cell in row) for row in rows))


def _cell(text: str) -> str:
    return text if isinstance(text, Verdict) else clean(text)


def to_markdown(session: Session, judged: Judged) -> str:
    """The minutes as Markdown. What a customer typed stays text: nothing in it is read as markup."""
    title, parts = outline(session, judged)
    told = [f"# {_escaped(title)}"]
    for part in parts:
        told.append(f"## {part.heading}")
        if part.lines:
            told.append("\n".join(f"- {_escaped(line)}" for line in part.lines))
        if part.head:
            rows = [part.head, tuple("---" for _ in part.head), *(tuple(map(_escaped, row)) for row in part.rows)]
            told.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
    return "\n\n".join(told) + "\n"


def _escaped(text: str) -> str:
    r"""Markdown that shows as the text it is, wherever in a line, an item or a cell it stands.

    >>> print(_escaped("<b> *a* | [x](javascript:1) $y$"), _escaped("1. - b"), _escaped("- a"))
    \<b\> \*a\* \| \[x\](javascript:1) \$y\$ 1\. - b \- a
    """
    if isinstance(text, Verdict):
        return text.signed
    text = re.sub(r"([\\`*_{}\[\]<>#|~&$])", r"\\\1", text)
    return re.sub(r"^(\d*)([-+.)])(?= |$)", r"\1\\\2", text)


def to_docx(session: Session, judged: Judged) -> bytes:
    """The minutes as a Word document; equal for equal sessions."""
    from exkit.export.word import begun, saved, table, write  # a fifth of a second of python-docx

    title, parts = outline(session, judged)
    document = begun(title, judged.advice.as_of, session.topology.customer)
    document.add_paragraph(title, "Title")
    for part in parts:
        document.add_heading(part.heading, 1)
        for line in part.lines:
            write(document.add_paragraph(), line)
        if part.head:
            table(document, part.head, part.rows)
    return saved(document)
