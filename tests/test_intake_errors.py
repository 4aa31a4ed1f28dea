"""Files that cannot be judged: every error of a file at once, with its place and what to write instead."""

import itertools
import json
import os
import pickle
import re
import string
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exkit.intake import Problem, TopologyError, find_files, read, read_text

BAD = Path(__file__).parent / "fixtures" / "bad"
TOP = "customer: Contoso\nzones: [{name: dmz, kind: perimeter}, {name: lan, kind: internal}]\n"


def problems(text):
    """What is wrong with a text."""
    with pytest.raises(TopologyError) as caught:
        read_text(text, "contoso.yaml")
    return caught.value.problems


def problem(text):
    """The only thing that is wrong with a text."""
    [only] = problems(text)
    return only


def told_of(path):
    with pytest.raises(TopologyError) as caught:
        read(path)
    return str(caught.value)


def server(fields):
    return f"{TOP}servers:\n  - {{name: CAS1, {fields}}}\n"


# What one wrong word gives: line, column and the whole message.


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            server("zone: dmzz"),
            "4:24: servers.CAS1.zone: no such zone: found 'dmzz', allowed: dmz, lan. Did you mean 'dmz'?",
        ),
        (
            server("version: 2011"),
            "4:27: servers.CAS1.version: unknown version: found '2011', "
            "allowed: 2000, 2003, 2007, 2010, 2013, 2016, 2019, SE. Did you mean '2010'?",
        ),
        (
            server("domain_joined: yes"),
            "4:33: servers.CAS1.domain_joined: a truth value is meant: found 'yes', allowed: true, false. "
            "Did you mean 'true'?",
        ),
        (
            server('domain_joined: "false"'),
            "4:33: servers.CAS1.domain_joined: a truth value is meant: found 'false', allowed: true, false. "
            "Write false, without quotes.",
        ),
        (
            server("roles: CAS, zone: lan"),
            "4:25: servers.CAS1.roles: a list is meant: found 'CAS'. Write [CAS].",
        ),
        (
            server("host_firewall: on"),
            "4:33: servers.CAS1.host_firewall: a mapping is meant: found 'on'. "
            "Write {enabled: true} or {enabled: false}.",
        ),
        (
            server("site: HQ"),
            "4:24: servers.CAS1.site: no such AD site: found 'HQ'. Define it under ad_sites.",
        ),
        (
            server("site: true"),
            "4:24: servers.CAS1.site: a word or text is meant: found 'true'. "
            'Put it in quotes if it is a name: "true".',
        ),
        (
            server("extended_protection: false"),
            "4:39: servers.CAS1.extended_protection: unknown extended_protection: found 'false', "
            "allowed: off, allow, require. Did you mean 'off'?",
        ),
        (
            TOP + "as_of: 1.3.2010\n",
            "3:8: as_of: is no day: found '1.3.2010'. Write it as 2010-03-31 (year-month-day).",
        ),
        (
            TOP + "firewalls: [{name: f, between: [lan, lan]}]",
            "3:32: firewalls.f.between: stands between a zone and itself: found 'lan', allowed: dmz. "
            "Name two different zones.",
        ),
        (
            TOP + "firewalls: [{name: f, between: [lan]}]",
            "3:32: firewalls.f.between: two at least are meant: found 'lan'",
        ),
        (
            TOP + "firewalls: [{name: f, between: [lan, dmz], allow: all}]",
            "3:51: firewalls.f.allow: a list is meant: found 'all'. "
            "Write any, or a list of lines {from: ..., to: ..., ports: [25/tcp]}, or [] when nothing may pass.",
        ),
        (
            TOP + "mail_flow: [internet]",
            "3:13: mail_flow.0: a mapping is meant: found 'internet'. "
            "Write {path: [internet, EDGE1, HUB1]}.",
        ),
        (
            TOP + "servers: {CAS1: {zone: lan}}",
            "3:10: servers: a list is meant: found a mapping. Begin each entry with a dash.",
        ),
        (TOP + "hybrid: no", "3:9: hybrid: a mapping is meant: found 'no'. Write none, or {topology: classic}."),
        (TOP + "servers: [{zone: lan}]", "3:11: servers.0.name: is missing. Add name: ... here."),
        (TOP + "servers: [{name: ''}]", "3:18: servers.0.name: is empty. Write a name."),
        ("zones: []", "1:1: customer: is missing. Add customer: ... here."),
        ("customer:\nzones: []", "1:10: customer: is missing. Add customer: ... here."),
    ],
)  # fmt: skip
def test_one_wrong_word_gives_one_line_with_its_place_and_what_to_write(text, told):
    assert str(problem(text)) == f"contoso.yaml:{told}"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("443", "Write 443/tcp."),
        ("UDP 53", "Write 53/udp."),
        ("99999/tcp", "Write a number from 0 to 65535"),
        ("http", "Write a number"),
    ],
)
def test_what_is_no_port_gets_the_port_that_was_meant(written, hint):
    found = problem(
        f"{TOP}firewalls: [{{name: f, between: [dmz, lan], allow: [{{from: any, to: any, ports: [{written}]}}]}}]"
    )
    assert (found.where, found.found) == ("firewalls.f.allow.0.ports.0", written)
    assert found.hint.startswith(hint)
    assert found.allowed == ("25/tcp", "1024-65535/udp", "icmp", "any")


