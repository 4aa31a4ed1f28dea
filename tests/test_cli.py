"""The command line by its contract: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from exkit import cli
from tests.command import exkit

CUSTOMERS = Path(__file__).parent.parent / "data" / "customers"
WRONG = CUSTOMERS / "cas-in-perimeter-2007.yaml"
SOUND = CUSTOMERS / "recommended-2010.yaml"
WORSE = CUSTOMERS / "single-server-direct-mail-2010.yaml"  # not recommended


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_check_answers_first_and_then_tells_the_findings_worst_first() -> None:
    run = exkit("check", WRONG)
    lines = run.stdout.splitlines()
    assert "Marl Street Brewery, as of 2009-11-01" in flat(" ".join(lines[:3]))
    assert re.search(r"Topology\s+✕ unsupported", "\n".join(lines[:5]))
    assert "cas-in-perimeter@CAS1" in run.stdout
    assert "Why: " in run.stdout and "Fix: " in run.stdout
    heads = [line for line in lines if re.match(r"[✕▲◐?✓] \w", line)]
    assert heads == sorted(heads, key=lambda head: "✕▲◐?✓".index(head[0]))
    assert heads[0] == "✕ unsupported"


def test_check_shows_what_is_supported_only_when_asked() -> None:
    short, long = exkit("check", SOUND).stdout, exkit("check", SOUND, "--all").stdout
    assert "edge-in-perimeter@EDGE1" not in short
    assert "edge-in-perimeter@EDGE1" in long
    assert "--all" in short and "--all" not in long


def test_check_prints_json_by_the_contract() -> None:
    run = exkit("check", SOUND, WRONG, "--format", "json")
    first, second = json.loads(run.stdout)
    assert Path(first["file"]).stem == "recommended-2010"
    assert list(first) == ["file", "customer", "as_of", "verdict", "findings", "provenance"]
    assert second["verdict"] == {"topology": "unsupported", "lifecycle": "supported"}
    for finding in first["findings"] + second["findings"]:
        assert {"id", "statement", "aspect", "family", "subjects", "verdict", "summary", "why", "fix", "evidence",
                "condition", "question", "overrules", "disagreement", "sources", "waiver"} <= set(finding)  # fmt: skip
    assert set(first["provenance"]) == {"exkit", "knowledge", "topology"}


@pytest.mark.parametrize(
    ("file", "fail_on", "status"),
    [(SOUND, None, 0), (WRONG, None, 1), (WORSE, None, 0), (WORSE, "not-recommended", 1), (SOUND, "supported", 1)],
)
def test_the_exit_status_is_1_from_the_verdict_on_that_fail_on_names(
    file: Path, fail_on: str | None, status: int
) -> None:
    extra = ("--fail-on", fail_on) if fail_on else ()
    assert exkit("check", file, *extra).returncode == status


def test_a_finding_that_is_waived_does_not_fail_the_check_until_the_waiver_expires(tmp_path: Path) -> None:
    waiver = '\nwaivers: [{finding: "smtp-direct-to-hub@EX1", because: "moves next month", expires: 2011-06-30}]\n'
    file = tmp_path / "waived.yaml"
    file.write_text(WORSE.read_text(encoding="utf-8") + waiver, encoding="utf-8")
    call = ("check", file, "--fail-on", "not-recommended")
    run = exkit(*call)
    assert run.returncode == 0, run.stdout
    assert "Waived: moves next month until 2011-06-30" in flat(run.stdout)
    assert exkit(*call, "--as-of", "2011-07-01").returncode == 1


def test_the_day_of_the_flag_goes_before_the_day_of_the_file() -> None:
    run = exkit("check", SOUND, "--as-of", "2021-01-01", "--format", "json")
    result = json.loads(run.stdout)[0]
    assert (result["as_of"], result["verdict"]["lifecycle"]) == ("2021-01-01", "unsupported")
    assert run.returncode == 1


@pytest.mark.parametrize("text", ["soon", "2010-13-01", "01.06.2010"])
def test_what_is_no_day_is_refused_in_a_sentence(text: str) -> None:
    run = exkit("check", SOUND, "--as-of", text)
    assert run.returncode == 2
    assert run.stderr == f"exkit: --as-of: '{text}' is no date; write it like 2010-06-01\n"


def test_check_takes_a_folder() -> None:
    run = exkit("check", CUSTOMERS, "--format", "json")
    assert {Path(one["file"]).name for one in json.loads(run.stdout)} == {
        path.name for path in CUSTOMERS.glob("*.yaml")
    }


def test_timeline_tells_by_day_what_is_over_what_ends_within_the_horizon_and_what_later() -> None:
    run = exkit("timeline", SOUND, "--as-of", "2019-12-01")
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].endswith("recommended-2010.yaml: Kestrel Optics, as of 2019-12-01")
    heads = [line for line in lines if line and not line.startswith(" ")][1:]
    assert heads == ["Past", "Within 36 months, until 2022-12-01"]
    days = [line.split()[0] for line in lines if re.match(r"  \d{4}-", line)]
    assert days == sorted(days)
    assert "Windows Server 2008 R2: end of extended support, in 44 days" in flat(run.stdout)
    assert "The later dates decide" in flat(run.stdout)
    assert "Management Gateway 2010: end of extended support, in 135 days" in flat(run.stdout)
    assert "✓ in extended support Used by: TMG1, web-mail" in flat(run.stdout)


def test_timeline_says_what_is_not_known_and_obeys_no_name(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        """
customer: "\\u202eRed"
as_of: 2026-01-01
zones: [{name: lan, kind: internal}]
servers:
  - {name: EX1, version: "2019", roles: [MBX], zone: lan, os: "\\u202eplan\\n9"}
  - {name: EX2, version: SE, roles: [MBX], zone: lan}
