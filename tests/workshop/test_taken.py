"""What a workshop leaves behind: minutes and files, with what a customer typed as text in all of them."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path
from typing import Any

import docx
import mistune
import pytest
from docx.document import Document as Doc
from pydantic import JsonValue

from exkit.advice import advise
from exkit.batch.run import notebook_file, run_notebook
from exkit.facts import load
from exkit.intake import read
from exkit.workshop.edits import Add, Change, Refused
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


def written(journal: Journal) -> Doc:
    return docx.Document(io.BytesIO(to_docx(*known(journal))))


def test_the_word_document_is_on_a4_in_styles_with_title_language_and_numbered_pages(journal: Journal):
    document = written(journal)
    (section,) = document.sections
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    about = document.core_properties
    assert about.title.startswith("Workshop on Exchange") and about.language == "en"
    assert "python-docx" not in f"{about.author} {about.comments} {about.last_modified_by}"
    assert [line.text for line in document.paragraphs if line.style.name == "Title"] == [about.title]
    heads = [line.text for line in document.paragraphs if line.style.name == "Heading 1"]
    assert heads[:2] == ["Where it stands", "Decisions"] and heads[-1] == "Made from"
    footer = section.footer.paragraphs[0]._p.xml
    assert 'w:instr="PAGE"' in footer and 'w:instr="NUMPAGES"' in footer


def test_each_table_in_word_repeats_its_marked_heading_keeps_rows_whole_and_fills_the_page(journal: Journal):
    document = written(journal)
    (section,) = document.sections
    room = section.page_width - section.left_margin - section.right_margin
    for table in document.tables:
        assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
        assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows[1:])
        assert abs(sum(column.width for column in table.columns) - room) < room * 0.01
        assert [cell.width for cell in table.rows[1].cells] == [column.width for column in table.columns]


def test_a_long_reason_has_most_of_the_page_and_a_time_stands_on_one_line(journal: Journal):
    journal.append(Decide(what="Proxy in the perimeter", who="Ms Finch", why="because of the auditors " * 150), "")
    decisions = written(journal).tables[0]
    what, who, why, when = (column.width.cm for column in decisions.columns)
    assert why > 8 and min(what, who) > 1.5 and when > 2.7


def test_a_verdict_in_the_minutes_is_told_by_sign_and_word(journal: Journal):
    assert "| ✕ unsupported | CAS1 holds the Client Access role" in to_markdown(*known(journal))
    (table,) = [table for table in written(journal).tables if table.rows[0].cells[0].text == "Verdict"]
    assert table.rows[1].cells[0].text == "✕ unsupported"


def test_what_must_change_on_many_servers_alike_is_one_line(journal: Journal):
    for name in ("CAS2", "CAS3"):
        item = {"name": name, "roles": ["ClientAccess"], "version": "2010", "zone": "dmz", "site": "Glassworks"}
        journal.append(Edit(steps=(Add(section="servers", item=item),)), "")
    (told,) = [one for one in to_markdown(*known(journal)).splitlines() if "(CAS1 to CAS3)" in one and "✕" in one]
    assert "Client Access" in told


def test_a_workshop_in_which_nothing_was_decided_says_so(tmp_path: Path):
    empty = Journal(tmp_path / "New.workshop.jsonl")
    zone: dict[str, JsonValue] = {"name": "lan", "kind": "internal"}
    empty.append(Start(topology={"customer": "Contoso", "zones": [zone]}, origin="nothing"), "")
    said = [line.text for line in written(empty).paragraphs]
    assert {"Nothing was decided.", "No question is open.", "Nothing was parked."} <= set(said)
    assert take(*known(empty), "png", empty.path).read_bytes().startswith(b"\x89PNG")


def test_what_was_typed_from_right_to_left_reads_so_in_word_and_an_english_sentence_with_such_a_name_does_not(
    journal: Journal,
):
    hebrew, mixed = "השרת נשאר בפנים", "The server שרת moves inside"
    journal.append(Decide(what=hebrew, who="Ms Finch", why=mixed), "")
    cells = {cell.text: cell.paragraphs[0] for cell in written(journal).tables[0].rows[2].cells}
    assert cells[hebrew]._p.xpath("./w:pPr/w:bidi") and cells[hebrew].runs[0].font.rtl
    assert not cells[mixed]._p.xpath("./w:pPr/w:bidi") and not cells[mixed].runs[0].font.rtl
    sizes = written(journal).styles["Cell"].element.rPr
    assert sizes.xpath("string(./w:sz/@w:val)") == sizes.xpath("string(./w:szCs/@w:val)") == "18"


def test_the_same_session_gives_the_same_word_document(journal: Journal):
    assert to_docx(*known(journal)) == to_docx(*known(journal))


@pytest.mark.parametrize(
    "text", ["a | b", "- a", "1. a", "+ a", "# a", "<b>", "$x$", "\\|", "=cmd|'/C calc'!A0", "می\u200cخواهم"]
)
def test_what_somebody_typed_shows_in_markdown_as_it_was_typed(journal: Journal, text: str):
    journal.append(Decide(what=text, who=text, why=text), "")
    journal.append(Edit(steps=(Change(section="", name="", field="assumptions", value=[text]),)), "")
    page = mistune.create_markdown(plugins=["table", "math"])(to_markdown(*known(journal)))
    shown = html.escape(text, quote=False)
    cells = f"<td>{shown}</td>" * 3
    assert cells in re.sub(r">\s+<", "><", str(page))
    assert f"<li>{shown}</li>" in str(page)


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
