"""The topology's values: frozen, None for what nobody told, names that hold."""

import itertools
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exkit.references import name_problems
from exkit.topology import ANY_ANY, Protocol, Role, Topology, Version, ZoneKind, port_range
from tests.strategies import topologies

SMALL = {
    "customer": "Contoso",
    "zones": [{"name": "dmz", "kind": "perimeter"}, {"name": "lan", "kind": "internal"}],
    "ad_sites": [{"name": "HQ"}],
    "servers": [{"name": "EX1", "version": "2010", "roles": ["ClientAccess"], "zone": "lan"}],
    "firewalls": [{"name": "inner", "between": ["dmz", "lan"]}],
}


def with_(**changes):
    return Topology.model_validate(SMALL | changes)


def refused(**changes):
    """The types and places of what is wrong."""
    with pytest.raises(ValidationError) as caught:
        with_(**changes)
    return {(error["type"], ".".join(map(str, error["loc"]))) for error in caught.value.errors()}


def test_a_topology_and_what_is_in_it_cannot_be_changed():
    topology = with_()
    with pytest.raises(ValidationError, match="frozen"):
        topology.customer = "Fabrikam"
    with pytest.raises(ValidationError, match="frozen"):
        topology.servers[0].zone = "dmz"
    assert isinstance(topology.servers, tuple)
    assert hash(topology) == hash(with_())


def test_what_nobody_wrote_is_none_and_never_no():
    server = with_().servers[0]
    unknown = (
        "build",
        "domain_joined",
        "os",
        "dotnet",
        "host_firewall",
        "extended_protection",
        "subscribed_to",
        "global_catalog",
    )
    assert {name: getattr(server, name) for name in unknown} == dict.fromkeys(unknown)
    assert with_().firewalls[0].allow is None
    assert with_().hybrid is None
    assert with_().as_of is None


def test_an_empty_list_says_none_and_differs_from_a_missing_one():
    nothing = with_(firewalls=[{"name": "inner", "between": ["dmz", "lan"], "allow": []}])
    assert nothing.firewalls[0].allow == ()
    assert nothing != with_()
    assert nothing.digest() != with_().digest()


def test_short_role_names_are_written_long():
    short = ["CAS", "HT", "MBX", "UM", "ET", "FE", "BE", "DC", "RODC"]
    roles = with_(servers=[{"name": "EX1", "roles": short}]).servers[0].roles
    assert [role.value for role in roles] == [
        "ClientAccess", "HubTransport", "Mailbox", "UnifiedMessaging", "EdgeTransport",
        "FrontEnd", "BackEnd", "DomainController", "ReadOnlyDomainController",
    ]  # fmt: skip


def test_a_version_may_be_a_number():
    assert with_(servers=[{"name": "EX1", "version": 2010}]).servers[0].version is Version.V2010


def test_a_version_that_never_was_is_refused():
    assert refused(servers=[{"name": "EX1", "version": 2011}]) == {("enum", "servers.0.version")}


def test_allow_any_is_one_line_that_lets_everything_through():
    any_any = with_(firewalls=[{"name": "inner", "between": ["dmz", "lan"], "allow": "any"}])
    assert any_any.firewalls[0].allow == (ANY_ANY,)
    assert any_any.to_plain()["firewalls"][0]["allow"] == "any"


def test_hybrid_none_says_that_there_is_no_hybrid():
    assert with_(hybrid="none").hybrid.topology == "none"
    assert with_(hybrid="none") != with_()


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "true", 1, 0])
def test_only_true_and_false_are_truth_values(word):
    assert refused(servers=[{"name": "EX1", "domain_joined": word}]) == {("bool_type", "servers.0.domain_joined")}


@pytest.mark.parametrize(
    "day", [2010, 1267401600, "1267401600", "2010-13-01", "2010-03-01T00:00", "20100301", True, ""]
)
def test_a_day_is_written_as_year_month_day(day):
    assert refused(as_of=day) == {("day", "as_of")}
    assert with_(as_of="2010-03-01").as_of == date(2010, 3, 1)


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x9b", "\ud800"])
def test_control_characters_are_no_text(char):
    assert refused(customer=f"a{char}b") == {("control", "customer")}


def test_line_ends_and_tabs_are_text():
    assert with_(customer="a\r\n\tb").customer == "a\r\n\tb"


@pytest.mark.parametrize("port", ["25", "25/sctp", "65536/tcp", "9-3/tcp", "http", "-1/tcp", "٢٥/tcp", ""])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(ValueError, match="is no port"):
        port_range(port)
    line = {"from": "dmz", "to": "lan", "ports": [port]}
    place = ("port", "firewalls.0.allow.0.ports.0")
    assert refused(firewalls=[{"name": "inner", "between": ["dmz", "lan"], "allow": [line]}]) == {place}


@given(st.integers(0, 65535), st.integers(0, 65535), st.sampled_from(["tcp", "udp"]))
def test_a_port_range_reads_as_it_is_written(one, other, transport):
    low, high = sorted([one, other])
    assert port_range(f"{low}-{high}/{transport}") == (transport, low, high)
    assert port_range(f"{low}/{transport}") == (transport, low, low)


