"""Small topologies for tests: a sound base, and what a test changes in it."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from exkit.advice import Advice, Finding, advise
from exkit.facts import Facts, load
from exkit.topology import Topology

DAY = date(2010, 6, 1)


@cache
def facts() -> Facts:
    """The real facts, read once for all tests."""
    return load()


def host(name: str, roles: str, zone: str | None = "lan", **fields: Any) -> dict[str, Any]:
    """A server: `host("EX1", "CAS HT MBX", version="2010")`; Exchange servers but Edge are members in site HQ."""
    words = roles.split()
    server: dict[str, Any] = {"name": name, "roles": words}
    if zone is not None:
        server["zone"] = zone
    if fields.get("version") and "ET" not in words:
        server |= {"site": "HQ", "domain_joined": True}
    if "DC" in words:
        server["site"] = "HQ"
    return {key: value for key, value in (server | fields).items() if value is not ...}


def line(source: str, target: str, *ports: str) -> dict[str, Any]:
    """A line of a firewall."""
    return {"from": source, "to": target, "ports": list(ports)}


def wall(name: str, *between: str, **fields: Any) -> dict[str, Any]:
    """A firewall between zones."""
    return {"name": name, "between": list(between), "kind": "network", **fields}


def topology(*servers: dict[str, Any], **sections: Any) -> Topology:
    """A topology with the zones internet, dmz, lan and more as named, and the sites HQ and Branch."""
    zones = [
        {"name": "internet", "kind": "internet"},
        {"name": "dmz", "kind": "perimeter"},
        {"name": "lan", "kind": "internal"},
        {"name": "back", "kind": "internal"},
        {"name": "branch", "kind": "internal"},
        {"name": "repl", "kind": "replication"},
    ]
    base = {"customer": "Contoso", "zones": zones, "ad_sites": [{"name": "HQ"}, {"name": "Branch"}]}
    return Topology.model_validate({**base, "servers": list(servers), **sections})


def advice(*servers: dict[str, Any], as_of: date = DAY, **sections: Any) -> Advice:
    """What the real facts say of such a topology."""
    return advise(topology(*servers, **sections), facts(), as_of)


def found(result: Advice, statement: str) -> list[Finding]:
    """The findings of one statement."""
    return [finding for finding in result.findings if finding.statement == statement]


def verdicts(result: Advice, statement: str) -> list[str]:
    """The verdicts of the findings of one statement."""
    return [finding.verdict.value for finding in found(result, statement)]
