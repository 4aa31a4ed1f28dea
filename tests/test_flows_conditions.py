"""When a row of the ports table applies: surely, surely not, or nobody told."""

from __future__ import annotations

from typing import Any

import pytest

from exkit.flows import _PREDICATES, Flows
from exkit.paths import Network
from exkit.ports import ports_to_open
from exkit.rows import When
from tests.build import facts, host, line, topology, wall
from tests.rules.rows import CAS10, DC, EDGE10, EX10, MBX10, TMG, WORKGROUP_TMG, rule_of

MEMBERS = [{"name": "DAG1", "members": ["EX1", "MBX1"], "witness": "FS1"}]
UNKNOWN_TMG = host("TMG1", "ReverseProxy", "dmz")
IN, OUT = [{"path": ["internet", "EX1"]}], [{"path": ["EX1", "internet"]}]


def holds(when: When, here: str, there: str, *servers: dict[str, Any], **sections: Any) -> bool | None:
    made = topology(*servers, **sections)
    hosts = {server.name: server for server in made.servers}
    return _PREDICATES[when](Flows(made, facts(), Network(made)), hosts[here], hosts[there])


def publishes(when: When, **fields: Any) -> bool | None:
    return holds(when, "TMG1", "CAS1", TMG, CAS10, CAS10 | {"name": "CAS2"}, DC, publishing=[rule_of(**fields)])


@pytest.mark.parametrize(
    ("when", "fields", "expected"),
    [
        (When.PUBLISHES_HTTP, {}, True),
        (When.PUBLISHES_HTTP, {"protocols": ["smtp"]}, False),
        (When.PUBLISHES_HTTP, {"protocols": ...}, None),
        (When.PUBLISHES_HTTP, {"targets": ...}, None),
        (When.PUBLISHES_HTTP, {"targets": ["CAS2"]}, False),
        (When.PUBLISHES_HTTP, {"targets": ["CAS2"], "protocols": ...}, False),
        (When.PUBLISHES_HTTP, {"tls": "offload"}, False),
        (When.PUBLISHES_HTTP, {"host": ...}, None),
        (When.PUBLISHES_IMAP, {"protocols": ["imap", "owa"]}, True),
        (When.PUBLISHES_IMAP, {"protocols": ["imap"], "tls": "offload"}, True),
        (When.PUBLISHES_IMAP, {}, False),
        (When.PUBLISHES_POP, {"protocols": ["pop"]}, True),
        (When.PUBLISHES_POP, {"protocols": ["imap"]}, False),
        (When.PUBLISHES_SMTP, {"protocols": ["smtp"]}, None),
        (When.PUBLISHES_SMTP, {"protocols": ["owa", "smtp"]}, None),
        (When.PUBLISHES_SMTP, {}, False),
        (When.PUBLISHES_CALENDAR, {"protocols": ["calendar"]}, True),
        (When.PUBLISHES_CALENDAR, {}, False),
        (When.PUBLISHES_RPC, {"protocols": ["mapi"]}, True),
        (When.PUBLISHES_RPC, {}, False),
        (When.PUBLISHES_HTTP, {"protocols": ["mapi"]}, False),  # 2010 knows no MAPI over HTTP
        (When.OFFLOADS_TLS, {"tls": "offload"}, True),
        (When.OFFLOADS_TLS, {"tls": "bridging"}, False),
        (When.OFFLOADS_TLS, {"tls": ...}, None),
        (When.OFFLOADS_TLS, {"tls": "offload", "targets": ["CAS2"]}, False),
        (When.VALIDATES_BY_LDAP, {"validation": "ldap"}, True),
        (When.VALIDATES_BY_LDAP, {"validation": "active-directory"}, None),
        (When.VALIDATES_BY_LDAP, {"validation": "radius"}, False),
        (When.VALIDATES_BY_LDAP, {"validation": ...}, None),
        (When.VALIDATES_BY_LDAP, {"validation": "ldap", "preauth": "none"}, False),
        (When.VALIDATES_BY_RADIUS, {"validation": "radius"}, True),
        (When.VALIDATES_BY_RADIUS, {"validation": "active-directory"}, False),
        (When.VALIDATES_BY_RADIUS, {"validation": ...}, None),
        (When.VALIDATES_BY_RADIUS, {"validation": "radius", "preauth": "none"}, False),
        (When.DELEGATES_BY_KERBEROS, {"delegation": "kcd"}, True),
        (When.DELEGATES_BY_KERBEROS, {"delegation": "basic"}, False),
        (When.DELEGATES_BY_KERBEROS, {"delegation": ...}, None),
        (When.DELEGATES_BY_KERBEROS, {"delegation": "kcd", "preauth": "none"}, False),
    ],
)
def test_what_a_publishing_rule_needs(when: When, fields: dict[str, Any], expected: bool | None) -> None:
    assert publishes(when, **fields) is expected


