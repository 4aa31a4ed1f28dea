"""The workshop in real Chromium, in both of its homes: Voila as `exkit workshop` starts it, and JupyterLab."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from exkit.intake import read
from exkit.topology import Topology
from exkit.workshop.journal import Journal
from tests.browser.conftest import PROJECTOR
from tests.browser.homes import SLOW, WORKSHOP, Room, kill, names, run_all, write_notebook
from tests.browser.people import Keyboard, Mouse
from tests.sizes import sixty_servers, three_servers, twenty_servers

AXE = Path(sys.prefix) / "node_modules" / "axe-core" / "axe.min.js"
BLANK = Topology.model_validate(
    {"customer": "Contoso", "as_of": "2010-06-01", "zones": [{"name": "internet", "kind": "internet"}]}
)
RECOMMENDED = read(Path("data/customers/recommended-2010.yaml")).topology
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "\"quoted\" 'name' & <b>bold</b>",
    "x" * 300,
    "شبكة الخادم",
    "</script><script>alert(2)</script>",
]


@pytest.mark.parametrize("hands", [Mouse, Keyboard])
def test_from_blank_to_the_recommended_layout_and_a_step_that_is_wrong_is_undone(room: Room, hands, tmp_path: Path):
    room.load(BLANK, tmp_path)
    person = hands(room)
    for kind in ("Perimeter network", "Internal network", "AD site"):
        person.press(kind)
    for server, zone in (("Reverse proxy", "dmz"), ("Edge Transport", "dmz"), ("Client Access", "lan"),
                         ("Mailbox", "lan"), ("Domain controller", "lan")):  # fmt: skip
        person.add(server, zone)
    person.choose("servers:CAS1", "Roles", "Hub Transport")
    person.draw("Firewall", "zones:internet", "zones:dmz")
    person.draw("Firewall", "zones:dmz", "zones:lan")
    person.choose("servers:PROXY1", "Member of a domain", "yes")
    person.choose("servers:EDGE1", "Member of a domain", "no")
    person.draw("Publishing", "servers:PROXY1", "servers:CAS1")
    person.draw("Mail flow", "zones:internet", "servers:EDGE1", "servers:CAS1")
    person.choose("publishing:publishing1", "Publishes", "OWA")
    person.choose("publishing:publishing1", "Pre-authentication", "forms")
    person.choose("publishing:publishing1", "Validates accounts with", "active directory")
    person.choose("publishing:publishing1", "Exchange asks for", "basic")
    person.answer("Are these servers members of a domain?", "yes")
    person.answer("To which AD site is the Edge server subscribed?", "Site1", then="Answer")
    person.answer("Is the Windows firewall of these servers on", "enabled: yes, configured by: setup")
    for wall in ("outer", "inner"):
        person.tighten(f"firewalls:{wall}")
    assert room.verdict() == "✓ supported"
    expect(room.root.locator(".answer")).to_contain_text("0 open questions")
    assert {server.name: server.zone for server in room.home.topology.servers} == {
        "PROXY1": "dmz", "EDGE1": "dmz", "CAS1": "lan", "MBX1": "lan", "DC1": "lan",
    }  # fmt: skip
    person.move("servers:CAS1", "dmz")
    assert room.verdict() == "✕ unsupported"
    expect(room.thing("servers:CAS1")).to_contain_text("✕ unsupported")
    room.tab("Verdicts")
    reason = room.root.locator(".finding", has_text="CAS1 holds the Client Access role and stands in the perimeter")
    reason.locator("summary").click()
    expect(reason).to_contain_text("The role has full access to all mailboxes of its AD site")
    expect(reason).to_contain_text("Put the Client Access server on the intranet and a reverse proxy")
    expect(reason.get_by_role("link", name="Don't put CAS in the Perimeter network!")).to_be_visible()
    person.undo()
    assert room.verdict() == "✓ supported"
    assert room.home.topology.servers[2].zone == "lan"


def test_a_reload_in_the_middle_loses_nothing(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    room.drag(room.thing("servers:CAS1"), room.thing("zones:dmz"))
    expect(room.thing("servers:CAS1")).to_contain_text("unsupported")
    before = room.home.topology
    again = room.home.open(room.page)
    assert again.verdict() == "✕ unsupported"
    assert room.home.topology == before
    again.button("↶ Undo").click()
    expect(again.root.locator(".answer .chip").first).to_have_text("✓ supported")


def test_the_kernel_killed_in_the_middle_is_told_and_loses_nothing(room: Room, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    room.drag(room.thing("servers:CAS1"), room.thing("zones:dmz"))
    expect(room.thing("servers:CAS1")).to_contain_text("unsupported")
    kill(room.home.kernel)
    room.button("↶ Undo").click()  # nobody is there to do it
    expect(room.root.locator(".warning")).to_contain_text("does not answer", timeout=15_000)
    assert room.home.topology.servers[2].zone == "dmz"
    if room.home.kind == "lab":
        room.page.locator(".jp-Dialog button", has_text="Ok").click()  # Lab says that it starts another kernel
        room.page.get_by_text("| Idle").wait_for(timeout=SLOW)
        run_all(room.page)
        expect(room.root.locator(".warning")).to_have_text("", timeout=SLOW)
        again = room
    else:
        again = room.home.open(room.page)
    expect(again.thing("servers:CAS1")).to_contain_text("unsupported")
    again.button("↶ Undo").click()
    expect(again.root.locator(".answer .chip").first).to_have_text("✓ supported")
    assert room.home.topology == RECOMMENDED


def test_two_tabs_on_one_workshop_follow_each_other_and_keep_the_journal_whole(
    room: Room, context: BrowserContext, tmp_path: Path
):
    room.load(RECOMMENDED, tmp_path)
    page = context.new_page()
    page.set_viewport_size(PROJECTOR)
    link = None
    if room.home.kind == "lab":  # which opens a notebook once: the second tab has another notebook on the same file
        write_notebook(WORKSHOP, names(room.home.file), room.home.file.with_name("again.ipynb"))
        link = room.home.server.link.replace("/tree/10_workshop.ipynb", "/workspaces/again/tree/again.ipynb")
    other = room.home.open(page, link)
    other.drag(other.thing("servers:CAS1"), other.thing("zones:dmz"))
    expect(room.thing("servers:CAS1")).to_contain_text("unsupported")
    room.button("Internal network").click()
    other.button("Perimeter network").click()  # at once
    for one in (room, other):
        expect(one.thing("zones:lan1")).to_be_visible()
        expect(one.thing("zones:dmz1")).to_be_visible()
    session = Journal(room.home.journal).session
    assert session is not None and {zone.name for zone in session.topology.zones} >= {"lan1", "dmz1"}
    page.close()


def test_two_workshops_at_once_do_not_mix(room: Room, context: BrowserContext, tmp_path: Path):
    room.load(RECOMMENDED, tmp_path)
    with room.home.beside("Fabrikam") as second:
        page = context.new_page()
        other = second.open(page)
        other.button("Internal network").click()
        expect(other.thing("zones:lan")).to_be_visible()
        room.drag(room.thing("servers:CAS1"), room.thing("zones:dmz"))
        expect(room.thing("servers:CAS1")).to_contain_text("unsupported")
        expect(other.root.locator(".thing.servers")).to_have_count(0)
        assert second.topology.customer == "Fabrikam" and [zone.name for zone in second.topology.zones] == [
            "internet", "lan",
        ]  # fmt: skip
        assert room.home.topology.customer == RECOMMENDED.customer
        page.close()


def strangely_named(name: str) -> Topology:
    plain = three_servers().to_plain()
    plain["customer"] = name
    plain["servers"][1]["name"] = name
    plain["publishing"][0] |= {"name": name, "targets": [name]}
    plain["firewalls"][0]["name"] = name
    plain["firewalls"][1]["allow"][0]["to"] = name
    plain["mail_flow"] = [{"path": ["internet", name]}]
    plain["zones"][2]["name"] = f"{name} zone"
    for server in plain["servers"][1:]:
        server["zone"] = f"{name} zone"
    plain["forests"][0]["zone"] = plain["firewalls"][1]["between"][1] = f"{name} zone"
    return Topology.model_validate(plain)


def test_strange_names_are_shown_as_text(room: Room, tmp_path: Path):
    for name in HOSTILE:
        room.load(strangely_named(name), tmp_path)
        assert room.root.locator("h2 bdi").text_content() == name
        server = room.root.locator(".thing.servers").nth(1)
        assert name in (server.get_attribute("aria-label") or "")
        server.click()
        room.tab("Selected")
        expect(room.root.locator(".panel h3 bdi")).to_have_text(name)
        room.settled()
        assert faults(room) == []
        assert room.root.locator("img, script").count() == 0
        room.button("Picture").click()
        expect(room.root.locator(".made svg")).to_be_visible(timeout=15_000)
        room.button("Back to the canvas").click()


MEASURE = """() => {
  const svg = document.querySelector(".exkit-workshop svg.canvas"), faults = [], texts = [];
  const box = (one) => { const b = one.getBBox(), at = one.getCTM(), x = b.x + at.e, y = b.y + at.f;
    return {left: x, top: y, right: x + b.width, bottom: y + b.height}; };
  const inside = (a, b) => a.left >= b.left - .5 && a.right <= b.right + .5 && a.top >= b.top - .5 && a.bottom <= b.bottom + .5;
  const meet = (a, b) => a.left < b.right - .5 && b.left < a.right - .5 && a.top < b.bottom - .5 && b.top < a.bottom - .5;
  const ground = svg.parentElement, view = {left: 0, top: 0, right: ground.clientWidth, bottom: ground.clientHeight};
  for (const text of svg.querySelectorAll("text")) {
    const own = box(text), holder = text.parentElement.querySelector("rect");
    if (!inside(own, box(holder))) faults.push(`leaves its box: ${text.textContent}`);
    if (!inside(own, view)) faults.push(`leaves the canvas: ${text.textContent}`);
    for (const other of texts) if (meet(own, other.own)) faults.push(`on text: ${text.textContent} / ${other.said}`);
    texts.push({own, said: text.textContent});
  }
  const boxes = [...svg.querySelectorAll(".thing.servers > rect, .thing.publishing > rect, .thing.mail_flow > rect, .thing.firewalls > rect")].map(box);
  boxes.forEach((one, index) => boxes.slice(index + 1).forEach((two) => meet(one, two) && faults.push("boxes overlap")));
  const place = ground.parentElement;
  if (place.scrollWidth > place.clientWidth + 1) faults.push("the canvas is wider than its place");
  return texts.length < 10 ? ["no text"] : faults;
}"""  # noqa: E501


def faults(room: Room) -> list[str]:
    found: list[str] = room.page.evaluate(MEASURE)
    return found


def test_no_text_overlaps_or_leaves_its_box_at_any_size_also_in_large_type(room: Room, tmp_path: Path):
    for make in (three_servers, twenty_servers, sixty_servers):
        room.load(make(), tmp_path)
        assert faults(room) == []
        room.button("Presenter").click()
        room.settled()
        assert faults(room) == []
        sizes = room.page.evaluate(
            "[...document.querySelectorAll('.exkit-workshop.presenter .panel, .exkit-workshop.presenter .answer')]"
            ".map(one => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 22
        room.button("Presenter").click()


def serious(room: Room) -> list[str]:
    """What axe-core finds that keeps people out: on Voila the whole page, in JupyterLab the workshop's own root."""
    room.settled()
    assert AXE.exists(), "axe-core is missing: make test installs it from npm"
    if not room.page.evaluate("Boolean(window.axe)"):
        # Lab loads modules by AMD, which would take axe for one of its own.
        room.page.evaluate(
            f"(() => {{ const define = undefined, module = undefined, exports = undefined; {AXE.read_text()} }})()"
        )
    where = "document" if room.home.kind == "voila" else "document.querySelector('.exkit-workshop')"
    result = room.page.evaluate(f"axe.run({where}, {{resultTypes: ['violations']}})")
    assert len(result["passes"]) > 5, "axe looked at something"
    return [
        f"{one['id']}: {node['html'][:160]}: {node['failureSummary'][:300]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_nothing_keeps_people_out_by_axe(room: Room, tmp_path: Path):
    room.load(twenty_servers(), tmp_path)
    found = serious(room)
    for key in ("servers:CASOLD", "firewalls:inner", "publishing:web-mail"):
        room.thing(key).click()
        room.tab("Selected")
        found += serious(room)
    for tab in ("Verdicts", "Questions", "Notes"):
        room.tab(tab)
        room.root.locator(".panel details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        room.page.wait_for_timeout(100)
        found += serious(room)
    room.button("Dark").click()
    found += serious(room)
    room.button("Presenter").click()
    found += serious(room)
    room.button("Presenter").click()
    room.button("Light").click()
    for sheet in ("Picture", "Ports", "Start from", "Take out"):
        room.button(sheet).click()
        room.page.wait_for_timeout(600)
        found += serious(room)
    room.button("Back to the canvas").click()
    room.button("Tour").click()
    expect(room.root.locator(".tour")).to_be_visible()
    found += serious(room)
    room.button("End the tour").click()
    assert sorted(set(found)) == []
