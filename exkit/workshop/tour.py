"""The tour: the story of the front-end and the Client Access server in six steps, on a live example."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from exkit.intake import read
from exkit.patterns import data_folder, pattern_named, patterns
from exkit.topology import Topology
from exkit.workshop.edits import Refused
from exkit.workshop.session import Session, Start, follow

Plain = dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """A step of the tour: what to read, and what of the example to look at (a key such as `servers:CAS1`)."""

    title: str
    text: str
    look: str


STOPS = (
    Stop(
        "2003: a front-end in the perimeter network",
        "A front-end of Exchange 2003 holds no mailboxes and little logic: it authenticates and passes requests on. "
        "In the perimeter network it is supported, at the price of a long list of ports on the inner firewall. Its "
        "verdict stands on the right, with the reason one click deeper.",
        "servers:FE1",
    ),
    Stop(
        "2010: the same pattern",
        "Years later the customer replaces the front-end by a Client Access server, in the same place, behind the same "
        "kind of firewall. Look at what turns: the server, and the firewall between it and the others.",
        "servers:CAS1",
    ),
    Stop(
        "Why not?",
        "Client Access is another thing in the same place: the whole middle tier, wide rights in the directory, every "
        "mailbox of its site. So no firewall may filter between it and the other Exchange servers and the domain "
        "controllers. The reasons and the sources stand on the right. Try it: drag CAS1 into lan, and undo.",
        "servers:CAS1",
    ),
    Stop(
        "A proxy instead",
        "Client Access goes inside. In the perimeter network a reverse proxy takes its place, publishes it, and may "
        "pre-authenticate. Nothing of Exchange is left outside, and the firewall may be tight again.",
        "publishing:web-mail",
    ),
    Stop(
        "Edge Transport for mail",
        "Mail from the Internet should not go straight to a server inside. Edge Transport is the one Exchange role "
        "made to stand in the perimeter network: no domain member, fed by a subscription.",
        "servers:EDGE1",
    ),
    Stop(
        "Tighten the inner firewall",
        "Now the inner firewall separates only what may be separated. Its list shrinks to what proxy and Edge need. "
        "This is the layout that the vendor recommends.",
        "firewalls:inner",
    ),
)


def shown(step: int) -> Plain:
    """A step as the page shows it."""
    stop = STOPS[step]
    return {"step": step, "of": len(STOPS), "title": stop.title, "text": stop.text, "look": stop.look}


def session(step: int) -> Session:
    """The example as it is at a step; a session of its own, which no journal holds. Raises Refused for other steps."""
    if not 0 <= step < len(STOPS):
        raise Refused(f"the tour has {len(STOPS)} steps")
    plain = topology(step).to_plain()
    return follow(None, Start(topology=plain, origin="the tour"), "", "")


@cache
def topology(step: int) -> Topology:
    """The example at a step: the front-end pattern, then what each step makes of the recommended layout."""
    if step == 0:
        return _example("front-end-in-perimeter-2003")
    plain = _example("recommended-2010").to_plain()
    plain["customer"] = "Tour example"
    if step < 3:
        _client_access_outside(plain)
    if step < 4:
        _without_edge(plain)
    if step < 5:
        wide = ["443/tcp", "25/tcp", "50636/tcp", "1024-65535/tcp"]
        lines = [{"from": "dmz", "to": "lan", "ports": wide}, {"from": "lan", "to": "dmz", "ports": wide}]
        _device(plain, "inner")["allow"] = lines
    return Topology.model_validate(plain)


def _example(name: str) -> Topology:
    return read(pattern_named(patterns(data_folder() / "customers"), name).path).topology


def _named(plain: Plain, section: str, name: str) -> Plain:
    return next(item for item in plain[section] if item["name"] == name)


def _device(plain: Plain, name: str) -> Plain:
    return _named(plain, "firewalls", name)


def _client_access_outside(plain: Plain) -> None:
    """CAS1 where the front-end stood, reached from the Internet without a proxy."""
    _named(plain, "servers", "CAS1").update(zone="dmz", roles=["ClientAccess"])
    _named(plain, "servers", "MBX1")["roles"] = ["HubTransport", "Mailbox"]
    plain["servers"] = [server for server in plain["servers"] if server["name"] != "TMG1"]
    plain["publishing"] = []
    _device(plain, "outer")["allow"] = [{"from": "internet", "to": "CAS1", "ports": ["443/tcp"]}]


def _without_edge(plain: Plain) -> None:
    """Mail comes straight to the server inside."""
    plain["servers"] = [server for server in plain["servers"] if server["name"] != "EDGE1"]
    hub = next(server["name"] for server in plain["servers"] if "HubTransport" in server["roles"])
    plain["mail_flow"] = [{"path": ["internet", hub]}, {"path": [hub, "internet"]}]
    for device in plain["firewalls"]:
        device["allow"] = [line for line in device["allow"] if "EDGE1" not in (line["from"], line["to"])]
    _device(plain, "outer")["allow"].append({"from": "internet", "to": hub, "ports": ["25/tcp"]})
