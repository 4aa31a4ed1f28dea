"""What an exercise asks about, and what an edit does, in words that give no verdict away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from exkit.advice import Finding
from exkit.diagram.wording import role_words
from exkit.report.words import names
from exkit.topology import Role, Topology
from exkit.workshop.edits import Add, AnyStep, Change, said

TOPICS = {
    "placement": "where {} stands",
    "path": "the path between Exchange servers: {}",
    "directory-path": "the path between Exchange servers and domain controllers: {}",
    "client-path": "the path of clients, proxies and gateways: {}",
    "edge-subscription": "the Edge subscription: {}",
    "edge-membership": "the domain membership of the Edge server: {}",
    "edge-host": "the host that Edge Transport runs on: {}",
    "edgesync-ports": "what is open for EdgeSync: {}",
    "mail-path": "the way mail takes: {}",
    "publishing": "how clients reach Exchange: {}",
    "preauth": "pre-authentication: {}",
    "proxy-membership": "the domain membership of the proxy: {}",
    "delegation": "how the proxy logs on to Exchange: {}",
    "double-forms": "where the user meets a logon form: {}",
    "tls": "TLS on the way to Exchange: {}",
    "product": "the product that publishes: {}",
    "host-firewall": "the Windows Firewall of {}",
    "hardening": "what is open or switched on more than it must be: {}",
    "cluster": "the cluster and its witness: {}",
    "cluster-host": "what the members of the cluster are and hold: {}",
    "dag-network": "the networks of the cluster: {}",
    "inner-firewall": "how much the firewall opens: {}",
    "collocation": "what runs on one host: {}",
    "site-roles": "which roles the AD site has: {}",
    "directory-servers": "the domain and the domain controllers that Exchange uses: {}",
    "coexistence": "the versions in one organization: {}",
    "platform-os": "the operating system under Exchange: {}",
    "platform-dc": "the operating system of the domain controllers: {}",
    "platform-dotnet": "the .NET Framework under Exchange: {}",
    "platform-client": "the version of Outlook: {}",
    "forest-level": "the functional level of the forest: {}",
    "lifecycle": "whether it was in support on that day: {}",
    "update-lifecycle": "the update that was installed on that day: {}",
    "os-lifecycle": "whether the operating system was in support on that day: {}",
    "model-gap": "what is written about {}",
    "advice": "what else is to be thought of: {}",
}


def fields_of(finding: Finding) -> tuple[str, ...]:
    """The fields of the topology that a finding rests on: `zone`, `roles`; of a line of a firewall, `allow`."""
    paths = (item.path.split(".") for item in finding.evidence)
    return tuple(sorted({next((part for part in reversed(path) if not part.isdecimal()), "") for path in paths}))


def asked_about(finding: Finding, *, by_fields: bool = False) -> str:
    """The choice that a finding judges, without its verdict; `by_fields` tells it from others on the same subjects.

    >>> from exkit.explain import placed
    >>> from exkit.facts import load
    >>> from exkit.topology import Role, Version, ZoneKind
    >>> from datetime import date
    >>> (found,) = placed(Role.CLIENT_ACCESS, Version.V2010, ZoneKind.PERIMETER, load(), date(2010, 6, 1))
    >>> asked_about(found)
    'where HOST1 stands'
    """
    about = TOPICS[finding.topic].format(names(finding.subjects))
    if not by_fields:
        return about
    return f"{about}, by what is written under {' and '.join(fields_of(finding)).replace('_', ' ')}"


def edit_words(before: Topology, steps: Sequence[AnyStep]) -> str:
    """All that an edit does, in one sentence; lines of a firewall are told one by one."""
    return "; ".join(_told(before, step) for step in steps)


def _told(before: Topology, step: AnyStep) -> str:
    if isinstance(step, Add) and step.section == "servers":
        return _server(step.item)
    if isinstance(step, Change) and isinstance(step.value, list) and step.field == "allow":
        return _lines(before, step.name, step.value)
    if isinstance(step, Change) and isinstance(step.value, list) and step.field == "waivers":
        return f"accepted is now {', '.join(str(one['finding']) for one in step.value if isinstance(one, dict))}"
    if isinstance(step, Change) and isinstance(step.value, dict):
        plain: dict[str, JsonValue] = {key.replace("_", " "): value for key, value in step.value.items()}
        return said([step.model_copy(update={"value": plain})])
    return said([step])


def _server(item: Mapping[str, JsonValue]) -> str:
    roles = item.get("roles")
    words = [f"Exchange {item['version']}"] if item.get("version") else []
    words += [role_words(role) for role in Role if isinstance(roles, list) and role.value in roles]
    where = f" in {item['zone']}" if item.get("zone") else ""
    return f"{item.get('name')} ({', '.join(words)}) added{where}" if words else f"{item.get('name')} added{where}"


def _lines(before: Topology, device: str, now: Sequence[JsonValue]) -> str:
    """What a firewall lets pass that it did not, and the other way round."""
    was = next((one.get("allow") for one in before.to_plain().get("firewalls", ()) if one["name"] == device), None)
    if not now:
        return f"{device} lets nothing pass any more"
    if not isinstance(was, list):
        return f"{device} lets pass only {', '.join(map(_line, now))}"
    gone, come = [_line(line) for line in was if line not in now], [_line(line) for line in now if line not in was]
    if not come:
        return f"{device} no longer lets pass {', '.join(gone)}"
    instead = f", in place of {', '.join(gone)}" if gone else ""
    return f"{device} now {'also ' if not gone else ''}lets pass {', '.join(come)}{instead}"


def _line(line: JsonValue) -> str:
    if not isinstance(line, dict):
        return str(line)
    ports = line.get("ports")
    return f"{line.get('from')} to {line.get('to')} ({', '.join(map(str, ports if isinstance(ports, list) else ()))})"
