"""Versions side by side in one organization."""

from __future__ import annotations

from datetime import date

import pytest

from tests.build import host, line, wall
from tests.rules.rows import BE03, CAS07, EX10, FE03, MBX07, TMG, Row, asks, fires, rule_of, silent

EX19 = host("EX1", "MBX", version="2019")
EX16 = host("EX2", "MBX", version="2016")
EX3 = host("EX3", "MBX", version="2019")
EX13 = host("EX13", "CAS MBX", version="2013")
BE00 = host("BE0", "BE", version="2000")
EDGE07 = host("EDGE1", "ET", "dmz", version="2007", domain_joined=False, subscribed_to=["HQ"])
FE_IN = FE03 | {"zone": "lan"}
ALL07 = host("EX7", "CAS HT MBX", version="2007")
INNER = {"zone": "branch", "site": "Branch"}
FACING = [{"name": "HQ", "internet_facing": True}, {"name": "Branch", "internet_facing": False}]
VPN = [wall("vpn", "lan", "branch", kind="site-to-site-vpn")]


def to(*targets: str) -> dict:
    return {"publishing": [rule_of(product="other", targets=list(targets))]}


def opened(*targets: str) -> dict:
    return {"firewalls": [wall("fw", "internet", "lan", allow=[line("internet", one, "443/tcp") for one in targets])]}


