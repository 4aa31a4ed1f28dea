"""What a rule takes and gives: a frozen case in, matches out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, wraps
from typing import Any, TypeVar

from exkit.facts import Facts
from exkit.flows import Flows
from exkit.paths import Network, PortSet
from exkit.rows import Life, Platform
from exkit.topology import Firewall, Role, Server, Topology, Version, ZoneKind

T = TypeVar("T")
BEFORE_2013 = (Version.V2007, Version.V2010)  # the versions with a role for each kind of work
OUTSIDE = (ZoneKind.PERIMETER, ZoneKind.INTERNET)
SHOWN = 5  # servers that a finding shows a field of
INSPECTIONS = ("[]", "[esmtp]", "[tls]", "[esmtp, tls]")  # answers to what a device inspects


@dataclass(frozen=True, order=True)
class Evidence:
    """A fact of the topology that made a statement apply: `servers.CAS1.zone`, `dmz`.

    >>> str(Evidence("servers.CAS1.zone", "dmz"))
    'servers.CAS1.zone = dmz'
    """

    path: str
    value: str

    def __str__(self) -> str:
        return f"{self.path} = {self.value}"


@dataclass(frozen=True)
class Question:
    """The field that nobody filled in, what to ask, and the answers that the file takes."""

    field: str
    text: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A statement found to apply to subjects of the topology.

    `versions`: the Exchange versions at the ends; the row of each is looked up and the worse wins.
    `anchor` names the finding (`statement@anchor`); without one the subjects do.
    With a `question` the verdict is unknown, whatever the statement's row says.
    `condition` and `fix` stand in place of the statement's own where the topology tells more. `cell` is the cell of the
    support matrix, or the row of dates, that decided: its sources come first, and its disagreement is the finding's.
    """

    statement: str
    subjects: tuple[str, ...]
    summary: str
    evidence: tuple[Evidence, ...]
    versions: tuple[Version, ...] = ()
    anchor: str | None = None
    question: Question | None = None
    condition: str | None = None
    fix: str | None = None
    choice: str | None = None  # matches of one topic on one choice compete; without it, on the same subjects
    overrules: tuple[str, ...] = ()  # statements that would apply here but for this one
    cell: Platform | Life | None = None


@dataclass(frozen=True)
class Opening:
    """What one line of a firewall lets the Internet open towards a host. A line that names a zone has one for each host
    in it, all with the same evidence; `named` is where it names the host itself."""

    device: str
    server: Server
    ports: PortSet
    evidence: Evidence
    named: bool


