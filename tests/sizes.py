"""Customers of 3, 20, 60 servers or more, made up but laid out as real ones are."""

from __future__ import annotations

from typing import Any

from exkit.topology import Topology

INTERNET = {"name": "internet", "kind": "internet"}
DMZ = {"name": "dmz", "kind": "perimeter"}


def _exchange(name: str, roles: list[str], zone: str, site: str, **more: object) -> dict[str, object]:
    common = {"version": "2010", "build": "14.3.123.4", "domain_joined": True, "forest": "corp"}
    return {"name": name, "roles": roles, "zone": zone, "site": site, **common, **more}


def _edge(name: str, site: str) -> dict[str, object]:
    return {
        "name": name,
        "version": "2010",
        "build": "14.3.123.4",
        "roles": ["ET"],
        "zone": "dmz",
        "domain_joined": False,
        "subscribed_to": [site],
    }


def _proxy(name: str) -> dict[str, object]:
    return {"name": name, "roles": ["ReverseProxy"], "zone": "dmz", "domain_joined": False, "also_runs": ["tmg-2010"]}


def _dc(name: str, zone: str, site: str) -> dict[str, object]:
    return {"name": name, "roles": ["DC"], "zone": zone, "site": site, "forest": "corp", "global_catalog": True}


def _publishing(host: str, targets: list[str]) -> dict[str, object]:
    return {
        "name": "web-mail",
        "product": "tmg-2010",
        "kind": "reverse-proxy",
        "host": host,
        "protocols": ["owa", "ecp", "activesync", "outlook-anywhere", "ews", "autodiscover", "oab"],
        "preauth": "forms",
        "validation": "ldap",
        "delegation": "basic",
        "targets": targets,
    }


def three_servers() -> Topology:
    """A proxy, one Exchange server, one domain controller."""
    return Topology.model_validate(
        {
            "customer": "Three Ltd",
            "zones": [INTERNET, DMZ, {"name": "lan", "kind": "internal"}],
            "ad_sites": [{"name": "HQ", "internet_facing": True}],
            "servers": [_proxy("TMG1"), _exchange("EX1", ["CAS", "HT", "MBX"], "lan", "HQ"), _dc("DC1", "lan", "HQ")],
            "forests": [{"name": "corp", "zone": "lan"}],
            "firewalls": [
                {
                    "name": "outer",
                    "between": ["internet", "dmz"],
                    "allow": [{"from": "internet", "to": "TMG1", "ports": ["443/tcp"]}],
                },
                {
                    "name": "inner",
                    "between": ["dmz", "lan"],
                    "allow": [
                        {"from": "TMG1", "to": "EX1", "ports": ["443/tcp"]},
                        {"from": "TMG1", "to": "DC1", "ports": ["3269/tcp"]},
                    ],
                },
            ],
            "publishing": [_publishing("TMG1", ["EX1"])],
            "mail_flow": [{"path": ["internet", "EX1"]}],
        }
    )


def many_servers(mailboxes: int, branches: int) -> Topology:
    """Head office with Client Access, Hub and Mailbox servers in a DAG, Edge and TMG in front, and branch offices.

    Servers: mailboxes + mailboxes // 2 (Client Access and Hub) + 8 + 2 for each branch.
    One Client Access server was left in the perimeter network; the line to the last branch is filtered.
    """
    cas = [f"CAS{number}" for number in range(1, mailboxes // 2 + 1)]
    boxes = [f"MBX{number:02}" for number in range(1, mailboxes + 1)]
    zones: list[dict[str, object]] = [INTERNET, DMZ, {"name": "lan-hq", "kind": "internal"}]
    sites: list[dict[str, object]] = [{"name": "HQ", "internet_facing": True}]
    servers = [
        *(_proxy(name) for name in ("TMG1", "TMG2")),
        *(_edge(name, "HQ") for name in ("EDGE1", "EDGE2")),
        _exchange("CASOLD", ["CAS"], "dmz", "HQ"),
        *(_exchange(name, ["CAS", "HT"], "lan-hq", "HQ") for name in cas),
        *(_exchange(name, ["MBX"], "lan-hq", "HQ") for name in boxes),
        _dc("DC1", "lan-hq", "HQ"),
        _dc("DC2", "lan-hq", "HQ"),
        {"name": "FS1", "roles": ["Witness"], "zone": "lan-hq", "site": "HQ"},
    ]
    edge_lines = [{"from": cas[0], "to": name, "ports": ["25/tcp", "50636/tcp"]} for name in ("EDGE1", "EDGE2")]
    firewalls: list[dict[str, Any]] = [
        {
            "name": "outer",
            "between": ["internet", "dmz"],
            "kind": "network",
            "allow": [
                {"from": "internet", "to": "TMG1", "ports": ["443/tcp"]},
                {"from": "internet", "to": "EDGE1", "ports": ["25/tcp"]},
                {"from": "EDGE1", "to": "internet", "ports": ["25/tcp", "53/udp"]},
            ],
        },
        {
            "name": "inner",
            "between": ["dmz", "lan-hq"],
            "kind": "network",
            "allow": [{"from": "TMG1", "to": cas[0], "ports": ["443/tcp"]}, *edge_lines],
        },
    ]
    for number in range(1, branches + 1):
        zone, site = f"lan-{number}", f"Branch{number}"
        zones.append({"name": zone, "kind": "internal"})
        sites.append({"name": site, "internet_facing": False})
        servers += [_exchange(f"EXB{number}", ["CAS", "HT", "MBX"], zone, site), _dc(f"DCB{number}", zone, site)]
        last = number == branches
        filtered = [{"from": "lan-hq", "to": zone, "ports": ["25/tcp", "443/tcp"]}]
        firewalls.append(
            {
                "name": f"line-{number}",
                "between": ["lan-hq", zone],
                "kind": "router-acl" if last else "site-to-site-vpn",
                "allow": filtered if last else "any",
            }
        )
    return Topology.model_validate(
        {
            "customer": f"Many AG ({len(servers)} servers)",
            "zones": zones,
            "ad_sites": sites,
            "forests": [{"name": "corp", "zone": "lan-hq"}],
            "servers": servers,
            "firewalls": firewalls,
            "publishing": [
                _publishing("TMG1", cas),
                {
                    "name": "partners",
                    "kind": "reverse-proxy",
                    "host": "TMG1",
                    "protocols": ["federation"],
                    "preauth": "forms",
                    "targets": cas,
                },
            ],
            "dags": [{"name": "DAG1", "members": boxes[:16], "witness": "FS1"}],
            "mail_flow": [{"path": ["internet", edge, cas[0]]} for edge in ("EDGE1", "EDGE2")]
            + [{"path": [cas[0], edge, "internet"]} for edge in ("EDGE1", "EDGE2")],
        }
    )


def twenty_servers() -> Topology:
    """20 servers in a perimeter, a head office and one branch."""
    return many_servers(mailboxes=7, branches=1)


def sixty_servers() -> Topology:
    """60 servers in a perimeter, a head office and five branches."""
    return many_servers(mailboxes=28, branches=5)
