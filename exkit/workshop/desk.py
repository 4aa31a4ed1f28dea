"""The widget: takes what people do on the page, does it by the session's rules, and shows what came of it.

Nothing is decided here. A message is one attempt: it is done and on disk, or refused with a sentence for the page.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from exkit import diagram, report
from exkit.advice import Advice
from exkit.facts import Facts, load
from exkit.intake import TopologyError, read, read_text
from exkit.patterns import pattern_named
from exkit.report.judged import Judged
from exkit.topology import CONTROL, Topology, Version
from exkit.verdict import Verdict
from exkit.workshop import beginning, taking, tour, view
from exkit.workshop.asked import answer, asked
from exkit.workshop.beginning import known_patterns
from exkit.workshop.changes import changes
from exkit.workshop.edits import Change, Refused, Remove
from exkit.workshop.forms import needed_lines, steps_for
from exkit.workshop.journal import Journal, JournalError
from exkit.workshop.palette import drawn, moved, palette, placed
from exkit.workshop.screen import Screen
from exkit.workshop.session import AnyAction, Edit, Foreseen, Load, Session, action_of, follow, foresee

WEB = Path(__file__).parent / "web"
SCRIPTS = (
    "draw.js",
    "memory.js",
    "fields.js",
    "canvas.js",
    "hands.js",
    "panels.js",
    "sheets.js",
    "line.js",
    "workshop.js",
)  # in this order
AFTER = 0.03  # seconds until the rest is worked out: the page has painted what came first, and has the processor back
OVERDUE = 1.0  # seconds after which the rest will not come any more: a subshell took its clock along when it ended
LOOK_EVERY = 0.5  # seconds between looks at the journal: what others did
AS_THEY_ARE = frozenset({"undo", "redo", "checkpoint", "restore", "branch", "switch", "decide", "park", "settle"})
Message = Mapping[str, Any]
Reply = dict[str, Any]


def open_desk(file: str | os.PathLike[str] = "", pattern: str = "") -> Desk:
    """See `exkit.workshop.open`. A pattern is what a file that is not there yet starts from."""
    path = Path(file or os.environ.get(beginning.FILE, "") or "workshop.yaml")
    if os.environ.get(beginning.READ_ONLY):
        return Desk(Journal(beginning.journal_of(path)), load(), read_only=True)
    return Desk(beginning.opened(path, pattern or os.environ.get(beginning.FROM, "")), load())


def _stylesheet() -> str:
    """The verdicts' looks from `exkit.verdict`, the style of the report's sections, and the workshop's own.

    On dark paper the words of a verdict take its lighter colour.
    """
    looks = "".join(
        f".exkit-workshop .v-{one.value}{{--verdict:{one.colour};--verdict-text:{one.text_colour};"
        f"--verdict-ink:{one.text_colour};--dash:{one.dashes or 'none'}}}\n"
        f".exkit-workshop.dark .v-{one.value}{{--verdict-ink:color-mix(in srgb,{one.colour} 55%,#fff)}}\n"
        for one in Verdict
    )
    return (
        looks
        + report.style().html.removeprefix("<style>").removesuffix("</style>")
        + (WEB / "workshop.css").read_text(encoding="utf-8")
    )


class Desk(anywidget.AnyWidget):
    """A workshop on the screen. `topology`, `session` and `judged` are for cells below it."""

    _esm = "\n".join((WEB / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = _stylesheet()
    # `shown` as JSON text, as both sides would walk through all of a dict. First what people look at, then the rest;
    # `turn` tells which rest belongs to which first.
    first = traitlets.Unicode("{}").tag(sync=True)
    rest = traitlets.Unicode("{}").tag(sync=True)
    offered = traitlets.Dict().tag(sync=True)  # what never changes: the palette of each version, the patterns

    def __init__(self, journal: Journal, facts: Facts, *, read_only: bool = False) -> None:
        super().__init__()
        self._journal = journal
        self._facts = facts
        self._read_only = read_only
        self._selected = ("", "")
        self._who = ""
        self._tour: tuple[int, Session] | None = None
        self._screen = Screen(facts)
        self._foreseen: Foreseen | None = None
        self._trouble = ""
        # JupyterLab hears each page in a thread of its own (a subshell), while the kernel's own looks for others.
        self._alone = threading.RLock()
        self._turn = 0
        self._following: asyncio.TimerHandle | None = None
        self._watched = False  # by a page: Voila keeps a kernel warm for the next one
        self.offered = {
            "palettes": {version.value: [vars(one) for one in palette(facts, version)] for version in Version},
            "patterns": [{"name": one.name, "lesson": one.lesson} for one in known_patterns()],
        }
        self._show()
        self.on_msg(self._heard)
        with contextlib.suppress(RuntimeError):  # no loop runs outside a kernel
            self._looking = asyncio.get_running_loop().create_task(self._look())
        gc.freeze()  # what is loaded by now stays: looking through it for garbage would take longer than an edit

    def __repr__(self) -> str:
        if self._journal.session is None:
            return "Workshop that has not begun"
        told = view.summary(self.advice, self._facts)
        return (
            f"Workshop on {self.topology.customer}, {self._journal.count} entries in its journal\n"
            f"Topology: {told['topology']['word']}\nLife cycle: {told['lifecycle']['word']}\n{self.topology.digest()}"
        )

    @property
    def session(self) -> Session:
        """The session on the screen: the tour's while it runs. Raises Refused before the workshop began."""
        if self._tour:
            return self._tour[1]
        if self._journal.session is None:
            raise Refused("this workshop has not begun")
        return self._journal.session

    @property
    def topology(self) -> Topology:
        """The topology on the screen."""
        return self.session.topology

    @property
    def advice(self) -> Advice:
        """What the facts say of it."""
        return self._screen.advice(self.topology)

    @property
    def judged(self) -> Judged:
        """The same for the sections of a report: `report.answer(desk.judged)`."""
        return view.judged(self.advice, self._facts, self._journal.path.name)

    # What is shown

    @property
    def shown(self) -> Reply:
        """All that the page shows now."""
        return {**self._first(), **self._drawing(), **self._rest()}

    def _show(self) -> None:
        """What comes first at once, the rest a little later: for all that was shown by then."""
        self._turn += 1
        # The picture is text of its own, so that the page knows one again that was foreseen.
        self.first = _json({"turn": self._turn, **self._first(), "picture": _json(self._drawing())})
        if not self._waits:
            self._screen.notice(self.session)
        if self._following is None or self._following.when() + OVERDUE < time.monotonic():
            try:
                self._following = asyncio.get_running_loop().call_later(AFTER, self._follow)
            except RuntimeError:  # outside a kernel nobody waits
                self._follow()

    def _follow(self) -> None:
        with self._alone:
            self._following = None
            self.rest = _json({"of": self._turn, **self._rest()})

    @property
    def _waits(self) -> bool:
        return self._journal.session is None and not self._tour

    def _first(self) -> Reply:
        first = {"begun": not self._waits, "readOnly": self._read_only, "trouble": self._trouble}
        if self._waits:
            return first
        told = tour.shown(self._tour[0]) if self._tour else None
        return {**first, "head": self._journal.head, "tour": told, **self._screen.history(self.session)}

    def _drawing(self) -> Reply:
        return {} if self._waits else self._screen.picture(self.session)

    def _rest(self) -> Reply:
        if self._waits:
            return {}
        return {"file": self._journal.path.name, **self._screen.rest(self.session, self._selected)}

    # What is done

    def _heard(self, _widget: object, message: Message, _buffers: object) -> None:
        with self._alone:
            self._hear(message)

    def _hear(self, message: Message) -> None:
        number = message.get("id")
        try:
            handler = self._handlers.get(str(message.get("do")))
            if handler is None:
                raise Refused(f"the workshop knows no {message.get('do')!r}")
            reply = handler(self, message)
            if asyncio.iscoroutine(reply):
                asyncio.get_running_loop().create_task(self._later(number, reply))
                return
        except Exception as error:  # the page must hear of everything
            self._failed(number, error)
            return
        self.send({"reply": number, "ok": True, **(reply or {})})

    async def _later(self, number: object, work: Any) -> None:
        try:
            reply = await work
        except Exception as error:
            self._failed(number, error)
            return
        self.send({"reply": number, "ok": True, **(reply or {})})

    def _failed(self, number: object, error: Exception) -> None:
        told = str(error)
        if not isinstance(error, Refused | JournalError | TopologyError | diagram.DrawingError | ValueError | OSError):
            told = f"This is a defect of exkit: {type(error).__name__}: {error}. What is on disk is whole."
        with self._alone:
            self._show()
        self.send({"reply": number, "ok": False, "error": told})

    def _do(self, action: AnyAction, message: Message) -> None:
        """On disk, then on the screen. The tour's own example is on no disk."""
        if self._read_only:
            raise Refused("this window only follows: changes are made in the other one")
        if self._tour:
            self._tour = (self._tour[0], follow(self._tour[1], action, "", "", self._foreseen))
        else:
            self._journal.append(action, self._who, message.get("head"), self._foreseen)
        self._show()

    def _edit(self, steps: Any, message: Message, because: str = "") -> None:
        self._do(Edit(steps=steps, because=because), message)

    def _select(self, message: Message) -> Reply:
        self._selected = (str(message.get("section", "")), str(message.get("name", "")))
        return {"form": self._screen.form(self.topology, *self._selected)}

    def _hello(self, message: Message) -> None:
        self._see()
        self._watched = True

    def _name(self, message: Message) -> None:
        who = " ".join(str(message.get("who", "")).split())[:80]
        if CONTROL.search(who):
            raise Refused("a name may hold no control characters")
        self._who = who

    def _as_it_is(self, message: Message) -> None:
        kept = {key: value for key, value in message.items() if key not in ("id", "head")}
        self._do(action_of(kept), message)

    def _set(self, message: Message) -> Reply:
        section, name = message["section"], message["name"]
        steps = steps_for(self.topology, section, name, message["key"], message["value"])
        if message["key"] != "name" or self._selected != (section, name):
            self._edit(steps, message)
            return {}
        self._selected = (section, str(message["value"]).strip())
        self._edit(steps, message)
        return {"section": section, "name": self._selected[1]}

    def _add(self, message: Message) -> Reply:
        version = Version(message["version"])
        steps, name = placed(self.topology, self._facts, message["kind"], message.get("zone") or "", version)
        section = steps[0].section
        self._selected = (section, name)
        self._edit(steps, message)
        return {"section": section, "name": name}

    def _draw(self, message: Message) -> Reply:
        steps, section, name = drawn(self.topology, message["kind"], [str(end) for end in message["ends"]])
        self._selected = (section, name)
        self._edit(steps, message)
        return {"section": section, "name": name}

    def _foresee(self, message: Message) -> Reply:
        """A server is held over a zone: what would be said is worked out while the hand still hovers."""
        steps = moved(self.topology, message["name"], message["zone"])
        self._foreseen = foresee(self.session, Edit(steps=steps))
        return {"picture": _json(self._screen.foresee(self._foreseen.after.topology))}

    def _move(self, message: Message) -> None:
        self._edit(moved(self.topology, message["name"], message["zone"]), message)

    def _remove(self, message: Message) -> None:
        self._edit((Remove(section=message["section"], name=message["name"]),), message)

    def _answer(self, message: Message) -> None:
        finding = next((one for one in self.advice.questions if one.id == message["finding"]), None)
        if finding is None:
            raise Refused("that question is not open any more")
        question = asked(finding, self.topology, self._facts)
        steps = answer(question, message["names"], message["value"], self.topology)
        self._edit(steps, message, question.text)

    def _tighten(self, message: Message) -> None:
        lines: Any = needed_lines(self.topology, self._facts, message["name"])
        self._edit((Change(section="firewalls", name=message["name"], field="allow", value=lines),), message)

    def _load(self, message: Message) -> None:
        if "pattern" in message:
            found = pattern_named(known_patterns(), message["pattern"])
            plain, origin = read(found.path).topology.to_plain(), f"the pattern {found.name}"
            plain["customer"] = self.topology.customer
        else:
            origin = str(message["name"])
            plain = read_text(str(message["text"]), origin).topology.to_plain()
        self._do(Load(topology=plain, origin=origin), message)

    async def _picture(self, message: Message) -> Reply:
        judged = self.judged
        piece = await asyncio.to_thread(report.picture, judged)
        return {"html": piece.html}

    def _ports(self, message: Message) -> Reply:
        return {"html": report.ports(self.judged).html}

    async def _compare(self, message: Message) -> Reply:
        names = [str(message["one"]), str(message["other"])]
        if unknown := [name for name in names if name not in self.session.variants]:
            raise Refused(f"there is no branch {unknown[0]!r}")
        sides = [self._screen.advice(self.session.variants[name].now) for name in names]
        pictures = [await asyncio.to_thread(diagram.to_svg, side) for side in sides]
        return {
            "sides": [
                {"name": name, "svg": picture, **view.summary(side, self._facts)}
                for name, side, picture in zip(names, sides, pictures, strict=True)
            ],
            "differ": view.changed(changes(*sides)),
        }

    async def _take(self, message: Message) -> Reply:
        if self._read_only:
            raise Refused("this window only follows: files are taken out in the other one")
        if self._tour:
            raise Refused("the tour's example is not taken out: end the tour first")
        session, judged = self.session, self.judged
        made = await asyncio.to_thread(taking.take, session, judged, str(message["what"]), self._journal.path)
        return {"file": str(made), "name": made.name}

    def _touring(self, message: Message) -> None:
        step = message.get("step")
        self._tour = None if step is None else (int(step), tour.session(int(step)))
        self._selected = ("", "")
        if not step:
            self._screen.begin_again()
        self._show()

    _handlers: ClassVar[dict[str, Callable[..., Any]]] = {
        "hello": _hello, "who": _name, "select": _select, "set": _set, "add": _add, "draw": _draw, "move": _move,
        "foresee": _foresee,
        "remove": _remove, "answer": _answer, "tighten": _tighten, "load": _load, "picture": _picture,
        "ports": _ports, "compare": _compare, "take": _take, "tour": _touring,
        **dict.fromkeys(AS_THEY_ARE, _as_it_is),
    }  # fmt: skip

    # What others do

    def _see(self) -> None:
        with self._alone:
            try:
                news = self._journal.catch_up()
            except JournalError as error:
                self._trouble, news = str(error), True
            if news:
                if not self._watched:  # what was done before anybody looked is not what changed just now
                    self._screen.begin_again()
                self._show()

    async def _look(self) -> None:
        while not self._trouble:
            await asyncio.sleep(LOOK_EVERY)
            if self._watched:
                self._see()


def _json(shown: Reply) -> str:
    return json.dumps(shown, separators=(",", ":"))
