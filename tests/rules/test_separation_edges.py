"""What lies between servers: the edges that mutants and laws showed nobody had tested."""

from __future__ import annotations

from typing import Any

import pytest

from exkit.advice import Finding
from exkit.rules.base import Question
from tests.build import advice, found, host, line, verdicts, wall
from tests.rules.rows import BE03, FE03, Row, fires, silent

SAME_SITE = "firewall-between-exchange-same-site"
CROSS_SITE = "firewall-between-exchange-cross-site"
BE2 = host("BE2", "BE", "back", version="2003")
SOME = [line("any", "any", "25/tcp")]

ROWS = [
    fires(
        "a filter is allowed between servers of 2003, but not one that translates addresses",
        "nat-between-exchange",
        "not-recommended",
        BE03,
        BE2,
        firewalls=[wall("tier", "lan", "back", allow=SOME, inspects=[], nat=True)],
    ),
    silent(
        "of a device that translates and filters between servers of 2003 the worse is told",
        "firewall-between-legacy-servers",
        BE03,
        BE2,
        firewalls=[wall("tier", "lan", "back", allow=SOME, inspects=[], nat=True)],
    ),
    fires(
        "a filter between servers of 2003 that translates nothing stays conditional",
        "firewall-between-legacy-servers",
        "conditional",
        BE03,
        BE2,
        firewalls=[wall("tier", "lan", "back", allow=SOME, inspects=[], nat=False)],
    ),
]


EX1 = host("EX1", "MBX", version="2010")
EX2 = host("EX2", "MBX", "back", version="2010")
FREE = {"allow": "any", "inspects": []}


def of_path(*servers: dict[str, Any], statement: str, **sections: Any) -> list[Finding]:
    return found(advice(*servers, **sections), statement)


def test_two_hosts_and_one_device_are_named_by_the_device() -> None:
    (one,) = of_path(EX1, EX2, statement="network-device-any-any", firewalls=[wall("t", "lan", "back", **FREE)])
    assert (one.id, one.subjects) == ("network-device-any-any@t", ("EX1", "EX2", "t"))
    assert one.summary == "Between EX2 and EX1 a device lets every port pass both ways and changes nothing (t)."


def test_several_hosts_on_one_side_are_told_as_from_and_to() -> None:
    servers = (EX1, EX1 | {"name": "EX3"}, EX2)
    (one,) = of_path(*servers, statement="network-device-any-any", firewalls=[wall("t", "lan", "back", **FREE)])
    assert one.subjects == ("EX1", "EX2", "EX3", "t")
    assert one.summary.startswith("From EX2 to EX1 and EX3 ")


def test_hosts_of_one_zone_are_told_as_a_group_of_that_zone() -> None:
    (one,) = of_path(EX1, EX1 | {"name": "EX3"}, statement="open-path-between-exchange")
    assert (one.id, one.subjects) == ("open-path-between-exchange@lan", ("EX1", "EX3"))
    assert one.summary == "Between EX1 and EX3 no device is in the way."
    (one,) = of_path(EX1, *(EX1 | {"name": name} for name in ("EX3", "EX4")), statement="open-path-between-exchange")
    assert one.summary == "Among EX1, EX3 and EX4 no device is in the way."


def test_two_hosts_of_the_network_that_sorts_first_are_told_as_from_and_to() -> None:
    servers = (EX1, EX2, EX2 | {"name": "EX3"})
    (one,) = of_path(*servers, statement="network-device-any-any", firewalls=[wall("t", "lan", "back", **FREE)])
    assert one.summary.startswith("From EX2 and EX3 to EX1 ")


def test_a_device_between_three_zones_is_named_with_the_two_that_are_meant() -> None:
    walls = [wall("t", "lan", "back", "branch", **FREE)]
    (one,) = of_path(EX1, EX2, statement="network-device-any-any", firewalls=walls)
    assert one.id == "network-device-any-any@t+back~lan"


def test_two_devices_on_the_way_are_both_named() -> None:
    walls = [wall("a", "lan", "branch", allow=[]), wall("b", "branch", "back", allow=[])]
    (one,) = of_path(EX1, EX2, statement="firewall-between-exchange-same-site", firewalls=walls)
    assert (one.id, one.subjects) == ("firewall-between-exchange-same-site@a+b+back~lan", ("EX1", "EX2", "a", "b"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"allow": "any", "inspects": []}, ["firewalls.t.allow = any"]),
        ({"allow": [line("any", "any", "1-65535/tcp", "1-65535/udp")], "inspects": []}, ["firewalls.t.allow = 1 line"]),
        ({"allow": [line("lan", "any", "25/tcp")]}, ["firewalls.t.allow = 1 line, not every port both ways"]),
        ({"allow": []}, ["firewalls.t.allow = 0 lines, not every port both ways"]),
        ({}, ["firewalls.t.allow = not written"]),
        (
            {"allow": "any", "inspects": ["tls"], "nat": True},
            ["firewalls.t.inspects = [tls]", "firewalls.t.nat = true", "firewalls.t.allow = any"],
        ),
    ],
)
def test_the_evidence_shows_the_zones_of_both_and_what_the_device_does(fields: dict[str, Any], told: list[str]) -> None:
    result = advice(EX1, EX2, firewalls=[wall("t", "lan", "back", **fields)])
    (one,) = [finding for finding in result.findings if finding.topic == "path"]
    assert [str(item) for item in one.evidence] == ["servers.EX1.zone = lan", "servers.EX2.zone = back", *told]