@pytest.mark.parametrize(
    ("section", "value", "place"),
    [
        ("forests", [{"name": "corp", "zone": "X"}], "forests.0.zone"),
        ("servers", [{"name": "A", "zone": "X"}], "servers.0.zone"),
        ("servers", [{"name": "A", "site": "X"}], "servers.0.site"),
        ("servers", [{"name": "A", "forest": "X"}], "servers.0.forest"),
        ("servers", [{"name": "A", "also_in": ["lan", "X"]}], "servers.0.also_in.1"),
        ("servers", [{"name": "A", "subscribed_to": ["X"]}], "servers.0.subscribed_to.0"),
        ("firewalls", [{"name": "f", "between": ["lan", "X"]}], "firewalls.0.between.1"),
        ("firewalls", [{"name": "f", "between": ["lan", "dmz"], "host": "X"}], "firewalls.0.host"),
        ("publishing", [{"name": "p", "host": "X"}], "publishing.0.host"),
        ("publishing", [{"name": "p", "zone": "X"}], "publishing.0.zone"),
        ("publishing", [{"name": "p", "targets": ["X"]}], "publishing.0.targets.0"),
        ("dags", [{"name": "d", "members": ["X"]}], "dags.0.members.0"),
        ("dags", [{"name": "d", "witness": "X"}], "dags.0.witness"),
        ("mail_flow", [{"path": ["internet", "X"]}], "mail_flow.0.path.1"),
        ("hybrid", {"topology": "classic", "agent": "X"}, "hybrid.agent"),
        ("hybrid", {"topology": "classic", "targets": ["X"]}, "hybrid.targets.0"),
        ("hybrid", {"topology": "classic", "mail_path": ["EX1", "X"]}, "hybrid.mail_path.1"),
    ],
)
def test_a_name_that_refers_to_nothing_is_refused(section, value, place):
    assert refused(**{section: value}) == {("dangling", place)}


@pytest.mark.parametrize("end", ["from", "to"])
def test_a_firewall_line_names_hosts_zones_or_any(end):
    line = {"from": "EX1", "to": "any", "ports": ["25/tcp"]} | {end: "X"}
    firewall = {"name": "inner", "between": ["dmz", "lan"], "allow": [line]}
    assert refused(firewalls=[firewall]) == {("dangling", f"firewalls.0.allow.0.{end}")}


@pytest.mark.parametrize(
    ("section", "item"),
    [
        ("zones", {"name": "dmz", "kind": "internal"}),
        ("ad_sites", {"name": "HQ"}),
        ("servers", {"name": "EX1"}),
        ("firewalls", {"name": "inner", "between": ["dmz", "lan"]}),
    ],
)
def test_a_name_defined_twice_is_refused(section, item):
    again = [*SMALL[section], item]
    assert refused(**{section: again}) == {("name_twice", f"{section}.{len(again) - 1}.name")}


def test_a_zone_and_a_server_cannot_share_a_name():
    assert refused(servers=[{"name": "lan"}]) == {("name_twice", "servers.0.name")}


@pytest.mark.parametrize("word", ["any", "eop"])
def test_words_with_a_meaning_are_no_names(word):
    assert refused(servers=[{"name": word}]) == {("name_kept", "servers.0.name")}


def test_a_firewall_between_a_zone_and_itself_is_refused():
    assert refused(firewalls=[{"name": "f", "between": ["lan", "lan"]}]) == {("same_zone", "firewalls.0.between")}


def test_mail_may_begin_on_the_internet_or_end_at_exchange_online_without_naming_them_as_zones():
    assert with_(mail_flow=[{"path": ["internet", "EX1", "eop"]}]).mail_flow[0].path == ("internet", "EX1", "eop")


def shuffled(value, seed):
    """The same plain value with its keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.Random(seed).shuffle(keys)
        return {key: shuffled(value[key], seed) for key in keys}
    return [shuffled(item, seed) for item in value] if isinstance(value, list) else value


@given(topologies(), st.integers())
@settings(max_examples=50)
def test_the_digest_does_not_depend_on_the_order_of_keys(topology, seed):
    again = Topology.model_validate(shuffled(topology.to_plain(), seed))
    assert again == topology
    assert again.digest() == topology.digest()


@given(topologies(), topologies())
@settings(max_examples=30)
def test_equal_digests_mean_equal_topologies(one, other):
    assert (one.digest() == other.digest()) == (one == other)


@given(topologies())
@settings(max_examples=50)
def test_a_valid_topology_has_no_name_problems(topology):
    assert list(name_problems(topology)) == []


def test_versions_are_ordered_by_age():
    assert all(older.age < newer.age for older, newer in itertools.pairwise(Version))


def test_edge_is_edge_only_without_another_exchange_role():
    edge, both = with_(
        servers=[
            {"name": "E1", "roles": ["EdgeTransport", "ReverseProxy"]},
            {"name": "E2", "roles": ["EdgeTransport", "ClientAccess"]},
        ]
    ).servers
    assert edge.is_edge and edge.is_exchange
    assert both.is_exchange and not both.is_edge
    assert both.holds(Role.CLIENT_ACCESS) and not edge.holds(Role.CLIENT_ACCESS)


def test_every_word_of_the_pick_lists_is_written_in_the_files_own_style():
    assert [kind.value for kind in ZoneKind] == ["internet", "perimeter", "internal", "replication", "cloud"]
    assert "outlook-anywhere" in {protocol.value for protocol in Protocol}