def test_an_unknown_key_lists_the_keys_that_are_allowed():
    found = problem(TOP + "colour: red")
    assert (found.line, found.column, found.message, found.found) == (3, 1, "unknown key", "colour")
    assert {"customer", "servers", "waivers"} < set(found.allowed)
    assert found.hint is None


def test_a_misspelt_key_names_the_nearest_valid_one_and_nothing_else_seems_to_be_missing():
    text = "custmer: C\nzoness: [{name: lan, kind: internal}]\nservers: [{nmae: A, zone: lan}]\n"
    found = problems(text + "mail_flow: [{path: [A, lan]}]")
    assert [(one.line, one.hint) for one in found] == [(1, "customer"), (2, "zones"), (3, "name")]


@pytest.mark.parametrize(
    ("written", "meant"), [("Hub", "HubTransport"), ("cas", "ClientAccess"), ("EdgeTransprt", "EdgeTransport")]
)
def test_a_role_is_guessed_from_its_beginning_its_short_name_or_its_letters(written, meant):
    assert problem(server(f"roles: [{written}]")).hint == meant


def test_a_name_in_the_wrong_case_is_guessed():
    assert problem(server("zone: LAN")).hint == "lan"


def test_the_python_names_of_fields_are_no_keys_of_the_file():
    text = TOP + "firewalls: [{name: f, between: [dmz, lan], allow: [{source: dmz, target: lan, ports: []}]}]"
    assert {one.message for one in problems(text)} == {"unknown key", "is missing"}


def test_a_key_that_stands_twice_points_at_both_lines():
    found = problem(TOP + "servers:\n  - name: A\n    zone: lan\n    os: x\n    zone: dmz\n")
    assert str(found) == (
        "contoso.yaml:7:5: servers.A.zone: this key stands twice: found 'zone'. "
        "The first is on line 5; keep one of them."
    )


def test_the_names_of_a_list_that_stands_twice_do_not_seem_to_be_missing():
    text = TOP + "servers: [{name: A}]\nmail_flow: [{path: [A, B]}]\nservers: [{name: B}]\n"
    assert [one.line for one in problems(text)] == [5]


def test_a_name_defined_twice_points_at_both_lines():
    found = problem(TOP + "servers:\n  - {name: A}\n  - {name: B}\n  - {name: A}\n")
    assert (found.line, found.message) == (6, "is defined twice, on lines 4 and 6")


