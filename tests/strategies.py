"""Hypothesis strategies: `topologies()` gives valid topologies, small enough to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from hypothesis import strategies as st

from exkit.topology import CONTROL, Protocol, Role, Topology, Version, ZoneKind

PLAIN_NAMES = st.from_regex(r"[A-Z][A-Za-z0-9-]{0,7}", fullmatch=True)
TEXT = st.text(min_size=1, max_size=40).filter(lambda text: not CONTROL.search(text))
HOSTILE_NAMES = st.one_of(
    TEXT,
    st.text("ab \n\t\r\"'\\:#*&-[]{},<>!|%@`?~", min_size=1, max_size=12),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "../../etc/passwd",
            '=HYPERLINK("x")',
            "*a",
            "&b",
            "a: b",
            "# c",
            "- d",
            "007",
            "2010",
            "1e3",
            "0x1F",
            "off",
            "yes",
            "null",
            "~",
            "true",
            "2010-03-01",
            "12:30",
            ".inf",
            "---",
            "\u202eexe.fdp",
            "شبكة",
            "Zürich 日本 🏢",
            "\u2028",
            "\ufeffx",
            "x" * 300,
            " lead",
            "trail ",
            "a\nb: c",
        ]
    ),
)
PORTS = st.one_of(
    st.sampled_from(["any", "icmp", "25/tcp", "443/tcp", "53/udp", "1024-65535/tcp"]),
    st.builds(
        lambda low, more, kind: f"{low}-{low + more}/{kind}",
        st.integers(0, 60000),
        st.integers(0, 5000),
        st.sampled_from(["tcp", "udp"]),
    ),
)
MAYBE = st.none() | st.booleans()
HOSTILE = '<script>"a: b"\n- c'
# Forest level, .NET and Outlook are drawn together: hypothesis discards topologies that take too many draws.
PLATFORMS = st.sampled_from(
    [
        (None, None, ()),
        ("windows-server-2012-r2", "4.8", ("outlook-2016",)),
        (HOSTILE, HOSTILE, ("outlook-2016", HOSTILE)),
    ]
)


def _some(draw: Callable, strategy: st.SearchStrategy, most: int = 3) -> tuple:
    return tuple(draw(st.lists(strategy, max_size=most)))


def _one_of(draw: Callable, names: list[str]) -> str | None:
    return draw(st.none() | st.sampled_from(names)) if names else None


@st.composite
def topologies(draw: Callable, names: st.SearchStrategy[str] = PLAIN_NAMES) -> Topology:
    """A valid topology with up to four zones, two sites, five servers, three firewalls and two publishing rules.

    `names=HOSTILE_NAMES` gives names that break whatever does not escape them.
    """
    kept = {"any", "eop", "internet"}
    every = draw(st.lists(names.filter(lambda name: name not in kept), min_size=18, max_size=18, unique=True))
    zones = every[: draw(st.integers(1, 4))]
    servers = every[4 : 4 + draw(st.integers(0, 5))]
    sites = every[9 : 9 + draw(st.integers(0, 2))]
    forests = every[11 : 11 + draw(st.integers(0, 1))]
    firewalls = every[12 : 12 + draw(st.integers(0, 3))] if len(zones) > 1 else []
    publishing = every[15 : 15 + draw(st.integers(0, 2))]
    level, dotnet, outlook = draw(PLATFORMS)
    dags = every[17 : 17 + draw(st.integers(0, 1))]
    ends = st.sampled_from([*zones, *servers, "any"])
    lines = st.fixed_dictionaries({"from": ends, "to": ends, "ports": st.lists(PORTS, max_size=3)})
    return Topology.model_validate(
        {
            "customer": draw(names),
            "as_of": draw(st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))),
            "deployment": draw(st.sampled_from(["standard", "hmc-4.5"])),
            "zones": [{"name": name, "kind": draw(st.sampled_from(ZoneKind))} for name in zones],
            "ad_sites": [{"name": name, "internet_facing": draw(MAYBE)} for name in sites],
            "forests": [
                {
                    "name": name,
                    "zone": _one_of(draw, zones),
                    "functional_level": level,
                }
                for name in forests
            ],
            "servers": [
                {
                    "name": name,
                    "version": draw(st.none() | st.sampled_from(Version)),
                    "build": draw(st.none() | st.just("14.3.123.4")),
                    "roles": draw(st.lists(st.sampled_from(Role), max_size=3, unique=True)),
                    "zone": _one_of(draw, zones),
                    "site": _one_of(draw, sites),
                    "forest": _one_of(draw, forests),
                    "domain_joined": draw(MAYBE),
                    "os": draw(st.none() | names),
                    "dotnet": dotnet,
                    "host_firewall": draw(
                        st.none()
                        | st.fixed_dictionaries({}, optional={"enabled": MAYBE, "configured_by": st.just("scw")})
                    ),
                    "extended_protection": draw(st.sampled_from([None, "off", "allow", "require"])),
                    "also_in": draw(st.none() | st.lists(st.sampled_from(zones), max_size=2)),
                    "subscribed_to": draw(st.none() | st.just(tuple(sites))),
                    "global_catalog": draw(MAYBE),
                }
                for name in servers
            ],
            "firewalls": [
                {
                    "name": name,
                    "between": draw(st.lists(st.sampled_from(zones), min_size=2, max_size=3, unique=True)),
                    "kind": draw(st.sampled_from([None, "network", "router-acl", "site-to-site-vpn"])),
                    "allow": draw(st.none() | st.just("any") | st.lists(lines, max_size=3)),
                    "inspects": draw(st.sampled_from([None, (), ("esmtp",)])),
                    "nat": draw(MAYBE),
                    "host": _one_of(draw, servers),
                }
                for name in firewalls
            ],
            "publishing": [
                {
                    "name": name,
                    "product": draw(st.none() | st.just("tmg-2010") | names),
                    "kind": draw(st.sampled_from([None, "reverse-proxy", "load-balancer", "port-forward"])),
                    "host": _one_of(draw, servers),
                    "zone": _one_of(draw, zones),
                    "protocols": draw(st.none() | st.lists(st.sampled_from(Protocol), max_size=3, unique=True)),
                    "preauth": draw(st.sampled_from([None, "none", "forms", "certificate"])),
                    "tls": draw(st.sampled_from([None, "bridging", "pass-through"])),
                    "targets": draw(
                        st.none() | (st.lists(st.sampled_from(servers), max_size=2) if servers else st.just([]))
                    ),
                }
                for name in publishing
            ],
            "dags": [{"name": name, "kind": "ccr", "members": servers[:2]} for name in dags],
            "mail_flow": [{"path": ["internet", *servers[:2]]}] if servers and draw(st.booleans()) else [],
            "hybrid": draw(st.sampled_from([None, "none", {"topology": "classic", "modern_auth": False}])),
            "outlook": outlook,
            "assumptions": _some(draw, names, 2),
            "waivers": [
                {
                    "finding": draw(names),
                    "because": draw(names),
                    "expires": draw(st.none() | st.just(date(2010, 12, 31))),
                }
                for _ in range(draw(st.integers(0, 1)))
            ],
        }
    )