ROWS: list[Row] = [
    fires("2003 SP1 beside 2010", "coexistence-level-too-low", "unsupported", BE03 | {"build": "6.5.7226.0"}, EX10),
    silent("2003 of unknown build beside 2010", "coexistence-level-too-low", BE03, EX10),
    silent(
        "2000 and 2010 in two organizations",
        "coexist-2000-2010",
        host("BE1", "BE", version="2000", forest="a"),
        EX10 | {"forest": "b"},
        forests=[{"name": "a"}, {"name": "b"}],
    ),
    fires(
        "a front-end before mailboxes of 2007 without any CAS",
        "fe2003-to-mbx2007",
        "unsupported",
        TMG,
        FE03 | {"zone": "lan"},
        MBX07,
        publishing=[rule_of(product="isa-2006", targets=["FE1"])],
    ),
    fires("2000 beside 2010", "coexist-2000-2010", "unsupported", host("BE1", "BE", version="2000"), EX10),
    silent("2000 beside 2007", "coexist-2000-2010", host("BE1", "BE", version="2000"), CAS07),
    fires("2003 beside 2010, build not written", "coexistence-levels", "conditional", BE03, EX10),
    silent("2003 SP2 beside 2010", "coexistence-levels", BE03 | {"build": "6.5.7638.1"}, EX10),
    fires(
        "2003 SP2 beside 2010 is enough", "coexistence-levels-met", "supported", BE03 | {"build": "6.5.7638.1"}, EX10
    ),
    silent("2007 SP1 beside 2010 is not enough", "coexistence-levels-met", MBX07 | {"build": "8.1.240.6"}, EX10),
    fires(
        "clients enter at 2003 although 2010 is there",
        "coexist-internet-cas-first",
        "not-recommended",
        TMG,
        FE03 | {"zone": "lan"},
        BE03,
        EX10,
        publishing=[rule_of(product="isa-2006", targets=["FE1"])],
    ),
    silent(
        "clients enter at 2010, with an old name for 2003",
        "coexist-internet-cas-first",
        TMG,
        FE03 | {"zone": "lan"},
        BE03,
        EX10,
        publishing=[rule_of(targets=["EX1"]), rule_of("legacy", targets=["FE1"])],
    ),
    fires(
        "a front-end of 2003 before mailboxes of 2007",
        "fe2003-to-mbx2007",
        "unsupported",
        TMG,
        FE03 | {"zone": "lan"},
        BE03,
        CAS07,
        MBX07,
        publishing=[rule_of(product="isa-2006", targets=["FE1"])],
    ),
    silent(
        "a CAS of 2007 before them",
        "fe2003-to-mbx2007",
        TMG,
        BE03,
        CAS07,
        MBX07,
        publishing=[rule_of(product="isa-2006")],
    ),
    fires(
        "SE beside 2013",
        "coex-se-2013",
        "unsupported",
        host("EX1", "MBX", version="SE"),
        host("EX2", "CAS MBX", version="2013"),
    ),
    silent("SE beside 2019", "coex-se-2013", host("EX1", "MBX", version="SE"), EX3),
    fires(
        "SE beside 2019 under a condition", "coex-se-2016-2019", "conditional", host("EX1", "MBX", version="SE"), EX3
    ),
    silent("SE alone", "coex-se-2016-2019", host("EX1", "MBX", version="SE")),
    fires(
        "2019 CU15 beside 2013",
        "coex-2019-cu15-2013",
        "unsupported",
        EX19 | {"build": "15.2.1748.10"},
        EX13 | {"build": "15.0.1497.2"},
        as_of=date(2025, 3, 1),
    ),
    silent("2019 CU14 beside 2013", "coex-2019-cu15-2013", EX19 | {"build": "15.2.1544.4"}, EX13),
    silent("2019 of unknown build beside 2013", "coex-2019-cu15-2013", EX19, EX13),
    silent(
        "2019 CU15 in another forest, and CU14 beside 2013",
        "coex-2019-cu15-2013",
        EX19 | {"build": "15.2.1544.4", "forest": "corp"},
        EX13 | {"forest": "corp"},
        EX3 | {"build": "15.2.1748.10", "forest": "bought"},
        as_of=date(2025, 3, 1),
        forests=[{"name": "corp"}, {"name": "bought"}],
    ),
    silent(
        "2019 CU15 beside 2016", "coex-2019-cu15-2013", EX19 | {"build": "15.2.1748.10"}, EX16, as_of=date(2025, 3, 1)
    ),
    fires("2019 beside 2016", "coex-2019-legacy", "conditional", EX19, EX16),
    silent("2019 alone", "coex-2019-legacy", EX19),
    fires("2016 beside 2010", "coex-2016-legacy", "conditional", EX16, host("EX1", "CAS HT MBX", version="2010")),
    silent("2016 alone", "coex-2016-legacy", EX16),
    fires(
        "2013 beside 2010",
        "coex-2013-legacy",
        "conditional",
        host("EX2", "CAS MBX", version="2013"),
        host("EX1", "CAS HT MBX", version="2010"),
    ),
    silent("2013 alone", "coex-2013-legacy", host("EX2", "CAS MBX", version="2013")),
    fires("2000 beside 2003", "coex-2000-2003", "supported", BE00, BE03),
    silent("2003 alone", "coex-2000-2003", BE03),
    fires("2003 beside 2007", "coex-2007-legacy", "conditional", BE03, ALL07),
    fires("2000 beside 2007", "coex-2007-legacy", "conditional", BE00, ALL07),
    silent("an Edge server of 2007 before 2003", "coex-2007-legacy", BE03, EDGE07),
    *[
        fires(f"{old['version']} beside {new['version']}", "coex-too-old", "unsupported", old, new)
        for old, new in (
            (BE03, EX13),
            (BE00, EX13),
            (ALL07, EX16),
            (BE03, EX16),
            (EX10, EX3),
            (ALL07, EX3),
            (EX10, host("EX9", "MBX", version="SE")),
            (ALL07, host("EX9", "MBX", version="SE")),
        )
    ],
    silent("2010 beside 2016", "coex-too-old", EX10, EX16),
    silent(
        "2007 and 2016 in two forests",
        "coex-too-old",
        ALL07 | {"forest": "a"},
        EX16 | {"forest": "b"},
        forests=[{"name": "a"}, {"name": "b"}],
    ),
    fires("clients enter at 2013 before 2016", "coex-namespace", "supported", TMG, EX13, EX16, **to("EX13")),
    silent("2013 and 2016 share the name", "coex-namespace", TMG, EX13, EX16, **to("EX13", "EX2")),
    silent("2010 before 2016 is worse than that", "coex-namespace", TMG, EX10, EX16, **to("EX1")),
    fires(
        "clients enter at 2010 before 2016",
        "coexist-internet-cas-first",
        "not-recommended",
        TMG,
        EX10,
        EX16,
        **to("EX1"),
    ),
    fires(
        "2007 and 2010 share the name",
        "coexist-internet-cas-first",
        "not-recommended",
        TMG,
        ALL07,
        EX10,
        **to("EX7", "EX1"),
    ),
    silent("2013 before 2016 may be", "coexist-internet-cas-first", TMG, EX13, EX16, **to("EX13")),
    fires(
        "a front-end of 2003 before mailboxes of 2010",
        "fe2003-to-mbx2007",
        "unsupported",
        TMG,
        FE03 | {"zone": "lan"},
        EX10,
        **to("FE1"),
    ),
    fires(
        "443 opened to a front-end that has no back-ends left, beside mailboxes of 2007",
        "fe2003-to-mbx2007",
        "unsupported",
        FE_IN,
        ALL07,
        **opened("FE1"),
    ),
    silent(
        "443 opened to a front-end whose back-end is typed Mailbox",
        "fe2003-to-mbx2007",
        FE_IN,
        host("BE1", "MBX", version="2003"),
        ALL07,
        **opened("FE1"),
    ),
    fires(
        "443 opened to a front-end alone, and back-ends are left",
        "coexist-internet-cas-first",
        "not-recommended",
        FE_IN,
        BE03,
        ALL07,
        **opened("FE1"),
    ),
    silent(
        "443 opened to a Client Access server too",
        "coexist-internet-cas-first",
        FE_IN,
        BE03,
        ALL07,
        **opened("FE1", "EX7"),
    ),
    silent(
        "443 opened to a front-end alone, and no mailboxes are left that it could serve",
        "coexist-internet-cas-first",
        FE_IN,
        ALL07,
        **opened("FE1"),
    ),
    fires(
        "a rule names the front-end that a firewall opens: told once",
        "coexist-internet-cas-first",
        "not-recommended",
        TMG,
        FE_IN,
        BE03,
        ALL07,
        **to("FE1"),
        **opened("FE1"),
    ),
    fires(
        "2010 in an inner site first",
        "coexist-internet-site-first",
        "unsupported",
        ALL07,
        EX10 | INNER,
        ad_sites=FACING,
        firewalls=VPN,
    ),
    fires(
        "2013 in an inner site first",
        "coexist-internet-site-first",
        "not-recommended",
        ALL07,
        EX13 | INNER,
        ad_sites=FACING,
        firewalls=VPN,
    ),
    silent(
        "2010 in the Internet-facing site first",
        "coexist-internet-site-first",
        ALL07 | INNER,
        EX10,
        ad_sites=FACING,
        firewalls=VPN,
    ),
    silent(
        "2010 in both sites",
        "coexist-internet-site-first",
        ALL07,
        EX10,
        EX10 | INNER | {"name": "EX4"},
        ad_sites=FACING,
        firewalls=VPN,
    ),
    asks(
        "2010 in one of two sites, and none is said to face the Internet",
        "coexist-internet-site-first",
        ALL07,
        EX10 | INNER,
        firewalls=VPN,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()