@dataclass(frozen=True)
class Case:
    """What every rule is given: the topology, the facts, the date, and the paths worked out once."""

    topology: Topology
    facts: Facts
    as_of: date
    worked_out: dict[str, tuple[Any, ...]] = field(default_factory=dict, compare=False, repr=False)  # see `once`

    @cached_property
    def network(self) -> Network:
        """Zones, devices and routes."""
        return Network(self.topology)

    @cached_property
    def flows(self) -> Flows:
        """What each host needs to reach."""
        return Flows(self.topology, self.facts, self.network)

    @cached_property
    def by_name(self) -> dict[str, Server]:
        """Servers by name."""
        return {server.name: server for server in self.topology.servers}

    def host(self, name: str | None) -> Server | None:
        """The host of a name that may not be written, or may be that of no host."""
        return self.by_name.get(name) if name is not None else None

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """All hosts, by name: findings must not depend on the order of the file."""
        return tuple(sorted(self.topology.servers, key=lambda server: server.name))

    @cached_property
    def exchange(self) -> tuple[Server, ...]:
        """Exchange servers whose version is known; the others are a question of their own (model_gaps)."""
        return tuple(server for server in self.servers if server.is_exchange and server.version)

    @cached_property
    def half_written(self) -> tuple[Server, ...]:
        """Exchange servers whose version or whose roles nobody wrote: each may be the one that seems to lack."""
        return tuple(server for server in self.servers if server.is_exchange is (server.version is None))

    @cached_property
    def inside(self) -> tuple[Server, ...]:
        """Exchange servers but Edge Transport: those that must talk to each other freely."""
        return tuple(server for server in self.exchange if not server.is_edge)

    @cached_property
    def edges(self) -> tuple[Server, ...]:
        """Edge Transport servers."""
        return tuple(server for server in self.exchange if server.holds(Role.EDGE_TRANSPORT))

    @cached_property
    def hubs(self) -> tuple[Server, ...]:
        """Hub Transport servers, and the Mailbox servers that took over their work in 2013."""
        return tuple(server for server in self.inside if self.is_hub(server))

    def is_hub(self, server: Server) -> bool:
        """Whether a server routes mail inside the organization."""
        return server.holds(Role.HUB_TRANSPORT) or (from_2013(server) and server.holds(Role.MAILBOX))

    @cached_property
    def by_zone(self) -> dict[str, tuple[Server, ...]]:
        """Hosts by each zone they stand in."""
        found: dict[str, list[Server]] = defaultdict(list)
        for server in self.servers:
            for zone in self.network.zones_of(server):
                found[zone].append(server)
        return {zone: tuple(hosts) for zone, hosts in found.items()}

    @cached_property
    def mailbox_servers(self) -> tuple[Server, ...]:
        """Mailbox servers of 2007 and later."""
        return tuple(server for server in self.inside if server.holds(Role.MAILBOX) and modern(server))

    @cached_property
    def client_access(self) -> tuple[Server, ...]:
        """Servers that serve clients: Client Access, and since 2016 Mailbox, which took its work over."""
        return tuple(server for server in self.inside if serves_clients(server))

    @cached_property
    def domain_controllers(self) -> tuple[Server, ...]:
        """Writable domain controllers."""
        return tuple(server for server in self.servers if server.holds(Role.DOMAIN_CONTROLLER))

    def zone_kind(self, server: Server) -> ZoneKind | None:
        """The kind of the zone that a host stands in."""
        return self.network.kinds[server.zone] if server.zone else None

    def in_perimeter(self, server: Server) -> bool:
        """Whether a host stands in a perimeter network, or outside any."""
        return self.zone_kind(server) in OUTSIDE

    def outside_zone(self, server: Server) -> str | None:
        """The perimeter network (or the Internet) that a host has a network card in, its own zone first."""
        zones = [zone for zone in (server.zone, *(server.also_in or ())) if zone]
        return next((zone for zone in zones if self.network.kinds[zone] in OUTSIDE), None)

    @cached_property
    def internet(self) -> frozenset[str]:
        """What a mail path may call the Internet: the word itself, or a zone of that kind."""
        return frozenset(
            {"internet", *(zone for zone, kind in self.network.kinds.items() if kind is ZoneKind.INTERNET)}
        )

    @cached_property
    def from_internet(self) -> tuple[Opening, ...]:
        """What lines of firewalls let the Internet open towards hosts inside, one for each line and host."""
        found: list[Opening] = []
        for device in sorted(self.topology.firewalls, key=lambda device: device.name):
            outside = {zone for zone in device.between if self.network.kinds[zone] is ZoneKind.INTERNET}
            for number, line in enumerate(device.allow or ()):
                if not (line.source in outside or (line.source == "any" and outside)):
                    continue
                near = [zone for zone in device.between if zone not in outside]
                # A zone that is named may lie behind further devices, as a host may.
                zones = near if line.target == "any" else [line.target] if line.target not in outside else []
                hosts = (
                    (self.by_name[line.target],)
                    if line.target in self.by_name
                    else tuple(server for zone in zones for server in self.by_zone.get(zone, ()))
                )
                ports = PortSet.of(line.ports)
                said = Evidence(
                    f"firewalls.{device.name}.allow.{number}", f"{line.source} to {line.target}: {written(line.ports)}"
                )
                found += [Opening(device.name, server, ports, said, line.target == server.name) for server in hosts]
        return tuple(found)

    def outer_devices(self, server: Server) -> tuple[Firewall, ...]:
        """The devices between a host and the Internet, by name."""
        found = {device.name: device for route in self.network.routes_out(server) for device in route}
        return tuple(found[name] for name in sorted(found))

    def faces_internet(self, zone: str) -> bool:
        """Whether a device joins a zone to the Internet without another zone between."""
        return any(
            zone in device.between and any(self.network.kinds[other] is ZoneKind.INTERNET for other in device.between)
            for device in self.topology.firewalls
        )

    def follows_hmc(self, server: Server) -> bool:
        """Whether a server stands where Hosted Messaging and Collaboration 4.5 puts it: 2007, no mailboxes in the
        Proxy zone, and a zone 1 between that zone and the Internet."""
        return self.in_hmc_proxy_zone(server) and not server.holds(Role.MAILBOX)

    def in_hmc_proxy_zone(self, server: Server) -> bool:
        """Whether a 2007 server of an HMC 4.5 deployment stands in a perimeter network that another one shields."""
        return (
            self.topology.deployment == "hmc-4.5"
            and server.version is Version.V2007
            and self.zone_kind(server) is ZoneKind.PERIMETER
            and server.zone is not None
            and not self.faces_internet(server.zone)
        )

    def same_forest(self, server: Server, other: Server) -> bool:
        """Whether nothing says that two hosts are in different forests. A file that names no forest has one."""
        return server.forest == other.forest or server.forest is None or other.forest is None

    def same_organization(self, server: Server, other: Server) -> bool:
        """Whether nothing says that two Exchange servers are of different organizations."""
        ours, theirs = self._organizations(server), self._organizations(other)
        return not ours or not theirs or bool(ours & theirs)

    def _organizations(self, server: Server) -> frozenset[str]:
        """The forests whose organization a server may be of; none where it may be any. An Edge server is of that of
        the AD sites it is subscribed to, or of the servers it exchanges mail with, whatever domain it is in itself.
        Where nothing tells which of several it works for, it is held to be of none of them."""
        if not server.is_edge:
            return frozenset([server.forest] if server.forest else [])
        near = {name for hop in self.flows.hops if server.name in hop for name in hop}
        sites = server.subscribed_to or ()
        served = [one.forest for one in self.inside if one.site in sites or one.name in near]
        if not served and len({one.forest for one in self.inside if one.forest}) > 1:
            return frozenset([""])
        return frozenset(one for one in served if one) if all(served) else frozenset()


