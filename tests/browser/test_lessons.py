"""Lessons in real Chromium, in both of their homes: Voila as `exkit learn` starts it, and JupyterLab."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from exkit.report.judged import facts_of_today
from exkit.tutor import progress
from exkit.tutor.exercises import Exercise, PairExercise, RepairExercise
from exkit.tutor.lesson import LEARNER, Lesson, lesson_named, notebook_of, open_lesson, pool_of
from exkit.tutor.marking import PairAnswer
from exkit.tutor.pages import write_pages
from exkit.tutor.serving import serving
from exkit.tutor.view import SECTIONS
from exkit.workshop.forms import form
from exkit.workshop.serving import Server
from tests.browser.conftest import OutsideRequests
from tests.browser.homes import SLOW, jupyterlab, kernels_of, kill, run_all
from tests.tutor.learner import right_answer

AXE = Path(sys.prefix) / "node_modules" / "axe-core" / "axe.min.js"
LESSON = "02"  # a pair, ports, a repair, a pair
NAME = "<img src=x onerror=alert(1)> & <b>Kim</b>"
FURTHEST = 400  # presses of Tab until something is out of reach
FOCUS = "(document.activeElement.dataset || {}).k || ''"


@cache
def name() -> str:
    """A learner whose repair is one choice from the pick-lists: each learner has exercises of his own."""
    for number in range(100):
        found = Lesson(lesson_named(LESSON), Path("none"), f"{NAME} {number}")
        if mending(found.made(3)):
            return found.who
    raise AssertionError("no such learner")


@dataclass(frozen=True)
class School:
    """Where lessons run: `voila` or `lab`, and the file of progress."""

    kind: str
    server: Server
    file: Path

    def lesson(self) -> Lesson:
        """What the page shows, seen from here."""
        return open_lesson(LESSON, str(self.file))


@contextlib.contextmanager
def voila(folder: Path) -> Iterator[School]:
    file = folder / "progress.jsonl"
    with serving(LESSON, file) as servers:
        yield School("voila", servers[0], file)


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[School]:
    file = folder / "progress.jsonl"
    with jupyterlab(folder, f"learn/{notebook_of(LESSON).name}", f"progress: str = {str(file)!r}") as server:
        yield School("lab", server, file)


@pytest.fixture(scope="module", params=["voila", "lab"])
def school(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, LEARNER, name())
        with {"voila": voila, "lab": lab}[request.param](tmp_path_factory.mktemp(request.param)) as running:
            yield running


@dataclass(frozen=True)
class Desk:
    """A lesson on a page, and what a learner does there."""

    page: Page
    school: School

    def open(self) -> None:
        """As a person would: the link, and in JupyterLab all cells."""
        self.page.goto(self.school.server.link, timeout=SLOW)
        if self.school.kind == "lab":
            self.page.locator(".jp-CodeCell").first.wait_for(timeout=SLOW)
            self.page.get_by_text("| Idle").wait_for(timeout=SLOW)
            self.run()
        self.end().wait_for(state="attached", timeout=2 * SLOW)
        for number in range(1, 5):
            self.settled(number)

    def run(self) -> None:
        run_all(self.page)
        self.end().wait_for(state="attached", timeout=2 * SLOW)  # Lab shows what is on the screen, and no more

    def sheet(self, number: int) -> Locator:
        return self.page.locator(".exkit-tutor", has_text=f"Exercise {number} of 4")

    def end(self) -> Locator:
        return self.page.locator(".exkit-tutor", has_text="exercises are right")

    def settled(self, number: int) -> None:
        expect(self.sheet(number)).to_have_attribute("data-busy", "false", timeout=15_000)

    def key(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def focus(self) -> str:
        found: str = self.page.evaluate(FOCUS)
        return found

    def to(self, wanted: str) -> None:
        """Tab until what has the focus begins so."""
        for _ in range(FURTHEST):
            if self.focus().startswith(wanted):
                return
            self.key("Tab")
        raise AssertionError(f"the keyboard does not reach {wanted!r}")

    def begin(self, number: int) -> None:
        """To an exercise: by Tab on Voila; JupyterLab moves between cells in its own way."""
        inside = f"document.activeElement.closest('.exkit-tutor')?.textContent.includes('Exercise {number} of 4')"
        if self.school.kind == "lab":
            self.sheet(number).locator(".paper").first.focus()
        for _ in range(FURTHEST):
            if self.page.evaluate(inside):
                return
            self.key("Tab")
        raise AssertionError(f"the keyboard does not reach exercise {number}")

    # Answers by keyboard alone

    def choose(self, group: str, at: int) -> None:
        self.to(f"{group}/")
        self.key("Space")
        for _ in range(20):
            if self.focus() == f"{group}/{at}":
                return
            self.key("ArrowDown")
        raise AssertionError(f"arrows do not reach {group}/{at}")

    def pair(self, number: int, made: PairExercise, answer: PairAnswer) -> None:
        self.begin(number)
        self.choose("verdict", made.verdicts.index(answer.verdict))
        self.choose("reason", made.reasons.index(answer.reason))
        self.send(number)

    def ports(self, number: int, offered: tuple[str, ...], answer: frozenset[str]) -> None:
        self.begin(number)
        for at, port in enumerate(offered):
            self.to(f"ports/{at}")
            if port in answer:
                self.key("Space")
        self.send(number)

    def repair(self, number: int, way: Mending) -> None:
        self.begin(number)
        for list_, words in (("item", way.item), ("field", way.field), ("value", way.value)):
            if words:
                self.to(list_)
                self.page.keyboard.type(words)
                self.key("Tab")
                self.settled(number)
                expect(self.sheet(number).locator(f"[data-k={list_}] option:checked")).to_have_text(words)
        for box in way.boxes:
            self.to(f"value/{box}")
            self.key("Space")
        self.to("apply")
        self.key("Enter")
        expect(self.sheet(number)).to_contain_text("What you changed")
        self.settled(number)
        self.send(number)

    def send(self, number: int) -> None:
        self.to("answer")
        self.key("Enter")
        self.sheet(number).locator(".feedback").wait_for(timeout=15_000)
        self.settled(number)
        assert self.focus() == "feedback", "a screen reader goes on where the answer is"


@pytest.fixture
def desk(school: School, quiet: Page) -> Desk:
    """The lesson as nobody has answered it yet."""
    quiet.set_viewport_size({"width": 1366, "height": 900})
    school.file.unlink(missing_ok=True)
    at = Desk(quiet, school)
    at.open()
    return at


def key_of(made: Exercise) -> object:
    return right_answer(made, pool_of(LESSON))


@dataclass(frozen=True)
class Mending:
    """What a repair takes, in the words of the pick-lists; of several values, which boxes change."""

    item: str
    field: str
    value: str
    boxes: tuple[int, ...]


def mending(made: Exercise) -> Mending | None:
    """One choice from the pick-lists that makes the other half of the pair; None where it takes more."""
    before, after = made.topology.to_plain(), key_of(made).to_plain()  # type: ignore[attr-defined]
    differing = [section for section in {*before, *after} if before.get(section) != after.get(section)]
    if len(differing) != 1 or differing[0] not in ("servers", "zones", "publishing"):
        return None
    (section,) = differing
    items = [(was, now) for was, now in zip(before[section], after[section], strict=False) if was != now]
    if len(items) != 1 or len(before[section]) != len(after[section]):
        return None
    ((was, now),) = items
    facts = facts_of_today()
    for field in form(made.topology, facts, section, was["name"]):
        if was | {field.key: now.get(field.key)} == now:
            words = [words for value, words in field.choices if value == now.get(field.key)]
            held, wanted = (set(one.get(field.key) or ()) if field.kind == "many" else set() for one in (was, now))
            boxes = tuple(at for at, (value, _) in enumerate(field.choices) if value in held ^ wanted)
            word = SECTIONS[section]
            return Mending(f"{was['name']} ({word})", field.label, words[0] if words else "", boxes)
    return None


def answers_in(school: School) -> list[bool]:
    return [entry.right for entry in progress.read(school.file)]


def test_a_lesson_is_worked_through_by_keyboard_alone(desk: Desk):
    lesson = desk.school.lesson()
    first, second, third, fourth = (lesson.made(number) for number in range(1, 5))
    assert isinstance(first, PairExercise) and isinstance(third, RepairExercise) and isinstance(fourth, PairExercise)
    desk.page.evaluate("document.activeElement.blur()")

    desk.begin(1)
    desk.to("answer")
    desk.key("Enter")  # nothing is chosen yet
    expect(desk.sheet(1).locator(".spoken")).to_have_text("Choose a verdict first.")
    assert answers_in(desk.school) == []
    desk.pair(1, first, key_of(first))  # type: ignore[arg-type]
    expect(desk.sheet(1).locator(".feedback")).to_contain_text("✓ Right")
    assert answers_in(desk.school) == [True], "on the disk before it is shown"

    desk.ports(2, second.offered, key_of(second))  # type: ignore[union-attr, arg-type]
    expect(desk.sheet(2).locator(".feedback")).to_contain_text("✓ Right")

    way = mending(third)
    assert way is not None
    desk.repair(3, way)
    expect(desk.sheet(3).locator(".feedback")).to_contain_text("✓ Right")

    right = key_of(fourth)
    assert isinstance(right, PairAnswer)
    wrong = PairAnswer(right.verdict, next(one for one in fourth.reasons if one != right.reason))
    desk.pair(4, fourth, wrong)
    feedback = desk.sheet(4).locator(".feedback")
    expect(feedback).to_contain_text("✕ Not right")
    expect(feedback.locator(".finding")).to_contain_text(right.reason)
    expect(desk.end()).to_contain_text("3 of 4 exercises are right")
    desk.to("again")
    desk.key("Enter")
    expect(feedback).to_have_count(0)
    desk.settled(4)
    desk.pair(4, fourth, right)
    expect(desk.sheet(4).locator(".feedback")).to_contain_text("✓ Right")
    assert answers_in(desk.school) == [True, True, True, False, True]
    expect(desk.end()).to_contain_text(f"{name()}: 4 of 4 exercises are right. This lesson is done.")
    expect(desk.end().locator("img")).to_have_count(0)


def test_what_was_answered_is_there_after_a_reload_and_after_the_kernel_was_killed(desk: Desk):
    made = desk.school.lesson().made(1)
    assert isinstance(made, PairExercise)
    right = key_of(made)
    at = next(number for number, verdict in enumerate(made.verdicts) if verdict is not right.verdict)  # type: ignore[attr-defined]
    sheet = desk.sheet(1)
    sheet.locator(f"[data-k='verdict/{at}']").check()
    sheet.locator("[data-k='reason/0']").check()
    sheet.locator("[data-k=answer]").click()
    expect(sheet.locator(".feedback")).to_contain_text("✕ Not right", timeout=15_000)
    desk.open()
    expect(sheet.locator(".feedback")).to_contain_text("✕ Not right")
    expect(sheet.locator(f"[data-k='verdict/{at}']")).to_be_checked()

    kill(kernels_of(desk.school.server)[-1])
    sheet.locator("[data-k=again]").evaluate("one => one.click()")  # nobody is there to do it; Lab's dialog is above
    expect(sheet.locator(".warning")).to_contain_text("does not answer", timeout=15_000)
    assert answers_in(desk.school) == [False]
    if desk.school.kind == "lab":
        desk.page.locator(".jp-Dialog button", has_text="Ok").click()  # Lab says that it starts another kernel
        desk.page.get_by_text("| Idle").wait_for(timeout=SLOW)
        desk.run()
    else:
        desk.open()
    expect(sheet.locator(".feedback")).to_contain_text("✕ Not right", timeout=SLOW)
    desk.settled(1)
    sheet.locator("[data-k=again]").click()
    expect(sheet.locator("[data-k=answer]")).to_be_visible()


def serious(page: Page, where: str = "document") -> list[str]:
    """What axe-core finds that keeps people out."""
    assert AXE.exists(), "axe-core is missing: make test installs it from npm"
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(
            f"(() => {{ const define = undefined, module = undefined, exports = undefined; {AXE.read_text()} }})()"
        )
    result = page.evaluate(f"axe.run({where}, {{resultTypes: ['violations']}})")
    assert len(result["passes"]) > 5, "axe looked at something"
    return [
        f"{one['id']}: {node['html'][:160]}: {node['failureSummary'][:300]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def too_wide(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


def test_nothing_keeps_people_out_by_axe(desk: Desk):
    """On Voila the whole page, in JupyterLab what is ours."""
    where = "document" if desk.school.kind == "voila" else "{include: [['.exkit-tutor']]}"
    found = serious(desk.page, where)
    for number in range(1, 5):
        sheet = desk.sheet(number)
        for group in ("verdict", "reason", "ports"):
            if sheet.locator(f"[data-k='{group}/0']").count():
                sheet.locator(f"[data-k='{group}/0']").check()
        sheet.locator("[data-k=answer]").click()
        sheet.locator(".feedback").wait_for(timeout=15_000)
        sheet.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        desk.settled(number)
    found += serious(desk.page, where)
    desk.page.emulate_media(color_scheme="dark")
    if desk.school.kind == "lab":
        desk.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    found += serious(desk.page, where)
    desk.page.set_viewport_size({"width": 390, "height": 800})
    found += serious(desk.page, where)
    assert sorted(set(found)) == []
    assert desk.school.kind == "lab" or too_wide(desk.page) <= 0, "a phone does not scroll sideways"


def test_a_lesson_as_a_page_needs_nothing_and_keeps_nobody_out(page: Page, outside: OutsideRequests, tmp_path: Path):
    (file,) = write_pages(tmp_path, tmp_path / "progress.jsonl", [LESSON])
    found = []
    for scheme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(file.as_uri())
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        found += serious(page)
        assert too_wide(page) <= 0
    assert sorted(set(found)) == []
    assert outside == []


HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "\"quoted\" 'name' & <b>bold</b>")
RENDER = """async ([esm, css, shown]) => {
  const style = document.createElement("style"); style.textContent = css; document.head.append(style);
  const module = await import(URL.createObjectURL(new Blob([esm], {type: "text/javascript"})));
  const model = {get: () => shown, on: () => {}, off: () => {}, send: () => {}};
  module.default.render({model, el: document.body});
}"""


def test_names_with_markup_are_shown_as_text(page: Page, outside: OutsideRequests, tmp_path: Path):
    """Each kind of exercise, asked and answered, with names that a customer could have typed."""
    lesson = Lesson(lesson_named(LESSON), tmp_path / "progress.jsonl", name())
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    for number in range(1, 4):
        sheet = lesson.exercise(number)
        for answered in (False, True):
            if answered:
                plain = {
                    "verdict": "unknown",
                    "reason": getattr(sheet.exercise, "reasons", [""])[0],
                    "ports": [],
                    "steps": [],
                }
                lesson.take(sheet.exercise, plain)
                sheet.follow()
            shown = sheet.shown
            for server, evil in zip(sheet.exercise.topology.servers, HOSTILE, strict=False):
                shown = shown.replace(server.name, json.dumps(evil)[1:-1])
            page.goto("about:blank")
            page.evaluate(RENDER, [sheet._esm, sheet._css, shown])
            page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
            expect(page.locator(".exkit-tutor")).to_contain_text(HOSTILE[0])
            assert page.locator("img[src=x], script, .exkit-tutor b b").count() == 0
    assert said == [] and outside == []
