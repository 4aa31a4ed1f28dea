"""Laws that hold for every topology: drawn ones, the example customers and the cases.

Each law has a companion that shows it is no empty sentence: the inputs reach what it speaks of, and a planted fault is
caught.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from exkit.advice import Advice, advise
from exkit.intake import read
from exkit.paths import Network, Passage
from exkit.rules import RULES
from exkit.rules.base import Case, Evidence, Match, Rule
from exkit.topology import DAG, ADSite, Firewall, Forest, Publishing, Server, Topology, Version
from exkit.verdict import Verdict, worst
from tests.build import facts, host, line, names_in, renamed, wall
from tests.build import topology as built
from tests.strategies import topologies

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("data/customers/*.yaml"), *ROOT.glob("tests/cases/*/[sb][0-9]*.yaml")])
EXAMPLES = {path.stem: read(path).topology for path in FILES}
ANY = {"from": "any", "to": "any", "ports": ["any"]}
Choice = tuple[str, str]

# The same examples at each run, and few; LAWS=5000 draws others, and many.
MANY = int(os.environ.get("LAWS", "0"))
LAW = settings(
    max_examples=MANY or 100,
    derandomize=not MANY,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def judged(topology: Topology) -> Advice:
    return advise(topology, facts(), topology.as_of or date(2012, 6, 1))


def without_waivers(topology: Topology) -> dict[str, Any]:
    return {**topology.to_plain(), "waivers": []}


def verdicts(advice: Advice) -> dict[Choice, Verdict]:
    return {(one.topic, one.id.partition("@")[2]): one.verdict for one in advice.findings}


def some_topologies() -> st.SearchStrategy[Topology]:
    return st.sampled_from(list(EXAMPLES.values())) | topologies()


def told(advice: Advice, new: dict[str, str]) -> set[tuple[str, str, str]]:
    """What is said of each subject, under its other name: statement and verdict.

    Not of each finding: which pairs of classes share one follows the order of names, and each pair is in one.
    """
    return {(new.get(name, name), one.statement, one.verdict.value) for one in advice.findings for name in one.subjects}


def under_two_names(topology: Topology, chance: random.Random) -> tuple[set, set]:
    plain, names = without_waivers(topology), names_in(topology)
    others = chance.sample([f"n{number:03}" for number in range(len(names))], len(names))
    new = dict(zip(names, others, strict=True))
    here, there = (judged(Topology.model_validate(one)) for one in (plain, renamed(plain, new)))
    return told(here, new), told(there, {})


@given(some_topologies(), st.randoms(use_true_random=False))
@LAW
def test_other_names_change_no_verdict(topology: Topology, chance: random.Random) -> None:
    here, there = under_two_names(topology, chance)
    event(f"{min(len(here) // 10, 3)}0 or more things are said")
    assert here == there


SECTIONS = ("zones", "ad_sites", "forests", "servers", "firewalls", "publishing", "dags")


def in_two_orders(topology: Topology, chance: random.Random) -> list[dict[str, Any]]:
    plain = without_waivers(topology)
    mixed = {**plain, **{one: chance.sample(plain[one], len(plain[one])) for one in SECTIONS if one in plain}}
    results = [judged(Topology.model_validate(one)).to_dict() for one in (plain, mixed)]
    for made in results:
        del made["provenance"]
        for one in made["findings"]:
            if one["question"]:
                one["question"]["allowed"].sort()  # pick-lists are in the order of the file
    return results


@given(some_topologies(), st.randoms(use_true_random=False))
@LAW
def test_the_order_of_sections_changes_nothing(topology: Topology, chance: random.Random) -> None:
    here, there = in_two_orders(topology, chance)
    event("findings" if here["findings"] else "no finding")
    assert here == there


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same with every list in another order, but for paths, whose order is what they say."""
    if isinstance(value, dict):
        return {key: one if key in ("path", "mail_path") else shuffled(one, chance) for key, one in value.items()}
    if isinstance(value, list):
        return chance.sample([shuffled(one, chance) for one in value], len(value))
    return value


@given(some_topologies(), st.randoms(use_true_random=False))
@LAW
def test_the_order_within_lists_changes_only_how_evidence_is_written(topology: Topology, chance: random.Random) -> None:
    """Evidence, and a fix that names lines, show them as the file has them, and by their place."""
    plain = without_waivers(topology)
    here, there = (judged(Topology.model_validate(one)) for one in (plain, shuffled(plain, chance)))
    shown = [[(one.id, one.subjects, one.verdict, one.condition) for one in made.findings] for made in (here, there)]
    assert shown[0] == shown[1]


