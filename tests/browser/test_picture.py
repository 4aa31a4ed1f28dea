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
  for (const group of svg.querySelectorAll("g.graph"))  // the legend
    shapes.set(group, [...group.querySelectorAll(":scope > polygon")].map(box));
  texts.forEach((one, index) => {
    if (!inside(one, view)) faults.push(`out of the picture: ${one.said}`);
    for (const two of texts.slice(index + 1))
      if (meet(one, two, .5)) faults.push(`text on text: ${one.said} / ${two.said}`);
    // Its own box: the smallest shape of its node around the middle of the text. Names of zones have none.
    const middle = {left: (one.left + one.right) / 2, right: (one.left + one.right) / 2,
                    top: (one.top + one.bottom) / 2, bottom: (one.top + one.bottom) / 2};
    const around = (shapes.get(one.group) || []).filter(shape => inside(middle, shape));
    around.sort((a, b) => (a.right - a.left) * (a.bottom - a.top) - (b.right - b.left) * (b.bottom - b.top));
    const [own] = around, room = own && Math.min(one.left - own.left, own.right - one.right);
    if (own && !inside(one, own)) faults.push(`out of its box: ${one.said}`);
    else if (own && room < 2) faults.push(`touches its box: ${one.said}`);
    const apart = (shapes.get(one.group) || []).filter(shape => !inside(middle, shape));
    if (apart.some(shape => meet(one, shape, -2))) faults.push(`touches another box: ${one.said}`);
  });
  // Firewalls stand above, below and as far out as zones, never beside them.
  const walls = [...svg.querySelectorAll("g.wall, g.tunnel")].map(box);
  for (const cluster of svg.querySelectorAll("g.cluster")) {
    const zone = box(cluster.querySelector("polygon, path")), middle = (zone.left + zone.right) / 2;
    const name = cluster.textContent.trim() || cluster.id;
    if (walls.some(wall => wall.top < zone.bottom - 1 && zone.top < wall.bottom - 1))
      faults.push(`beside a firewall: ${name}`);
    if (walls.length && !(Math.min(...walls.map(wall => wall.left)) < middle
        && middle < Math.max(...walls.map(wall => wall.right)))) faults.push(`not under the firewalls: ${name}`);
  }
  let lines = 0;
  for (const edge of svg.querySelectorAll("g.edge")) {
    if (edge.querySelector("text")) faults.push("a label lies on a line: labels stand in gates");
    for (const path of edge.querySelectorAll("path")) {
      lines += 1;
      const m = to.multiply(path.getScreenCTM()), length = path.getTotalLength();
      let crossed = null, touched = null;
      for (let at = 0; at <= length; at += 2) {
        const p = path.getPointAtLength(at), x = p.x * m.a + m.e, y = p.y * m.d + m.f;
        const near = slack => texts.find(t => x > t.left - slack && x < t.right + slack
          && y > t.top + .5 && y < t.bottom - .5);
        crossed = crossed || near(-.5);
        touched = touched || near(3);
      }
      if (crossed) faults.push(`a line crosses: ${crossed.said}`);
      else if (touched) faults.push(`a line almost touches: ${touched.said}`);
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
      <g class="edge"><path d="M0 88H200"/></g><g class="edge"><path d="M99 26V38"/></g>
      <g class="node wall"><polygon points="0,40 100,40 100,70 0,70"/><polygon points="50,40 90,40 90,70 50,70"/>
      <text x="20" y="60" font-size="10">gatehouse</text></g>
      <g class="node"><polygon points="100,25 160,25 160,39 100,39"/><text x="101" y="36" font-size="8">tight</text></g>
      <g class="cluster"><text x="130" y="55" font-size="8">aside</text><polygon points="105,41 170,41 170,70 105,70"/>
      </g></svg>"""
    assert show(page, svg, 800)["faults"] == [
        "text on text: wider than it / over",
        "out of its box: wider than it",
        "out of the picture: outside",
        "touches another box: gatehouse",
        "touches its box: tight",
        "beside a firewall: aside",
        "not under the firewalls: aside",
        "a line crosses: outside",
        "a line almost touches: tight",
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
