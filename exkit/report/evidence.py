"""The evidence of findings in few lines: a fact that holds for twenty servers is told once, with their names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from exkit.report.judged import Group, Judged
from exkit.report.words import names
from exkit.rules.base import Evidence
from exkit.topology import Topology


@dataclass(frozen=True)
class Fact:
    """What the file says, and where it says so: `servers.CAS1.zone = dmz`, `contoso.yaml:14`."""

    text: str
    place: str


def evidence(group: Group, judged: Judged) -> tuple[Fact, ...]:
    """The facts behind all findings of a group, each once; those that differ in the server only are one."""
    alike: dict[tuple[str, str, str], list[Evidence]] = defaultdict(list)
    holders: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for item in dict.fromkeys(item for finding in group.findings for item in finding.evidence):
        section, name, field = _parts(item.path, judged.topology)
        alike[section, field, item.value].append(item)
        holders[section, field, item.value].append(name)
    return tuple(
        Fact(
            str(same[0]) if len(same) == 1 else f"{key[0]}.({names(holders[key])}).{key[1]} = {key[2]}",
            judged.place(same[0].path) + (f" and {len(same) - 1} more" if len(same) > 1 else ""),
        )
        for key, same in alike.items()
    )


def _parts(path: str, topology: Topology) -> tuple[str, str, str]:
    """Section, name and field of a path; the name is empty where a path names nothing. Names may hold dots."""
    section, _, rest = path.partition(".")
    named: dict[str, list[str]] = {
        "zones": [zone.name for zone in topology.zones],
        "servers": [server.name for server in topology.servers],
        "firewalls": [device.name for device in topology.firewalls],
        "publishing": [rule.name for rule in topology.publishing],
    }
    held = [name for name in named.get(section, ()) if rest.startswith(f"{name}.")]
    name = max(held, key=len, default="")
    return (section, name, rest[len(name) + 1 :]) if name else (path, "", "")