def test_one_of_several_rules_is_enough_and_one_that_is_not_known_leaves_it_open() -> None:
    radius, other = rule_of(validation="radius"), rule_of("b", validation="ldap")
    servers = (TMG, CAS10)
    by_radius = When.VALIDATES_BY_RADIUS
    assert holds(by_radius, "TMG1", "CAS1", *servers, publishing=[other, radius]) is True
    assert holds(by_radius, "TMG1", "CAS1", *servers, publishing=[other, rule_of(validation=...)]) is None
    assert holds(by_radius, "TMG1", "CAS1", *servers, publishing=[other]) is False


@pytest.mark.parametrize(
    ("proxy", "said", "expected"),
    [
        (TMG, [False], True),
        (WORKGROUP_TMG, [True], False),
        (UNKNOWN_TMG, [True, None], True),
        (UNKNOWN_TMG, [False], False),
        (UNKNOWN_TMG, [False, None], None),
        (UNKNOWN_TMG, [None], None),
        (UNKNOWN_TMG, [], None),
    ],
)
def test_whether_a_proxy_is_a_member_is_said_by_the_host_or_else_by_its_rules(
    proxy: dict[str, Any], said: list[bool | None], expected: bool | None
) -> None:
    rules = [rule_of(f"r{number}", domain_joined=one) for number, one in enumerate(said)]
    assert holds(When.PROXY_DOMAIN_MEMBER, "TMG1", "CAS1", proxy, CAS10, publishing=rules) is expected


@pytest.mark.parametrize(
    ("when", "paths", "expected"),
    [
        (When.TAKES_INTERNET_MAIL, IN, True),
        (When.TAKES_INTERNET_MAIL, OUT, False),
        (When.TAKES_INTERNET_MAIL, [], None),
        (When.SENDS_INTERNET_MAIL, OUT, True),
        (When.SENDS_INTERNET_MAIL, IN, False),
        (When.SENDS_INTERNET_MAIL, [], None),
        (When.PASSES_MAIL, [{"path": ["internet", "EX1", "EX1"]}], True),
        (When.PASSES_MAIL, IN, None),
    ],
)
def test_mail_from_and_to_the_internet_follows_the_mail_paths(when: When, paths: list, expected: bool | None) -> None:
    assert holds(when, "EX1", "EX1", EX10, mail_flow=paths) is expected


@pytest.mark.parametrize(
    ("here", "there", "expected"), [("HQ", "HQ", False), ("HQ", "Branch", True), (..., "HQ", None), ("HQ", ..., None)]
)
def test_another_site_is_known_when_both_sites_are(here: Any, there: Any, expected: bool | None) -> None:
    assert holds(When.OTHER_SITE, "EX1", "MBX1", EX10 | {"site": None if here is ... else here},
                 MBX10 | {"site": None if there is ... else there}) is expected  # fmt: skip


@pytest.mark.parametrize(
    ("when", "kind", "expected"),
    [
        (When.SAME_DAG, "dag", True),
        (When.SAME_DAG, "ccr", False),
        (When.SAME_CLUSTER, "dag", False),
        (When.SAME_CLUSTER, "ccr", True),
        (When.SAME_CLUSTER, "scc", True),
    ],
)
def test_members_of_a_dag_are_told_from_nodes_of_a_cluster(when: When, kind: str, expected: bool) -> None:
    servers = (EX10, MBX10, host("MBX2", "MBX", version="2010"), host("FS1", "Witness"))
    dags = [MEMBERS[0] | {"kind": kind}, {"name": "DAG2", "kind": kind, "members": ["MBX2"]}]
    assert holds(when, "EX1", "MBX1", *servers, dags=dags) is expected
    assert holds(when, "EX1", "MBX2", *servers, dags=dags) is False
    assert holds(When.WITNESS_OF_DAG, "EX1", "FS1", *servers, dags=dags) is True
    assert holds(When.WITNESS_OF_DAG, "MBX2", "FS1", *servers, dags=dags) is False
    assert holds(When.WITNESS_OF_DAG, "EX1", "MBX1", *servers, dags=dags) is False


