"""Ports that touch, routes of equal and unequal length, hosts with several cards: the edges of paths."""

from __future__ import annotations

from typing import Any

import pytest

from exkit.paths import Network, Passage, PortSet, Way
from exkit.topology import Topology
from tests.build import host, line, topology, wall

EX1 = host("EX1", "CAS HT", "lan", version="2010")
EX2 = host("EX2", "MBX", "back", version="2010")
OPEN: dict[str, Any] = {"allow": "any", "inspects": []}
ZONES = [{"name": name, "kind": "internal"} for name in ("lan", "back", "branch", "far", "farther")]


def way(*firewalls: dict, servers: tuple[dict, dict] = (EX1, EX2), **sections: Any) -> Way:
    made = topology(*servers, firewalls=list(firewalls), **sections)
    return Network(made).way(made.servers[0], made.servers[1])


@pytest.mark.parametrize(
    ("ports", "everything"),
    [
        (["any"], True),
        (["1-65535/tcp", "1-65535/udp"], True),
        (["0-65535/tcp", "0-65535/udp"], True),
        (["1-100/tcp", "101-65535/tcp", "1-65535/udp"], True),
        (["2-65535/tcp", "1-65535/udp"], False),
        (["1-65534/tcp", "1-65535/udp"], False),
        (["1-65535/tcp", "2-65535/udp"], False),
        (["1-65535/tcp"], False),
        (["1-65535/udp", "icmp"], False),
        ([], False),
    ],
)
def test_everything_is_every_port_of_both_transports(ports: list[str], everything: bool) -> None:
    assert PortSet.of(ports).everything is everything


@pytest.mark.parametrize(
    ("ports", "texts"),
    [
        (["1-10/tcp", "11-20/tcp"], ("1-20/tcp",)),
        (["1-10/tcp", "12-20/tcp"], ("1-10/tcp", "12-20/tcp")),
        (["1-20/tcp", "5-10/tcp"], ("1-20/tcp",)),
        (["5-10/tcp", "1-6/tcp"], ("1-10/tcp",)),
        (["icmp", "25/tcp", "25/tcp", "53/udp"], ("icmp", "25/tcp", "53/udp")),
    ],
)
def test_ports_that_touch_or_overlap_are_one_range(ports: list[str], texts: tuple[str, ...]) -> None:
    assert PortSet.of(ports).texts == texts


@pytest.mark.parametrize(
    ("ports", "taken", "left"),
    [
        (["1-20/tcp"], ["10/tcp"], ("1-9/tcp", "11-20/tcp")),
        (["1-20/tcp"], ["1/tcp", "20/tcp"], ("2-19/tcp",)),
        (["1-20/tcp"], ["1-20/udp"], ("1-20/tcp",)),
        (["1-20/tcp", "53/udp"], ["5-30/tcp"], ("1-4/tcp", "53/udp")),
        (["25/tcp", "icmp"], ["any"], ()),
        (["any"], ["any"], ()),
        (["any"], ["25/tcp"], ("any",)),
    ],
)
def test_what_is_taken_away_leaves_the_rest_to_the_port(ports: list[str], taken: list[str], left: tuple) -> None:
    assert PortSet.of(ports).minus(PortSet.of(taken)).texts == left


def test_a_way_through_two_more_hops_is_not_taken_and_one_through_one_more_is() -> None:
    tight = wall("a", "lan", "back", allow=[])
    one_more = [wall("b", "lan", "branch", **OPEN), wall("c", "branch", "back", **OPEN)]
    two_more = [
        wall("b", "lan", "branch", **OPEN),
        wall("c", "branch", "far", **OPEN),
        wall("d", "far", "back", **OPEN),
    ]
    assert way(tight, *one_more, zones=ZONES).passage is Passage.DIFFERS
    assert way(tight, *two_more, zones=ZONES).passage is Passage.FILTERED


def test_the_same_holds_where_the_shortest_way_has_two_hops() -> None:
    tight = [wall("a", "lan", "branch", allow=[]), wall("b", "branch", "back", **OPEN)]
    three = [wall("c", "lan", "far", **OPEN), wall("d", "far", "farther", **OPEN), wall("e", "farther", "back", **OPEN)]
    more = [*ZONES, {"name": "end", "kind": "internal"}]
    four = [*three[:2], wall("e", "farther", "end", **OPEN), wall("f", "end", "back", **OPEN)]
    assert way(*tight, *three, zones=ZONES).passage is Passage.DIFFERS
    assert way(*tight, *four, zones=more).passage is Passage.FILTERED


def test_a_long_way_is_found_when_there_is_no_other() -> None:
    chain = [wall(f"w{n}", *pair, **OPEN) for n, pair in enumerate([("lan", "branch"), ("branch", "far"),
             ("far", "farther"), ("farther", "back")])]  # fmt: skip
    found = way(*chain, zones=ZONES)
    assert found.passage is Passage.OPEN
    assert found.device_names == ("w0", "w1", "w2", "w3")


