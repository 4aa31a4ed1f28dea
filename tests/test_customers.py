"""The example customers: each teaches one thing, and the engine agrees with what it teaches."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from exkit.advice import Advice, advise
from exkit.facts import load
from exkit.intake import read
from exkit.verdict import Verdict

FOLDER = Path(__file__).parent.parent / "data" / "customers"
FILES = sorted(FOLDER.glob("*.yaml"))

# Overall verdict by topology; the statement that carries the lesson, with its verdict.
EXPECTED = {
    "cas-in-perimeter-2007": ("unsupported", "cas-in-perimeter", "unsupported"),
    "cas-in-perimeter-any-any-2010": ("unsupported", "network-device-any-any", "supported"),
    "ccr-host-firewall-2007": ("conditional", "ccr-windows-firewall-failover", "conditional"),
    "coexistence-2003-2010": ("supported", "", ""),
    "dag-two-sites-2010": ("supported", "dag-multirole", "supported"),
    "federation-split-rule-2010": ("supported", "federation-split-rule", "supported"),
    "firewall-between-sites-2010": ("unsupported", "firewall-between-exchange-cross-site", "unsupported"),
    "front-end-in-perimeter-2003": ("conditional", "fe-in-perimeter", "supported"),
    "front-end-inside-2003": ("supported", "fe-behind-advanced-firewall", "supported"),
    "gateway-and-load-balancer-2010": ("supported", "third-party-gateway-instead-of-edge", "supported"),
    "hosting-hmc-4.5": ("conditional", "hmc45-zones", "conditional"),
    "recommended-2010": ("supported", "edge-in-perimeter", "supported"),
    "single-server-direct-mail-2010": ("not-recommended", "smtp-direct-to-hub", "not-recommended"),
    "workgroup-proxy-radius-2010": ("supported", "preauth-radius", "supported"),
}
SOUND = [name for name, (overall, _, _) in EXPECTED.items() if overall == "supported"]


def judged(name: str) -> Advice:
    topology = read(FOLDER / f"{name}.yaml").topology
    return advise(topology, load(), topology.as_of or date(2010, 1, 1))


def told(advice: Advice) -> str:
    return "\n".join(f"{one.verdict} {one.id}: {one.summary}" for one in advice.findings if one.verdict.rank < 4)


def test_every_example_is_expected_here_and_nothing_else_is() -> None:
    assert {path.stem for path in FILES} == set(EXPECTED)
    assert len(FILES) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_says_in_its_first_line_what_it_teaches_and_sets_its_day(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert re.fullmatch(r"# Teaches: \S.{30,}\.", first)
    assert read(path).topology.as_of is not None


def test_customers_have_different_names() -> None:
    assert len({read(path).topology.customer for path in FILES}) == len(FILES)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_gets_the_verdict_that_it_teaches(name: str) -> None:
    overall, statement, verdict = EXPECTED[name]
    advice = judged(name)
    assert advice.verdict("topology") == overall, told(advice)
    if statement:
        found = {one.statement: one.verdict for one in advice.findings}
        assert found.get(statement) == verdict, told(advice)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_example_raises_no_alarm_and_asks_nothing(name: str) -> None:
    advice = judged(name)
    assert not [one for one in advice.of("topology") if one.verdict is not Verdict.SUPPORTED], told(advice)


@pytest.mark.parametrize("name", EXPECTED)
def test_on_its_day_no_example_is_out_of_support_by_life_cycle(name: str) -> None:
    advice = judged(name)
    assert advice.verdict("lifecycle") is not Verdict.UNSUPPORTED, told(advice)
