"""The widget of an exercise: takes what people do on the page, has it marked and kept, shows what came of it.

Nothing is decided here. An answer is on disk before it is shown as marked; until then the page holds no key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from exkit.report.piece import Piece
from exkit.topology import Topology
from exkit.tutor import view
from exkit.tutor.exercises import Exercise, RepairExercise, judged
from exkit.tutor.style import stylesheet
from exkit.tutor.view import Shown, Work
from exkit.workshop import desk
from exkit.workshop.edits import STEPS, AnyStep, Refused, Remove, apply
from exkit.workshop.forms import steps_for

if TYPE_CHECKING:
    from exkit.tutor.lesson import Lesson

WEB = Path(__file__).parent / "web"
Message = Mapping[str, Any]


class Follower(anywidget.AnyWidget):
    """Something on a page that changes when an answer comes in. `shown` is JSON text, and `told` gives it."""

    _esm = "\n".join(path.read_text(encoding="utf-8") for path in (desk.WEB / "draw.js", WEB / "exercise.js"))
    _css = stylesheet()
    shown = traitlets.Unicode("{}").tag(sync=True)

    def __init__(self, told: Callable[[], Piece]) -> None:
        super().__init__()
        self._told = told
        self.on_msg(self._heard)
        self.follow()

    def follow(self) -> None:
        """Show what is so now."""
        self._last = self._shown()
        self.shown = json.dumps(self._last)

    def _shown(self) -> Shown:
        return {"id": "", "html": self._told().html}

    def _repr_mimebundle_(self, **more: Any) -> Any:
        """Where no widget can be shown, the same to read."""
        made = super()._repr_mimebundle_(**more)
        data, *rest = made if isinstance(made, tuple) else (made,)
        data = {**(data or {}), "text/html": self.piece.html, "text/plain": self.piece.text}
        return (data, *rest) if rest else data

    @property
    def piece(self) -> Piece:
        """The same to read, on paper or in a terminal."""
        return self._told()

    def _heard(self, _widget: object, message: Message, _buffers: object) -> None:
        try:
            handler = self._handlers.get(str(message.get("do")))
            if handler is None:
                raise Refused(f"this page knows no {message.get('do')!r}")
            said = handler(self, message)
        except Exception as error:  # the page must hear of everything
            told = str(error)
            if not isinstance(error, ValueError | OSError):
                told = f"This is a defect of exkit: {type(error).__name__}: {error}. What is on disk is whole."
            self.send({"reply": message.get("id"), "ok": False, "error": told})
            return
        self.send({"reply": message.get("id"), "ok": True, "said": said or ""})

    def _hello(self, message: Message) -> None:
        self.follow()

    _handlers: ClassVar[dict[str, Callable[..., str | None]]] = {"hello": _hello}


class Sheet(Follower):
    """Exercises on a page, one after the other; most often it is one.

    Those whose ids are in `anew` are asked whatever was answered before.
    """

    def __init__(
        self, lesson: Lesson, exercises: Sequence[Exercise], headings: Sequence[str], anew: Iterable[str] = ()
    ) -> None:
        self._lesson = lesson
        self._exercises = tuple(exercises)
        self._headings = tuple(headings)
        self._at = 0
        self._anew = set(anew)  # ids
        self._work = Work()
        super().__init__(self._to_read)

    def __repr__(self) -> str:
        return self.piece.text

    @property
    def exercise(self) -> Exercise:
        """The exercise on the screen."""
        return self._exercises[self._at]

    def _to_read(self) -> Piece:
        return self._lesson.on_paper(self.exercise, self._headings[self._at])

    # What is shown

    def _shown(self) -> Shown:
        made, facts = self.exercise, self._lesson.facts
        shown = view.exercise(made) | {"heading": self._headings[self._at], "answered": None}
        shown["more"] = self._at + 1 < len(self._exercises)
        answer = None if made.id in self._anew else self._lesson.answer_to(made)
        topology = made.topology
        if isinstance(made, RepairExercise):
            if answer is not None:
                self._work = Work(tuple(STEPS.validate_python(steps) for steps in answer["steps"]))
            topology = self._topology
            shown |= view.repair(made, topology, facts, self._work)
        if answer is not None:
            if not isinstance(made, RepairExercise):
                shown["pictures"] = view.pictures(made, facts)
            marked = self._lesson.mark(made, answer)
            card = self._lesson.card_of(marked)
            shown["answered"] = view.answered(made, answer, marked, judged(topology, facts), facts, card)
        return shown

    @property
    def _topology(self) -> Topology:
        """The topology of a repair as it is now."""
        topology = self.exercise.topology
        for steps in self._work.steps:
            topology = apply(topology, steps)
        return topology

    # What is done

    def _answer(self, message: Message) -> str:
        answer = message.get("answer")
        if isinstance(self.exercise, RepairExercise):
            answer = {"steps": [[step.model_dump(mode="json") for step in steps] for steps in self._work.steps]}
        if not isinstance(answer, dict):
            raise Refused("that is no answer")
        marked = self._lesson.take(self.exercise, answer)
        self._anew.discard(self.exercise.id)
        self.follow()
        self._lesson.tell_followers()
        return marked.words

    def _try_again(self, message: Message) -> str:
        self._anew.add(self.exercise.id)
        self.follow()
        return "Choose again."

    def _next(self, message: Message) -> str:
        self._at = min(self._at + 1, len(self._exercises) - 1)
        self._work = Work()
        self.follow()
        return self._headings[self._at]

    # Repairs

    def _select(self, message: Message) -> None:
        self._work = replace(self._work, item=str(message.get("item", "")), field=str(message.get("field", "")))
        self.follow()

    def _do(self, steps: tuple[AnyStep, ...]) -> None:
        before = self._topology
        after = apply(before, steps)
        if after == before:
            raise Refused("that is how it is already")
        self._work = replace(self._work, steps=(*self._work.steps, steps))
        self.follow()

    def _apply(self, message: Message) -> str:
        looked_at = self._looked_at(message)
        section, _, name = looked_at.item.partition(":")
        if not looked_at.field:
            raise Refused("choose first what to change")
        self._do(steps_for(self._topology, section, name, looked_at.field, message.get("value")))
        return self._findings_now()

    def _remove(self, message: Message) -> str:
        section, _, name = self._looked_at(message).item.partition(":")
        steps = (Remove.model_validate({"section": section, "name": name}),)
        self._work = replace(self._work, item="", field="")
        self._do(steps)
        return self._findings_now()

    def _looked_at(self, message: Message) -> Work:
        """What the page shows as chosen; a quick hand may be a step ahead of it."""
        shown = self._last["repair"]
        if message.get("item") != shown["item"] or message.get("field", shown["field"]) != shown["field"]:
            raise Refused("the form has changed meanwhile: look, then do it again")
        return replace(self._work, field=shown["field"])

    def _undo(self, message: Message) -> str:
        self._work = replace(self._work, steps=self._work.steps[:-1])
        self.follow()
        return self._findings_now()

    def _findings_now(self) -> str:
        found = self._last["repair"]["findings"]
        told = "; ".join(f"{one['word']}: {one['title']}" for one in found)
        return f"Done. The engine says now: {told or 'nothing is unsupported, advised against or tied to a condition'}."

    _handlers: ClassVar[dict[str, Callable[..., str | None]]] = {
        **Follower._handlers, "answer": _answer, "again": _try_again, "next": _next, "select": _select,
        "apply": _apply, "remove": _remove, "undo": _undo,
    }  # fmt: skip
