"""What a workshop is: edits, undo and redo, branches, checkpoints and notes as values, with the laws they keep."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exkit.advice import advise
from exkit.intake import read
from exkit.topology import Topology
from exkit.workshop.changes import changes
from exkit.workshop.edits import Add, Change, Refused, Remove, Rename, apply
from exkit.workshop.session import (
    Branch,
    Checkpoint,
    Decide,
    Edit,
    Load,
    Park,
    Redo,
    Restore,
    Session,
    Settle,
    Start,
    Switch,
    Undo,
    action_of,
    follow,
    foresee,
)
from tests.build import DAY, facts, host, line, topology, wall
from tests.strategies import HOSTILE_NAMES, topologies
from tests.workshop.actions import actions, steps

CUSTOMERS = Path(__file__).parents[2] / "data" / "customers"
NOW = "2026-11-27T09:00:00Z"


def begun(start: Topology) -> Session:
    return follow(None, Start(topology=start.to_plain(), origin="a test"), NOW, "")


def done(session: Session, *some: object) -> Session:
    for action in some:
        session = follow(session, action, NOW, "")  # type: ignore[arg-type]
    return session


def zone(server: str, name: str | None) -> Edit:
    return Edit(steps=(Change(section="servers", name=server, field="zone", value=name),))


SMALL = topology(
    host("CAS1", "CAS", version="2010"),
    host("MBX1", "MBX", version="2010"),
    firewalls=[wall("inner", "dmz", "lan", allow=[line("CAS1", "MBX1", "any"), line("dmz", "lan", "25/tcp")])],
    publishing=[{"name": "web", "targets": ["CAS1"], "host": "MBX1"}],
    mail_flow=[{"path": ["internet", "CAS1", "MBX1"]}, {"path": ["CAS1", "MBX1"]}],
    waivers=[{"finding": "some@CAS1+MBX1", "because": "so", "subjects": ["CAS1", "MBX1"]}],
)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_series_of_edits_undone_gives_the_start_and_done_again_gives_the_end(data: st.DataObject) -> None:
    start = data.draw(topologies(HOSTILE_NAMES))
    session = begun(start)
    made = 0
    for _ in range(data.draw(st.integers(1, 8))):
        edit = Edit(steps=(data.draw(steps(session.topology)),))
        try:
            session = follow(session, edit, NOW, "")
        except Refused:
            continue
        made += 1
    end = session.topology
    for _ in range(made):
        session = done(session, Undo())
    assert session.topology == start
    with pytest.raises(Refused):
        done(session, Undo())
    for _ in range(made):
        session = done(session, Redo())
    assert session.topology == end


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_an_action_gives_a_valid_topology_or_is_refused_with_a_sentence_and_changes_nothing(
    data: st.DataObject,
) -> None:
    session = begun(data.draw(topologies(HOSTILE_NAMES)))
    for _ in range(data.draw(st.integers(1, 10))):
        action = data.draw(actions(session))
        before = session
        try:
            session = follow(session, action, NOW, "")
        except Refused as refused:
            assert len(str(refused)) > 5
            assert session is before
            continue
        assert Topology.model_validate(session.topology.to_plain()) == session.topology
        assert len(session.log) == len(before.log) + 1


def test_an_edit_after_an_undo_forgets_what_was_undone():
    session = done(begun(SMALL), zone("CAS1", "dmz"), Undo(), zone("CAS1", "back"))
    assert session.variant.future == ()
    with pytest.raises(Refused, match="nothing to redo"):
        done(session, Redo())


def test_an_edit_that_changes_nothing_is_refused_so_that_undo_never_seems_to_do_nothing():
    with pytest.raises(Refused, match="already"):
        done(begun(SMALL), zone("CAS1", "lan"))


def test_what_was_foreseen_of_an_edit_is_what_the_edit_does_and_holds_for_no_other():
    before, edit, other = begun(SMALL), zone("CAS1", "dmz"), zone("CAS1", "back")
    foreseen = foresee(before, edit)
    assert follow(before, edit, NOW, "Kim", foreseen) == follow(before, edit, NOW, "Kim")
    assert follow(before, other, NOW, "", foreseen) == follow(before, other, NOW, "")
    later = done(before, Checkpoint(name="one"))
    assert follow(later, edit, NOW, "", foreseen) == follow(later, edit, NOW, "")
    with pytest.raises(Refused, match="already"):
        foresee(before, zone("CAS1", "lan"))


def test_removing_a_server_takes_out_every_reference_and_what_has_one_end_left():
    after = apply(SMALL, [Remove(section="servers", name="CAS1")])
    assert after.publishing[0].targets == ()
    assert [flow.path for flow in after.mail_flow] == [("internet", "MBX1")]
    assert after.firewalls[0].allow is not None
    assert [one.source for one in after.firewalls[0].allow] == ["dmz"]


def test_removing_a_zone_leaves_its_servers_without_one_and_takes_its_firewalls_along():
    after = apply(SMALL, [Remove(section="zones", name="dmz")])
    assert after.firewalls == ()
    moved = apply(SMALL, [Remove(section="zones", name="lan")])
    assert {server.zone for server in moved.servers} == {None}


def test_renaming_a_server_renames_it_everywhere():
    after = apply(SMALL, [Rename(section="servers", name="CAS1", to="FRONT")])
    assert after.publishing[0].targets == ("FRONT",)
    assert after.mail_flow[0].path == ("internet", "FRONT", "MBX1")
    assert after.firewalls[0].allow is not None and after.firewalls[0].allow[0].source == "FRONT"
    assert after.waivers[0].finding == "some@FRONT+MBX1" and after.waivers[0].subjects == ("FRONT", "MBX1")
    assert apply(after, [Rename(section="servers", name="FRONT", to="CAS1")]) == SMALL


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Add(section="servers", item={"name": "CAS1"}), "defined twice"),
        (Add(section="servers", item={"name": "X", "colour": "red"}), "colour"),
        (Change(section="servers", name="CAS1", field="zone", value="nowhere"), "refers to no zone"),
        (Change(section="servers", name="CAS1", field="name", value="X"), "renaming"),
        (Change(section="servers", name="GONE", field="zone", value="lan"), "no 'GONE'"),
        (Change(section="", name="", field="servers", value=[]), "no field"),
        (Rename(section="zones", name="lan", to="any"), "meaning of its own"),
        (Remove(section="dags", name="DAG9"), "no 'DAG9'"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(step, said):
    with pytest.raises(Refused, match=said):
        apply(SMALL, [step])


def test_a_branch_starts_from_the_screen_and_leaves_the_other_alone():
    session = done(begun(SMALL), Branch(name="proxy"), zone("CAS1", "dmz"))
    assert session.topology.servers[0].zone == "dmz"
    back = done(session, Switch(name="main"))
    assert back.topology == SMALL
    with pytest.raises(Refused):
        done(back, Branch(name="proxy"))


def test_a_checkpoint_comes_back_and_undo_takes_that_back_too():
    session = done(begun(SMALL), Checkpoint(name="before"), zone("CAS1", "dmz"), zone("MBX1", "dmz"))
    restored = done(session, Restore(name="before"))
    assert restored.topology == SMALL
    assert done(restored, Undo()).topology == session.topology


def test_beginning_again_from_a_pattern_can_be_undone():
    other = topology(host("EX1", "MBX", version="2016"))
    session = done(begun(SMALL), Load(topology=other.to_plain(), origin="a pattern"))
    assert session.topology == other
    assert done(session, Undo()).topology == SMALL


def test_decisions_and_what_is_parked_are_kept_with_who_and_why_over_undo_and_branches():
    decide = Decide(what="CAS inside", who="Ms Finch", why="the vendor says so")
    session = done(begun(SMALL), decide, Park(what="Certificates"), zone("CAS1", "dmz"), Undo(), Branch(name="b"))
    assert [(note.what, note.who, note.why) for note in session.decisions] == [
        ("CAS inside", "Ms Finch", "the vendor says so")
    ]
    assert not session.parked[0].settled
    assert done(session, Settle(number=1)).parked[0].settled
    with pytest.raises(Refused):
        done(session, Settle(number=2))


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "explode"},
        {"do": "edit", "steps": []},
        {"do": "edit", "steps": [{"op": "add", "section": "secrets", "item": {}}]},
        {"do": "decide", "what": "x", "who": " ", "why": "y"},
        {"do": "undo", "twice": True},
    ],
)
def test_a_message_that_means_no_action_is_refused(message):
    with pytest.raises(Refused):
        action_of(message)


def test_what_changed_is_told_in_a_sentence():
    before = topology(host("CAS1", "CAS", version="2010"), firewalls=[wall("inner", "dmz", "lan", allow="any")])
    after = apply(before, [Change(section="servers", name="CAS1", field="zone", value="dmz")])
    turned = changes(advise(before, facts(), DAY), advise(after, facts(), DAY))
    assert "unsupported" in turned.sentence and turned.sentence.startswith("This made 1 thing")
    assert turned.turns[0].finding.id == "cas-in-perimeter@CAS1"
    back = changes(advise(after, facts(), DAY), advise(before, facts(), DAY))
    assert "put 1 thing right that was unsupported" in back.sentence
    example = read(CUSTOMERS / "hosting-hmc-4.5.yaml").topology
    own = example.model_copy(update={"deployment": "standard"})
    worse = changes(advise(example, facts(), example.as_of), advise(own, facts(), example.as_of))
    assert worse.sentence == "This made 3 things unsupported.", "from conditional to unsupported is not put right"
    same = advise(before, facts(), DAY)
    assert changes(same, same).sentence == "This changed no verdict."
