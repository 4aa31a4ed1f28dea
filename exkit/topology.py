"""What one customer has or plans: frozen models of the topology file (contract 1).

A field that is missing means *not known*, never *no*: it is `None` here. Lists that only ever
add something (`also_runs`, `mail_flow`, `waivers`, ...) are empty when nothing was written.
Reading files is the work of `exkit.intake`; this module holds values only.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from exkit.references import MOST_PROBLEMS, name_problems


class Version(StrEnum):
    """Versions of Exchange Server, oldest first."""

    V2000 = "2000"
    V2003 = "2003"
    V2007 = "2007"
    V2010 = "2010"
    V2013 = "2013"
    V2016 = "2016"
    V2019 = "2019"
    SE = "SE"

    @property
    def age(self) -> int:
        """0 for the oldest; to compare versions."""
        return _AGES[self]


_AGES = {version: age for age, version in enumerate(Version)}


class Role(StrEnum):
    """What a host does: the Exchange server roles, and the other hosts that the rules speak of."""

    FRONT_END = "FrontEnd"
    BACK_END = "BackEnd"
    MAILBOX = "Mailbox"
    CLIENT_ACCESS = "ClientAccess"
    HUB_TRANSPORT = "HubTransport"
    UNIFIED_MESSAGING = "UnifiedMessaging"
    EDGE_TRANSPORT = "EdgeTransport"
    DOMAIN_CONTROLLER = "DomainController"
    READ_ONLY_DOMAIN_CONTROLLER = "ReadOnlyDomainController"
    WITNESS = "Witness"
    CLOUD_WITNESS = "CloudWitness"
    ADFS = "ADFS"
    SMTP_GATEWAY = "SMTPGateway"
    REVERSE_PROXY = "ReverseProxy"
    LOAD_BALANCER = "LoadBalancer"
    HYBRID_AGENT = "HybridAgent"
    SKYPE_SERVER = "SkypeServer"
    RADIUS_SERVER = "RadiusServer"
    IP_GATEWAY = "IPGateway"
    SESSION_BORDER_CONTROLLER = "SessionBorderController"
    MANAGEMENT_HOST = "ManagementHost"


EXCHANGE_ROLES = frozenset(list(Role)[:7])
INTERNAL_ROLES = EXCHANGE_ROLES - {Role.EDGE_TRANSPORT}
SHORT_ROLES = {
    "FE": Role.FRONT_END,
    "BE": Role.BACK_END,
    "MBX": Role.MAILBOX,
    "CAS": Role.CLIENT_ACCESS,
    "HT": Role.HUB_TRANSPORT,
    "UM": Role.UNIFIED_MESSAGING,
    "ET": Role.EDGE_TRANSPORT,
    "DC": Role.DOMAIN_CONTROLLER,
    "RODC": Role.READ_ONLY_DOMAIN_CONTROLLER,
}


class ZoneKind(StrEnum):
    """What a zone of the network is for."""

    INTERNET = "internet"
    PERIMETER = "perimeter"
    INTERNAL = "internal"
    REPLICATION = "replication"
    CLOUD = "cloud"


SPOKEN_KINDS = {  # what people call zones; understood on the command line, and what an error has in mind
    "dmz": ZoneKind.PERIMETER,
    "lan": ZoneKind.INTERNAL,
    "inside": ZoneKind.INTERNAL,
    "intranet": ZoneKind.INTERNAL,
    "outside": ZoneKind.INTERNET,
}


class FirewallKind(StrEnum):
    """What stands between zones."""

    NETWORK = "network"
    ROUTER_ACL = "router-acl"
    SECURITY_GROUP = "security-group"
    APPLICATION_FIREWALL = "application-firewall"
    SITE_TO_SITE_VPN = "site-to-site-vpn"


class Protocol(StrEnum):
    """What a publishing rule carries."""

    OWA = "owa"
    ACTIVESYNC = "activesync"
    OUTLOOK_ANYWHERE = "outlook-anywhere"
    MAPI = "mapi"
    EWS = "ews"
    AUTODISCOVER = "autodiscover"
    ECP = "ecp"
    OAB = "oab"
    IMAP = "imap"
    POP = "pop"
    SMTP = "smtp"
    MRSPROXY = "mrsproxy"
    FEDERATION = "federation"
    CALENDAR = "calendar"
    POWERSHELL = "powershell"


# Characters that no picture, page or terminal can show as text; tabs and line ends are text.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _text(value: Any) -> Any:
    """A number where a name is meant (`version: 2010`, `name: 7`) is read as its text."""
    if isinstance(value, str) and CONTROL.search(value):
        raise PydanticCustomError("control", "holds a control character")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _day(value: Any) -> Any:
    """Only a written day: pydantic alone would read any number as seconds since 1970."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if DAY.fullmatch(value) else "")
    except (TypeError, ValueError):
        raise PydanticCustomError("day", "is no day") from None


