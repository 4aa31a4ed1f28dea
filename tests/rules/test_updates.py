"""What builds decide: updates that are served, mitigations, Extended Protection, hybrid, versions side by side."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from exkit.rules.base import Case
from exkit.rules.updates import served_updates
from exkit.topology import Version
from tests.build import advice, facts, found, host, topology
from tests.rules.rows import Row, asks, fires, rule_of, silent

IN_2020, IN_2024, IN_2025 = date(2020, 6, 1), date(2024, 6, 1), date(2025, 6, 1)
AFTER_JUNE_2026 = date(2026, 8, 1)
CLASSIC = {"topology": "classic"}
MODERN = {"topology": "modern", "targets": ["EX1"]}


def ex(version: str, build: str | None = None, name: str = "EX1", roles: str = "MBX", **fields: Any) -> dict[str, Any]:
    return host(name, roles, version=version, **({"build": build} if build else {}), **fields)


def edge(version: str, build: str | None = None, **fields: Any) -> dict[str, Any]:
    base = {"domain_joined": False, "subscribed_to": ["HQ"], **({"build": build} if build else {})}
    return host("EDGE1", "ET", "dmz", version=version, **base, **fields)


def owa(**fields: Any) -> dict[str, Any]:
    return {"publishing": [rule_of(**{"targets": ["EX1"], "product": "other", "host": ..., **fields})]}


CU12, CU13, CU14, CU15 = "15.2.1118.7", "15.2.1258.12", "15.2.1544.4", "15.2.1748.10"
HUB10 = ex("2010", "14.3.181.6", roles="CAS HT MBX")
HUB07 = ex("2007", "8.3.348.2", roles="CAS HT MBX")
SP1 = "15.0.847.32"
SE_JUNE = ex("SE", "15.2.2562.43")
ROWS: list[Row] = [
    # the build and the version
    asks("a build of 2016 on a 2019 server", "build-of-another-version", ex("2019", "15.1.2507.6"), as_of=IN_2025),
    asks("a build of 2019 on SE", "build-of-another-version", ex("SE", CU15), as_of=AFTER_JUNE_2026),
    asks("no build at all", "build-of-another-version", ex("2019", "Version 15.2"), as_of=IN_2025),
    silent("a build with leading zeros", "build-of-another-version", ex("2019", "15.02.1544.004"), as_of=IN_2025),
    silent("no build written", "build-of-another-version", ex("2019"), as_of=IN_2025),
    asks("2019 without a build", "build-not-known", ex("2019"), as_of=IN_2025),
    silent("2019 with one", "build-not-known", ex("2019", CU15), as_of=IN_2025),
    asks("15.2 is the beginning of each update of 2019", "build-not-known", ex("2019", "15.2"), as_of=IN_2025),
    silent("15.2.1748 is that of one", "build-not-known", ex("2019", "15.2.1748"), as_of=IN_2025),
    silent("15.2 of SE is that of one", "build-not-known", ex("SE", "15.2"), as_of=AFTER_JUNE_2026),
    silent("15.2 tells not that a cumulative update is old", "life-old-cu", ex("2019", "15.2"), as_of=IN_2025),
    silent(
        "15.2 tells not that a mitigation cannot be read", "em-old-build", ex("2019", "15.2"), as_of=AFTER_JUNE_2026
    ),
    fires(
        "15.2 tells not whether a later Windows fits",
        "os-fits-with-level",
        "conditional",
        ex("2019", "15.2", os="windows-server-2022"),
        as_of=IN_2025,
    ),
    silent("2010 is not served by cumulative updates", "build-not-known", ex("2010"), as_of=date(2012, 1, 1)),
    silent("2019 after its end", "build-not-known", ex("2019"), as_of=date(2026, 1, 1)),
    # served
    fires("2019 CU14 while CU15 is the newest", "cu-served", "supported", ex("2019", CU14), as_of=IN_2025),
    silent("2019 CU13 then", "cu-served", ex("2019", CU13), as_of=IN_2025),
    fires("2019 CU13 is old by then", "life-old-cu", "unsupported", ex("2019", CU13), as_of=IN_2025),
    silent("2019 CU13 while CU14 was the newest", "life-old-cu", ex("2019", CU13), as_of=IN_2024),
    fires(
        "a security update does not make an old cumulative update young",
        "life-old-cu",
        "unsupported",
        ex("2019", "15.2.1258.39"),
        as_of=IN_2025,
    ),
    fires(
        "2016 CU22 when updates went to CU23 alone",
        "life-old-cu",
        "unsupported",
        ex("2016", "15.1.2375.37"),
        as_of=date(2023, 6, 1),
    ),
    fires(
        "2013 CU22 with the emergency update of March 2021",
        "life-old-cu",
        "unsupported",
        ex("2013", "15.0.1473.6", roles="CAS MBX"),
        as_of=date(2021, 4, 1),
    ),
    silent("2016 CU22 while it still got them", "life-old-cu", ex("2016", "15.1.2375.37"), as_of=date(2022, 12, 20)),
    silent("2019 CU12 after the end of 2019", "life-old-cu", ex("2019", CU12), as_of=date(2026, 1, 1)),
    fires(
        "SE long after the newest build that the facts know",
        "life-se",
        "conditional",
        ex("SE", "15.2.2562.43"),
        as_of=date(2026, 11, 27),
    ),
    silent("SE on a day that they cover", "life-se", ex("SE", "15.2.2562.17"), as_of=date(2026, 5, 15)),
    fires("SE a quarter after its newest build", "cu-served", "supported", SE_JUNE, as_of=date(2026, 9, 9)),
    fires("SE a day later", "life-se", "conditional", SE_JUNE, as_of=date(2026, 9, 10)),
    silent("an update that is newer than the day", "life-old-cu", ex("2019", CU15), as_of=date(2024, 3, 1)),
    # mitigations
    fires(
        "SE before the update of June 2026",
        "em-old-build",
        "conditional",
        ex("SE", "15.2.2562.37"),
        as_of=AFTER_JUNE_2026,
    ),
    silent("SE with it", "em-old-build", ex("SE", "15.2.2562.43"), as_of=AFTER_JUNE_2026),
    silent("2019 CU14 with it", "em-old-build", ex("2019", "15.2.1544.41"), as_of=AFTER_JUNE_2026),
    silent("before the files changed", "em-old-build", ex("SE", "15.2.2562.37"), as_of=date(2026, 6, 30)),
    silent("a build of another version", "em-old-build", ex("SE", CU15), as_of=AFTER_JUNE_2026),
    # Extended Protection
    fires(
        "2019 CU14 behind a proxy that ends TLS",
        "ep-default-on",
        "conditional",
        ex("2019", CU14),
        as_of=IN_2025,
        **owa(),
    ),
    fires(
        "2019 CU14 behind the Hybrid Agent",
        "ep-default-on",
        "conditional",
        ex("2019", CU14),
        as_of=IN_2025,
        hybrid=MODERN,
    ),
    silent("2019 CU13", "ep-default-on", ex("2019", CU13), as_of=IN_2024, **owa()),
    silent("off is written", "ep-default-on", ex("2019", CU14, extended_protection="off"), as_of=IN_2025, **owa()),
    silent("the same certificate", "ep-default-on", ex("2019", CU14), as_of=IN_2025, **owa(same_certificate=True)),
    silent("TLS passes through", "ep-default-on", ex("2019", CU14), as_of=IN_2025, **owa(tls="pass-through")),
    fires("SE without a build", "ep-default-on", "conditional", ex("SE"), as_of=AFTER_JUNE_2026, **owa()),
    fires(
        "SE of which only 15.2 is told",
        "ep-default-on",
        "conditional",
        ex("SE", "15.2"),
        as_of=AFTER_JUNE_2026,
        **owa(),
    ),
    fires("SE behind the Hybrid Agent", "ep-default-on", "conditional", ex("SE"), as_of=AFTER_JUNE_2026, hybrid=MODERN),
    fires(
        "SE behind a balancer",
        "ep-default-on",
        "conditional",
        ex("SE"),
        as_of=AFTER_JUNE_2026,
        **owa(kind="load-balancer", tls="offload"),
    ),
    silent(
        "SE behind a forwarded port",
        "ep-default-on",
        ex("SE"),
        as_of=AFTER_JUNE_2026,
        **owa(kind="port-forward", tls=...),
    ),
    silent(
        "SE with Extended Protection off",
        "ep-default-on",
        ex("SE", extended_protection="off"),
        as_of=AFTER_JUNE_2026,
        **owa(),
    ),
    asks("SE with a build of 2019", "ep-default-on", ex("SE", CU15), as_of=AFTER_JUNE_2026, **owa()),
    asks("2019 without a build", "ep-default-on", ex("2019"), as_of=IN_2025, **owa()),
    asks("2019 of which only 15.2 is told", "ep-default-on", ex("2019", "15.2"), as_of=IN_2025, **owa(tls=...)),
    silent(
        "2019 without a build, behind the same certificate",
        "ep-default-on",
        ex("2019"),
        as_of=IN_2025,
        **owa(same_certificate=True),
    ),
    silent("2019 without a build, before CU14 was out", "ep-default-on", ex("2019"), as_of=IN_2020, **owa()),
    silent(
        "another certificate before 2019 without a build: the rules on TLS ask",
        "ep-default-on",
        ex("2019"),
        as_of=IN_2025,
        **owa(same_certificate=False),
    ),
    silent(
        "2019 without a build, and Extended Protection is written",
        "ep-default-on",
        ex("2019", extended_protection="require"),
        as_of=IN_2025,
        **owa(),
    ),
    asks(
        "two rules lead to 2019 without a build, and one question is asked",
        "ep-default-on",
        ex("2019"),
        as_of=IN_2025,
        publishing=[*owa()["publishing"], *owa(name="b")["publishing"]],
    ),
    silent("2016 without a build", "ep-default-on", ex("2016"), as_of=IN_2025, **owa()),
    # hybrid
    fires(
        "2019 CU12 sends mail to Exchange Online",
        "hyb-tbes",
        "conditional",
        ex("2019", CU12),
        as_of=IN_2025,
        hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]},
    ),
    fires(
        "2019 after its end does",
        "hyb-tbes",
        "conditional",
        ex("2019", CU15),
        as_of=date(2026, 1, 1),
        hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]},
    ),
    silent(
        "2019 CU15 does", "hyb-tbes", ex("2019", CU15), as_of=IN_2025, hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]}
    ),
    silent(
        "a mail path, and no hybrid",
        "hyb-tbes",
        ex("2019", CU12),
        as_of=IN_2025,
        hybrid={"topology": "none", "mail_path": ["EX1", "eop"]},
    ),
    silent(
        "before Exchange Online throttled",
        "hyb-tbes",
        ex("2019", CU12),
        as_of=date(2023, 5, 7),
        hybrid={**CLASSIC, "mail_path": ["EX1", "eop"]},
    ),
    fires(
        "modern authentication, OWA, and 2019 CU13 without the update",
        "hyb-hma-owa",
        "conditional",
        ex("2019", "15.2.1258.32"),
        as_of=IN_2024,
        hybrid={**CLASSIC, "modern_auth": True},
        **owa(),
    ),
    silent(
        "with the update",
        "hyb-hma-owa",
        ex("2019", "15.2.1258.34"),
        as_of=IN_2024,
        hybrid={**CLASSIC, "modern_auth": True},
        **owa(),
    ),
    silent(
        "CU15 has it", "hyb-hma-owa", ex("2019", CU15), as_of=IN_2025, hybrid={**CLASSIC, "modern_auth": True}, **owa()
    ),
    fires(
        "CU12, which got no such update",
        "hyb-hma-owa",
        "conditional",
        ex("2019", CU12),
        as_of=IN_2024,
        hybrid={**CLASSIC, "modern_auth": True},
        **owa(),
    ),
    fires(
        "nobody wrote the build, and OWA is published without ECP",
        "hyb-hma-owa",
        "conditional",
        ex("2019"),
        as_of=IN_2024,
        hybrid={**CLASSIC, "modern_auth": True},
        **owa(protocols=["owa"]),
    ),
    silent("no modern authentication", "hyb-hma-owa", ex("2019", CU13), as_of=IN_2024, hybrid=CLASSIC, **owa()),
    # side by side
    fires(
        "2013 Edge before 2010 Hubs of builds not written",
        "edge-2013-with-2010-hub",
        "conditional",
        edge("2013", SP1),
        ex("2010", roles="CAS HT MBX"),
        as_of=date(2014, 6, 1),
    ),
    silent(
        "2013 Edge before 2010 SP3 RU5", "edge-2013-with-2010-hub", edge("2013", SP1), HUB10, as_of=date(2014, 6, 1)
    ),
    fires(
        "2013 Edge before 2007 Hubs of builds not written",
        "edge-2013-with-2007-hub",
        "conditional",
        edge("2013", SP1),
        ex("2007", roles="CAS HT MBX"),
        as_of=date(2014, 6, 1),
    ),
    silent(
        "2013 Edge before 2007 SP3 RU13", "edge-2013-with-2007-hub", edge("2013", SP1), HUB07, as_of=date(2014, 6, 1)
    ),
    fires(
        "2019 Edge before 2016",
        "edge-newer-than-mailbox",
        "conditional",
        edge("2019", CU14),
        ex("2016", "15.1.2507.6"),
        as_of=IN_2025,
    ),
    silent(
        "2013 Edge before a server of 2003 that is said to hold Hub Transport",
        "edge-newer-than-mailbox",
        edge("2013", SP1),
        ex("2003", roles="BE HT"),
        as_of=date(2014, 6, 1),
    ),
    silent("2019 Edge before 2019", "edge-newer-than-mailbox", edge("2019", CU14), ex("2019", CU14), as_of=IN_2025),
    # operating systems
    fires(
        "2013 on Windows Server 2008 R2 after its end",
        "os-out-of-support",
        "not-recommended",
        ex("2013", "15.0.1497.2", roles="CAS MBX", os="windows-server-2008-r2"),
        as_of=date(2020, 1, 15),
    ),
    silent(
        "on its last day",
        "os-out-of-support",
        ex("2013", "15.0.1497.2", roles="CAS MBX", os="windows-server-2008-r2"),
        as_of=date(2020, 1, 14),
    ),
    silent("a system that nobody knows", "os-out-of-support", ex("2019", CU15, os="os/2-warp"), as_of=IN_2025),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.statement}: {row.sentence}")
def test_rule(row: Row) -> None:
    row.check()


@pytest.mark.parametrize(
    ("version", "day", "served"),
    [
        ("2019", date(2019, 1, 1), ["RTM"]),
        ("2019", date(2019, 3, 1), ["CU1", "RTM"]),
        ("2019", date(2020, 12, 14), ["CU7", "CU6"]),
        ("2019", date(2020, 12, 15), ["CU8", "CU7"]),
        ("2019", date(2024, 12, 31), ["CU14", "CU13"]),
        ("2016", date(2019, 1, 10), ["CU11", "CU10"]),
        ("2016", date(2022, 12, 31), ["CU23", "CU22"]),
        ("2016", date(2023, 2, 10), ["CU23", "CU22"]),  # two months apart, over a new year
        ("2016", date(2023, 3, 1), ["CU23"]),
        ("2013", date(2019, 7, 1), ["CU23", "CU22"]),
        ("2013", date(2020, 1, 1), ["CU23"]),
        ("2013", date(2021, 4, 1), ["CU23"]),  # an emergency update for CU22 in March did not bring it back
        ("SE", date(2026, 1, 1), ["RTM"]),
        ("SE", date(2025, 6, 30), []),
    ],
)
def test_the_newest_cumulative_update_is_served_and_the_one_before_as_long_as_it_gets_updates(
    version: str, day: date, served: list[str]
) -> None:
    case = Case(topology(), facts(), day)
    assert [one.name for one in served_updates(case, Version(version))] == served


def test_a_build_of_another_version_is_named_among_neither() -> None:
    result = advice(ex("2019", "15.1.2507.6"), ex("2016", "15.1.2507.6", "EX2"), as_of=IN_2025)
    assert [one.subjects for one in found(result, "cu-served")] == [("EX2",)]


def test_the_finding_names_version_update_and_build() -> None:
    (finding,) = found(advice(ex("2019", CU14), as_of=IN_2025), "cu-served")
    assert "Exchange 2019 CU14 (15.2.1544.4)" in finding.summary and finding.id == "cu-served@2019+CU14"


@pytest.mark.parametrize(
    ("old", "new", "day", "statement"),
    [
        (ex("2010", "14.2.247.5", roles="CAS HT MBX"), ex("2016", "15.1.225.42", "EX2"), IN_2020, "too-low"),
        (ex("2010", "14.3.266.2", roles="CAS HT MBX"), ex("2016", "15.1.225.42", "EX2"), IN_2020, "met"),
        (ex("2016", "15.1.1531.3"), ex("2019", CU12, "EX2"), IN_2024, "too-low"),
        (ex("2016", "15.1.2507.6"), ex("2019", CU12, "EX2"), IN_2024, "met"),
        (HUB10, edge("2013", SP1), date(2014, 6, 1), "met"),
        (HUB07, edge("2013", SP1), date(2014, 6, 1), "met"),
        (ex("2019", CU13), ex("SE", "15.2.2562.17", "EX2"), AFTER_JUNE_2026, "too-low"),
        (ex("2010", "14.3.123.4", roles="CAS HT MBX"), edge("2013", "15.0.516.32"), date(2014, 6, 1), "too-low"),
        # CU2 of 2013 is the first that goes beside older versions
        (ex("2007", "8.3.298.3", roles="CAS HT MBX"), ex("2013", "15.0.516.32", "EX2"), date(2014, 6, 1), "too-low"),
        (ex("2010", "14.3.123.4", roles="CAS HT MBX"), ex("2013", "15.0.516.32", "EX2"), date(2014, 6, 1), "too-low"),
        # SP1 of 2013 is the first Edge server, and each version before it has a level of its own
        (HUB10, edge("2013", "15.0.775.38"), date(2014, 6, 1), "too-low"),
        (HUB07, edge("2013", "15.0.775.38"), date(2014, 6, 1), "too-low"),
        (ex("2007", "8.3.298.3", roles="CAS HT MBX"), edge("2013", SP1), date(2014, 6, 1), "too-low"),
    ],
)
def test_builds_settle_what_stands_side_by_side(
    old: dict[str, Any], new: dict[str, Any], day: date, statement: str
) -> None:
    result = advice(old, new, as_of=day)
    name = {"met": "coexistence-levels-met", "too-low": "coexistence-level-too-low"}[statement]
    assert found(result, name), [one.id for one in result.findings]


@pytest.mark.parametrize(
    ("old", "new", "statement"),
    [
        (ex("2019", CU15), ex("SE", "15.2.2562.17", "EX2"), "coex-se-2016-2019"),
        (ex("2019", CU15), ex("SE", None, "EX2"), "coex-se-2016-2019"),
        (ex("2016", "15.1.2507.6"), ex("SE", None, "EX2"), "coex-se-2016-2019"),
        (ex("2013", "15.0.1395.4", roles="CAS MBX"), ex("2019", None, "EX2"), "coex-2019-legacy"),
    ],
)
def test_met_levels_do_not_settle_what_is_allowed_for_the_move_only_and_no_build_of_the_newer_one_matters(
    old: dict[str, Any], new: dict[str, Any], statement: str
) -> None:
    result = advice(old, new, as_of=AFTER_JUNE_2026)
    (finding,) = found(result, statement)
    assert not found(result, "coexistence-levels-met")
    assert {item.path for item in finding.evidence} == {"servers.EX1.version", "servers.EX2.version"}


def test_a_rollup_that_an_export_does_not_show_is_not_taken_for_missing() -> None:
    result = advice(ex("2010", "14.3.123.4", roles="CAS HT MBX"), ex("2016", None, "EX2"), as_of=IN_2020)
    assert found(result, "coex-2016-legacy") and not found(result, "coexistence-level-too-low")


def test_the_life_of_a_version_names_the_updates_that_its_servers_run() -> None:
    servers = (ex("2010", "14.3.123.4", roles="CAS HT MBX"), ex("2010", "14.2.247.5", "EX2", roles="CAS HT MBX"))
    (finding,) = found(advice(*servers, as_of=date(2014, 6, 1)), "in-mainstream-support")
    assert finding.summary.endswith("By build: Exchange 2010 SP2 (14.2.247.5) and SP3 (14.3.123.4).")


def test_builds_come_in_the_order_of_their_numbers() -> None:
    older = (ex("2007", "8.3.106.2", "EX2", roles="CAS HT MBX"), ex("2007", "8.3.83.6", roles="CAS HT MBX"))
    (finding,) = found(advice(*older), "in-mainstream-support")
    assert finding.summary.index("8.3.83.6") < finding.summary.index("8.3.106.2")
    (finding,) = found(advice(ex("2019", "15.2.1544.11", "EX2"), ex("2019", CU14), as_of=IN_2025), "cu-served")
    assert "CU14 (15.2.1544.4 and 15.2.1544.11)" in finding.summary
