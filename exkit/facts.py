"""What vendors say: typed rows of `data/knowledge/`, one table a file, refused at the door when bad.

`data/README.md` is the dictionary of the tables. Nothing is read when this module is imported: `load` reads.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from exkit.topology import Protocol, Role, Version
from exkit.verdict import Verdict

Confidence = Literal["documented", "secondary", "recalled"]
Family = Literal[
    "placement", "separation", "edge", "mail_flow", "publishing", "hybrid", "host_firewall", "dag", "platform",
    "lifecycle", "coexistence", "model_gaps",
]  # fmt: skip
Aspect = Literal["topology", "lifecycle"]


class PortRole(StrEnum):
    """Ends of a data path in the ports table: roles of the topology, and hosts that no topology names."""

    INTERNET = "Internet"
    CLIENT = "Client"
    DNS = "DNS"
    GLOBAL_CATALOG = "GlobalCatalog"
    RIGHTS_MANAGEMENT = "RightsManagement"
    SECURID = "SecurID"
    TMG_MANAGEMENT = "TMGManagement"
    BACKUP = "Backup"
    FRONT_END = Role.FRONT_END.value
    BACK_END = Role.BACK_END.value
    MAILBOX = Role.MAILBOX.value
    CLIENT_ACCESS = Role.CLIENT_ACCESS.value
    HUB_TRANSPORT = Role.HUB_TRANSPORT.value
    UNIFIED_MESSAGING = Role.UNIFIED_MESSAGING.value
    EDGE_TRANSPORT = Role.EDGE_TRANSPORT.value
    DOMAIN_CONTROLLER = Role.DOMAIN_CONTROLLER.value
    SMTP_GATEWAY = Role.SMTP_GATEWAY.value
    REVERSE_PROXY = Role.REVERSE_PROXY.value
    SKYPE_SERVER = Role.SKYPE_SERVER.value
    RADIUS_SERVER = Role.RADIUS_SERVER.value
    IP_GATEWAY = Role.IP_GATEWAY.value
    MANAGEMENT_HOST = Role.MANAGEMENT_HOST.value
    WITNESS = Role.WITNESS.value


class When(StrEnum):
    """In which topologies a port row is needed; each word is one predicate in `exkit.flows`.

    `always`: whenever both ends are there. `not-shown`: depends on something that no topology file can tell.
    """

    ALWAYS = "always"
    NOT_SHOWN = "not-shown"
    EDGE_SUBSCRIBED = "edge-subscribed"
    TAKES_INTERNET_MAIL = "takes-internet-mail"
    SENDS_INTERNET_MAIL = "sends-internet-mail"
    PASSES_MAIL = "passes-mail"  # mail_flow names both ends one after the other, or names no mail flow at all
    PROXY_DOMAIN_MEMBER = "proxy-domain-member"
    VALIDATES_BY_LDAP = "validates-by-ldap"
    VALIDATES_BY_RADIUS = "validates-by-radius"
    DELEGATES_BY_KERBEROS = "delegates-by-kerberos"
    PUBLISHES_HTTP = "publishes-http"  # any of the HTTPS protocols, SSL not offloaded
    OFFLOADS_TLS = "offloads-tls"
    PUBLISHES_IMAP = "publishes-imap"
    PUBLISHES_POP = "publishes-pop"
    PUBLISHES_SMTP = "publishes-smtp"
    OTHER_SITE = "other-site"  # both ends in different AD sites
    SAME_DAG = "same-dag"
    SAME_CLUSTER = "same-cluster"  # CCR or SCC of 2007, clustered back-ends
    WITNESS_OF_DAG = "witness-of-dag"
    EDGE_ON_TMG = "edge-on-tmg"


class Row(BaseModel):
    """A row of a table: frozen, no unknown columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Row):
    """A text that was read, or the admission that none was."""

    id: str
    title: str
    url: str = ""


class Statement(Row):
    """One thing a vendor says about support. The same id may have one row per set of versions."""

    id: str
    versions: tuple[Version, ...]  # empty: whatever the version
    topic: str  # per topic and subjects one statement decides
    family: Family
    aspect: Aspect = "topology"
    verdict: Verdict
    claim: str  # what is the case, one sentence
    why: str
    fix: str = ""
    condition: str = ""  # filled exactly when the verdict is conditional
    overrules: tuple[str, ...] = ()  # ids of statements of the same topic that yield to this one
    because: str = ""  # why it overrules them
    disagreement: str = ""  # the other reading, where sources differ
    disagreement_sources: tuple[str, ...] = ()
    since: date | None = None  # in force from this day ...
    until: date | None = None  # ... to this day, that day included
    sources: tuple[str, ...]
    confidence: Confidence
    aliases: tuple[str, ...] = ()  # ids of the same claim elsewhere
    use: Literal["rule", "explain"] = "rule"  # explain: no topology can show it, see note
    note: str = ""


class RoleRow(Row):
    """What a role does in one version and where it may stand."""

    version: Version
    role: Role
    does: str
    perimeter: Literal["yes", "no", "conditional"]
    perimeter_note: str = ""
    domain_member: Literal["required", "optional", "no"]
    mailbox_access: str
    directory_rights: str
    business_logic: str
    shares_host: str
    sources: tuple[str, ...]
    confidence: Confidence
    note: str = ""


class PortRow(Row):
    """One data path of one version over one transport."""

    version: Version
    source: PortRole
    target: PortRole
    transport: Literal["tcp", "udp", "icmp", "esp", "ah"]
    ports: tuple[str, ...]  # "25" or "1024-65535"; empty for icmp, esp, ah
    service: str
    path: str  # what this traffic is for, as people say it
    need: Literal["required", "conditional", "optional"]
    when: When
    condition: str = ""
    both_ways: bool  # whether both ends open connections (answers always flow)
    auth: str = ""
    encrypted: str = ""
    filter: Literal["tight", "any-any", "local"]  # what a firewall on this path may do; local: loopback only
    sources: tuple[str, ...]
    confidence: Confidence
    note: str = ""


class Product(Row):
    """A product that publishes Exchange."""

    id: str
    name: str
    also_called: tuple[str, ...] = ()
    publishes: tuple[Version, ...]
    by_hand: tuple[Version, ...] = ()  # works with these, without a wizard: conditional
    protocols: tuple[Protocol, ...]  # what it can publish at all
    preauth_protocols: tuple[Protocol, ...]  # what it can pre-authenticate
    preauth: tuple[str, ...]
    validation: tuple[str, ...]  # active-directory always needs membership
    delegation: tuple[str, ...]
    limits: str = ""
    sources: tuple[str, ...]
    confidence: Confidence
    note: str = ""


class Life(Row):
    """Life cycle dates of an Exchange version, a product or an operating system."""

    id: str  # exchange-2010, tmg-2010, windows-server-2003
    kind: Literal["exchange", "product", "os"]
    name: str
    released: date | None = None
    mainstream_end: date | None = None
    extended_end: date | None = None
    disagreement: str = ""
    sources: tuple[str, ...]
    confidence: Confidence
    note: str = ""


class Platform(Row):
    """One cell of the support matrix: does this Exchange version work with this platform."""

    version: Version
    part: Literal["os", "dc-os"]
    platform: str  # windows-server-2008-r2
    verdict: Verdict
    condition: str = ""
    since_build: str = ""  # from this build on; earlier builds: unsupported
    disagreement: str = ""
    sources: tuple[str, ...]
    confidence: Confidence
    note: str = ""
