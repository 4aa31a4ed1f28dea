"""The report in Chromium: nothing overlaps, leaves its box or is cut, on a desktop, on a phone and on paper."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Literal

import nbformat
import pytest
from playwright.sync_api import Page

from exkit import report
from exkit.batch.run import notebook_file
from exkit.intake import write
from exkit.report.page import to_html
from exkit.report.piece import TEMPLATES, stylesheet
from exkit.topology import Topology
from tests import sizes

TOPOLOGIES = {3: sizes.three_servers, 20: sizes.twenty_servers, 60: sizes.sixty_servers}
WIDTHS = {"desktop": 1280, "phone": 390}

# Every line of text outside the picture: does it stay in the page, in its cell or paragraph, and clear of all others?
TEXT_TROUBLE = """() => {
  const found = [], lines = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, box = node.parentElement;
    if (!node.data.trim() || box.closest("svg") || box.closest("style")) continue;
    if (!box.checkVisibility({contentVisibilityAuto: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const holder = box.closest("td, th, li, dd, dt, p, h1, h2, h3, h4, summary, caption, figcaption, pre");
    const frame = holder.getBoundingClientRect();
    for (const line of range.getClientRects()) {
      if (line.width < 1) continue;
      const told = node.data.trim().slice(0, 60);
      if (line.left < frame.left - 1 || line.right > frame.right + 1 || line.bottom > frame.bottom + 3)
        found.push(`leaves its box: ${told}`);
      if (!box.closest(".scroll") && line.right > document.documentElement.clientWidth + 1)
        found.push(`leaves the page: ${told}`);
      lines.push({line, told});
    }
  }
  lines.sort((one, other) => one.line.top - other.line.top);
  lines.forEach(({line, told}, index) => {
    for (let next = index + 1; next < lines.length && lines[next].line.top < line.bottom - 3; next++) {
      const other = lines[next].line;
      const clear = other.left >= line.right - 1 || line.left >= other.right - 1;
      if (!clear) found.push(`overlap: ${told} | ${lines[next].told}`);
    }
  });
  return found;
}"""


@cache
def html_of(servers: int, folder: Path) -> str:
    """The report on a topology, made in this process: what the kernel would give, without one."""
    topology: Topology = TOPOLOGIES[servers]()
    file = folder / f"servers-{servers}.yaml"
    file.write_text(write(topology), encoding="utf-8")
    judged = report.judge(file)
    notebook = nbformat.read(notebook_file("20_customer_report.ipynb"), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.startswith("report."):
            name = re.fullmatch(r"report\.(\w+)\(judged.*", cell.source)
            assert name is not None
            piece = getattr(report, name[1])(judged)
            data = {"text/html": piece.html, "text/plain": piece.text}
            cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    return to_html(notebook, report.question(judged))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


def show(page: Page, servers: int, folder: Path, width: int = WIDTHS["desktop"]) -> list[str]:
    """Opens the report from a file, as a customer would; gives the addresses it asked for besides its own."""
    page.set_viewport_size({"width": width, "height": 900})
    file = folder / f"report-{servers}.html"
    file.write_text(html_of(servers, folder), encoding="utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    return [url for url in asked if url != file.as_uri()]


@pytest.mark.parametrize("servers", TOPOLOGIES)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_text_overlaps_or_leaves_its_box_and_the_page_does_not_scroll_sideways(
    page: Page, folder: Path, servers: int, width: int
) -> None:
    assert show(page, servers, folder, width) == []
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TEXT_TROUBLE) == []


# Every word of the charts: does it stay in its chart and clear of all others, and does no line of the chart cross it?
CHART_TROUBLE = """() => [...document.querySelectorAll("svg.timeline")].flatMap(svg => {
  const paper = svg.getBoundingClientRect(), found = [];
  const boxes = kind => [...svg.querySelectorAll(kind)].map(
    one => ({box: one.getBBox(), told: one.textContent || one.classList[0]}));
  const meet = (one, other) => one.x < other.x + other.width - .5 && other.x < one.x + one.width - .5
    && one.y < other.y + other.height - .5 && other.y < one.y + one.height - .5;
  const texts = boxes("text"), shapes = boxes(".mainstream, .extended, .horizon, .day, .turn, .open, .axis");
  texts.forEach((one, index) => {
    const {box, told} = one;
    if (box.x < -.5 || box.y < -.5 || box.x + box.width > paper.width + .5 || box.y + box.height > paper.height + .5)
      found.push(`leaves the chart: ${told}`);
    for (const other of [...texts.slice(index + 1), ...shapes])
      if (meet(box, other.box)) found.push(`${told} lies on ${other.told}`);
  });
  for (const {box, told} of shapes)
    if (box.x < -.5 || box.x + box.width > paper.width + .5) found.push(`leaves the chart: ${told}`);
  return found;
})"""
LIVES = """
customer: Contoso
as_of: DAY
zones: [{name: internet, kind: internet}, {name: lan, kind: internal}]
servers:
  - {name: A, version: "2000", roles: [BE], zone: lan, os: windows-2000-server, also_runs: [isa-2000, iag-2007]}
  - {name: B, version: "2010", roles: [MBX], zone: lan, os: windows-server-2008-r2}
  - {name: C, version: "2016", roles: [MBX], zone: lan, os: windows-server-2016, also_runs: [wap-2012-r2]}
  - {name: D, version: SE, roles: [MBX], zone: lan, os: windows-server-2025}
  - {name: E, version: "2019", roles: [MBX], zone: lan, os: "<b>a system with a name that no phone has room for</b>"}
publishing: [{name: web, product: nginx, zone: lan, targets: [C]}, {name: mail, zone: lan, targets: [C]}]
"""


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("width", [1280, 673, 390])  # 673: A4 without its margins
@pytest.mark.parametrize("day", ["1999-01-01", "2012-06-01", "2025-11-24", "2040-12-31", "9999-12-31"])
def test_no_word_of_the_life_cycle_chart_overlaps_or_leaves_it(
    page: Page, tmp_path: Path, day: str, width: int, media: Literal["screen", "print"]
) -> None:
    file = tmp_path / "lives.yaml"
    file.write_text(LIVES.replace("DAY", day), encoding="utf-8")
    piece = report.life_cycle(report.judge(file))
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=media)
    css = stylesheet() + (TEMPLATES / "page.css").read_text(encoding="utf-8")
    page.set_content(f"<!doctype html><style>{css}</style><body class=exkit><main>{piece.html}</main>")
    assert page.evaluate("[...document.querySelectorAll('svg.timeline')].map(one => one.role)") == ["img", "img"]
    assert page.evaluate(CHART_TROUBLE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("servers", TOPOLOGIES)
def test_on_paper_everything_is_open_and_nothing_is_cut(page: Page, folder: Path, servers: int) -> None:
    show(page, servers, folder)
    wanted = words(page.evaluate(ALL_TEXT))
    pdf = folder / f"report-{servers}.pdf"
    page.pdf(path=pdf, prefer_css_page_size=True)
    printed = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    missing = sorted(word for word in wanted if word not in squeezed(printed))
    assert missing == []
    pages = printed.count("\f")
    assert pages <= 8 + servers, f"{pages} pages"
    edges = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True).stdout
    for width, body in re.findall(r'(?s)<page width="([\d.]+)".*?>(.*?)</page>', edges):
        outside = [
            found[1] for found in re.finditer(r'xMin="[\d.-]+" yMin="[\d.-]+" xMax="([\d.]+)"', body)
            if float(found[1]) > float(width) - 20
        ]  # fmt: skip
        assert outside == []


# All text of the page outside the picture, also what is folded away on the screen; without what paper leaves out.
ALL_TEXT = """() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, p, li, td, th, dt, dd, caption)")]
  .filter(one => !one.closest("svg")).map(one => one.textContent).join(" ")"""


def squeezed(text: str) -> str:
    """Letters and digits only: where a line or page breaks must not matter."""
    return re.sub(r"[^0-9A-Za-z]+", "", text)


def words(text: str) -> set[str]:
    """Words that can be looked for: short ones would be found anywhere; long ones may break across pages' footers."""
    return {word for word in re.findall(r"[0-9A-Za-z]+", text) if 5 <= len(word) <= 20}


def test_headings_go_down_by_one_level_at_a_time_also_inside_what_is_folded(page: Page, folder: Path) -> None:
    show(page, 20, folder)
    levels = page.eval_on_selector_all("h1, h2, h3, h4, h5, h6", "all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))  # noqa: B905, RUF007


def test_every_fold_and_scrolling_box_is_reached_and_opened_by_keyboard(page: Page, folder: Path) -> None:
    show(page, 3, folder)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached, folds = set(), page.locator("summary").count()
    for _ in range(400):
        kind = page.evaluate(
            "(all => { const one = document.activeElement;"
            " return one.tagName === 'SUMMARY' ? [...all].indexOf(one) : null })(document.querySelectorAll('summary'))"
        )
        if kind is not None and kind not in reached:
            reached.add(kind)
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.parentElement.open")
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
    assert folds > 0
    assert reached == set(range(folds))


def test_text_meets_aa_contrast_in_light_and_dark(page: Page, folder: Path) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        show(page, 20, folder)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate(CONTRAST) == []


CONTRAST = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = channels(colour).map(one => one / 255).map(
      one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = one => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = new Set();
  for (const one of document.querySelectorAll("main *")) {
    if (one.closest("svg") || ![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const [high, low] = [light(getComputedStyle(one).color), light(paper(one))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) found.add(`${one.tagName}.${one.className}: ${ratio.toFixed(2)}`);
  }
  return [...found];
}"""
