"""Which repairs can be made on the page: by choosing, and by taking away."""

from __future__ import annotations

from typing import Any

import pytest

from exkit.topology import Topology
from exkit.tutor.example import example
from exkit.tutor.picking import by_choosing
from exkit.workshop.forms import needed_lines
from tests.build import facts


def chosen(pattern: str, path: str, value: Any) -> tuple[Topology, Topology | None]:
    """A change of an example, and what choosing alone makes of it."""
    first = example(pattern)
    wanted = first.change(path, value).topology
    return wanted, by_choosing(first.topology, wanted, facts())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("servers.CAS1.zone", "dmz"),
        ("servers.CAS1.roles", ["ClientAccess"]),
        ("servers.CAS1.domain_joined", False),
        ("servers.CAS1.host_firewall", {"enabled": False, "configured_by": "manual"}),
        ("servers.CAS1.zone", None),
        ("firewalls.inner.allow", "any"),
        ("firewalls.inner.allow", []),
        ("publishing.web-mail.protocols", ["owa"]),
        ("publishing.web-mail.validation", "ldap"),
        ("hybrid", {"topology": "classic"}),
    ],
)
def test_what_the_lists_offer_can_be_chosen(path: str, value: object) -> None:
    wanted, made = chosen("recommended-2010", path, value)
    assert made == wanted


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("servers.CAS1.build", "14.3.123.4"),
        ("servers.CAS1.os", "windows-nt-4"),
        ("forests.corp.functional_level", "windows-server-2008"),
        ("as_of", "2011-01-01"),
        ("outlook", ["outlook-2010"]),
        ("mail_flow.internet > EDGE1 > CAS1.path", ["internet", "CAS1"]),
    ],
)
def test_what_has_to_be_written_cannot_be_chosen(path: str, value: object) -> None:
    assert chosen("recommended-2010", path, value)[1] is None


def test_lines_of_a_firewall_become_those_that_are_needed() -> None:
    wanted, made = chosen("recommended-2010", "firewalls.inner.allow", [{"from": "dmz", "to": "lan", "ports": ["any"]}])
    assert made and made != wanted
    lines = next(device for device in made.to_plain()["firewalls"] if device["name"] == "inner")["allow"]
    assert lines == needed_lines(example("recommended-2010").topology, facts(), "inner")


def test_an_item_is_taken_away_and_none_is_added() -> None:
    first = example("recommended-2010")
    less = first.remove("servers.EDGE1")
    assert by_choosing(first.topology, less.topology, facts()) is None, "its mail flow would have to be drawn anew"
    more = first.add("servers", {"name": "DC2", "roles": ["DC"], "zone": "lan", "site": "Glassworks"})
    assert by_choosing(more.topology, first.topology, facts()) == first.topology
    assert by_choosing(first.topology, more.topology, facts()) is None