def test_the_device_whose_inspection_is_not_written_is_the_one_that_is_asked_about() -> None:
    walls = [wall("a", "lan", "branch", **FREE), wall("b", "branch", "back", allow="any")]
    (one,) = of_path(EX1, EX2, statement="inspection-not-known", firewalls=walls)
    assert one.question and one.question.field == "firewalls.b.inspects"
    assert one.question.allowed == ("[]", "[esmtp]", "[tls]", "[esmtp, tls]")


def test_it_is_asked_what_joins_zones_that_nothing_joins() -> None:
    (one,) = of_path(EX1, EX2, statement="no-route-known")
    assert one.question == Question(
        "firewalls", "What joins back and lan: which firewalls, and what do they let pass?", ()
    )


@pytest.mark.parametrize(
    ("servers", "moved"),
    [
        ((host("CAS1", "CAS", "dmz", version="2010"), EX1), "move CAS1 to the intranet"),
        ((host("CAS1", "CAS", "dmz", version="2010"), host("DC1", "DC")), "move CAS1 to the intranet"),
        ((FE03, BE03), None),
        ((host("CAS1", "CAS", "back", version="2010"), EX1), None),
        ((host("CAS1", "CAS", "dmz", version="2010", forest="a"), host("DC1", "DC", forest="b")), None),
    ],
)
def test_who_stands_in_the_perimeter_is_told_to_move_and_nobody_else(servers: tuple, moved: str | None) -> None:
    forests = [{"name": "a"}, {"name": "b"}]
    result = advice(*servers, forests=forests, firewalls=[wall("t", servers[0]["zone"], "lan", allow=[])])
    fixes = [one.fix for one in result.findings if one.topic in ("path", "directory-path")]
    assert fixes and all((moved is not None) == ("to the intranet" in fix) for fix in fixes)
    assert moved is None or all(moved in fix for fix in fixes)


@pytest.mark.parametrize(
    ("here", "there", "statement"),
    [
        (host("A", "CAS", version="2010"), host("B", "MBX", "back", version="2010"), "firewall-between-cas-and-mbx"),
        (host("A", "MBX", version="2010"), host("B", "CAS", "back", version="2010"), "firewall-between-cas-and-mbx"),
        (host("A", "CAS MBX", version="2010"), host("B", "MBX", "back", version="2010"), SAME_SITE),
        (host("A", "CAS", version="2010"), host("B", "HT", "back", version="2010"), SAME_SITE),
        (host("A", "CAS", version="2010"), host("B", "MBX", "back", version="2010", site="Branch"), CROSS_SITE),
        (host("A", "CAS", version="2010", site=...), host("B", "HT", "back", version="2010", site="Branch"), SAME_SITE),
        (host("A", "CAS", version="2010"), host("B", "HT", "back", version="2010", site=...), SAME_SITE),
        (host("A", "CAS", version="2010"), host("B", "BE", "back", version="2003"), SAME_SITE),
        (host("A", "CAS", version="2010"), host("B", "FE", "back", version="2003"), "fe-beside-newer-servers"),
        (host("A", "CAS", version="2010"), host("B", "FE BE", "back", version="2003"), SAME_SITE),
        (host("A", "CAS", version="2010"), host("B", "FE MBX", "back", version="2003"), SAME_SITE),
        (host("A", "FE", version="2003"), host("B", "BE", "back", version="2003"), "fe-be-firewall-allowed"),
        (host("A", "BE", version="2003"), host("B", "FE", "back", version="2003"), "fe-be-firewall-allowed"),
        (host("A", "BE", version="2003"), host("B", "BE", "back", version="2003"), "firewall-between-legacy-servers"),
        (host("A", "FE", version="2003"), host("B", "FE", "back", version="2003"), None),
    ],
)
def test_what_a_filter_means_follows_roles_sites_and_versions(here: dict, there: dict, statement: str | None) -> None:
    result = advice(here, there, firewalls=[wall("t", "lan", "back", allow=[])])
    told = [one.statement for one in result.findings if one.topic == "path"]
    assert told == ([statement] if statement else [])


def test_members_of_one_dag_have_a_statement_of_their_own_and_strangers_do_not() -> None:
    walls = [wall("t", "lan", "back", allow=[])]
    (one,) = [{"name": "DAG1", "members": ["EX1", "EX2"]}]
    both = advice(EX1, EX2, dags=[one], firewalls=walls)
    assert verdicts(both, "dag-firewall-between-members") == ["unsupported"]
    assert not found(both, SAME_SITE)
    apart = advice(EX1, EX2, dags=[one | {"members": ["EX1"]}], firewalls=walls)
    assert found(apart, SAME_SITE) and not found(apart, "dag-firewall-between-members")


@pytest.mark.parametrize("name", ["EX0", "EX2"])
def test_exchange_on_a_controller_hides_the_way_of_no_other_server_to_it(name: str) -> None:
    result = advice(EX1, host(name, "MBX DC", version="2010"))
    assert [one.subjects for one in found(result, "open-path-to-dc")] == [tuple(sorted(["EX1", name]))]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()
