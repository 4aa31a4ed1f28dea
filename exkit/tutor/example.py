"""An example customer in a lesson: its picture and its verdicts, and the same after one change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from pydantic import BaseModel, JsonValue

from exkit import diagram
from exkit.advice import Advice, Finding, advise
from exkit.intake import read, write
from exkit.patterns import data_folder, pattern_named, patterns
from exkit.report.judged import facts_of_today, settle
from exkit.report.piece import Piece
from exkit.report.sentences import lifecycle_sentence, topology_sentence
from exkit.topology import Topology
from exkit.tutor.shown import templates
from exkit.tutor.wording import edit_words
from exkit.verdict import Verdict
from exkit.workshop.changes import changes
from exkit.workshop.edits import TOP_FIELDS, WHOLE, Add, AnyStep, Change, Refused, Remove, apply, name_of
from exkit.workshop.forms import steps_for
from exkit.workshop.view import judged

SECTIONS = ("zones", "ad_sites", "forests", "servers", "firewalls", "publishing", "dags", "mail_flow")
TOLD_ABOVE = ("The answer",)  # parts of the picture in words
TOLD_BY_VERDICTS = ("The answer", "Relations judged")


class Mistake(ValueError):
    """A change or a name that cannot be; a notebook shows its sentence and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Example:
    """A topology as a lesson shows it. Each change gives another example; the one it came from stays as it is."""

    name: str  # of the pattern
    topology: Topology
    origin: Example | None = None
    steps: tuple[AnyStep, ...] = ()  # what made it out of `origin`

    @cached_property
    def advice(self) -> Advice:
        """What the engine says on the day of the example."""
        return advise(self.topology, facts_of_today(), settle("", self.topology)[0])

    @property
    def said(self) -> str:
        """The change that made it, in words; empty for an example as it was."""
        return edit_words(self.origin.topology, self.steps) if self.origin else ""

    def change(self, path: str, value: JsonValue) -> Example:
        """The example with one field changed: `servers.FE1.zone`, `hybrid.modern_auth`, `as_of`; None: not known.

        Raises ValueError (with what there is) for a path or a value that cannot be.

        >>> example("front-end-in-perimeter-2003").change("servers.FE1.zone", "lan").topology.servers[0].zone
        'lan'
        """
        return self._edited(_change(self.topology, path, value))

    def remove(self, path: str) -> Example:
        """The example without an item and what refers to it: `servers.FE1`. ValueError when it is not there."""
        section, _, name = path.partition(".")
        _known(section, SECTIONS, "section of a topology")
        _item(self.topology, section, name)
        return self._edited((Remove.model_validate({"section": section, "name": name}),))

    def add(self, section: str, item: Mapping[str, JsonValue]) -> Example:
        """The example with one item more: `add("servers", {"name": "CAS1", ...})`. ValueError when it cannot be."""
        _known(section, SECTIONS, "section of a topology")
        return self._edited((Add.model_validate({"section": section, "item": dict(item)}),))

    def drawing(self) -> Piece:
        """The picture without any verdict, to make up one's own mind before the engine is asked.

        >>> "supported" in repr(example("cas-in-perimeter-2007").drawing())
        False
        """
        bare = Advice(self.topology, self.advice.as_of, (), "")
        return _piece(
            "drawing",
            as_of=bare.as_of,
            svg=judged(bare, facts_of_today(), self.name).picture,
            customer=self.topology.customer,
            described=[part for part in diagram.describe(bare) if part.heading not in TOLD_BY_VERDICTS],
            file=write(self.topology),
        )

    def finding(self, statement: str) -> Piece:
        """What one statement says here: verdict, why, fix, sources. ValueError names what was found instead."""
        names = {row.id for row in facts_of_today().statements_called(statement)} or {statement}
        found = [one for one in self.advice.findings if one.statement in names]
        if not found:
            here = sorted({one.statement for one in self.advice.findings})
            near = get_close_matches(statement, here, n=3, cutoff=0.5) or here
            raise Mistake(f"Nothing is found for {statement!r} in this topology; found are {', '.join(near)}.")
        told: dict[tuple[object, ...], list[Finding]] = {}
        for one in found:
            told.setdefault((one.verdict, one.why, one.condition, one.question, one.fix), []).append(one)
        return _piece("finding", told=[(same[0], [one.summary for one in same[1:]]) for same in told.values()])

    def findings(self) -> Piece:
        """All that was found, the worst first; what is supported, and what asks something, last."""
        order = sorted(self.advice.findings, key=lambda one: one.verdict is Verdict.UNKNOWN)
        fine = [one for one in order if one.verdict is Verdict.SUPPORTED]
        return _piece("findings", open=[one for one in order if one not in fine], fine=fine)

    def compare(self) -> Piece:
        """What the last change turned, against the example it came from. ValueError where there was none."""
        if self.origin is None:
            raise Mistake("This example was not changed yet: there is nothing to compare it with.")
        turned = changes(self.origin.advice, self.advice)
        return _piece("compared", said=_sentence(self.said), sentence=turned.sentence, turns=turned.turns)

    @cached_property
    def _shown(self) -> Piece:
        whole = judged(self.advice, facts_of_today(), self.name)
        return _piece(
            "example",
            title=self.topology.customer,
            said=self.said,
            as_of=self.advice.as_of,
            verdicts=(
                ("Topology", self.advice.verdict("topology"), topology_sentence(whole)),
                ("Life cycle", self.advice.verdict("lifecycle"), lifecycle_sentence(whole)),
            ),
            svg=whole.picture,
            customer=self.topology.customer,
            described=[part for part in diagram.describe(self.advice) if part.heading not in TOLD_ABOVE],
        )

    def _edited(self, steps: tuple[AnyStep, ...]) -> Example:
        try:
            topology = apply(self.topology, steps)
        except Refused as error:
            raise Mistake(_sentence(str(error))) from None
        return Example(self.name, topology, self, steps)

    def _repr_html_(self) -> str:
        return self._shown.html

    def __repr__(self) -> str:
        return self._shown.text


