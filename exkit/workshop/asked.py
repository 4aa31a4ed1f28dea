"""Open questions as the workshop asks them: where the answer goes, which answers there are, and the edit it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from exkit.advice import Finding
from exkit.facts import Facts
from exkit.intake import TopologyError
from exkit.intake.yaml_tree import parse, plain
from exkit.topology import Topology
from exkit.workshop.edits import WHOLE, AnyStep, Refused, name_of
from exkit.workshop.forms import Choice, form, steps_for

NAMED = ("servers", "firewalls", "publishing", "dags", "zones", "ad_sites", "forests")
PLACEHOLDERS = ("HOST", "ZONE")  # in examples of whole items: to be drawn, not chosen


@dataclass(frozen=True)
class Asked:
    """A question with its place. Without `key` no single field answers it, and `section` says where to look.

    `names`: all items that lack the field; an answer may be given for some of them.
    """

    finding: Finding
    text: str
    section: str
    names: tuple[str, ...] = ()
    key: str = ""
    choices: tuple[Choice, ...] = ()
    many: bool = False


def asked(finding: Finding, topology: Topology, facts: Facts) -> Asked:
    """A finding's question."""
    question = finding.question
    text = question.text if question else finding.summary
    section, name, key = place(question.field if question else "", topology)
    if not key or question is None:
        return Asked(finding, text, section)
    lacking = finding.subjects if finding.id.endswith(f"@{key}") and section == "servers" else (name,)
    given = [value for answer in question.allowed for value in _value(answer)]
    try:
        field = next((one for one in form(topology, facts, section, name) if one.key == key), None)
    except Refused:
        return Asked(finding, text, section)
    if field is not None and field.kind == "lines":
        given = [value for value in given if not (isinstance(value, list) and value)]
    many = field is not None and field.kind == "many"
    # What a form offers includes what the rule lists, in better words; a part of a field is offered by the rule alone.
    if field is not None and field.choices and field.kind in ("one", "many"):
        listed = {str(value) for value in given}
        narrowed = tuple(choice for choice in field.choices if str(choice[0]) in listed)
        none: tuple[Choice, ...] = (([], "none"),) if many else ()
        return Asked(
            finding, text, section, lacking, key, (*none, *(field.choices if many else narrowed or field.choices)), many
        )
    return Asked(finding, text, section, lacking, key, tuple((value, _words(value)) for value in given))


def place(path: str, topology: Topology) -> tuple[str, str, str]:
    """Section, name and key of a field path; names may hold dots. The key is empty where a path names a whole section.

    >>> lan = Topology.model_validate({"customer": "x", "zones": [{"name": "a.b", "kind": "internal"}]})
    >>> place("zones.a.b.kind", lan), place("as_of", lan), place("mail_flow.0.path", lan)
    (('zones', 'a.b', 'kind'), ('', '', 'as_of'), ('mail_flow', '', ''))
    """
    section, _, rest = path.partition(".")
    if section in ("as_of", "hybrid", "deployment", "customer"):
        return WHOLE, "", path if section != "hybrid" or rest else "hybrid.topology"
    if section not in NAMED:
        return section, "", ""
    names = [name_of(section, {"name": item.name}) for item in getattr(topology, section)]
    name = max((one for one in names if rest.startswith(f"{one}.")), key=len, default="")
    return section, name, rest[len(name) + 1 :] if name else ""


def answer(question: Asked, names: Sequence[str], value: JsonValue, topology: Topology) -> tuple[AnyStep, ...]:
    """The edit that an answer means, for the items it is given for. Raises Refused when no single field takes it."""
    if not question.key:
        raise Refused("no single field answers this: draw it, or fill in the form of what it is about")
    if not names or not set(names) <= set(question.names):
        raise Refused("name whom the answer is for")
    if question.section == WHOLE:
        return steps_for(topology, WHOLE, "", question.key, value)
    return tuple(step for name in names for step in steps_for(topology, question.section, name, question.key, value))


def _value(text: str) -> list[JsonValue]:
    """An allowed answer as a file would hold it; nothing for an example that is to be filled in first."""
    if any(word in text for word in PLACEHOLDERS) or text.startswith(("- ", "a later day")):
        return []
    try:
        root = parse(f"answer: {text}", "answer").value
    except TopologyError:
        return []
    return [plain(node) for node in root.values()] if isinstance(root, dict) else []


def _words(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')}: {_words(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_words, value)) or "none"
    return str(value).replace("-", " ")