RANK = {passage: rank for rank, passage in enumerate(Passage)}
PATHS = ("path", "directory-path", "inner-firewall")


def with_any_line(topology: Topology, device: str) -> Topology:
    """The same with one more line on a device whose rules are known: everything, both ways."""
    plain = without_waivers(topology)
    plain["firewalls"] = [
        {**one, "allow": [*(one["allow"] if one["allow"] != "any" else ()), ANY]} if one["name"] == device else one
        for one in plain["firewalls"]
    ]
    return Topology.model_validate(plain)


def ways(topology: Topology) -> dict[tuple[str, str], int]:
    network = Network(topology)
    return {
        (one.name, other.name): RANK[network.way(one, other).passage]
        for one, other in permutations(topology.servers, 2)
    }


# Roles that a version has: what no version has is a question of its own.
HOSTS = [("DC", ...), ("FE", "2003"), ("BE", "2003"), ("ET", "2010"), ("ET", "2016"), ("MBX", "2016"), ("CAS", "2013")]
HOSTS += [(roles, version) for roles in ("CAS", "HT", "MBX", "CAS HT MBX") for version in ("2007", "2010")]
ENDS = st.sampled_from(["EX1", "EX2", "lan", "back", "branch", "any"])
LINES = st.builds(line, ENDS, ENDS, st.sampled_from(["any", "25/tcp", "389/tcp", "2883/udp", "1-65535/tcp"]))
WALLS = st.builds(
    lambda between, fields: wall("w", *between, **fields),
    st.sampled_from([("lan", "back"), ("lan", "back"), ("lan", "branch"), ("branch", "back")]),
    st.fixed_dictionaries(
        {"allow": st.lists(LINES, max_size=3)},
        optional={
            "inspects": st.sampled_from([[], ["tls"]]),
            "nat": st.booleans(),
            "kind": st.sampled_from(["network", "router-acl", "site-to-site-vpn"]),
        },
    ),
)


@st.composite
def two_hosts(draw: Callable) -> Topology:
    """Two hosts in two zones with one to three devices, straight or by a third zone: all paths are theirs."""
    servers = []
    for name, zone in (("EX1", "lan"), ("EX2", "back")):
        roles, version = draw(st.sampled_from(HOSTS))
        servers.append(host(name, roles, zone, version=version, site=draw(st.sampled_from([..., "HQ", "Branch"]))))
    walls = draw(st.lists(WALLS, min_size=1, max_size=3))
    return built(*servers, firewalls=[one | {"name": f"w{number}"} for number, one in enumerate(walls)])


@given(st.sampled_from([one for one in EXAMPLES.values() if one.firewalls]) | two_hosts(), st.data())
@LAW
def test_an_any_line_makes_no_way_worse(topology: Topology, data: st.DataObject) -> None:
    known = [device.name for device in topology.firewalls if device.allow is not None]
    assume(known)
    before, after = ways(topology), ways(with_any_line(topology, data.draw(st.sampled_from(known))))
    event("some way gets better" if before != after else "nothing changes")
    assert not [pair for pair in before if after[pair] < before[pair]]


def path_verdict(topology: Topology) -> Verdict | None:
    return worst(one.verdict for one in judged(topology).findings if one.topic in PATHS)


@given(two_hosts(), st.data())
@LAW
def test_an_any_line_makes_no_verdict_on_a_path_worse(topology: Topology, data: st.DataObject) -> None:
    device = data.draw(st.sampled_from([one.name for one in topology.firewalls]))
    before, after = path_verdict(topology), path_verdict(with_any_line(topology, device))
    assume(before is not None)
    event(f"{before} => {after}")
    assert after is not None and not after.worse_than(before)


# Fields that are read as an ordinary answer when they are missing, and why.
ORDINARY = {
    "firewalls.nat": "a file that tells of inspection and not of translation is taken to have none",
    "servers.also_in": "a host of which no second network card is written has one: asking it of each would be a wall",
    "publishing.host": "its kind says reverse proxy; only the host tells that it is an Edge server",
}
OPTIONAL = {
    section: {name for name, one in model.model_fields.items() if one.default is None}
    for section, model in (("servers", Server), ("firewalls", Firewall), ("publishing", Publishing),
                           ("dags", DAG), ("ad_sites", ADSite), ("forests", Forest))
}  # fmt: skip


