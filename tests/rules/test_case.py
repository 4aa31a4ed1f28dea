"""What every rule is given: who counts as what, what the Internet may open, and how things are written."""

from __future__ import annotations

from typing import Any

import pytest

from exkit.rules.base import Case, Question, by_site, gap, listed, modern, names, serves_clients, versions, written
from exkit.topology import Role, Server, Version
from tests.build import DAY, facts, host, line, topology, wall

VERSIONS = [version.value for version in Version]


def case(*servers: dict[str, Any], **sections: Any) -> Case:
    return Case(topology(*servers, **sections), facts(), DAY)


def server(roles: str, version: str | None = None, **fields: Any) -> Server:
    return case(host("EX1", roles, version=version, **fields)).servers[0]


def test_an_exchange_server_counts_once_its_version_is_known() -> None:
    made = case(host("A", "MBX", version="2010"), host("B", "MBX"), host("C", "DC"), host("D", "DC", version="2010"))
    assert names(made.exchange) == ("A",)


def test_edge_is_not_among_the_servers_inside() -> None:
    made = case(
        host("E", "ET", "dmz", version="2010"), host("M", "MBX", version="2010"), host("B", "ET HT", version="2010")
    )
    assert names(made.inside) == ("B", "M")
    assert names(made.edges) == ("B", "E")


@pytest.mark.parametrize("version", VERSIONS)
def test_mail_is_routed_by_hub_and_since_2013_by_mailbox(version: str) -> None:
    hubs = case(
        host("H", "HT", version=version), host("M", "MBX", version=version), host("C", "CAS", version=version)
    ).hubs
    assert names(hubs) == (("H", "M") if version in ("2013", "2016", "2019", "SE") else ("H",))


def test_a_server_of_unknown_version_routes_mail_only_as_a_hub() -> None:
    made = case(host("H", "HT"), host("M", "MBX"))
    assert [made.is_hub(one) for one in made.servers] == [True, False]


@pytest.mark.parametrize("version", VERSIONS)
def test_clients_end_on_client_access_and_since_2016_on_mailbox(version: str) -> None:
    assert serves_clients(server("CAS", version))
    assert serves_clients(server("MBX", version)) is (version in ("2016", "2019", "SE"))
    assert not serves_clients(server("HT", version))


def test_clients_of_an_unknown_version_end_on_client_access_only() -> None:
    assert [serves_clients(server(role)) for role in ("CAS", "MBX")] == [True, False]


def test_the_roles_came_with_2007() -> None:
    assert [modern(server("MBX", version)) for version in VERSIONS] == [False, False] + [True] * 6
    assert not modern(server("MBX"))


def test_mailbox_servers_are_those_since_2007() -> None:
    made = case(
        *(host(f"M{version}", "MBX", version=version) for version in VERSIONS), host("C", "CAS", version="2010")
    )
    assert names(made.mailbox_servers) == ("M2007", "M2010", "M2013", "M2016", "M2019", "MSE")


def test_versions_come_oldest_first_and_once() -> None:
    servers = [server("MBX", version) for version in ("SE", "2013", "2003", "2013")] + [server("DC")]
    assert versions(*servers) == (Version.V2003, Version.V2013, Version.SE)


def test_the_zone_outside_is_the_own_one_first() -> None:
    made = case(
        host("A", "CAS", "dmz", version="2010", also_in=["internet"]),
        host("B", "CAS", "lan", version="2010", also_in=["back", "dmz"]),
        host("C", "CAS", "lan", version="2010"),
        host("D", "CAS", None, version="2010"),
        host("E", "CAS", "internet", version="2010"),
    )
    assert [made.outside_zone(one) for one in made.servers] == ["dmz", "dmz", None, None, "internet"]
    assert [made.in_perimeter(one) for one in made.servers] == [True, False, False, False, True]


def test_hosts_are_found_in_each_zone_that_they_stand_in() -> None:
    made = case(
        host("A", "MBX", "lan", version="2010", also_in=["back"]), host("B", "DC", "back"), host("C", "DC", None)
    )
    assert {zone: names(hosts) for zone, hosts in made.by_zone.items()} == {"lan": ("A",), "back": ("A", "B")}


HOSTS = (
    host("A", "CAS", "dmz", version="2010"),
    host("B", "CAS", "dmz", version="2010"),
    host("C", "CAS", version="2010"),
)


def openings(*lines: dict[str, Any], between: tuple[str, ...] = ("internet", "dmz")) -> list[tuple[str, str, str]]:
    made = case(*HOSTS, firewalls=[wall("w", *between, allow=list(lines))])
    return [(one.server.name, str(one.ports), one.evidence.path) for one in made.from_internet]


def test_a_line_from_the_internet_opens_to_the_host_it_names() -> None:
    assert openings(line("internet", "A", "443/tcp")) == [("A", "443/tcp", "firewalls.w.allow.0")]
    assert openings(line("any", "C", "443/tcp")) == [("C", "443/tcp", "firewalls.w.allow.0")]


def test_a_line_to_a_zone_or_to_any_opens_to_every_host_on_the_inner_side() -> None:
    both = [("A", "443/tcp", "firewalls.w.allow.0"), ("B", "443/tcp", "firewalls.w.allow.0")]
    assert openings(line("internet", "dmz", "443/tcp")) == both
    assert openings(line("internet", "any", "443/tcp")) == both
    assert openings(line("any", "any", "443/tcp")) == both