def example(pattern: str) -> Example:
    """An example customer by the name of its pattern. ValueError, with the nearest names, when there is none.

    >>> example("front-end-in-perimeter-2003").advice.verdict("topology").value
    'conditional'
    """
    known = patterns(data_folder() / "customers")
    try:
        found = pattern_named(known, pattern)
    except ValueError as error:
        raise Mistake(str(error).removeprefix("--from: ")) from None
    return Example(found.name, read(found.path).topology)


def _change(topology: Topology, path: str, value: JsonValue) -> tuple[AnyStep, ...]:
    section, _, rest = path.partition(".")
    if section in TOP_FIELDS:
        return steps_for(topology, WHOLE, "", path, value)
    _known(section, SECTIONS, "section of a topology")
    name, field = _split(topology, section, rest)
    item = _item(topology, section, name)
    _known(field.partition(".")[0], tuple(type(item).model_fields), f"field of {name}")
    if section == "mail_flow":
        return (Change.model_validate({"section": section, "name": name, "field": field, "value": value}),)
    return steps_for(topology, section, name, field, value)


def _split(topology: Topology, section: str, rest: str) -> tuple[str, str]:
    """Name and field; a name may hold dots."""
    known = [name for name in _names(topology, section) if rest.startswith(f"{name}.")]
    name = max(known, key=len, default=rest.partition(".")[0])
    return name, rest[len(name) + 1 :]


def _names(topology: Topology, section: str) -> list[str]:
    return [name_of(section, one) for one in topology.to_plain().get(section, ())]


def _item(topology: Topology, section: str, name: str) -> BaseModel:
    names = _names(topology, section)
    _known(name, tuple(names), f"name in {section}")
    found: BaseModel = getattr(topology, section)[names.index(name)]
    return found


def _known(word: str, words: tuple[str, ...], what: str) -> None:
    if word not in words:
        near = get_close_matches(word, words, n=3, cutoff=0.6)
        meant = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(words) or 'none'}."
        raise Mistake(f"{word!r} is no {what}; {meant}")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _piece(section: str, **values: object) -> Piece:
    made = templates()
    return Piece(
        html=str(getattr(made.get_template("example.html.j2").module, section)(**values)).strip(),
        text=str(getattr(made.get_template("example.txt.j2").module, section)(**values)).strip(),
    )