def test_a_server_named_like_a_zone_points_at_both_lines():
    found = problem(TOP + "servers:\n  - {name: lan}\n")
    assert (found.line, found.message) == (4, "names a zone and a server, on lines 2 and 4")


def test_wrong_fields_do_not_hide_wrong_names():
    text = server("version: 2011, zone: dmzz") + "mail_flow: [{path: [CAS1, CAS2]}]\n"
    assert [one.where for one in problems(text)] == ["servers.CAS1.version", "servers.CAS1.zone", "mail_flow.0.path.1"]


def test_a_list_that_cannot_be_read_does_not_make_every_name_seem_wrong():
    text = "customer: C\nzones: lan, dmz\nservers: [{name: A, zone: lan}]\nfirewalls: [{name: f, between: [lan, dmz]}]"
    assert [one.where for one in problems(text)] == ["zones"]


def test_all_errors_of_a_file_are_told_at_once_from_top_to_bottom():
    with pytest.raises(TopologyError) as caught:
        read(BAD / "everything.yaml")
    told = str(caught.value).replace(str(BAD / "everything.yaml"), "everything.yaml")
    assert told + "\n" == (BAD / "everything.txt").read_text()


def test_the_result_holds_each_error_by_the_contract():
    with pytest.raises(TopologyError) as caught:
        read_text(server("zone: dmzz"), "contoso.yaml")
    assert json.loads(json.dumps(caught.value.to_dict())) == {
        "file": "contoso.yaml",
        "errors": [
            {
                "line": 4,
                "column": 24,
                "where": "servers.CAS1.zone",
                "message": "no such zone",
                "found": "dmzz",
                "allowed": ["dmz", "lan"],
                "hint": "dmz",
            }
        ],
    }
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


