"""`--redact`: nothing that the customer typed is left anywhere, and the invented names are the same each time."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from exkit.advice import advise
from exkit.batch import Options, make_reports, quiet
from exkit.export import redacted
from exkit.facts import load
from exkit.intake import read
from exkit.topology import Topology
from tests.batch.customers import everything
from tests.strategies import topologies

CUSTOMERS = sorted((Path(__file__).parents[2] / "data" / "customers").glob("*.yaml"))
SECRET = """\
customer: Secretcorp
as_of: 2010-06-01
zones: [{name: internet, kind: internet}, {name: secretzone, kind: perimeter}, {name: network, kind: internal}]
ad_sites: [{name: Secretsite}]
forests: [{name: secretforest, zone: network}]
servers:
  - {name: SECRETCAS, version: "2010", roles: [CAS], zone: secretzone, site: Secretsite, domain_joined: true,
     os: secret build of windows, build: "14.3 secret", address: 10.9.8.7, also_runs: [secretscanner, tmg-2010]}
  - {name: SECRETMBX, version: "2010", roles: [MBX, HT], zone: network, site: Secretsite, domain_joined: true}
firewalls:
  - {name: secretwall, between: [secretzone, network], kind: network,
     allow: [{from: SECRETCAS, to: SECRETMBX, ports: [443/tcp]}]}
publishing: [{name: secretrule, product: secretproduct, kind: reverse-proxy, zone: secretzone, targets: [SECRETCAS]}]
assumptions: ["Secretcorp moves in May"]
waivers:
  - {finding: cas-in-perimeter@SECRETCAS, because: secret reason, owner: S. Ecret, ticket: SECRET-1}
  - {finding: secret@SECRETELSE+SECRETMBX, because: secret reason}
# secret comment
"""


def unzipped(name: str, data: bytes) -> bytes:
    if not name.endswith((".xlsx", ".docx")):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(member) for member in archive.namelist())


def test_no_name_and_no_word_of_the_customer_is_left_in_any_file_or_file_name(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "secretcorp.yaml"
    file.write_text(SECRET)
    broken = tmp_path / "in" / "secretbroken.yaml"
    broken.write_text("customer: secret\nsecretkey: 1\n")
    out = tmp_path / "out"
    made = make_reports([file, broken], out, Options(redact=True, formats=("xlsx", "docx")), progress=quiet)
    assert [outcome.state for outcome in made.outcomes] == ["made", "refused"], made.errors[0].told
    for name, data in everything(out).items():
        text = unzipped(name, data).lower()
        for word in (b"secret", b"10.9.8.7", b"ecret"):
            assert word not in text, (name, text[max(0, text.index(word) - 80) : text.index(word) + 40])
        assert "secret" not in name.lower()
    assert "secret" not in made.errors[0].told
    first = everything(out)
    make_reports([file, broken], out, Options(redact=True, formats=("xlsx", "docx")), progress=quiet)
    assert everything(out) == first


@pytest.mark.parametrize("file", CUSTOMERS, ids=lambda file: file.stem)
def test_the_verdicts_are_those_of_the_real_names(file: Path) -> None:
    topology, facts = read(file).topology, load()
    other = redacted.topology(topology, "key", facts)
    day = topology.as_of
    assert day is not None
    one, two = advise(topology, facts, day), advise(other, facts, day)
    assert sorted((f.statement, f.verdict, len(f.subjects)) for f in one.findings) == sorted(
        (f.statement, f.verdict, len(f.subjects)) for f in two.findings
    )


def test_another_key_gives_other_names() -> None:
    topology = read(CUSTOMERS[0]).topology
    one, other = redacted.topology(topology, "a"), redacted.topology(topology, "b")
    assert {server.name for server in one.servers}.isdisjoint(server.name for server in other.servers)


def test_what_people_call_products_and_systems_stays_in_the_words_of_the_tables_and_free_text_goes() -> None:
    plain = {
        "customer": "C",
        "zones": [{"name": "lan", "kind": "internal"}],
        "forests": [{"name": "a", "functional_level": "Windows 2003"}, {"name": "b", "functional_level": "secret"}],
        "servers": [
            {
                "name": "X",
                "version": "2019",
                "roles": ["MBX"],
                "zone": "lan",
                "os": "Windows Server 2019",
                "dotnet": "4.8",
            },
            {"name": "Y", "zone": "lan", "os": "secret", "dotnet": "secret", "also_runs": ["Microsoft TMG", "secret"]},
        ],
        "publishing": [{"name": "p", "product": "NetScaler"}, {"name": "q", "product": "secret"}, {"name": "r"}],
        "outlook": ["Outlook 2016", "secret"],
    }
    other = redacted.topology(Topology.model_validate(plain), "key", FACTS)
    assert [forest.functional_level for forest in other.forests] == ["windows-server-2003", None]
    assert [(one.os, one.dotnet, one.also_runs) for one in other.servers] == [
        ("windows-server-2019", "4.8", ()), (None, None, ("tmg-2010",))
    ]  # fmt: skip
    assert [rule.product for rule in other.publishing] == ["citrix-netscaler", "other", None]
    assert other.outlook == ("outlook-2016",)


@settings(max_examples=60, deadline=None)
@given(topologies())
def test_any_topology_can_be_redacted(topology: Topology) -> None:
    other = redacted.topology(topology, "key", FACTS)
    assert len(other.servers) == len(topology.servers)
    assert not {server.name for server in topology.servers} & {server.name for server in other.servers}


FACTS = load()
