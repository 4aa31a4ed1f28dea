"""Files that cannot be judged, and names that are out to do harm, through the real command."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from tests.command import exkit, program

GOOD = "customer: Good\nas_of: 2010-06-01\nzones: [{name: lan, kind: internal}]\n"
SERVER = GOOD + "servers:\n  - {name: EX1, version: '2010', roles: [Mailbox], zone: lan}\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{here}: &{here} [{', '.join([f'*{before}'] * 10)}]\n" for before, here in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD: dict[str, tuple[bytes, str]] = {
    "not-yaml": (b"customer: [unclosed\nzones: }", "not-yaml.yaml"),
    "not-a-mapping": (b"- just\n- a list\n", "mapping"),
    "wrong-type": (GOOD.encode() + b"servers: 7\n", "servers"),
    "unknown-key": (SERVER.replace("zone: lan", "zoen: lan").encode(), "zone"),
    "unknown-version": (SERVER.replace("'2010'", "'2011'").encode(), "2010"),
    "dangling-name": (SERVER.replace("zone: lan", "zone: lann").encode(), "lan"),
    "empty": (b"", "empty"),
    "alias-bomb": (BOMB.encode(), "alias"),
    "not-utf8": ("customer: Caf\xe9\n".encode("latin-1"), "UTF-8"),
    "key-twice": (GOOD.encode() + b"customer: Again\n", "customer"),
    "control-character": (b'customer: "a\\e[31m"\n', "control"),
}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_ends_with_status_2_and_a_message_and_the_other_file_is_still_judged(
    kind: str, tmp_path: Path, good: Path
) -> None:
    content, said = BAD[kind]
    bad = tmp_path / f"{kind}.yaml"
    bad.write_bytes(content)
    run = program("check", bad, good)
    assert run.returncode == 2
    assert said.casefold() in run.stderr.casefold()
    assert bad.name in run.stderr
    assert "Traceback" not in run.stderr + run.stdout
    assert "Good, as of 2010-06-01" in run.stdout


def test_a_file_of_50_megabytes_is_refused_quickly_and_the_other_file_is_still_judged(
    tmp_path: Path, good: Path
) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    run = program("check", large, good)
    assert run.returncode == 2
    assert re.search(r"large\.yaml: .*(MB|MiB|bytes|large)", run.stderr), run.stderr
    assert "Traceback" not in run.stderr
    assert "Good, as of 2010-06-01" in run.stdout


@pytest.mark.parametrize("name", ["there-is-none.yaml", "empty-folder"])
def test_a_missing_file_or_an_empty_folder_is_told_and_the_other_file_is_still_judged(
    name: str, tmp_path: Path, good: Path
) -> None:
    (tmp_path / "empty-folder").mkdir()
    run = program("check", tmp_path / name, good)
    assert run.returncode == 2
    assert name in run.stderr
    assert "Traceback" not in run.stderr
    assert "Good, as of 2010-06-01" in run.stdout


def test_json_holds_one_object_a_file_in_the_order_of_the_call_with_errors_for_the_bad_ones(
    tmp_path: Path, good: Path
) -> None:
    files = []
    for kind, (content, _) in BAD.items():
        files.append(tmp_path / f"{kind}.yaml")
        files[-1].write_bytes(content)
    missing = tmp_path / "missing.yaml"
    run = program("check", *files, missing, good, "--format", "json")
    assert run.returncode == 2
    results = json.loads(run.stdout)
    assert [Path(one["file"]).stem for one in results] == [*BAD, "missing", "good"]
    assert all(set(one) == {"file", "errors"} and one["errors"] for one in results[:-1])
    for error in (error for one in results[:-1] for error in one["errors"]):
        assert {"line", "column", "found", "allowed", "hint"} <= set(error)
    assert results[-1]["customer"] == "Good"


def test_all_errors_of_a_file_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    bad = tmp_path / "three.yaml"
    bad.write_text(SERVER.replace("zone: lan}", "zoen: lan}") + "firewals: []\n")
    run = exkit("check", bad, "--format", "json")
    lines = {error["line"] for error in json.loads(run.stdout)[0]["errors"]}
    assert {5, 6} <= lines


HOSTILE = [
    "<script>alert(1)</script>",
    "../../etc/passwd",
    'it\'s "quoted"',
    "two\nlines",
    "=1+1",
    "[bold red]x[/]",
    "a\u202eb",
]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    topology = {
        "customer": "<script>alert('customer')</script>\n../x",
        "as_of": "2010-06-01",
        "zones": [{"name": "lan", "kind": "internal"}, {"name": "<b>dmz</b>", "kind": "perimeter"}],
        "ad_sites": [{"name": "HQ"}],
        "servers": [
            {"name": name, "version": "2010", "roles": ["ClientAccess"], "zone": "<b>dmz</b>", "site": "HQ"}
            for name in HOSTILE
        ],
    }
    path = tmp_path / "hostile.yaml"
    path.write_text(yaml.safe_dump(topology, allow_unicode=False), encoding="utf-8")
    return path


def test_hostile_names_come_out_as_text_in_the_terminal(hostile: Path) -> None:
    run = program("check", hostile)
    assert run.returncode == 1, run.stderr
    shown = re.sub(r"\s+", " ", run.stdout)
    for text in ("<script>alert(1)</script>", "../../etc/passwd", "[bold red]x[/]", r"a\u202eb", r"two\nlines"):
        assert text in shown
    assert "\u202e" not in run.stdout
    assert "\x1b" not in run.stdout


def test_hostile_names_come_out_as_text_in_json(hostile: Path) -> None:
    run = exkit("check", hostile, "--format", "json")
    result = json.loads(run.stdout)[0]
    assert set(HOSTILE) <= {name for finding in result["findings"] for name in finding["subjects"]}
    assert run.stdout.isascii()


def test_hostile_names_come_out_as_text_in_the_picture(hostile: Path, tmp_path: Path) -> None:
    run = exkit("draw", hostile, "-o", tmp_path / "out.svg")
    assert run.returncode == 0, run.stderr
    picture = ET.parse(tmp_path / "out.svg")
    assert not [one for one in picture.iter() if one.tag.rpartition("}")[2] in ("script", "b")]
    assert "<script>alert(1)</script>" in "".join(picture.getroot().itertext())


def test_a_hostile_customer_name_becomes_a_safe_file_name_and_stays_the_name(tmp_path: Path) -> None:
    inside = tmp_path / "work"
    inside.mkdir()
    for name in (*HOSTILE, "CON", "...", "a" * 300, "x\x1b]0;t\x07"):
        run = exkit("new", name, "--from", "recommended-2010", cwd=inside)
        assert run.returncode == 0, run.stderr
        assert "\x1b" not in run.stdout
    assert {path.parent for path in tmp_path.rglob("*.yaml")} == {inside}
    names = {path.name for path in inside.iterdir()}
    assert len(names) == len(HOSTILE) + 4
    assert all(re.fullmatch(r"[\w.-]+\.yaml", name) and len(name) < 100 for name in names)
    customers = {yaml.safe_load(path.read_text(encoding="utf-8"))["customer"] for path in inside.iterdir()}
    assert set(HOSTILE) <= customers


def test_a_file_that_may_not_be_read_is_told_in_a_sentence(tmp_path: Path, good: Path) -> None:
    """A folder with the name of a file stands in for it: whoever runs as root may read every file."""
    (tmp_path / "folder.yaml").mkdir()
    run = exkit("draw", tmp_path / "folder.yaml", "-o", tmp_path / "x.svg")
    assert run.returncode == 2
    assert "folder.yaml" in run.stderr
    assert "Traceback" not in run.stderr and "defect" not in run.stderr
