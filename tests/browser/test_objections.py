"""Objection cards as people meet them: on one sheet of paper, and one click from the finding that they answer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from exkit.batch import make_reports, quiet
from exkit.export import paper
from exkit.facts import load
from exkit.report.cards import page as page_of
from exkit.teaching import Objection, load_objections
from tests.browser.conftest import OutsideRequests

CUSTOMERS = Path(__file__).parents[2] / "data" / "customers"
AXE = Path(sys.prefix) / "node_modules" / "axe-core" / "axe.min.js"
FACTS = load()
CARDS = load_objections(FACTS)
A4 = (595.0, 842.0)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_a_card_fills_one_sheet_of_a4_with_room_to_spare(card: Objection, tmp_path: Path) -> None:
    file = tmp_path / "card.html"
    file.write_text(page_of(card, FACTS), encoding="utf-8")
    paper.write(file, file.with_suffix(".pdf"))
    told = subprocess.run(["pdftotext", "-raw", file.with_suffix(".pdf"), "-"], capture_output=True, text=True)
    (sheet,) = told.stdout.split("\f")[:-1]
    words = re.sub(r"\s+", "", sheet)
    for label, text in card.answers:
        assert re.sub(r"\s+", "", text) in words, label
    assert re.sub(r"\s+", "", FACTS.source(card.sources[-1]).title) in words
    subprocess.run(
        ["pdftoppm", "-r", "40", "-gray", "-png", "-singlefile", file.with_suffix(".pdf"), tmp_path / "card"],
        check=True,
    )
    image = Image.open(tmp_path / "card.png").point(lambda grey: 255 if grey < 200 else 0)
    assert abs(image.width / image.height - A4[0] / A4[1]) < 0.01
    left, _, right, _ = image.getbbox() or (0, 0, 0, 0)
    margin = image.width * 10 / 210
    assert left >= margin and right <= image.width - margin
    # The footer stands in the last 20 of 297 mm; 5 more stay free for a machine whose letters are wider.
    assert image.crop((0, image.height * 272 // 297, image.width, image.height * 280 // 297)).getbbox() is None


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    made = make_reports([CUSTOMERS / "cas-in-perimeter-2007.yaml"], out, progress=quiet)
    assert not made.errors, made.errors[0].told
    return out / "cas-in-perimeter-2007" / "report.html"


def test_a_finding_leads_to_the_card_and_opens_it(page: Page, report: Path, outside: OutsideRequests) -> None:
    page.goto(report.as_uri())
    cards = page.locator(".objections details")
    assert cards.count() > 3 and page.locator(".objections details[open]").count() == 0
    finding = page.locator(".finding", has_text="CAS1 holds the Client Access role").first
    finding.locator("summary").focus()
    page.keyboard.press("Enter")
    link = finding.locator("ul.objected a", has_text="penetration test")
    link.focus()
    page.keyboard.press("Enter")
    opened = page.locator(".objections details[open]")
    opened.wait_for()
    assert opened.locator("summary").inner_text() == "Our penetration test of this layout passed."
    assert opened.locator("summary").is_visible() and "assume that any host" in opened.inner_text()
    assert page.evaluate("document.querySelector('.objections details[open] summary').getBoundingClientRect().top >= 0")
    assert outside == []


def test_axe_finds_nothing_serious_in_cards(page: Page, report: Path, tmp_path: Path) -> None:
    assert AXE.exists(), "axe-core is missing: make test installs it from npm"
    (tmp_path / "card.html").write_text(page_of(CARDS[0], FACTS), encoding="utf-8")
    for file in (report, tmp_path / "card.html"):
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert len(result["passes"]) > 5, "axe looked at something"
        assert [one for one in result["violations"] if one["impact"] in ("serious", "critical")] == []
