"""What an exercise shows, as plain values for the page: pictures, questions, choices. No key is in them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from exkit import diagram
from exkit.advice import Advice, Finding
from exkit.diagram.wording import cut
from exkit.facts import Facts
from exkit.intake import write
from exkit.topology import Topology
from exkit.tutor.exercises import Exercise, PairExercise, PortsExercise, RepairExercise, judged
from exkit.tutor.marking import Marked
from exkit.verdict import Verdict
from exkit.workshop import view
from exkit.workshop.edits import AnyStep, Change, Refused, apply, said
from exkit.workshop.forms import form, needed_lines

Shown = dict[str, Any]  # what goes to the page as JSON
FINE = (Verdict.SUPPORTED, Verdict.UNKNOWN)
SECTIONS = {
    "servers": "server", "zones": "zone", "firewalls": "firewall", "publishing": "publishing", "dags": "cluster",
    "ad_sites": "AD site", "forests": "forest",
}  # fmt: skip
ALL_PORTS = "any"


def exercise(made: Exercise) -> Shown:
    """An exercise as it is asked: title, pictures without verdicts, what is told, what is to be chosen."""
    if isinstance(made, PairExercise):
        return _pair(made)
    return _ports(made) if isinstance(made, PortsExercise) else _repair(made)


def _pair(made: PairExercise) -> Shown:
    asked = "Before the edit" if made.asked == "before" else "After the edit"
    return {
        "id": made.id, "kind": "pair", "title": "Two topologies, one edit apart",
        "pictures": [_picture(made.before, "Before the edit"), _picture(made.after, "After the edit")],
        "told": [["The edit:", made.said], ["The question:", f"{asked}, what does the vendor say of {made.subject}?"]],
        "groups": [
            _group("verdict", "The verdict", [_choice(one.value, one.words, one) for one in made.verdicts], "row"),
            _group("reason", "The reason", [_choice(one, one) for one in made.reasons]),
        ],
    }  # fmt: skip


def _ports(made: PortsExercise) -> Shown:
    of = f"Exchange {made.version}, {made.topology.as_of}" if made.version else str(made.topology.as_of)
    words = {ALL_PORTS: "every port, both ways, unchanged"}
    left_open = Change(section="firewalls", name=made.device, field="allow", value=None)  # else it gave the answer away
    title = f"The topology; what {made.device} lets pass is left open"
    return {
        "id": made.id, "kind": "ports", "title": "What must the firewall let pass?",
        "pictures": [_picture(apply(made.topology, [left_open]), title)],
        "told": [["The question:", f"Which ports must {made.device} let {made.source} open towards {made.target}, and "
                                   f"no others? ({of})"]],
        "groups": [
            _group("ports", "Ports", [_choice(one, words.get(one, one)) for one in made.offered], "many"),
        ],
    }  # fmt: skip


def _repair(made: RepairExercise) -> Shown:
    return {
        "id": made.id, "kind": "repair", "title": "Repair this",
        "pictures": [_picture(made.topology, "The topology as it came")],
        "told": [["To mend:", made.finding.summary],
                 ["What counts:", "any change that mends it, breaks nothing else, and leaves done what was done."]],
        "groups": [],
    }  # fmt: skip


def _group(key: str, legend: str, choices: list[Shown], kind: Literal["column", "row", "many"] = "column") -> Shown:
    """What is chosen together: one of a column or a row, or as many as one likes."""
    many, missing = kind == "many", f"Choose {'at least one' if kind == 'many' else 'a ' + key} first."
    return {
        "key": key, "legend": legend, "choices": choices, "many": many, "short": kind != "column", "missing": missing,
    }  # fmt: skip


def _choice(value: str, words: str, verdict: Verdict | None = None) -> Shown:
    looks = {"sign": verdict.sign, "verdict": verdict.value} if verdict else {"sign": "", "verdict": ""}
    return {"value": value, "words": words, **looks}


def _picture(topology: Topology, title: str, advice: Advice | None = None) -> Shown:
    """The picture as an address that loads nothing, the same in words, and the file; no verdicts unless it is judged.

    An image of its own keeps ids apart when one topology stands on a page twice.
    """
    assert topology.as_of is not None
    drawn = advice or Advice(topology, topology.as_of, (), "")
    told = [part for part in diagram.describe(drawn) if part.heading not in ("The answer", "Relations judged")]
    return {
        "title": title,
        "image": _image(drawn),
        "alt": cut(f"{title}: {topology.customer}. The same in words stands below.", 300),
        "words": [[part.heading, list(part.lines)] for part in told],
        "file": write(topology),
    }


@lru_cache(maxsize=64)
def _image(advice: Advice) -> str:
    return f"data:image/svg+xml;base64,{b64encode(diagram.to_svg(advice).encode()).decode()}"


def pictures(made: Exercise, facts: Facts) -> list[Shown]:
    """The pictures of an exercise with the engine's verdicts in them: for after the answer."""
    if isinstance(made, PairExercise):
        halves = (made.before, "Before the edit"), (made.after, "After the edit")
        return [_picture(half, title, judged(half, facts)) for half, title in halves]
    return [_picture(made.topology, "The topology", judged(made.topology, facts))]


