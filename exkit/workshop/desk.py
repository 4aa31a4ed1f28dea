"""The widget: takes what people do on the page, does it by the session's rules, and shows what came of it.

Nothing is decided here. A message is one attempt: it is done and on disk, or refused with a sentence for the page.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from exkit import diagram, report
from exkit.advice import Advice, advise
from exkit.facts import Facts, load
from exkit.intake import TopologyError, read, read_text
from exkit.patterns import Pattern, data_folder, pattern_named, patterns
from exkit.report.judged import Judged
from exkit.topology import Topology, Version
from exkit.verdict import Verdict
from exkit.workshop import taking, tour, view
from exkit.workshop.asked import answer, asked
from exkit.workshop.changes import Changes, changes
from exkit.workshop.edits import Change, Refused, Remove, apply, name_of
from exkit.workshop.forms import form, needed_lines, steps_for
from exkit.workshop.journal import SUFFIX, Journal, JournalError
from exkit.workshop.palette import drawn, moved, palette, placed, version_of
from exkit.workshop.session import AnyAction, Edit, Load, Session, Start, action_of, follow

WEB = Path(__file__).parent / "web"
SCRIPTS = ("draw.js", "fields.js", "canvas.js", "panels.js", "sheets.js", "workshop.js")  # joined in this order
FILE, READ_ONLY, FROM = "EXKIT_WORKSHOP", "EXKIT_WORKSHOP_READ_ONLY", "EXKIT_WORKSHOP_FROM"  # set by `exkit workshop`
AFTER = 0.03  # seconds until the rest is worked out: the page has painted what came first, and has the processor back
LOOK_EVERY = 0.5  # seconds between looks at the journal: what others did
AS_THEY_ARE = frozenset({"undo", "redo", "checkpoint", "restore", "branch", "switch", "decide", "park", "settle"})
Message = Mapping[str, Any]
Reply = dict[str, Any]


def open_desk(file: str | os.PathLike[str] = "", pattern: str = "") -> Desk:
    """See `exkit.workshop.open`. A pattern is what a file that is not there yet starts from."""
    path = Path(file or os.environ.get(FILE, "") or "workshop.yaml")
    read_only = bool(os.environ.get(READ_ONLY))
    journal = Journal(journal_of(path))
    if journal.session is None and not read_only:
        with contextlib.suppress(Refused):  # another window was quicker
            journal.append(start(path, pattern or os.environ.get(FROM, "")), "exkit")
    return Desk(journal, load(), read_only=read_only)


def journal_of(path: Path) -> Path:
    """The journal of a topology file, beside it; a journal is its own."""
    return path if path.name.endswith(SUFFIX) else path.with_name(path.stem + SUFFIX)


def start(path: Path, pattern: str = "") -> Start:
    """How a workshop begins: from the file when it is there, else from a pattern, else from a blank page."""
    if path.exists() and not path.name.endswith(SUFFIX):
        return Start(topology=read(path).topology.to_plain(), origin=path.name)
    name = path.name.removesuffix(SUFFIX) if path.name.endswith(SUFFIX) else path.stem
    if pattern:
        found = pattern_named(patterns(data_folder() / "customers"), pattern)
        plain = read(found.path).topology.to_plain()
        return Start(topology=plain | {"customer": name}, origin=f"the pattern {found.name}")
    blank = {"customer": name, "zones": [{"name": "internet", "kind": "internet"}]}
    return Start(topology=blank, origin="a blank page")


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
        self._turned: Changes | None = None
        self._tour: tuple[int, Session] | None = None
        self._kept: list[tuple[Topology, Advice]] = []
        self._foreseen: Advice | None = None
        self._drawn: tuple[Advice, Reply] | None = None
        self._trouble = ""
        self._last: Advice | None = None
        self._turn = 0
        self._following: asyncio.TimerHandle | None = None
        self.offered = {
            "palettes": {version.value: [vars(one) for one in palette(facts, version)] for version in Version},
            "patterns": [{"name": one.name, "lesson": one.lesson} for one in _patterns()],
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
        return self._advice(self.topology)

    @property
    def judged(self) -> Judged:
        """The same for the sections of a report: `report.answer(desk.judged)`."""
        return view.judged(self.advice, self._facts, self._journal.path.name)

    def _advice(self, topology: Topology) -> Advice:
        day = topology.as_of or date.today()
        for known, advice in self._kept:
            if known is topology and advice.as_of == day:
                return advice
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None and foreseen.topology == topology and foreseen.as_of == day:
            advice = foreseen
        else:
            advice = advise(topology, self._facts, day)
        self._kept = [(topology, advice), *self._kept[:7]]
        return advice

    # What is shown

    @property
    def shown(self) -> Reply:
        """All that the page shows now."""
        return {**self._first(), **self._around()}

    def _show(self) -> None:
        """What comes first at once, the rest a little later: for all that was shown by then."""
        self._turn += 1
        self.first = _json({"turn": self._turn, **self._first()})
        self._notice()
        if self._following is None:
            try:
                self._following = asyncio.get_running_loop().call_later(AFTER, self._follow)
            except RuntimeError:  # outside a kernel nobody waits
                self._follow()

    def _follow(self) -> None:
        self._following = None
        self.rest = _json({"of": self._turn, **self._around()})

    @property
    def _waits(self) -> bool:
        return self._journal.session is None and not self._tour

    def _first(self) -> Reply:
        first = {"begun": not self._waits, "readOnly": self._read_only, "trouble": self._trouble}
        return first if self._waits else first | self._drawing()

    def _notice(self) -> None:
        """What this showing turned, compared with the one before."""
        if self._waits:
            return
        advice = self.advice
        if self._last is not None and self._last is not advice:
            self._turned = changes(self._last, advice)
        self._last = advice

    def _drawing(self) -> Reply:
        """The canvas and the answer: enough to see what a change did."""
        variant, advice = self.session.variant, self.advice
        return {
            "head": self._journal.head,
            "summary": view.summary(advice, self._facts),
            "canvas": self._canvas(advice),
            "undo": variant.past[-1].then if variant.past else "",
            "redo": variant.future[-1].then if variant.future else "",
            "tour": tour.shown(self._tour[0]) if self._tour else None,
        }

    def _canvas(self, advice: Advice) -> Reply:
        if self._drawn is None or self._drawn[0] is not advice:
            self._drawn = (advice, view.canvas(advice))
        return self._drawn[1]

    def _around(self) -> Reply:
        """Everything else."""
        if self._waits:
            return {}
        session, advice = self.session, self.advice
        return {
            "file": self._journal.path.name,
            "findings": view.findings(advice, self._facts),
            "changed": view.changed(self._turned),
            "form": self._form(),
            "version": version_of(session.topology).value,
            "places": [self._place(section) for section in ("ad_sites", "forests", "dags")],
            "current": session.current,
            "branches": list(session.variants),
            "checkpoints": list(session.checkpoints),
            "decisions": [vars(note) for note in session.decisions],
            "parked": [vars(note) for note in session.parked],
            "log": [vars(done) for done in session.log[-40:][::-1]],
        }

    def _place(self, section: str) -> Reply:
        return {"section": section, "names": [item.name for item in getattr(self.topology, section)]}

    def _form(self) -> Reply | None:
        section, name = self._selected
        if section == "mail_flow":
            known = [name_of("mail_flow", {"path": flow.path}) for flow in self.topology.mail_flow]
            return {"section": section, "name": name, "fields": []} if name in known else None
        if not name:
            section = ""
        try:
            fields = form(self.topology, self._facts, section, name)
        except Refused:  # it was removed
            self._selected = ("", "")
            return None
        return {"section": section, "name": name, "fields": [vars(field) for field in fields]}

    # What is done

    def _heard(self, _widget: object, message: Message, _buffers: object) -> None:
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
        self._show()
        self.send({"reply": number, "ok": False, "error": told})

    def _do(self, action: AnyAction, message: Message) -> None:
        """On disk, then on the screen. The tour's own example is on no disk."""
        if self._read_only:
            raise Refused("this window only follows: changes are made in the other one")
        if self._tour:
            self._tour = (self._tour[0], follow(self._tour[1], action, "", ""))
        else:
            self._journal.append(action, self._who, message.get("head"))
        self._show()

    def _edit(self, steps: Any, message: Message, because: str = "") -> None:
        self._do(Edit(steps=steps, because=because), message)

    def _select(self, message: Message) -> Reply:
        self._selected = (str(message.get("section", "")), str(message.get("name", "")))
        return {"form": self._form()}

    def _hello(self, message: Message) -> None:
        if self._catch_up():
            self._show()

    def _name(self, message: Message) -> None:
        self._who = str(message.get("who", ""))[:80]

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

    def _foresee(self, message: Message) -> None:
        """A server is held over a zone: what would be said is worked out while the hand still hovers."""
        topology = apply(self.topology, moved(self.topology, message["name"], message["zone"]))
        self._foreseen = advise(topology, self._facts, topology.as_of or date.today())
        self._canvas(self._foreseen)

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
            found = pattern_named(_patterns(), message["pattern"])
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
        sides = [self._advice(self.session.variants[name].now) for name in names]
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
        self._last, self._turned = (self._last if step else None), None
        self._show()

    _handlers: ClassVar[dict[str, Callable[..., Any]]] = {
        "hello": _hello, "who": _name, "select": _select, "set": _set, "add": _add, "draw": _draw, "move": _move,
        "foresee": _foresee,
        "remove": _remove, "answer": _answer, "tighten": _tighten, "load": _load, "picture": _picture,
        "ports": _ports, "compare": _compare, "take": _take, "tour": _touring,
        **dict.fromkeys(AS_THEY_ARE, _as_it_is),
    }  # fmt: skip

    # What others do

    def _catch_up(self) -> bool:
        try:
            return self._journal.catch_up()
        except JournalError as error:
            self._trouble = str(error)
            return True

    async def _look(self) -> None:
        while not self._trouble:
            await asyncio.sleep(LOOK_EVERY)
            if self._catch_up():
                self._show()


def _json(shown: Reply) -> str:
    return json.dumps(shown, separators=(",", ":"))


@cache
def _patterns() -> tuple[Pattern, ...]:
    return patterns(data_folder() / "customers")
