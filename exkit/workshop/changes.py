"""What differs between two judgements: after an edit, or between two branches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exkit.advice import Advice, Finding
from exkit.verdict import Verdict


@dataclass(frozen=True)
class Turn:
    """A finding whose verdict differs, or that only one side has; None stands for the side without it."""

    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        """The finding as it is now, else as it was."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True)
class Changes:
    """All that turned, worst first."""

    turns: tuple[Turn, ...]

    def _came(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(turn.after for turn in self.turns if turn.after and turn.after.verdict is verdict)

    def _went(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(turn.before for turn in self.turns if turn.before and turn.before.verdict is verdict)

    def _put_right(self, verdict: Verdict) -> tuple[Finding, ...]:
        """Those that went and left nothing in their place: what turned from bad to worse was not put right."""
        left = [turn.after for turn in self.turns if turn.after and turn.after.verdict is not Verdict.SUPPORTED]
        return tuple(one for one in self._went(verdict) if not any(_same_choice(one, other) for other in left))

    @property
    def sentence(self) -> str:
        """`This made 2 things unsupported, and settled 1 question.`"""
        parts = []
        for verdict in (Verdict.UNSUPPORTED, Verdict.NOT_RECOMMENDED, Verdict.CONDITIONAL):
            if count := len(self._came(verdict)):
                parts.append(f"made {_things(count)} {verdict.words}")
        for verdict in (Verdict.UNSUPPORTED, Verdict.NOT_RECOMMENDED, Verdict.CONDITIONAL):
            if count := len(self._put_right(verdict)):
                parts.append(f"put {_things(count)} right that {'was' if count == 1 else 'were'} {verdict.words}")
        if count := len(self._went(Verdict.UNKNOWN)):
            parts.append(f"settled {count} {'question' if count == 1 else 'questions'}")
        if count := len(self._came(Verdict.UNKNOWN)):
            parts.append(f"raised {count} {'question' if count == 1 else 'questions'}")
        if not parts:
            return "This changed no verdict."
        return f"This {parts[0]}." if len(parts) == 1 else f"This {', '.join(parts[:-1])}, and {parts[-1]}."


def _same_choice(one: Finding, other: Finding) -> bool:
    here, there = set(one.subjects), set(other.subjects)
    return one.topic == other.topic and (here <= there or there <= here)


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"


def changes(before: Advice, after: Advice) -> Changes:
    """What turned between two judgements; findings are told apart by id, which depends on names and not on order."""
    return between(before.findings, after.findings)


def between(before: Iterable[Finding], after: Iterable[Finding]) -> Changes:
    """The same of two lists of findings."""
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    turns = []
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        if was is None or now is None or was.verdict is not now.verdict:
            turns.append(Turn(was, now))
    return Changes(tuple(sorted(turns, key=lambda turn: (turn.finding.verdict.rank, turn.finding.id))))
