"""Operating systems of Exchange servers and of their domain controllers, by the support matrix."""

from __future__ import annotations

from collections.abc import Iterator

from exkit.facts import Platform
from exkit.rules.base import Case, Match, Question, fact, listed, names, rule, versions
from exkit.rules.coexistence import build_number
from exkit.topology import Server, Version
from exkit.verdict import Verdict


def _too_old(row: Platform, server: Server) -> bool:
    return bool(row.since_build and server.build) and build_number(server.build or "") < build_number(row.since_build)


def _needs(row: Platform) -> str:
    return row.condition or f"Exchange {row.version} must be of build {row.since_build} or later."


@rule("os-fits", "os-fits-with-level", *(f"os-{version.lower()}" for version in Version), "os-not-covered")
def operating_system(case: Case) -> Iterator[Match]:
    """The Windows version that an Exchange server runs on."""
    for server in case.exchange:
        if not server.os or not server.version:
            continue
        row = case.facts.platform(server.version, "os", server.os)
        evidence = (fact(server, "os"), fact(server, "version"), fact(server, "build"))
        summary = f"{server.name} runs Exchange {server.version} on {server.os}."
        statement, condition, asked = f"os-{server.version.lower()}", None, None
        if row is None and case.facts.life(server.os) is None:
            statement = "os-not-covered"
            asked = Question(
                f"servers.{server.name}.os", f"Which Windows version does {server.name} run on?", _systems(case)
            )
        elif row is not None and row.verdict is not Verdict.UNSUPPORTED and not _too_old(row, server):
            open_level = bool(row.since_build) and not server.build
            conditional = row.verdict is Verdict.CONDITIONAL or open_level
            statement, condition = ("os-fits-with-level", _needs(row)) if conditional else ("os-fits", None)
        yield Match(statement, (server.name,), summary, evidence, versions(server), question=asked, condition=condition)


def _systems(case: Case) -> tuple[str, ...]:
    return tuple(sorted({row.platform for row in case.facts.platforms if row.part == "os"}))


@rule("dc-os-fits", "dc-os-fits-with-level", "dc-os-unsupported")
def operating_system_of_controllers(case: Case) -> Iterator[Match]:
    """The Windows version of the domain controllers, for each Exchange version that uses them."""
    for version in case.flows.versions:
        users = [server for server in case.inside if server.version is version]
        for system in sorted({dc.os for dc in case.domain_controllers if dc.os}):
            row = case.facts.platform(version, "dc-os", system)
            controllers = [dc for dc in case.domain_controllers if dc.os == system]
            served = [server for server in users if any(case.same_forest(server, dc) for dc in controllers)]
            controllers = [dc for dc in controllers if any(case.same_forest(server, dc) for server in served)]
            if row is None or not served:
                continue
            behind = [server for server in served if _too_old(row, server)]
            silent = [server for server in served if row.since_build and not server.build]
            if row.verdict is Verdict.UNSUPPORTED or behind:
                statement = "dc-os-unsupported"
            elif row.verdict is Verdict.CONDITIONAL or silent:
                statement = "dc-os-fits-with-level"
            else:
                statement = "dc-os-fits"
            summary = f"Exchange {version} uses domain controllers on {system}: {listed(names(controllers))}."
            if behind:
                summary += f" {listed(names(behind))} is too old for them."
            culprits = behind or silent
            evidence = (
                *(fact(dc, "os") for dc in controllers[:5]),
                *(fact(server, "build") for server in culprits[:5]),
            )
            condition = _needs(row) if statement == "dc-os-fits-with-level" else None
            subjects = names([*controllers, *behind])
            yield Match(
                statement,
                subjects,
                summary,
                evidence,
                (version,),
                f"{version}+{system}",
                choice=f"dc-os {version} {system}",
                condition=condition,
            )


RULES = (operating_system, operating_system_of_controllers)