def test_edge_on_tmg_is_an_edge_server_that_runs_tmg() -> None:
    both = EDGE10 | {"also_runs": ["tmg-2010"]}
    assert holds(When.EDGE_ON_TMG, "EDGE1", "EX1", both, EX10) is True
    assert holds(When.EDGE_ON_TMG, "EX1", "EDGE1", both, EX10) is True
    assert holds(When.EDGE_ON_TMG, "EX1", "EDGE1", EDGE10 | {"also_runs": ["backup", "Forefront TMG"]}, EX10) is True
    assert holds(When.EDGE_ON_TMG, "EDGE1", "EX1", EDGE10, EX10 | {"also_runs": ["tmg-2010"]}) is False
    assert holds(When.EDGE_ON_TMG, "EDGE1", "EX1", EDGE10 | {"also_runs": ["isa-2006"]}, EX10) is False


def test_versions_of_a_topology_come_oldest_first() -> None:
    servers = [host(f"M{version}", "MBX", version=version) for version in ("SE", "2003", "2013")]
    made = topology(*servers, host("DC1", "DC", version="2019"))
    assert [one.value for one in Flows(made, facts(), Network(made)).versions] == ["2003", "2013", "SE"]


def test_a_row_of_the_table_says_what_for_how_surely_and_over_which_devices() -> None:
    made = topology(TMG, CAS10, DC, firewalls=[wall("inner", "dmz", "lan", allow=[])], publishing=[rule_of()])
    rows = {(row.sources, row.targets, row.ports): row for row in ports_to_open(made, facts())}
    web = rows[("TMG1",), ("CAS1",), ("443/tcp",)]
    assert (web.need, web.filter, web.devices) == ("required", "tight", ("inner",))
    assert web.path and web.source_ids
    assert {row.need for row in rows.values()} <= {"required", "conditional", "optional"}


def test_any_any_rows_are_one_row_with_a_plain_path() -> None:
    made = topology(EX10, host("MBX1", "MBX", "back", version="2010"), firewalls=[wall("t", "lan", "back", allow=[])])
    (row,) = ports_to_open(made, facts())
    assert (row.sources, row.targets, row.ports, row.need, row.condition, row.filter, row.devices) == (
        ("EX1",), ("MBX1",), (), "required", "", "any-any", ("t",)
    )  # fmt: skip
    assert row.path.startswith("Exchange servers among themselves")


def test_the_internet_reaches_a_front_end_a_proxy_by_what_it_publishes_and_mail_hosts_by_the_mail_paths() -> None:
    outer = [wall("outer", "internet", "dmz", allow=[line("internet", "TMG1", "443/tcp")])]
    mail = [{"path": ["internet", "EDGE1", "CAS1"]}, {"path": ["CAS1", "EDGE1", "internet"]}]
    servers = (TMG, EDGE10, CAS10, host("FE1", "FE", "dmz", version="2003"))
    rows = ports_to_open(topology(*servers, firewalls=outer, publishing=[rule_of()], mail_flow=mail), facts())
    inwards = {(row.targets, ports) for row in rows if row.sources == ("internet",) for ports in row.ports}
    outwards = {(row.sources, ports) for row in rows if row.targets == ("internet",) for ports in row.ports}
    assert {(("TMG1",), "443/tcp"), (("EDGE1",), "25/tcp"), (("FE1",), "443/tcp")} <= inwards
    assert not {target for (target,), _ in inwards} & {"CAS1"}
    assert (("EDGE1",), "25/tcp") in outwards
    assert {source for (source,), _ in outwards} == {"EDGE1"}


WAN = [{"name": "wan", "kind": "internet"}, {"name": "dmz", "kind": "perimeter"}, {"name": "lan", "kind": "internal"}]


