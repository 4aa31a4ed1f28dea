"""The tables are typed at the door, and looked up by version and day."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from exkit.facts import Facts, FactsError, Problem, load
from exkit.knowledge import TABLES, knowledge_folder
from exkit.rows import Row
from exkit.topology import Role, Version
from exkit.verdict import Verdict
from tests.tables import change, save, table

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables that a test may break."""
    return Path(shutil.copytree(knowledge_folder(), tmp_path / "knowledge"))


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(FactsError) as caught:
        load(folder)
    return caught.value.problems


def only_problem(folder: Path) -> str:
    (problem,) = problems(folder)
    return str(problem)


COLUMNS = [(name, column) for name, model in TABLES.items() for column in model.model_fields]
FREE_TEXT = "two\nlines"  # wrong in any column of text
WRONG = {
    ("sources.csv", "id"): "Not A Slug",
    ("sources.csv", "url"): "www.example.com",
    ("statements.csv", "id"): "Not A Slug",
    ("statements.csv", "since"): "20100101",
    ("statements.csv", "until"): "1.2.2010",
    ("statements.csv", "overrules"): "no-such-statement",
    ("statements.csv", "disagreement_sources"): "no-such-source",
    ("ports.csv", "ports"): "70000",
    ("ports.csv", "both_ways"): "1",
    ("products.csv", "id"): "Not A Slug",
    ("lifecycle.csv", "id"): "Not A Slug",
    ("lifecycle.csv", "released"): "2010",
    ("lifecycle.csv", "mainstream_end"): "soon",
    ("lifecycle.csv", "extended_end"): "31/12/2010",
    ("platforms.csv", "platform"): "windows-95",
    ("platforms.csv", "since_build"): "SP3",
    ("platforms.csv", "before_build"): "CU7",
    ("platforms.csv", "with_os"): "windows-95",
    ("platforms.csv", "since"): "2010",
    ("platforms.csv", "until"): "soon",
    ("builds.csv", "build"): "15.2",
    ("builds.csv", "released"): "2019-13",
} | {(name, "sources"): "no-such-source" for name in TABLES if name != "sources.csv"}


def wrong_value(name: str, column: str, model: type[Row]) -> str:
    if (name, column) in WRONG:
        return WRONG[name, column]
    kind = str(model.model_fields[column].annotation)
    return FREE_TEXT if kind in ("<class 'str'>", "tuple[str, ...]") else "nonsense"


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_a_wrong_value_is_refused_with_file_line_and_column(folder: Path, name: str, column: str) -> None:
    value = wrong_value(name, column, TABLES[name])
    line = change(folder, name, column, value)
    found = problems(folder)
    assert (name, line, column) in [(one.file, one.line, one.column) for one in found], [str(one) for one in found]
    assert f"{name}:{line}: {column}: " in str(FactsError(found))


@pytest.mark.parametrize(("name", "column"), COLUMNS)
def test_a_missing_column_is_refused_by_its_name(folder: Path, name: str, column: str) -> None:
    cells = table(folder, name)
    at = cells[0].index(column)
    save(folder, name, [[*row[:at], *row[at + 1 :]] for row in cells])
    assert only_problem(folder) == f"{name}:1: {column}: '' (must be a column of this table)"


REQUIRED = [
    (name, column)
    for name, column in COLUMNS
    if TABLES[name].model_fields[column].is_required()
    and not str(TABLES[name].model_fields[column].annotation).startswith("tuple")
] + [(name, "sources") for name in TABLES if name != "sources.csv"]


@pytest.mark.parametrize(("name", "column"), REQUIRED)
def test_a_blank_cell_that_must_be_filled_in_is_refused(folder: Path, name: str, column: str) -> None:
    line = change(folder, name, column, "")
    assert only_problem(folder) == f"{name}:{line}: {column}: '' (must be filled in)"


def test_a_word_outside_the_closed_list_names_the_nearest_one(folder: Path) -> None:
    line = change(folder, "statements.csv", "verdict", "unsuported", id="hub-in-perimeter")
    assert only_problem(folder) == (
        f"statements.csv:{line}: verdict: 'unsuported' (must be one of unsupported, not-recommended, conditional, "
        "unknown, supported; nearest: unsupported)"
    )