def once(work: Callable[[Case], Iterator[T]]) -> Callable[[Case], tuple[T, ...]]:
    """Makes a function of a case work once for each case: several rules share what it yields."""
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def shared(case: Case) -> tuple[T, ...]:
        if name not in case.worked_out:
            case.worked_out[name] = tuple(work(case))
        return case.worked_out[name]

    return shared


def modern(server: Server) -> bool:
    """Whether a server has the roles that came with 2007."""
    return server.version is not None and server.version.age >= Version.V2007.age


def from_2013(server: Server) -> bool:
    """Whether a server is of the generation that began with 2013."""
    return server.version is not None and server.version.age >= Version.V2013.age


def serves_clients(server: Server) -> bool:
    """Whether client protocols end here: on Client Access from 2007 to 2013, on Mailbox since 2016."""
    since_2016 = server.version is not None and server.version.age >= Version.V2016.age
    return server.holds(Role.CLIENT_ACCESS) or (since_2016 and server.holds(Role.MAILBOX))


def versions(*servers: Server) -> tuple[Version, ...]:
    """The versions of some servers, oldest first."""
    return tuple(sorted({server.version for server in servers if server.version}, key=lambda version: version.age))


def names(servers: Iterable[Server]) -> tuple[str, ...]:
    """Names in order, each once."""
    return tuple(sorted({server.name for server in servers}))


def listed(words: Iterable[str]) -> str:
    """Words as a sentence lists them, at most five.

    >>> listed(["EX1", "EX2", "EX3"]), listed(["EX1"])
    ('EX1, EX2 and EX3', 'EX1')
    """
    all_words = list(words)
    if len(all_words) > 5:
        all_words = [*all_words[:4], f"{len(all_words) - 4} more"]
    return " and ".join([", ".join(all_words[:-1]), all_words[-1]] if len(all_words) > 1 else all_words)


def which_forest(case: Case, server: Server) -> Question:
    """The question of which forest a server is."""
    forests = tuple(forest.name for forest in case.topology.forests)
    return Question(f"servers.{server.name}.forest", f"Of which forest is {server.name}?", forests)


def lines_of(allow: Sized) -> str:
    """How many lines a firewall has.

    >>> lines_of(["a line"]), lines_of([])
    ('1 line', '0 lines')
    """
    return f"{len(allow)} line{'' if len(allow) == 1 else 's'}"


def fact(server: Server, field: str) -> Evidence:
    """A field of a server as evidence; what is not written says so."""
    return Evidence(f"servers.{server.name}.{field}", written(getattr(server, field)))


def facts_of(servers: Iterable[Server], *fields: str) -> tuple[Evidence, ...]:
    """Fields of some servers as evidence; of many, those of the first five."""
    return tuple(fact(server, field) for server in list(servers)[:SHOWN] for field in fields)


def written(value: object) -> str:
    """A value as the topology file would show it, a missing one as `not written`."""
    if value is None:
        return "not written"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)


def gap(
    statement: str, field: str, servers: Iterable[Server], text: str, allowed: Iterable[str] = ()
) -> Iterator[Match]:
    """One question on a field over all servers that lack it; nothing when none does."""
    hosts = tuple(servers)
    lacking = names(hosts)
    if lacking:
        yield Match(
            statement,
            lacking,
            f"{listed(lacking)}: `{field}` is not written.",
            tuple(Evidence(f"servers.{name}.{field}", "not written") for name in lacking[:SHOWN]),
            versions(*hosts),
            anchor=field,
            choice=f"servers.*.{field}",
            question=Question(f"servers.{lacking[0]}.{field}", text, tuple(allowed)),
        )


@dataclass(frozen=True)
class Rule:
    """Statements that a function checks, in the words of its docstring."""

    statements: tuple[str, ...]
    check: Callable[[Case], Iterator[Match]]


def rule(*statements: str) -> Callable[[Callable[[Case], Iterator[Match]]], Rule]:
    """Makes a `Rule` of a function and names the statements it can find."""

    def made(check: Callable[[Case], Iterator[Match]]) -> Rule:
        return Rule(statements, check)

    return made


def by_site(servers: Iterable[Server]) -> dict[str | None, list[Server]]:
    """Servers by AD site; None holds those whose site is not written."""
    sites: dict[str | None, list[Server]] = defaultdict(list)
    for server in servers:
        sites[server.site].append(server)
    return sites
