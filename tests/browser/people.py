"""People who do a workshop's work with one means only: a mouse, or a keyboard."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.browser.homes import Room

FURTHEST = 300  # presses until something is out of reach

NAME_OF_FOCUS = """() => { const one = document.activeElement;
  const label = one.closest("[role=listbox]")?.getAttribute("aria-label") || "";
  return {key: one.dataset?.key || "", k: one.dataset?.k || "", role: one.getAttribute("role") || one.tagName, label,
          name: (one.getAttribute("aria-label") || one.textContent || "").trim()}; }"""
STEP_TO = """(key) => { const middle = (one) => { const b = one.getBoundingClientRect();
    return [b.x, one.classList.contains("zones") ? b.y + 8 : b.y + b.height / 2]; };
  const [x, y] = middle(document.activeElement), [tx, ty] = middle(document.querySelector(`[data-key="${key}"]`));
  return Math.abs(ty - y) > 6 ? (ty > y ? "ArrowDown" : "ArrowUp") : tx > x ? "ArrowRight" : "ArrowLeft"; }"""


@dataclass
class Mouse:
    """Moves, presses and lets go; types nothing."""

    room: Room

    def click(self, target: Locator) -> None:
        for _ in range(5):  # what was painted anew meanwhile has no place until it is looked for again
            target.evaluate("one => one.scrollIntoView({block: 'nearest'})")
            if box := target.bounding_box():
                break
        assert box
        self.room.page.mouse.click(box["x"] + min(box["width"] / 2, 60), box["y"] + min(box["height"] / 2, 9))
        self.room.settled()

    def press(self, name: str) -> None:
        self.click(self.room.button(name))

    def add(self, kind: str, zone: str) -> None:
        count = self.room.root.locator(".thing.servers").count()
        self.room.drag(self.room.button(kind), self.room.thing(f"zones:{zone}"))
        expect(self.room.root.locator(".thing.servers")).to_have_count(count + 1)
        self.room.settled()

    def draw(self, kind: str, *keys: str) -> None:
        self.press(kind)
        for key in keys:
            self.click(self.room.thing(key))
        self.press("Done")
        expect(self.room.root.locator(".happened.chain")).to_have_count(0)

    def choose(self, key: str, field: str, value: str) -> None:
        self.click(self.room.thing(key))
        self.click(self.room.root.get_by_role("tab", name="Selected"))
        option = self.room.root.get_by_role("listbox", name=field, exact=True).get_by_role(
            "option", name=value, exact=True
        )
        self.click(option)
        expect(option).to_have_attribute("aria-selected", "true")

    def answer(self, question: str, value: str, then: str = "") -> None:
        self.click(self.room.root.get_by_role("tab", name="Questions"))
        only = self.room.root.locator(".filter input")
        if only.count() and only.is_checked():
            self.click(only)
        asked = self.room.root.locator(".finding", has_text=question)
        self.click(asked.get_by_role("option", name=value, exact=True))
        if then:
            self.click(asked.get_by_role("button", name=then, exact=True))
        expect(asked).to_have_count(0)

    def tighten(self, key: str) -> None:
        self.click(self.room.thing(key))
        self.click(self.room.root.get_by_role("tab", name="Selected"))
        self.click(self.room.root.locator(".field").get_by_role("button", name="Only what is needed", exact=True))
        expect(self.room.thing(key)).to_contain_text("rule")

    def move(self, key: str, zone: str) -> None:
        self.room.drag(self.room.thing(key), self.room.thing(f"zones:{zone}"))
        expect(self.room.root.locator(".answer .chip").first).to_contain_text("✕ unsupported")

    def undo(self) -> None:
        self.press("↶ Undo")
        expect(self.room.root.locator(".answer .chip").first).to_contain_text("✓ supported")


@dataclass
class Keyboard:
    """Tab, arrows, Enter, Space; touches no mouse once the page has the focus."""

    room: Room

    def __post_init__(self) -> None:
        self.room.root.locator(".panel").focus()

    def key(self, *keys: str) -> None:
        for key in keys:
            self.room.page.keyboard.press(key)

    def focus(self) -> dict[str, str]:
        found: dict[str, str] = self.room.page.evaluate(NAME_OF_FOCUS)
        return found

    def to(self, wanted: str, role: str = "", back: bool = False) -> None:
        """Tab until what has the focus is called so."""
        for _ in range(FURTHEST):
            here = self.focus()
            if here["name"] == wanted and (not role or here["role"].lower() == role):
                return
            self.key("Shift+Tab" if back else "Tab")
        raise AssertionError(f"the keyboard does not reach {wanted!r}")

    def to_thing(self, key: str) -> None:
        """Into the canvas by Tab, then by arrows."""
        for _ in range(FURTHEST):
            if self.focus()["key"]:
                break
            self.key("Shift+Tab")
        for _ in range(60):
            if self.focus()["key"] == key:
                return
            self.key(self.room.page.evaluate(STEP_TO, key))
        raise AssertionError(f"arrows do not reach {key!r}")

    def to_option(self, field: str, value: str) -> None:
        for _ in range(FURTHEST):
            if self.focus()["label"].startswith(field):
                break
            self.key("Tab")
        for _ in range(60):
            if self.focus()["name"] == value:
                return
            self.key("ArrowRight")
            if self.focus()["name"] != value and _ == 30:
                self.key("Home")
        raise AssertionError(f"{field}: arrows do not reach {value!r}")

    def press(self, name: str) -> None:
        self.to(name, "button", back=True)
        self.key("Enter")
        self.room.settled()

    def add(self, kind: str, zone: str) -> None:
        count = self.room.root.locator(".thing.servers").count()
        self.to_thing(f"zones:{zone}")
        self.key("Enter")
        self.press(kind)
        expect(self.room.root.locator(".thing.servers")).to_have_count(count + 1)
        self.room.settled()

    def draw(self, kind: str, *keys: str) -> None:
        self.press(kind)
        for key in keys:
            self.to_thing(key)
            self.key("Enter")
        self.press("Done")
        expect(self.room.root.locator(".happened.chain")).to_have_count(0)
        self.room.settled()

    def choose(self, key: str, field: str, value: str) -> None:
        self.to_thing(key)
        self.key("Enter")
        self.room.settled()
        self.tab("Selected")
        option = self.room.root.get_by_role("listbox", name=field, exact=True).get_by_role(
            "option", name=value, exact=True
        )
        option.wait_for()
        self.to_option(field, value)
        self.key("Space")
        expect(option).to_have_attribute("aria-selected", "true")
        self.room.settled()

    def tab(self, name: str) -> None:
        for _ in range(FURTHEST):
            if self.focus()["k"].startswith("tab/"):  # JupyterLab has tabs of its own
                break
            self.key("Tab")
        for _ in range(5):
            if self.focus()["name"].startswith(name):
                break
            self.key("ArrowRight")
        assert self.focus()["name"].startswith(name)
        self.key("Enter")

    def answer(self, question: str, value: str, then: str = "") -> None:
        self.tab("Questions")
        only = self.room.root.locator(".filter input")
        if only.count() and only.is_checked():
            for _ in range(FURTHEST):
                if self.focus()["k"] == "only":
                    break
                self.key("Tab")
            self.key("Space")
        asked = self.room.root.locator(".finding", has_text=question)
        asked.wait_for()
        self.to_option(question, value)
        self.key("Enter")
        if then:
            self.to(then, "button")
            self.key("Enter")
        expect(asked).to_have_count(0)
        self.room.settled()

    def tighten(self, key: str) -> None:
        self.to_thing(key)
        self.key("Enter")
        self.room.settled()
        self.tab("Selected")
        self.room.root.locator(".field").get_by_role("button", name="Only what is needed", exact=True).wait_for()
        for _ in range(FURTHEST):
            here = self.focus()
            if here["name"] == "Only what is needed" and here["k"].startswith("f/"):
                break
            self.key("Tab")
        self.key("Enter")
        expect(self.room.thing(key)).to_contain_text("rule")
        self.room.settled()

    def move(self, key: str, zone: str) -> None:
        self.to_thing(key)
        self.key("Shift+ArrowUp" if zone == "dmz" else "Shift+ArrowDown")
        expect(self.room.root.locator(".answer .chip").first).to_contain_text("✕ unsupported")

    def undo(self) -> None:
        self.room.root.locator(".panel").focus()
        self.key("Control+z")
        expect(self.room.root.locator(".answer .chip").first).to_contain_text("✓ supported")