def test_an_unknown_column_names_the_nearest_one(folder: Path) -> None:
    cells = table(folder, "sources.csv")
    cells[0][1] = "titel"
    save(folder, "sources.csv", cells)
    assert "sources.csv:1: titel: 'titel' (must be one of id, title, url; nearest: title)" in map(str, problems(folder))


def test_an_unknown_source_names_the_nearest_one(folder: Path) -> None:
    line = change(folder, "ports.csv", "sources", "ports-2011")
    assert only_problem(folder).startswith(f"ports.csv:{line}: sources: 'ports-2011' (must be an id of sources.csv; ")


def test_all_problems_of_all_tables_are_told_at_once(folder: Path) -> None:
    first = change(folder, "ports.csv", "transport", "tpc")
    second = change(folder, "ports.csv", "both_ways", "maybe")
    third = change(folder, "roles.csv", "perimeter", "perhaps")
    assert [(one.file, one.line, one.column) for one in problems(folder)] == [
        ("ports.csv", first, "transport"),
        ("ports.csv", second, "both_ways"),
        ("roles.csv", third, "perimeter"),
    ]


def test_a_row_with_a_cell_too_many_is_refused(folder: Path) -> None:
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("one,more,https://example.com,cell\n")
    assert "4 cells' (must be 3, one a column)" in only_problem(folder)


def test_lines_are_counted_as_an_editor_counts_them(folder: Path) -> None:
    cells = table(folder, "sources.csv")
    cells[1][1] = "a title\nover two lines"
    cells[3][2] = "no address"
    save(folder, "sources.csv", cells)
    assert [(one.line, one.column) for one in problems(folder)] == [(2, "title"), (5, "url")]


def test_a_table_that_is_not_utf8_is_refused_with_its_line(folder: Path) -> None:
    path = folder / "sources.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = b"caf\xe9,x,\n"
    path.write_bytes(b"".join(lines))
    assert "sources.csv:3: -: 'byte 0xe9' (must be UTF-8)" in map(str, problems(folder))


def test_a_quote_that_does_not_close_is_refused(folder: Path) -> None:
    with (folder / "roles.csv").open("a", encoding="utf-8") as file:
        file.write('2007,"Mailbox')
    assert "must be CSV with quotes that close" in only_problem(folder)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(folder: Path, facts: Facts) -> None:
    path = folder / "sources.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(folder).sources == facts.sources


def test_a_missing_table_and_a_table_too_many_are_refused(folder: Path) -> None:
    (folder / "ports.csv").rename(folder / "port.csv")
    told = [str(one) for one in problems(folder)]
    assert any(text.startswith("port.csv:0: ") and "nearest: ports.csv" in text for text in told)
    assert any(text.startswith("ports.csv:0: ") for text in told)


@pytest.mark.parametrize(
    ("column", "value", "where", "must"),
    [
        ("condition", "", "hmc45-zones", "must be filled in when the verdict is conditional, only then"),
        ("condition", "if so", "hub-in-perimeter", "must be filled in when the verdict is conditional, only then"),
        ("overrules", "windows-firewall-on", "hmc45-zones", "must be another statement of topic placement"),
        ("because", "", "hmc45-zones", "must say why when the row overrules another, only then"),
        ("disagreement_sources", "", "edge-corporate-domain-member", "must go with a disagreement, only then"),
        ("aliases", "hub-in-perimeter", "mbx-in-perimeter", "must be no id and no alias"),
        ("note", "", "dag-latency", "must name what no topology shows"),
        ("until", "2001-01-01", "eol-2010", "must not be before since"),
        ("confidence", "documented", "cas-dual-homed-dmz", "must have sources with a url only"),
        ("confidence", "secondary", "edge-on-isa-or-uag", "must be recalled, as no text was read"),
    ],
)
def test_what_a_statement_must_hold(folder: Path, column: str, value: str, where: str, must: str) -> None:
    line = change(folder, "statements.csv", column, value, id=where)
    assert any(f"statements.csv:{line}: {column}: " in str(one) and must in one.must for one in problems(folder))