# Text that is no YAML, or more YAML than a topology needs.


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("customer: [a, b\nzones: []", 2, "[ is not closed (what it belongs to began on line 1)"),
        ("customer: {a: b\nzones: []", 2, "a mapping that begins with { is not closed"),
        ("customer: 'a\nzones: []", 2, "a quotation mark is not closed"),
        ("customer: a: b", 1, "a colon stands where none can be"),
        ("customer: @a", 1, "this character cannot begin a value"),
        ("customer: a\n\tzones: []", 2, "a tab stands where the indentation must be spaces"),
        ("customer: a\nservers:\n\t- name: A", 3, "a tab stands where the indentation must be spaces"),
        ("customer: a\nzones\nservers: []", 3, "the line above has no colon"),
        ("customer: a\nservers:\n  - name: A\n zone: b", 4, "does not fit the lines above"),
        ("customer: *a", 1, "refers to no anchor above it"),
        ("customer: &a [*a]", 1, "refers to no anchor above it"),
        ("customer: &a b\nas_of: &a c", 2, "an anchor (&) is defined twice"),
        ('customer: "\\q"', 1, "a backslash stands before a letter"),
        ("customer: a\n---\ncustomer: b", 2, "a second document begins here"),
        ("%YAML 3.0\n---\ncustomer: a", 1, "this version of YAML is not read"),
        ("", 1, "the file is empty"),
        ("# nothing but a comment\n", 2, "the file is empty"),
        ("---\n", 2, "the file is empty"),
        ("- a\n- b", 1, "is no topology: a mapping is meant: found a list"),
        ("Dear colleague, please find below", 1, "a mapping is meant: found 'Dear colleague"),
        ("<html>\n<body>\n", 1, "a mapping is meant: found '<html> <body>'"),
        ("customer: !!python/object/apply:os.system id", 1, "found '!!python/object/apply:os.system'"),
        ("customer: !!binary aGk=", 1, "tags are not read"),
        ("customer: !!bool maybe", 1, "tags are not read"),
        ("customer: a\nservers: [{name: A, <<: {zone: lan}}]", 2, "merge keys are not read"),
        ("customer: a\n? [b]\n: c", 2, "a key must be one word"),
        ("customer: a\n*b : c", 2, "refers to no anchor above it"),
        ("customer: a\x07b", 1, "holds a control character: found '\\x07'"),
        ("customer: a\nos: \x1b[31m", 2, "holds a control character"),
        ('customer: "a\\0b"', 1, "customer: holds a control character: found 'a\\x00b'"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_told_in_plain_words_with_its_line(text, line, said):
    found = problem(text)
    assert found.line == line
    assert found.column >= 1
    assert said in str(found)
    assert found.hint


@pytest.mark.parametrize(
    "text",
    ["[" * 500_000, "- " * 500_000, "? " * 500_000, "{a: " * 300_000, "a: " + "[" * 1000 + "]" * 1000],
    ids=["brackets", "dashes", "question marks", "mappings", "closed"],
)
def test_deep_nesting_is_refused_at_once(text):
    start = time.perf_counter()
    assert "nested deeper than 30 levels" in str(problem(text))
    assert time.perf_counter() - start < 2


def test_nesting_by_aliases_is_refused_too():
    links = "".join(f"  - &a{step + 1} [*a{step}]\n" for step in range(5000))
    assert "nested deeper than 30 levels" in str(problem("assumptions:\n  - &a0 [x]\n" + links))


@pytest.mark.parametrize("shape", ["[{0}]", "{{a: 1, b: [{0}]}}"])
def test_an_alias_bomb_is_refused_at_once(shape):
    letters = string.ascii_lowercase[:20]
    lines = [
        f"{here}: &{here} " + shape.format(", ".join([f"*{before}"] * 9))
        for before, here in itertools.pairwise(letters)
    ]
    start = time.perf_counter()
    assert "more than 500000 values, aliases written out" in str(problem("a: &a [x, x]\n" + "\n".join(lines)))
    assert time.perf_counter() - start < 2


def test_a_file_of_50_megabytes_is_refused_unread(tmp_path):
    large = tmp_path / "large.yaml"
    with large.open("wb") as stream:
        stream.truncate(50_000_000)
    start = time.perf_counter()
    assert told_of(large) == f"{large}: has 50.0 MB, more than the 2 MB that are read. Keep one customer a file."
    assert time.perf_counter() - start < 0.5


def test_a_file_in_which_every_name_is_wrong_is_refused_in_seconds_with_a_bounded_message():
    item = "{{name: server-{0}, zone: zone-{0}, site: x{0}}},"
    text = "customer: C\nservers: [" + "".join(map(item.format, range(35_000))) + "]"
    start = time.perf_counter()
    assert 1.5e6 < len(text) < 2e6
    assert 100 < len(problems(text)) <= 501
    assert time.perf_counter() - start < 20


def test_a_file_in_which_every_field_is_wrong_says_how_many_more_there_are():
    text = "customer: C\nservers: [" + "{name: a, version: 1, zone: 2}," * 2000 + "]"
    found = problems(text)
    assert len(found) == 501
    assert re.fullmatch(r"and \d+ more problems from here on", found[-1].message)


# Files that cannot be read at all.


def test_a_missing_file_is_told(tmp_path):
    assert told_of(tmp_path / "none.yaml") == f"{tmp_path / 'none.yaml'}: no such file"


def test_a_directory_is_told(tmp_path):
    assert told_of(tmp_path) == f"{tmp_path}: is a directory. Name a file in it."


def test_a_link_to_nowhere_says_where_it_leads(tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to("gone.yaml")
    assert told_of(link) == f"{link}: is a link to gone.yaml, which does not exist"


def test_a_link_to_itself_is_told(tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to(link)
    assert told_of(link).startswith(f"{link}: cannot be read: ")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    assert told_of(pipe) == f"{pipe}: is no regular file"


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "secret.yaml"
    path.write_text("customer: C")

    def refuse(*_arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything, so the refusal itself is played
    assert told_of(path) == f"{path}: may not be read: permission denied. Change its permissions."


def test_a_name_that_no_file_can_have_is_told():
    assert "cannot be read" in told_of(Path("a\0b.yaml"))
    assert "cannot be read" in told_of(Path("x" * 5000))
    assert find_files([Path("a\0b.yaml")])[0] == [Path("a\0b.yaml")]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("latin-1.yaml", ":1:14: is not UTF-8: byte 14 of the file cannot be read: found 'byte 0xe9'."),
        ("utf-16.yaml", ": is UTF-16, not UTF-8. Save it as UTF-8."),
        ("nul.yaml", ":1:14: holds a control character: found '\\x00'. Remove it."),
        ("picture.yaml", ":1:1: is not UTF-8: byte 1 of the file cannot be read: found 'byte 0x89'. Save it as UTF-8."),
        ("empty.yaml", ":1:1: the file is empty. Begin with customer: NAME, or try exkit new."),
        ("comment.yaml", ":2:1: the file is empty. Begin with customer: NAME, or try exkit new."),
    ],
)  # fmt: skip
def test_files_that_are_no_text_say_what_they_are(file, said):
    assert told_of(BAD / file).startswith(f"{BAD / file}{said}")


# What the message says is safe to show, and ours.


def test_what_was_typed_is_shown_cut_and_with_control_characters_escaped():
    found = problem(server('zone: "' + "x" * 100 + '"'))
    assert found.found == "x" * 80 + "…"
    found = problem(server('zone: "a\\nb\\tc\u202ed"'))
    assert found.found == "a\\nb\\tc\\u202ed"
    hostile = problem(TOP + 'servers: [{name: "a\\nb\u202e", zone: "x"}]')
    assert "\n" not in str(hostile) and "\u202e" not in str(hostile)
    assert "\n" not in str(Problem("a\nb.yaml", None, None, "", "no such file"))


KEYS = [
    "customer", "as_of", "zones", "servers", "firewalls", "publishing", "dags", "mail_flow", "hybrid", "waivers",
    "name", "kind", "zone", "version", "roles", "host_firewall", "between", "allow", "from", "to", "ports", "path",
    "expires", "assumptions", "members", "topology", "finding", "because", "also_in", "domain_joined", "x",
]  # fmt: skip
LEAVES = st.sampled_from(
    ["null", "true", "2010", "lan", "any", "none", "25/tcp", '""', "2010-03-01", '"\\0"', "*a", "!x y"]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(KEYS), inner), max_size=6).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items) + "}"
        )
    ),
    max_leaves=30,
)


