"""What lies between servers: the edges that mutants and laws showed nobody had tested."""

from __future__ import annotations

import pytest

from tests.build import host, line, wall
from tests.rules.rows import BE03, Row, fires, silent

BE2 = host("BE2", "BE", "back", version="2003")
SOME = [line("any", "any", "25/tcp")]

ROWS = [
    fires(
        "a filter is allowed between servers of 2003, but not one that translates addresses",
        "nat-between-exchange",
        "not-recommended",
        BE03,
        BE2,
        firewalls=[wall("tier", "lan", "back", allow=SOME, inspects=[], nat=True)],
    ),
    silent(
        "of a device that translates and filters between servers of 2003 the worse is told",
        "firewall-between-legacy-servers",
        BE03,
        BE2,
        firewalls=[wall("tier", "lan", "back", allow=SOME, inspects=[], nat=True)],
    ),
    fires(
        "a filter between servers of 2003 that translates nothing stays conditional",
        "firewall-between-legacy-servers",
        "conditional",
        BE03,
        BE2,
        firewalls=[wall("tier", "lan", "back", allow=SOME, inspects=[], nat=False)],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()