def test_a_zone_that_is_the_internet_is_called_so_on_a_mail_path() -> None:
    made = topology(EX10, zones=WAN, mail_flow=[{"path": ["wan", "EX1"]}, {"path": ["EX1", "wan"]}])
    assert Flows(made, facts(), Network(made)).hops == {("internet", "EX1"), ("EX1", "internet")}


def test_how_surely_a_port_is_needed_is_told_as_the_table_says_it() -> None:
    front = host("FE1", "FE", "dmz", version="2003")
    made = topology(front, DC, firewalls=[wall("inner", "dmz", "lan", allow=[])])
    rows = [row for row in ports_to_open(made, facts()) if row.sources == ("FE1",) and row.targets == ("DC1",)]
    needs = {port: row.need for row in rows for port in row.ports}
    assert (needs["389/tcp"], needs["445/tcp"], needs["123/udp"]) == ("required", "conditional", "optional")
    table = {
        (one.path, one.condition, one.sources, one.confidence) for one in facts().ports_of(made.servers[0].version)
    }
    assert rows and {(row.path, row.condition, row.source_ids, row.confidence) for row in rows} <= table
    assert any(row.condition for row in rows)


def test_a_row_on_every_port_cites_who_says_so() -> None:
    made = topology(EX10, host("MBX1", "MBX", "back", version="2010"), firewalls=[wall("t", "lan", "back", allow=[])])
    (row,) = ports_to_open(made, facts())
    assert row.source_ids and row.confidence in ("documented", "secondary", "recalled")


def test_mail_with_the_internet_is_needed_over_the_devices_on_its_way_and_nothing_else_is_told_of_it() -> None:
    walls = [wall("outer", "wan", "dmz", allow=[]), wall("inner", "dmz", "lan", allow=[])]
    mail = [{"path": ["wan", "EDGE1", "EX1"]}, {"path": ["EX1", "EDGE1", "wan"]}]
    rows = ports_to_open(topology(EDGE10, EX10, zones=WAN, firewalls=walls, mail_flow=mail), facts())
    outside = [row for row in rows if "wan" in (*row.sources, *row.targets)]
    assert [(row.sources, row.targets, row.ports[0], row.need, row.devices) for row in outside] == [
        (("EDGE1",), ("wan",), "25/tcp", "required", ("outer",)),
        (("EDGE1",), ("wan",), "80/tcp", "optional", ("outer",)),  # lists of what is revoked
        (("wan",), ("EDGE1",), "25/tcp", "required", ("outer",)),
    ]


def test_hosts_of_two_versions_get_the_rows_of_their_own() -> None:
    servers = (EDGE10, host("EDGE2", "ET", "dmz", version="2007", subscribed_to=["HQ"]), EX10)
    mail = [{"path": ["wan", name, "EX1"]} for name in ("EDGE1", "EDGE2")]
    made = topology(*servers, zones=WAN, firewalls=[wall("outer", "wan", "dmz", allow=[])], mail_flow=mail)
    rows = ports_to_open(made, facts())
    assert [row.targets for row in rows if row.sources == ("wan",)] == [("EDGE1",), ("EDGE2",)]
    edge, older, hub = made.servers
    flows = Flows(made, facts(), Network(made))
    assert {need.row.version for need in flows.needs(edge, hub)} == {"2010"}
    assert {need.row.version for need in flows.needs(hub, older)} == {"2007", "2010"}


def test_a_proxy_is_reached_on_80_at_most_to_be_sent_on_and_one_that_publishes_nothing_not_at_all() -> None:
    idle = TMG | {"name": "TMG2"}
    made = topology(TMG, idle, CAS10, firewalls=[wall("outer", "internet", "dmz", allow=[])], publishing=[rule_of()])
    rows = ports_to_open(made, facts())
    assert {(row.targets, row.ports, row.need) for row in rows if row.sources == ("internet",)} == {
        (("TMG1",), ("443/tcp",), "required"),
        (("TMG1",), ("80/tcp",), "optional"),
    }


def test_what_is_only_optional_is_needed_by_nobody_for_certain() -> None:
    front = host("FE1", "FE", "dmz", version="2003")
    made = topology(front, DC)
    certain = {
        port: need.certain
        for need in Flows(made, facts(), Network(made)).needs(*made.servers)
        for port in need.ports.texts
    }
    assert certain["389/tcp"] and not certain["123/udp"]


