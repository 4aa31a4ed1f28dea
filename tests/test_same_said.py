"""The same topology in other words, or with a stranger beside it, is judged the same; and waiting mends nothing."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exkit.advice import advise
from exkit.intake import read
from exkit.paths import Network
from exkit.topology import EXCHANGE_ROLES, Role, Topology, port_range
from exkit.verdict import Verdict
from tests.build import advice, facts, found, host, line, topology, verdicts, wall

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("data/customers/*.yaml"), *ROOT.glob("tests/cases/*/[a-z][0-9]*.yaml")])
EXAMPLES = {path.stem: read(path).topology for path in FILES}
Plain = dict[str, Any]
IN_A_FOREST = (*EXCHANGE_ROLES, Role.DOMAIN_CONTROLLER, Role.READ_ONLY_DOMAIN_CONTROLLER)
CORP = {"forest": "corp"}
TWO = [{"name": "corp", "zone": "lan"}, {"name": "other", "zone": "back"}]


def plain_of(made: Topology) -> Plain:
    return deepcopy({"as_of": "2012-06-01", **made.to_plain(), "waivers": []})


def told(plain: Plain, hosts: set[str], aspects: tuple[str, ...] = ("topology", "lifecycle")) -> set[tuple]:
    """What is said of each of some hosts: statement and verdict."""
    made = Topology.model_validate(plain)
    assert made.as_of is not None
    seen = [one for aspect in aspects for one in advise(made, facts(), made.as_of).of(aspect)]
    return {(one.statement, name, one.verdict) for one in seen for name in one.subjects if name in hosts}


def lines_of(plain: Plain) -> list[Plain]:
    return [
        one for device in plain.get("firewalls", ()) if device.get("allow") != "any" for one in device.get("allow", ())
    ]


def halved(port: str) -> list[str]:
    transport, low, high = port_range(port)
    if transport not in ("tcp", "udp") or low == high:
        return [port]
    middle = (low + high) // 2
    return [f"{low}-{middle}/{transport}", f"{middle + 1}-{high}/{transport}"]


def ranges_halved(plain: Plain) -> None:
    for one in lines_of(plain):
        one["ports"] = [half for port in one["ports"] for half in halved(port)]


def a_line_for_each_port(plain: Plain) -> None:
    for device in plain.get("firewalls", ()):
        if isinstance(device.get("allow"), list):
            device["allow"] = [{**one, "ports": [port]} for one in device["allow"] for port in one["ports"]]


def any_in_words(plain: Plain) -> None:
    everything = ["1-65535/tcp", "1-65535/udp", "icmp", "esp", "ah", "gre"]
    for device in plain.get("firewalls", ()):
        if device.get("allow") == "any":
            device["allow"] = [{"from": "any", "to": "any", "ports": everything}]


def a_rule_for_each_target(plain: Plain) -> None:
    plain["publishing"] = [
        {**one, "name": f"{one['name']} {target}", "targets": [target]} if target else one
        for one in plain.get("publishing", ())
        for target in (one.get("targets") or [None])
    ]


def two_devices_in_a_row(plain: Plain) -> None:
    kinds = {zone["name"]: zone["kind"] for zone in plain["zones"]}
    devices = []
    for one in plain.get("firewalls", ()):
        ends = {kinds[zone] for zone in one["between"]}
        if len(one["between"]) > 2 or "host" in one or "cloud" in ends:
            devices.append(one)
            continue
        between = f"behind {one['name']}"
        kind = "perimeter" if {"internet", "perimeter"} <= ends else "internal"
        plain["zones"].append({"name": between, "kind": kind})
        first, last = one["between"]
        devices += [
            {**one, "between": [first, between]},
            {**one, "name": f"{one['name']} 2", "between": [between, last]},
        ]
    plain["firewalls"] = devices


OTHER_WORDS: list[Callable[[Plain], None]] = [
    ranges_halved,
    a_line_for_each_port,
    any_in_words,
    a_rule_for_each_target,
    two_devices_in_a_row,
]
# A server alone behind the device has a way to it once there are two; what reads mail is told of all who stand at it.
WITH_THE_DEVICE = {"proxy-path-open", "gw-esmtp-inspection"}


@pytest.mark.parametrize("written", OTHER_WORDS, ids=lambda one: one.__name__)
def test_the_same_in_other_words_is_judged_the_same(written: Callable[[Plain], None]) -> None:
    changed, differing = 0, {}
    for stem, made in EXAMPLES.items():
        here, there = plain_of(made), plain_of(made)
        written(there)
        if here == there:
            continue
        changed += 1
        hosts = {one.name for one in made.servers}
        apart = {one for one in told(here, hosts) ^ told(there, hosts) if one[0] not in WITH_THE_DEVICE}
        if apart:
            differing[stem] = apart
    assert changed > 20
    assert not differing


STRANGERS = (
    {"version": "2003", "build": "6.5.7638.1", "roles": ["BackEnd"]},
    {"version": "2010", "build": "14.3.513.0", "roles": ["ClientAccess", "HubTransport", "Mailbox"]},
    {"version": "SE", "build": "15.2.2562.17", "roles": ["Mailbox"]},
)


def with_a_stranger(plain: Plain, exchange: Plain) -> Plain:
    """The same beside an organization that has nothing to do with it: a forest, a site, a zone and an entry of its
    own."""
    own = {"zone": "strange lan", "site": "Strange", "forest": "strange"}
    server = {"name": "STRANGE", "domain_joined": True, "also_in": [], **exchange, **own}
    entry = {"name": "strange entry", "kind": "port-forward", "protocols": ["owa"], "preauth": "none",
             "tls": "pass-through", "targets": ["STRANGE"]}  # fmt: skip
    internet = [zone["name"] for zone in plain["zones"] if zone["kind"] == "internet"][:1]
    walls = [
        wall("strange wall", zone, "strange lan", allow=[line(zone, "STRANGE", "443/tcp")], inspects=[], nat=False)
        for zone in internet
    ]
    return {
        **plain,
        "zones": [*plain["zones"], {"name": "strange lan", "kind": "internal"}],
        "ad_sites": [*plain.get("ad_sites", ()), {"name": "Strange", "internet_facing": False}],
        "forests": [*plain["forests"], {"name": "strange", "zone": "strange lan"}],
        "servers": [
            *plain["servers"],
            server,
            {"name": "STRANGEDC", "roles": ["DomainController"], "global_catalog": True, **own},
        ],
        "firewalls": [*plain.get("firewalls", ()), *walls],
        "publishing": [*plain.get("publishing", ()), entry],
    }


def in_one_forest(made: Topology) -> Plain | None:
    """A topology of one forest with each server in it that must be in some; None where the file has several, or none
    of its hosts is Exchange."""
    plain = plain_of(made)
    if len(made.forests) > 1 or not any(one.is_exchange for one in made.servers):
        return None
    plain.setdefault("forests", [{"name": "corp"}])
    for one, server in zip(plain["servers"], made.servers, strict=True):
        if not server.is_edge and (server.domain_joined or server.holds(*IN_A_FOREST)):
            one.setdefault("forest", plain["forests"][0]["name"])
    return plain


# Sites are asked for once there are several; whom a Skype server works with is not written; the last is on both.
ASKED_BESIDE = {"site-not-known", "ad-no-gc-in-site", "no-route-known", "dc-of-another-forest"}


def test_a_stranger_beside_an_organization_changes_no_verdict_on_it() -> None:
    seen, differing = 0, {}
    for number, (stem, made) in enumerate(EXAMPLES.items()):
        plain = in_one_forest(made)
        if plain is None:
            continue
        seen += 1
        hosts = {one.name for one in made.servers}
        beside = with_a_stranger(plain, STRANGERS[number % len(STRANGERS)])
        apart = {one for one in told(plain, hosts) ^ told(beside, hosts) if one[0] not in ASKED_BESIDE}
        if apart:
            differing[stem] = apart
    assert seen > 300
    assert not differing


DAYS = [date(year, 7, 15) for year in range(2001, 2032, 2)]


def test_no_verdict_on_a_life_cycle_gets_better_by_waiting() -> None:
    better = []
    for stem, made in list(EXAMPLES.items())[::5]:
        was: dict[str, Verdict] = {}
        for day in DAYS:
            now: dict[str, Verdict] = {}
            for one in advise(made, facts(), day).of("lifecycle"):
                for name in one.subjects if one.verdict is not Verdict.UNKNOWN else ():
                    now[name] = min(now.get(name, one.verdict), one.verdict, key=lambda verdict: verdict.rank)
            better += [(stem, name, day) for name, verdict in now.items() if was.get(name, verdict).worse_than(verdict)]
            was |= now
    assert not better


def test_an_edge_server_stands_beside_the_servers_of_the_site_it_is_subscribed_to() -> None:
    old, new = (
        host("OLD", "CAS HT MBX", version="2007", **CORP),
        host("NEW", "MBX", "back", version="2016", site="Branch", forest="other"),
    )
    for forest in ({}, {"forest": "perimeter"}):
        edge = host("EDGE", "ET", "dmz", version="2007", **forest)
        forests = [*TWO, {"name": "perimeter", "zone": "dmz"}]
        ours, theirs = (
            found(advice(old, new, edge | {"subscribed_to": [site]}, forests=forests), "coex-too-old")
            for site in ("HQ", "Branch")
        )
        assert not ours
        assert [one.subjects for one in theirs] == [("EDGE", "NEW")]


def test_an_edge_server_that_nothing_ties_to_one_of_two_organizations_is_beside_neither() -> None:
    old, new = (
        host("OLD", "CAS HT MBX", version="2007", **CORP),
        host("NEW", "MBX", "back", version="2016", site="Branch", forest="other"),
    )
    edge = host("EDGE", "ET", "dmz", version="2007")
    assert not found(advice(old, new, edge, forests=TWO), "coex-too-old")
    mail = [{"path": ["internet", "EDGE", "NEW"]}]
    assert found(advice(old, new, edge, forests=TWO, mail_flow=mail), "coex-too-old")
    assert found(advice(host("NEW", "MBX", version="2016"), edge), "coex-too-old")


def test_a_newer_server_of_another_forest_is_no_reason_to_move_the_hybrid() -> None:
    hybrid = {"topology": "classic", "targets": ["EX1"]}
    ours, newer = host("EX1", "MBX", version="2016", **CORP), host("EX2", "MBX", version="2019", forest="other")
    assert not found(advice(ours, newer, forests=TWO, hybrid=hybrid), "hyb-old-org-version")
    assert verdicts(advice(ours, newer | CORP, forests=TWO, hybrid=hybrid), "hyb-old-org-version") == ["unsupported"]


def test_a_newer_server_of_another_forest_hides_no_name_on_the_older_version() -> None:
    hosts = [host("FE1", "FE", version="2003", **CORP), host("EX10", "CAS HT MBX", version="2010", **CORP)]
    rule = [{"name": "owa", "kind": "port-forward", "protocols": ["owa"], "targets": ["FE1"]}]
    newest = host("NEW", "MBX", "back", version="2016", forest="other", site="Branch")
    for more in ([], [newest]):
        assert found(advice(*hosts, *more, forests=TWO, publishing=rule), "coexist-internet-cas-first"), more


def test_a_published_newer_server_of_another_forest_is_no_entry_to_ours() -> None:
    """Not for a front-end that cannot reach newer mailboxes, nor for an old one that a firewall opens."""
    newer = host("NEW", "CAS HT MBX", "back", version="2010", forest="other", site="Branch")
    rule = [{"name": "owa", "kind": "port-forward", "protocols": ["owa"], "targets": ["NEW"]}]
    hosts = [host("FE1", "FE", version="2003", **CORP), host("EX10", "CAS HT MBX", version="2010", **CORP)]
    lines = [line("internet", "FE1", "443/tcp"), line("internet", "NEW", "443/tcp")]
    walls = [wall("fw", "internet", "lan", "back", allow=lines)]
    result = advice(*hosts, newer, forests=TWO, firewalls=walls, publishing=rule)
    assert [one.subjects for one in found(result, "fe2003-to-mbx2007")] == [("FE1", "EX10")]
    with_old = advice(
        *hosts, host("BE1", "BE", version="2003", **CORP), newer, forests=TWO, firewalls=walls, publishing=rule
    )
    assert [one.subjects for one in found(with_old, "coexist-internet-cas-first")] == [("FE1",)]


def test_a_newer_server_of_another_forest_hides_no_site_that_must_come_first() -> None:
    sites = [{"name": "HQ", "internet_facing": True}, {"name": "Branch", "internet_facing": False}, {"name": "Far"}]
    hosts = [
        host("OLD", "CAS HT MBX", version="2007", **CORP),
        host("EX10", "CAS HT MBX", "branch", version="2010", site="Branch", **CORP),
    ]
    newest = host("NEW", "MBX", "back", version="2016", site="Far", forest="other")
    for more in ([], [newest]):
        result = advice(*hosts, *more, forests=TWO, ad_sites=sites)
        assert [one.subjects for one in found(result, "coexist-internet-site-first")] == [("EX10",)], more


def test_a_site_faces_the_internet_for_the_servers_of_its_own_forest() -> None:
    sites = [{"name": "HQ", "internet_facing": True}, {"name": "Branch", "internet_facing": False}]
    here, there = (
        host("EX1", "CAS HT MBX", version="2010", **CORP),
        host("EX2", "CAS HT MBX", "back", version="2010", site="Branch"),
    )
    assert found(advice(here, there | CORP, forests=TWO, ad_sites=sites), "internet-facing-site-proxy")
    assert not found(
        advice(here, there | {"forest": "other"}, forests=TWO, ad_sites=sites), "internet-facing-site-proxy"
    )


def test_the_only_old_server_of_a_forest_needs_no_front_end_whatever_is_in_others() -> None:
    ours, theirs = host("BE1", "BE", version="2003", **CORP), host("BE2", "BE", "back", version="2003", forest="other")
    rule = [{"name": "owa", "product": "isa-2006", "kind": "reverse-proxy", "zone": "dmz", "protocols": ["owa"],
             "targets": ["BE1"]}]  # fmt: skip
    assert not found(advice(ours, theirs, forests=TWO, publishing=rule), "owa-be-direct")
    assert found(advice(ours, theirs | CORP, forests=TWO, publishing=rule), "owa-be-direct")


def test_the_domain_controllers_of_another_forest_are_not_those_asked_for() -> None:
    ours, theirs = host("EX1", "MBX", version="2016", **CORP), host("DC1", "DC")
    (asked,) = found(advice(ours, theirs | {"forest": "other"}, forests=TWO), "domain-controller-not-written")
    assert asked.subjects == ("EX1",)
    assert not found(advice(ours, theirs, forests=TWO), "domain-controller-not-written")
    assert not found(advice(ours, theirs | CORP, forests=TWO), "domain-controller-not-written")


def test_a_proxy_in_a_workgroup_needs_the_domain_controllers_of_the_servers_behind_it() -> None:
    hosts = [host("P1", "ReverseProxy", "dmz", domain_joined=False), host("EX1", "CAS HT MBX", version="2010", **CORP)]
    hosts += [host("DC1", "DC", **CORP), host("DC2", "DC", "back", site="Branch", forest="other")]
    rule = {"name": "owa", "product": "tmg-2010", "kind": "reverse-proxy", "host": "P1", "protocols": ["owa"],
            "preauth": "forms", "validation": "ldap", "delegation": "basic", "targets": ["EX1"]}  # fmt: skip
    inner = wall("inner", "dmz", "lan", allow=[line("P1", "EX1", "443/tcp")], inspects=[])
    (one,) = found(advice(*hosts, forests=TWO, firewalls=[inner], publishing=[rule]), "proxy-path-ports-missing")
    assert "DC1" in one.subjects and "DC2" not in one.subjects


EX13 = host("EX1", "CAS MBX", version="2013")


@pytest.mark.parametrize(
    "tells",
    [
        {"mail_flow": [{"path": ["internet", "EX1"]}]},
        {"hybrid": {"topology": "classic", "mail_path": ["EX1", "eop"]}},
    ],
)
def test_smtp_is_inspected_in_front_of_a_server_by_the_outer_of_two_firewalls_too(tells: Plain) -> None:
    smtp = [line("any", "any", "25/tcp")]
    walls = [
        wall("outer", "internet", "dmz", allow=smtp, inspects=["esmtp"]),
        wall("inner", "dmz", "lan", allow=smtp, inspects=[]),
    ]
    (one,) = found(advice(EX13, firewalls=walls, **tells), "gw-esmtp-inspection")
    assert one.subjects == ("outer", "EX1")


def test_a_line_that_names_the_server_tells_that_the_outer_firewall_is_in_front_of_it() -> None:
    def walls(target: str) -> list[Plain]:
        opened = [line("internet", target, "25/tcp")]
        return [
            wall("outer", "internet", "dmz", allow=opened, inspects=["esmtp"]),
            wall("inner", "dmz", "lan", allow=opened, inspects=[]),
        ]

    assert found(advice(EX13, firewalls=walls("EX1")), "gw-esmtp-inspection")
    assert not found(advice(EX13, firewalls=walls("lan")), "gw-esmtp-inspection")


def test_smtp_inspected_in_front_of_a_gateway_is_not_in_front_of_the_server_behind_it() -> None:
    smtp = [line("any", "any", "25/tcp")]
    walls = [
        wall("outer", "internet", "dmz", allow=smtp, inspects=["esmtp"]),
        wall("inner", "dmz", "lan", allow=smtp, inspects=[]),
    ]
    mail = [{"path": ["internet", "GW", "EX1"]}]
    result = advice(EX13, host("GW", "SMTPGateway", "dmz"), firewalls=walls, mail_flow=mail)
    assert not found(result, "gw-esmtp-inspection")


ADFS = host("ADFS1", "ADFS", domain_joined=True)
MEMBER = host("EDGE", "ET", "dmz", version="2016", domain_joined=True, forest="perimeter")


@pytest.mark.parametrize(
    "outside",
    [
        [host("WAP1", "ReverseProxy", "dmz", domain_joined=False)],
        [MEMBER, host("DC2", "DC", "dmz", site=..., forest="perimeter")],
        [host("RODC1", "RODC", "dmz", **CORP)],
    ],
)
def test_an_inner_firewall_that_opens_everything_is_too_wide_whoever_stands_on_its_sides(outside: list[Plain]) -> None:
    hosts = [host("EX1", "MBX", version="2016", **CORP), host("DC1", "DC", **CORP), ADFS, *outside]
    forests = [{"name": "corp", "zone": "lan"}, {"name": "perimeter", "zone": "dmz"}]
    inner = wall("inner", "dmz", "lan", allow="any", inspects=[], nat=False)
    rule = {"name": "owa", "product": "wap-2016", "kind": "reverse-proxy", "protocols": ["owa"], "preauth": "adfs",
            "validation": "adfs", "delegation": "none", "targets": ["EX1"]}  # fmt: skip
    rules = [rule | {"host": one["name"]} for one in outside if one["roles"] == ["ReverseProxy"]]
    result = advice(*hosts, forests=forests, firewalls=[inner], publishing=rules, hybrid="none")
    assert verdicts(result, "inner-firewall-restrictive") == ["not-recommended"]


def test_what_stands_in_an_inner_perimeter_goes_out_through_the_outer_one() -> None:
    """Though another firewall leads from the LAN to the Internet."""
    zones = [{"name": "internet", "kind": "internet"}, {"name": "front", "kind": "perimeter"},
             {"name": "dmz", "kind": "perimeter"}, {"name": "lan", "kind": "internal"}]  # fmt: skip
    walls = [
        wall("outer", "internet", "front", allow="any"),
        wall("middle", "front", "dmz", allow="any"),
        wall("inner", "dmz", "lan", allow=[]),
        wall("egress", "lan", "internet", allow=[]),
    ]
    made = topology(host("EDGE", "ET", "dmz", version="2016"), zones=zones, firewalls=walls)
    routes = {tuple(device.name for device in route) for route in Network(made).routes_out(made.servers[0])}
    assert ("middle", "outer") in routes
