"""Hands are quicker than answers: nothing that is pressed, chosen or typed while the page shows an answer is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from exkit.intake import read
from exkit.workshop.edits import Add
from exkit.workshop.journal import Journal
from exkit.workshop.session import Edit
from tests.browser.homes import Room

RECOMMENDED = read(Path("data/customers/recommended-2010.yaml")).topology
FOCUSED = "window.focused = document.activeElement"
SAME = "document.activeElement === window.focused"


def somebody_else_adds(room: Room, zone: str) -> None:
    """A change from another window, which this page then shows."""
    step = Add(section="zones", item={"name": zone, "kind": "internal"})
    Journal(room.home.journal).append(Edit(steps=(step,)), "another window")
    expect(room.thing(f"zones:{zone}")).to_be_visible()
    room.settled()


def selected(room: Room, key: str) -> None:
    room.thing(key).click()
    room.tab("Selected")
    room.settled()


def option(room: Room, field: str, value: str) -> Locator:
    listbox = room.root.get_by_role("listbox", name=field, exact=True)
    return listbox.get_by_role("option", name=value, exact=True)


def test_a_button_that_is_down_when_an_answer_comes_is_pressed_all_the_same(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    room.button("Perimeter network").focus()
    room.page.keyboard.down("Space")
    somebody_else_adds(room, "office")
    room.page.keyboard.up("Space")
    expect(room.thing("zones:dmz1")).to_be_visible()


@pytest.mark.parametrize(
    "what", ["an option", "a thing on the canvas", "a tab", "a list of zones", "a half-typed word"]
)
def test_what_has_the_focus_stays_what_it_is_when_an_answer_comes(room: Room, what: str, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    selected(room, "firewalls:inner")
    target = {
        "an option": option(room, "What it lets pass", "nothing"),
        "a thing on the canvas": room.thing("servers:CAS1"),
        "a tab": room.root.get_by_role("tab", name="Selected"),
        "a list of zones": room.root.get_by_label("From", exact=True),
        "a half-typed word": room.root.get_by_label("Ports", exact=True),
    }[what]
    target.focus()
    if what == "a list of zones":
        target.select_option("dmz")
    if what == "a half-typed word":
        room.page.keyboard.type("44")
    room.page.evaluate(FOCUSED)
    somebody_else_adds(room, "office")
    assert room.page.evaluate(SAME)
    if what == "a list of zones":
        expect(target).to_have_value("dmz")
    if what == "a half-typed word":
        room.page.keyboard.type("3/tcp")
        expect(target).to_have_value("443/tcp")


def test_a_second_choice_before_the_first_is_answered_keeps_both(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    selected(room, "servers:CAS1")
    held = {role.value for role in RECOMMENDED.servers[2].roles}
    with room.home.unanswered():
        option(room, "Roles", "Mailbox").click()
        option(room, "Roles", "Unified Messaging").click()
    room.settled()
    for name in ("Mailbox", "Unified Messaging"):
        expect(option(room, "Roles", name)).to_have_attribute("aria-selected", "true")
    assert {role.value for role in room.home.topology.servers[2].roles} == held | {"Mailbox", "UnifiedMessaging"}


def test_what_is_selected_while_an_answer_is_on_its_way_stays_selected(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    selected(room, "servers:CAS1")
    with room.home.unanswered():
        option(room, "Member of a domain", "not known").click()
        room.thing("servers:EDGE1").click()
    room.settled()
    expect(room.root.locator(".panel h3").first).to_have_text("EDGE1")
    expect(room.thing("servers:EDGE1")).to_have_attribute("aria-pressed", "true")
    assert room.home.topology.servers[2].domain_joined is None


def test_a_line_is_pulled_from_one_thing_to_another(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    room.button("Mail flow").click()
    start, end = room.thing("servers:MBX1").bounding_box(), room.thing("servers:EDGE1").bounding_box()
    assert start and end
    room.page.mouse.move(start["x"] + 40, start["y"] + 12)
    room.page.mouse.down()
    room.page.mouse.move(end["x"] + 60, end["y"] + 40, steps=4)
    expect(room.root.locator(".pulled")).to_have_count(1)
    room.page.mouse.move(end["x"] + 40, end["y"] + 12)
    room.page.mouse.up()
    expect(room.root.locator(".pulled")).to_have_count(0)
    expect(room.root.locator(".happened.chain")).to_contain_text("MBX1 → EDGE1")
    room.button("Done").click()
    room.settled()
    assert room.home.topology.mail_flow[-1].path == ("MBX1", "EDGE1")


def test_the_name_that_somebody_gives_stands_beside_the_changes_from_then_on(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    room.tab("Notes")
    room.root.get_by_label("Your name, for what you change").fill("Ms Finch")
    room.root.get_by_label("Your name, for what you change").press("Tab")
    room.button("Internal network").click()
    expect(room.thing("zones:lan1")).to_be_visible()
    session = Journal(room.home.journal).session
    assert session is not None and session.log[-1].who == "Ms Finch"
    again = room.home.open(room.page)
    again.settled()
    again.button("Internal network").click()
    expect(again.thing("zones:lan2")).to_be_visible()
    session = Journal(room.home.journal).session
    assert session is not None and session.log[-1].who == "Ms Finch"


def test_an_arrow_in_a_list_moves_in_that_list_and_to_no_other_cell(room: Room, tmp_path: Path):
    cell = "[...document.querySelectorAll('.jp-Cell')].findIndex((one) => one.matches('.jp-mod-active'))"
    room.load(RECOMMENDED, tmp_path)
    selected(room, "firewalls:inner")
    zones = room.root.get_by_label("From", exact=True)
    zones.focus()
    before, active = zones.input_value(), room.page.evaluate(cell)
    room.page.keyboard.press("ArrowDown")
    assert (zones.input_value() != before, room.page.evaluate(cell)) == (True, active)
    expect(zones).to_be_focused()


DRAWN = """one => [...one.querySelectorAll("*")].map((part) => [part.tagName, part.textContent,
  ...["class", "transform", "style", "d", "aria-label"].map((name) => part.getAttribute(name) || "")])"""


def test_a_server_carried_over_zones_is_drawn_where_it_ends_as_a_new_page_draws_it(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    canvas, mouse = room.root.locator("svg.canvas"), room.page.mouse
    at_first = canvas.evaluate(DRAWN)

    def carry(*zones: str) -> None:
        start = room.thing("servers:CAS1").bounding_box()
        assert start
        mouse.move(start["x"] + 40, start["y"] + 12)
        mouse.down()
        for zone in zones:
            band = room.thing(f"zones:{zone}").bounding_box()
            assert band
            mouse.move(band["x"] + band["width"] - 20, band["y"] + band["height"] - 8, steps=3)
            room.settled()  # by now what would be shown there is made
        mouse.up()
        room.settled()

    carry("dmz", "lan")
    assert canvas.evaluate(DRAWN) == at_first
    carry("dmz", "lan", "dmz")
    assert [one.zone for one in room.home.topology.servers if one.name == "CAS1"] == ["dmz"]
    expect(room.thing("servers:CAS1")).to_contain_text("unsupported")
    dropped = canvas.evaluate(DRAWN)
    again = room.home.open(room.page)
    again.settled()
    assert again.root.locator("svg.canvas").evaluate(DRAWN) == dropped