def test_two_rows_of_a_statement_may_not_be_in_force_together(folder: Path) -> None:
    line = change(folder, "statements.csv", "versions", "2010; 2007", id="cas-in-perimeter", versions="2010")
    assert only_problem(folder).startswith(f"statements.csv:{line}: id: 'cas-in-perimeter' (must not be in force for")


def test_two_rows_of_a_statement_may_follow_each_other_in_time(folder: Path) -> None:
    change(folder, "statements.csv", "until", "2009-12-31", id="cas-in-perimeter", versions="2007")
    change(folder, "statements.csv", "since", "2010-01-01", id="cas-in-perimeter", versions="2010")
    change(folder, "statements.csv", "versions", "2007; 2010", id="cas-in-perimeter", versions="2010")
    split = load(folder)
    old = split.statement("cas-in-perimeter", Version.V2007, date(2009, 12, 31))
    new = split.statement("cas-in-perimeter", Version.V2007, date(2010, 1, 1))
    assert old and new and old.versions == (Version.V2007,) and new.versions == (Version.V2007, Version.V2010)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "statements.csv"])
def test_a_row_that_stands_twice_is_refused(folder: Path, name: str) -> None:
    cells = table(folder, name)
    save(folder, name, [*cells, cells[1]])
    found = problems(folder)
    assert f"{name}:{len(cells) + 1}" in str(found[0]) and "must not repeat the row of line 2" in str(found[0])


@pytest.mark.parametrize("ports", ["0", "65536", "25-", "99-25", "-1", "25/tcp", "٢٥"])
def test_a_port_out_of_range_is_refused(folder: Path, ports: str) -> None:
    line = change(folder, "ports.csv", "ports", ports, transport="tcp")
    assert f"ports.csv:{line}: ports: {ports!r} (must be a port" in only_problem(folder)


def test_icmp_has_no_ports_and_tcp_has_some(folder: Path) -> None:
    line = change(folder, "ports.csv", "ports", "7", transport="icmp")
    assert only_problem(folder) == f"ports.csv:{line}: ports: '7' (must be filled in for tcp and udp, only then)"


def test_a_statement_is_found_by_version_and_day(facts: Facts) -> None:
    row = facts.statement("cas-in-perimeter", Version.V2010, TODAY)
    assert row is not None and row.verdict is Verdict.UNSUPPORTED and row.versions == (Version.V2010,)
    assert facts.statement("cas-in-perimeter", Version.V2003, TODAY) is None
    assert facts.statement("eol-2010", Version.V2010, date(2020, 10, 13)) is None
    assert facts.statement("eol-2010", Version.V2010, date(2020, 10, 14)) is not None


def test_a_row_without_versions_fits_all_and_no_version_takes_the_first(facts: Facts) -> None:
    gap = facts.statement("server-without-zone", Version.V2000, TODAY)
    assert gap is facts.statement("server-without-zone", None, TODAY) is not None
    assert facts.statement("cas-in-perimeter", None, TODAY) is facts.statements_called("cas-in-perimeter")[0]


def test_an_alias_leads_to_the_rows_of_its_statement(facts: Facts) -> None:
    rows = facts.statements_called("cas-in-perimeter")
    assert len(rows) == 3 and facts.statements_called("perim-cas-2007-2010") == rows
    row = facts.statement("proxy-domain-shared-fate", Version.V2010, TODAY)
    assert row is not None and row.id == "preauth-proxy-domain-joined"
    modern = facts.statement("perim-mailbox", Version.SE, TODAY)
    assert modern is not None and modern.id == "mbx-in-perimeter" and Version.SE in modern.versions
    assert facts.statements_called("no-such-thing") == ()


def test_a_product_is_found_by_any_name_in_any_case(facts: Facts) -> None:
    tmg = facts.product("tmg-2010")
    assert tmg is not None
    for name in ("TMG", "TMG 2010", "Forefront-TMG", "forefront threat management gateway 2010"):
        assert facts.product(name) is tmg
    assert facts.product("toaster") is None