def removals(topology: Topology) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each optional field that is written, with the plain topology without it."""
    plain = {"as_of": "2012-06-01", **without_waivers(topology)}
    for section, fields in OPTIONAL.items():
        many = plain.get(section, [])
        for index, one in enumerate(many):
            for name in sorted(fields & set(one)):
                less = {key: value for key, value in one.items() if key != name}
                yield f"{section}.{name}", {**plain, section: [*many[:index], less, *many[index + 1 :]]}
    hybrid = plain.get("hybrid")
    if hybrid:
        yield "hybrid", {key: value for key, value in plain.items() if key != "hybrid"}
    for name in sorted(set(hybrid or {}) - {"topology"} if isinstance(hybrid, dict) else ()):
        yield f"hybrid.{name}", {**plain, "hybrid": {key: one for key, one in hybrid.items() if key != name}}


def yes_for_less(before: Advice, after: Advice) -> list[Choice]:
    """Choices that are supported once a fact is removed and were not before."""
    was = verdicts(before)
    return [
        choice
        for choice, verdict in verdicts(after).items()
        if verdict is Verdict.SUPPORTED and was.get(choice, verdict) is not Verdict.SUPPORTED
    ]


@given(some_topologies(), st.data())
@LAW
def test_a_fact_less_is_never_a_yes_more(topology: Topology, data: st.DataObject) -> None:
    choices = [one for one in removals(topology) if one[0] not in ORDINARY]
    assume(choices)
    field, less = data.draw(st.sampled_from(choices), label="removed")
    event(f"without {field}")
    before, after = judged(topology), judged(Topology.model_validate(less))
    assert not yes_for_less(before, after), field


def planted(monkeypatch: pytest.MonkeyPatch, statement_for: Callable[[Case, Server], str | None]) -> None:
    """A wrong rule beside the real ones: the laws must see it."""

    def check(case: Case) -> Iterator[Match]:
        for server in case.topology.servers:
            statement = statement_for(case, server)
            if statement:
                said = (Evidence(f"servers.{server.name}.zone", "planted"),)
                yield Match(statement, (server.name,), "Planted.", said, (Version.V2010,), choice="planted")

    monkeypatch.setattr("exkit.advice.RULES", (*RULES, Rule(("planted",), check)))


THREE = built(*(host(name, "MBX", version="2010") for name in ("EX1", "EX2", "EX3")))


def test_a_rule_that_goes_by_names_breaks_the_law_on_names(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, lambda case, one: "cas-in-perimeter" if one is case.servers[0] else None)
    runs = [under_two_names(THREE, random.Random(seed)) for seed in range(5)]
    assert any(here != there for here, there in runs)


def test_a_rule_that_goes_by_order_breaks_the_law_on_order(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, lambda case, one: "cas-in-perimeter" if one is case.topology.servers[0] else None)
    runs = [in_two_orders(THREE, random.Random(seed)) for seed in range(5)]
    assert any(here != there for here, there in runs)


def test_a_rule_that_reads_missing_as_yes_breaks_the_law_on_missing_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, lambda case, one: "exchange-inside" if one.domain_joined is None else "cas-in-perimeter")
    # Both statements must be on one choice: that of the server.
    broken = {
        field
        for field, less in removals(THREE)
        if any(judged(Topology.model_validate(less)).findings) and less_says_yes(THREE, less)
    }
    assert broken == {"servers.domain_joined"}


def less_says_yes(topology: Topology, less: dict[str, Any]) -> bool:
    return bool(yes_for_less(judged(topology), judged(Topology.model_validate(less))))


@pytest.mark.parametrize("field", sorted(ORDINARY))
def test_what_the_law_on_missing_facts_leaves_out_does_break_it(field: str) -> None:
    seen = [(topology, less) for topology in EXAMPLES.values() for name, less in removals(topology) if name == field]
    assert any(less_says_yes(topology, less) for topology, less in seen)


def test_a_network_that_counts_lines_breaks_the_law_on_any_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    walls = [wall("w", "lan", "back", allow=[line("any", "any", "25/tcp")], inspects=[])]
    made = built(host("EX1", "MBX", version="2010"), host("EX2", "MBX", "back", version="2010"), firewalls=walls)

    def at(self: Network, device: Firewall, *_: Server) -> Passage:
        return Passage.FILTERED if len(device.allow or ()) > 1 else Passage.OPEN

    monkeypatch.setattr(Network, "_at", at)
    before, after = ways(made), ways(with_any_line(made, "w"))
    assert any(after[pair] < before[pair] for pair in before)
