"""Where two statements meet on one choice, one decides and the finding says why: every pair that can meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest

import exkit.advice
from exkit.advice import Finding, advise
from exkit.intake import read
from exkit.rows import Statement
from exkit.rules import RULES
from exkit.rules.base import Case, Evidence, Match, Rule
from exkit.topology import Topology, Version
from exkit.verdict import Verdict
from tests.build import facts

BARE = Topology(customer="Contoso")
FOUND_BY_RULES = {row.id for one in RULES for name in one.statements for row in facts().statements_called(name)}
FOLDERS = (Path("data/customers"), Path("tests/cases"))
ROOT = Path(__file__).parent.parent


def day_in_force(row: Statement, other: Statement) -> date | None:
    """A day on which both are in force, when there is one."""
    start = max((one.since for one in (row, other) if one.since), default=date(2000, 1, 1))
    end = min((one.until for one in (row, other) if one.until), default=start + timedelta(days=1))
    return start if start <= end else None


def pairs() -> Iterator[tuple[Statement, Statement, Version | None, date]]:
    """Rows of different statements of one topic, with a version and a day for which both are in force."""
    by_topic: dict[str, list[Statement]] = defaultdict(list)
    for row in facts().statements:
        if row.id in FOUND_BY_RULES:
            by_topic[row.topic].append(row)
    for rows in by_topic.values():
        for row, other in combinations(rows, 2):
            shared = [one for one in Version if one in (row.versions or Version) and one in (other.versions or Version)]
            day = day_in_force(row, other)
            if row.id != other.id and shared and day:
                yield row, other, shared[0] if row.versions or other.versions else None, day


PAIRS = list(pairs())


def meeting(monkeypatch: pytest.MonkeyPatch, *rows: Statement, version: Version | None, day: date) -> list[Finding]:
    """What `advise` makes of rules that find these statements on one and the same choice."""

    def found(row: Statement) -> Match:
        seen = (Evidence(f"servers.EX1.{row.id}", "seen"),)
        return Match(row.id, ("EX1",), f"{row.id} applies.", seen, (version,) if version else ())

    def check(case: Case) -> Iterator[Match]:
        yield from map(found, rows)

    monkeypatch.setattr(exkit.advice, "RULES", (Rule(tuple(row.id for row in rows), check),))
    return list(advise(BARE, facts(), day).findings)


def test_there_are_pairs_of_every_topic_that_holds_two_statements() -> None:
    topics = {row.topic for row, *_ in PAIRS}
    assert len(PAIRS) > 1000
    assert {"placement", "path", "directory-path", "edge-subscription", "preauth", "tls", "coexistence"} <= topics


def test_of_two_statements_on_one_choice_one_decides_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    for row, other, version, day in PAIRS:
        told = f"{row.id} meets {other.id}"
        both_ways = [meeting(monkeypatch, *two, version=version, day=day) for two in ((row, other), (other, row))]
        assert [len(found) for found in both_ways] == [1, 1], told
        first, second = both_ways[0][0], both_ways[1][0]
        loser = other if first.statement == row.id else row
        winner = row if loser is other else other
        yields = loser.id in winner.overrules and winner.verdict is not Verdict.UNKNOWN
        if yields or winner.verdict is not loser.verdict:
            assert first.statement == second.statement, f"{told}: whoever comes first"
            reason = winner.because if yields else "of two statements on one choice the worse decides."
            assert first.overrules == (f"{loser.id} ({loser.verdict.words}): {reason}",), told
            assert yields or winner.verdict.worse_than(loser.verdict), told
        else:
            assert first.verdict is second.verdict, told
            cited = {facts().source(name).title for name in (*row.sources, *other.sources)}
            assert {note.title for note in first.sources} == cited, f"{told}: both are cited"


def test_no_two_statements_overrule_each_other() -> None:
    for row, other, *_ in PAIRS:
        assert not (other.id in row.overrules and row.id in other.overrules), f"{row.id} and {other.id}"


# Groups of statements of one topic that ask different things of the same subjects: more than one may be told.
APART = (
    {"cas-per-mbx-site", "hub-per-mbx-site"},  # a site lacks Client Access, and it lacks Hub Transport
    {"edge-50389-local", "edgesync-one-way"},  # a port that no firewall should pass, and a wrong direction
    {"dag-members-open", "dag-replication-network"},  # what lies between members, and how many networks
    {"dag-members-open", "dag-single-nic"},
    {"dag-members-open", "dag-networks-uneven"},
    {"coex-2019-legacy", "edge-2016-with-2019"},  # versions of the organization, and of one subscription
    {"coex-se-2016-2019", "edge-2016-2019-with-se"},
    {"coex-too-old", "edge-2010-with-2019"},
    {"coexistence-level-too-low", "edge-newer-than-mailbox"},
    {"ep-default-on", "ssl-offload-at-proxy"},  # what Setup does to the servers, and what the device in front does
    {"dag-witness-other-forest", "dag-witness-perimeter"},  # each fault of a witness
    {"dc-os-fits", "dc-os-fits-with-level", "dc-os-unsupported"},  # for each version that uses the controllers
    # For each protocol, or group of protocols, that one rule carries:
    {"ecp-beside-owa", "perim-publish-powershell"},
    # who signs on to the control panel, and what modern authentication covers; the proxy's account, and its page
    {"hyb-hma-owa", "wap-ecp-adfs"}, {"delegation-by-appliance", "preauth-page-rich-clients"},
    {"wap-owa-adfs", "wap-ews-autod-oab", "wap-outlook-anywhere", "wap-mapi-http", "preauth-on-proxy"},
    {"hyb-preauth-autodiscover", "hyb-preauth-ews", "hyb-preauth-mrsproxy", "hyb-preauth-oauth", "hyb-hma-preauth",
     "federated-sharing-no-preauth", "delegation-by-appliance", "entra-proxy-rich-clients"},
)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml") if path.stem != "expected"),
    ids=lambda path: path.stem,
)
def test_in_whole_topologies_one_statement_of_a_topic_decides_on_the_same_subjects(path: Path) -> None:
    topology = read(path).topology
    assert topology.as_of
    by_choice: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for one in advise(topology, facts(), topology.as_of).findings:
        if one.verdict is not Verdict.UNKNOWN:
            by_choice[one.topic, one.subjects].add(one.statement)
    several = [sorted(found) for found in by_choice.values() if len(found) > 1]
    meeting = [set(pair) for found in several for pair in combinations(found, 2)]
    assert [pair for pair in meeting if not any(pair <= group for group in APART)] == []