def test_the_other_look_ups_find_their_rows(facts: Facts) -> None:
    edge = facts.role(Version.V2010, Role.EDGE_TRANSPORT)
    assert edge is not None and edge.perimeter == "yes" and facts.role(Version.V2003, Role.EDGE_TRANSPORT) is None
    life = facts.life("exchange-2010")
    assert life is not None and life.extended_end == date(2020, 10, 13) and facts.life("exchange-5.5") is None
    cell = facts.platform(Version.V2010, "os", "windows-server-2012", TODAY)
    assert cell is not None and cell.since_build == "14.3"
    assert facts.platform(Version.V2010, "os", "windows-95", TODAY) is None
    assert {row.version for row in facts.ports_of(Version.V2007)} == {Version.V2007}
    assert {row.version for row in facts.ports_of(Version.SE)} == {Version.SE}
    assert facts.source("recalled").url == ""
    with pytest.raises(KeyError):
        facts.source("no-such-source")


def test_the_digest_tells_one_edition_of_the_tables_from_another(folder: Path, facts: Facts) -> None:
    assert load(folder).digest == facts.digest and facts.digest.startswith("sha256:")
    change(folder, "sources.csv", "title", "Another title")
    assert load(folder).digest != facts.digest


def test_loading_imports_no_pandas_and_judging_no_reader() -> None:
    code = (
        "import sys, exkit.facts; assert 'exkit.knowledge' not in sys.modules;"
        "exkit.facts.load(); print(sorted({'pandas', 'numpy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_facts_read_no_file_after_loading(folder: Path) -> None:
    copy = load(folder)
    shutil.rmtree(folder)
    assert copy.statement("cas-in-perimeter", Version.V2007, TODAY) is not None and copy.product("uag") is not None


def test_a_cell_of_the_matrix_is_looked_up_by_the_day(facts: Facts) -> None:
    cell = (Version.V2016, "dc-os", "windows-server-2019")
    found = [facts.platform(*cell, day) for day in (date(2019, 4, 23), date(2019, 4, 24), TODAY)]
    assert [row and row.verdict for row in found] == [Verdict.UNSUPPORTED, Verdict.SUPPORTED, Verdict.SUPPORTED]


def test_two_cells_for_one_pair_and_day_are_refused(folder: Path) -> None:
    line = change(folder, "platforms.csv", "since", "2019-04-23", version="2016", part="dc-os", since="2019-04-24")
    assert only_problem(folder) == f"platforms.csv:{line}: version: '2016' (must not repeat the row of line {line - 1})"


@pytest.mark.parametrize(
    ("version", "build", "update", "level"),
    [
        ("2019", "15.2.1544.4", "CU14", "CU14"),
        ("2019", "15.02.1544.004", "CU14", "CU14"),
        ("2019", "15.2.1544.41", "CU14 Jun26SU", "CU14"),
        ("2019", "15.2.1544.5", "CU14", "CU14"),  # an update that no table lists
        ("2019", "15.2.1544", "CU14", "CU14"),
        ("SE", "15.2.2562", "RTM", "RTM"),
        ("SE", "15.2.2562.43", "RTM Jun26SU", "RTM"),
        ("SE", "15.2", "RTM", "RTM"),
        ("2010", "14.3", "SP3", "SP3"),
        ("2010", "14.3.181.6", "SP3 RU5", "SP3"),
        ("2003", "6.5.7638.2", "SP2", "SP2"),
        ("2013", "15.0.847.64", "SP1 Mar21SU", "SP1"),
    ],
)
def test_a_build_names_its_update_and_what_that_stands_upon(
    facts: Facts, version: str, build: str, update: str, level: str
) -> None:
    found, stands_on = facts.build(Version(version), build), facts.level(Version(version), build)
    assert found is not None and stands_on is not None
    assert (found.name, stands_on.name) == (update, level)


@pytest.mark.parametrize(
    ("version", "build"),
    [
        ("2019", "15.1.2507.6"),
        ("2019", "15.2.2562.17"),
        ("2019", "15.2.2562"),
        ("SE", "15.2.1748.10"),
        ("SE", "15.20.7362.0"),  # Exchange Online
        ("2016", "15.1.100.1"),
        ("2019", "15"),
        ("2019", "Version 15.2 (Build 1544.4)"),
        ("2019", ""),
    ],
)
def test_a_build_of_another_version_names_nothing(facts: Facts, version: str, build: str) -> None:
    assert facts.build(Version(version), build) is None and facts.level(Version(version), build) is None


@pytest.mark.parametrize(("version", "build"), [("2019", "15.2"), ("2013", "15.0"), ("2003", "6.5")])
def test_the_beginning_of_several_cumulative_updates_names_none_of_them(facts: Facts, version: str, build: str) -> None:
    assert facts.build(Version(version), build) is not None, "it is one of the version all the same"
    assert facts.level(Version(version), build) is None


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("windows-2000", "windows-2000-server"),
        ("Windows 2000 Server", "windows-2000-server"),
        ("w2k3", "windows-server-2003"),
        ("Windows Server 2008 R2 SP1", "windows-server-2008-r2"),
        ("windows_server_2012r2", "windows-server-2012-r2"),
        ("WS2012", "windows-server-2012"),
        ("Microsoft Windows Server 2022 Datacenter", "windows-server-2022"),
        ("2025", "windows-server-2025"),
        ("Windows 10", "Windows 10"),
        ("sbs-2003", "sbs-2003"),
    ],
)
def test_a_system_is_found_by_the_names_that_people_write(facts: Facts, written: str, system: str) -> None:
    assert facts.system(written) == system


