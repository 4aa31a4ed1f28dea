"""Edits of a topology: small values that say what to change, and the pure function that does it.

An edit that would not leave a valid topology is refused with a sentence; the topology stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from exkit.topology import Topology

Section = Literal["zones", "ad_sites", "forests", "servers", "firewalls", "publishing", "dags", "mail_flow"]
WHOLE = ""  # the section of a change to the topology itself: customer, as_of, hybrid, ...
TOP_FIELDS = ("customer", "as_of", "deployment", "hybrid", "outlook", "assumptions", "waivers")
ARROW = " > "
Plain = dict[str, Any]  # the canonical form of a topology, which is JSON of any shape


class Refused(ValueError):
    """An edit that cannot be made; `str()` says why in a sentence."""


class Step(BaseModel):
    """One part of an edit."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Add(Step):
    """A new item at the end of a section."""

    op: Literal["add"] = "add"
    section: Section
    item: dict[str, JsonValue]


class Change(Step):
    """One field of one item; None makes it not known. The empty section means the topology itself."""

    op: Literal["change"] = "change"
    section: Section | Literal[""]
    name: str
    field: str
    value: JsonValue = None


class Rename(Step):
    """Another name for an item, also wherever something refers to it."""

    op: Literal["rename"] = "rename"
    section: Section
    name: str
    to: str


class Remove(Step):
    """An item, and every reference to it."""

    op: Literal["remove"] = "remove"
    section: Section
    name: str


AnyStep = Annotated[Add | Change | Rename | Remove, Field(discriminator="op")]
STEPS: TypeAdapter[tuple[AnyStep, ...]] = TypeAdapter(tuple[AnyStep, ...])

# Where the names of a section are used besides: section and field, which holds one name or a list of them.
REFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "servers": (
        ("firewalls", "host"), ("publishing", "host"), ("publishing", "targets"), ("dags", "members"),
        ("dags", "witness"), ("mail_flow", "path"), ("hybrid", "agent"), ("hybrid", "targets"), ("hybrid", "mail_path"),
    ),
    "zones": (
        ("servers", "zone"), ("servers", "also_in"), ("forests", "zone"), ("firewalls", "between"),
        ("publishing", "zone"), ("mail_flow", "path"), ("hybrid", "mail_path"),
    ),
    "ad_sites": (("servers", "site"), ("servers", "subscribed_to")),
    "forests": (("servers", "forest"),),
}  # fmt: skip
ENDS = ("servers", "zones")  # what the lines of a firewall may name


def apply(topology: Topology, steps: Iterable[AnyStep]) -> Topology:
    """The topology after all steps of an edit. Raises Refused when one cannot be made or the result does not hold.

    >>> lan = Topology.model_validate({"customer": "Contoso", "zones": [{"name": "lan", "kind": "internal"}]})
    >>> apply(lan, [Rename(section="zones", name="lan", to="office")]).zones[0].name
    'office'
    >>> apply(lan, [Remove(section="zones", name="dmz")])
    Traceback (most recent call last):
    exkit.workshop.edits.Refused: there is no 'dmz' in zones any more
    """
    plain = topology.to_plain()
    for step in steps:
        _APPLY[type(step)](plain, step)
    try:
        return Topology.model_validate(plain)
    except ValidationError as error:
        raise Refused(_sentence(error)) from None


def name_of(section: str, item: Plain) -> str:
    """What an item is called; a mail flow is called by its path."""
    return ARROW.join(map(str, item.get("path", ()))) if section == "mail_flow" else str(item.get("name", ""))


def fresh_name(stem: str, taken: Iterable[str]) -> str:
    """A name that nothing has yet, made of a stem and the next number.

    >>> fresh_name("CAS", ["CAS1", "CAS3"]), fresh_name("lan", [])
    ('CAS2', 'lan1')
    """
    used = {name.casefold() for name in taken}
    return next(name for number in range(1, len(used) + 2) if (name := f"{stem}{number}").casefold() not in used)


def said(steps: Sequence[AnyStep]) -> str:
    """What an edit does, in a sentence for history and minutes.

    >>> said([Change(section="servers", name="CAS1", field="zone", value="dmz")])
    'CAS1: zone is now dmz'
    """
    told = [_said(step) for step in steps]
    return told[0] if len(told) == 1 else f"{told[0]}, and {len(told) - 1} more" if told else "nothing"


