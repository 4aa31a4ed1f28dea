"""Who may be a member of a cluster or DAG, and how many."""

from __future__ import annotations

import pytest

from tests.build import host
from tests.rules.rows import EX10, Row, fires, silent

EX1 = host("EX1", "MBX", version="2019")
EX2 = host("EX2", "MBX", version="2019")
EX3 = host("EX3", "MBX", version="2019")
PAIR = {"name": "DAG1", "members": ["EX1", "EX2"]}
CAS13 = host("CAS1", "CAS", version="2013")
MBX13 = host("MBX1", "MBX", version="2013")
MANY = [host(f"EX{number}", "MBX", version="2016") for number in range(1, 18)]
NODES = [host(f"NODE{number}", "MBX", version="2007") for number in range(1, 4)]
FORESTS = [{"name": "corp"}, {"name": "bought"}]


def of(*members: str, kind: str = "dag") -> list[dict]:
    return [{"name": "DAG1", "kind": kind, "members": list(members)}]


ROWS: list[Row] = [
    fires("a Client Access server in a DAG", "dag-member-role", "unsupported", CAS13, MBX13, dags=of("CAS1", "MBX1")),
    fires("a file server in a DAG", "dag-member-role", "unsupported", EX1, host("FS1", "Witness"),
          dags=of("EX1", "FS1")),
    silent("Mailbox servers in a DAG", "dag-member-role", EX1, EX2, dags=[PAIR]),
    silent("multi-role servers of 2010 in a DAG", "dag-member-role", EX10, dags=of("EX1")),
    silent("a member whose roles nobody wrote", "dag-member-role", EX1, EX2 | {"roles": []}, dags=[PAIR]),
    fires("a server in two DAGs", "dag-member-of-one", "unsupported", EX1, EX2, EX3,
          dags=[PAIR, {"name": "DAG2", "members": ["EX2", "EX3"]}]),
    silent("a member that is the witness of another DAG", "dag-member-of-one", EX1, EX2, EX3,
           dags=[PAIR, {"name": "DAG2", "members": ["EX3"], "witness": "EX1"}]),
    fires("17 members", "cluster-too-many-members", "unsupported", *MANY, dags=of(*(one["name"] for one in MANY))),
    silent("16 members", "cluster-too-many-members", *MANY, dags=of(*(one["name"] for one in MANY[:16]))),
    fires("a CCR cluster of three nodes", "cluster-too-many-members", "unsupported", *NODES,
          dags=of("NODE1", "NODE2", "NODE3", kind="ccr")),
    silent("a CCR cluster of two", "cluster-too-many-members", *NODES, dags=of("NODE1", "NODE2", kind="ccr")),
    silent("a single copy cluster of three", "cluster-too-many-members", *NODES,
           dags=of("NODE1", "NODE2", "NODE3", kind="scc")),
    fires("members in two forests", "dag-one-domain", "unsupported", EX1 | {"forest": "corp"},
          EX2 | {"forest": "bought"}, dags=[PAIR], forests=FORESTS),
    silent("members in one forest", "dag-one-domain", EX1 | {"forest": "corp"}, EX2 | {"forest": "corp"}, dags=[PAIR],
           forests=FORESTS),
    silent("a member whose forest nobody wrote", "dag-one-domain", EX1 | {"forest": "corp"}, EX2, dags=[PAIR],
           forests=FORESTS),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()
