"""Answers without a topology file: what a statement says, and whether a role may stand in a kind of zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from exkit.advice import Finding, advise
from exkit.facts import Facts
from exkit.ports import OpenPort
from exkit.report.words import in_force
from exkit.rows import PortRole, PortRow, RoleRow, Statement
from exkit.teaching import Misconception, Objection, objections_to
from exkit.topology import EXCHANGE_ROLES, SHORT_ROLES, SPOKEN_KINDS, Role, Topology, Version, ZoneKind

HOST = "HOST1"  # the name of the one server in the topology made up for an answer


@dataclass(frozen=True)
class RoleAnswer:
    """One role in one version: its row of the table, and what the engine says of it in a zone, when one was named."""

    row: RoleRow
    zone: ZoneKind | None
    findings: tuple[Finding, ...]


def statements_named(facts: Facts, word: str, version: Version | None) -> tuple[Statement, ...]:
    """The rows of a statement, by its id or an alias of it; of one version, or of all when it has none for that one."""
    wanted = word.casefold()
    rows = [row for row in facts.statements if wanted in (name.casefold() for name in (row.id, *row.aliases))]
    return tuple([row for row in rows if not row.versions or version in row.versions] or rows)


def rows_in_force(rows: tuple[Statement, ...], day: date | None) -> tuple[Statement, ...]:
    """The rows of a statement that are in force on a day; all of them without a day. ValueError when none is."""
    if day is None:
        return rows
    found = tuple(row for row in rows if (row.since or day) <= day <= (row.until or day))
    if not found:
        told = " and ".join(dict.fromkeys(in_force(row.since, row.until) for row in rows))
        raise ValueError(f"{rows[0].id} is not in force on {day.isoformat()}; it is {told}")
    return found


def said_of(
    rows: tuple[Statement, ...],
    version: Version | None,
    cards: tuple[Objection, ...],
    reasons: tuple[Misconception, ...],
) -> tuple[tuple[Objection, ...], tuple[Misconception, ...]]:
    """What people say of a statement, with one version or any that it is about: cards, and wrong reasons."""
    ids = {row.id for row in rows}
    about = {one for row in rows for one in row.versions or Version}
    found = objections_to(cards, ids, [version] if version else about)
    return found, tuple(one for one in reasons if ids & set(one.statements))


def role_named(word: str) -> Role | None:
    """A role by its long or short name, however it is written.

    >>> role_named("cas"), role_named("Edge Transport"), role_named("toaster")
    (<Role.CLIENT_ACCESS: 'ClientAccess'>, <Role.EDGE_TRANSPORT: 'EdgeTransport'>, None)
    """
    names = {role.value.casefold(): role for role in Role} | {
        short.casefold(): role for short, role in SHORT_ROLES.items()
    }
    return names.get(word.casefold().replace(" ", "").replace("-", ""))


def zone_named(word: str) -> ZoneKind:
    """A kind of zone; `dmz`, `lan` and `intranet` are understood. ValueError names the kinds there are.

    >>> zone_named("DMZ").value
    'perimeter'
    """
    kinds = {kind.value: kind for kind in ZoneKind} | SPOKEN_KINDS
    if word.casefold() not in kinds:
        raise ValueError(f"--zone: {word!r} is no kind of zone; write one of {', '.join(ZoneKind)}")
    return kinds[word.casefold()]


def version_named(word: str) -> Version:
    """An Exchange version. ValueError names the versions there are.

    >>> version_named("se").value
    'SE'
    """
    for version in Version:
        if version.value.casefold() == word.casefold():
            return version
    raise ValueError(f"--version: {word!r} is no Exchange version; write one of {', '.join(Version)}")


def port_role_named(option: str, word: str | None) -> PortRole | None:
    """An end of a data path by its name in the ports table, or by a role's short name. ValueError names the nearest.

    >>> port_role_named("--from", "cas").value, port_role_named("--to", "internet").value
    ('ClientAccess', 'Internet')
    """
    if word is None:
        return None
    role = role_named(word)
    names = {one.value.casefold(): one for one in PortRole}
    found = names.get(role.value.casefold() if role else word.casefold())
    if found is None:
        near = get_close_matches(word.casefold(), names, n=3, cutoff=0.4) or sorted(names)
        raise ValueError(f"{option}: {word!r} is no end of a data path; nearest: {', '.join(names[n] for n in near)}")
    return found


def not_known(facts: Facts, word: str) -> ValueError:
    """The error that says what was probably meant: ids, aliases and roles that look like it, at most five."""
    known = {row.id for row in facts.statements} | {alias for row in facts.statements for alias in row.aliases}
    known |= {role.value for role in Role} | set(SHORT_ROLES)
    by_case = {name.casefold(): name for name in sorted(known)}
    wanted = word.casefold()
    begun = [role.value.casefold() for role in Role if role.value.casefold().startswith(wanted)] if wanted else []
    close = [*begun, *get_close_matches(wanted, by_case, n=5, cutoff=0.5)]
    near = [by_case[name] for name in dict.fromkeys(close)][:5]
    meant = f"did you mean {', '.join(near)}?" if near else "notebooks/40_reference.ipynb lists all of them"
    return ValueError(f"{word!r} is no statement and no role; {meant}")


def placed(role: Role, version: Version | None, zone: ZoneKind, facts: Facts, as_of: date) -> tuple[Finding, ...]:
    """What the engine says of one server with this role in such a zone: the findings about its placement."""
    server = {"name": HOST, "roles": [role.value], "zone": zone.value}
    if role in EXCHANGE_ROLES and version is not None:
        server["version"] = version.value
    topology = Topology.model_validate(
        {"customer": "explain", "zones": [{"name": zone.value, "kind": zone.value}], "servers": [server]}
    )
    findings = advise(topology, facts, as_of).of("topology")
    return tuple(one for one in findings if one.topic == "placement" and one.subjects == (HOST,))


def role_answers(
    facts: Facts, role: Role, version: Version | None, zone: ZoneKind | None, as_of: date
) -> tuple[RoleAnswer, ...]:
    """One answer a version that the roles table knows, oldest first; only the one version when it is named.

    ValueError when the table has no such row.
    """
    rows = [row for row in facts.roles if row.role is role and version in (None, row.version)]
    if not rows:
        known = sorted({row.version for row in facts.roles if row.role is role}, key=lambda one: one.age)
        if not known:
            raise ValueError(f"the roles table holds Exchange server roles; {role} is judged in a topology file only")
        raise ValueError(f"Exchange {version} has no role {role}; it is there in {', '.join(known)}")
    return tuple(
        RoleAnswer(row, zone, placed(role, row.version, zone, facts, as_of) if zone else ())
        for row in sorted(rows, key=lambda row: row.version.age)
    )


def ports_between(
    facts: Facts, version: Version, source: PortRole | None, target: PortRole | None
) -> tuple[PortRow, ...]:
    """The rows of the ports table for a version, both ends where they are named."""
    return tuple(
        row for row in facts.ports_of(version) if source in (None, row.source) and target in (None, row.target)
    )


def only_between(
    topology: Topology, rows: tuple[OpenPort, ...], source: PortRole | None, target: PortRole | None
) -> tuple[OpenPort, ...]:
    """The ports of a topology whose ends hold the roles that were named."""

    def holds(names: tuple[str, ...], role: PortRole | None) -> bool:
        return role is None or any(role.value in server.roles for server in topology.servers if server.name in names)

    return tuple(row for row in rows if holds(row.sources, source) and holds(row.targets, target))
