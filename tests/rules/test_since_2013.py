"""Exchange 2013 to SE: placement, published administration, versions, witnesses."""

from __future__ import annotations

import pytest

from tests.build import advice, found, host, line, wall
from tests.rules.rows import DC, TMG, Row, asks, fires, rule_of, silent

EX19 = host("EX1", "MBX", version="2019")
EX16 = host("EX2", "MBX", version="2016")
EDGE19 = host("EDGE1", "ET", "dmz", version="2019", domain_joined=False, subscribed_to=["HQ"])
EX3 = host("EX3", "MBX", version="2019")
FS1 = host("FS1", "Witness")
OPEN = [wall("inner", "dmz", "lan", allow="any", inspects=[])]
OWN = {"forests": [{"name": "own", "zone": "dmz"}, {"name": "corp", "zone": "lan"}]}
CLOUD = [{"name": "lan", "kind": "internal"}, {"name": "azure", "kind": "cloud"}]
SKYPE = host("SFB1", "SkypeServer", "back")
CLASSIC = {"topology": "classic"}


def one(**fields: object) -> dict:
    return {"publishing": [rule_of(**{"targets": ["EX1"], "product": "other", **fields})]}


ROWS: list[Row] = [
    Row(
        "an organization of its own in the perimeter: the server and its domain controller",
        "perim-exchange-own-forest",
        ("conditional", "conditional"),
        (EX19 | {"zone": "dmz", "forest": "own"}, DC | {"zone": "dmz", "forest": "own"}),
        OWN,
    ),
    silent(
        "one of its servers inside",
        "perim-exchange-own-forest",
        EX19 | {"zone": "dmz", "forest": "own"},
        EX16 | {"forest": "own"},
        DC | {"zone": "dmz", "forest": "own"},
        **OWN,
    ),
    silent(
        "a perimeter of the corporate forest",
        "perim-exchange-own-forest",
        EX19 | {"zone": "dmz", "forest": "corp"},
        DC | {"forest": "corp"},
        **OWN,
    ),
    silent(
        "not with hybrid",
        "perim-exchange-own-forest",
        EX19 | {"zone": "dmz", "forest": "own"},
        DC | {"zone": "dmz", "forest": "own"},
        hybrid=CLASSIC,
        **OWN,
    ),
    fires("a virtual machine in a cloud", "exchange-in-cloud", "conditional", EX19 | {"zone": "azure"}, zones=CLOUD),
    silent("a server inside", "exchange-in-cloud", EX19),
    fires("a Skype server in the perimeter", "skype-in-perimeter", "conditional", EX19, SKYPE | {"zone": "dmz"}),
    silent("a Skype server inside", "skype-in-perimeter", EX19, SKYPE),
    fires(
        "a port list before a Skype server",
        "fw-restrict-exchange-sfb",
        "unsupported",
        EX19,
        DC,
        SKYPE,
        firewalls=[wall("fw", "lan", "back", allow=[line("lan", "back", "443/tcp")])],
    ),
    fires(
        "inspection before a Skype server",
        "fw-restrict-exchange-sfb",
        "unsupported",
        EX19,
        DC,
        SKYPE,
        firewalls=[wall("fw", "lan", "back", allow="any", inspects=["tls"])],
    ),
    silent(
        "a port list before the Edge Server of Skype",
        "fw-restrict-exchange-sfb",
        EX19,
        SKYPE | {"zone": "dmz"},
        firewalls=[wall("fw", "lan", "dmz", allow=[line("lan", "dmz", "443/tcp")])],
    ),
    silent(
        "a port list before Lync with 2010",
        "fw-restrict-exchange-sfb",
        EX19 | {"version": "2010"},
        SKYPE,
        firewalls=[wall("fw", "lan", "back", allow=[line("lan", "back", "443/tcp")])],
    ),
    fires(
        "a device without rules before a Skype server",
        "skype-path-not-known",
        "conditional",
        EX19,
        DC,
        SKYPE,
        firewalls=[wall("fw", "lan", "back")],
    ),
    fires(
        "an open way to a Skype server beside a filtered one",
        "skype-path-not-known",
        "conditional",
        EX19,
        SKYPE,
        firewalls=[wall("a", "lan", "back", allow="any", inspects=[]), wall("b", "lan", "back", allow=[])],
    ),
    asks("nobody wrote what joins a Skype server to Exchange", "no-route-known", EX19, DC, SKYPE),
    asks(
        "nobody wrote what a device before a Skype server inspects",
        "inspection-not-known",
        EX19,
        DC,
        SKYPE,
        firewalls=[wall("fw", "lan", "back", allow="any")],
    ),
    silent("no device before it", "skype-path-not-known", EX19, SKYPE | {"zone": "lan"}),
    fires("nothing before a Skype server", "skype-path-open", "supported", EX19, SKYPE | {"zone": "lan"}),
    silent(
        "a port list is not open",
        "skype-path-open",
        EX19,
        SKYPE,
        firewalls=[wall("fw", "lan", "back", allow=[line("lan", "back", "443/tcp")])],
    ),
    silent(
        "a hybrid server in a perimeter with nothing in its way stays unsupported",
        "perim-mailbox-any-any",
        EX19 | {"zone": "dmz"},
        EX16,
        DC,
        firewalls=OPEN,
        hybrid=CLASSIC,
    ),
    fires(
        "a Mailbox server of 2019 in a filtered perimeter",
        "mbx-in-perimeter",
        "unsupported",
        EX19 | {"zone": "dmz"},
        EX16,
        DC,
        firewalls=[wall("inner", "dmz", "lan", allow=[])],
    ),
    fires(
        "a Mailbox server of 2019 in a perimeter with nothing in its way",
        "perim-mailbox-any-any",
        "not-recommended",
        EX19 | {"zone": "dmz"},
        EX16,
        DC,
        firewalls=OPEN,
    ),
    silent("a Mailbox server of 2019 inside", "perim-mailbox-any-any", EX19, EX16, DC),
    silent(
        "a CAS of 2010 in a perimeter with nothing in its way stays unsupported",
        "perim-mailbox-any-any",
        host("CAS1", "CAS", "dmz", version="2010"),
        host("MBX1", "MBX", version="2010"),
        firewalls=OPEN,
    ),
    fires(
        "mail straight to a Mailbox server of 2019",
        "smtp-direct-to-hub",
        "supported",
        EX19,
        mail_flow=[{"path": ["internet", "EX1"]}],
    ),
    fires(
        "a filter between two Mailbox servers of 2019",
        "firewall-between-exchange-same-site",
        "unsupported",
        EX19,
        EX3 | {"zone": "back"},
        firewalls=[wall("t", "lan", "back", allow=[])],
    ),
    # administration
    fires(
        "ECP on the Internet beside OWA", "ecp-beside-owa", "conditional", TMG, EX19, **one(protocols=["owa", "ecp"])
    ),
    silent("OWA without ECP", "ecp-beside-owa", TMG, EX19, **one(protocols=["owa"])),
    fires(
        "ECP on the Internet for itself", "perim-publish-ecp", "not-recommended", TMG, EX19, **one(protocols=["ecp"])
    ),
    silent("ECP of 2010", "ecp-beside-owa", TMG, host("CAS1", "CAS", version="2010"), **one(targets=["CAS1"])),
    silent("OWA on the Internet", "perim-publish-ecp", TMG, EX19, **one(protocols=["owa"])),
    fires(
        "PowerShell on the Internet",
        "perim-publish-powershell",
        "not-recommended",
        TMG,
        EX19,
        **one(protocols=["powershell"]),
    ),
    silent("no PowerShell on the Internet", "perim-publish-powershell", TMG, EX19, **one(protocols=["owa"])),
    # versions
    fires("Edge 2010 before 2019", "edge-2010-with-2019", "unsupported", EDGE19 | {"version": "2010"}, EX19),
    silent("Edge 2019 before 2019", "edge-2010-with-2019", EDGE19, EX19),
    fires("Edge 2013 before 2019", "edge-2013-with-2019", "conditional", EDGE19 | {"version": "2013"}, EX19),
    silent("Edge 2016 before 2019 is not 2013", "edge-2013-with-2019", EDGE19 | {"version": "2016"}, EX19),
    fires("Edge 2016 before 2019", "edge-2016-with-2019", "conditional", EDGE19 | {"version": "2016"}, EX19),
    silent("Edge 2019 before 2019 is no pair", "edge-2016-with-2019", EDGE19, EX19),
    fires("Edge 2010 before 2016", "edge-2010-with-2016", "conditional", EDGE19 | {"version": "2010"}, EX16),
    silent("Edge 2016 before 2016", "edge-2010-with-2016", EDGE19 | {"version": "2016"}, EX16),
    fires("Edge 2013 before 2016", "edge-2013-with-2016", "conditional", EDGE19 | {"version": "2013"}, EX16),
    silent(
        "Edge 2013 before 2013",
        "edge-2013-with-2016",
        EDGE19 | {"version": "2013"},
        host("EX1", "CAS MBX", version="2013"),
    ),
    fires(
        "Edge 2010 before 2013",
        "edge-old-2007-2010-with-2013",
        "conditional",
        EDGE19 | {"version": "2010"},
        host("EX1", "CAS MBX", version="2013"),
    ),
    silent(
        "Edge 2013 before 2013 is new enough",
        "edge-old-2007-2010-with-2013",
        EDGE19 | {"version": "2013"},
        host("EX1", "CAS MBX", version="2013"),
    ),
    fires("Edge 2019 before SE", "edge-2016-2019-with-se", "conditional", EDGE19, host("EX1", "MBX", version="SE")),
    silent("Edge SE before SE", "edge-2016-2019-with-se", EDGE19 | {"version": "SE"}, host("EX1", "MBX", version="SE")),
    # DAG
    # in front
    fires(
        "SMTP inspected in front of Edge",
        "gw-esmtp-inspection",
        "not-recommended",
        EDGE19,
        EX19,
        firewalls=[wall("outer", "internet", "dmz", allow=[line("internet", "EDGE1", "25/tcp")], inspects=["esmtp"])],
    ),
    silent(
        "SMTP passed on to Edge",
        "gw-esmtp-inspection",
        EDGE19,
        EX19,
        firewalls=[wall("outer", "internet", "dmz", allow=[line("internet", "EDGE1", "25/tcp")], inspects=[])],
    ),
    fires("AD FS in the perimeter", "adfs-in-perimeter", "not-recommended", EX19, host("FS1", "ADFS", "dmz")),
    silent("AD FS inside", "adfs-in-perimeter", EX19, host("FS1", "ADFS")),
    fires("AD FS on the intranet", "adfs-inside", "supported", EX19, host("FS1", "ADFS")),
    silent("AD FS outside", "adfs-inside", EX19, host("FS1", "ADFS", "dmz")),
    silent("AD FS nobody knows where", "adfs-inside", EX19, host("FS1", "ADFS", None)),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


def test_an_open_way_behind_a_hybrid_server_in_the_perimeter_is_no_statement_that_competes() -> None:
    result = advice(EX19 | {"zone": "dmz"}, EX16, DC, firewalls=OPEN, hybrid=CLASSIC)
    (one,) = found(result, "perim-mailbox-hybrid")
    assert one.verdict.value == "unsupported" and not any("any-any" in text for text in one.overrules)


def test_an_edge_server_in_a_cloud_is_told_of_tight_firewalls_and_no_databases() -> None:
    edge = host("EDGE1", "ET", "azure", version="2019", domain_joined=False, subscribed_to=["HQ"])
    (one,) = found(advice(edge, EX19, zones=CLOUD), "exchange-in-cloud")
    assert one.fix is not None and "50636" in one.fix and "databases" not in f"{one.fix} {one.condition}"
