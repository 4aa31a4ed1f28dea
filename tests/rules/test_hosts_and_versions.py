"""Host firewall, clusters and DAGs, platforms, life cycle, coexistence, and what the model leaves out."""

from __future__ import annotations

from datetime import date

import pytest

from tests.build import host, wall
from tests.rules.rows import (
    BE03,
    CAS07,
    CAS10,
    DC,
    EDGE10,
    EX10,
    FE03,
    MBX07,
    MBX10,
    TMG,
    Row,
    asks,
    fires,
    rule_of,
    silent,
)

SETUP = {"enabled": True, "configured_by": "setup"}
SCW = {"enabled": True, "configured_by": "scw"}
OFF = {"enabled": False}
NODE1 = host("NODE1", "MBX", version="2007", host_firewall=SCW)
NODE2 = host("NODE2", "MBX", version="2007", host_firewall=SCW)
DAG = [{"name": "DAG1", "members": ["EX1", "MBX1"], "witness": "FS1"}]


TOOLS = host("TOOLS1", "ManagementHost", version="2019")

ROWS: list[Row] = [
    fires("Exchange on the host of UAG", "exchange-beside-proxy", "unsupported", EX10 | {"also_runs": ["uag-2010"]}),
    silent("Edge on the host of TMG", "exchange-beside-proxy", EDGE10 | {"also_runs": ["tmg-2010"]}),
    silent("Exchange on a host of its own", "exchange-beside-proxy", EX10),
    fires("SE today", "in-mainstream-support", "supported", host("EX1", "MBX", version="SE"), as_of=date(2026, 11, 24)),
    asks("a Client Access role in 2016", "role-not-in-version", host("EX1", "CAS MBX", version="2016")),
    asks("a Hub Transport role in 2013", "role-not-in-version", host("EX1", "HT MBX", version="2013")),
    fires("2019 today", "eol-2019", "unsupported", host("EX1", "MBX", version="2019"), as_of=date(2026, 11, 24)),
    fires("the tools of 2019 today", "eol-2019", "unsupported", TOOLS, as_of=date(2026, 11, 24)),
    silent("the tools of 2019 on their last day", "eol-2019", TOOLS, as_of=date(2025, 10, 14)),
    silent("2019 on its last day", "eol-2019", host("EX1", "MBX", version="2019"), as_of=date(2025, 10, 14)),
    fires("2016 today", "eol-2016", "unsupported", host("EX1", "MBX", version="2016"), as_of=date(2026, 11, 24)),
    silent("2016 on its last day", "eol-2016", host("EX1", "MBX", version="2016"), as_of=date(2025, 10, 14)),
    fires("2013 today", "eol-2013", "unsupported", host("EX1", "MBX", version="2013"), as_of=date(2026, 11, 24)),
    silent("2013 on its last day", "eol-2013", host("EX1", "MBX", version="2013"), as_of=date(2023, 4, 11)),
    fires(
        "a server known too old for its DCs is not hidden by one of unknown build",
        "dc-os-unsupported",
        "unsupported",
        CAS07 | {"build": "8.0.685.25"},
        MBX07,
        DC | {"os": "windows-server-2008-r2"},
    ),
    silent(
        "a device before the witness is not towards clients",
        "client-firewall-to-cas",
        EX10,
        MBX10,
        host("FS1", "Witness", "back"),
        dags=DAG,
        firewalls=[wall("t", "lan", "back")],
    ),
    fires(
        "the Windows firewall of 2010 as Setup made it",
        "windows-firewall-on",
        "supported",
        EX10 | {"host_firewall": SETUP},
    ),
    fires("the Windows firewall of 2007 by SCW", "windows-firewall-on", "supported", CAS07 | {"host_firewall": SCW}),
    silent("the Windows firewall off", "windows-firewall-on", EX10 | {"host_firewall": OFF}),
    fires(
        "the Windows firewall of 2007 without SCW", "scw-required-2007", "conditional", CAS07 | {"host_firewall": SETUP}
    ),
    silent("the Windows firewall of 2007 with SCW", "scw-required-2007", CAS07 | {"host_firewall": SCW}),
    asks(
        "the Windows firewall of 2007 on, nobody wrote how",
        "scw-required-2007",
        CAS07 | {"host_firewall": {"enabled": True}},
    ),
    fires("SCW on 2010", "scw-not-needed-2010", "conditional", EX10 | {"host_firewall": SCW}),
    silent("Setup on 2010", "scw-not-needed-2010", EX10 | {"host_firewall": SETUP}),
    fires(
        "the Windows firewall of 2007 off",
        "windows-firewall-off-2007",
        "not-recommended",
        CAS07 | {"host_firewall": OFF},
    ),
    silent("the Windows firewall of 2007 on", "windows-firewall-off-2007", CAS07 | {"host_firewall": SCW}),
    fires(
        "the Windows firewall of 2010 off",
        "windows-firewall-off-2010",
        "not-recommended",
        EX10 | {"host_firewall": OFF},
    ),
    silent("the Windows firewall of 2010 on", "windows-firewall-off-2010", EX10 | {"host_firewall": SETUP}),
    asks("nobody wrote of the Windows firewall", "host-firewall-not-known", EX10),
    silent("it is written", "host-firewall-not-known", EX10 | {"host_firewall": SETUP}),
    silent("2003 has no such question", "host-firewall-not-known", FE03, BE03),
    # clusters
    # platforms
    fires(
        "2010 on Windows Server 2008 R2",
        "os-fits",
        "supported",
        EX10 | {"os": "windows-server-2008-r2", "build": "14.3.123.4"},
    ),
    silent("2010 on Windows Server 2003", "os-fits", EX10 | {"os": "windows-server-2003"}),
    fires("2010 on Windows Server 2003 is none", "os-2010", "unsupported", EX10 | {"os": "windows-server-2003"}),
    silent(
        "2010 on Windows Server 2008 R2 is one",
        "os-2010",
        EX10 | {"os": "windows-server-2008-r2", "build": "14.3.123.4"},
    ),
    fires(
        "2010 on Windows Server 2012, build not written",
        "os-fits-with-level",
        "conditional",
        EX10 | {"os": "windows-server-2012"},
        as_of=date(2013, 6, 1),
    ),
    silent(
        "2010 SP3 on Windows Server 2012",
        "os-fits-with-level",
        EX10 | {"os": "windows-server-2012", "build": "14.3.123.4"},
    ),
    fires(
        "2010 RTM on Windows Server 2012",
        "os-2010",
        "unsupported",
        EX10 | {"os": "windows-server-2012", "build": "14.0.639.21"},
    ),
    fires(
        "2007 RTM on Windows Server 2008",
        "os-2007",
        "unsupported",
        CAS07 | {"os": "windows-server-2008", "build": "8.0.685.25"},
    ),
    silent("2007 SP1 on Windows Server 2008", "os-2007", CAS07 | {"os": "windows-server-2008", "build": "8.1.240.6"}),
    fires("2003 on Windows Server 2008", "os-2003", "unsupported", BE03 | {"os": "windows-server-2008"}),
    silent("2003 on Windows Server 2003", "os-2003", BE03 | {"os": "windows-server-2003"}),
    fires(
        "2013 on Windows Server 2016",
        "os-2013",
        "unsupported",
        host("EX1", "MBX", version="2013", os="windows-server-2016", build="15.0.1497.2"),
    ),
    silent(
        "2013 on Windows Server 2012-r2",
        "os-2013",
        host("EX1", "MBX", version="2013", os="windows-server-2012-r2", build="15.0.1497.2"),
        as_of=date(2020, 1, 1),
    ),
    fires(
        "2016 on Windows Server 2019",
        "os-2016",
        "unsupported",
        host("EX1", "MBX", version="2016", os="windows-server-2019", build="15.1.2507.6"),
    ),
    silent(
        "2016 on Windows Server 2016",
        "os-2016",
        host("EX1", "MBX", version="2016", os="windows-server-2016", build="15.1.2507.6"),
        as_of=date(2023, 1, 1),
    ),
    fires(
        "2019 on Windows Server 2016",
        "os-2019",
        "unsupported",
        host("EX1", "MBX", version="2019", os="windows-server-2016", build="15.2.1748.10"),
    ),
    silent(
        "2019 on Windows Server 2022",
        "os-2019",
        host("EX1", "MBX", version="2019", os="windows-server-2022", build="15.2.1748.10"),
        as_of=date(2025, 6, 1),
    ),
    fires(
        "SE on Windows Server 2016",
        "os-se",
        "unsupported",
        host("EX1", "MBX", version="SE", os="windows-server-2016", build="15.2.2562.17"),
    ),
    silent(
        "SE on Windows Server 2025",
        "os-se",
        host("EX1", "MBX", version="SE", os="windows-server-2025", build="15.2.2562.17"),
    ),
    fires(
        "2000 on Windows Server 2003",
        "os-2000",
        "unsupported",
        host("BE1", "BE", version="2000", os="windows-server-2003"),
    ),
    silent("2000 on Windows 2000", "os-2000", host("BE1", "BE", version="2000", os="windows-2000-server")),
    asks("a system that the matrix does not know", "os-not-covered", EX10 | {"os": "os/2-warp"}),
    silent("a system that it knows", "os-not-covered", EX10 | {"os": "windows-server-2008-r2"}),
    fires(
        "2010 with DCs on Windows Server 2008 R2",
        "dc-os-fits",
        "supported",
        EX10 | {"build": "14.3.123.4"},
        DC | {"os": "windows-server-2008-r2"},
    ),
    silent("2010 with DCs of unknown system", "dc-os-fits", EX10, DC),
    fires(
        "2010 SP3 with DCs on Windows Server 2019",
        "dc-os-unsupported",
        "unsupported",
        EX10 | {"build": "14.3.123.4"},
        DC | {"os": "windows-server-2019"},
    ),
    silent("2010 with DCs on Windows Server 2008", "dc-os-unsupported", EX10, DC | {"os": "windows-server-2008"}),
    fires(
        "2007 with DCs on Windows Server 2008 R2, build not written",
        "dc-os-fits-with-level",
        "conditional",
        CAS07,
        MBX07,
        DC | {"os": "windows-server-2008-r2"},
    ),
    silent(
        "2007 SP2 with DCs on Windows Server 2008 R2",
        "dc-os-fits-with-level",
        CAS07 | {"build": "8.2.176.2"},
        MBX07 | {"build": "8.2.176.2"},
        DC | {"os": "windows-server-2008-r2"},
    ),
    # life cycle
    fires("2010 in 2010", "in-mainstream-support", "supported", EX10),
    silent("2010 in 2016", "in-mainstream-support", EX10, as_of=date(2016, 1, 1)),
    fires("2010 in 2016 is in extended support", "in-extended-support", "supported", EX10, as_of=date(2016, 1, 1)),
    silent("2010 in 2010 is in mainstream support", "in-extended-support", EX10),
    fires("2010 on its last day", "in-extended-support", "supported", EX10, as_of=date(2020, 10, 13)),
    fires("2010 on the day after", "eol-2010", "unsupported", EX10, as_of=date(2020, 10, 14)),
    silent("2010 is not at its end in 2016", "eol-2010", EX10, as_of=date(2016, 1, 1)),
    fires("2007 today", "eol-2007", "unsupported", CAS07, as_of=date(2026, 11, 24)),
    silent("2007 in 2009", "eol-2007", CAS07, as_of=date(2009, 1, 1)),
    fires("2003 today", "eol-2003", "unsupported", BE03, as_of=date(2026, 11, 24)),
    silent("2003 in 2005", "eol-2003", BE03, as_of=date(2005, 1, 1)),
    fires("2000 today", "eol-2000", "unsupported", host("BE1", "BE", version="2000"), as_of=date(2026, 11, 24)),
    silent("2000 in 2003", "eol-2000", host("BE1", "BE", version="2000"), as_of=date(2003, 1, 1)),
    asks("2010 in 2007", "not-yet-released", EX10, as_of=date(2007, 1, 1)),
    silent("2010 in 2012", "not-yet-released", EX10, as_of=date(2012, 1, 1)),
    fires(
        "ISA 2000 after its end",
        "product-out-of-support",
        "not-recommended",
        TMG,
        FE03 | {"zone": "lan"},
        as_of=date(2012, 1, 1),
        publishing=[rule_of(product="isa-2000", preauth="basic", targets=["FE1"])],
    ),
    silent(
        "ISA 2000 in its day",
        "product-out-of-support",
        TMG,
        FE03 | {"zone": "lan"},
        as_of=date(2004, 1, 1),
        publishing=[rule_of(product="isa-2000", preauth="basic", targets=["FE1"])],
    ),
    # coexistence
    # gaps
    asks("an Exchange server without a version", "server-without-version", host("EX1", "CAS")),
    silent("an Exchange server with one", "server-without-version", EX10),
    asks("a version and no role", "server-without-roles", host("EX1", "", version="2010")),
    silent("a version and a role", "server-without-roles", EX10),
    silent("the tools of 2019 on a management host", "server-without-roles", TOOLS),
    asks("a version and the role of a witness alone", "server-without-roles", host("W1", "Witness", version="2010")),
    asks("a Client Access server of 2003", "role-not-in-version", host("EX1", "CAS", version="2003")),
    silent("a Client Access server of 2010", "role-not-in-version", CAS10),
    asks("no domain controller at all", "domain-controller-not-written", EX10),
    silent("a domain controller", "domain-controller-not-written", EX10, DC),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()
