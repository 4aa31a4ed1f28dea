"""The picture in real Chromium: measured, at the sizes and widths that customers and phones have."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from exkit import diagram
from exkit.advice import Advice, advise
from exkit.facts import load
from exkit.intake import read
from tests.browser.conftest import OutsideRequests
from tests.drawn import judged_roughly
from tests.sizes import sixty_servers, three_servers, twenty_servers
from tests.test_diagram import HOSTILE, strange

SIZES = {"3": three_servers, "20": twenty_servers, "60": sixty_servers}
CUSTOMERS = sorted(Path("data/customers").glob("*.yaml"))

# Boxes of text, shapes and lines in the picture's own units, so that the width of the page does not hide a fault.
MEASURE = """
() => {
  const svg = document.querySelector("svg"), to = svg.getScreenCTM().inverse();
  const box = (element) => {
    const b = element.getBBox(), m = to.multiply(element.getScreenCTM());
    return {left: b.x * m.a + m.e, top: b.y * m.d + m.f, right: (b.x + b.width) * m.a + m.e,
            bottom: (b.y + b.height) * m.d + m.f};
  };
  const inside = (one, two) => one.left >= two.left - .5 && one.right <= two.right + .5
    && one.top >= two.top - .5 && one.bottom <= two.bottom + .5;
  const meet = (one, two, slack) => one.left < two.right - slack && two.left < one.right - slack
    && one.top < two.bottom - slack && two.top < one.bottom - slack;
  const texts = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim())
    .map(text => ({said: text.textContent, group: text.closest("g.node, g.cluster, g.graph"), ...box(text)}));
  const view = {left: svg.viewBox.baseVal.x, top: svg.viewBox.baseVal.y,
                right: svg.viewBox.baseVal.x + svg.viewBox.baseVal.width,
                bottom: svg.viewBox.baseVal.y + svg.viewBox.baseVal.height};
  const faults = [];
  const shapes = new Map();
  for (const group of svg.querySelectorAll("g.node"))
    shapes.set(group, [...group.querySelectorAll("polygon, path")].map(box));
  texts.forEach((one, index) => {
    if (!inside(one, view)) faults.push(`out of the picture: ${one.said}`);
    for (const two of texts.slice(index + 1))
      if (meet(one, two, .5)) faults.push(`text on text: ${one.said} / ${two.said}`);
    // Its own box: the smallest shape of its node around the middle of the text. Names of zones have none.
    const middle = {left: (one.left + one.right) / 2, right: (one.left + one.right) / 2,
                    top: (one.top + one.bottom) / 2, bottom: (one.top + one.bottom) / 2};
    const around = (shapes.get(one.group) || []).filter(shape => inside(middle, shape));
    around.sort((a, b) => (a.right - a.left) * (a.bottom - a.top) - (b.right - b.left) * (b.bottom - b.top));
    if (around.length && !inside(one, around[0])) faults.push(`out of its box: ${one.said}`);
  });
  let lines = 0;
  for (const edge of svg.querySelectorAll("g.edge")) {
    if (edge.querySelector("text")) faults.push("a label lies on a line: labels stand in gates");
    for (const path of edge.querySelectorAll("path")) {
      lines += 1;
      const m = to.multiply(path.getScreenCTM()), length = path.getTotalLength();
      for (let at = 0; at <= length; at += 2) {
        const p = path.getPointAtLength(at), x = p.x * m.a + m.e, y = p.y * m.d + m.f;
        const hit = texts.find(t => x > t.left + .5 && x < t.right - .5 && y > t.top + .5 && y < t.bottom - .5);
        if (hit) { faults.push(`a line crosses: ${hit.said}`); break; }
      }
    }
  }
  return {faults, texts: texts.length, lines, page: document.documentElement.scrollWidth};
}
"""


def show(page: Page, svg: str, width: int) -> dict[str, object]:
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(f"<!doctype html><body style='margin:8px'>{svg}</body>")
    measured: dict[str, object] = page.evaluate(MEASURE)
    return measured


def test_the_measuring_finds_the_faults_that_are_there(page: Page):
    svg = """<svg viewBox="0 0 200 100" width="200"><g class="node"><polygon points="10,0 60,0 60,20 10,20"/>
      <text x="5" y="15" font-size="10">wider than it</text></g>
      <g class="node"><text x="50" y="15" font-size="10">over</text></g>
      <g class="node"><text x="190" y="90" font-size="10">outside</text></g>
      <g class="edge"><path d="M0 88H200"/></g></svg>"""
    assert show(page, svg, 800)["faults"] == [
        "text on text: wider than it / over",
        "out of its box: wider than it",
        "out of the picture: outside",
        "a line crosses: outside",
    ]


@pytest.fixture(scope="module")
def facts():
    return load()


@pytest.mark.parametrize("engine", diagram.engines(), ids=lambda engine: engine.name)
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("size", SIZES)
def test_no_text_overlaps_leaves_its_box_or_lies_under_a_line(size, width, engine, page: Page, facts):
    topology = SIZES[size]()
    for advice in (judged_roughly(topology), advise(topology, facts, judged_roughly(topology).as_of)):
        measured = show(page, diagram.to_svg(advice, with_engines=(engine,)), width)
        assert measured["faults"] == []
        assert measured["page"] <= width
        assert measured["texts"] > 10 and measured["lines"] > 3


@pytest.mark.parametrize("file", CUSTOMERS, ids=lambda file: file.stem)
def test_the_example_customers_are_drawn_without_a_fault(file: Path, page: Page, facts):
    topology = read(file).topology
    assert topology.as_of is not None
    assert show(page, diagram.to_svg(advise(topology, facts, topology.as_of)), 1280)["faults"] == []


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_strange_names_stay_in_their_boxes_and_run_nothing(name: str, page: Page, outside: OutsideRequests):
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    measured = show(page, diagram.to_svg(strange(name)), 1280)
    assert measured["faults"] == []
    assert said == [] and outside == []


def test_the_picture_is_readable_at_page_width(page: Page):
    """At 900 px no text of 60 servers is smaller than 9 px."""
    for make in SIZES.values():
        show(page, diagram.to_svg(judged_roughly(make())), 916)
        smallest = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll("svg text")]
                 .map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
        )
        assert smallest >= 9


def test_a_page_in_dark_mode_leaves_the_picture_on_light_paper(page: Page):
    page.emulate_media(color_scheme="dark")
    show(page, diagram.to_svg(judged_roughly(three_servers())), 900)
    assert page.evaluate("getComputedStyle(document.querySelector('svg')).backgroundColor") == "rgb(255, 255, 255)"


def test_a_tooltip_names_the_server_and_its_link_leads_to_the_finding(page: Page):
    advice: Advice = judged_roughly(twenty_servers())
    show(page, diagram.to_svg(advice), 1280)
    anchor = diagram.finding_anchor("outside@CASOLD")
    link = page.locator(f"svg a[*|href='#{anchor}']")
    assert (link.locator("title").first.text_content() or "").startswith("CASOLD; Client Access")
    link.locator("text", has_text="CASOLD").click()
    assert page.url.endswith(f"#{anchor}")