def _said(step: AnyStep) -> str:
    if isinstance(step, Add):
        return f"{name_of(step.section, step.item)} added to {step.section.replace('_', ' ')}"
    if isinstance(step, Remove):
        return f"{step.name} removed"
    if isinstance(step, Rename):
        return f"{step.name} renamed to {step.to}"
    where = f"{step.name}: " if step.name else ""
    return f"{where}{step.field.replace('_', ' ')} is now {_short(step.value)}"


def _short(value: JsonValue) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        plain = [item for item in value if isinstance(item, str)]
        return (", ".join(plain) or "empty") if len(plain) == len(value) else f"a list of {len(value)}"
    return (
        ", ".join(f"{key} {_short(inner)}" for key, inner in value.items()) if isinstance(value, dict) else str(value)
    )


def _find(plain: Plain, section: str, name: str) -> Plain:
    for item in plain.get(section, ()):
        if name_of(section, item) == name:
            found: Plain = item
            return found
    raise Refused(f"there is no {name!r} in {section.replace('_', ' ')} any more")


def _add(plain: Plain, step: Add) -> None:
    plain.setdefault(step.section, []).append(dict(step.item))


def _change(plain: Plain, step: Change) -> None:
    if step.section == WHOLE:
        if step.field not in TOP_FIELDS:
            raise Refused(f"{step.field!r} is no field of a topology that can be changed; {', '.join(TOP_FIELDS)} are")
        item = plain
    else:
        item = _find(plain, step.section, step.name)
        if step.field == "name":
            raise Refused("a name is changed by renaming, so that what refers to it follows")
    if step.value is None:
        item.pop(step.field, None)
    else:
        item[step.field] = step.value


def _rename(plain: Plain, step: Rename) -> None:
    if step.section == "mail_flow":
        raise Refused("a mail flow has no name of its own")
    item = _find(plain, step.section, step.name)
    item["name"] = step.to
    _refer(plain, step.section, step.name, step.to)
    for waiver in plain.get("waivers", ()):
        statement, at, names = waiver["finding"].partition("@")
        waiver["finding"] = statement + at + "+".join(step.to if n == step.name else n for n in names.split("+"))
        if "subjects" in waiver:
            waiver["subjects"] = [step.to if name == step.name else name for name in waiver["subjects"]]


def _remove(plain: Plain, step: Remove) -> None:
    item = _find(plain, step.section, step.name)
    plain[step.section].remove(item)
    _refer(plain, step.section, step.name, None)
    # What is left of a way or a wall with one end is none.
    plain["mail_flow"] = [flow for flow in plain.get("mail_flow", ()) if len(flow["path"]) > 1]
    plain["firewalls"] = [device for device in plain.get("firewalls", ()) if len(device["between"]) > 1]


def _refer(plain: Plain, section: str, name: str, to: str | None) -> None:
    """Every reference leads to the new name, or is taken out."""
    for holder, field in REFERENCES.get(section, ()):
        for item in _holders(plain, holder):
            value = item.get(field)
            if isinstance(value, list):
                item[field] = [to if one == name else one for one in value if to is not None or one != name]
            elif value == name:
                if to is None:
                    del item[field]
                else:
                    item[field] = to
    if section in ENDS:
        for device in plain.get("firewalls", ()):
            if isinstance(device.get("allow"), list):
                device["allow"] = list(_lines(device["allow"], name, to))


def _holders(plain: Plain, section: str) -> list[Plain]:
    found = plain.get(section, [])
    return [found] if isinstance(found, dict) else found if isinstance(found, list) else []


def _lines(lines: list[Plain], name: str, to: str | None) -> Iterator[Plain]:
    for line in lines:
        if to is not None:
            yield line | {end: to for end in ("from", "to") if line[end] == name}
        elif name not in (line["from"], line["to"]):
            yield line


def _sentence(error: ValidationError) -> str:
    """The first thing that does not hold, with what is allowed."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    found = first["input"]
    named = f" (found {found!r})" if isinstance(found, str | int | bool) else ""
    allowed = (first.get("ctx") or {}).get("allowed")
    only = f"; allowed: {', '.join(map(str, allowed))}" if isinstance(allowed, list) and allowed else ""
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}{named}{only}"[:600]


_APPLY: dict[type[Step], Any] = {Add: _add, Change: _change, Rename: _rename, Remove: _remove}
