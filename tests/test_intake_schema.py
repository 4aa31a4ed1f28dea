"""The JSON Schema: it takes what the reader takes, and refuses what an editor can already tell to be wrong."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from exkit.intake import TopologyError, json_schema, read_text, write
from tests.strategies import HOSTILE_NAMES, topologies

CASES = sorted((Path(__file__).parent / "cases").glob("*/[bs][0-9]*.yaml"))
SCHEMA = json_schema(["tmg-2010", "isa-2006"])
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: numbers are numbers; yes, no, on, off and dates are text."""


NUMBERS_ONLY = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
EditorLoader.yaml_implicit_resolvers = NUMBERS_ONLY
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def complaints(text):
    return [error.message for error in VALIDATOR.iter_errors(yaml.load(text, EditorLoader))]


def test_the_schema_is_a_valid_schema_of_draft_2020_12():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_is_valid_as_the_customer_wrote_it(path):
    assert complaints(path.read_text()) == []


@given(topologies(names=HOSTILE_NAMES))
@settings(max_examples=20, deadline=None)
def test_whatever_is_written_canonically_is_valid(topology):
    assert complaints(write(topology)) == []


@pytest.mark.parametrize(
    "text",
    [
        "servers: [{name: A, version: 2010, roles: [CAS, HT, DC]}]",
        "servers: [{name: 7, version: SE, os: 2.5, build: 15.2}]",
        "servers: [{name: A, zone: , roles: , extended_protection: off}]",
        "servers: [{name: A, dotnet: 4.8}]\nforests: [{name: F, functional_level: windows-server-2016}]\noutlook: [a]",
        "servers:\nhybrid: none",
        "zones: [{name: a, kind: internal}, {name: b, kind: internal}]\n"
        "firewalls: [{name: f, between: [a, b], allow: any}]",
        "publishing: [{name: p, product: an-old-box}]",
    ],
)
def test_what_the_reader_takes_the_schema_takes(text):
    text = "customer: C\n" + text
    assert read_text(text, "c").topology.customer == "C"
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "servers: [{name: A, version: 2011}]",
        "servers: [{name: A, roles: [CAX]}]",
        "servers: [{name: A, zoen: lan}]",
        "servers: [{name: A, domain_joined: yes}]",
        "servers: [{version: 2010}]",
        "zones: [{name: a, kind: internal}, {name: b, kind: internal}]\n"
        "firewalls: [{name: f, between: [a, b], allow: [{from: a, to: b, ports: [25]}]}]",
        "hybrid: nope",
        "as_of: 2010-13-01",
        "custmer: D",
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(text):
    text = "customer: C\n" + text
    with pytest.raises(TopologyError):
        read_text(text, "c")
    assert complaints(text)


def test_editors_are_offered_the_products_but_may_take_another():
    product = SCHEMA["$defs"]["Publishing"]["properties"]["product"]
    assert product["examples"] == ["isa-2006", "tmg-2010"]
    assert "examples" not in json_schema()["$defs"]["Publishing"]["properties"]["product"]


def test_every_model_is_described_to_the_person_who_types():
    assert all(model["description"] for model in SCHEMA["$defs"].values())
