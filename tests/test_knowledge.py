"""What `data/knowledge/` promises: sources, topics, dates, conventions of the ports, and a ledger that is complete."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from exkit.builds import build_number
from exkit.facts import Facts, load
from exkit.knowledge import TABLES
from exkit.rows import Statement, When
from exkit.rules import RULES
from exkit.rules.levels import BESIDE
from exkit.rules.updates import MODERN_OWA, READS_MITIGATIONS
from exkit.topology import Role, Version
from exkit.verdict import Verdict

FACTS = load()
README = Path(__file__).resolve().parents[1] / "data" / "README.md"
LEGACY = (Version.V2000, Version.V2003, Version.V2007, Version.V2010)
MODERN = (Version.V2013, Version.V2016, Version.V2019, Version.SE)
ENDED = (*LEGACY, Version.V2013, Version.V2016, Version.V2019)
INSIDE = {Role.CLIENT_ACCESS, Role.HUB_TRANSPORT, Role.MAILBOX, Role.UNIFIED_MESSAGING}
DIRECTORY = {"DomainController", "GlobalCatalog", "DNS"}


def rows_with_sources(facts: Facts) -> list[tuple[str, ...]]:
    tables = (
        facts.statements, facts.roles, facts.ports, facts.products, facts.lives, facts.platforms, facts.builds,
    )  # fmt: skip
    return [row.sources + getattr(row, "disagreement_sources", ()) for table in tables for row in table]


def ledger() -> dict[str, str]:
    text = README.read_text(encoding="utf-8").partition("\n## Ledger\n")[2]
    table = text.partition("\n| --- |")[2]
    lines = re.findall(r"^\| ([a-z0-9.-]+) \| [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)
    found = dict(lines)
    assert len(found) == len(lines), "an id stands twice in the ledger"
    return found


def test_no_row_is_without_a_source_and_every_source_is_used() -> None:
    used = {source for sources in rows_with_sources(FACTS) for source in sources}
    assert all(rows_with_sources(FACTS))
    assert used == {source.id for source in FACTS.sources}


def test_no_two_sources_are_one_text() -> None:
    texts = [(source.title, source.url) for source in FACTS.sources]
    assert len(set(texts)) == len(texts)
    shared = [source.id for source in FACTS.sources if [one.url for one in FACTS.sources].count(source.url) > 1]
    # The article and its comments share an address; the two without an address are no texts.
    assert set(shared) == {"cas-perimeter-2009", "cas-perimeter-2009-comments", "recalled", "exkit-model"}


@pytest.mark.parametrize("row", FACTS.statements, ids=lambda row: f"{row.id}-{'-'.join(row.versions)}")
def test_a_statement_is_complete(row: Statement) -> None:
    assert (row.verdict is Verdict.CONDITIONAL) == bool(row.condition)
    assert row.fix or row.verdict in (Verdict.SUPPORTED, Verdict.CONDITIONAL), "what is wrong has a way out"
    for other in row.overrules:
        assert {one.topic for one in FACTS.statements_called(other)} == {row.topic}
    assert bool(row.disagreement) == bool(row.decided), "where sources differ, one decides and the row says why"
    assert (row.family == "lifecycle") == (row.aspect == "lifecycle")
    assert (row.verdict is Verdict.UNKNOWN) == (row.sources == ("exkit-model",))


def test_what_a_rule_finds_has_a_statement_and_the_reverse() -> None:
    found = {name for rule in RULES for name in rule.statements}
    assert {name for name in found if not FACTS.statements_called(name)} == set()
    ids = {row.id for name in found for row in FACTS.statements_called(name)}
    by_advice = {"waiver-without-finding"}  # `exkit.advice` itself finds it
    assert {row.id for row in FACTS.statements if row.use == "rule"} - ids - by_advice == set()
    assert {row.id for row in FACTS.statements if row.use == "explain"} & ids == set()


def test_the_ledger_holds_every_statement_and_nothing_else() -> None:
    aliases = {alias: row.id for row in FACTS.statements for alias in row.aliases}
    dropped = {name for name, end in ledger().items() if end.startswith("dropped: ")}
    assert set(ledger()) - dropped == {row.id for row in FACTS.statements} | set(aliases)
    assert not dropped & {row.id for row in FACTS.statements}


def test_the_ledger_says_of_each_id_where_it_ended() -> None:
    book = ledger()
    for row in FACTS.statements:
        if row.use == "rule":
            assert book[row.id] == "rule", row.id
        else:
            assert book[row.id].startswith("explain; no field: "), row.id
            assert row.note.startswith(book[row.id].removeprefix("explain; ")), row.id
        for alias in row.aliases:
            assert book[alias] == f"merged into {row.id}", alias


def contested() -> dict[str, list[str]]:
    """The table "Where sources differ": each point, and the rows that are said to carry it."""
    table = README.read_text(encoding="utf-8").partition("\n## Where sources differ\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| ((?:legacy|modern) \d+): [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)
    assert len(dict(lines)) == len(lines), "a point stands twice"
    return {point: cell.split("; ") if cell.startswith("`") else [cell] for point, cell in lines}


def carries(name: str) -> bool:
    """Whether a row holds both readings and which one decides; a build says so in its note."""
    kind, _, rest = name.partition(" ")
    version, _, update = rest.partition(" ")
    if kind == "build":
        return any(row.note for row in FACTS.builds if (row.version.value, row.name) == (version, update))
    if kind == "life":
        life = FACTS.life(rest)
        return bool(life and life.disagreement and life.decided)
    cells = [row for row in FACTS.platforms if f"{row.version} {row.part} {row.platform}" == name]
    return any(row.disagreement and row.decided for row in (*cells, *FACTS.statements_called(name)))


def test_each_of_the_29_contested_points_is_carried_by_a_row_or_dropped_with_a_reason() -> None:
    points = contested()
    assert set(points) == {f"legacy {n}" for n in range(1, 17)} | {f"modern {n}" for n in range(1, 14)}
    for point, names in points.items():
        for name in names:
            dropped = len(names) == 1 and name.startswith("dropped: ") and len(name.split()) > 5
            assert dropped or carries(name.strip("`")), f"{point}: {name}"


def test_a_row_without_both_readings_carries_no_contested_point() -> None:
    assert not carries("build 2019 CU15") and not carries("life exchange-2019")
    assert not carries("2016 dc-os windows-server-2016") and not carries("cas-in-perimeter") and not carries("none")


def test_the_dictionary_names_every_column_and_every_word_of_when() -> None:
    text = README.read_text(encoding="utf-8")
    for name, model in TABLES.items():
        chapter = text.partition(f"\n### {name}")[2].partition("\n### ")[0].partition("\n## ")[0]
        told = {word for cell in re.findall(r"^\| ([a-z_, ]+) \|", chapter, re.MULTILINE) for word in cell.split(", ")}
        assert set(model.model_fields) <= told, name
    words = text.partition("\n| when | ")[2].partition("\n")[0]
    assert all(re.search(rf"[ (]{word}\b", words) for word in When)


@pytest.mark.parametrize("version", ENDED)
def test_the_end_of_life_begins_the_day_after_extended_support(version: Version) -> None:
    life = FACTS.life(f"exchange-{version}")
    (row,) = FACTS.statements_called(f"eol-{version}")
    assert life is not None and life.extended_end is not None
    assert row.since == life.extended_end + timedelta(days=1)


def test_tmg_is_past_its_end_from_the_day_after_too() -> None:
    life = FACTS.life("tmg-2010")
    rows = FACTS.statements_called("tmg-after-eol")
    assert life is not None and life.extended_end == date(2020, 4, 14)
    assert {row.since for row in rows} == {date(2020, 4, 15)}


def test_internal_roles_since_2007_have_no_port_list_that_a_firewall_may_be_built_from() -> None:
    inside = {role.value for role in INSIDE}
    for row in FACTS.ports:
        if row.version.age >= Version.V2007.age and row.source in inside and row.target in inside | DIRECTORY:
            assert row.filter in ("any-any", "local"), row


def test_paths_of_edge_proxies_clients_and_gateways_may_be_tight() -> None:
    tight = {"EdgeTransport", "ReverseProxy", "Client", "Internet", "SMTPGateway", "IPGateway"}
    for row in FACTS.ports:
        if {row.source, row.target} & tight:
            assert row.filter in ("tight", "local"), row


def test_the_directory_port_of_edge_is_local_and_its_synchronization_is_not() -> None:
    rows = {(row.version, port): row for row in FACTS.ports for port in row.ports if port in ("50389", "50636")}
    for version in (Version.V2007, Version.V2010, *MODERN):
        assert rows[version, "50389"].filter == "local"
        sync = rows[version, "50636"]
        assert sync.filter == "tight" and not sync.both_ways


# What a consultant would quote, read on the vendor's pages: versions, source, target, transport, port.
QUOTED = [
    ((Version.V2007, Version.V2010), "HubTransport", "EdgeTransport", "tcp", "50636"),
    ((Version.V2007, Version.V2010), "HubTransport", "EdgeTransport", "tcp", "25"),
    ((Version.V2007, Version.V2010), "EdgeTransport", "HubTransport", "tcp", "25"),
    (MODERN, "Mailbox", "EdgeTransport", "tcp", "50636"),
    (MODERN, "Mailbox", "EdgeTransport", "tcp", "25"),
    (MODERN, "EdgeTransport", "Mailbox", "tcp", "25"),
    (MODERN, "Mailbox", "Mailbox", "tcp", "64327"),
    (MODERN, "Mailbox", "Mailbox", "udp", "3343"),
    (MODERN, "Mailbox", "Mailbox", "tcp", "444"),
    (MODERN, "Mailbox", "Witness", "tcp", "445"),
    (MODERN[1:], "Mailbox", "Mailbox", "tcp", "717"),
    (MODERN[1:], "Mailbox", "Mailbox", "tcp", "2525"),
    (MODERN[1:], "Client", "Mailbox", "tcp", "587"),
    ((Version.V2013,), "Client", "ClientAccess", "tcp", "587"),
    ((Version.V2013,), "ClientAccess", "Mailbox", "tcp", "25"),
    ((Version.V2000, Version.V2003), "FrontEnd", "BackEnd", "tcp", "80"),
    ((Version.V2000, Version.V2003), "FrontEnd", "DomainController", "tcp", "389"),
    ((Version.V2000, Version.V2003), "FrontEnd", "GlobalCatalog", "tcp", "3268"),
    ((Version.V2000, Version.V2003), "FrontEnd", "DomainController", "icmp", ""),
    (tuple(Version), "ReverseProxy", "RadiusServer", "udp", "1812"),
]


@pytest.mark.parametrize(("versions", "source", "target", "transport", "port"), QUOTED)
def test_ports_that_people_quote_are_there_and_documented(
    versions: tuple[Version, ...], source: str, target: str, transport: str, port: str
) -> None:
    for version in versions:
        paths = [row for row in FACTS.ports if (row.version, row.source, row.target) == (version, source, target)]
        found = [row for row in paths if row.transport == transport and (port in row.ports or not port)]
        assert [row for row in found if row.confidence == "documented"], version


def test_what_outlook_over_http_needs_of_a_2003_back_end() -> None:
    paths = [row for row in FACTS.ports if (row.version, row.source) == (Version.V2003, "FrontEnd")]
    ports = {port for row in paths if row.target == "BackEnd" for port in row.ports}
    assert {"80", "143", "110", "25", "691", "6001", "6002", "6004"} <= ports


def test_direct_push_goes_from_the_2003_back_end_to_its_front_end_by_udp_2883() -> None:
    (row,) = [row for row in FACTS.ports if "2883" in row.ports]
    assert (row.version, row.source, row.target, row.transport) == (Version.V2003, "BackEnd", "FrontEnd", "udp")
    assert not row.both_ways


@pytest.mark.parametrize("version", [Version.V2007, Version.V2010])
def test_client_access_and_mailbox_speak_rpc_that_nothing_may_filter(version: Version) -> None:
    paths = [
        row for row in FACTS.ports if (row.version, row.source, row.target) == (version, "ClientAccess", "Mailbox")
    ]
    rpc = [row for row in paths if "135" in row.ports]
    assert any(len(row.ports) == 2 for row in rpc), "the endpoint mapper alone carries nothing"
    assert {row.filter for row in rpc} == {"any-any"}


# First day, end of mainstream and of extended support, as the vendor's life cycle data has them.
LIVES = {
    "exchange-2003": ("2003-09-28", "2009-04-14", "2014-04-08"),
    "exchange-2007": ("2007-03-08", "2012-04-10", "2017-04-11"),
    "exchange-2010": ("2009-11-09", "2015-01-13", "2020-10-13"),
    "exchange-2016": ("2015-10-01", "2020-10-13", "2025-10-14"),
    "exchange-2019": ("2018-10-22", "2024-01-09", "2025-10-14"),
    "isa-2004": ("2004-09-08", "2010-04-13", "2015-04-14"),
    "isa-2006": ("2006-10-17", "2012-01-10", "2017-01-10"),
    "tmg-2010": ("2009-12-01", "2015-04-14", "2020-04-14"),
    "uag-2010": ("2010-01-26", "2015-04-14", "2020-04-14"),
    "iag-2007": ("2007-06-01", "2012-07-10", "2017-07-11"),
    "windows-server-2003": ("2003-05-28", "2010-07-13", "2015-07-14"),
    "windows-server-2008-r2": ("2009-10-22", "2015-01-13", "2020-01-14"),
    "windows-server-2012-r2": ("2013-11-25", "2018-10-09", "2023-10-10"),
    "windows-server-2022": ("2021-08-18", "2026-10-13", "2031-10-14"),
}


@pytest.mark.parametrize("name", LIVES)
def test_days_of_support_are_those_of_the_vendor(name: str) -> None:
    life = FACTS.life(name)
    assert life is not None and life.confidence == "documented"
    days = tuple(date.fromisoformat(day) for day in LIVES[name])
    assert (life.released, life.mainstream_end, life.extended_end) == days


def test_printing_errors_of_the_port_pages_were_not_copied() -> None:
    for row in FACTS.ports:
        if row.ports == ("993",):
            assert "IMAP" in row.service and "POP" not in row.service
        if row.ports == ("995",):
            assert "POP" in row.service and "IMAP" not in row.service


def test_no_unified_messaging_since_2019_and_no_hub_since_2013() -> None:
    for row in FACTS.ports:
        ends = {row.source, row.target}
        assert not (row.version in MODERN and ends & {"HubTransport", "UnifiedMessaging"}), row
        assert not (row.version in (Version.V2019, Version.SE) and "IPGateway" in ends), row


def test_the_matrix_has_a_cell_for_every_version_and_system() -> None:
    systems = {life.id for life in FACTS.lives if life.kind == "os"}
    for version in MODERN:
        for part in ("os", "dc-os"):
            assert {row.platform for row in FACTS.platforms if (row.version, row.part) == (version, part)} == systems
    systems -= {"windows-server-2022", "windows-server-2025"}  # released after the end of 2010
    for version in LEGACY:
        for part in ("os", "dc-os"):
            assert {row.platform for row in FACTS.platforms if (row.version, row.part) == (version, part)} == systems


def test_the_matrix_has_a_cell_for_every_forest_level_since_2010() -> None:
    levels = FACTS.platform_words("forest-level")
    assert levels == {
        "windows-2000-server", "windows-server-2003", "windows-server-2008", "windows-server-2008-r2",
        "windows-server-2012", "windows-server-2012-r2", "windows-server-2016", "windows-server-2025",
    }  # fmt: skip
    for version in (Version.V2010, *MODERN):
        assert FACTS.platform_words("forest-level", version) == levels


@pytest.mark.parametrize("version", [Version.V2013, Version.V2016, Version.V2019])
def test_each_cumulative_update_has_a_net_framework(version: Version) -> None:
    nets = [row for row in FACTS.platforms if (row.part, row.version) == ("dotnet", version)]
    for update in (row for row in FACTS.builds if row.version is version and row.is_level):
        number = build_number(update.build)
        fitting = [
            row.platform
            for row in nets
            if row.verdict is not Verdict.UNSUPPORTED
            and number >= build_number(row.since_build)
            and (not row.before_build or number < build_number(row.before_build))
        ]
        assert fitting, f"{version} {update.name}"


def test_the_builds_that_cells_and_rules_ask_for_are_in_the_table() -> None:
    asked = [(row.version, build) for row in FACTS.platforms for build in (row.since_build, row.before_build) if build]
    asked += [
        (version, build) for table in (READS_MITIGATIONS, MODERN_OWA) for version in table for build in table[version]
    ]
    asked += [
        (version, build)
        for pair, levels in BESIDE.items()
        for version, build in zip(pair, levels, strict=True)
        if build
    ]
    for version, build in asked:
        number = build_number(build)
        assert any(
            row.version is version and build_number(row.build)[: len(number)] == number for row in FACTS.builds
        ), (version, build)


@pytest.mark.parametrize("version", MODERN)
def test_cumulative_updates_came_out_in_the_order_of_their_builds_on_a_known_day(version: Version) -> None:
    days = [row.released for row in FACTS.builds if row.version is version and row.is_level]
    assert days == sorted(days) and all(len(day) == 10 for day in days)
    life = FACTS.life(f"exchange-{version.lower()}")
    assert life is not None and life.released is not None and days[0] == life.released.isoformat()


def test_every_role_of_every_version_is_described() -> None:
    legacy, newer = {Role.FRONT_END, Role.BACK_END}, INSIDE | {Role.EDGE_TRANSPORT}
    wanted = {(version, role) for version in LEGACY for role in (newer if version.age >= 2 else legacy)}
    wanted |= {(version, role) for version in MODERN for role in (Role.MAILBOX, Role.EDGE_TRANSPORT)}
    wanted |= {(Version.V2013, Role.CLIENT_ACCESS)}
    assert {(row.version, row.role) for row in FACTS.roles} == wanted


def test_only_edge_is_made_for_the_perimeter() -> None:
    assert {row.role for row in FACTS.roles if row.perimeter == "yes"} == {Role.EDGE_TRANSPORT}
    assert {row.role for row in FACTS.roles if row.perimeter == "conditional"} == {Role.FRONT_END}
