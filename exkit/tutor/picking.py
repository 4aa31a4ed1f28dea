"""Whether a repair can be made on the page: by choosing from the lists that it offers, and by taking items away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from exkit.facts import Facts
from exkit.topology import Topology
from exkit.workshop.edits import WHOLE, AnyStep, Change, Refused, Remove, apply
from exkit.workshop.forms import Field, form, needed_lines

SECTIONS = ("zones", "ad_sites", "forests", "servers", "firewalls", "publishing", "dags")
MAYBE = ("required", "conditional")  # where nothing is needed in any case, as before a server that hybrid mail reaches
NOT_CHOSEN = ("customer", "as_of", "mail_flow", "outlook", "assumptions", "waivers")  # written, or given


def by_choosing(topology: Topology, repaired: Topology, facts: Facts) -> Topology | None:
    """A repair made by choosing alone; a firewall's lines, which are written, become those that are needed.

    None where something would have to be written, drawn or added.
    """
    try:
        after = topology
        for step in _steps(topology, repaired, facts):
            after = apply(after, [step])
    except (Refused, _Written):
        return None
    return after


class _Written(Exception):
    """Something that no list offers."""


def _steps(topology: Topology, repaired: Topology, facts: Facts) -> Iterator[AnyStep]:
    was, now = topology.to_plain(), repaired.to_plain()
    if any(was.get(field) != now.get(field) for field in NOT_CHOSEN):
        raise _Written
    whole = ("deployment", "hybrid")
    before, after = ({field: plain[field] for field in whole if field in plain} for plain in (was, now))
    yield from _chosen(topology, facts, WHOLE, "", before, after)
    for section in SECTIONS:
        items = {one["name"]: one for one in was.get(section, ())}
        left = {one["name"]: one for one in now.get(section, ())}
        if not left.keys() <= items.keys():
            raise _Written
        for name, item in items.items():
            if name in left:
                # What a firewall needs is asked once everything stands where it shall.
                stands = repaired if section == "firewalls" else topology
                yield from _chosen(stands, facts, section, name, item, left[name])
    for section in SECTIONS:
        kept = {one["name"] for one in now.get(section, ())}
        for item in was.get(section, ()):
            if item["name"] not in kept:
                yield Remove.model_validate({"section": section, "name": item["name"]})


def _chosen(
    topology: Topology, facts: Facts, section: str, name: str, was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[AnyStep]:
    fields = {one.key: one for one in form(topology, facts, section, name)}
    for key in sorted(was.keys() | now.keys()):
        value, before = now.get(key), was.get(key)
        if value == before:
            continue
        if isinstance(value, dict) or isinstance(before, dict):
            old, new = before or {}, value or {}
            for part in (part for part in old.keys() | new.keys() if old.get(part) != new.get(part)):
                _must_offer(fields.get(f"{key}.{part}"), new.get(part))
        elif key == "allow" and value not in ("any", []):
            value = [*(needed_lines(topology, facts, name) or needed_lines(topology, facts, name, MAYBE))]
        elif key != "allow":
            _must_offer(fields.get(key), value)
        yield Change.model_validate({"section": section, "name": name, "field": key, "value": value})


def _must_offer(field: Field | None, value: JsonValue) -> None:
    if field is None or field.kind not in ("one", "many"):
        raise _Written
    offered = [choice for choice, _ in field.choices]
    if value is not None and not all(one in offered for one in (value if isinstance(value, list) else [value])):
        raise _Written