""",
        encoding="utf-8",
    )
    run = exkit("timeline", file, "--months", "1")
    assert run.returncode == 0, run.stderr
    assert "\u202e" not in run.stdout and "\\u202eplan\\n9: end of support" in run.stdout
    said = flat(run.stdout)
    assert "Within 1 month, until 2026-02-01 Nothing comes to an end." in said
    assert "Paid updates: Exchange 2016 CU23 or 2019 CU14 or CU15 gets security fixes that were paid for (ESU)." in said
    assert "n9: end of support is not known ? not known Used by: EX1" in said
    assert "Windows, version not given: end of support is not known ? not known Used by: EX2" in said


def test_timeline_prints_json() -> None:
    result = json.loads(exkit("timeline", SOUND, "--format", "json", "--months", "60").stdout)
    assert [result[key] for key in ("customer", "as_of", "months", "until")] == [
        "Kestrel Optics", "2010-06-01", 60, "2015-06-01",
    ]  # fmt: skip
    row = next(row for row in result["rows"] if row["milestone"] == "end of extended support")
    assert (row["what"], row["day"], row["state"], row["days_left"]) == (
        "Windows Server 2008 R2", "2020-01-14", "later", 3514,
    )  # fmt: skip
    assert row["sources"][0]["url"].startswith("https://")


@pytest.mark.parametrize("text", ["0", "-3", "soon", "3.5", "601", "99999999999999999999"])
def test_what_is_no_number_of_months_is_refused_in_a_sentence(text: str) -> None:
    run = exkit("timeline", SOUND, "--months", text)
    assert run.returncode == 2
    assert run.stderr == f"exkit: --months: '{text}' is no number of months; write a whole number from 1 to 600\n"
    assert exkit("timeline", SOUND, "--as-of", "soon").stderr.startswith("exkit: --as-of: 'soon' is no date")


def test_explain_shows_the_row_in_force_on_a_day_or_says_when_one_is() -> None:
    assert "In force: from 2020-10-14" in exkit("explain", "eol-2010", "--as-of", "2021-01-01").stdout
    run = exkit("explain", "eol-2010", "--as-of", "2020-10-13")
    assert run.returncode == 2
    assert run.stderr == "exkit: eol-2010 is not in force on 2020-10-13; it is from 2020-10-14\n"


@pytest.mark.parametrize("word", ["cas-in-perimeter", "perim-cas-2007-2010", "CAS-in-Perimeter"])
def test_explain_knows_statements_by_id_and_alias(word: str) -> None:
    run = exkit("explain", word)
    assert run.returncode == 0, run.stderr
    assert "cas-in-perimeter" in run.stdout
    assert "unsupported" in run.stdout
    assert "Source: " in run.stdout


def test_explain_names_what_people_say_of_a_statement_and_the_command_that_answers() -> None:
    told = exkit("explain", "cas-in-perimeter").stdout
    said = "Objection: It was supported in 2003: the front-end stood in the perimeter network."
    assert said in " ".join(told.split())
    assert "    Answered by: exkit objections it-was-supported-in-2003\n" in told
    assert "exkit objections it-was-supported-in-2003" in exkit("explain", "perim-cas-2007-2010").stdout
    reason = exkit("explain", "edge-does-not-proxy-cas").stdout
    assert "Wrong reason: Edge Transport is made for the perimeter network" in reason and "Because: " in reason


def test_explain_is_silent_where_nobody_says_anything_of_a_statement() -> None:
    told = exkit("explain", "build-not-known").stdout
    assert "Objection: " not in told and "Wrong reason: " not in told


@pytest.mark.parametrize("role", ["ClientAccess", "CAS", "cas"])
def test_explain_says_where_a_role_may_stand_without_a_topology(role: str) -> None:
    run = exkit("explain", role, "--version", "2010", "--zone", "perimeter")
    assert run.returncode == 0, run.stderr
    assert "✕ unsupported" in run.stdout
    assert "cas-in-perimeter" in run.stdout


def test_explain_says_that_the_edge_may_stand_in_the_perimeter_and_the_front_end_could() -> None:
    edge = exkit("explain", "EdgeTransport", "--version", "2010", "--zone", "dmz").stdout
    front = exkit("explain", "FE", "--version", "2003", "--zone", "perimeter").stdout
    assert "✓ supported" in edge and "✕" not in edge
    assert "✓ supported" in front and "✕" not in front


def test_explain_names_the_nearest_for_what_it_does_not_know() -> None:
    run = exkit("explain", "cas-in-perimetre")
    assert run.returncode == 2
    assert "did you mean cas-in-perimeter" in run.stderr
    assert exkit("explain", "CAS", "--version", "2011").stderr.startswith(
        "exkit: --version: '2011' is no Exchange version"
    )
    assert exkit("explain", "CAS", "--zone", "moon").returncode == 2
    assert "did you mean EdgeTransport" in exkit("explain", "Edge").stderr
    assert "EdgeTransport of Exchange 2010" in exkit("explain", "edge transport").stdout


def test_ports_of_a_file_say_what_to_open_and_where_nothing_may_be_filtered() -> None:
    run = exkit("ports", SOUND)
    assert run.returncode == 0, run.stderr
    assert re.search(r"CAS1 to EDGE1, through inner\n +50636/tcp", run.stdout)
    assert re.search(r"TMG1 to CAS1, through inner\n +443/tcp", run.stdout)
    assert "every port, both ways" not in run.stdout
    assert re.search(r"CAS1 to MBX1, through inner\n +every port, both ways", exkit("ports", WRONG).stdout)


def test_ports_of_a_version_come_from_the_table_and_can_be_narrowed() -> None:
    run = exkit("ports", "--version", "2010", "--from", "HT", "--to", "EdgeTransport")
    assert run.returncode == 0, run.stderr
    assert "50636/tcp" in run.stdout
    assert [line for line in run.stdout.splitlines() if not line.startswith(" ")] == [
        "HubTransport to EdgeTransport: a firewall may open just this"
    ]
    assert exkit("ports").returncode == 2
    assert "nearest" in exkit("ports", "--version", "2010", "--to", "toaster").stderr


@pytest.mark.parametrize("ending", ["svg", "png", "dot", "mmd", "txt"])
def test_draw_writes_what_the_ending_says(ending: str, tmp_path: Path) -> None:
    target = tmp_path / f"out.{ending}"
    run = exkit("draw", SOUND, "-o", target)
    assert run.returncode == 0, run.stderr
    content = target.read_bytes()
    if ending == "svg":
        assert ET.fromstring(content).tag.endswith("svg")
    elif ending == "png":
        assert content.startswith(b"\x89PNG")
    else:
        assert b"EDGE1" in content


def test_draw_refuses_an_ending_that_it_does_not_know(tmp_path: Path) -> None:
    run = exkit("draw", SOUND, "-o", tmp_path / "out.xyz")
    assert run.returncode == 2
    assert "defect" not in run.stderr and "svg" in run.stderr


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    for call in (
        ("draw", SOUND, "-o", tmp_path / "missing" / "out.svg"),
        ("new", "Contoso", "--from", "recommended-2010", "--out", tmp_path / "missing" / "x.yaml"),
    ):
        run = exkit(*call)
        assert run.returncode == 2
        assert run.stderr == f"exkit: {call[-1]}: no such file or directory\n"
        assert "defect" not in run.stderr and "Traceback" not in run.stderr


def test_new_lists_the_examples_with_their_lessons() -> None:
    run = exkit("new")
    assert run.returncode == 0
    for path in CUSTOMERS.glob("*.yaml"):
        assert path.stem in run.stdout
    assert "recommended layout" in run.stdout


def test_new_starts_a_file_that_checks_like_its_example_and_overwrites_nothing(tmp_path: Path) -> None:
    run = exkit("new", "Contoso", "--from", "recommended-2010", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    file = tmp_path / "Contoso.yaml"
    text = file.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["customer"] == "Contoso"
    assert re.search(r"^as_of: 2010-06-01  # .*without this line, today$", text, re.MULTILINE)
    assert exkit("check", file).returncode == 0
    file.write_text("mine")
    again = exkit("new", "Contoso", "--from", "recommended-2010", cwd=tmp_path)
    assert again.returncode == 2
    assert "there already" in again.stderr
    assert file.read_text() == "mine"


def test_new_names_the_nearest_pattern() -> None:
    run = exkit("new", "Contoso", "--from", "recomended-2010")
    assert run.returncode == 2
    assert "did you mean recommended-2010?" in run.stderr


def test_what_is_asked_first_is_answered_and_an_option_promises_nothing_that_is_not_there() -> None:
    assert re.fullmatch(r"exkit \d+\.\d+\.\d+\n", exkit("--version").stdout)
    assert exkit("check", "-h").stdout == exkit("check", "--help").stdout
    assert "..." not in exkit("--help").stdout.replace("[ARGS]...", "")
    refused = exkit("timeline", SOUND, "--format", "sarif")
    assert refused.returncode == 2 and "'text', 'json'" in refused.stderr


def test_schema_is_a_json_schema_of_topology_files() -> None:
    schema = json.loads(exkit("schema").stdout)
    assert {"customer", "zones", "servers", "firewalls"} <= set(schema["properties"])


def test_doctor_finds_this_machine_fit_and_says_what_is_missing(tmp_path: Path) -> None:
    run = exkit("doctor")
    assert run.returncode == 0, run.stdout
    assert len(run.stdout.splitlines()) >= 7
    (tmp_path / "file").write_text("")
    refused = exkit("doctor", "--out", tmp_path / "file")
    assert refused.returncode == 1
    assert "choose another folder" in refused.stdout


def test_report_makes_the_files_of_each_customer_and_an_index(tmp_path: Path) -> None:
    run = exkit("report", SOUND, WRONG, "--out", tmp_path)
    assert run.returncode == 0, run.stderr
    for file in (SOUND, WRONG):
        for name in ("report.html", "report.ipynb", "result.json", "topology.svg"):
            assert (tmp_path / file.stem / name).stat().st_size > 0
    assert (tmp_path / "index.html").is_file()
    assert run.stdout.splitlines()[-1].endswith("index.html")


def test_report_tells_each_problem_on_a_line_of_its_own_and_waits_for_no_pipe(tmp_path: Path) -> None:
    folder = tmp_path / "customers"
    folder.mkdir()
    (folder / "bad.yaml").write_text("customer: A\nzonse: []\nservres: []\n", encoding="utf-8")
    files = [folder / "bad.yaml"]
    if hasattr(os, "mkfifo"):
        files.append(folder / "pipe.yaml")
        os.mkfifo(files[-1])
    run = exkit("report", folder, "--out", tmp_path / "reports")
    assert run.returncode == 2
    told = [line for line in run.stderr.splitlines() if line.startswith(str(folder))]
    assert len(told) == len(files) + 1, run.stderr
    assert exkit("report", SOUND, "--out", SOUND).stderr == f"exkit: --out: {SOUND} is no folder\n"


def test_a_defect_is_told_as_one_with_the_way_to_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise KeyError("gone")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "defect" in told and "KeyError" in told and "EXKIT_TRACEBACK=1" in told
    monkeypatch.setenv("EXKIT_TRACEBACK", "1")
    with pytest.raises(KeyError):
        cli.main()


def test_a_console_without_these_letters_gets_plain_signs() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "exkit", "check", WRONG],
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}, timeout=120,
    )  # fmt: skip
    assert run.returncode == 1
    assert b"x unsupported" in run.stdout
    assert not run.stderr


def test_a_reader_that_stops_reading_is_no_fault() -> None:
    command = f'"{sys.executable}" -m exkit check "{WRONG}" "{SOUND}" --all | head -n 1; echo status ${{PIPESTATUS[0]}}'
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert "Brewery" in run.stdout
    assert not run.stderr


HEAVY = ("pandas", "papermill", "nbconvert", "nbformat", "IPython", "graphviz", "playwright")


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [(["--help"], (*HEAVY, "yaml", "pydantic", "exkit.facts", "exkit.topology")), (["check", str(SOUND)], HEAVY)],
    ids=["help", "check"],
)
def test_a_command_imports_nothing_that_it_does_not_need(arguments: list[str], unwanted: tuple[str, ...]) -> None:
    code = "import sys; from exkit.cli import main\ntry: main()\nfinally: print('\\nIMPORTED', *sys.modules)"
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)
    imported = set(run.stdout.rpartition("IMPORTED")[2].split())
    assert "exkit.cli" in imported
    assert not imported & set(unwanted)
