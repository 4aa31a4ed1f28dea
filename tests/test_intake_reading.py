"""Reading a topology file: what YAML means here, and on which line a field stands."""

import time
from pathlib import Path

import pytest

import exkit.intake.yaml_tree
from exkit.advice import line_of
from exkit.intake import TopologyError, find_files, read, read_text

CASES = sorted((Path(__file__).parent / "cases").glob("*/[bs][0-9]*.yaml"))

FILE = """\
customer: Contoso
as_of: 2010-03-01
zones:
  - {name: dmz, kind: perimeter}
  - {name: lan, kind: internal}
ad_sites: [{name: HQ, internet_facing: true}]
servers:
  - name: CAS1
    version: "2010"
    roles:
      - ClientAccess
      - HT
    zone: lan
    host_firewall:
      enabled: true
  - {name: DC1, roles: [DC], zone: lan}
firewalls:
  - name: inner
    between: [dmz, lan]
    allow:
      - {from: dmz, to: lan, ports: [25/tcp]}
      - from: CAS1
        to: dmz
        ports:
          - 25/tcp
          - 443/tcp
publishing:
  - name: owa
    preauth: forms
dags:
  - name: DAG1
    members: [CAS1]
mail_flow:
  - path: [dmz, CAS1]
hybrid:
  topology: classic
waivers:
  - finding: x@CAS1
    because: moving
    expires: 2010-12-31
"""


def server_of(text):
    """The one server of a file with these fields."""
    return read_text(f"customer: C\nservers:\n  - {{name: A, {text}}}\n", "c.yaml").topology.servers[0]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("customer", 1), ("zones.dmz.kind", 4), ("zones.lan", 5), ("ad_sites.HQ.internet_facing", 6),
        ("servers", 7), ("servers.CAS1", 8), ("servers.CAS1.name", 8), ("servers.CAS1.roles", 10),
        ("servers.CAS1.roles.1", 12), ("servers.CAS1.zone", 13), ("servers.CAS1.host_firewall.enabled", 15),
        ("servers.DC1.zone", 16), ("firewalls.inner.allow", 20), ("firewalls.inner.allow.0.ports", 21),
        ("firewalls.inner.allow.1", 22), ("firewalls.inner.allow.1.to", 23), ("firewalls.inner.allow.1.ports.1", 26),
        ("publishing.owa.preauth", 29), ("dags.DAG1.members", 32), ("mail_flow.0.path", 34),
        ("hybrid.topology", 36), ("waivers.0.expires", 40),
    ],
)  # fmt: skip
def test_every_field_knows_its_line_by_the_names_of_the_things_around_it(path, line):
    assert read_text(FILE, "contoso.yaml").lines[path] == line


def test_a_field_that_is_not_written_is_found_at_what_stands_around_it():
    assert line_of("servers.CAS1.domain_joined", read_text(FILE, "contoso.yaml").lines) == 8


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_is_read_and_each_line_holds_what_it_is_said_to_hold(path):
    text = path.read_text().splitlines()
    loaded = read(path)
    assert loaded.file == str(path)
    for server in loaded.topology.servers:
        assert server.name in text[loaded.lines[f"servers.{server.name}"] - 1]
        if server.zone is not None:
            assert "zone" in text[loaded.lines[f"servers.{server.name}.zone"] - 1]


@pytest.mark.parametrize(
    "word", ["off", "yes", "no", "on", "2010-03-01", "15.20", "007", "0x10", "1e3", "12:30:00", "n"]
)
def test_words_numbers_and_dates_are_text_as_written(word):
    assert server_of(f"os: {word}").os == word


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("True", True), ("FALSE", False), ("~", None), ("null", None)]
)
def test_true_false_and_null_are_the_only_other_words(word, value):
    assert server_of(f"domain_joined: {word}").domain_joined is value


def test_a_key_without_a_value_is_not_known():
    assert server_of("zone: , also_in: , roles: ").zone is None
    assert read_text("customer: C\nservers:\nhybrid:\n", "c").topology.hybrid is None


def test_extended_protection_may_be_off_without_quotes():
    assert server_of("extended_protection: off").extended_protection == "off"


def test_levels_and_clients_are_text_as_written():
    text = (
        "customer: C\nforests: [{name: F, functional_level: windows-server-2012-r2}]\noutlook: [outlook-2016, 2019]\n"
    )
    topology = read_text(text, "c").topology
    assert topology.forests[0].functional_level == "windows-server-2012-r2"
    assert topology.outlook == ("outlook-2016", "2019")
    assert server_of("dotnet: 4.8").dotnet == "4.8"


def test_quoted_words_are_text():
    assert server_of('os: "true"').os == "true"


def test_an_alias_stands_for_the_value_of_its_anchor():
    text = "customer: C\nservers:\n  - {name: A, roles: &both [CAS, HT]}\n  - {name: B, roles: *both}\n"
    one, other = read_text(text, "c").topology.servers
    assert one.roles == other.roles != ()


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())
    assert read(path).lines == read_text(FILE, "contoso.yaml").lines
    assert read_text("\ufeff" + FILE, "c").topology == read(path).topology


def test_core_tags_and_the_end_mark_of_a_document_are_read():
    text = "--- !!map\ncustomer: !!str 2010\nassumptions: !!seq [! yes]\n...\n"
    assert read_text(text, "c").topology.assumptions == ("yes",)


def test_without_libyaml_the_same_is_read(monkeypatch):
    with_libyaml = read_text(FILE, "c")
    monkeypatch.setattr(exkit.intake.yaml_tree, "LOADER", exkit.intake.yaml_tree.yaml.SafeLoader)
    assert read_text(FILE, "c") == with_libyaml


def test_two_thousand_servers_are_read_in_a_second_or_two():
    item = "  - {{name: S{0}, version: 2010, roles: [CAS, HT, MBX], zone: lan, domain_joined: true, os: x}}\n"
    text = "customer: C\nzones: [{name: lan, kind: internal}]\nservers:\n" + "".join(map(item.format, range(2000)))
    start = time.perf_counter()
    assert len(read_text(text, "c").topology.servers) == 2000
    assert time.perf_counter() - start < 5


def test_a_directory_stands_for_the_yaml_files_in_it_sorted_and_without_hidden_ones(tmp_path):
    for name in ("b.yml", "a.yaml", ".hidden.yaml", "notes.txt", "C.YAML"):
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()
    files, errors = find_files([tmp_path, tmp_path / "a.yaml", tmp_path / "notes.txt"])
    assert [file.name for file in files] == ["C.YAML", "a.yaml", "b.yml", "notes.txt"]
    assert errors == []


def test_an_empty_directory_is_an_error_and_the_other_files_are_still_found(tmp_path):
    (tmp_path / "empty").mkdir()
    files, [error] = find_files([tmp_path / "empty", tmp_path / "missing.yaml"])
    assert files == [tmp_path / "missing.yaml"]
    assert isinstance(error, TopologyError)
    assert str(error).startswith(f"{tmp_path / 'empty'}: no topology file in this directory")