def test_traffic_of_a_host_in_two_networks_does_not_pass_from_one_of_them_through_the_other() -> None:
    both = EX1 | {"also_in": ["branch"]}
    walls = [wall("a", "lan", "branch", allow=[]), wall("c", "branch", "back", **OPEN)]
    assert way(*walls, servers=(both, EX2)).passage is Passage.OPEN


def test_two_cards_in_one_network_and_a_firewall_between_the_others_are_two_routes() -> None:
    one, two = EX1 | {"also_in": ["branch"]}, EX2 | {"also_in": ["branch"]}
    assert way(servers=(one, two)).passage is Passage.DIRECT
    assert way(wall("a", "lan", "back", allow=[]), servers=(one, two)).passage is Passage.DIFFERS


def test_hosts_without_a_zone_have_no_known_route() -> None:
    assert way(
        servers=(host("EX1", "MBX", None, version="2010"), host("EX2", "MBX", None, version="2010"))
    ).passage is (Passage.NO_ROUTE)


def test_of_the_devices_on_a_route_the_worst_decides_and_is_named() -> None:
    found = way(wall("b", "lan", "branch"), wall("c", "branch", "back", allow="any"), wall("d", "back", "repl"))
    assert (found.passage, found.device_names) == (Passage.RULES_UNKNOWN, ("b",))


def test_of_two_routes_that_limit_nothing_the_worse_decides() -> None:
    found = way(wall("a", "lan", "back"), wall("b", "lan", "back", allow="any"))
    assert (found.passage, found.device_names) == (Passage.RULES_UNKNOWN, ("a",))


def test_where_routes_differ_the_device_that_filters_is_named() -> None:
    found = way(wall("a", "lan", "back", allow=[]), wall("b", "lan", "back", **OPEN))
    assert (found.passage, found.device_names) == (Passage.DIFFERS, ("a",))


def test_a_host_that_is_two_firewalls_stands_on_all_their_sides() -> None:
    isa = host("ISA1", "ReverseProxy", "dmz")
    walls = [wall("a", "internet", "dmz", host="ISA1"), wall("b", "dmz", "lan", host="ISA1"), wall("c", "lan", "back")]
    made = topology(isa, EX1, firewalls=walls)
    network = Network(made)
    assert network.zones_of(made.servers[0]) == {"internet", "dmz", "lan"}
    assert network.zones_of(made.servers[1]) == {"lan"}


def test_a_replication_network_counts_for_a_host_that_stands_in_nothing_else() -> None:
    made = topology(host("EX1", "MBX", "repl", version="2010"), EX2 | {"also_in": ["repl"]})
    network = Network(made)
    assert [network.zones_of(server) for server in made.servers] == [{"repl"}, {"back"}]


def same_class(*lines: dict) -> bool:
    made: Topology = topology(EX1, EX1 | {"name": "EX3"}, EX2, firewalls=[wall("t", "lan", "back", allow=list(lines))])
    network = Network(made)
    return network.standing(made.servers[0]) == network.standing(made.servers[1])


def test_hosts_are_of_one_class_when_the_same_lines_name_them_on_the_same_side() -> None:
    assert same_class()
    assert same_class(line("EX1", "EX2", "25/tcp"), line("EX3", "EX2", "25/tcp"))
    assert same_class(line("EX2", "EX1", "25/tcp"), line("EX2", "EX3", "25/tcp"))
    assert not same_class(line("EX1", "EX2", "25/tcp"))
    assert not same_class(line("EX1", "EX2", "25/tcp"), line("EX3", "EX2", "26/tcp"))
    assert not same_class(line("EX2", "EX1", "25/tcp"), line("EX2", "EX3", "26/tcp"))
    assert not same_class(line("EX1", "EX2", "25/tcp"), line("EX2", "EX3", "25/tcp"))
    assert not same_class(line("EX1", "EX2", "25/tcp"), line("EX3", "back", "25/tcp"))


def test_a_port_passes_when_one_of_several_routes_lets_it() -> None:
    some = [line("lan", "back", "25/tcp")]
    made = topology(EX1, EX2, firewalls=[wall("a", "lan", "back", allow=[]), wall("b", "lan", "back", allow=some)])
    network, (one, two) = Network(made), made.servers
    assert network.passes(one, two, PortSet.of(["25/tcp"])) is True
    assert network.passes(one, two, PortSet.of(["26/tcp"])) is False


def test_every_device_of_a_route_must_let_a_port_pass() -> None:
    some = [line("lan", "back", "25/tcp")]
    walls = [wall("b", "lan", "branch", allow=some), wall("c", "branch", "back")]
    made = topology(EX1, EX2, firewalls=walls)
    network, (one, two) = Network(made), made.servers
    assert network.passes(one, two, PortSet.of(["25/tcp"])) is None
    assert network.passes(one, two, PortSet.of(["26/tcp"])) is False


def test_without_a_route_nobody_knows_what_passes() -> None:
    made = topology(EX1, EX2)
    assert Network(made).passes(made.servers[0], made.servers[1], PortSet.of(["25/tcp"])) is None
