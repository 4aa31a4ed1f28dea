"""Which update a server runs, and whether it is one that something asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exkit.builds import build_number
from exkit.rows import Platform
from exkit.rules.base import Case, listed
from exkit.topology import Server, Version
from exkit.verdict import Verdict, worst

SETTLED = ("coexistence-levels-met", "coexistence-level-too-low")


def reaches(case: Case, server: Server, build: str) -> bool | None:
    """Whether a server runs a build or a later one; None when its file does not tell.

    The number that an export of Exchange shows is that of the service pack or cumulative update alone: rollups and
    security updates do not change it. So it does not tell which of them is installed. The beginning of a number, or
    none, tells only what holds for every update that it may be.
    """
    if server.version is None:
        return None
    runs = case.facts.build(server.version, server.build)
    if server.build and runs is None:
        return None
    number, asked = build_number(server.build or ""), build_number(build)
    lowest, highest = case.facts.span(server.version, server.build) or (number, number)
    if max(number, lowest) >= asked:
        return True
    if runs is None or highest >= asked:
        return None
    bare = runs.is_level and build_number(runs.build)[: len(number)] == number
    return None if bare and case.facts.level(server.version, build) == runs else False


def update_name(case: Case, version: Version, build: str) -> str:
    """An update as people call it: `CU14 (15.2.1544.4)`, or the build alone when no table knows it, or several updates
    begin so."""
    update = case.facts.build(version, build) if case.facts.level(version, build) else None
    return f"{update.name} ({build})" if update else f"build {build}"


@dataclass(frozen=True)
class Fit:
    """What a cell of the support matrix means for a server, or for several: the condition, when there is one."""

    verdict: Verdict
    condition: str = ""
    culprits: tuple[Server, ...] = ()  # those that are too old or too new, else those of which too little is known

    @property
    def settled(self) -> str | None:
        """Side by side: the statement on levels that are met or too low; None when it depends."""
        return dict(zip((Verdict.SUPPORTED, Verdict.UNSUPPORTED), SETTLED, strict=True)).get(self.verdict)


def fit(case: Case, cell: Platform, servers: Iterable[Server]) -> Fit:
    """What a cell means for servers of its version: the worst of them decides."""
    if cell.verdict is Verdict.UNSUPPORTED:
        return Fit(Verdict.UNSUPPORTED)
    found = {server: _holds(case, cell, server) for server in servers}
    wrong = tuple(server for server, holds in found.items() if holds is False)
    silent = tuple(server for server, holds in found.items() if holds is None)
    if wrong:
        return Fit(Verdict.UNSUPPORTED, culprits=wrong)
    condition = " ".join([*([cell.condition] if cell.condition else []), *([_needs(case, cell)] if silent else [])])
    verdict = worst([cell.verdict, *([Verdict.CONDITIONAL] if silent else [])]) or cell.verdict
    return Fit(verdict, condition, silent)


def _holds(case: Case, cell: Platform, server: Server) -> bool | None:
    since = reaches(case, server, cell.since_build) if cell.since_build else True
    past = reaches(case, server, cell.before_build) if cell.before_build else False
    system = True if not cell.with_os else case.facts.system(server.os) in cell.with_os if server.os else None
    if since is False or past is True or system is False:
        return False
    return None if since is None or past is None or system is None else True


def _needs(case: Case, cell: Platform) -> str:
    parts = []
    if cell.since_build:
        parts.append(f"{update_name(case, cell.version, cell.since_build)} or later")
    if cell.before_build:
        parts.append(f"an update before {update_name(case, cell.version, cell.before_build)}")
    told = [f"Exchange {cell.version} must run {listed(parts)}."] if parts else []
    if cell.with_os:
        told.append(f"The server must run {' or '.join(cell.with_os)}.")
    return " ".join(told)


# What the older and the newer version must run to stand side by side, Edge servers included ("": any build).
# Pages on coexistence: system requirements of 2013, of 2016 and 2019, the upgrade to Subscription Edition.
BESIDE = {
    (Version.V2007, Version.V2013): ("8.3.298", "15.0.712"),
    (Version.V2010, Version.V2013): ("14.3", "15.0.712"),
    (Version.V2010, Version.V2016): ("14.3.266", ""),
    (Version.V2013, Version.V2016): ("15.0.1130", ""),
    (Version.V2013, Version.V2019): ("15.0.1395", ""),
    (Version.V2016, Version.V2019): ("15.1.1591", ""),
    (Version.V2016, Version.SE): ("15.1.2507", ""),
    (Version.V2019, Version.SE): ("15.2.1544", ""),
}


def lacked(case: Case, level: Fit, asked: Mapping[Version, str]) -> str:
    """What servers that are too old must run, as sentences after another; nothing where none is."""
    if level.verdict is not Verdict.UNSUPPORTED:
        return ""
    behind = {version: [one.name for one in level.culprits if one.version is version] for version in asked}
    told = [
        f" {listed(hosts)} must run {update_name(case, version, asked[version])} or later."
        for version, hosts in behind.items()
        if hosts
    ]
    return "".join(told)


def side_by_side(case: Case, old: Iterable[Server], new: Iterable[Server], levels: tuple[str, str]) -> Fit:
    """Whether servers of two versions run what they must to stand beside each other."""
    found = {
        server: reaches(case, server, level)
        for servers, level in ((old, levels[0]), (new, levels[1]))
        for server in (servers if level else ())
    }
    low = tuple(server for server, reached in found.items() if reached is False)
    silent = tuple(server for server, reached in found.items() if reached is None)
    if low:
        return Fit(Verdict.UNSUPPORTED, culprits=low)
    return Fit(Verdict.CONDITIONAL if silent else Verdict.SUPPORTED, culprits=silent)
