"""Edits and actions for Hypothesis: most of them can be done, some are refused, as from people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from exkit.topology import Role, Topology, Version
from exkit.workshop.edits import Add, AnyStep, Change, Remove, Rename, name_of
from exkit.workshop.session import (
    AnyAction,
    Branch,
    Checkpoint,
    Decide,
    Edit,
    Park,
    Redo,
    Restore,
    Session,
    Settle,
    Switch,
    Undo,
)
from tests.strategies import HOSTILE_NAMES

SECTIONS = ("zones", "ad_sites", "forests", "servers", "firewalls", "publishing", "dags", "mail_flow")
WORDS = HOSTILE_NAMES.map(str.strip).filter(bool).map(lambda text: text[:80])


def names(topology: Topology, section: str) -> list[str]:
    return [name_of(section, item) for item in topology.to_plain().get(section, ())]


@st.composite
def steps(draw: Callable, topology: Topology) -> AnyStep:
    """A step on this topology."""
    held = {section: names(topology, section) for section in SECTIONS}
    filled = [section for section in SECTIONS if held[section]]
    kind = draw(st.sampled_from(["add", "zone", "version", "rename", "remove", "customer"]))
    if kind == "add" or not filled:
        item: dict[str, Any] = {"name": draw(HOSTILE_NAMES), "roles": [draw(st.sampled_from(Role)).value]}
        if held["zones"] and draw(st.booleans()):
            item["zone"] = draw(st.sampled_from(held["zones"]))
        return Add(section="servers", item=item)
    if kind == "customer":
        return Change(section="", name="", field="customer", value=draw(HOSTILE_NAMES))
    if kind in ("zone", "version") and held["servers"]:
        choices = [None, *(held["zones"] if kind == "zone" else [version.value for version in Version])]
        name = draw(st.sampled_from(held["servers"]))
        return Change(section="servers", name=name, field=kind, value=draw(st.sampled_from(choices)))
    section = draw(st.sampled_from(filled))
    name = draw(st.sampled_from(held[section]))
    if kind == "rename":
        return Rename(section=section, name=name, to=draw(HOSTILE_NAMES))
    return Remove(section=section, name=name)


@st.composite
def actions(draw: Callable, session: Session) -> AnyAction:
    """An action in this session."""
    kind = draw(st.sampled_from([
        "edit", "edit", "edit", "undo", "redo", "checkpoint", "restore", "branch", "switch", "decide", "park", "settle",
    ]))  # fmt: skip
    if kind == "edit":
        return Edit(steps=(draw(steps(session.topology)),))
    if kind in ("undo", "redo"):
        return Undo() if kind == "undo" else Redo()
    if kind in ("checkpoint", "branch"):
        return (Checkpoint if kind == "checkpoint" else Branch)(name=draw(WORDS))
    if kind == "restore":
        return Restore(name=draw(st.sampled_from([*session.checkpoints, "none"])))
    if kind == "switch":
        return Switch(name=draw(st.sampled_from(list(session.variants))))
    if kind == "settle":
        return Settle(number=draw(st.integers(1, 3)))
    if kind == "decide":
        return Decide(what=draw(WORDS), who=draw(WORDS), why=draw(WORDS))
    return Park(what=draw(WORDS))