def _long_role(value: Any) -> Any:
    return SHORT_ROLES.get(value, value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
VersionName = Annotated[Version, BeforeValidator(_text)]
RoleName = Annotated[Role, BeforeValidator(_long_role)]
Day = Annotated[date, BeforeValidator(_day)]


class Model(BaseModel):
    """Frozen, and strict about keys: a misspelt key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Zone(Model):
    """A part of the network."""

    name: Name
    kind: ZoneKind


class ADSite(Model):
    """An Active Directory site."""

    name: Name
    internet_facing: StrictBool | None = None


class Forest(Model):
    """An Active Directory forest, and the zone its domain controllers stand in."""

    name: Name
    zone: Name | None = None
    functional_level: Text | None = None


class HostFirewall(Model):
    """The Windows firewall of one server."""

    enabled: StrictBool | None = None
    configured_by: Literal["setup", "scw", "manual", "none"] | None = None


class Server(Model):
    """A host: an Exchange server when it holds an Exchange role."""

    name: Name
    version: VersionName | None = None
    build: Text | None = None
    roles: tuple[RoleName, ...] = ()
    zone: Name | None = None
    site: Name | None = None
    forest: Name | None = None
    domain_joined: StrictBool | None = None
    os: Text | None = None
    dotnet: Text | None = None
    host_firewall: HostFirewall | None = None
    extended_protection: Literal["off", "allow", "require"] | None = None
    also_runs: tuple[Text, ...] = ()
    also_in: tuple[Name, ...] | None = None
    audience: Literal["internal", "external"] | None = None
    address: Text | None = None
    subscribed_to: tuple[Name, ...] | None = None
    global_catalog: StrictBool | None = None

    def __hash__(self) -> int:
        return hash(self.name)  # one name is one server; hashing all fields is what judging would wait for

    def holds(self, *roles: Role) -> bool:
        """Whether the server holds any of these roles."""
        held = self.roles
        for role in roles:  # noqa: SIM110 - a plain loop, as every rule asks it of every server
            if role in held:
                return True
        return False

    @property
    def is_exchange(self) -> bool:
        """Whether the server holds an Exchange role."""
        return self.holds(*EXCHANGE_ROLES)

    @property
    def is_controller(self) -> bool:
        """Whether the server is a domain controller, writable or read-only."""
        return self.holds(Role.DOMAIN_CONTROLLER, Role.READ_ONLY_DOMAIN_CONTROLLER)

    @property
    def is_edge(self) -> bool:
        """Whether Edge Transport is its only Exchange role."""
        return Role.EDGE_TRANSPORT in self.roles and not self.holds(*INTERNAL_ROLES)


PORTS = re.compile(r"(?P<low>\d{1,5})(?:-(?P<high>\d{1,5}))?/(?P<transport>tcp|udp)", re.ASCII)
BARE_PROTOCOLS = ("any", "icmp", "esp", "ah", "gre")


def port_range(text: str) -> tuple[str, int, int]:
    """A port as written in a topology or the ports table: transport, first and last port.

    Protocols without ports (icmp, esp, ah, gre) and `any` come with 0 and 65535.
    Raises ValueError naming what was written.

    >>> port_range("1024-65535/tcp"), port_range("icmp")
    (('tcp', 1024, 65535), ('icmp', 0, 65535))
    """
    if text in BARE_PROTOCOLS:
        return text, 0, 65535
    match = PORTS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no port: write 25/tcp, 1024-65535/udp, icmp or any")
    low, high = int(match["low"]), int(match["high"] or match["low"])
    if not low <= high <= 65535:
        raise ValueError(f"{text!r} is no port: ports go from 0 to 65535, the smaller first")
    return match["transport"], low, high


def _port(value: Any) -> Any:
    text = _text(value)
    if not isinstance(text, str):
        return text
    try:
        port_range(text)
    except ValueError:
        hint = f"{text}/tcp" if text.isdecimal() else "25/tcp"
        raise PydanticCustomError(
            "port", "is no port", {"allowed": ["25/tcp", "1024-65535/udp", "icmp", "any"], "hint": hint}
        ) from None
    return text


Port = Annotated[str, BeforeValidator(_port)]


class AllowLine(Model):
    """One line of a firewall: who may open a connection to whom, on which ports."""

    source: Name = Field(alias="from")
    target: Name = Field(alias="to")
    ports: tuple[Port, ...]


ANY_ANY = AllowLine(source="any", target="any", ports=("any",))


def _allow(value: Any) -> Any:
    return (ANY_ANY,) if value == "any" else value


class Firewall(Model):
    """A device between zones. `allow` None means that nobody told us its rules."""

    name: Name
    between: tuple[Name, ...] = Field(min_length=2)
    kind: FirewallKind | None = None
    allow: Annotated[tuple[AllowLine, ...] | None, BeforeValidator(_allow)] = None
    inspects: tuple[Literal["esmtp", "tls"], ...] | None = None
    nat: StrictBool | None = None
    host: Name | None = None


class Publishing(Model):
    """How clients on the Internet reach Exchange: a publishing rule, a load balancer, a forwarded port."""

    name: Name
    product: Text | None = None
    kind: Literal["reverse-proxy", "load-balancer", "port-forward", "cloud-connector"] | None = None
    host: Name | None = None
    zone: Name | None = None
    domain_joined: StrictBool | None = None
    protocols: tuple[Protocol, ...] | None = None
    preauth: Literal["none", "forms", "basic", "ntlm", "kerberos", "certificate", "adfs", "entra"] | None = None
    validation: Literal["active-directory", "ldap", "radius", "adfs", "entra"] | None = None
    delegation: Literal["none", "basic", "ntlm", "kcd"] | None = None
    target_auth: tuple[Literal["forms", "basic", "windows", "adfs"], ...] | None = None
    tls: Literal["bridging", "pass-through", "offload"] | None = None
    same_certificate: StrictBool | None = None
    source_nat: StrictBool | None = None
    targets: tuple[Name, ...] | None = None


class DAG(Model):
    """A database availability group, or the clusters of 2007 (CCR, SCC)."""

    name: Name
    kind: Literal["dag", "ccr", "scc"] = "dag"
    members: tuple[Name, ...] = ()
    witness: Name | None = None


class MailFlow(Model):
    """One way that mail takes, from first hop to last."""

    path: tuple[Name, ...] = Field(min_length=2)


class Hybrid(Model):
    """The link to Exchange Online; topology `none` says that there is none."""

    topology: Literal["none", "classic", "modern", "classic-minimal", "classic-express", "classic-full", "modern-full"]
    modern_auth: StrictBool | None = None
    agent: Name | None = None
    targets: tuple[Name, ...] | None = None
    mail_path: tuple[Name, ...] | None = None


class Waiver(Model):
    """A finding that somebody accepted, until a day (that day included)."""

    finding: Name
    because: Text
    owner: Text | None = None
    approved_by: Text | None = None
    expires: Day | None = None
    ticket: Text | None = None
    subjects: tuple[Name, ...] | None = None


def _hybrid(value: Any) -> Any:
    return {"topology": "none"} if value == "none" else value


class Topology(Model):
    """What one customer has or plans. Names are checked against each other as it is made.

    >>> small = Topology.model_validate({"customer": "Contoso", "zones": [{"name": "lan", "kind": "internal"}],
    ...     "servers": [{"name": "EX1", "version": 2010, "roles": ["CAS", "HT", "MBX"], "zone": "lan"}]})
    >>> small.servers[0].roles[0].value, small.servers[0].domain_joined is None
    ('ClientAccess', True)
    """

    customer: Text
    as_of: Day | None = None
    deployment: Literal["standard", "hmc-4.5"] = "standard"
    zones: tuple[Zone, ...] = ()
    ad_sites: tuple[ADSite, ...] = ()
    forests: tuple[Forest, ...] = ()
    servers: tuple[Server, ...] = ()
    firewalls: tuple[Firewall, ...] = ()
    publishing: tuple[Publishing, ...] = ()
    dags: tuple[DAG, ...] = ()
    mail_flow: tuple[MailFlow, ...] = ()
    hybrid: Annotated[Hybrid | None, BeforeValidator(_hybrid)] = None
    outlook: tuple[Text, ...] = ()
    assumptions: tuple[Text, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _names_hold(self) -> Topology:
        problems = list(islice(name_problems(self), MOST_PROBLEMS))
        if problems:
            raise ValidationError.from_exception_data("Topology", problems)
        return self

    def to_plain(self) -> dict[str, Any]:
        """The canonical form: plain values, what is not known left out, `any` written short."""
        plain: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for device in plain.get("firewalls", []):
            if device.get("allow") == [{"from": "any", "to": "any", "ports": ["any"]}]:
                device["allow"] = "any"
        return plain

    def digest(self) -> str:
        """`sha256:` and the hash of the canonical form: equal for equal topologies, whatever the file looked like."""
        text = json.dumps(self.to_plain(), sort_keys=True, ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
