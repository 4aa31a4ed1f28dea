"""The example customers: each teaches one thing, and the engine agrees with what it teaches."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from exkit.advice import Advice, advise
from exkit.facts import load
from exkit.intake import read
from exkit.patterns import patterns
from exkit.topology import Topology, Version
from exkit.verdict import Verdict

FOLDER = Path(__file__).parent.parent / "data" / "customers"
FILES = sorted(FOLDER.glob("*.yaml"))

# By topology: the overall verdict, or "sound" (nothing worse than conditional); then the findings that carry the
# lesson: statement, subjects among its own, verdict. The faults among them are all that the example has.
EXPECTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "back-end-cluster-2003": ("sound", ("back-end-inside NODE1: supported",)),
    "beside-2013-se": ("unsupported", ("coex-se-2013 OLD1 NEW1: unsupported",)),
    "cas-in-perimeter-2007": ("unsupported", ("cas-in-perimeter CAS1: unsupported",)),
    "cas-in-perimeter-any-any-2010": (
        "unsupported",
        ("cas-in-perimeter CAS1: unsupported", "network-device-any-any CAS1 MBX1 inner: supported"),
    ),
    "ccr-host-firewall-2007": ("conditional", ("ccr-windows-firewall-failover CMS1: conditional",)),
    "ccr-two-sites-2007": ("unsupported", ("ccr-nodes-one-site CMS1 NODE1 NODE2: unsupported",)),
    "client-firewalls-2019": (
        "sound",
        tuple(f"client-firewall-to-cas {wall}: supported" for wall in ("admin-wall", "branch-wall", "trading-wall")),
    ),
    "cloud-witness-2016": ("unsupported", ("dag-witness-cloud DAG1 BLOB1: unsupported",)),
    "coexistence-2003-2010": ("supported", ()),
    "coexistence-2007-2010": ("sound", ("coexistence-levels-met OLDMBX MBX1: supported",)),
    "coexistence-2019-se": ("sound", ("open-path-between-exchange NEW1 OLD1: supported",)),
    "dag-two-sites-2010": ("supported", ("dag-multirole DAG1: supported",)),
    "directory-behind-port-list-2019": (
        "unsupported",
        ("firewall-exchange-to-dc EX1 EX2 DC1 DC2 directory-wall: unsupported",),
    ),
    "domain-controller-in-perimeter-2000": (
        "not-recommended",
        ("dc-in-perimeter-for-fe DC2: not-recommended", "fe-in-perimeter FE1: supported"),
    ),
    "edge-pair-and-balancer-se": (
        "sound",
        (
            "loadbalancer-before-cas web-mail LB1: supported",
            "edge-subscription EDGE1: supported",
            "edge-subscription EDGE2: supported",
            "edge-path-open EDGE1 EX1 inner: supported",
        ),
    ),
    "exchange-on-domain-controller-2016": ("not-recommended", ("exchange-on-dc EX1: not-recommended",)),
    "extended-protection-bridged-2019": (
        "sound",
        ("ep-bridge-same-cert browsers: supported", "ep-bridge-same-cert other-clients: supported"),
    ),
    "federation-split-rule-2010": ("supported", ("federation-split-rule: supported",)),
    "firewall-between-sites-2010": ("unsupported", ("firewall-between-exchange-cross-site LYO1 PAR1: unsupported",)),
    "front-end-behind-isa-2000": (
        "sound",
        ("fe-behind-advanced-firewall FE1: supported", "smtp-relay-in-perimeter-legacy RELAY1 BE1: supported"),
    ),
    "front-end-in-perimeter-2003": ("conditional", ("fe-in-perimeter FE1: supported",)),
    "front-end-inside-2003": ("supported", ("fe-behind-advanced-firewall FE1: supported",)),
    "gateway-and-load-balancer-2010": ("supported", ("third-party-gateway-instead-of-edge GATE1: supported",)),
    "gateway-on-hybrid-path-2016": ("unsupported", ("hyb-inline-smtp GATE1: unsupported",)),
    "hosting-hmc-4.5": ("conditional", ("hmc45-zones CASHUB1: conditional",)),
    "hybrid-agent-2019": ("sound", ("exchange-inside EX1: supported", "hyb-firewall-25 EX1 router: supported")),
    "hybrid-edge-2016": ("sound", ("hyb-edge EDGE1: supported", "preauth-ldap browsers: supported")),
    "hybrid-modern-authentication-se": (
        "sound",
        ("ep-bridge-same-cert everything: supported", "proxy-no-preauth everything: supported"),
    ),
    "mailbox-in-perimeter-hybrid-2019": (
        "unsupported",
        (
            "firewall-between-exchange-same-site HYB1 EX1 inner: unsupported",
            "firewall-exchange-to-dc HYB1 DC1 inner: unsupported",
        ),
    ),
    "multi-role-balancer-2013": (
        "sound",
        ("loadbalancer-before-cas web-mail LB1: supported", "dag-multirole DAG1 EX1 EX2: supported"),
    ),
    "older-edge-2019": ("sound", ("edge-then-hub-flow EDGE1 EX1: supported",)),
    "own-perimeter-forest-se": (
        "sound",
        ("dc-of-another-forest DC1 EX1: supported", "perim-exchange-own-forest EX1: conditional"),
    ),
    "preauth-on-hybrid-endpoints-2019": (
        "unsupported",
        tuple(f"hyb-preauth-{path} everything: unsupported" for path in ("autodiscover", "ews", "mrsproxy")),
    ),
    "recommended-2010": ("supported", ("edge-in-perimeter EDGE1: supported",)),
    "rpc-over-http-2003": ("sound", ("rpchttp-fe-inside-isa outlook ISA1 FE1 FE2: supported",)),
    "single-server-direct-mail-2010": ("not-recommended", ("smtp-direct-to-hub EX1: not-recommended",)),
    "single-server-se": (
        "sound",
        ("direct-443-to-cas forward-443 EX1: conditional", "smtp-direct-to-hub EX1: supported"),
    ),
    "split-vlans-2013": (
        "unsupported",
        (
            "firewall-between-cas-and-mbx CAS1 CAS2 MBX1 MBX2 inner: unsupported",
            "firewall-exchange-to-dc CAS1 CAS2 DC1 inner: unsupported",
        ),
    ),
    "tls-offload-2019": ("unsupported", ("ep-ssl-offload web-mail: unsupported",)),
    "uag-2010": ("sound", ("preauth-on-proxy portal: supported",)),
    "unified-messaging-2007": ("sound", ("um-gateway-firewall PBXGW1 UM1 voice-wall: conditional",)),
    "web-application-proxy-2013": (
        "sound",
        ("wap-owa-adfs browsers: supported", "proxy-no-preauth other-clients: supported"),
    ),
    "witness-in-azure-2019": ("sound", ("vpn-between-exchange EXE1 EXW1 line: supported",)),
    "witness-in-third-datacentre-2016": (
        "sound",
        ("vpn-between-exchange EXN1 EXS1 line-north-south: supported", "dag-members-open DAG1: supported"),
    ),
    "workgroup-proxy-radius-2010": ("supported", ("preauth-radius: supported",)),
}
SOUND = [name for name, (overall, _) in EXPECTED.items() if overall in ("sound", "supported")]
FAULTY = [name for name, (overall, _) in EXPECTED.items() if overall in ("unsupported", "not-recommended")]
OUT_OF_SUPPORT = ["beside-2013-se"]  # no day has both 2013 in support and Subscription Edition
FAULTS = (Verdict.UNSUPPORTED, Verdict.NOT_RECOMMENDED)


def topology(name: str) -> Topology:
    return read(FOLDER / f"{name}.yaml").topology


def judged(name: str) -> Advice:
    found = topology(name)
    return advise(found, load(), found.as_of or date(2010, 1, 1))


def told(advice: Advice) -> str:
    return "\n".join(f"{one.verdict} {one.id}: {one.summary}" for one in advice.findings if one.verdict.rank < 4)


def carried(key: str) -> tuple[str, set[str], str]:
    """A key finding as the table writes it: statement, subjects, verdict."""
    said, _, verdict = key.partition(": ")
    statement, *subjects = said.split()
    return statement, set(subjects), verdict


def test_every_example_is_expected_here_and_nothing_else_is() -> None:
    assert {path.stem for path in FILES} == set(EXPECTED)
    assert len(FILES) >= 30


def test_the_examples_show_every_version_hybrid_and_more_sound_layouts_than_faulty_ones() -> None:
    shown = {server.version for name in EXPECTED for server in topology(name).servers if server.version}
    assert shown == set(Version)
    assert [name for name in EXPECTED if (link := topology(name).hybrid) and link.topology != "none"]
    assert len(SOUND) > len(FAULTY) > 0


def test_each_lesson_is_one_sentence_and_no_two_are_the_same() -> None:
    lessons = [pattern.lesson for pattern in patterns(FOLDER)]
    assert not [lesson for lesson in lessons if re.search(r"[.!?] ", lesson)]
    assert len({lesson.casefold() for lesson in lessons}) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_says_in_its_first_line_what_it_teaches_and_sets_its_day(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert re.fullmatch(r"# Teaches: \S.{30,}\.", first)
    assert read(path).topology.as_of is not None


@pytest.mark.parametrize("name", ["README.md", "data/README.md", "CHANGELOG.md"])
def test_the_documents_say_how_many_examples_there_are(name: str) -> None:
    assert f"{len(FILES)} invented" in (FOLDER.parent.parent / name).read_text(encoding="utf-8")


def test_customers_have_different_names() -> None:
    assert len({read(path).topology.customer for path in FILES}) == len(FILES)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_gets_the_verdicts_that_it_teaches(name: str) -> None:
    overall, keys = EXPECTED[name]
    advice = judged(name)
    assert overall in ("", "sound", advice.verdict("topology")), told(advice)
    for statement, subjects, verdict in map(carried, keys):
        found = [one for one in advice.findings if one.statement == statement and subjects <= set(one.subjects)]
        assert {one.verdict.value for one in found} == {verdict}, f"{statement} on {subjects}:\n{told(advice)}"


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_example_raises_no_alarm(name: str) -> None:
    advice = judged(name)
    most = Verdict.SUPPORTED if EXPECTED[name][0] == "supported" else Verdict.CONDITIONAL
    assert not [one for one in advice.of("topology") if one.verdict.worse_than(most)], told(advice)


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_example_has_no_fault_beside_its_lesson(name: str) -> None:
    advice = judged(name)
    at_fault = {host for _, hosts, verdict in map(carried, EXPECTED[name][1]) if verdict in FAULTS for host in hosts}
    beside = [one.id for one in advice.of("topology") if one.verdict in FAULTS and not at_fault & set(one.subjects)]
    assert at_fault and not beside, told(advice)


@pytest.mark.parametrize("name", EXPECTED)
def test_no_example_leaves_a_question_open(name: str) -> None:
    advice = judged(name)
    assert not [one.question for one in advice.findings if one.verdict is Verdict.UNKNOWN], told(advice)


@pytest.mark.parametrize("name", EXPECTED)
def test_on_its_day_no_example_is_out_of_support_unless_that_is_its_lesson(name: str) -> None:
    advice = judged(name)
    assert (advice.verdict("lifecycle") is Verdict.UNSUPPORTED) == (name in OUT_OF_SUPPORT), told(advice)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_names_builds_and_systems_that_go_together(name: str) -> None:
    exchange = [server for server in topology(name).servers if server.is_exchange]
    assert exchange and all(server.build and server.os for server in exchange)
    platform = [one for one in judged(name).findings if one.topic in ("platform-os", "platform-dc")]
    assert platform and not [one.id for one in platform if one.verdict is not Verdict.SUPPORTED]


def test_a_filter_towards_another_forest_is_fine_and_asks_nobody_to_move() -> None:
    loaded = read(Path(__file__).parents[1] / "data" / "customers" / "own-perimeter-forest-se.yaml")
    result = advise(loaded.topology, load(), loaded.topology.as_of or date(2026, 1, 1))
    fixes = [one.fix for one in result.findings if one.statement == "dc-of-another-forest"]
    assert fixes and not [fix for fix in fixes if "move" in fix]
