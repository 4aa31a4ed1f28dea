"""What each host needs to reach, and the ports to open."""

from __future__ import annotations

import pytest

from exkit.flows import Flows
from exkit.paths import Network
from exkit.ports import OpenPort, ports_to_open
from exkit.topology import Topology
from tests.build import facts, host, line, topology, wall
from tests.rules.rows import BE03, CAS10, DC, EDGE10, EX10, FE03, MBX10, TMG, WORKGROUP_TMG, rule_of

INNER = [wall("inner", "dmz", "lan", allow=[])]


def needed(made: Topology, source: str, target: str) -> set[str]:
    """Ports that are surely needed from one host to another."""
    flows = Flows(made, facts(), Network(made))
    hosts = {server.name: server for server in made.servers}
    found = flows.needs(hosts[source], hosts[target])
    return {text for need in found if need.certain for text in need.ports.texts}


def opened(made: Topology) -> dict[tuple[str, str], set[str]]:
    rows: dict[tuple[str, str], set[str]] = {}
    for row in ports_to_open(made, facts()):
        rows.setdefault((row.sources[0], row.targets[0]), set()).update(row.ports or (row.filter,))
    return rows


def test_a_proxy_needs_443_and_nothing_else_to_what_it_publishes() -> None:
    made = topology(TMG, CAS10, publishing=[rule_of()])
    assert needed(made, "TMG1", "CAS1") == {"443/tcp"}


def test_a_proxy_that_offloads_tls_needs_80() -> None:
    assert "80/tcp" in needed(topology(TMG, CAS10, publishing=[rule_of(tls="offload")]), "TMG1", "CAS1")


def test_a_member_proxy_needs_the_directory_and_a_workgroup_proxy_with_radius_does_not() -> None:
    member = topology(TMG, CAS10, DC, publishing=[rule_of()])
    radius = topology(WORKGROUP_TMG, CAS10, DC, host("NPS1", "RadiusServer"), publishing=[rule_of(validation="radius")])
    assert {"389/tcp", "88/tcp", "445/tcp"} <= needed(member, "TMG1", "DC1")
    assert not {"389/tcp", "88/tcp", "445/tcp"} & needed(radius, "TMG1", "DC1")
    assert needed(radius, "TMG1", "NPS1") == {"1812/udp"}


def test_edgesync_goes_outwards_to_a_subscribed_edge_alone() -> None:
    subscribed = topology(EDGE10, EX10)
    alone = topology(EDGE10 | {"subscribed_to": []}, EX10)
    assert "50636/tcp" in needed(subscribed, "EX1", "EDGE1")
    assert "50636/tcp" not in needed(subscribed, "EDGE1", "EX1")
    assert "50636/tcp" not in needed(alone, "EX1", "EDGE1")


def test_an_edge_server_exchanges_mail_with_the_site_it_is_subscribed_to_and_where_nobody_says_with_all() -> None:
    away = host("EX2", "CAS HT MBX", "branch", version="2010", site="Branch")
    subscribed = topology(EDGE10, EX10, away)
    assert "25/tcp" in needed(subscribed, "EDGE1", "EX1") and "25/tcp" in needed(subscribed, "EX1", "EDGE1")
    assert "25/tcp" not in needed(subscribed, "EDGE1", "EX2")
    by_path = topology(EDGE10, EX10, away, mail_flow=[{"path": ["EDGE1", "EX2"]}])
    assert "25/tcp" in needed(by_path, "EDGE1", "EX2"), "a mail path says more than the subscription"
    unsaid = topology(EDGE10 | {"subscribed_to": []}, EX10, away)
    assert "25/tcp" in needed(unsaid, "EDGE1", "EX2")
    elsewhere = topology(EDGE10 | {"subscribed_to": []}, EX10, away, mail_flow=[{"path": ["EDGE1", "EX2"]}])
    assert "25/tcp" not in needed(elsewhere, "EDGE1", "EX1")


@pytest.mark.parametrize(
    ("others", "sites", "serves"),
    [
        ({}, ["HQ"], True),
        ({"site": "Branch"}, ["HQ"], None),
        ({"version": "2003", "roles": ["BE"], "site": "Branch"}, ["HQ"], True),
        ({"site": "Branch"}, [], False),
        ({"site": "Branch"}, None, None),
        ({}, None, None),
    ],
)
def test_a_server_without_a_site_is_of_the_one_site_only_where_no_server_has_any(
    others: dict, sites: list[str] | None, serves: bool | None
) -> None:
    servers = (EDGE10 | {"subscribed_to": sites}, EX10 | {"site": None}, MBX10 | {"site": None} | others)
    made = topology(*servers)
    edge, inside, _ = made.servers
    flows = Flows(made, facts(), Network(made))
    assert flows.serves(edge, inside) is serves
    certain = {need.row.ports for need in flows.needs(inside, edge) if need.certain}
    assert (("50636",) in certain) is (serves is True)


