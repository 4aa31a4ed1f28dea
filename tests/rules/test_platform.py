"""The support matrix: systems of servers and domain controllers, forest levels, .NET, Outlook; by build and by day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from exkit.advice import Finding
from tests.build import advice, facts, found, host
from tests.rules.rows import DC, EX10, Row, asks, fires, silent

IN_2018, IN_2020, IN_2023, IN_2025 = date(2018, 6, 1), date(2020, 6, 1), date(2023, 6, 1), date(2025, 6, 1)
DAY_BEFORE, DAY = date(2019, 4, 23), date(2019, 4, 24)  # when the matrix took up controllers on 2019 for Exchange 2016


def ex(version: str, build: str | None = None, name: str = "EX1", **fields: Any) -> dict[str, Any]:
    return host(name, "MBX", version=version, **({"build": build} if build else {}), **fields)


def dc(system: str, roles: str = "DC", name: str = "DC1") -> dict[str, Any]:
    return host(name, roles, os=system, site="HQ")


def corp(level: str | None = None) -> dict[str, Any]:
    return {"forests": [{"name": "corp"} | ({"functional_level": level} if level else {})]}


EX16 = ex("2016", "15.1.1713.5")
EX19 = ex("2019", "15.2.1748.10")
OLD19 = ex("2019", "15.2.464.5")  # CU3
SE = ex("SE", "15.2.2562.17")
ROWS: list[Row] = [
    # domain controllers
    silent("2016 with a DC on 2019 the day before", "dc-os-fits", EX16, dc("windows-server-2019"), as_of=DAY_BEFORE),
    fires(
        "2016 CU12 with a DC on Windows Server 2019 on the day before the matrix took it up",
        "dc-os-unsupported",
        "unsupported",
        EX16,
        dc("windows-server-2019"),
        as_of=DAY_BEFORE,
    ),
    fires("and on the day", "dc-os-fits", "supported", EX16, dc("windows-server-2019"), as_of=DAY),
    silent("a fitting DC", "dc-os-unsupported", EX16, dc("windows-server-2019"), as_of=DAY),
    fires(
        "2016 CU11 does not work with it",
        "dc-os-unsupported",
        "unsupported",
        ex("2016", "15.1.1591.10"),
        dc("windows-server-2019"),
        as_of=DAY,
    ),
    fires(
        "2016 CU7 is too new for a DC on Windows Server 2008",
        "dc-os-unsupported",
        "unsupported",
        ex("2016", "15.1.1261.35"),
        dc("windows-server-2008"),
        as_of=IN_2018,
    ),
    fires(
        "2016 CU6 is not",
        "dc-os-fits",
        "supported",
        ex("2016", "15.1.1034.26"),
        dc("windows-server-2008"),
        as_of=IN_2018,
    ),
    fires(
        "2010 SP3 as an export shows it may have the rollup that a DC on 2016 asks for",
        "dc-os-fits-with-level",
        "conditional",
        EX10 | {"build": "14.3.123.4"},
        dc("windows-server-2016"),
        as_of=IN_2020,
    ),
    fires(
        "2010 SP3 RU21 has not",
        "dc-os-unsupported",
        "unsupported",
        EX10 | {"build": "14.3.399.2"},
        dc("windows-server-2016"),
        as_of=IN_2020,
    ),
    silent(
        "2010 SP3 RU22",
        "dc-os-fits-with-level",
        EX10 | {"build": "14.3.411.0"},
        dc("windows-server-2016"),
        as_of=IN_2020,
    ),
    fires(
        "2010 and a DC on a system that came later",
        "dc-os-unsupported",
        "unsupported",
        EX10,
        dc("windows-server-2022"),
        as_of=IN_2023,
    ),
    asks("a DC on a system that the facts do not know", "dc-os-not-covered", EX16, dc("os/2-warp"), as_of=DAY),
    silent("a DC on one that they know", "dc-os-not-covered", EX16, dc("windows-server-2016"), as_of=DAY),
    asks("2019 and a DC whose system is not written", "dc-os-not-known", EX19, DC, as_of=IN_2025),
    silent("2019 and a DC whose system is", "dc-os-not-known", EX19, dc("windows-server-2016"), as_of=IN_2025),
    asks(
        "SE and a read-only DC whose system is not written",
        "dc-os-not-known",
        SE,
        dc("windows-server-2022"),
        host("R1", "RODC", site="HQ"),
        as_of=date(2026, 1, 1),
    ),
    silent("2016 does not ask it", "dc-os-not-known", EX16, DC, as_of=DAY),
    fires(
        "2019 and one DC on 2012", "ad-dc-ws2012-2019", "unsupported", EX19, dc("windows-server-2012"), as_of=IN_2025
    ),
    fires(
        "SE and a read-only DC on 2008 R2",
        "ad-dc-ws2012-2019",
        "unsupported",
        SE,
        dc("windows-server-2008-r2", "RODC"),
        as_of=date(2025, 12, 1),
    ),
    silent("2019 and a DC on 2012 R2", "ad-dc-ws2012-2019", EX19, dc("windows-server-2012-r2"), as_of=IN_2025),
    silent("2016 and a DC on 2012", "ad-dc-ws2012-2019", EX16, dc("windows-server-2012"), as_of=DAY),
    # servers
    fires(
        "2010 SP3 on 2012 R2 before the matrix took it up",
        "os-2010",
        "unsupported",
        EX10 | {"os": "windows-server-2012-r2", "build": "14.3.123.4"},
        as_of=date(2019, 2, 6),
    ),
    fires(
        "and from that day on",
        "os-fits",
        "supported",
        EX10 | {"os": "windows-server-2012-r2", "build": "14.3.123.4"},
        as_of=date(2019, 2, 7),
    ),
    # forest levels
    fires(
        "2019 in a forest of 2012 R2",
        "forest-level-fits",
        "supported",
        EX19,
        as_of=IN_2025,
        **corp("windows-server-2012-r2"),
    ),
    fires("2019 in a forest of 2012", "ad-ffl-2019", "unsupported", EX19, as_of=IN_2025, **corp("windows-server-2012")),
    silent("2019 in a forest of 2016", "ad-ffl-2019", EX19, as_of=IN_2025, **corp("windows-server-2016")),
    silent(
        "2019 in a forest of 2012 fits not", "forest-level-fits", EX19, as_of=IN_2025, **corp("windows-server-2012")
    ),
    fires(
        "2019 in a forest of 2025",
        "forest-level-unsupported",
        "unsupported",
        EX19,
        as_of=IN_2025,
        **corp("windows-server-2025"),
    ),
    silent(
        "2019 in a forest of 2016 again", "forest-level-unsupported", EX19, as_of=IN_2025, **corp("windows-server-2016")
    ),
    fires(
        "2016 CU12 in a forest of 2008",
        "ad-ffl-2016",
        "unsupported",
        EX16,
        as_of=IN_2020,
        **corp("windows-server-2008"),
    ),
    silent(
        "2016 CU6 in a forest of 2008",
        "ad-ffl-2016",
        ex("2016", "15.1.1034.26"),
        as_of=IN_2018,
        **corp("windows-server-2008"),
    ),
    fires(
        "2016 of a build not written in a forest of 2008",
        "forest-level-fits-with-level",
        "conditional",
        ex("2016"),
        as_of=IN_2020,
        **corp("windows-server-2008"),
    ),
    silent(
        "2016 CU12 in a forest of 2012",
        "forest-level-fits-with-level",
        EX16,
        as_of=IN_2020,
        **corp("windows-server-2012"),
    ),
    fires("2010 in a forest of Windows 2000", "ad-level-2010", "unsupported", EX10, **corp("windows-2000-server")),
    silent("2010 in a forest of 2003", "ad-level-2010", EX10, **corp("windows-server-2003")),
    fires(
        "2016 with a DC on 2016 in a forest of 2008",
        "ad-ffl-2016-ws2016dc",
        "unsupported",
        ex("2016", "15.1.1034.26"),
        dc("windows-server-2016"),
        as_of=IN_2018,
        **corp("windows-server-2008"),
    ),
    silent(
        "2016 with a DC on 2016 in a forest of 2008 R2",
        "ad-ffl-2016-ws2016dc",
        EX16,
        dc("windows-server-2016"),
        as_of=IN_2020,
        **corp("windows-server-2008-r2"),
    ),
    asks("a level that does not exist", "forest-level-not-covered", EX19, as_of=IN_2025, **corp("windows-server-2019")),
    asks(
        "a level that no table gives for 2007",
        "forest-level-not-covered",
        host("EX1", "CAS HT MBX", version="2007"),
        **corp("windows-server-2012"),
    ),
    silent("a level that exists", "forest-level-not-covered", EX19, as_of=IN_2025, **corp("windows-server-2016")),
    asks("2019 in a forest without a level", "forest-level-not-known", EX19, as_of=IN_2025, **corp()),
    silent("2019 in one with a level", "forest-level-not-known", EX19, as_of=IN_2025, **corp("windows-server-2016")),
    silent("2010 does not ask for it", "forest-level-not-known", EX10, **corp()),
    silent("nor does a file without forests", "forest-level-not-known", EX19, as_of=IN_2025),
    # .NET
    fires("2019 CU15 with .NET 4.8", "dotnet-fits", "supported", EX19 | {"dotnet": "4.8"}, as_of=IN_2025),
    silent("2019 CU15 with .NET 4.7.2", "dotnet-fits", EX19 | {"dotnet": "4.7.2"}, as_of=IN_2025),
    fires("2019 CU15 with 4.7.2", "dotnet-unsupported", "unsupported", EX19 | {"dotnet": "4.7.2"}, as_of=IN_2025),
    fires(
        "2019 with 4.5.2, which its table does not list",
        "dotnet-unsupported",
        "unsupported",
        EX19 | {"dotnet": "4.5.2"},
        as_of=IN_2025,
    ),
    silent("2019 CU3 with 4.7.2", "dotnet-unsupported", OLD19 | {"dotnet": "4.7.2"}, as_of=IN_2020),
    fires(
        "2019 of a build not written with 4.7.2",
        "dotnet-fits-with-level",
        "conditional",
        ex("2019", dotnet="4.7.2"),
        as_of=IN_2020,
    ),
    fires(
        "SE with 4.8.1 on a system not written",
        "dotnet-fits-with-level",
        "conditional",
        SE | {"dotnet": "4.8.1"},
        as_of=date(2026, 1, 1),
    ),
    silent(
        "SE with 4.8.1 on 2022",
        "dotnet-fits-with-level",
        SE | {"dotnet": "4.8.1", "os": "windows-server-2022"},
        as_of=date(2026, 1, 1),
    ),
    fires(
        "SE with 4.8.1 on 2019",
        "dotnet-unsupported",
        "unsupported",
        SE | {"dotnet": "4.8.1", "os": "windows-server-2019"},
        as_of=date(2026, 1, 1),
    ),
    asks("a .NET that is none", "dotnet-not-covered", EX19 | {"dotnet": "9"}, as_of=IN_2025),
    asks("2007, for which there is no table of it", "dotnet-not-covered", ex("2007", dotnet="4.8"), as_of=IN_2020),
    silent("a .NET that is one", "dotnet-not-covered", EX19 | {"dotnet": "4.8"}, as_of=IN_2025),
    silent("a server whose .NET is not written", "dotnet-not-covered", EX19, as_of=IN_2025),
    # Outlook
    fires("Outlook 2016 with 2019", "outlook-fits", "supported", EX19, as_of=IN_2025, outlook=["outlook-2016"]),
    silent("Outlook 2010 with 2019", "outlook-fits", EX19, as_of=IN_2025, outlook=["outlook-2010"]),
    fires(
        "Outlook 2010 with 2019 is out",
        "outlook-unsupported",
        "unsupported",
        EX19,
        as_of=IN_2025,
        outlook=["outlook-2010"],
    ),
    fires(
        "Outlook 2013 with 2019 on the day before the matrix took it up",
        "outlook-unsupported",
        "unsupported",
        ex("2019", "15.2.221.12"),
        as_of=date(2019, 2, 12),
        outlook=["outlook-2013"],
    ),
    fires(
        "and on the day",
        "outlook-fits",
        "supported",
        ex("2019", "15.2.221.12"),
        as_of=date(2019, 2, 13),
        outlook=["outlook-2013"],
    ),
    silent("Outlook 2010 with 2016", "outlook-unsupported", EX16, as_of=IN_2020, outlook=["outlook-2010"]),
    fires(
        "Outlook 2007 with 2013",
        "outlook-fits-with-level",
        "conditional",
        host("EX1", "CAS MBX", version="2013"),
        as_of=IN_2018,
        outlook=["outlook-2007"],
    ),
    silent("Outlook 2013 with 2016", "outlook-fits-with-level", EX16, as_of=IN_2020, outlook=["outlook-2013"]),
    asks("a client that the matrix does not know", "outlook-not-covered", EX19, as_of=IN_2025, outlook=["pine"]),
    silent("no client written", "outlook-not-covered", EX19, as_of=IN_2025),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


def only(statement: str, *servers: dict[str, Any], as_of: date, **sections: Any) -> Finding:
    (finding,) = found(advice(*servers, as_of=as_of, **sections), statement)
    return finding


def test_a_condition_names_the_update_that_the_cell_asks_for() -> None:
    finding = only("dc-os-fits-with-level", ex("2016"), dc("windows-server-2019"), as_of=DAY)
    assert finding.condition == "Exchange 2016 must run CU12 (15.1.1713) or later."


def test_a_finding_shows_the_sources_of_its_cell_before_those_of_the_statement() -> None:
    finding = only("os-fits", ex("2019", "15.2.1118.7", os="windows-server-2022"), as_of=IN_2023)
    wesselius = facts().source("wesselius-2022")
    assert (finding.sources[0].url, finding.sources[0].confidence) == (wesselius.url, "secondary")
    assert len(finding.sources) > 1


def test_a_disagreement_of_a_cell_reaches_the_finding_with_its_sources() -> None:
    finding = only("os-fits", EX19 | {"os": "windows-server-2025"}, as_of=IN_2025)
    assert finding.disagreement is not None
    assert "CU14" in finding.disagreement.reading and "roadmap" in finding.disagreement.decided
    assert [one.title for one in finding.disagreement.sources] == [facts().source("roadmap-2024").title]


def test_a_cell_that_nobody_disputes_shows_no_disagreement_of_its_statement() -> None:
    ex03 = host("BE1", "BE", version="2003")
    finding = only("dc-os-fits-with-level", ex03, dc("windows-server-2008"), as_of=date(2009, 10, 1))
    assert finding.disagreement is None


def test_an_unknown_word_is_asked_for_with_the_allowed_ones() -> None:
    finding = only("outlook-not-covered", EX19, SE | {"name": "EX2"}, as_of=date(2026, 1, 1), outlook=["pine"])
    assert finding.question is not None and finding.question.field == "outlook"
    assert "outlook-2016" in finding.question.allowed and finding.id == "outlook-not-covered@pine"


def test_servers_without_a_forest_are_of_the_only_one_and_of_none_where_several_are_written() -> None:
    two = {"forests": [{"name": "a", "functional_level": "windows-server-2012"}, {"name": "b"}]}
    assert found(advice(EX19, as_of=IN_2025, **corp("windows-server-2012")), "ad-ffl-2019")
    assert not found(advice(EX19, as_of=IN_2025, **two), "ad-ffl-2019")
    assert found(advice(EX19 | {"forest": "a"}, as_of=IN_2025, **two), "ad-ffl-2019")


def test_one_question_asks_for_the_level_of_all_forests() -> None:
    forests = [{"name": "a"}, {"name": "b"}]
    both = (EX19 | {"forest": "a"}, SE | {"name": "EX2", "forest": "b"})
    finding = only("forest-level-not-known", *both, as_of=date(2026, 1, 1), forests=forests)
    assert finding.subjects == ("a", "b") and finding.question is not None
    assert finding.question.field == "forests.a.functional_level"
