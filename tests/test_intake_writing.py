"""Writing a topology: what is read back is the same, and the text is the same every time."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

import exkit.intake.yaml_tree
from exkit.intake import read, read_text, write
from exkit.topology import Topology
from tests.strategies import HOSTILE_NAMES, topologies

CASES = sorted((Path(__file__).parent / "cases").glob("*/[bs][0-9]*.yaml"))


def named(name):
    return Topology(customer=name, assumptions=(name,))


@given(topologies())
@settings(max_examples=50)
def test_what_was_written_reads_back_as_the_same_topology_and_writes_as_the_same_text(topology):
    text = write(topology)
    assert read_text(text, "c").topology == topology
    assert write(read_text(text, "c").topology) == text


@given(topologies(names=HOSTILE_NAMES))
@settings(max_examples=100)
def test_hostile_names_survive(topology):
    text = write(topology)
    assert read_text(text, "c").topology == topology
    assert write(read_text(text, "c").topology) == text


@given(HOSTILE_NAMES)
def test_other_readers_of_yaml_1_1_read_the_same_text(name):
    assert yaml.safe_load(write(named(name))) == {"customer": name, "assumptions": [name]}


@given(HOSTILE_NAMES)
def test_no_name_begins_a_line_of_its_own_or_turns_the_direction_of_the_text(name):
    text = write(named(name))
    assert len(text.splitlines()) == 3
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\r")


@given(topologies(names=HOSTILE_NAMES))
@settings(max_examples=10, deadline=None)
def test_without_libyaml_the_same_is_read_back(topology):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exkit.intake.yaml_tree, "LOADER", yaml.SafeLoader)
        assert read_text(write(topology), "c").topology == topology


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_written_reads_back_with_the_same_digest(path):
    topology = read(path).topology
    assert read_text(write(topology), "c").topology.digest() == topology.digest()


def test_the_form_is_one_line_a_field_for_servers_and_one_line_an_item_for_small_things():
    topology = read_text(
        """{customer: Zürich, as_of: 2010-03-01, hybrid: none, assumptions: [a, "b: c"], outlook: [outlook-2016],
        forests: [{functional_level: windows-server-2016, name: corp}],
        servers: [{zone: lan, name: EX1, dotnet: 4.8, extended_protection: off, roles: [CAS, HT], version: 2010,
                   subscribed_to: [], host_firewall: {enabled: true}}],
        zones: [{kind: internal, name: lan}, {name: dmz, kind: perimeter}],
        firewalls: [{name: f, between: [dmz, lan], allow: any},
                    {name: g, between: [dmz, lan], allow: [{to: lan, from: any, ports: [25/tcp]}]},
                    {name: h, between: [dmz, lan], allow: []}],
        waivers: [{finding: x@EX1, because: moving, expires: 2010-12-31}]}""",
        "c",
    ).topology
    assert (
        write(topology)
        == """\
customer: Zürich
as_of: 2010-03-01
zones:
  - {name: lan, kind: internal}
  - {name: dmz, kind: perimeter}
forests:
  - {name: corp, functional_level: windows-server-2016}
servers:
  - name: EX1
    version: "2010"
    roles: [ClientAccess, HubTransport]
    zone: lan
    dotnet: "4.8"
    host_firewall: {enabled: true}
    extended_protection: "off"
    subscribed_to: []
firewalls:
  - name: f
    between: [dmz, lan]
    allow: any
  - name: g
    between: [dmz, lan]
    allow:
      - {from: any, to: lan, ports: [25/tcp]}
  - name: h
    between: [dmz, lan]
    allow: []
hybrid: none
outlook:
  - outlook-2016
assumptions:
  - a
  - "b: c"
waivers:
  - finding: x@EX1
    because: moving
    expires: 2010-12-31
"""
    )


def test_one_field_changed_is_one_line_changed():
    topology = read(CASES[0]).topology
    first, *rest = topology.servers
    changed = topology.model_copy(update={"servers": (first.model_copy(update={"os": "changed"}), *rest)})
    assert len(set(write(topology).splitlines()) ^ set(write(changed).splitlines())) <= 2
