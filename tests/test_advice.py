"""Advice as a whole: pure, stable, one finding a choice; waivers; questions."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date

import pytest

from exkit.advice import advise
from exkit.topology import Topology
from exkit.verdict import Verdict
from tests.build import advice, facts, found, host, line, topology, wall

CAS = host("CAS1", "CAS HT", "dmz", version="2010")
MBX = host("MBX1", "MBX", "lan", version="2010")
DC = host("DC1", "DC", "lan")

PURE = """
import json, sys, time
sys.path.insert(0, {root!r})
from datetime import date
from pathlib import Path
from exkit.advice import advise
from exkit.facts import load
from exkit.intake import read
facts = load()
cases = [read(path).topology for path in sorted(Path({root!r}, "tests/cases").rglob("[sb][0-9]*.yaml"))]
advise(cases[0], facts, date(2010, 1, 1))  # whatever Python imports late, it has imported now

def watch(event, arguments):
    if event == "open" or event.startswith(("socket", "subprocess", "os.system")):
        raise RuntimeError(f"advise touched the outside: {{event}} {{arguments}}")

sys.addaudithook(watch)
print(json.dumps([advise(case, facts, case.as_of).to_dict() for case in cases], sort_keys=False))
"""


def run_pure(hash_seed: str, faked_day: str) -> str:
    import os
    from pathlib import Path

    root = str(Path(__file__).resolve().parents[1])
    program = PURE.format(root=root)
    fake = f"import time; _now = {faked_day}; time.time = lambda: _now; time.localtime = lambda *a: time.gmtime(_now)\n"
    day = (
        "import datetime as _d\nclass _Date(_d.date):\n    @classmethod\n"
        "    def today(cls): return cls.fromtimestamp(_now)\n_d.date = _Date\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", fake + day + program], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_advise_opens_no_file_and_gives_the_same_under_two_hash_seeds_and_two_days() -> None:
    first, second = run_pure("1", "1_000_000_000"), run_pure("2", "1_900_000_000")
    assert len(json.loads(first)) > 20
    assert first == second


def test_the_audit_hook_of_that_test_does_catch_an_opened_file() -> None:
    broken = PURE.replace("print(json", "open('/dev/null'); print(json").format(root=".")
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True)
    assert "advise touched the outside: open" in done.stderr


def test_the_order_of_lists_changes_nothing() -> None:
    servers = [CAS, MBX, DC, host("MBX2", "MBX HT CAS", "back", version="2010")]
    walls = [wall("a", "dmz", "lan", allow=[]), wall("b", "lan", "back", allow="any", inspects=[])]
    there = advice(*servers, firewalls=walls)
    back = advice(*reversed(servers), firewalls=list(reversed(walls)))
    assert there.findings == back.findings


def test_one_firewall_between_ten_servers_and_three_controllers_is_one_finding() -> None:
    servers = [host(f"MBX{n}", "MBX", "lan", version="2010") for n in range(10)]
    controllers = [host(f"DC{n}", "DC", "back") for n in range(3)]
    result = advice(*servers, *controllers, firewalls=[wall("tier", "lan", "back", allow=[])])
    assert [len(one.subjects) for one in found(result, "firewall-exchange-to-dc")] == [14]
    assert found(result, "firewall-exchange-to-dc")[0].id == "firewall-exchange-to-dc@tier"


def test_hosts_that_a_line_sets_apart_are_not_grouped_with_the_others() -> None:
    free = [line("CAS1", "any", "any"), line("any", "CAS1", "any")]
    result = advice(
        host("CAS1", "CAS", version="2010"),
        host("CAS2", "CAS", version="2010"),
        host("MBX1", "MBX", "back", version="2010"),
        firewalls=[wall("tier", "lan", "back", allow=free, inspects=[])],
    )
    assert [one.subjects for one in found(result, "firewall-between-cas-and-mbx")] == [("CAS2", "MBX1", "tier")]
    assert [one.subjects for one in found(result, "network-device-any-any")] == [("CAS1", "MBX1", "tier")]


def test_several_roles_of_one_server_in_the_perimeter_are_one_finding_with_all_sources() -> None:
    result = advice(host("EX1", "CAS HT MBX UM", "dmz", version="2010"))
    placed = [one for one in result.findings if one.topic == "placement"]
    assert [one.id for one in placed] == ["cas-in-perimeter@EX1"]


def test_nobody_is_told_to_open_the_inner_firewall_for_a_server_that_must_leave_the_perimeter() -> None:
    result = advice(CAS, MBX, DC, firewalls=[wall("inner", "dmz", "lan", allow=[])])
    (path,) = found(result, "firewall-between-cas-and-mbx")
    assert path.fix.startswith("Do not open the firewall: move CAS1 to the intranet")


def test_nor_to_keep_it_open_or_to_put_a_writable_controller_there_for_it() -> None:
    inner = wall("inner", "dmz", "lan", allow="any", inspects=[], nat=False)
    apart = CAS | {"site": "Branch"}
    result = advice(apart, MBX, DC, host("R1", "RODC", "dmz", site="Branch"), firewalls=[inner])
    assert {one.fix for one in found(result, "network-device-any-any")} == {
        "Move CAS1 to the intranet, then close what the device lets pass for it."
    }
    asked = advice(apart, MBX, DC, firewalls=[inner])
    for one in (*found(result, "rodc-used-by-exchange"), *found(asked, "ad-no-gc-in-site")):
        assert one.fix == "Put no writable domain controller there: move CAS1 to a site on the intranet."
    assert found(result, "rodc-used-by-exchange") and found(asked, "ad-no-gc-in-site")
    assert "CAS1 needs a global catalog there" in found(asked, "ad-no-gc-in-site")[0].summary


def test_a_special_rule_overrules_the_general_one_and_says_why() -> None:
    result = advice(
        host("CAS1", "CAS", "dmz", version="2007"),
        MBX | {"version": "2007"},
        deployment="hmc-4.5",
        firewalls=[wall("inner", "dmz", "lan", allow=[])],
    )
    (placed,) = [one for one in result.findings if one.topic == "placement" and "CAS1" in one.subjects]
    assert (placed.statement, placed.verdict) == ("hmc45-zones", Verdict.CONDITIONAL)
    assert any(text.startswith("cas-in-perimeter (unsupported): ") and len(text) > 40 for text in placed.overrules)


def test_topology_and_life_cycle_are_judged_apart() -> None:
    result = advice(host("EX1", "CAS HT MBX", version="2010"), DC, as_of=date(2024, 1, 1))
    assert result.verdict("topology") is Verdict.SUPPORTED
    assert result.verdict("lifecycle") is Verdict.UNSUPPORTED


def test_open_questions_do_not_make_the_overall_verdict_worse() -> None:
    result = advice(host("EX1", "CAS HT MBX", version="2010", domain_joined=...), DC)
    assert result.questions
    assert result.verdict("topology") is Verdict.SUPPORTED


def test_one_field_that_many_servers_lack_is_one_question() -> None:
    servers = [host(f"EX{n}", "CAS HT MBX", version="2010") for n in range(20)]
    (asked,) = found(advice(*servers, DC), "host-firewall-not-known")
    assert len(asked.subjects) == 20
    assert asked.question and asked.question.field == "servers.EX0.host_firewall"


WAIVED = {"finding": "cas-in-perimeter@CAS1", "because": "moves in spring", "expires": "2010-12-31"}


@pytest.mark.parametrize(("day", "holds"), [("2010-12-31", True), ("2011-01-01", False)])
def test_a_waiver_holds_to_the_end_of_its_last_day_and_then_says_that_it_lapsed(day: str, holds: bool) -> None:
    result = advice(CAS, waivers=[WAIVED], as_of=date.fromisoformat(day))
    (finding,) = found(result, "cas-in-perimeter")
    assert finding.verdict is Verdict.UNSUPPORTED, "a waiver changes who answers for it, not what the vendor says"
    assert (finding.waiver is not None) is holds
    assert bool(found(result, "waiver-without-finding")) is not holds


def test_a_waiver_that_fits_no_finding_is_loud() -> None:
    result = advice(MBX, waivers=[{**WAIVED, "finding": "cas-in-perimeter@CAS9"}])
    (gap,) = found(result, "waiver-without-finding")
    assert "cas-in-perimeter@CAS9" in gap.summary


def test_a_newcomer_behind_the_same_firewall_stays_unwaived() -> None:
    walls = [wall("tier", "lan", "back", allow=[])]
    accepted = {"finding": "firewall-exchange-to-dc@tier", "because": "audit", "subjects": ["EX1", "DC1", "tier"]}
    servers = [host("EX1", "CAS HT MBX", version="2010"), host("DC1", "DC", "back")]
    before = advice(*servers, firewalls=walls, waivers=[accepted])
    after = advice(*servers, host("EX2", "MBX", version="2010"), firewalls=walls, waivers=[accepted])
    assert found(before, "firewall-exchange-to-dc")[0].waiver is not None
    assert found(after, "firewall-exchange-to-dc")[0].waiver is None
    assert "EX2" in found(after, "waiver-without-finding")[0].summary


def test_a_version_that_no_statement_covers_is_a_question_never_a_yes() -> None:
    result = advice(host("EX1", "CAS", "dmz", version="2016"), DC)
    assert [one.verdict for one in found(result, "cas-in-perimeter")] == [Verdict.UNKNOWN]
    assert "2016" in found(result, "cas-in-perimeter")[0].question.text
    assert found(result, "cas-in-perimeter")[0].why == facts().statements_called("cas-in-perimeter")[0].why


@pytest.mark.parametrize(
    ("statement", "server", "sections", "day", "reading", "source"),
    [
        ("eol-2010", {"version": "2010"}, {}, "2021-01-01", "2020-01-14", "lifecycle-glo"),
        ("outlook-fits-with-level", {"version": "2019"}, {"outlook": ["outlook-2016-mac"]}, "2022-01-01",
         "The matrix says no", "requirements-modern"),
        ("os-out-of-support", {"version": "2010", "os": "windows-server-2008-r2"}, {}, "2020-06-01",
         "2018-07-10", None),
        ("os-fits", {"version": "2010", "os": "windows-server-2012-r2", "build": "14.3.468"}, {}, "2020-01-01",
         "blank", "support-matrix"),
        ("life-se", {"version": "SE", "build": "15.2.2562.17"}, {}, "2027-06-01", "CU1", "roadmap-2024"),
    ],
)  # fmt: skip
def test_a_finding_on_a_contested_point_shows_both_readings_and_who_says_so(
    statement: str, server: dict[str, str], sections: dict[str, list[str]], day: str, reading: str, source: str | None
) -> None:
    roles = "CAS HT MBX" if server["version"] == "2010" else "MBX"
    result = advice(host("EX1", roles, **server), DC, as_of=date.fromisoformat(day), **sections)
    (finding,) = found(result, statement)
    assert finding.disagreement is not None
    assert reading in finding.disagreement.reading and finding.disagreement.decided
    titles = [one.title for one in finding.disagreement.sources]
    assert titles and (source is None or facts().source(source).title in titles)


def test_an_empty_topology_has_no_verdict() -> None:
    result = advise(Topology(customer="Nobody"), facts(), date(2010, 1, 1))
    assert result.findings == ()
    assert result.verdict("topology") is Verdict.UNKNOWN


def test_the_result_has_the_shape_of_the_contract() -> None:
    plain = advice(CAS, MBX, DC).to_dict("contoso.yaml", {"servers.CAS1.zone": 14, "servers.CAS1": 12})
    assert json.loads(json.dumps(plain)) == plain
    first = plain["findings"][0]
    assert plain["verdict"] == {"topology": "unsupported", "lifecycle": "supported"}
    assert {"fact": "servers.CAS1.zone = dmz", "from": "contoso.yaml:14"} in first["evidence"]
    assert {"fact": "servers.CAS1.roles = [ClientAccess, HubTransport]", "from": "contoso.yaml:12"} in first["evidence"]
    assert plain["provenance"]["knowledge"].startswith("sha256:")
    assert plain["provenance"]["topology"].startswith("sha256:")


def test_findings_come_worst_first() -> None:
    ranks = [one.verdict.rank for one in advice(CAS, MBX, DC, host("EDGE1", "ET", "dmz", version="2010")).findings]
    assert ranks == sorted(ranks)


def test_equal_topologies_have_one_hash_whatever_the_file_looked_like() -> None:
    assert topology(CAS, MBX).digest() == topology(dict(reversed(CAS.items())), MBX).digest()
    assert topology(CAS, MBX).digest() != topology(CAS).digest()


def test_summaries_say_a_host_in_the_singular_and_names_as_people_write_them() -> None:
    servers = [host("EX1", "CAS HT MBX", version="2010", os="windows-server-2008-r2"), host("DC1", "DC")]
    result = advice(*servers, host("EX2", "CAS HT", version="2010", site="Branch"),
                    ad_sites=[{"name": "HQ", "internet_facing": True}, {"name": "Branch"}])  # fmt: skip
    (facing,) = found(result, "internet-facing-site-proxy")
    assert facing.summary == "EX1 of HQ faces the Internet and proxies to EX2."
    assert found(result, "os-fits")[0].summary.endswith("on Windows Server 2008 R2.")
    assert [one.summary for one in found(result, "open-path-between-exchange")] == [
        "Between EX1 and EX2 no device is in the way."
    ]