@given(st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=8))
@settings(max_examples=300, deadline=None)
@example([("customer", "x"), ("zones", "[null, [], {name: [a]}, {name: true}]"), ("allow", "{}")])
@example(
    [("customer", "{}"), ("hybrid", "[none]"), ("mail_flow", "[{path: {path: x}}]"), ("dags", "[{members: [null]}]")]
)
def test_whatever_is_written_the_file_is_read_or_refused_in_our_own_words(entries):
    text = "&a lan: b\n" + "\n".join(f"{key}: {value}" for key, value in entries)
    try:
        read_text(text, "c.yaml")
    except TopologyError as error:
        assert not re.search(
            "pydantic|Input should|valid (string|dictionary|tuple)|Field required|https?://", str(error)
        )
        assert not any(one.message == "is not what is meant here" for one in error.problems)
        assert all(1 <= one.line <= len(entries) + 1 and one.column >= 1 for one in error.problems)
        assert "\0" not in str(error)


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text):
    try:
        assert read_text(text, "c.yaml").topology.customer
    except TopologyError as error:
        assert len(str(error).splitlines()) == len(error.problems)


def test_a_zone_called_as_people_call_it_is_told_its_kind() -> None:
    for spoken, meant in (("dmz", "perimeter"), ("LAN", "internal"), ("outside", "internet")):
        with pytest.raises(TopologyError, match=f"Did you mean '{meant}'"):
            read_text(f"customer: C\nzones: [{{name: a, kind: {spoken}}}]\n", "a.yaml")
