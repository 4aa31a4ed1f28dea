"""Clusters of 2007, database availability groups, their networks and their witnesses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.build import host, line, wall
from tests.rules.rows import EX10, MBX10, Row, asks, fires, rule_of, silent

SCW = {"enabled": True, "configured_by": "scw"}
OFF = {"enabled": False}
NODE1 = host("NODE1", "MBX", version="2007", host_firewall=SCW)
NODE2 = host("NODE2", "MBX", version="2007", host_firewall=SCW)
CCR = [{"name": "CCR1", "kind": "ccr", "members": ["NODE1", "NODE2"]}]
REPLICATED = EX10 | {"also_in": ["repl"]}
DAG = [{"name": "DAG1", "members": ["EX1", "MBX1"], "witness": "FS1"}]
MEMBERS = [{"name": "DAG1", "members": ["EX1", "MBX1"]}]
EX19 = host("EX1", "MBX", version="2019")
EX3 = host("EX3", "MBX", version="2019")
FS1 = host("FS1", "Witness")
FILE_SERVER = FS1 | {"domain_joined": True}
PAIR = [{"name": "DAG1", "members": ["EX1", "EX3"], "witness": "FS1"}]
BRANCH = {"zone": "branch", "site": "Branch"}
VPN = [wall("vpn", "lan", "branch", kind="site-to-site-vpn")]
CLOUD = [{"name": "lan", "kind": "internal"}, {"name": "azure", "kind": "cloud"}]
NETS = [
    {"name": "lan", "kind": "internal"},
    {"name": "r1", "kind": "replication"},
    {"name": "r2", "kind": "replication"},
]
IN_R1, IN_R2 = EX19 | {"also_in": ["r1"]}, EX3 | {"also_in": ["r2"]}


def witness(name: str = "FS1") -> dict:
    return {"dags": [{"name": "DAG1", "members": ["EX1", "EX3"], "witness": name}]}


def of_2010(*witnesses: dict[str, Any], name: str = "FS1") -> tuple[dict[str, Any], ...]:
    """Two members of 2010 and what a test puts beside them."""
    return (EX10, host("EX3", "CAS HT MBX", version="2010"), *witnesses)


ROWS: list[Row] = [
    fires(
        "a switch that joins clients and servers walls the replication network off",
        "dag-networks-walled-off",
        "supported",
        REPLICATED,
        MBX10 | {"also_in": ["repl"]},
        dags=[{"name": "DAG1", "members": ["EX1", "MBX1"]}],
        firewalls=[wall("core", "lan", "branch", "repl", allow=[line("branch", "EX1", "443/tcp")])],
    ),
    fires(
        "a witness behind rules that nobody wrote",
        "dag-firewall-to-witness",
        "conditional",
        EX10,
        MBX10,
        host("FS1", "Witness", "back"),
        dags=DAG,
        firewalls=[wall("t", "lan", "back")],
    ),
    fires("DAG members in one network", "dag-members-open", "supported", EX10, MBX10, dags=MEMBERS),
    silent(
        "DAG members behind a filter",
        "dag-members-open",
        EX10,
        MBX10 | {"zone": "back"},
        dags=MEMBERS,
        firewalls=[wall("t", "lan", "back", allow=[])],
    ),
    fires(
        "a replication network kept apart",
        "dag-networks-walled-off",
        "supported",
        REPLICATED,
        MBX10 | {"also_in": ["repl"]},
        dags=MEMBERS,
        firewalls=[wall("r", "lan", "repl", allow=[])],
    ),
    silent(
        "a replication network that traffic reaches is not kept apart",
        "dag-networks-walled-off",
        REPLICATED,
        MBX10 | {"also_in": ["repl"]},
        dags=MEMBERS,
        firewalls=[wall("r", "lan", "repl", allow="any")],
    ),
    fires("CCR with the Windows firewall on", "ccr-windows-firewall-failover", "conditional", NODE1, NODE2, dags=CCR),
    silent(
        "CCR with the Windows firewall off",
        "ccr-windows-firewall-failover",
        NODE1 | {"host_firewall": OFF},
        NODE2 | {"host_firewall": OFF},
        dags=CCR,
    ),
    fires(
        "a Hub on a CCR node",
        "ccr-mbx-only",
        "unsupported",
        NODE1 | {"roles": ["Mailbox", "HubTransport"]},
        NODE2,
        dags=CCR,
    ),
    silent("CCR nodes with mailboxes alone", "ccr-mbx-only", NODE1, NODE2, dags=CCR),
    fires("CCR over two sites", "ccr-nodes-one-site", "unsupported", NODE1, NODE2 | {"site": "Branch"}, dags=CCR),
    silent("CCR in one site", "ccr-nodes-one-site", NODE1, NODE2, dags=CCR),
    fires(
        "several roles on a DAG member",
        "dag-multirole",
        "supported",
        EX10,
        MBX10,
        dags=[{"name": "DAG1", "members": ["EX1", "MBX1"]}],
    ),
    silent(
        "mailboxes alone on DAG members",
        "dag-multirole",
        MBX10,
        host("MBX2", "MBX", version="2010"),
        dags=[{"name": "DAG1", "members": ["MBX1", "MBX2"]}],
    ),
    fires(
        "Windows NLB on DAG members",
        "dag-cas-wnlb",
        "unsupported",
        EX10,
        MBX10,
        dags=[{"name": "DAG1", "members": ["EX1", "MBX1"]}],
        publishing=[rule_of(kind="load-balancer", product="windows-nlb", host=..., targets=["EX1"])],
    ),
    fires(
        "Windows NLB runs on DAG members",
        "dag-cas-wnlb",
        "unsupported",
        EX10 | {"also_runs": ["windows-nlb"]},
        MBX10,
        dags=MEMBERS,
    ),
    silent(
        "a load balancer before DAG members",
        "dag-cas-wnlb",
        EX10,
        MBX10,
        dags=[{"name": "DAG1", "members": ["EX1", "MBX1"]}],
        publishing=[rule_of(kind="load-balancer", product="other", host=..., targets=["EX1"])],
    ),
    fires(
        "a replication network that traffic reaches",
        "dag-networks-isolated",
        "conditional",
        REPLICATED,
        MBX10 | {"also_in": ["repl"]},
        dags=[{"name": "DAG1", "members": ["EX1", "MBX1"]}],
        firewalls=[wall("r", "lan", "repl", allow="any")],
    ),
    silent(
        "a replication network walled off",
        "dag-networks-isolated",
        REPLICATED,
        MBX10 | {"also_in": ["repl"]},
        dags=[{"name": "DAG1", "members": ["EX1", "MBX1"]}],
        firewalls=[wall("r", "lan", "repl", allow=[])],
    ),
    asks(
        "a replication network behind rules that nobody wrote",
        "dag-networks-isolated",
        REPLICATED,
        MBX10 | {"also_in": ["repl"]},
        dags=[{"name": "DAG1", "members": ["EX1", "MBX1"]}],
        firewalls=[wall("r", "lan", "repl")],
    ),
    fires(
        "a filter before the witness",
        "dag-firewall-to-witness",
        "conditional",
        EX10,
        MBX10,
        host("FS1", "Witness", "back"),
        dags=DAG,
        firewalls=[wall("t", "lan", "back", allow=[line("lan", "FS1", "445/tcp")])],
    ),
    silent("a witness beside the members", "dag-firewall-to-witness", EX10, MBX10, host("FS1", "Witness"), dags=DAG),
    fires(
        "members on two Windows versions",
        "dag-mixed-os",
        "unsupported",
        EX19 | {"os": "windows-server-2019"},
        EX3 | {"os": "windows-server-2022"},
        FS1,
        dags=PAIR,
    ),
    silent(
        "members on one",
        "dag-mixed-os",
        EX19 | {"os": "windows-server-2019"},
        EX3 | {"os": "windows-server-2019"},
        FS1,
        dags=PAIR,
    ),
    fires(
        "members of two versions", "dag-mixed-exchange", "unsupported", EX19, EX3 | {"version": "2016"}, FS1, dags=PAIR
    ),
    silent("members of one", "dag-mixed-exchange", EX19, EX3, FS1, dags=PAIR),
    fires("a member as witness", "dag-witness-member", "unsupported", EX19, EX3, **witness(name="EX3")),
    silent("a file server as witness", "dag-witness-member", EX19, EX3, FS1, dags=PAIR),
    fires(
        "a witness in the perimeter",
        "dag-witness-perimeter",
        "not-recommended",
        EX19,
        EX3,
        FS1 | {"zone": "dmz"},
        dags=PAIR,
    ),
    silent("a witness inside", "dag-witness-perimeter", EX19, EX3, FS1, dags=PAIR),
    silent(
        "a witness beside members that all stand in the perimeter themselves",
        "dag-witness-perimeter",
        EX19 | {"zone": "dmz"},
        EX3 | {"zone": "dmz"},
        FS1 | {"zone": "dmz"},
        dags=PAIR,
    ),
    silent(
        "a firewall before a cloud witness, which is no witness for a DAG whatever passes",
        "dag-firewall-to-witness",
        EX19,
        EX3,
        FS1 | {"roles": ["CloudWitness"], "zone": "back"},
        dags=PAIR,
        firewalls=[wall("fw", "lan", "back", allow=[])],
    ),
    fires("a DC as witness", "dag-witness-dc", "not-recommended", EX19, EX3, FS1 | {"roles": ["DC"]}, dags=PAIR),
    silent("no DC as witness", "dag-witness-dc", EX19, EX3, FS1, dags=PAIR),
    fires(
        "a cloud witness", "dag-witness-cloud", "unsupported", EX19, EX3, FS1 | {"roles": ["CloudWitness"]}, dags=PAIR
    ),
    silent("no cloud witness", "dag-witness-cloud", EX19, EX3, FS1, dags=PAIR),
    fires(
        "a witness in a workgroup",
        "dag-witness-other-forest",
        "unsupported",
        EX19,
        EX3,
        FS1 | {"domain_joined": False},
        dags=PAIR,
    ),
    silent("a witness in the domain", "dag-witness-other-forest", EX19, EX3, FS1 | {"domain_joined": True}, dags=PAIR),
    fires(
        "a domain controller in a DAG",
        "ad-dc-in-dag",
        "unsupported",
        EX19 | {"roles": ["MBX", "DC"]},
        EX3,
        FS1,
        dags=PAIR,
    ),
    fires(
        "a domain controller in a DAG of 2010",
        "ad-dc-in-dag",
        "unsupported",
        EX10 | {"roles": ["CAS", "HT", "MBX", "DC"]},
        MBX10,
        dags=MEMBERS,
    ),
    fires(
        "a domain controller in a CCR cluster",
        "ad-dc-in-dag",
        "unsupported",
        NODE1 | {"roles": ["MBX", "DC"]},
        NODE2,
        dags=CCR,
    ),
    fires(
        "a domain controller in a cluster of 2003",
        "ad-dc-in-dag",
        "unsupported",
        host("BE1", "BE DC", version="2003"),
        host("BE2", "BE", version="2003"),
        dags=[{"name": "EVS1", "kind": "scc", "members": ["BE1", "BE2"]}],
    ),
    silent("member servers in a DAG", "ad-dc-in-dag", EX19, EX3, FS1, dags=PAIR),
    fires(
        "members of 2010 and 2013",
        "dag-mixed-exchange",
        "unsupported",
        EX10,
        host("EX3", "CAS MBX", version="2013"),
        FS1,
        dags=PAIR,
    ),
    fires(
        "members of 2010 on two systems",
        "dag-mixed-os",
        "unsupported",
        EX10 | {"os": "windows-server-2008"},
        MBX10 | {"os": "windows-server-2008-r2"},
        dags=MEMBERS,
    ),
    asks("a DAG of servers of 2007", "cluster-not-in-version", NODE1, NODE2, dags=[CCR[0] | {"kind": "dag"}]),
    asks(
        "a CCR cluster of servers of 2010", "cluster-not-in-version", EX10, MBX10, dags=[MEMBERS[0] | {"kind": "ccr"}]
    ),
    silent("a CCR cluster of 2007", "cluster-not-in-version", NODE1, NODE2, dags=CCR),
    silent("a DAG of 2019", "cluster-not-in-version", EX19, EX3, FS1, dags=PAIR),
    fires(
        "one network for all",
        "dag-single-nic",
        "supported",
        EX19 | {"also_in": []},
        EX3 | {"also_in": []},
        FS1,
        dags=PAIR,
    ),
    silent(
        "networks not written, of which no answer would change anything", "dag-single-nic", EX19, EX3, FS1, dags=PAIR
    ),
    silent("nor is that a question", "dag-networks-uneven", EX19, EX3, FS1, dags=PAIR),
    fires(
        "two networks each",
        "dag-replication-network",
        "supported",
        EX19 | {"also_in": ["repl"]},
        EX3 | {"also_in": ["repl"]},
        FS1,
        dags=PAIR,
    ),
    silent("one network", "dag-replication-network", EX19 | {"also_in": []}, EX3 | {"also_in": []}, FS1, dags=PAIR),
    fires(
        "one member without the replication network",
        "dag-networks-uneven",
        "unsupported",
        EX19 | {"also_in": ["repl"]},
        EX3 | {"also_in": []},
        FS1,
        dags=PAIR,
    ),
    asks(
        "a replication network of one member, of the other nothing is written",
        "dag-networks-uneven",
        EX19 | {"also_in": ["repl"]},
        EX3,
        FS1,
        dags=PAIR,
    ),
    fires("members in two sites", "dag-span-sites", "supported", EX19, EX3 | BRANCH, FS1, dags=PAIR, firewalls=VPN),
    silent("members in one site", "dag-span-sites", EX19, EX3, FS1, dags=PAIR),
    fires(
        "a port list between replication networks",
        "dag-replication-filtered",
        "unsupported",
        IN_R1,
        IN_R2,
        FS1,
        dags=PAIR,
        zones=NETS,
        firewalls=[wall("fw", "r1", "r2", allow=[line("any", "any", "64327/tcp")])],
    ),
    asks(
        "a device between them without rules",
        "dag-replication-filtered",
        IN_R1,
        IN_R2,
        FS1,
        dags=PAIR,
        zones=NETS,
        firewalls=[wall("fw", "r1", "r2")],
    ),
    silent(
        "a router between them that passes everything",
        "dag-replication-filtered",
        IN_R1,
        IN_R2,
        FS1,
        dags=PAIR,
        zones=NETS,
        firewalls=[wall("fw", "r1", "r2", kind="router-acl", allow="any")],
    ),
    silent(
        "two replication networks that both members are in, walled off from each other",
        "dag-replication-filtered",
        EX19 | {"also_in": ["r1", "r2"]},
        EX3 | {"also_in": ["r1", "r2"]},
        FS1,
        dags=PAIR,
        zones=NETS,
        firewalls=[wall("fw", "r1", "r2", allow=[])],
    ),
    fires("an automatic private address", "dag-apipa", "unsupported", EX19 | {"address": "169.254.7.7"}),
    silent("an address of the LAN", "dag-apipa", EX19 | {"address": "10.0.0.7"}),
    fires("a file server of the domain", "dag-witness-fit", "supported", EX19, EX3, FILE_SERVER, dags=PAIR),
    fires(
        "a server of Exchange that is no member",
        "dag-witness-fit",
        "supported",
        EX19,
        EX3,
        host("EX4", "MBX", version="2019"),
        **witness(name="EX4"),
    ),
    fires(
        "a Hub Transport server as witness of 2010",
        "dag-witness-fit",
        "supported",
        *of_2010(host("HUB1", "CAS HT", version="2010")),
        **witness(name="HUB1"),
    ),
    silent("a file server of which nobody says that it is a member", "dag-witness-fit", EX19, EX3, FS1, dags=PAIR),
    asks("that is a question", "membership-not-known", EX19, EX3, FS1, dags=PAIR),
    asks("a witness without a zone", "server-without-zone", EX19, EX3, FILE_SERVER | {"zone": None}, dags=PAIR),
    fires(
        "a witness in a third site",
        "dag-witness-third-site",
        "supported",
        EX19,
        EX3 | BRANCH,
        FILE_SERVER | {"zone": "back", "site": "Third"},
        dags=PAIR,
        ad_sites=[{"name": name} for name in ("HQ", "Branch", "Third")],
        firewalls=VPN,
    ),
    fires(
        "a witness of 2010 in a third site",
        "dag-witness-third-site",
        "not-recommended",
        *of_2010(FILE_SERVER | {"zone": "back", "site": "Third"})[:1],
        host("EX3", "CAS HT MBX", version="2010", **BRANCH),
        FILE_SERVER | {"zone": "back", "site": "Third"},
        dags=PAIR,
        ad_sites=[{"name": name} for name in ("HQ", "Branch", "Third")],
        firewalls=VPN,
    ),
    silent(
        "a witness in the site of a member",
        "dag-witness-third-site",
        EX19,
        EX3 | BRANCH,
        FILE_SERVER | {"site": "HQ"},
        dags=PAIR,
        firewalls=VPN,
    ),
    fires(
        "all members in one site, the witness in another",
        "dag-witness-away",
        "conditional",
        EX19,
        EX3,
        FILE_SERVER | BRANCH,
        dags=PAIR,
        firewalls=VPN,
    ),
    silent("the witness beside them", "dag-witness-away", EX19, EX3, FILE_SERVER | {"site": "HQ"}, dags=PAIR),
    fires(
        "a file server in Azure",
        "dag-witness-azure-vm",
        "conditional",
        EX19,
        EX3,
        FILE_SERVER | {"zone": "azure"},
        dags=PAIR,
        zones=CLOUD,
        firewalls=[wall("vpn", "lan", "azure", kind="site-to-site-vpn")],
    ),
    fires(
        "a file server in Azure for 2010",
        "dag-witness-azure-vm",
        "not-recommended",
        *of_2010(FILE_SERVER | {"zone": "azure"}),
        dags=PAIR,
        zones=CLOUD,
    ),
    silent("a file server inside", "dag-witness-azure-vm", EX19, EX3, FILE_SERVER, dags=PAIR),
    fires("a storage box as witness", "dag-witness-os", "unsupported", EX19, EX3, FS1 | {"os": "linux"}, dags=PAIR),
    fires(
        "Windows Server 2003 as witness of 2019",
        "dag-witness-os",
        "unsupported",
        EX19,
        EX3,
        FS1 | {"os": "windows-server-2003"},
        dags=PAIR,
    ),
    silent(
        "Windows Server 2003 as witness of 2010",
        "dag-witness-os",
        *of_2010(FS1 | {"os": "windows-server-2003"}),
        dags=PAIR,
    ),
    silent(
        "Windows Server 2016 as witness", "dag-witness-os", EX19, EX3, FS1 | {"os": "windows-server-2016"}, dags=PAIR
    ),
    asks(
        "two members and no witness",
        "dag-witness-not-written",
        EX19,
        EX3,
        dags=[{"name": "DAG1", "members": ["EX1", "EX3"]}],
    ),
    silent(
        "three members need none",
        "dag-witness-not-written",
        EX19,
        EX3,
        host("EX4", "MBX", version="2019"),
        dags=[{"name": "DAG1", "members": ["EX1", "EX3", "EX4"]}],
    ),
    fires("a member as witness of 2010", "dag-witness-member", "unsupported", *of_2010(), **witness(name="EX3")),
    fires("a DC as witness of 2010", "dag-witness-dc", "not-recommended", *of_2010(FS1 | {"roles": ["DC"]}), dags=PAIR),
    fires(
        "a witness of 2010 in a workgroup",
        "dag-witness-other-forest",
        "unsupported",
        *of_2010(FS1 | {"domain_joined": False}),
        dags=PAIR,
    ),
    fires(
        "a witness of 2010 in the perimeter",
        "dag-witness-perimeter",
        "not-recommended",
        *of_2010(FILE_SERVER | {"zone": "dmz"}),
        dags=PAIR,
        firewalls=[wall("fw", "dmz", "lan", allow=[line("lan", "FS1", "445/tcp")])],
    ),
    fires(
        "a cloud witness of 2010",
        "dag-witness-cloud",
        "unsupported",
        *of_2010(FS1 | {"roles": ["CloudWitness"]}),
        dags=PAIR,
    ),
    fires(
        "a node as witness of a CCR cluster",
        "dag-witness-member",
        "unsupported",
        NODE1,
        NODE2,
        dags=[CCR[0] | {"witness": "NODE1"}],
    ),
    fires(
        "the witness of a CCR cluster in the perimeter",
        "dag-witness-perimeter",
        "not-recommended",
        NODE1,
        NODE2,
        FILE_SERVER | {"zone": "dmz"},
        dags=[CCR[0] | {"witness": "FS1"}],
    ),
    silent(
        "a DAG of servers of 2007 asks for its kind, not for a statement on 2007",
        "dag-members-open",
        NODE1,
        NODE2,
        dags=[CCR[0] | {"kind": "dag"}],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()
