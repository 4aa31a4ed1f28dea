"""What the page sends and what comes of it, without a browser: the widget is driven by its messages."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from exkit.facts import load
from exkit.intake import TopologyError, read, write
from exkit.workshop.desk import LOOK_EVERY, Desk, open_desk
from exkit.workshop.journal import Journal
from exkit.workshop.tour import STOPS
from tests.build import facts
from tests.sizes import sixty_servers, twenty_servers


class Talk:
    """A desk and what it answers."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.answers, self.number = desk, list[dict[str, Any]](), 0
        desk.send = lambda message, buffers=None: self.answers.append(message)  # type: ignore[method-assign]

    def say(self, do: str, **more: Any) -> dict[str, Any]:
        self.number += 1
        self.desk._heard(self.desk, {"id": self.number, "do": do, **more}, [])
        assert self.answers[-1]["reply"] == self.number
        return self.answers[-1]

    def verdict(self) -> str:
        return str(self.desk.shown["summary"]["topology"]["verdict"])

    def question(self, start: str) -> dict[str, Any]:
        return next(one for one in self.desk.shown["findings"] if one["id"].startswith(start))


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    file = tmp_path / "Contoso.yaml"
    file.write_text(Path("data/customers/recommended-2010.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return Talk(open_desk(file))


def test_a_workshop_starts_from_its_file_then_from_its_journal(talk: Talk, tmp_path: Path):
    file = tmp_path / "Contoso.yaml"
    assert talk.desk.topology == read(file).topology
    talk.say("move", name="CAS1", zone="dmz")
    assert talk.verdict() == "unsupported"
    assert read(file).topology != talk.desk.topology  # the customer's file stays as it is
    again = open_desk(file)
    assert again.topology == talk.desk.topology
    assert talk.desk.topology.digest() in repr(again)


def test_a_new_workshop_is_blank_or_begins_from_a_pattern_under_its_own_name(tmp_path: Path):
    blank = open_desk(tmp_path / "Fish & Co.yaml")
    assert blank.topology.customer == "Fish & Co" and blank.topology.servers == ()
    copied = open_desk(tmp_path / "Other.yaml", "recommended-2010")
    assert copied.topology.customer == "Other" and len(copied.topology.servers) == 5


def test_a_file_that_cannot_be_judged_is_refused_and_leaves_no_journal(tmp_path: Path):
    file = tmp_path / "bad.yaml"
    file.write_text("customer: x\nzonez: []\n", encoding="utf-8")
    with pytest.raises(TopologyError):
        open_desk(file)
    assert list(tmp_path.iterdir()) == [file]


def test_an_edit_is_on_disk_when_it_is_shown_and_tells_what_it_changed(talk: Talk):
    seen: list[str] = []

    def shown(change: dict[str, Any]) -> None:
        session = Journal(talk.desk._journal.path).session
        assert session is not None
        seen.append(session.topology.servers[2].zone or "")

    talk.desk.observe(shown, "first")
    talk.say("move", name="CAS1", zone="dmz")
    assert seen == ["dmz"]
    assert talk.desk.shown["changed"]["sentence"].startswith("This made")
    box = next(one for one in talk.desk.shown["canvas"]["servers"] if one["name"] == "CAS1")
    assert (box["verdict"], box["word"], box["zone"]) == ("unsupported", "unsupported", "dmz")
    talk.say("undo", head=talk.desk.shown["head"])
    assert talk.verdict() == "supported"
    assert "put" in talk.desk.shown["changed"]["sentence"]


def test_what_is_foreseen_over_a_zone_changes_nothing_and_is_what_the_drop_then_shows(talk: Talk, tmp_path: Path):
    before, path = talk.desk.shown, talk.desk._journal.path
    content = path.read_bytes()
    foreseen = talk.say("foresee", name="CAS1", zone="dmz")
    assert talk.desk.shown == before and path.read_bytes() == content
    talk.say("move", name="CAS1", zone="dmz")
    assert json.loads(talk.desk.first)["picture"] == foreseen["picture"]  # by this the page knows it again
    other = Talk(open_desk(tmp_path / "Contoso.yaml"))
    for key in ("summary", "canvas", "findings"):
        assert talk.desk.shown[key] == other.desk.shown[key]


def test_what_was_foreseen_is_dropped_when_something_else_is_done(talk: Talk, tmp_path: Path):
    talk.say("foresee", name="CAS1", zone="dmz")
    talk.say("set", section="servers", name="CAS1", key="domain_joined", value=None)
    talk.say("move", name="CAS1", zone="dmz")
    other = Talk(open_desk(tmp_path / "Contoso.yaml"))
    for key in ("summary", "canvas", "findings"):
        assert talk.desk.shown[key] == other.desk.shown[key]
    assert not talk.say("foresee", name="nobody", zone="dmz")["ok"]


def test_the_rest_follows_what_comes_first_and_two_edits_share_one(talk: Talk):
    async def in_a_kernel() -> list[tuple[int, int]]:
        turns: list[tuple[int, int]] = []
        desk = talk.desk

        def told(_: object) -> None:
            turns.append((json.loads(desk.first)["turn"], json.loads(desk.rest)["of"]))

        desk.observe(told, ["first", "rest"])
        talk.say("move", name="CAS1", zone="dmz")
        talk.say("undo")
        while desk._following is not None:
            await asyncio.sleep(0.01)
        return turns

    assert asyncio.run(in_a_kernel()) == [(2, 1), (3, 1), (3, 3)]
    assert json.loads(talk.desk.rest)["changed"]["sentence"].startswith("This put")


def test_a_question_is_answered_for_all_who_lack_the_field_or_for_some(talk: Talk):
    for name in ("CAS1", "MBX1", "EDGE1"):
        talk.say("set", section="servers", name=name, key="domain_joined", value=None)
    asked = talk.question("membership-not-known")
    assert asked["ask"]["names"] == ["CAS1", "EDGE1", "MBX1"]
    assert [choice["words"] for choice in asked["ask"]["choices"]] == ["yes", "no"]
    assert talk.say("answer", finding=asked["id"], names=["EDGE1"], value=False)["ok"]
    rest = talk.question("membership-not-known")
    assert rest["ask"]["names"] == ["CAS1", "MBX1"]
    assert not talk.say("answer", finding=rest["id"], names=["DC1"], value=True)["ok"]
    assert talk.say("answer", finding=rest["id"], names=["CAS1", "MBX1"], value=True)["ok"]
    assert [server.domain_joined for server in talk.desk.topology.servers] == [True, False, True, True, None]
    assert "Answered: Are these servers members" in talk.desk.session.log[-1].words


def test_every_choice_that_a_question_or_a_form_offers_can_be_taken(tmp_path: Path):
    """Twenty servers with gaps: each offered value gives a valid topology, or is what the field says already."""
    file = tmp_path / "many.yaml"
    file.write_text(write(twenty_servers()), encoding="utf-8")
    talk = Talk(open_desk(file))
    taken = 0
    for one in talk.desk.shown["findings"]:
        for choice in one["ask"]["choices"] if "ask" in one else []:
            many = one["ask"]["many"] and not isinstance(choice["value"], list)
            value = [choice["value"]] if many else choice["value"]
            answer = talk.say("answer", finding=one["id"], names=one["ask"]["names"], value=value)
            assert answer["ok"], (one["id"], choice, answer)
            talk.say("undo")
            taken += 1
    selected = [("servers", "CAS1"), ("servers", "EDGE1"), ("servers", "DC1"), ("servers", "TMG1"), ("zones", "dmz"),
                ("firewalls", "inner"), ("publishing", "web-mail"), ("dags", "DAG1"), ("ad_sites", "HQ"),
                ("forests", "corp"), ("", "")]  # fmt: skip
    for section, name in selected:
        form = talk.say("select", section=section, name=name)["form"]
        for field in form["fields"]:
            for value, _words in field["choices"] if field["kind"] in ("one", "many") else []:
                wanted = [value] if field["kind"] == "many" else value
                answer = talk.say("set", section=section, name=name, key=field["key"], value=wanted)
                assert answer["ok"] or "already" in answer["error"] or field["key"] == "between", (name, field, answer)
                if answer["ok"]:
                    talk.say("undo")
                    taken += 1
            if field["open"] and field["key"] != "name":
                answer = talk.say("set", section=section, name=name, key=field["key"], value=None)
                assert answer["ok"] or "already" in answer["error"], (name, field, answer)
                talk.say("undo") if answer["ok"] else None
    assert taken > 150
    assert talk.desk.topology == twenty_servers()


def test_what_the_palette_holds_can_be_added_for_every_version(talk: Talk):
    for version, things in talk.desk.offered["palettes"].items():
        for thing in things:
            if thing["group"] != "chain":
                zone = "" if thing["group"] in ("zone", "single") else "lan"
                answer = talk.say("add", kind=thing["kind"], zone=zone, version=version)
                assert answer["ok"], (version, thing, answer)
                talk.say("undo")
    kinds = {thing["kind"] for thing in talk.desk.offered["palettes"]["2003"]}
    assert {"FrontEnd", "BackEnd"} <= kinds and "ClientAccess" not in kinds


@pytest.mark.parametrize(
    ("kind", "ends", "said"),
    [
        ("firewall", ["dmz"], "2 or more"),
        ("firewall", ["dmz", "CAS1"], "CAS1"),
        ("publishing", ["TMG1"], "2 or more"),
        ("mail", ["CAS1"], "two at least"),
        ("mail", ["internet", "EDGE1", "CAS1"], "there already"),
        ("wall", ["a", "b"], "cannot be drawn"),
    ],
)
def test_a_line_that_leads_nowhere_is_refused(talk: Talk, kind: str, ends: list[str], said: str):
    before = talk.desk.topology
    answer = talk.say("draw", kind=kind, ends=ends)
    assert not answer["ok"] and said in answer["error"]
    assert talk.desk.topology == before


def test_a_firewall_is_tightened_to_what_the_ports_table_asks_for_and_not_where_no_list_is_supported(talk: Talk):
    talk.say("set", section="firewalls", name="outer", key="allow", value=None)
    assert talk.say("tighten", name="outer")["ok"]
    outer = talk.desk.topology.firewalls[0]
    assert {(line.source, line.target, line.ports) for line in outer.allow or ()} >= {
        ("internet", "EDGE1", ("25/tcp",)), ("internet", "TMG1", ("443/tcp",)), ("EDGE1", "internet", ("25/tcp",)),
    }  # fmt: skip
    assert talk.verdict() == "supported"
    talk.say("move", name="CAS1", zone="dmz")
    answer = talk.say("tighten", name="inner")
    assert not answer["ok"] and "every port" in answer["error"] and "CAS1" in answer["error"]


@pytest.mark.parametrize("message", [{"do": "explode"}, {"do": "set"}, {"do": "add", "kind": "x", "version": "1"}, {}])
def test_a_broken_message_is_answered_with_a_sentence_and_changes_nothing(talk: Talk, message: dict[str, Any]):
    before = talk.desk._journal.path.read_bytes()
    talk.desk._heard(talk.desk, {"id": 7, **message}, [])
    assert talk.answers[-1]["reply"] == 7 and not talk.answers[-1]["ok"]
    assert len(talk.answers[-1]["error"]) > 8
    assert talk.desk._journal.path.read_bytes() == before


def test_who_changes_something_stands_beside_it(talk: Talk):
    talk.say("move", name="CAS1", zone="dmz")
    assert talk.say("who", who="  Ms   Finch ")["ok"]
    talk.say("undo")
    assert [done["who"] for done in talk.desk.shown["log"]] == ["Ms Finch", "", "exkit"]
    assert not talk.say("who", who="a\x07b")["ok"]


def test_who_only_follows_sees_everything_and_changes_nothing(talk: Talk):
    follower = Talk(Desk(Journal(talk.desk._journal.path), load(), read_only=True))
    talk.say("move", name="CAS1", zone="dmz")
    follower.say("hello")
    assert follower.verdict() == "unsupported" and follower.desk.shown["readOnly"]
    before = talk.desk._journal.path.read_bytes()
    for say in (
        {"do": "move", "name": "CAS1", "zone": "lan"}, {"do": "undo"}, {"do": "load", "pattern": "recommended-2010"},
        {"do": "decide", "what": "x", "who": "y", "why": "z"}, {"do": "remove", "section": "servers", "name": "CAS1"},
    ):  # fmt: skip
        answer = follower.say(**say)
        assert not answer["ok"] and "only follows" in answer["error"]
    assert talk.desk._journal.path.read_bytes() == before


def test_a_workshop_that_no_page_shows_yet_looks_for_no_news_and_has_them_all_when_one_comes(talk: Talk):
    async def in_a_kernel() -> None:
        warm = Talk(Desk(Journal(talk.desk._journal.path), load()))
        talk.say("move", name="CAS1", zone="dmz")
        await asyncio.sleep(2.5 * LOOK_EVERY)
        assert warm.verdict() == "supported"
        warm.say("hello")
        assert warm.verdict() == "unsupported"
        assert warm.desk.shown["changed"]["sentence"] == ""  # nothing changed under the eyes of this page
        talk.say("undo")
        await asyncio.sleep(2.5 * LOOK_EVERY)
        assert warm.verdict() == "supported"
        assert warm.desk.shown["changed"]["sentence"].startswith("This put")

    asyncio.run(in_a_kernel())


def test_who_follows_before_anybody_began_waits(tmp_path: Path):
    journal = Journal(tmp_path / "x.workshop.jsonl")
    follower = Desk(journal, facts(), read_only=True)
    assert follower.shown == {"begun": False, "readOnly": True, "trouble": ""}
    assert "not begun" in repr(follower)
    assert not journal.path.exists()


def test_a_journal_damaged_meanwhile_is_told_on_the_page(talk: Talk):
    path = talk.desk._journal.path
    path.write_bytes(path.read_bytes() + b'{"parent": "wrong"}\n{}\n')
    talk.say("hello")
    assert "cannot be read" in talk.desk.shown["trouble"]


def test_edits_heard_in_one_thread_while_another_looks_for_others_are_each_taken_once(talk: Talk):
    """JupyterLab hears the page in a thread of its own (a subshell)."""
    heard = threading.Event()

    def look() -> None:
        while not heard.is_set():
            talk.desk._see()

    looking, usual = threading.Thread(target=look), sys.getswitchinterval()
    before = talk.desk._journal.count
    sys.setswitchinterval(1e-6)
    looking.start()
    try:
        for number in range(60):
            assert talk.say("move", name="CAS1", zone=("dmz", "lan")[number % 2])["ok"]
    finally:
        heard.set()
        looking.join()
        sys.setswitchinterval(usual)
    assert talk.desk.shown["trouble"] == ""
    assert talk.desk._journal.count == Journal(talk.desk._journal.path).count == before + 60


def test_the_tour_tells_the_story_and_leaves_the_workshop_alone(talk: Talk):
    before, path = talk.desk.topology, talk.desk._journal.path
    content = path.read_bytes()
    told = []
    for step in range(len(STOPS)):
        talk.say("tour", step=step)
        told.append(talk.verdict())
        section, _, name = talk.desk.shown["tour"]["look"].partition(":")
        assert name in {item.name for item in getattr(talk.desk.topology, section)}
    assert told == ["conditional", "unsupported", "unsupported", "not-recommended", "not-recommended", "supported"]
    talk.say("tour", step=2)
    assert talk.say("move", name="CAS1", zone="lan")["ok"]  # a live example
    assert talk.verdict() != "unsupported"
    assert not talk.say("tour", step=9)["ok"]
    talk.say("tour", step=None)
    assert talk.desk.topology == before and path.read_bytes() == content


def test_a_message_takes_little_on_the_wire_at_sixty_servers(tmp_path: Path):
    file = tmp_path / "sixty.yaml"
    file.write_text(write(sixty_servers()), encoding="utf-8")
    assert len(json.dumps(open_desk(file).shown)) < 250_000