def test_a_word_of_the_matrix_is_found_in_any_case(facts: Facts) -> None:
    assert facts.platform_word("outlook", "Microsoft 365 Apps") == "microsoft-365-apps"
    assert facts.platform_word("outlook", "Pine") == "Pine"
    assert facts.platform_word("os", "Windows 2003") == "windows-server-2003"


@pytest.mark.parametrize(
    ("written", "product"),
    [("Microsoft TMG", "tmg-2010"), ("NetScaler Gateway", "citrix-netscaler"), ("BIG-IP LTM", "f5-ltm"),
     ("mod_proxy", "apache"), ("Azure Front Door", "azure-application-gateway"), ("HA-Proxy", "haproxy")],
)  # fmt: skip
def test_a_product_is_found_by_the_names_that_people_write(facts: Facts, written: str, product: str) -> None:
    found = facts.product(written)
    assert found is not None and found.id == product


def test_a_system_called_as_another_is_refused(folder: Path) -> None:
    line = change(folder, "lifecycle.csv", "also_called", "Windows Server 2019", id="windows-server-2022")
    must = "must not be a name of windows-server-2019 too"
    assert only_problem(folder) == f"lifecycle.csv:{line}: also_called: 'Windows Server 2019' ({must})"


def test_updates_of_a_day_are_those_that_were_surely_out(facts: Facts) -> None:
    def names(day: date) -> list[str]:
        return [row.name for row in facts.updates(Version.SE, day)]

    assert names(date(2025, 6, 30)) == []
    assert names(date(2025, 8, 31)) == ["RTM"]  # of the update of August 2025 only the month is known
    assert names(date(2025, 9, 1)) == ["RTM", "RTM Aug25SU"]


@pytest.mark.parametrize(
    ("build", "must"),
    [
        ("15.1.1544.4", "must begin with 15.2 as the others of 2019"),
        ("15.2.1.1", "must come after the build of the line before, oldest first"),
    ],
)
def test_builds_stand_in_order_and_with_their_version(folder: Path, build: str, must: str) -> None:
    line = change(folder, "builds.csv", "build", build, version="2019", released="2024-02-13")
    assert f"builds.csv:{line}: build: '{build}' ({must})" in map(str, problems(folder))


def test_an_update_stands_in_the_table_once(folder: Path) -> None:
    line = change(folder, "builds.csv", "name", "CU13", version="2019", released="2024-02-13")
    assert f"builds.csv:{line}: version: '2019' (must not repeat the row of line " in only_problem(folder)
