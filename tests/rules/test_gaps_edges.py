"""What is asked and what is not: membership, zones, ways, proxies; and the systems that servers run on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.build import advice, found, host, line, wall
from tests.rules.rows import BE03, CAS10, DC, EDGE10, EX10, FE03, MBX10, Row, asks, fires, rule_of, silent

PROXY = host("TMG1", "ReverseProxy", "dmz")
EX16 = host("EX1", "MBX", version="2016", build="15.1.2507.6")
EX19 = host("EX1", "MBX", version="2019", build="15.2.1748.10")
SE = host("EX2", "MBX", version="SE", build="15.2.2562.17")
FS = host("FS1", "Witness")
IN_2026 = date(2026, 1, 1)
IN_A_DAG = {"dags": [{"name": "D", "members": ["EX1", "EX5"], "witness": "FS1"}]}


def asked_of(statement: str, *servers: dict[str, Any], **sections: Any) -> list[str]:
    return [name for one in found(advice(*servers, **sections), statement) for name in one.subjects]


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, True),
        ({"validation": "ldap"}, False),
        ({"validation": "radius"}, False),
        ({"validation": ...}, True),
        ({"validation": ..., "preauth": "adfs"}, False),
        ({"validation": ..., "preauth": "entra"}, False),
        ({"validation": "ldap", "delegation": "kcd", "target_auth": ["windows"]}, True),
        ({"validation": "ldap", "preauth": "certificate"}, True),
        ({"validation": "ldap", "preauth": "ntlm"}, True),
        ({"validation": "ldap", "preauth": "kerberos"}, False),
        ({"preauth": "none"}, False),
        ({"preauth": ...}, False),
        ({"product": ...}, True),
        ({"product": "f5-apm"}, False),
        ({"product": "isa-2006"}, True),
        ({"domain_joined": True}, False),
        ({"domain_joined": False}, False),
    ],
)
def test_it_is_asked_whether_a_proxy_is_a_member_where_that_decides(fields: dict[str, Any], asked: bool) -> None:
    result = asked_of("membership-not-known", PROXY, CAS10, publishing=[rule_of(**fields)])
    assert result == (["TMG1"] if asked else [])


def test_what_another_rule_tells_of_another_host_answers_nothing() -> None:
    rules = [rule_of("a"), rule_of("b", host="TMG2", domain_joined=True)]
    servers = (PROXY, PROXY | {"name": "TMG2"}, CAS10)
    assert asked_of("membership-not-known", *servers, publishing=rules) == ["TMG1"]
    rules.append(rule_of("c", domain_joined=False))
    assert asked_of("membership-not-known", *servers, publishing=rules) == []


@pytest.mark.parametrize(
    ("witness", "kind", "asked"),
    [
        (FS, "dag", True),
        (FS, "ccr", False),
        (FS | {"roles": ["Witness", "DC"]}, "dag", False),
        (FS | {"roles": ["CloudWitness"]}, "dag", False),
        (FS | {"forest": "corp"}, "dag", False),
        (FS | {"domain_joined": True}, "dag", False),
    ],
)
def test_it_is_asked_whether_a_file_server_that_is_witness_is_a_member(witness: dict, kind: str, asked: bool) -> None:
    cluster = {"name": "DAG1", "kind": kind, "members": ["MBX1"], "witness": "FS1"}
    members = MBX10 | ({"version": "2007"} if kind == "ccr" else {})
    told = asked_of("membership-not-known", members, witness, dags=[cluster], forests=[{"name": "corp"}])
    assert told == (["FS1"] if asked else [])


@pytest.mark.parametrize(
    ("server", "asked"),
    [
        (EX10, True),
        (DC, True),
        (FS, True),
        (FS | {"roles": ["CloudWitness"]}, False),
        (host("X1", ""), False),
        (host("RP1", "ReverseProxy"), False),
    ],
)
def test_it_is_asked_where_servers_controllers_and_witnesses_stand(server: dict[str, Any], asked: bool) -> None:
    cluster = {"name": "DAG1", "kind": "dag", "members": ["MBX1"], "witness": "FS1"}
    dags = [cluster] if server["name"] == "FS1" else []
    told = asked_of("server-without-zone", MBX10, server | {"zone": None}, dags=dags)
    assert told == ([server["name"]] if asked else [])


BETWEEN = wall("w", "lan", "back", allow=[])
ROWS: list[Row] = [
    # roles and builds
    asks("two roles, one of which the version does not have", "role-not-in-version",
         host("EX1", "CAS MBX", version="2016")),
    asks("Edge of 2013 before Service Pack 1, by its build", "role-not-in-version",
         host("EDGE1", "ET", "dmz", version="2013", build="15.0.775.38", subscribed_to=[])),
    silent("Edge of 2013 of just that build", "role-not-in-version",
           host("EDGE1", "ET", "dmz", version="2013", build="15.0.847", subscribed_to=[])),
    silent("Edge of 2013 of a build not written", "role-not-in-version",
           host("EDGE1", "ET", "dmz", version="2013", subscribed_to=[])),
    silent("Mailbox of 2013 before Service Pack 1", "role-not-in-version",
           host("EX1", "CAS MBX", version="2013", build="15.0.775.38")),
    silent("Edge of 2010 of an old build", "role-not-in-version", EDGE10 | {"build": "14.0.639.21"}),
    asks("the build of another version behind one that fits", "build-of-another-version", EX19,
         SE | {"build": "15.1.2507.6"}),
    asks("a build that no version has", "build-of-another-version", EX19 | {"build": "99.1.2.3"}),
    silent("a build not written before one that fits", "build-of-another-version", EX10, SE),
    # controllers and ways
    asks("no domain controller", "domain-controller-not-written", EX10),
    silent("a read-only one alone", "domain-controller-not-written", EX10, host("RODC1", "RODC")),
    silent("no server that needs one", "domain-controller-not-written", EDGE10),
    asks("two rules over the same gap", "no-route-known", PROXY, CAS10, CAS10 | {"name": "CAS2"},
         publishing=[rule_of("a"), rule_of("b", targets=["CAS2"])]),
    silent("a proxy that stands beside its target", "no-route-known", PROXY | {"zone": "lan"}, CAS10,
           publishing=[rule_of()]),
    silent("a target whose zone nobody wrote", "no-route-known", PROXY, CAS10 | {"zone": None}, publishing=[rule_of()]),
    silent("a proxy whose zone nobody wrote", "no-route-known", PROXY | {"zone": None}, CAS10, publishing=[rule_of()]),
    silent("a mail path that starts outside", "no-route-known", EX10, mail_flow=[{"path": ["internet", "EX1"]}]),
    asks("a mail path over a gap, at its end", "no-route-known", host("GW1", "SMTPGateway", "dmz"), EX10,
         mail_flow=[{"path": ["internet", "GW1", "EX1"]}]),
    # firewalls without rules
    asks("between two perimeter networks and the Internet", "firewall-without-rules", EX10,
         firewalls=[wall("w", "internet", "dmz")]),
    asks("between a perimeter and the intranet", "firewall-without-rules", EX10, firewalls=[wall("w", "dmz", "lan")]),
    asks("a VPN between servers filters nothing by itself; what is on it was not told", "firewall-without-rules", EX10,
         host("EX2", "CAS HT MBX", "branch", version="2010", site="Branch"),
         firewalls=[wall("w", "lan", "branch", kind="site-to-site-vpn")]),
    silent("a VPN that passes everything", "firewall-without-rules", EX10,
           host("EX2", "CAS HT MBX", "branch", version="2010", site="Branch"),
           firewalls=[wall("w", "lan", "branch", kind="site-to-site-vpn", allow="any")]),
    silent("a VPN to a network without Exchange", "firewall-without-rules", EX10,
           firewalls=[wall("w", "lan", "branch", kind="site-to-site-vpn")]),
    silent("between two networks inside", "firewall-without-rules", EX10, firewalls=[wall("w", "lan", "back")]),
    silent("between the Internet and a replication network", "firewall-without-rules", EX10,
           firewalls=[wall("w", "internet", "repl")]),
    # publishing
    asks("no target, in so many words", "publishing-without-target", PROXY, CAS10, FE03, EX19,
         publishing=[rule_of(targets=[])]),
    asks("no protocol, in so many words", "publishing-without-protocols", PROXY, CAS10,
         publishing=[rule_of(protocols=[])]),
    asks("nobody wrote what it runs on, behind one that is a proxy", "publishing-kind-not-known", PROXY, CAS10,
         publishing=[rule_of("a"), rule_of("b", host=..., product=..., kind=...)]),
    asks("a balancer behind a proxy leads nowhere", "publishing-target-unresolved", PROXY, host("LB1", "LoadBalancer"),
         CAS10, publishing=[rule_of(targets=["LB1"])]),
    silent("an Exchange server that runs a proxy is a target", "publishing-target-unresolved", PROXY,
           CAS10 | {"roles": ["CAS", "ReverseProxy"]}, publishing=[rule_of()]),
    silent("a balancer that leads somewhere", "publishing-target-unresolved", PROXY, host("LB1", "LoadBalancer"), CAS10,
           publishing=[rule_of(targets=["LB1"]), rule_of("lb", host="LB1", kind="load-balancer", product=...)]),
    # proxies that publish nothing
    asks("a host of nothing else that runs TMG", "proxy-without-publishing", EX10,
         host("TMG1", "", "dmz", also_runs=["tmg-2010"])),
    silent("a host that runs something else", "proxy-without-publishing", EX10,
           host("X1", "", "dmz", also_runs=["backup-agent"])),
    silent("a host that runs a product of another maker", "proxy-without-publishing", EX10,
           host("X1", "", "dmz", also_runs=["f5-apm"])),
    silent("an Edge server that runs TMG", "proxy-without-publishing", EDGE10 | {"also_runs": ["tmg-2010"]}, EX10),
    silent("no Exchange server inside", "proxy-without-publishing", EDGE10, PROXY),
    silent("a firewall that opens 443 for another host", "proxy-without-publishing", PROXY, EX10,
           firewalls=[wall("isa", "internet", "dmz", "lan", host="TMG1", allow=[line("lan", "EX1", "443/tcp")])]),
    silent("a firewall that opens another port", "proxy-without-publishing", PROXY, EX10,
           firewalls=[wall("isa", "internet", "dmz", "lan", host="TMG1", allow=[line("TMG1", "EX1", "25/tcp")])]),
    silent("a firewall whose rules nobody wrote", "proxy-without-publishing", PROXY, EX10,
           firewalls=[wall("isa", "internet", "dmz", "lan", host="TMG1")]),
    # sites
    asks("one of two servers without a site", "site-not-known", EX10, MBX10 | {"site": None}),
    silent("no server with a site", "site-not-known", EX10 | {"site": None}, MBX10 | {"site": None}),
    silent("a server of 2003 without a site", "site-not-known", EX10, host("BE1", "BE", version="2003", site=None)),
    # systems
    asks("a system of no table behind a server of which none is written", "os-not-covered", EX10,
         MBX10 | {"os": "windows-server-2099"}),
    fires("2003 on windows-2000, as people say it", "os-fits", "supported", BE03 | {"os": "windows-2000"},
          as_of=date(2004, 1, 1)),
    silent("2003 on windows-2000 is no system to ask for", "os-not-covered", BE03 | {"os": "windows-2000"},
           as_of=date(2004, 1, 1)),
    fires("2010 on a name with spaces", "os-2010", "unsupported",
          EX10 | {"os": "Microsoft Windows Server 2022 Standard"}),
    fires("2010 on windows-2000 long after its end", "os-out-of-support", "not-recommended",
          EX10 | {"os": "Windows 2000"}, as_of=date(2011, 1, 1)),
    silent("a core installation of 2016, which is another thing to Exchange", "os-fits", EX16 | {"os": "2016-core"}),
    fires("a controller as people say it", "dc-os-fits", "supported", EX10, DC | {"os": "w2k8"}),
    Row("controllers of one system by two names are told of once", "dc-os-fits", ("supported",),
        (EX10, DC | {"os": "w2k8"}, DC | {"name": "DC2", "os": "windows-server-2008"}), {}),
    fires("the level of a forest as PowerShell shows it", "forest-level-fits", "supported", EX16,
          forests=[{"name": "a", "functional_level": "Windows2012R2Forest"}]),
    fires("a client by its name", "outlook-fits", "supported", EX19, outlook=["Outlook 2016"]),
    silent("a witness by the name of its system", "dag-witness-os", EX19, EX19 | {"name": "EX5"},
           host("FS1", "Witness", os="Windows Server 2019"), **IN_A_DAG),
    fires("a witness on windows-2003, as people say it", "dag-witness-os", "unsupported", EX19, EX19 | {"name": "EX5"},
          host("FS1", "Witness", os="windows-2003"), **IN_A_DAG),
    silent("members on one system by two names", "dag-mixed-os", EX19 | {"os": "windows-server-2019"},
           EX19 | {"name": "EX5", "os": "Windows Server 2019"}, dags=[{"name": "D", "members": ["EX1", "EX5"]}]),
    silent("a system that Exchange does not run on", "os-not-covered", EX10 | {"os": "windows-server-2022"}),
    fires("a system that Exchange does not run on", "os-2010", "unsupported", EX10 | {"os": "windows-server-2022"}),
    asks("a controller of a system of no table", "dc-os-not-covered", EX19, DC | {"os": "windows-server-2099"}),
    silent("a controller of a system of old", "dc-os-not-covered", EX19, DC | {"os": "windows-2000-server"},
           as_of=IN_2026),
    Row("controllers of two systems: one fits, one does not", "ad-dc-ws2012-2019", ("unsupported",),
        (EX19, DC | {"os": "windows-server-2012"}, DC | {"name": "DC2", "os": "windows-server-2019"}), {}, IN_2026),
    fires("a read-only controller counts since 2019", "ad-dc-ws2012-2019", "unsupported", EX19,
          DC | {"os": "windows-server-2019"}, host("RODC1", "RODC", os="windows-server-2012"), as_of=IN_2026),
    silent("a read-only controller of 2003 beside 2016", "dc-os-unsupported", EX16,
           DC | {"os": "windows-server-2016"}, host("RODC1", "RODC", os="windows-server-2003"), as_of=IN_2026),
    silent("no rule for 2016 speaks of 2012", "ad-dc-ws2012-2019", EX16, DC | {"os": "windows-server-2012"}),
    silent("2012 R2 is not older than 2012 R2", "ad-dc-ws2012-2019", EX19, DC | {"os": "windows-server-2012-r2"},
           as_of=IN_2026),
    silent("a controller of another forest", "ad-dc-ws2012-2019", EX19 | {"forest": "corp"},
           DC | {"os": "windows-server-2012", "forest": "other"}, as_of=IN_2026,
           forests=[{"name": "corp"}, {"name": "other"}]),
    fires("a controller of the own forest behind one of another", "ad-dc-ws2012-2019", "unsupported",
          EX19 | {"forest": "corp"}, DC | {"os": "windows-server-2008", "forest": "other"},
          DC | {"name": "DC2", "os": "windows-server-2012", "forest": "corp"}, as_of=IN_2026,
          forests=[{"name": "corp"}, {"name": "other"}]),
    asks("controllers whose system nobody wrote, beside SE", "dc-os-not-known", SE, DC, as_of=IN_2026),
    asks("controllers whose system nobody wrote, beside 2019", "dc-os-not-known", EX19, DC),
    silent("beside 2016 nobody asks", "dc-os-not-known", EX16, DC),
    silent("of another forest nobody asks", "dc-os-not-known", EX19 | {"forest": "corp"}, DC | {"forest": "other"},
           forests=[{"name": "corp"}, {"name": "other"}]),
    # forests
    asks("2016 in a forest whose level nobody wrote", "forest-level-not-known", EX16, forests=[{"name": "corp"}]),
    silent("2013 in such a forest", "forest-level-not-known", host("EX1", "CAS MBX", version="2013"),
           forests=[{"name": "corp"}]),
    silent("a forest without Exchange", "forest-level-not-known", EX16 | {"forest": "corp"},
           forests=[{"name": "corp", "functional_level": "windows-server-2016"}, {"name": "other"}]),
    fires("a level that is too low behind one that nobody wrote", "ad-ffl-2019", "unsupported",
          EX19 | {"forest": "b"}, as_of=IN_2026,
          forests=[{"name": "a"}, {"name": "b", "functional_level": "windows-server-2012"}]),
    fires("SE in a forest of 2012", "ad-ffl-2019", "unsupported", SE, as_of=IN_2026,
          forests=[{"name": "a", "functional_level": "windows-server-2012"}]),
    silent("2012 R2 is enough", "ad-ffl-2019", EX19, as_of=IN_2026,
           forests=[{"name": "a", "functional_level": "windows-server-2012-r2"}]),
    fires("2010 in a forest of 2000", "ad-level-2010", "unsupported", EX10,
          forests=[{"name": "a", "functional_level": "windows-2000-server"}]),
    asks("a level of no table", "forest-level-not-covered", EX19, as_of=IN_2026,
         forests=[{"name": "a", "functional_level": "nt-4"}]),
    silent("a controller of 2016 in a forest that is high enough", "ad-ffl-2016-ws2016dc", EX16,
           DC | {"os": "windows-server-2016"}, forests=[{"name": "a", "functional_level": "windows-server-2008-r2"}]),
    silent("a controller of 2012 in a forest that is too low", "ad-ffl-2016-ws2016dc", EX16,
           DC | {"os": "windows-server-2012"}, forests=[{"name": "a", "functional_level": "windows-server-2008"}]),
    silent("2013 with a controller of 2016", "ad-ffl-2016-ws2016dc", host("EX1", "CAS MBX", version="2013"),
           DC | {"os": "windows-server-2016"}, forests=[{"name": "a", "functional_level": "windows-server-2008"}]),
    # .NET and clients
    fires(".NET of no cell for the version", "dotnet-unsupported", "unsupported", EX19 | {"dotnet": "4.5.2"},
          as_of=IN_2026),
    asks(".NET of no table", "dotnet-not-covered", EX19 | {"dotnet": "9.9"}, as_of=IN_2026),
    fires(".NET behind a server of which none is written", "dotnet-unsupported", "unsupported", EX16,
          SE | {"dotnet": "4.5.2"}, as_of=IN_2026),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_statement(row: Row) -> None:
    row.check()


def test_the_build_of_another_version_is_told_with_that_version() -> None:
    (one,) = found(advice(EX19 | {"build": "15.1.2507.6"}), "build-of-another-version")
    assert one.summary == "EX1 is Exchange 2019, and its build 15.1.2507.6 is one of Exchange 2016."
    assert one.question and one.question.allowed == ("15.2.1118.7", "15.2.1258.12", "15.2.1544.4")
