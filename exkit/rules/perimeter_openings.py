"""Whether the firewall between outside and inside opens more than the hosts behind it need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exkit.paths import PortSet
from exkit.rules.base import Case, Evidence, Match, listed, modern, rule
from exkit.topology import AllowLine, Firewall, Server, ZoneKind

OUTSIDE = (ZoneKind.PERIMETER, ZoneKind.INTERNET)


def _hosts(case: Case, device: Firewall, end: str, inside: bool) -> list[Server]:
    """The hosts that one end of a line means, on the outer or the inner side of a device."""
    zones = {zone for zone in device.between if (case.network.kinds[zone] not in OUTSIDE) is inside}
    return [
        server
        for server in case.servers
        if server.zone is not None
        and (case.network.kinds[server.zone] not in OUTSIDE) is inside
        and (end == server.name or (end == "any" and server.zone in zones) or end in case.network.zones_of(server))
    ]


def _free_by_right(server: Server) -> bool:
    """An internal Exchange role must not be limited: where one stands in the perimeter, that is the defect."""
    return server.is_exchange and not server.is_edge and modern(server)


def _too_wide(case: Case, device: Firewall, line: AllowLine) -> PortSet:
    """What a line opens inwards and no host behind it needs; nothing where the kit cannot tell."""
    sources, targets = _hosts(case, device, line.source, False), _hosts(case, device, line.target, True)
    judged = bool(sources) and bool(targets) and all(map(case.flows.judged, sources)) and _all_spoken_of(case, targets)
    if not judged or any(map(_free_by_right, sources)):
        return PortSet(())
    needed = [text for here in sources for there in targets for text in case.flows.needed_ports(here, there).texts]
    from_edge = all(server.is_edge for server in sources)
    # EdgeSync and the directory of Edge have statements of their own.
    known = ["50636/tcp", "50389/tcp"] if from_edge else []
    return PortSet.of(line.ports).minus(PortSet.of([*needed, *known]))


def _all_spoken_of(case: Case, targets: Iterable[Server]) -> bool:
    return all(case.flows.port_roles(server) for server in targets)


@rule("inner-firewall-restrictive")
def wider_than_needed(case: Case) -> Iterator[Match]:
    """A firewall between a perimeter network and the inside opens more than the hosts behind it need."""
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        kinds = [case.network.kinds[zone] for zone in device.between]
        if ZoneKind.INTERNAL not in kinds or ZoneKind.PERIMETER not in kinds:
            continue
        wide = [
            (number, line, extra)
            for number, line in enumerate(device.allow or ())
            if (extra := _too_wide(case, device, line))
        ]
        if wide:
            told = listed(f"{extra} from {line.source} to {line.target}" for _, line, extra in wide)
            evidence = tuple(
                Evidence(
                    f"firewalls.{device.name}.allow.{number}",
                    f"{line.source} to {line.target}: {', '.join(line.ports)}",
                )
                for number, line, _ in wide
            )
            summary = f"{device.name} opens inwards what no host behind it needs: {told}."
            yield Match("inner-firewall-restrictive", (device.name,), summary, evidence, case.flows.versions)


RULES = (wider_than_needed,)
