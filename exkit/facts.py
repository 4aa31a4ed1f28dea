"""What vendors say: typed rows of `data/knowledge/`, one table a file, refused at the door when bad.

`data/README.md` is the dictionary of the tables. Nothing is read when this module is imported: `load` reads,
with `exkit.knowledge`, which nothing that judges needs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import StrictBool

from exkit.builds import Build, BuildList
from exkit.rows import Confidence, Ids, Row, Slug, Url
from exkit.topology import Day, Protocol, Role, Version
from exkit.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

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


SYSTEMS = ("os", "dc-os", "forest-level")  # parts of the support matrix that name an operating system


def spoken(name: str) -> str:
    """A name as the tables compare it: in small letters, hyphens for spaces and underscores, without its maker.

    >>> spoken("Windows Server 2012 R2"), spoken("Microsoft TMG_2010")
    ('windows-server-2012-r2', 'tmg-2010')
    """
    return "-".join(re.split(r"[\s_-]+", name.strip().casefold())).removeprefix("microsoft-")


@dataclass(frozen=True)
class Facts:
    """All tables, with look-ups. Holds values only: nothing is read after `load`."""

    sources: tuple[Source, ...]
    statements: tuple[Statement, ...]
    roles: tuple[RoleRow, ...]
    ports: tuple[PortRow, ...]
    products: tuple[Product, ...]
    lives: tuple[Life, ...]
    platforms: tuple[Platform, ...]
    builds: tuple[Build, ...] = ()
    digest: str = ""  # sha256 over the names and bytes of the files

    @cached_property
    def _statements_by_name(self) -> dict[str, tuple[Statement, ...]]:
        by_id: dict[str, tuple[Statement, ...]] = defaultdict(tuple)
        for row in self.statements:
            by_id[row.id] += (row,)
        aliases = {alias: by_id[row.id] for row in self.statements for alias in row.aliases}
        return aliases | by_id

    @cached_property
    def _sources_by_id(self) -> dict[str, Source]:
        return {row.id: row for row in self.sources}

    @cached_property
    def _products_by_name(self) -> dict[str, Product]:
        return {spoken(name): row for row in self.products for name in (*row.also_called, row.name, row.id)}

    @cached_property
    def _systems_by_name(self) -> dict[str, Life]:
        systems = [row for row in self.lives if row.kind == "os"]
        return {spoken(name): row for row in systems for name in (*row.also_called, row.name, row.id)}

    @cached_property
    def _lives_by_id(self) -> dict[str, Life]:
        return {row.id: row for row in self.lives}

    @cached_property
    def _ports_by_version(self) -> dict[Version, tuple[PortRow, ...]]:
        rows: dict[Version, list[PortRow]] = defaultdict(list)
        for row in self.ports:
            rows[row.version].append(row)
        return {version: tuple(found) for version, found in rows.items()}

    @cached_property
    def _paths_by_version(self) -> dict[Version, dict[tuple[PortRole, PortRole], tuple[PortRow, ...]]]:
        rows: dict[Version, dict[tuple[PortRole, PortRole], tuple[PortRow, ...]]] = defaultdict(dict)
        for row in self.ports:
            if row.filter != "local":
                ends = row.source, row.target
                rows[row.version][ends] = (*rows[row.version].get(ends, ()), row)
        return rows

    @cached_property
    def _roles_by_key(self) -> dict[tuple[Version, Role], RoleRow]:
        return {(row.version, row.role): row for row in self.roles}

    @cached_property
    def _platforms_by_key(self) -> dict[tuple[Version, str, str], tuple[Platform, ...]]:
        rows: dict[tuple[Version, str, str], tuple[Platform, ...]] = defaultdict(tuple)
        for row in self.platforms:
            rows[row.version, row.part, row.platform] += (row,)
        return dict(rows)

    @cached_property
    def _platform_words(self) -> dict[tuple[str, Version | None], frozenset[str]]:
        words: dict[tuple[str, Version | None], frozenset[str]] = defaultdict(frozenset)
        for row in self.platforms:
            for version in (row.version, None):
                words[row.part, version] |= {row.platform}
        return words

    @cached_property
    def _build_list(self) -> BuildList:
        return BuildList(self.builds)

    def statements_called(self, name: str) -> tuple[Statement, ...]:
        """All rows of a statement, by its id or by an alias; none for an unknown name."""
        return self._statements_by_name.get(name, ())

    def statement(self, name: str, version: Version | None, as_of: date) -> Statement | None:
        """The row of a statement (id or alias) for a version on a day, or None when none is in force.

        A row without versions fits every version. Without a version, the first row in force is given.
        """
        for row in self.statements_called(name):
            fits = version is None or not row.versions or version in row.versions
            if fits and (row.since is None or row.since <= as_of) and (row.until is None or as_of <= row.until):
                return row
        return None

    def source(self, id: str) -> Source:
        """The source of an id. KeyError for an id that no table has: `load` lets none through."""
        return self._sources_by_id[id]

    def product(self, name: str | None) -> Product | None:
        """A publishing product by its id, its name or another name people use, in any case, spaces for hyphens."""
        return self._products_by_name.get(spoken(name or ""))

    def life(self, id: str) -> Life | None:
        """The life cycle of an Exchange version (`exchange-2010`), a product or an operating system."""
        return self._lives_by_id.get(id)

    def system(self, name: str | None) -> str:
        """The id of an operating system by its id, its name or another name people use, in any case, spaces for
        hyphens. What no table has comes back as it is written."""
        life = self._systems_by_name.get(spoken(name or ""))
        return life.id if life else name or ""

    def ports_of(self, version: Version) -> tuple[PortRow, ...]:
        """The data paths of a version."""
        return self._ports_by_version.get(version, ())

    def paths_of(self, version: Version) -> dict[tuple[PortRole, PortRole], tuple[PortRow, ...]]:
        """The data paths of a version by who opens the connection to whom, but for those that never leave a host."""
        return self._paths_by_version.get(version, {})

    def role(self, version: Version, role: Role) -> RoleRow | None:
        """What a role does in a version."""
        return self._roles_by_key.get((version, role))

    def platform(self, version: Version, part: str, platform: str, as_of: date) -> Platform | None:
        """A cell of the support matrix as it was on a day: part `os`, `dc-os`, `forest-level`, `dotnet`, `outlook`.

        The platform is an id as the table writes it; `platform_word` gives that of what people write."""
        for row in self._platforms_by_key.get((version, part, platform), ()):
            if (row.since is None or row.since <= as_of) and (row.until is None or as_of <= row.until):
                return row
        return None

    def platform_words(self, part: str, version: Version | None = None) -> frozenset[str]:
        """What a part of the support matrix has cells for, with one version or with any."""
        return self._platform_words.get((part, version), frozenset())

    def platform_word(self, part: str, name: str) -> str:
        """What the support matrix calls a platform that somebody wrote by another name, in another case or with spaces;
        what it has no cell for comes back as it is written."""
        if part in SYSTEMS:
            return self.system(name)
        return next((word for word in self.platform_words(part) if spoken(word) == spoken(name)), name)

    def build(self, version: Version, build: str | None) -> Build | None:
        """The update that a build number names: the newest one not later than it, so that one which is not in the
        table counts as what it was put upon. A beginning (`14.3`) names the first build that begins so.

        None for what is no build of this version: 15.1 on a 2019 server, 15.2 below 2562 on SE, no number at all.
        """
        return self._build_list.named(version, build or "")

    def level(self, version: Version, build: str | None) -> Build | None:
        """The first release, service pack or cumulative update that a build number stands upon; None too where it is
        the beginning of several (`15.2` of 2019)."""
        return self._build_list.level(version, build or "")

    def updates(self, version: Version, as_of: date) -> tuple[Build, ...]:
        """The updates of a version that were out on a day, in the order of their builds."""
        return self._build_list.of(version, as_of)


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a table.

    >>> str(Problem("ports.csv", 7, "transport", "tpc", "must be one of tcp, udp; nearest: tcp"))
    "ports.csv:7: transport: 'tpc' (must be one of tcp, udp; nearest: tcp)"
    """

    file: str
    line: int
    column: str
    found: str
    must: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.found!r} ({self.must})"


class FactsError(Exception):
    """The tables cannot be used; `problems` holds all that is wrong with them, in the order of file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        super().__init__("\n".join(map(str, self.problems)))


def load(folder: Path | None = None) -> Facts:
    """The tables of a folder; without one, those of this edition (`exkit.knowledge.knowledge_folder`).

    Raises FactsError with every problem of every table. What it gives never reads a file again.
    """
    from exkit.knowledge import read_all  # here: whoever only judges needs no reading of files

    return read_all(folder)
