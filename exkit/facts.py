"""What vendors say: the tables of `data/knowledge/` with look-ups, refused at the door when bad.

What a row says is in `exkit.rows`. Nothing is read when this module is imported: `load` reads, with
`exkit.knowledge`, which nothing that judges needs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from exkit.builds import Build, BuildList
from exkit.rows import Life, Platform, PortRole, PortRow, Product, RoleRow, Source, Statement
from exkit.topology import Role, Version

if TYPE_CHECKING:
    from pathlib import Path

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

    def span(self, version: Version, build: str | None) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """The lowest and the highest build of a version that begin as a number does, or of all where none is written;
        None where no table lists any."""
        return self._build_list.span(version, build or "")

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