def test_the_local_directory_of_edge_is_never_a_port_to_open() -> None:
    made = topology(EDGE10, host("EDGE2", "ET", "lan", version="2010", subscribed_to=["HQ"]), EX10, firewalls=INNER)
    assert not [row for row in ports_to_open(made, facts()) if "50389/tcp" in row.ports]


def test_a_front_end_of_2003_needs_its_back_end_and_its_directory() -> None:
    made = topology(FE03, BE03, DC)
    assert "80/tcp" in needed(made, "FE1", "BE1")
    assert {"389/tcp", "88/udp", "3268/tcp", "53/udp"} <= needed(made, "FE1", "DC1")


def test_between_exchange_servers_of_2010_no_port_list_is_offered_but_every_port() -> None:
    made = topology(
        CAS10, host("MBX1", "MBX", "back", version="2010"), firewalls=[wall("tier", "lan", "back", allow=[])]
    )
    rows = [row for row in ports_to_open(made, facts()) if {"CAS1", "MBX1"} == {*row.sources, *row.targets}]
    assert [(row.filter, row.ports, row.devices) for row in rows] == [("any-any", (), ("tier",))]


def test_hosts_of_one_zone_need_no_firewall_opened() -> None:
    made = topology(CAS10, host("MBX1", "MBX", version="2010"), DC)
    assert ports_to_open(made, facts()) == ()


def test_the_table_of_the_recommended_layout_is_short_and_complete() -> None:
    made = topology(
        WORKGROUP_TMG,
        EDGE10,
        host("CAS1", "CAS HT", version="2010"),
        host("NPS1", "RadiusServer"),
        firewalls=[wall("outer", "internet", "dmz", allow=[]), *INNER],
        publishing=[rule_of(validation="radius")],
        mail_flow=[{"path": ["internet", "EDGE1", "CAS1"]}, {"path": ["CAS1", "EDGE1", "internet"]}],
    )
    rows = opened(made)
    assert "443/tcp" in rows["internet", "TMG1"]
    assert "25/tcp" in rows["internet", "EDGE1"]
    assert "25/tcp" in rows["EDGE1", "internet"]
    assert rows["TMG1", "CAS1"] == {"443/tcp"}
    assert "1812/udp" in rows["TMG1", "NPS1"]
    assert rows["CAS1", "EDGE1"] == {"25/tcp", "50636/tcp"}
    assert rows["EDGE1", "CAS1"] == {"25/tcp"}


def test_equal_hosts_share_their_rows() -> None:
    made = topology(
        TMG, CAS10, CAS10 | {"name": "CAS2"}, firewalls=INNER, publishing=[rule_of(targets=["CAS1", "CAS2"])]
    )
    (row,) = [row for row in ports_to_open(made, facts()) if row.sources == ("TMG1",)]
    assert row.targets == ("CAS1", "CAS2")
    assert isinstance(row, OpenPort) and row.source_ids and row.confidence


def test_a_publishing_rule_that_names_another_server_opens_nothing_to_this_one() -> None:
    made = topology(TMG, CAS10, CAS10 | {"name": "CAS2"}, firewalls=INNER, publishing=[rule_of()])
    assert "443/tcp" not in needed(made, "TMG1", "CAS2")


def test_the_order_of_servers_changes_no_row() -> None:
    servers = [TMG, CAS10, EDGE10, DC]
    lines = [wall("inner", "dmz", "lan", allow=[line("TMG1", "CAS1", "443/tcp")])]
    there = topology(*servers, firewalls=lines, publishing=[rule_of()])
    back = topology(*reversed(servers), firewalls=lines, publishing=[rule_of()])
    assert ports_to_open(there, facts()) == ports_to_open(back, facts())


def test_the_outer_firewall_opens_to_a_proxy_what_it_publishes_and_nothing_else() -> None:
    outer = [wall("outer", "internet", "dmz", allow=[])]
    web = topology(TMG, CAS10, firewalls=outer, publishing=[rule_of()])
    imap = topology(TMG, CAS10, firewalls=outer, publishing=[rule_of(protocols=["imap"], preauth="none")])
    assert "993/tcp" not in opened(web)["internet", "TMG1"]
    assert "993/tcp" in opened(imap)["internet", "TMG1"]
    assert "443/tcp" not in opened(imap)["internet", "TMG1"]


