"""The page over all reports in Chromium: it sorts, filters, reads without script, and never scrolls sideways."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from exkit import portfolio
from exkit.verdict import Verdict

CUSTOMERS = Path(__file__).parents[2] / "data" / "customers"
VISIBLE = "all => all.filter(one => !one.hidden).map(one => one.cells[0].innerText.split('\\n')[0])"
ROWS = ".heat tbody tr"


@pytest.fixture(scope="module")
def customers() -> portfolio.Portfolio:
    return portfolio.load(CUSTOMERS)


@pytest.fixture
def file(customers: portfolio.Portfolio, tmp_path: Path) -> Path:
    made = tmp_path / "index.html"
    made.write_text(portfolio.index_page(customers), encoding="utf-8")
    return made


def test_a_click_on_a_heading_sorts_and_another_one_turns_the_order(page: Page, file: Path, outside: list[str]) -> None:
    page.goto(file.as_uri())
    worst_first = page.eval_on_selector_all(ROWS, VISIBLE)
    page.get_by_role("button", name="Customer", exact=True).click()
    names = page.eval_on_selector_all(ROWS, VISIBLE)
    assert names == sorted(worst_first, key=str.lower)
    page.get_by_role("button", name="Customer", exact=True).click()
    assert page.eval_on_selector_all(ROWS, VISIBLE) == names[::-1]
    assert page.locator("th[aria-sort=descending]").count() == 1
    page.get_by_role("button", name="Topology", exact=True).click()
    ranks = page.eval_on_selector_all(ROWS, "all => all.map(one => Number(one.cells[1].dataset.rank))")
    assert ranks == sorted(ranks)
    assert outside == []


def test_filters_by_name_verdict_and_statement(page: Page, file: Path, customers: portfolio.Portfolio) -> None:
    page.goto(file.as_uri())
    statement = customers.statements[0]
    page.get_by_label("Hit by").select_option(label=statement)
    hit = {row.customer for row, _ in customers.hit_by(statement)}
    assert set(page.eval_on_selector_all(ROWS, VISIBLE)) == hit
    assert f"{len(hit)} of {len(customers.rows)} customers" in page.locator("output").inner_text()
    page.get_by_label("Hit by").select_option("")
    page.get_by_label("Topology").select_option(str(Verdict.SUPPORTED.rank))
    fine = {row.customer for row in customers.rows if row.verdict("topology") is Verdict.SUPPORTED}
    assert set(page.eval_on_selector_all(ROWS, VISIBLE)) == fine
    page.get_by_label("Topology").select_option("")
    page.get_by_label("Customer", exact=True).fill(customers.rows[0].customer.upper()[:6])
    assert customers.rows[0].customer in page.eval_on_selector_all(ROWS, VISIBLE)
    assert len(page.eval_on_selector_all(ROWS, VISIBLE)) < len(customers.rows)


@pytest.mark.parametrize("width", [1920, 1280, 390])
def test_the_page_does_not_scroll_sideways(page: Page, file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_everything_is_there_worst_first(
    browser: Browser, file: Path, customers: portfolio.Portfolio
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(f"{ROWS} th").first.inner_text().startswith(customers.rows[0].customer)
    assert not page.locator("form.controls").is_visible()
    context.close()


def test_a_cells_verdict_is_told_by_sign_and_words_and_not_by_colour_alone(page: Page, file: Path) -> None:
    page.goto(file.as_uri())
    told = page.eval_on_selector_all("td.cell", "all => all.map(one => [one.innerText.trim(), one.title])")
    signs = {verdict.sign: verdict.words for verdict in Verdict}
    assert told
    assert all(signs[sign] in title for sign, title in told)
