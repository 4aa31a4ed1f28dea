"""Whether the firewall between outside and inside opens more than the hosts behind it need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exkit.paths import PortSet
from exkit.rules.base import Case, Evidence, Match, listed, modern, rule, written
from exkit.topology import AllowLine, Firewall, Server, ZoneKind

OUTSIDE = (ZoneKind.PERIMETER, ZoneKind.INTERNET)


def _hosts(case: Case, device: Firewall, end: str, inside: bool) -> list[Server]:
    """The hosts that one end of a line means, on the outer or the inner side; one for each kind of host."""
    if end in case.by_name:
        hosts: Iterable[Server] = (case.by_name[end],)
    else:
        zones = device.between if end == "any" else (end,)
        hosts = (server for zone in zones for server in case.by_zone.get(zone, ()))
    wanted = (
        server
        for server in hosts
        if server.zone is not None and (case.network.kinds[server.zone] not in OUTSIDE) is inside
    )
    return list({case.flows.kind(server): server for server in wanted}.values())


def _free_by_right(server: Server) -> bool:
    """An internal Exchange role must not be limited: where one stands in the perimeter, that is the defect."""
    return server.is_exchange and not server.is_edge and modern(server)


def _needed(case: Case, sources: Iterable[Server], targets: Iterable[Server]) -> list[str]:
    return [text for here in sources for there in targets for text in case.flows.needed_ports(here, there).texts]


def _too_wide(case: Case, device: Firewall, line: AllowLine) -> PortSet | None:
    """What a line opens inwards and no host behind it needs; None where the kit cannot tell."""
    sources, targets = _hosts(case, device, line.source, False), _hosts(case, device, line.target, True)
    if not targets:
        return PortSet(())  # it opens nothing inwards to any host that is written
    internet = [zone for zone in device.between if case.network.kinds[zone] is ZoneKind.INTERNET]
    from_internet = line.source in internet or (line.source == "any" and bool(internet))
    if not (sources or from_internet):
        return PortSet(())
    if not all(map(case.flows.judged, sources)) or not all(map(case.flows.port_roles, targets)):
        return None
    if any(map(_free_by_right, sources)):
        return None
    needed = _needed(case, sources, targets)
    if from_internet:
        needed += [text for target in targets for text in case.flows.from_internet(target).texts]
    # EdgeSync and the directory of Edge, and RPC from the Internet, have statements of their own.
    if sources and all(server.is_edge for server in sources):
        needed += ["50636/tcp", "50389/tcp"]
    return PortSet.of(line.ports).minus(PortSet.of(needed))


@rule("inner-firewall-restrictive", "inner-firewall-tight")
def wider_than_needed(case: Case) -> Iterator[Match]:
    """A firewall between outside and inside opens inwards more than the hosts behind it need, or no more."""
    for device in sorted(case.topology.firewalls, key=lambda device: device.name):
        kinds = [case.network.kinds[zone] for zone in device.between]
        if ZoneKind.INTERNAL not in kinds or not set(OUTSIDE) & set(kinds) or device.allow is None:
            continue
        judged = [(number, line, _too_wide(case, device, line)) for number, line in enumerate(device.allow)]
        wide = [(number, line, extra) for number, line, extra in judged if extra]
        if wide:
            told = listed(f"{extra} from {line.source} to {line.target}" for _, line, extra in wide)
            evidence = tuple(
                Evidence(
                    f"firewalls.{device.name}.allow.{number}", f"{line.source} to {line.target}: {written(line.ports)}"
                )
                for number, line, _ in wide
            )
            summary = f"{device.name} opens inwards what no host behind it needs: {told}."
            yield Match("inner-firewall-restrictive", (device.name,), summary, evidence, case.flows.versions)
        elif all(extra is not None for _, _, extra in judged):
            evidence = (Evidence(f"firewalls.{device.name}.allow", f"{len(judged)} lines"),)
            summary = f"{device.name} opens inwards only what the hosts behind it need."
            yield Match("inner-firewall-tight", (device.name,), summary, evidence, case.flows.versions)


RULES = (wider_than_needed,)