def test_traffic_with_the_internet_names_the_firewalls_that_it_crosses() -> None:
    model = topology(
        EDGE10,
        EX10,
        mail_flow=[{"path": ["internet", "EDGE1", "EX1"]}],
        firewalls=[wall("outer", "internet", "dmz"), wall("inner", "dmz", "lan")],
    )
    rows = [row for row in ports_to_open(model, facts()) if "internet" in (*row.sources, *row.targets)]
    assert rows and {row.devices for row in rows} == {("outer",)}


def test_every_server_that_nothing_may_be_filtered_from_is_named_though_the_table_has_no_path_to_it() -> None:
    made = topology(
        host("CAS1", "CAS", "dmz", version="2010"),
        host("HUB1", "HT", version="2010"),
        host("MBX1", "MBX", version="2010"),
        firewalls=INNER,
    )
    wide = [row for row in ports_to_open(made, facts()) if row.filter == "any-any"]
    assert {name for row in wide for name in (*row.sources, *row.targets)} == {"CAS1", "HUB1", "MBX1"}
    assert all(row.source_ids for row in wide)
    edge = topology(EDGE10, EX10, firewalls=INNER)
    assert not [row for row in ports_to_open(edge, facts()) if row.filter == "any-any"]


def test_a_port_that_is_forwarded_straight_to_a_server_is_a_port_to_open() -> None:
    outer = [wall("outer", "internet", "lan", allow=[])]
    rule = {"name": "owa", "kind": "port-forward", "protocols": ["owa", "imap"], "targets": ["EX1"]}
    assert opened(topology(EX10, firewalls=outer, publishing=[rule]))["internet", "EX1"] == {"443/tcp", "993/tcp"}
    by_proxy = rule | {"kind": "reverse-proxy"}
    assert ("internet", "EX1") not in opened(topology(EX10, firewalls=outer, publishing=[by_proxy]))


def test_hosts_behind_one_proxy_differ_by_each_rule_that_leads_to_them() -> None:
    rules = [rule_of("a", protocols=["imap"], preauth="none"), rule_of("b", targets=["CAS1", "CAS2"])]
    rows = opened(topology(TMG, CAS10, CAS10 | {"name": "CAS2"}, firewalls=INNER, publishing=rules))
    assert "993/tcp" in rows["TMG1", "CAS1"] and rows["TMG1", "CAS2"] == {"443/tcp"}


def test_a_witness_is_reached_by_the_members_of_its_dag_alone() -> None:
    servers = (MBX10, MBX10 | {"name": "MBX2"}, host("FS1", "Witness", "back"))
    dags = [{"name": "DAG1", "members": ["MBX1"], "witness": "FS1"}]
    rows = ports_to_open(topology(*servers, dags=dags, firewalls=[wall("w", "lan", "back", allow=[])]), facts())
    assert rows and {row.sources for row in rows} == {("MBX1",)}


def test_calls_and_their_sound_run_both_ways_between_a_gateway_and_unified_messaging() -> None:
    made = topology(host("EX1", "UM", version="2010"), host("GW1", "IPGateway", "back"),
                    firewalls=[wall("w", "lan", "back", allow=[])])  # fmt: skip
    assert needed(made, "EX1", "GW1") == needed(made, "GW1", "EX1") == {"1024-65535/udp"}
    rows = opened(made)
    assert "5060/tcp" in rows["EX1", "GW1"] and rows["EX1", "GW1"] == rows["GW1", "EX1"]


def test_a_server_is_no_way_to_itself_and_two_of_which_nobody_wrote_where_they_stand_may_need_one() -> None:
    nowhere = EX10 | {"zone": None}
    assert ports_to_open(topology(nowhere), facts()) == ()
    (row,) = ports_to_open(topology(nowhere, nowhere | {"name": "EX2"}), facts())
    assert (row.sources, row.targets, row.filter, row.devices) == (("EX1", "EX2"), ("EX1", "EX2"), "any-any", ())


def test_edgesync_runs_from_a_hub_whatever_else_it_holds() -> None:
    both = host("EX1", "HT ET", version="2010", subscribed_to=...)
    assert "50636/tcp" in needed(topology(both, EDGE10), "EX1", "EDGE1")
