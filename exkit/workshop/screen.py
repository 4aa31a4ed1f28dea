"""What a workshop shows of a session: the advice on its topology, what comes first of it, and the rest. No widget."""

from __future__ import annotations

from datetime import date

from exkit.advice import Advice, advise
from exkit.facts import Facts
from exkit.topology import Topology
from exkit.workshop import view
from exkit.workshop.changes import changes
from exkit.workshop.edits import Refused, name_of
from exkit.workshop.forms import form
from exkit.workshop.palette import version_of
from exkit.workshop.session import Session

KEPT = 8  # judgements: undo and another branch ask for them again


class Screen:
    """The values that go to the page. Advice is worked out once for a topology, ahead of the edit where it can be."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._kept: list[tuple[Topology, Advice]] = []
        self._foreseen: Advice | None = None
        self._drawn: tuple[Advice, view.Shown] | None = None
        self._last: Advice | None = None
        self._before: Advice | None = None  # what was shown before the last

    def advice(self, topology: Topology) -> Advice:
        """What the facts say of a topology, on its own date or today."""
        day = topology.as_of or date.today()
        for known, kept in self._kept:
            if known is topology and kept.as_of == day:
                return kept
        advice, self._foreseen = self._foreseen, None
        if advice is None or advice.topology != topology or advice.as_of != day:
            advice = advise(topology, self._facts, day)
        self._kept = [(topology, advice), *self._kept[: KEPT - 1]]
        return advice

    def foresee(self, topology: Topology) -> view.Shown:
        """The canvas and the answer if the topology becomes this one next; nothing of it is worked out again then."""
        self._foreseen = advise(topology, self._facts, topology.as_of or date.today())
        return self._seen(self._foreseen)

    def notice(self, session: Session) -> None:
        """Keep what is shown now, and what was shown before: `rest` tells what turned."""
        advice = self.advice(session.topology)
        if self._last is not advice:
            self._before, self._last = self._last, advice

    def begin_again(self) -> None:
        """What is shown next is no change of what was shown before."""
        self._last = self._before = None

    def picture(self, session: Session) -> view.Shown:
        """The canvas and the answer: enough to see what a change did."""
        return self._seen(self.advice(session.topology))

    def history(self, session: Session) -> view.Shown:
        """What undo and redo would do."""
        variant = session.variant
        return {
            "undo": variant.past[-1].then if variant.past else "",
            "redo": variant.future[-1].then if variant.future else "",
        }

    def rest(self, session: Session, selected: tuple[str, str]) -> view.Shown:
        """Everything else; `selected` by section and name."""
        topology = session.topology
        turned = changes(self._before, self._last) if self._before and self._last else None
        return {
            "findings": view.findings(self.advice(topology), self._facts),
            "changed": view.changed(turned),
            "form": self.form(topology, *selected),
            "version": version_of(topology).value,
            "places": [
                {"section": section, "names": [item.name for item in getattr(topology, section)]}
                for section in ("ad_sites", "forests", "dags")
            ],
            "current": session.current,
            "branches": list(session.variants),
            "checkpoints": list(session.checkpoints),
            "decisions": [vars(note) for note in session.decisions],
            "parked": [vars(note) for note in session.parked],
            "log": [vars(done) for done in session.log[-40:][::-1]],
        }

    def form(self, topology: Topology, section: str, name: str) -> view.Shown | None:
        """The form of what is selected, of the whole topology without a name; None for what is not there any more."""
        if section == "mail_flow":
            known = [name_of("mail_flow", {"path": flow.path}) for flow in topology.mail_flow]
            return {"section": section, "name": name, "fields": []} if name in known else None
        try:
            fields = form(topology, self._facts, section if name else "", name)
        except Refused:
            return None
        return {"section": section if name else "", "name": name, "fields": [vars(field) for field in fields]}

    def _seen(self, advice: Advice) -> view.Shown:
        if self._drawn is None or self._drawn[0] is not advice:
            shown = {"summary": view.summary(advice, self._facts), "canvas": view.canvas(advice)}
            self._drawn = (advice, shown)
        return self._drawn[1]