def test_a_line_from_elsewhere_opens_nothing_to_the_internet_and_hides_no_later_line() -> None:
    lines = [line("dmz", "A", "443/tcp"), line("B", "A", "443/tcp"), line("internet", "A", "25/tcp")]
    assert openings(*lines) == [("A", "25/tcp", "firewalls.w.allow.2")]


def test_a_line_to_a_zone_further_in_opens_to_its_hosts_as_one_to_the_host_does() -> None:
    assert openings(line("internet", "lan", "443/tcp")) == [("C", "443/tcp", "firewalls.w.allow.0")]
    assert openings(line("internet", "C", "443/tcp")) == [("C", "443/tcp", "firewalls.w.allow.0")]


def test_a_line_outwards_opens_to_nobody() -> None:
    assert openings(line("any", "internet", "443/tcp")) == []


def test_a_device_that_does_not_join_the_internet_opens_nothing_to_it() -> None:
    assert openings(line("any", "any", "443/tcp"), line("internet", "C", "any"), between=("dmz", "lan")) == []


def test_openings_of_all_lines_and_devices_are_told() -> None:
    walls = [wall(name, "internet", "dmz", allow=[line("internet", "A", "25/tcp"), line("internet", "B", "443/tcp")])
             for name in ("y", "x")]  # fmt: skip
    made = case(*HOSTS, firewalls=[*walls, wall("z", "internet", "lan")])
    assert [(one.device, one.server.name) for one in made.from_internet] == [
        ("x", "A"),
        ("x", "B"),
        ("y", "A"),
        ("y", "B"),
    ]
    assert made.from_internet[0].evidence.value == "internet to A: [25/tcp]"


def test_a_zone_faces_the_internet_when_one_device_joins_them() -> None:
    made = case(firewalls=[wall("a", "internet", "dmz"), wall("b", "dmz", "lan")])
    assert [made.faces_internet(zone) for zone in ("dmz", "lan", "back")] == [True, False, False]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("a", "a", True), ("a", "b", False), (None, "b", True), ("a", None, True), (None, None, True)],
)
def test_hosts_are_of_one_forest_unless_the_file_says_otherwise(one: str | None, other: str | None, same: bool) -> None:
    forests = [{"name": "a"}, {"name": "b"}]
    made = case(host("A", "DC", forest=one), host("B", "DC", forest=other), forests=forests)
    assert made.same_forest(*made.servers) is same


HMC = {"deployment": "hmc-4.5", "firewalls": [wall("outer", "internet", "back"), wall("zone1", "back", "dmz")]}


@pytest.mark.parametrize(
    ("fields", "sections", "placed", "follows"),
    [
        ({}, HMC, True, True),
        ({"roles": ["MBX", "CAS"]}, HMC, True, False),
        ({"version": "2010"}, HMC, False, False),
        ({"zone": "lan"}, HMC, False, False),
        ({"zone": None}, HMC, False, False),
        ({}, {**HMC, "deployment": "standard"}, False, False),
        ({}, {**HMC, "firewalls": [wall("outer", "internet", "dmz")]}, False, False),
    ],
)
def test_the_proxy_zone_of_hmc(fields: dict, sections: dict, placed: bool, follows: bool) -> None:
    made = case(host("A", "CAS", "dmz", version="2007") | fields, **sections)
    assert (made.in_hmc_proxy_zone(made.servers[0]), made.follows_hmc(made.servers[0])) == (placed, follows)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c", "d", "e"], "a, b, c, d and e"),
        (["a", "b", "c", "d", "e", "f"], "a, b, c, d and 2 more"),
        ([str(number) for number in range(9)], "0, 1, 2, 3 and 5 more"),
    ],
)
def test_a_list_is_told_to_its_fifth_word(words: list[str], sentence: str) -> None:
    assert listed(words) == sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not written"),
        (True, "true"),
        (False, "false"),
        ((), "[]"),
        (("a", "b"), "[a, b]"),
        (Role.MAILBOX, "Mailbox"),
    ],
)
def test_a_value_is_written_as_the_file_would(value: object, text: str) -> None:
    assert written(value) == text


def test_a_gap_is_one_question_on_all_that_lack_the_field_with_the_first_five_shown() -> None:
    servers = case(*(host(f"S{number}", "DC") for number in range(7))).servers
    (one,) = gap("server-without-zone", "zone", servers, "Where?", ["lan", "dmz"])
    assert one.subjects == names(servers)
    assert [item.path for item in one.evidence] == [f"servers.S{number}.zone" for number in range(5)]
    assert (one.anchor, one.choice) == ("zone", "servers.*.zone")
    assert one.question == Question("servers.S0.zone", "Where?", ("lan", "dmz"))
    assert not list(gap("server-without-zone", "zone", [], "Where?"))


def test_servers_by_site_keep_those_without_one_apart() -> None:
    made = case(host("A", "MBX", version="2010"), host("B", "MBX", version="2010", site=...), host("C", "DC"))
    assert {site: names(found) for site, found in by_site(made.servers).items()} == {"HQ": ("A", "C"), None: ("B",)}
