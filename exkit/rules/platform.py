"""Operating systems of Exchange servers and of their domain controllers, forests, .NET and Outlook, by the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exkit.rows import Platform
from exkit.rules.base import (
    SHOWN,
    Case,
    Evidence,
    Match,
    Question,
    facts_of,
    gap,
    listed,
    names,
    rule,
    versions,
    which_forest,
)
from exkit.rules.levels import Fit, fit
from exkit.topology import Forest, Role, Server, Version
from exkit.verdict import Verdict

SINCE_2019 = (Version.V2019, Version.SE)
# Below these forest levels the vendor says so in words of its own; the matrix has the verdict.
LOWEST = {
    Version.V2010: ("ad-level-2010", "windows-server-2003"),
    Version.V2016: ("ad-ffl-2016", "windows-server-2008-r2"),
    Version.V2019: ("ad-ffl-2019", "windows-server-2012-r2"),
    Version.SE: ("ad-ffl-2019", "windows-server-2012-r2"),
}


def _known(case: Case, part: str) -> tuple[str, ...]:
    return tuple(sorted(case.facts.platform_words(part)))


def _older(case: Case, system: str, other: str) -> bool:
    """Whether one Windows was released before another."""
    days = [life.released for name in (system, other) if (life := case.facts.life(case.facts.system(name)))]
    return len(days) == 2 and None not in days and days[0] < days[1]  # type: ignore[operator]


def _name(case: Case, system: str) -> str:
    """A Windows version as people call it; what the tables do not know stays as it is written."""
    life = case.facts.life(case.facts.system(system))
    return life.name if life else system


def _statement(fitting: Fit, fits: str, unsupported: str) -> str:
    return {Verdict.UNSUPPORTED: unsupported, Verdict.SUPPORTED: fits}.get(fitting.verdict, f"{fits}-with-level")


@rule("os-fits", "os-fits-with-level", *(f"os-{version.lower()}" for version in Version), "os-not-covered")
def operating_system(case: Case) -> Iterator[Match]:
    """The Windows version that an Exchange server runs on."""
    for server in case.exchange:
        if not server.os or not server.version:
            continue
        system = case.facts.system(server.os)
        cell = case.facts.platform(server.version, "os", system, case.as_of)
        fitting = fit(case, cell, [server]) if cell else Fit(Verdict.UNSUPPORTED)
        statement, asked = _statement(fitting, "os-fits", f"os-{server.version.lower()}"), None
        if cell is None and case.facts.life(system) is None:
            statement = "os-not-covered"
            text = f"Which Windows version does {server.name} run on?"
            asked = Question(f"servers.{server.name}.os", text, _known(case, "os"))
        yield Match(
            statement,
            (server.name,),
            f"{server.name} runs Exchange {server.version} on {_name(case, server.os)}.",
            facts_of([server], "os", "version", "build"),
            versions(server),
            question=asked,
            condition=fitting.condition or None,
            cell=cell,
        )


@rule("dc-os-fits", "dc-os-fits-with-level", "dc-os-unsupported", "ad-dc-ws2012-2019", "dc-os-not-covered")
def operating_system_of_controllers(case: Case) -> Iterator[Match]:
    """The Windows version of the domain controllers, for each Exchange version that uses them."""
    for version in case.flows.versions:
        users = [server for server in case.inside if server.version is version]
        all_controllers = _controllers(case, version)
        for system in sorted({case.facts.system(dc.os) for dc in all_controllers if dc.os}):
            controllers = [dc for dc in all_controllers if case.facts.system(dc.os) == system]
            served = [server for server in users if any(case.same_forest(server, dc) for dc in controllers)]
            controllers = [dc for dc in controllers if any(case.same_forest(server, dc) for server in served)]
            if not served:
                continue
            cell = case.facts.platform(version, "dc-os", system, case.as_of)
            fitting = fit(case, cell, served) if cell else Fit(Verdict.UNSUPPORTED)
            statement, asked = _statement(fitting, "dc-os-fits", "dc-os-unsupported"), None
            if version in SINCE_2019 and _older(case, system, "windows-server-2012-r2"):
                statement = "ad-dc-ws2012-2019"
            if case.facts.life(system) is None:
                statement = "dc-os-not-covered"
                text = f"Which Windows version do {listed(names(controllers))} run on?"
                asked = Question(f"servers.{names(controllers)[0]}.os", text, _known(case, "dc-os"))
            summary = (
                f"Exchange {version} uses domain controllers on {_name(case, system)}: {listed(names(controllers))}."
            )
            misfit = fitting.verdict is Verdict.UNSUPPORTED and not asked
            behind = fitting.culprits or served if misfit else ()
            if misfit and fitting.culprits:
                summary += f" That does not go with the update of {listed(names(behind))}."
            if misfit:
                asked = _forest_open(case, controllers, served)
            yield Match(
                statement,
                names([*controllers, *behind]),
                summary,
                (*facts_of(controllers, "os"), *facts_of(fitting.culprits, "build")),
                (version,),
                system if asked else f"{version}+{system}",
                asked,
                choice=f"dc-os {system}" if asked else f"dc-os {version} {system}",
                condition=fitting.condition or None,
                cell=cell,
            )


def _forest_open(case: Case, controllers: list[Server], served: list[Server]) -> Question | None:
    """What to ask where several forests are written, and no server is seen to share one with a controller."""
    shared = {dc.forest for dc in controllers} & {server.forest for server in served} - {None}
    lacking = [one for one in (*controllers, *served) if one.forest is None]
    if shared or not lacking or len(case.topology.forests) < 2:
        return None
    return which_forest(case, lacking[0])


def _controllers(case: Case, version: Version) -> list[Server]:
    """Domain controllers that a version looks at: from 2019 on every one of the forest counts, read-only ones too."""
    read_only = (Role.READ_ONLY_DOMAIN_CONTROLLER,) if version in SINCE_2019 else ()
    return [server for server in case.servers if server.holds(Role.DOMAIN_CONTROLLER, *read_only)]


@rule("dc-os-not-known")
def controllers_without_a_system(case: Case) -> Iterator[Match]:
    """Exchange 2019 or later asks something of every domain controller of the forest, and some have no os."""
    users = [server for server in case.inside if server.version in SINCE_2019]
    lacking = [
        dc
        for dc in _controllers(case, Version.SE)
        if dc.os is None and any(case.same_forest(dc, server) for server in users)
    ]
    text = "Which Windows version do these domain controllers run on?"
    yield from gap("dc-os-not-known", "os", lacking, text, _known(case, "dc-os"))


def _in_forest(case: Case, forest: Forest) -> list[Server]:
    """Exchange servers of a forest; where only one forest is written, all that name no other."""
    alone = len(case.topology.forests) == 1
    return [server for server in case.inside if server.forest == forest.name or (alone and server.forest is None)]


def _level(forest: Forest) -> Evidence:
    return Evidence(f"forests.{forest.name}.functional_level", forest.functional_level or "not written")


@rule(
    "forest-level-fits",
    "forest-level-fits-with-level",
    "forest-level-unsupported",
    *sorted({statement for statement, _ in LOWEST.values()}),
    "forest-level-not-covered",
)
def forest_level(case: Case) -> Iterator[Match]:
    """The functional level of a forest, for each Exchange version in it."""
    for forest in sorted(case.topology.forests, key=lambda forest: forest.name):
        level, members = forest.functional_level, _in_forest(case, forest)
        if level is None:
            continue
        for version in versions(*members):
            users = [server for server in members if server.version is version]
            cell = case.facts.platform(version, "forest-level", case.facts.system(level), case.as_of)
            fitting = fit(case, cell, users) if cell else Fit(Verdict.UNKNOWN)
            statement = _statement(fitting, "forest-level-fits", "forest-level-unsupported")
            if fitting.verdict is Verdict.UNSUPPORTED and version in LOWEST:
                below, lowest = LOWEST[version]
                statement = below if _older(case, level, lowest) else statement
            summary = f"Exchange {version} is in the forest {forest.name} of level {_name(case, level)}."
            if fitting.verdict is Verdict.UNSUPPORTED and fitting.culprits:
                summary += f" That does not go with the update of {listed(names(fitting.culprits))}."
            evidence = (_level(forest), *facts_of(fitting.culprits, "build"), *facts_of(users, "version"))
            yield _covered(
                case, cell, "forest-level", f"forests.{forest.name}.functional_level", level,
                Match(statement, (forest.name,), summary, evidence, (version,), f"{forest.name}+{version}",
                      choice=f"forest level of {forest.name} for {version}", condition=fitting.condition or None),
            )  # fmt: skip


def _covered(case: Case, cell: Platform | None, part: str, field: str, word: str, match: Match) -> Match:
    """A match with the cell behind it; without one it asks: which of the words that the matrix knows, or what it says.

    What no version knows is asked once a field, not for each version.
    """
    if cell is not None:
        return replace(match, cell=cell)
    if case.facts.platform_word(part, word) in case.facts.platform_words(part):
        text = f"The table has no cell for {word} with Exchange {match.versions[0]}: what does the support matrix say?"
        return replace(match, statement=f"{part}-not-covered", question=Question(field, text))
    asked = Question(field, f"{word} is no word of the support matrix: which of these is it?", _known(case, part))
    return replace(match, statement=f"{part}-not-covered", question=asked, anchor=word, choice=f"{field} {word}")


@rule("ad-ffl-2016-ws2016dc")
def controllers_of_2016_in_an_old_forest(case: Case) -> Iterator[Match]:
    """Exchange 2016 uses domain controllers on Windows Server 2016 in a forest below the level of 2008 R2."""
    for forest in sorted(case.topology.forests, key=lambda forest: forest.name):
        users = [server for server in _in_forest(case, forest) if server.version is Version.V2016]
        controllers = [
            dc
            for dc in case.domain_controllers
            if case.facts.system(dc.os) == "windows-server-2016"
            and any(case.same_forest(dc, server) for server in users)
        ]
        level = forest.functional_level
        if level and controllers and _older(case, level, "windows-server-2008-r2"):
            summary = f"{listed(names(controllers))} (Windows Server 2016) serve Exchange 2016 at forest level "
            summary += f"{_name(case, level)}."
            evidence = (_level(forest), *facts_of(controllers, "os"))
            yield Match(
                "ad-ffl-2016-ws2016dc",
                (forest.name,),
                summary,
                evidence,
                (Version.V2016,),
                f"{forest.name}+2016",
                choice=f"forest level of {forest.name} for 2016",
            )


@rule("forest-level-not-known")
def forest_level_not_written(case: Case) -> Iterator[Match]:
    """A forest that holds Exchange 2016 or later has no functional level: many such forests were too low."""
    lacking = [
        forest.name
        for forest in sorted(case.topology.forests, key=lambda forest: forest.name)
        if forest.functional_level is None
        and any(server.version and server.version.age >= Version.V2016.age for server in _in_forest(case, forest))
    ]
    if lacking:
        yield Match(
            "forest-level-not-known",
            tuple(lacking),
            f"{listed(lacking)}: `functional_level` is not written.",
            tuple(Evidence(f"forests.{name}.functional_level", "not written") for name in lacking[:SHOWN]),
            anchor="functional_level",
            choice="forests.*.functional_level",
            question=Question(
                f"forests.{lacking[0]}.functional_level",
                "Which functional level does the forest have?",
                _known(case, "forest-level"),
            ),
        )


@rule("dotnet-fits", "dotnet-fits-with-level", "dotnet-unsupported", "dotnet-not-covered")
def dotnet(case: Case) -> Iterator[Match]:
    """The .NET Framework of an Exchange server, where it is written; what the tables do not list is not supported."""
    for server in case.exchange:
        if not server.dotnet or not server.version:
            continue
        cell = case.facts.platform(server.version, "dotnet", server.dotnet, case.as_of)
        fitting = fit(case, cell, [server]) if cell else Fit(Verdict.UNKNOWN)
        fields = ("dotnet", "version", "build", *(("os",) if cell and cell.with_os else ()))
        evidence = facts_of([server], *fields)
        summary = f"{server.name} runs Exchange {server.version} with .NET Framework {server.dotnet}."
        statement = _statement(fitting, "dotnet-fits", "dotnet-unsupported")
        match = Match(statement, (server.name,), summary, evidence, versions(server),
                      choice=f"dotnet of {server.name}", condition=fitting.condition or None)  # fmt: skip
        has_table = bool(case.facts.platform_words("dotnet", server.version))
        if cell is None and has_table and server.dotnet in case.facts.platform_words("dotnet"):
            yield replace(match, statement="dotnet-unsupported")
        else:
            asked = _covered(case, cell, "dotnet", f"servers.{server.name}.dotnet", server.dotnet, match)
            yield replace(asked, anchor=None)


@rule("outlook-fits", "outlook-fits-with-level", "outlook-unsupported", "outlook-not-covered")
def outlook(case: Case) -> Iterator[Match]:
    """The versions of Outlook in use, where they are written, for each Exchange version that serves clients."""
    for client in sorted(set(case.topology.outlook)):
        for version in versions(*case.client_access):
            word = case.facts.platform_word("outlook", client)
            cell = case.facts.platform(version, "outlook", word, case.as_of)
            users = [server for server in case.client_access if server.version is version]
            fitting = fit(case, cell, users) if cell else Fit(Verdict.UNKNOWN)
            statement = _statement(fitting, "outlook-fits", "outlook-unsupported")
            summary = f"{client} is used with Exchange {version} ({listed(names(users))})."
            evidence = (Evidence("outlook", client), *facts_of(users, "version"))
            misfits = names(users) if fitting.verdict is Verdict.UNSUPPORTED else ()
            match = Match(statement, (client, *misfits), summary, evidence, (version,), f"{client}+{version}",
                          choice=f"{client} with {version}", condition=fitting.condition or None)  # fmt: skip
            yield _covered(case, cell, "outlook", "outlook", client, match)


RULES = (
    operating_system,
    operating_system_of_controllers,
    controllers_without_a_system,
    forest_level,
    controllers_of_2016_in_an_old_forest,
    forest_level_not_written,
    dotnet,
    outlook,
)
