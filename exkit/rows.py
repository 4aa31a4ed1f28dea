"""The rows of `data/knowledge/`: one model a table (updates are in `exkit.builds`), and what they have in common.

`data/README.md` is the dictionary of the tables; a column is known by its field here alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from exkit.topology import Day, Protocol, Role, Version
from exkit.verdict import Verdict

Confidence = Literal["documented", "secondary", "recalled"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
Ids = Annotated[tuple[str, ...], Field(min_length=1)]


class Row(BaseModel):
    """A row of a table: frozen, no unknown columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Family = Literal[
    "placement", "separation", "edge", "mail_flow", "publishing", "hybrid", "host_firewall", "dag", "platform",
    "lifecycle", "coexistence", "model_gaps",
]  # fmt: skip
Aspect = Literal["topology", "lifecycle"]
Topic = Literal[
    "placement", "path", "directory-path", "client-path", "edge-subscription", "edge-membership", "edge-host",
    "edgesync-ports", "mail-path", "publishing", "preauth", "proxy-membership", "delegation", "double-forms", "tls",
    "product", "host-firewall", "hardening", "cluster", "cluster-host", "dag-network", "inner-firewall", "collocation",
    "site-roles", "directory-servers", "coexistence", "platform-os", "platform-dc", "platform-dotnet",
    "platform-client", "forest-level", "lifecycle", "update-lifecycle", "os-lifecycle", "model-gap", "advice",
]  # fmt: skip
# The words of `publishing` in a topology, but for `none`: what a product can do, or cannot.
Preauth = Literal["forms", "basic", "ntlm", "kerberos", "certificate", "adfs", "entra"]
Validation = Literal["active-directory", "ldap", "radius", "adfs", "entra"]
Delegation = Literal["none", "basic", "ntlm", "kcd"]


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
    MAIL_WITH_EDGE = "mail-with-edge"  # unless the Edge server is known to exchange mail with others
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
    PUBLISHES_CALENDAR = "publishes-calendar"
    PUBLISHES_RPC = "publishes-rpc"  # `mapi` before a server that speaks it over RPC alone
    OTHER_SITE = "other-site"  # both ends in different AD sites
    SAME_DAG = "same-dag"
    SAME_CLUSTER = "same-cluster"  # CCR or SCC of 2007, clustered back-ends
    WITNESS_OF_DAG = "witness-of-dag"
    EDGE_ON_TMG = "edge-on-tmg"


class Source(Row):
    """A text that was read, or the admission that none was."""

    id: Slug
    title: str
    url: Url = ""


class Statement(Row):
    """One thing a vendor says about support. The same id may have one row per set of versions."""

    id: Slug
    versions: tuple[Version, ...]  # empty: whatever the version
    topic: Topic  # per topic and subjects one statement decides
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
    decided: str = ""  # which reading decides, and why; filled exactly when disagreement is
    since: Day | None = None  # in force from this day ...
    until: Day | None = None  # ... to this day, that day included
    sources: Ids
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
    sources: Ids
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
    both_ways: StrictBool  # whether both ends open connections (answers always flow)
    auth: str = ""
    encrypted: str = ""
    filter: Literal["tight", "any-any", "local"]  # what a firewall on this path may do; local: loopback only
    sources: Ids
    confidence: Confidence
    note: str = ""


class Product(Row):
    """A product that publishes Exchange."""

    id: Slug
    name: str
    also_called: tuple[str, ...] = ()
    publishes: tuple[Version, ...]
    by_hand: tuple[Version, ...] = ()  # works with these, without a wizard: conditional
    protocols: tuple[Protocol, ...]  # what it can publish at all
    preauth_protocols: tuple[Protocol, ...]  # what it can pre-authenticate
    preauth: tuple[Preauth, ...]
    validation: tuple[Validation, ...]  # active-directory always needs membership
    delegation: tuple[Delegation, ...]
    limits: str = ""
    sources: Ids
    confidence: Confidence
    note: str = ""


class Life(Row):
    """Life cycle dates of an Exchange version, a product or an operating system."""

    id: Slug  # exchange-2010, tmg-2010, windows-server-2003
    kind: Literal["exchange", "product", "os"]
    name: str
    also_called: tuple[str, ...] = ()  # of an operating system; other names of products are in products.csv
    released: Day | None = None
    mainstream_end: Day | None = None
    extended_end: Day | None = None
    disagreement: str = ""
    decided: str = ""
    sources: Ids
    confidence: Confidence
    note: str = ""


class Platform(Row):
    """One cell of the support matrix: does this Exchange version work with this platform."""

    version: Version
    part: Literal["os", "dc-os", "forest-level", "dotnet", "outlook"]
    platform: Slug  # windows-server-2008-r2, 4.8, outlook-2016
    verdict: Verdict
    condition: str = ""
    since_build: str = ""  # from this build on; earlier builds: unsupported
    before_build: str = ""  # up to this build, that one excluded; later builds: unsupported
    with_os: tuple[str, ...] = ()  # only on these systems; elsewhere: unsupported
    disagreement: str = ""
    decided: str = ""
    since: Day | None = None  # the cell is so from this day ...
    until: Day | None = None  # ... to this day, that day included
    sources: Ids
    confidence: Confidence
    note: str = ""
