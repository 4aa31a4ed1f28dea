"""What is said of hosts stays said in whatever company they are: beside strangers, and under other names.

A rule that looks at the first of many only, or at what sorts first, is found here: each row of other files is judged
again.
"""

from __future__ import annotations

from typing import Any

import pytest

from exkit.advice import Advice, advise
from exkit.topology import Topology
from tests.build import day_for, facts, line, names_in, renamed, topology, wall
from tests.rules.rows import Row
from tests.rules.test_every_statement import ROWS

# Hosts, devices and rules that have nothing to do with anybody else, and sort before them.
ROLES = ("LoadBalancer", "SMTPGateway", "IPGateway", "SessionBorderController", "Witness", "CloudWitness")
HOSTS = [
    *({"name": f"0HOST{number}", "roles": [], "zone": "0a", "domain_joined": True} for number in (1, 2)),
    *({"name": f"0{role}", "roles": [role], "zone": "0a"} for role in (*ROLES, "ManagementHost")),
]
WALLS = [
    wall("0shut", "0a", "0b", allow=[]),
    wall("0open", "0a", "0b", allow="any", inspects=[]),
    wall("0unknown", "0a", "0b"),
    wall("0reads", "0a", "0b", allow=[line("any", "any", "443/tcp")], inspects=["tls", "esmtp"], nat=True),
]
KINDS: list[dict[str, Any]] = [
    {"kind": "reverse-proxy", "product": "other", "protocols": ["imap"], "preauth": "none", "tls": "bridging"},
    {"kind": "reverse-proxy", "product": "wap-2016", "protocols": ["owa"], "preauth": "none", "tls": "bridging"},
    {"kind": "reverse-proxy", "product": "kemp", "protocols": ["federation"], "preauth": "ntlm", "validation": "ldap",
     "tls": "pass-through"},
    {"kind": "reverse-proxy", "product": "arr", "protocols": ["pop"], "preauth": "certificate", "tls": "offload",
     "validation": "active-directory"},
    {"kind": "cloud-connector", "product": "other", "protocols": ["calendar"], "preauth": "none"},
    {"kind": "load-balancer", "product": "f5-ltm", "protocols": ["owa"], "preauth": "none"},
    {"kind": "port-forward", "host": ..., "protocols": ["owa"], "preauth": "basic"},
    {"kind": "port-forward", "host": ..., "protocols": ["smtp"]},
]  # fmt: skip
STRANGERS: dict[str, list[dict[str, Any]]] = {
    "zones": [{"name": name, "kind": "internal"} for name in ("0a", "0b")],
    "ad_sites": [{"name": "0HERE"}, {"name": "0THERE", "internet_facing": False}],
    "servers": HOSTS,
    "firewalls": WALLS,
    "publishing": [
        {key: value for key, value in base.items() if value is not ...}
        for number, kind in enumerate(KINDS)
        for base in [{"name": f"0rule{number}", "host": "0HOST1", "targets": ["0HOST2"], **kind}]
    ],
    "dags": [
        {"name": "0dag1", "kind": "scc", "members": ["0HOST1"]},
        {"name": "0dag2", "kind": "dag", "members": ["0HOST1"]},
        *(
            {"name": f"0{kind}", "kind": kind, "members": ["0HOST1", "0HOST2"], "witness": "0HOST1"}
            for kind in ("dag", "ccr")
        ),
    ],
    "mail_flow": [{"path": ["0HOST1", "0HOST2"]}, {"path": ["0HOST2", "0LoadBalancer", "0HOST1"]}],
}


def judged(row: Row, plain: dict[str, Any]) -> Advice:
    return advise(Topology.model_validate(plain), facts(), row.as_of or day_for(*row.servers))


def plain(row: Row) -> dict[str, Any]:
    return {**topology(*row.servers, **row.sections).to_plain(), "waivers": []}


def said(advice: Advice, of: set[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    return sorted((one.id, one.verdict.value, one.subjects) for one in advice.findings if of & set(one.subjects))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_strangers_change_nothing(row: Row) -> None:
    alone = plain(row)
    among = {**alone, **{section: [*many, *(alone.get(section) or ())] for section, many in STRANGERS.items()}}
    names = {*names_in(Topology.model_validate(alone)), "hybrid"}
    assert said(judged(row, among), names) == said(judged(row, alone), names)


def of_each(advice: Advice, new: dict[str, str]) -> set[tuple[str, str, str]]:
    return {(new.get(name, name), one.statement, one.verdict.value) for one in advice.findings for name in one.subjects}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_names_in_the_other_order_change_nothing(row: Row) -> None:
    here = plain(row)
    names = names_in(Topology.model_validate(here))
    new = {name: f"n{number:03}" for number, name in enumerate(reversed(names))}
    assert of_each(judged(row, renamed(here, new)), {}) == of_each(judged(row, here), new)
