"""What a workshop leaves behind: minutes and files, with what a customer typed as text in all of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest

from exkit.advice import advise
from exkit.batch.run import notebook_file, run_notebook
from exkit.facts import load
from exkit.intake import read
from exkit.workshop.edits import Change, Refused
from exkit.workshop.journal import Journal
from exkit.workshop.minutes import to_docx, to_markdown
from exkit.workshop.session import Decide, Edit, Park, Session, Start
from exkit.workshop.taking import take
from exkit.workshop.view import judged
from tests.build import DAY

HOSTILE = "<b>|*[x](javascript:alert(1))\u202e"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    plain = read(Path("data/customers/recommended-2010.yaml")).topology.to_plain()
    made = Journal(tmp_path / "Contoso.workshop.jsonl")
    made.append(Start(topology=plain | {"customer": HOSTILE}, origin="a pattern"), "")
    made.append(Edit(steps=(Change(section="servers", name="CAS1", field="zone", value="dmz"),)), "Ms Finch")
    made.append(Edit(steps=(Change(section="servers", name="MBX1", field="domain_joined"),)), "Ms Finch")
    made.append(Decide(what="CAS inside", who="Ms Finch", why="no firewall may stand there"), "")
    made.append(Park(what="Certificates", who="Mr Kite"), "")
    return made


def known(journal: Journal) -> tuple[Session, Any]:
    session = journal.session
    assert session is not None
    facts = load()
    return session, judged(advise(session.topology, facts, DAY), facts, "x")


def test_the_minutes_hold_what_was_decided_by_whom_and_why_what_is_open_and_what_must_change(
    journal: Journal,
):
    text = to_markdown(*known(journal))
    for words in (
        "| CAS inside | Ms Finch | no firewall may stand there |",
        "| Certificates | Mr Kite | open |",
        "Are these servers members of a domain?",
        "CAS1 holds the Client Access role and stands in the perimeter network dmz.",
        "Topology: unsupported.",
        "CAS1: zone is now dmz",
    ):
        assert words in text
    assert "<b>" not in text and "[x](" not in text and "\u202e" not in text


def test_the_word_document_says_the_same(journal: Journal):
    document = docx.Document(io.BytesIO(to_docx(*known(journal))))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert {"CAS inside", "Ms Finch", "Certificates", "no firewall may stand there"} <= set(cells)
    assert "Decisions" in [paragraph.text for paragraph in document.paragraphs]


@pytest.mark.parametrize(
    ("what", "name", "start"),
    [
        ("yaml", "Contoso.yaml", b"customer:"),
        ("svg", "Contoso.svg", b"<"),
        ("png", "Contoso.png", b"\x89PNG"),
        ("minutes", "Contoso-minutes.md", b"# Workshop"),
        ("docx", "Contoso-minutes.docx", b"PK"),
    ],
)
def test_a_file_is_taken_out_whole_into_the_workshops_folder(journal: Journal, what: str, name: str, start: bytes):
    made = take(*known(journal), what, journal.path)
    assert made == journal.path.parent / "Contoso-workshop" / name
    assert made.read_bytes().startswith(start)
    assert [one.name for one in made.parent.iterdir()] == [name]


def test_the_yaml_that_is_taken_out_is_the_topology(journal: Journal):
    session, whole = known(journal)
    assert read(take(session, whole, "yaml", journal.path)).topology == session.topology


def test_the_report_that_is_taken_out_is_the_kits_own(journal: Journal):
    made = take(*known(journal), "report", journal.path)
    page = made.read_text(encoding="utf-8")
    assert "CAS1 holds the Client Access role" in page and "<b>|" not in page


def test_nothing_else_is_taken_out(journal: Journal):
    with pytest.raises(Refused, match="cannot be taken out"):
        take(*known(journal), "../secrets", journal.path)


def test_papermill_replays_a_journal_headless_to_the_same_topology(journal: Journal):
    run = run_notebook(notebook_file("10_workshop.ipynb"), {"topology_file": str(journal.path)}, journal.path.parent)
    told = "".join(one.data["text/plain"] for cell in run.cells for one in cell.get("outputs", ()) if "data" in one)
    session, _ = known(journal)
    assert session.topology.digest() in told and "Topology: unsupported" in told
