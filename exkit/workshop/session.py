"""A workshop as a value: branches with their history, checkpoints, decisions, what was parked; and its actions.

`follow(session, action, when, who)` gives the next value; nothing here knows files, clocks or widgets. The topology on
the screen is `session.topology`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, TypeAdapter, ValidationError

from exkit.topology import CONTROL, Topology
from exkit.workshop.edits import AnyStep, Refused, apply, said

MAIN = "main"
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class Action(BaseModel):
    """Something that was done in a workshop."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Start(Action):
    """The first action of every workshop: the topology it begins with, and where that came from."""

    do: Literal["start"] = "start"
    topology: dict[str, JsonValue]
    origin: Words


class Edit(Action):
    """A change of the topology; `because` names the question that it answers."""

    do: Literal["edit"] = "edit"
    steps: tuple[AnyStep, ...] = Field(min_length=1)
    because: str = ""


class Load(Action):
    """Another topology in place of the one on the screen, from a pattern or a file; undo takes it back."""

    do: Literal["load"] = "load"
    topology: dict[str, JsonValue]
    origin: Words


class Undo(Action):
    """Back by one change."""

    do: Literal["undo"] = "undo"


class Redo(Action):
    """Forth by one change that was undone."""

    do: Literal["redo"] = "redo"


class Checkpoint(Action):
    """A name for the topology as it is now."""

    do: Literal["checkpoint"] = "checkpoint"
    name: Short


class Restore(Action):
    """Back to a checkpoint; a change like any other, so undo takes it back."""

    do: Literal["restore"] = "restore"
    name: Short


class Branch(Action):
    """A variant that starts from the topology as it is now, and becomes the one on the screen."""

    do: Literal["branch"] = "branch"
    name: Short


class Switch(Action):
    """Another variant onto the screen."""

    do: Literal["switch"] = "switch"
    name: Short


class Decide(Action):
    """A decision: what, who took it, why; about a finding when one is named."""

    do: Literal["decide"] = "decide"
    what: Words
    who: Words
    why: Words
    finding: str = ""


class Park(Action):
    """Something to settle later, by somebody."""

    do: Literal["park"] = "park"
    what: Words
    who: str = ""
    finding: str = ""


class Settle(Action):
    """What was parked under a number (from 1) is done."""

    do: Literal["settle"] = "settle"
    number: int = Field(ge=1)


AnyAction = Annotated[
    Start | Edit | Load | Undo | Redo | Checkpoint | Restore | Branch | Switch | Decide | Park | Settle,
    Field(discriminator="do"),
]
ACTIONS: TypeAdapter[AnyAction] = TypeAdapter(AnyAction)
# Actions whose meaning hangs on what was done last: refused when somebody else did something in between.
RELATIVE = (Undo, Redo, Restore, Switch)


@dataclass(frozen=True)
class Past:
    """A topology that was, and what was then done to it."""

    topology: Topology
    then: str


@dataclass(frozen=True)
class Variant:
    """A topology with what was before it and what was undone. The latest past and the next future stand last."""

    now: Topology
    past: tuple[Past, ...] = ()
    future: tuple[Past, ...] = ()

    def edited(self, topology: Topology, words: str) -> Variant:
        """After a change: what was undone before is gone."""
        return Variant(topology, (*self.past, Past(self.now, words)))

    def undone(self) -> Variant:
        """One change back."""
        if not self.past:
            raise Refused("there is nothing to undo")
        last = self.past[-1]
        return Variant(last.topology, self.past[:-1], (*self.future, Past(self.now, last.then)))

    def redone(self) -> Variant:
        """One change forth."""
        if not self.future:
            raise Refused("there is nothing to redo")
        following = self.future[-1]
        return Variant(following.topology, (*self.past, Past(self.now, following.then)), self.future[:-1])


@dataclass(frozen=True)
class Note:
    """A decision, or something parked."""

    what: str
    who: str
    why: str
    when: str
    finding: str
    settled: bool = False


@dataclass(frozen=True)
class Done:
    """A line of the workshop's log."""

    when: str
    who: str
    words: str


@dataclass(frozen=True)
class Session:
    """Everything a workshop is. Equal journals give equal sessions."""

    origin: str
    variants: Mapping[str, Variant]
    current: str = MAIN
    checkpoints: Mapping[str, Topology] = field(default_factory=dict)
    decisions: tuple[Note, ...] = ()
    parked: tuple[Note, ...] = ()
    log: tuple[Done, ...] = ()

    @property
    def variant(self) -> Variant:
        """The variant on the screen."""
        return self.variants[self.current]

    @property
    def topology(self) -> Topology:
        """The topology on the screen."""
        return self.variant.now


def action_of(message: Mapping[str, Any]) -> AnyAction:
    """The action that a message means. Raises Refused for anything else."""
    try:
        return ACTIONS.validate_python(dict(message))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " ".join(str(part) for part in first["loc"]) or "the message"
        raise Refused(f"{where}: {first['msg'].lower()}") from None


def begun(start: Start, when: str, who: str) -> Session:
    """The session of a workshop that just began."""
    topology = _held(start.topology)
    begin = Done(when, who, f"The workshop began from {start.origin}")
    return Session(start.origin, MappingProxyType({MAIN: Variant(topology)}), log=(begin,))