def answered(made: Exercise, answer: Shown, marked: Marked, advice: Advice, facts: Facts, card: str) -> Shown:
    """What is shown once an answer is on disk: the feedback in words, and the engine's finding with its sources."""
    found = marked.finding
    if isinstance(made, RepairExercise) and found and (marked.right or found.id == made.finding.id):
        found = None  # mended, it is gone; not mended, it stands above
    held = {id: one for one in view.findings(advice, facts) for id in one["ids"]} if found else {}
    belief = marked.misconception
    return {
        "answer": answer, "right": marked.right, "words": _short(marked, found),
        "misconception": belief and {"belief": belief.belief, "correction": belief.correction, "card": card},
        "finding": held.get(found.id) if found else None,
    }  # fmt: skip


def _short(marked: Marked, found: Finding | None) -> str:
    """The words of a mark without what stands below them anyway: correction, why and fix."""
    words = marked.words.removeprefix("Right. ").removeprefix("Right: ")
    below = [marked.misconception.correction] if marked.misconception else []
    for told in (*below, *((found.why, found.fix) if found else ())):
        words = words.replace(told, "") if told else words
    words = " ".join(words.split())
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Work:
    """A repair under way: what was changed, and what is looked at."""

    steps: tuple[tuple[AnyStep, ...], ...] = ()
    item: str = ""  # section and name, as `key_of` writes them
    field: str = ""


def key_of(section: str, name: str) -> str:
    """What a pick-list calls an item.

    >>> key_of("servers", "CAS1")
    'servers:CAS1'
    """
    return f"{section}:{name}"


def repair(made: RepairExercise, topology: Topology, facts: Facts, work: Work) -> Shown:
    """A repair as it stands: the topology drawn with its verdicts, the pick-lists, what was changed."""
    advice, aspects = judged(topology, facts), ("topology", made.finding.aspect)
    section, _, name = work.item.partition(":")
    fields = _fields(topology, facts, section, name) if work.item else []
    keys = [one["key"] for one in fields]
    bad = [one for one in view.findings(advice, facts) if one["verdict"] not in [fine.value for fine in FINE]]
    return {
        "pictures": [_picture(topology, "The topology now" if work.steps else "The topology", advice)],
        "repair": {
            "items": [["", "choose …"], *_items(topology)], "item": work.item,
            "fields": fields, "field": work.field if work.field in keys else (keys or [""])[0],
            "removable": name if section in SECTIONS else "",
            "steps": [said(steps) for steps in work.steps],
            "findings": [one for one in bad if one["aspect"] in aspects], "asked": made.finding.id,
        },
    }  # fmt: skip


def _items(topology: Topology) -> list[list[str]]:
    named = [
        [key_of(section, item.name), f"{item.name} ({word})"]
        for section, word in SECTIONS.items()
        for item in getattr(topology, section)
    ]
    return [*named, [key_of("", ""), "the topology itself"]]


def _fields(topology: Topology, facts: Facts, section: str, name: str) -> list[Shown]:
    """The fields that are answered by choosing; names, build numbers and addresses are typed and mend nothing."""
    shown = []
    for one in form(topology, facts, section, name):
        choices = [{"value": value, "words": words} for value, words in one.choices]
        if one.kind == "lines":
            choices = _passes(topology, facts, name, one.value)
        elif one.kind == "one" and one.open:
            choices = [{"value": None, "words": "not known"}, *choices]
        if one.kind != "text" and choices:
            many = one.kind == "many"
            shown.append({"key": one.key, "label": one.label, "many": many, "value": one.value, "choices": choices})
    return shown


def _passes(topology: Topology, facts: Facts, device: str, value: Any) -> list[Shown]:
    """What a firewall may let pass: as it is, everything, nothing, or what the ports table asks for."""
    choices: list[Shown] = [{"value": "any", "words": "everything"}, {"value": [], "words": "nothing"}]
    if isinstance(value, list) and value:
        choices.insert(0, {"value": value, "words": f"its {len(value)} lines, as they are"})
    offered = {"only what is needed": ("required",), "what is needed, and what may be": ("required", "conditional")}
    for words, needs in offered.items():
        try:
            lines = needed_lines(topology, facts, device, needs)
        except Refused:
            return choices
        if lines and lines not in [choice["value"] for choice in choices]:
            choices.append({"value": lines, "words": words})
    return choices
