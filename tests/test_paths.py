"""Which firewalls lie between two hosts, and what they let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exkit.paths import Network, Passage, PortSet
from exkit.topology import Topology
from tests.build import host, line, topology, wall

EX1 = host("EX1", "CAS HT", "lan", version="2010")
EX2 = host("EX2", "MBX", "back", version="2010")


def passage(*firewalls: dict, servers: tuple[dict, dict] = (EX1, EX2), **sections: object) -> Passage:
    made = topology(*servers, firewalls=list(firewalls), **sections)
    return Network(made).way(made.servers[0], made.servers[1]).passage


def test_hosts_of_one_zone_have_no_device_between_them() -> None:
    assert passage(servers=(EX1, host("EX3", "MBX", "lan", version="2010"))) is Passage.DIRECT


def test_zones_that_nothing_joins_have_no_known_route() -> None:
    assert passage() is Passage.NO_ROUTE


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"allow": "any", "inspects": []}, Passage.OPEN),
        ({"allow": [line("any", "any", "any")], "inspects": []}, Passage.OPEN),
        ({"allow": [line("lan", "back", "any"), line("back", "lan", "any")], "inspects": []}, Passage.OPEN),
        (
            {"allow": [line("EX1", "EX2", "1-65535/tcp", "1-65535/udp"), line("back", "any", "any")], "inspects": []},
            Passage.OPEN,
        ),
        ({"allow": [line("lan", "back", "any")], "inspects": []}, Passage.FILTERED),
        ({"allow": [line("EX1", "EX2", "135/tcp", "1024-65535/tcp")]}, Passage.FILTERED),
        ({"allow": []}, Passage.FILTERED),
        ({"allow": "any", "inspects": ["tls"]}, Passage.INSPECTED),
        ({"inspects": ["esmtp"]}, Passage.INSPECTED),
        ({"allow": "any", "inspects": [], "nat": True}, Passage.TRANSLATED),
        ({"allow": "any"}, Passage.INSPECTION_UNKNOWN),
        ({}, Passage.RULES_UNKNOWN),
        ({"kind": "site-to-site-vpn"}, Passage.VPN),
        ({"kind": "site-to-site-vpn", "allow": "any"}, Passage.VPN),
        ({"kind": "site-to-site-vpn", "allow": [line("EX1", "EX2", "25/tcp")]}, Passage.FILTERED),
        ({"kind": "router-acl", "allow": [line("EX1", "EX2", "25/tcp")]}, Passage.FILTERED),
        ({"kind": "security-group", "allow": []}, Passage.FILTERED),
    ],
)
def test_a_device_passes_everything_or_it_filters(fields: dict, expected: Passage) -> None:
    assert passage(wall("tier", "lan", "back", **fields)) is expected


def test_two_parallel_devices_that_both_filter_leave_no_free_route() -> None:
    assert passage(wall("a", "lan", "back", allow=[]), wall("b", "lan", "back", allow=[])) is Passage.FILTERED


def test_one_filtering_route_of_two_makes_the_routes_differ() -> None:
    ways = passage(wall("a", "lan", "back", allow=[]), wall("b", "lan", "back", allow="any", inspects=[]))
    assert ways is Passage.DIFFERS


def test_a_way_around_through_a_third_zone_counts_as_a_route() -> None:
    direct = wall("a", "lan", "back", allow=[])
    around = [
        wall("b", "lan", "branch", allow="any", inspects=[]),
        wall("c", "branch", "back", allow="any", inspects=[]),
    ]
    assert passage(direct, *around) is Passage.DIFFERS


def test_nothing_goes_round_to_enter_a_device_that_it_stands_at_already() -> None:
    ring = wall("ring", "lan", "back", "branch", allow="any", inspects=[])
    assert passage(ring, wall("side", "lan", "branch", allow=[])) is Passage.OPEN


def test_internal_traffic_does_not_go_through_the_perimeter_when_it_need_not() -> None:
    direct = wall("a", "lan", "back", allow="any", inspects=[])
    around = [wall("b", "lan", "dmz", allow=[]), wall("c", "dmz", "back", allow=[])]
    assert passage(direct, *around) is Passage.OPEN


def test_nothing_between_sites_goes_through_the_internet() -> None:
    assert (
        passage(wall("a", "lan", "internet", allow="any"), wall("b", "internet", "back", allow="any"))
        is Passage.NO_ROUTE
    )


def test_a_replication_network_that_two_members_share_is_no_route_for_other_traffic() -> None:
    one = host("EX1", "MBX", "lan", version="2010", also_in=["repl"])
    two = host("EX2", "MBX", "back", version="2010", also_in=["repl"])
    assert passage(servers=(one, two)) is Passage.NO_ROUTE


def test_a_host_that_is_the_firewall_stands_on_both_sides() -> None:
    isa = host("ISA1", "ReverseProxy", "dmz")
    assert passage(wall("isa", "dmz", "lan", allow=[], host="ISA1"), servers=(isa, EX1)) is Passage.DIRECT


def test_lines_that_name_the_same_ends_make_one_class() -> None:
    third = host("EX3", "MBX", "back", version="2010")
    made = topology(EX1, EX2, third, firewalls=[wall("t", "lan", "back", allow=[line("EX1", "back", "25/tcp")])])
    network = Network(made)
    assert network.standing(made.servers[1]) == network.standing(made.servers[2])


def test_what_passes_is_told_in_one_direction_only() -> None:
    made = topology(EX1, EX2, firewalls=[wall("t", "lan", "back", allow=[line("EX1", "EX2", "20-30/tcp")])])
    network, (one, two) = Network(made), made.servers
    assert network.passes(one, two, PortSet.of(["25/tcp"])) is True
    assert network.passes(two, one, PortSet.of(["25/tcp"])) is False
    assert network.passes(one, two, PortSet.of(["25/udp"])) is False


def test_whether_a_port_passes_is_not_known_where_the_rules_are_not() -> None:
    made = topology(EX1, EX2, firewalls=[wall("t", "lan", "back")])
    assert Network(made).passes(made.servers[0], made.servers[1], PortSet.of(["25/tcp"])) is None


PORTS = st.lists(
    st.builds(
        lambda low, more, transport: f"{low}-{min(low + more, 65535)}/{transport}",
        st.integers(1, 65535),
        st.integers(0, 40000),
        st.sampled_from(["tcp", "udp"]),
    ),
    max_size=4,
)


@given(PORTS, PORTS)
def test_what_is_left_and_what_was_taken_make_up_the_whole(one: list[str], other: list[str]) -> None:
    first, second = PortSet.of(one), PortSet.of(other)
    rest = first.minus(second)
    assert first.covers(rest)
    assert second.plus(rest).covers(first)
    assert not rest or not second.covers(rest)


@given(PORTS)
def test_an_any_line_never_passes_less(lines: list[str]) -> None:
    fields = {"allow": [line("EX1", "EX2", *lines)] if lines else [], "inspects": []}
    made = topology(EX1, EX2, firewalls=[wall("t", "lan", "back", **fields)])
    more = {**fields, "allow": [*fields["allow"], line("any", "any", "any")]}
    opened = topology(EX1, EX2, firewalls=[wall("t", "lan", "back", **more)])

    def way(one: Topology) -> Passage:
        return Network(one).way(one.servers[0], one.servers[1]).passage

    assert way(opened) is Passage.OPEN
    assert way(made) in (Passage.FILTERED, Passage.OPEN)