def test_the_internet_opens_no_rpc_and_no_range_to_anybody() -> None:
    made = topology(host("FE1", "FE", "dmz", version="2003"), TMG, CAS10, publishing=[rule_of()])
    flows = Flows(made, facts(), Network(made))
    for server in made.servers:
        texts = flows.from_internet(server).texts
        assert not [text for text in texts if text.startswith("135/") or "-" in text], server.name
    assert flows.from_internet(made.servers[0]).texts and flows.from_internet(made.servers[1]).texts


def test_hosts_differ_in_kind_by_what_is_published_to_them_and_whom_they_hand_mail_to() -> None:
    hubs = [host(name, "HT", version="2010") for name in ("M1", "M2", "M3", "M4")]
    mail = [{"path": ["G1", "M1", "M2"]}]
    made = topology(*hubs, host("G1", "SMTPGateway"), mail_flow=mail, publishing=[rule_of(host=..., targets=["M3"])])
    flows = Flows(made, facts(), Network(made))
    kinds = [flows.kind(server) for server in made.servers[:4]]
    assert len(set(kinds)) == 4


@pytest.mark.parametrize(
    ("roles", "version", "words"),
    [
        ("MBX", "2003", {"BackEnd"}),
        ("MBX", "2007", {"Mailbox"}),
        ("CAS", "2003", {"ClientAccess"}),
        ("DC", ..., {"DomainController", "DNS", "GlobalCatalog"}),
        ("CAS DC", "2010", {"ClientAccess", "DomainController", "DNS", "GlobalCatalog"}),
        ("RODC", ..., {"DomainController", "DNS", "GlobalCatalog"}),
        ("LoadBalancer", ..., {"ReverseProxy"}),
        ("ReverseProxy", ..., {"ReverseProxy"}),
        ("Witness", ..., {"Witness"}),
        ("ManagementHost", ..., set()),
    ],
)
def test_a_host_answers_to_words_of_the_ports_table(roles: str, version: Any, words: set[str]) -> None:
    made = topology(host("H1", roles, version=version))
    told = {word.value for word in Flows(made, facts(), Network(made)).port_roles(made.servers[0])}
    assert told & {"BackEnd", "Mailbox", "ClientAccess", "DomainController", "DNS", "GlobalCatalog", "ReverseProxy",
                   "Witness"} == words  # fmt: skip


def test_a_host_that_publishes_or_is_witness_answers_to_that_too() -> None:
    made = topology(host("X1", ""), host("X2", ""), EX10, publishing=[rule_of(host="X1", targets=["EX1"])],
                    dags=[{"name": "DAG1", "members": ["EX1"], "witness": "X2"}])  # fmt: skip
    flows = Flows(made, facts(), Network(made))
    assert [{word.value for word in flows.port_roles(one)} for one in made.servers[:2]] == [
        {"ReverseProxy"},
        {"Witness"},
    ]
    no_catalog = topology(DC | {"global_catalog": False})
    told = Flows(no_catalog, facts(), Network(no_catalog)).port_roles(no_catalog.servers[0])
    assert "GlobalCatalog" not in {word.value for word in told}


def test_a_member_of_a_dag_and_a_stranger_share_none() -> None:
    dags = [{"name": "DAG1", "members": ["EX1"]}]
    assert holds(When.SAME_DAG, "EX1", "MBX1", EX10, MBX10, dags=dags) is False
    assert holds(When.SAME_DAG, "MBX1", "EX1", EX10, MBX10, dags=dags) is False


def test_a_node_of_two_clusters_shares_one_with_the_nodes_of_either() -> None:
    nodes = [host(name, "BE", version="2003") for name in ("N1", "N2", "N3")]
    dags = [{"name": name, "kind": "scc", "members": ["N1", name]} for name in ("N2", "N3")]
    told = [holds(When.SAME_CLUSTER, "N1", other, *nodes, dags=dags) for other in ("N2", "N3")]
    assert told == [True, True]
    assert holds(When.SAME_CLUSTER, "N2", "N3", *nodes, dags=dags) is False