def _held(plain: Mapping[str, JsonValue]) -> Topology:
    try:
        return Topology.model_validate(plain)
    except ValidationError as error:
        raise Refused(f"that topology does not hold: {error.errors()[0]['msg']}") from None


@dataclass(frozen=True)
class Foreseen:
    """What an edit will lead to, worked out before anybody makes it; `words` are those of its line in the log."""

    before: Session
    edit: Edit
    after: Session
    words: str


def foresee(session: Session, edit: Edit) -> Foreseen:
    """What an edit would lead to. Raises Refused when it cannot be made."""
    return Foreseen(session, edit, *_edit(session, edit, ""))


def follow(
    session: Session | None, action: AnyAction, when: str, who: str, foreseen: Foreseen | None = None
) -> Session:
    """The session after an action. Raises Refused, with the reason in a sentence, when it cannot be done.

    Only `Start` goes with no session, and only with none. What was foreseen of this very edit is not worked out again.
    """
    if isinstance(action, Start):
        if session is not None:
            raise Refused("this workshop has begun already")
        return begun(action, when, who)
    if session is None:
        raise Refused("this workshop has not begun")
    for words in _words_in(action):
        if CONTROL.search(words):
            raise Refused("text may hold no control characters")
    after: Session
    if foreseen and foreseen.before is session and foreseen.edit == action:
        after, words = foreseen.after, foreseen.words
    else:
        after, words = _AFTER[type(action)](session, action, when)
    return replace(after, log=(*after.log, Done(when, who, words)))


def _words_in(action: Action) -> list[str]:
    return [value for key, value in action if isinstance(value, str) and key != "do"]


def _with(session: Session, variant: Variant, name: str | None = None) -> Session:
    name = name or session.current
    return replace(session, variants=MappingProxyType({**session.variants, name: variant}), current=name)


def _edit(session: Session, action: Edit, when: str) -> tuple[Session, str]:
    topology = apply(session.topology, action.steps)
    if topology == session.topology:
        raise Refused("that is how it is already")
    words = said(action.steps)
    answered = f"Answered: {action.because} {words}" if action.because else words
    return _with(session, session.variant.edited(topology, words)), answered


def _load(session: Session, action: Load, when: str) -> tuple[Session, str]:
    words = f"began again from {action.origin}"
    return _with(session, session.variant.edited(_held(action.topology), words)), words.capitalize()


def _undo(session: Session, action: Undo, when: str) -> tuple[Session, str]:
    variant = session.variant.undone()
    return _with(session, variant), f"Undone: {variant.future[-1].then}"


def _redo(session: Session, action: Redo, when: str) -> tuple[Session, str]:
    variant = session.variant.redone()
    return _with(session, variant), f"Done again: {variant.past[-1].then}"


def _checkpoint(session: Session, action: Checkpoint, when: str) -> tuple[Session, str]:
    if action.name in session.checkpoints:
        raise Refused(f"there is a checkpoint {action.name!r} already")
    kept = MappingProxyType({**session.checkpoints, action.name: session.topology})
    return replace(session, checkpoints=kept), f"Checkpoint {action.name}"


def _restore(session: Session, action: Restore, when: str) -> tuple[Session, str]:
    if action.name not in session.checkpoints:
        raise Refused(f"there is no checkpoint {action.name!r}")
    topology = session.checkpoints[action.name]
    if topology == session.topology:
        raise Refused("that is how it is already")
    words = f"back to checkpoint {action.name}"
    return _with(session, session.variant.edited(topology, words)), words.capitalize()


def _branch(session: Session, action: Branch, when: str) -> tuple[Session, str]:
    if action.name in session.variants:
        raise Refused(f"there is a branch {action.name!r} already")
    return _with(session, Variant(session.topology), action.name), f"Branch {action.name}, from {session.current}"


def _switch(session: Session, action: Switch, when: str) -> tuple[Session, str]:
    if action.name not in session.variants:
        raise Refused(f"there is no branch {action.name!r}")
    return replace(session, current=action.name), f"On the screen: branch {action.name}"


def _decide(session: Session, action: Decide, when: str) -> tuple[Session, str]:
    note = Note(action.what, action.who, action.why, when, action.finding)
    return replace(session, decisions=(*session.decisions, note)), f"Decided by {action.who}: {action.what}"


def _park(session: Session, action: Park, when: str) -> tuple[Session, str]:
    note = Note(action.what, action.who, "", when, action.finding)
    return replace(session, parked=(*session.parked, note)), f"Parked: {action.what}"


def _settle(session: Session, action: Settle, when: str) -> tuple[Session, str]:
    at = action.number - 1
    if at >= len(session.parked) or session.parked[at].settled:
        raise Refused("that is not parked, or settled already")
    parked = tuple(replace(note, settled=True) if i == at else note for i, note in enumerate(session.parked))
    return replace(session, parked=parked), f"Settled: {session.parked[at].what}"


_AFTER: dict[type[Action], Any] = {
    Edit: _edit, Load: _load, Undo: _undo, Redo: _redo, Checkpoint: _checkpoint, Restore: _restore, Branch: _branch,
    Switch: _switch, Decide: _decide, Park: _park, Settle: _settle,
}  # fmt: skip
