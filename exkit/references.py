"""Whether the names of a topology hold: each defined once, and every reference leads somewhere.

It runs as a `Topology` is made, and `exkit.intake` runs it over what it could read of a broken file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic_core import InitErrorDetails, PydanticCustomError

if TYPE_CHECKING:
    from exkit.topology import Topology

MOST_PROBLEMS = 200  # each lists the names it could have meant, so a file with nothing right would take minutes


def name_problems(topology: Topology) -> Iterator[InitErrorDetails]:
    """Names defined twice, names that refer to nothing, firewalls between a zone and itself.

    `exkit.intake` asks this of topologies made without validation too, to tell every error of a file at once.
    """
    zones = {zone.name for zone in topology.zones}
    sites = {site.name for site in topology.ad_sites}
    forests = {forest.name for forest in topology.forests}
    servers = {server.name for server in topology.servers}

    def problem(kind: str, said: str, loc: tuple[str | int, ...], found: str, allowed: set[str]) -> InitErrorDetails:
        return {
            "type": PydanticCustomError(kind, said, {"allowed": sorted(allowed)}),
            "loc": loc,
            "input": found,
        }

    # Each section has names of its own: a firewall may be called as the server that runs it. Only zones and servers
    # share theirs, because the lines of a firewall name either.
    named = {
        "zones": [zone.name for zone in topology.zones],
        "ad_sites": [site.name for site in topology.ad_sites],
        "forests": [forest.name for forest in topology.forests],
        "servers": [server.name for server in topology.servers],
        "firewalls": [device.name for device in topology.firewalls],
        "publishing": [rule.name for rule in topology.publishing],
        "dags": [dag.name for dag in topology.dags],
    }
    for section, names in named.items():
        seen = set()
        for index, name in enumerate(names):
            if name in seen:
                yield problem("name_twice", "is defined twice", (section, index, "name"), name, set())
            seen.add(name)
    for name in sorted(servers & zones):
        index = named["servers"].index(name)
        yield problem("name_twice", "names a zone and a server", ("servers", index, "name"), name, set())
    for word in ("any", "eop"):
        for section in ("zones", "servers"):
            if word in named[section]:
                place = (section, named[section].index(word), "name")
                yield problem("name_kept", "is a word with a meaning of its own", place, word, set())

    def refer(loc: tuple[str | int, ...], name: str | None, allowed: set[str], what: str) -> Iterator[InitErrorDetails]:
        if name is not None and name not in allowed:
            yield problem("dangling", f"refers to no {what} of this file", loc, name, allowed)

    def refer_all(
        loc: tuple[str | int, ...], names: tuple[str, ...] | None, allowed: set[str], what: str
    ) -> Iterator[InitErrorDetails]:
        for index, name in enumerate(names or ()):
            yield from refer((*loc, index), name, allowed, what)

    for index, forest in enumerate(topology.forests):
        yield from refer(("forests", index, "zone"), forest.zone, zones, "zone")
    for index, server in enumerate(topology.servers):
        here = ("servers", index)
        yield from refer((*here, "zone"), server.zone, zones, "zone")
        yield from refer((*here, "site"), server.site, sites, "AD site")
        yield from refer((*here, "forest"), server.forest, forests, "forest")
        yield from refer_all((*here, "also_in"), server.also_in, zones, "zone")
        yield from refer_all((*here, "subscribed_to"), server.subscribed_to, sites, "AD site")
    for index, device in enumerate(topology.firewalls):
        here = ("firewalls", index)
        yield from refer_all((*here, "between"), device.between, zones, "zone")
        for zone, count in Counter(device.between).items():
            if count > 1:
                yield problem("same_zone", "stands between a zone and itself", (*here, "between"), zone, zones - {zone})
        yield from refer((*here, "host"), device.host, servers, "server")
        for number, line in enumerate(device.allow or ()):
            ends = zones | servers | {"any"}
            yield from refer((*here, "allow", number, "from"), line.source, ends, "host or zone")
            yield from refer((*here, "allow", number, "to"), line.target, ends, "host or zone")
    for index, rule in enumerate(topology.publishing):
        here = ("publishing", index)
        yield from refer((*here, "host"), rule.host, servers, "server")
        yield from refer((*here, "zone"), rule.zone, zones, "zone")
        yield from refer_all((*here, "targets"), rule.targets, servers, "server")
    for index, dag in enumerate(topology.dags):
        yield from refer_all(("dags", index, "members"), dag.members, servers, "server")
        yield from refer(("dags", index, "witness"), dag.witness, servers, "server")
    for index, flow in enumerate(topology.mail_flow):
        hops = servers | zones | {"internet", "eop"}
        yield from refer_all(("mail_flow", index, "path"), flow.path, hops, "server or zone")
    if topology.hybrid is not None:
        yield from refer(("hybrid", "agent"), topology.hybrid.agent, servers, "server")
        yield from refer_all(("hybrid", "targets"), topology.hybrid.targets, servers, "server")
        hops = servers | zones | {"internet", "eop"}
        yield from refer_all(("hybrid", "mail_path"), topology.hybrid.mail_path, hops, "server or zone")
