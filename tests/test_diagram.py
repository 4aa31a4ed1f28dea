"""The picture: what it shows, that hostile names stay text, that both engines draw it, what happens when they fail."""

from __future__ import annotations

import logging
import os
import re
import stat
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exkit import diagram
from exkit.advice import Advice
from exkit.diagram.engines import DrawingError, Engine
from exkit.diagram.sketch import sketch
from exkit.diagram.traffic import RELATIONS
from exkit.topology import Topology
from exkit.verdict import Verdict
from tests.build import advice, wall
from tests.drawn import finding, judged, judged_roughly
from tests.rules.rows import CAS10, TMG, rule_of
from tests.sizes import many_servers, sixty_servers, three_servers, twenty_servers

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
ENGINES = {engine.name: engine for engine in diagram.engines()}
TAGS = {"svg", "g", "a", "title", "desc", "text", "polygon", "polyline", "path", "ellipse", "defs", "pattern", "rect"}
HOSTILE = [
    "<script>alert(1)</script>",
    'quote" onload="alert(1)',
    "it's > & < &amp; &lt;b&gt;",
    "line\none",
    r"\N \G \E \T \L \\ \"",
    "]]> <!-- -->",
    "\u05d0\u05d1\u05d2 שרת",
    "\u202egnp.exe",
    "x" * 300,
    "{a|b} <f0> }; node [label=x]",
    "日本語のサーバー",
    "e\u0301\u0302 ‍ 🖥",
    "#quot; `code` **bold** %%{init}%%",
]


def named(name: str) -> Topology:
    """A customer who gave everything the same strange name, as far as names may be equal."""
    return Topology.model_validate(
        {
            "customer": name,
            "zones": [
                {"name": "internet", "kind": "internet"},
                {"name": f"z{name}", "kind": "perimeter"},
                {"name": f"y{name}", "kind": "internal"},
            ],
            "ad_sites": [{"name": name}, {"name": "other"}],
            "servers": [
                {"name": name, "version": "2010", "roles": ["CAS"], "zone": f"z{name}", "site": name},
                {"name": f"2{name}", "version": "2010", "roles": ["MBX"], "zone": f"y{name}", "also_runs": [name]},
            ],
            "firewalls": [{"name": name, "between": [f"z{name}", f"y{name}"], "allow": "any"}],
            "publishing": [{"name": name, "kind": "port-forward", "protocols": ["owa"], "targets": [name]}],
            "dags": [{"name": name, "members": [f"2{name}"]}],
            "mail_flow": [{"path": ["internet", name, f"2{name}"]}],
        }
    )


def strange(name: str) -> Advice:
    return judged(
        named(name),
        [
            finding("outside", [name], Verdict.UNSUPPORTED, summary=f"{name} stands outside."),
            finding("walled", [name, f"2{name}"], Verdict.CONDITIONAL, "separation", firewall=name),
        ],
    )


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def words(svg: str) -> str:
    return " ".join(element.text or "" for element in parsed(svg).iter(f"{SVG}text"))


def ids(svg: str) -> set[str]:
    """The elements of the picture, without the prefix of this picture and the engine's own numbers."""
    own = re.compile(r"-a_((?:b|w|l|hz|z)\d+\w*)$")
    return {match[1] for element in parsed(svg).iter() if (match := own.search(element.get("id", "")))}


@pytest.fixture(scope="module")
def twenty() -> Advice:
    return judged_roughly(twenty_servers())


def test_both_engines_are_installed():
    assert set(ENGINES) == {"dot", "graphviz-pure"}, "apt-get install graphviz; pip install graphviz-pure"
    assert diagram.engine() == ENGINES["dot"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_hostile_name_comes_out_as_text(name: str, engine: Engine):
    svg = diagram.to_svg(strange(name), with_engines=(engine,))
    root = parsed(svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= TAGS
    handlers = [key for element in root.iter() for key in element.attrib if key.casefold().startswith("on")]
    assert handlers == []
    links = [element.get(HREF, "") for element in root.iter() if HREF in element.attrib]
    assert links and all(re.fullmatch(r"#finding-[A-Za-z0-9-]+", link) for link in links)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("name", [r"\N \G \E \T \L \\", "a & b &amp; c &lt;d", "<i>no</i>", '"quoted"'])
def test_a_name_is_shown_and_told_letter_by_letter(name: str, engine: Engine):
    svg = diagram.to_svg(strange(name), with_engines=(engine,))
    titles = [element.text or "" for element in parsed(svg).iter(f"{SVG}title")]
    assert any(title.startswith(f"{name}; Client Access") for title in titles)
    assert name.split()[0] in words(svg)


def test_a_long_name_is_cut_in_the_picture_and_whole_in_its_tooltip():
    svg = diagram.to_svg(strange("x" * 300))
    titles = [element.text or "" for element in parsed(svg).iter(f"{SVG}title")]
    assert "…" in words(svg)
    assert "x" * 60 not in words(svg).replace(" ", "")
    assert any("x" * 300 in title for title in titles)


def test_marks_that_turn_the_reading_direction_become_visible():
    assert "\u202e" not in diagram.to_svg(strange("\u202egnp.exe"))
    assert "\u202e" not in diagram.to_text(strange("\u202egnp.exe"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_any_name_gives_a_picture_that_parses(name: str):
    if name in ("internet", "any", "eop"):
        return
    svg = diagram.to_svg(strange(name), with_engines=(ENGINES["graphviz-pure"],))
    assert parsed(svg).get("role") == "img"
    assert svg.count("<script") == 0


def test_each_verdict_has_its_own_colour_line_and_word():
    looks = {}
    for verdict in Verdict:
        topology = Topology.model_validate(
            {
                "customer": "C",
                "zones": [{"name": "internet", "kind": "internet"}, {"name": "lan", "kind": "internal"}],
                "servers": [{"name": "EX1", "version": "2010", "roles": ["CAS"], "zone": "lan"}],
                "firewalls": [{"name": "fw", "between": ["internet", "lan"]}],
                "publishing": [{"name": "web", "protocols": ["owa"], "targets": ["EX1"]}],
            }
        )
        svg = diagram.to_svg(judged(topology, [finding("pub", ["web"], verdict, "publishing")]))
        assert f"{verdict.sign} {verdict.words}" in words(svg)
        edges = [e for e in parsed(svg).iter(f"{SVG}g") if f"v-{verdict.value}" in e.get("class", "").split()]
        path = next(edges[0].iter(f"{SVG}path"))
        assert path.get("stroke", "").upper() == verdict.colour
        looks[verdict] = (path.get("stroke"), path.get("stroke-dasharray"), path.get("stroke-width"))
    assert len({colour for colour, _, _ in looks.values()}) == 5
    assert len({(dash, width) for _, dash, width in looks.values()}) == 5


def test_a_box_says_the_verdict_on_its_server_and_links_to_the_finding(twenty: Advice):
    svg = diagram.to_svg(twenty)
    anchor = diagram.finding_anchor("outside@CASOLD")
    links = [element for element in parsed(svg).iter(f"{SVG}a") if element.get(HREF) == f"#{anchor}"]
    assert len(links) == 1
    said = " ".join(element.text or "" for element in links[0].iter(f"{SVG}text"))
    assert said == "CASOLD Client Access Exchange 2010 SP3 site HQ ✕ unsupported"
    title = links[0].find(f"{SVG}title")
    assert title is not None and "outside applies. The vendor says so." in (title.text or "")


def test_the_placement_of_an_edge_server_is_said_on_its_box():
    placed = replace(finding("edge-in-perimeter", ["EDGE1"], Verdict.SUPPORTED, "edge"), topic="placement")
    picture = sketch(judged(twenty_servers(), [placed]))
    box = next(box for area in picture.areas for box in area.boxes if "EDGE1" in box.names)
    assert box.finding == placed and box.names == ("EDGE1",)


def test_links_can_lead_into_another_file(twenty: Advice):
    svg = diagram.to_svg(twenty, links="report.html#")
    links = [element.get(HREF, "") for element in parsed(svg).iter(f"{SVG}a")]
    assert links and all(link.startswith("report.html#finding-") for link in links)


def test_an_accepted_finding_says_so():
    waived = finding("outside", ["CASOLD"], Verdict.UNSUPPORTED, waived="until the move")
    svg = diagram.to_svg(judged(twenty_servers(), [waived]))
    assert "✕ unsupported, waived" in words(svg)
    assert "until the move" in svg


def test_the_life_cycle_is_told_apart_from_the_layout():
    ended = finding("ended", ["EX1"], Verdict.UNSUPPORTED, "lifecycle", aspect="lifecycle")
    fine = finding("inside", ["EX1"], Verdict.SUPPORTED)
    said = words(diagram.to_svg(judged(three_servers(), [ended, fine])))
    assert "✓ supported" in said
    assert "life cycle ✕ unsupported" in said.replace("\n", " ")
    drawn = parsed(diagram.to_svg(judged(three_servers(), [ended, fine])))
    assert not [one for one in drawn.iter(f"{SVG}text") if (one.text or "").endswith("✕")], "sign and word on one line"


def test_the_picture_bears_a_title_and_a_description(twenty: Advice):
    root = parsed(diagram.to_svg(twenty))
    assert root.get("role") == "img"
    by_id = {element.get("id"): element.text for element in root}
    title, description = (by_id[key] for key in root.get("aria-labelledby", "").split())
    assert title == "Exchange topology of Many AG (20 servers)"
    assert description and "✕ unsupported" in description and "Zone dmz" in description


def test_the_picture_is_self_contained(twenty: Advice):
    svg = diagram.to_svg(twenty)
    assert svg.startswith("<svg") and "<!" not in svg and "<?" not in svg
    outside = set(re.findall(r"https?://[^\"' )]+", svg)) - {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert outside == set()
    assert "@font-face" not in svg and "max-width:100%" in svg


def test_ids_of_two_pictures_on_one_page_differ(twenty: Advice):
    def all_ids(advice: Advice) -> set[str]:
        return {element.get("id", "") for element in parsed(diagram.to_svg(advice)).iter()} - {""}

    assert all_ids(twenty) & all_ids(judged_roughly(three_servers())) == set()


def test_the_legend_holds_only_what_occurs():
    said = words(diagram.to_svg(judged_roughly(three_servers())))
    assert "site-to-site VPN" not in said and "not recommended" not in said
    assert said.count("firewall, with what passes it") == 1


@pytest.mark.parametrize("make", [three_servers, twenty_servers, sixty_servers])
def test_both_engines_draw_the_same_things(make):
    advice = judged_roughly(make())
    drawn = {name: diagram.to_svg(advice, with_engines=(engine,)) for name, engine in ENGINES.items()}
    dot, pure = (ids(drawn[name]) for name in ("dot", "graphviz-pure"))
    assert dot == pure
    assert {box.key for area in sketch(advice).areas for box in area.boxes if not box.place} <= dot
    assert words(drawn["dot"]) == words(drawn["graphviz-pure"])


def test_every_server_occurs_in_the_picture_and_in_its_words():
    topology = sixty_servers()
    advice = judged_roughly(topology)
    said, told = words(diagram.to_svg(advice)), diagram.to_text(advice)
    for server in topology.servers:
        assert re.search(rf"\b{server.name}\b", said), server.name
        assert re.search(rf"\b{server.name}\b", told), server.name


def test_only_the_worst_relations_are_lines_and_the_others_are_counted():
    topology = many_servers(mailboxes=4, branches=14)
    findings = [
        finding("walled", ["MBX01", f"EXB{number}"], Verdict.UNSUPPORTED, "separation", firewall=f"line-{number}")
        for number in range(1, 15)
    ]
    picture = sketch(judged(topology, findings))
    assert sum(line.kind == "relation" for line in picture.lines) == RELATIONS
    assert picture.further == 14 - RELATIONS
    svg = diagram.to_svg(judged(topology, findings))
    assert "6 further relations in the report" in words(svg)


def test_a_finding_about_many_servers_and_one_wall_is_one_line():
    topology = twenty_servers()
    many = [server.name for server in topology.servers if server.is_exchange and server.zone != "dmz"]
    one = finding("walled", many, Verdict.UNSUPPORTED, "separation", firewall="line-1")
    picture = sketch(judged(topology, [one]))
    lines = [line for line in picture.lines if line.kind == "relation"]
    assert len(lines) == 1 and len(lines[0].starts) == len(lines[0].ends) == 1
    wall = next(wall for wall in picture.walls if wall.device.name == "line-1")
    assert lines[0].walls == (wall.key,)


def test_the_order_in_the_file_does_not_change_the_picture(twenty: Advice):
    plain = twenty.topology.to_plain()
    for part in ("zones", "servers", "firewalls", "publishing", "mail_flow", "ad_sites"):
        plain[part] = plain[part][::-1]
    other = Advice(Topology.model_validate(plain), twenty.as_of, twenty.findings[::-1], twenty.knowledge)
    assert diagram.to_dot(other) == diagram.to_dot(twenty)
    assert diagram.to_mermaid(other) == diagram.to_mermaid(twenty)


def _fake(folder: Path, script: str) -> Engine:
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Engine("dot", str(path))


BROKEN = {
    "fails": 'cat >/dev/null; echo "Error: trouble in init_rank" >&2; echo "<svg>half"; exit 1',
    "fails silently": 'cat >/dev/null; echo "<svg>half"; exit 3',
    "complains and says all is well": 'cat >/dev/null; echo "Error: lost b1 b2 edge" >&2; echo "<svg>half"',
    "writes nothing": "cat >/dev/null",
    "hangs": "exec sleep 30",
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_when_dot_breaks_the_other_engine_draws_and_a_warning_says_so(script, tmp_path, monkeypatch, caplog, twenty):
    _fake(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with caplog.at_level(logging.WARNING):
        svg = diagram.to_svg(twenty, time_limit=1.0)
    assert svg == diagram.to_svg(twenty, with_engines=(ENGINES["graphviz-pure"],))
    assert "half" not in svg
    assert sum(record.message.startswith("dot ") for record in caplog.records) == 2  # with frames, and without


def test_an_engine_that_fails_on_frames_draws_without_them(tmp_path, twenty):
    real = ENGINES["dot"].command
    picky = _fake(
        tmp_path, f'text=$(cat); case "$text" in *cluster_*) exit 1;; esac; printf "%s" "$text" | {real} "$@"'
    )
    svg = diagram.to_svg(twenty, with_engines=(picky,))
    assert "in dmz" in words(svg)
    assert 'class="cluster"' not in svg


def test_without_any_engine_the_picture_is_its_words(twenty, caplog):
    with caplog.at_level(logging.WARNING):
        svg = diagram.to_svg(twenty, with_engines=())
    assert "CASOLD" in words(svg) and "unsupported" in words(svg)
    assert parsed(svg).get("role") == "img"
    assert "install Graphviz" in caplog.text
    with pytest.raises(DrawingError, match="install Graphviz"):
        diagram.to_png(twenty, with_engines=())


def test_newrank_is_always_set(twenty):
    assert "newrank=true" in diagram.to_dot(twenty)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_png_is_drawn_by_either_engine(engine, twenty):
    png = diagram.to_png(twenty, with_engines=(engine,))
    width = int.from_bytes(png[16:20])
    assert png.startswith(b"\x89PNG") and width > 1200


def test_the_words_say_zones_firewalls_publishing_mail_and_relations(twenty):
    sections = {section.heading: section.lines for section in diagram.describe(twenty)}
    assert list(sections)[:4] == [
        "The answer",
        "Zone dmz, perimeter network",
        "Zone lan-hq, internal network",
        "Zone lan-1, internal network",
    ]
    assert sections["The answer"][1:] == ("Topology: unsupported", "Life cycle: unknown")
    assert (
        "CASOLD: Client Access; Exchange 2010 SP3; site HQ. unsupported: outside applies."
        in (sections["Zone dmz, perimeter network"])
    )
    assert (
        "line-1, router ACL between lan-hq and lan-1: passes lan-hq to lan-1 on 25/tcp, 443/tcp"
        in (sections["Firewalls and links between zones"])
    )
    assert sections["Publishing to the Internet"][0] == (
        "Internet to TMG1, through outer: OWA, ActiveSync, Outlook Anywhere, EWS, Autodiscover, ECP, OAB, federation"
    )
    assert any("EDGE1, EDGE2" in line and "mail" in line for line in sections["Mail flow"])
    assert sections["Relations judged"][0] == "unsupported: walled applies."


def test_what_is_not_known_is_said_and_not_left_out():
    topology = Topology.model_validate(
        {
            "customer": "C",
            "zones": [{"name": "lan", "kind": "internal"}, {"name": "dmz", "kind": "perimeter"}],
            "servers": [{"name": "LOST", "roles": ["MBX"]}],
            "firewalls": [{"name": "fw", "between": ["lan", "dmz"]}],
        }
    )
    said, told = words(diagram.to_svg(judged(topology))), diagram.to_text(judged(topology))
    assert "rules not known" in said and "rules not known" in told
    assert "zone not known" in said and "Servers whose zone is not known" in told
    assert "version not known" in said and "version not known" in told


def test_an_empty_topology_still_gives_a_picture():
    svg = diagram.to_svg(judged(Topology(customer="Nobody")))
    assert "Nobody" in words(svg)


def test_mermaid_holds_no_character_that_ends_a_label():
    text = diagram.to_mermaid(strange('"]; click z0 "javascript:alert(1)" <img> `x`'))
    for line in text.splitlines():
        for label in re.findall(r'"([^"]*)"', line):
            assert re.fullmatch(r"(?:[\w .,:\-/()+;✕▲◐✓#]|<br/>)*", label), label
    assert "javascript" not in re.sub(r'"[^"]*"', "", text)


def test_finding_anchors_are_safe_and_tell_ids_apart():
    made = [diagram.finding_anchor(text) for text in ("a@B", "a-B", "a@b", "a@B ", "ä@ü", "a+B")]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"finding-[A-Za-z0-9-]+", anchor) for anchor in made)


@pytest.mark.parametrize("suffix", [".svg", ".png", ".dot", ".mmd", ".txt"])
def test_a_picture_is_written_by_its_suffix(suffix, tmp_path, twenty):
    path = tmp_path / f"picture{suffix}"
    diagram.write(twenty, path)
    starts = {".svg": b"<svg", ".png": b"\x89PNG", ".dot": b"digraph", ".mmd": b"flowchart", ".txt": b"The answer"}
    assert path.read_bytes().startswith(starts[suffix])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_another_suffix_is_refused_by_name(tmp_path, twenty):
    with pytest.raises(ValueError, match=r"'\.jpg': use one of \.svg, \.png"):
        diagram.write(twenty, tmp_path / "picture.jpg")


def test_a_failed_write_leaves_the_old_file_alone(tmp_path, twenty, monkeypatch):
    path = tmp_path / "picture.svg"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        diagram.write(twenty, path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["picture.svg"]


def test_dot_text_is_accepted_without_a_warning(twenty):
    done = subprocess.run(
        [ENGINES["dot"].command, "-Tsvg"], input=diagram.to_dot(twenty), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_a_firewall_that_opens_too_much_bears_its_verdict_in_picture_and_words() -> None:
    result = advice(TMG, CAS10, firewalls=[wall("inner", "dmz", "lan", allow="any")], publishing=[rule_of()])
    (bricks,) = [
        node for node in ET.fromstring(diagram.to_svg(result)).iter(f"{SVG}g") if node.get("class") == "node wall"
    ]
    assert {"inner", "▲ not", "recommended"} <= {text.text for text in bricks.iter(f"{SVG}text")}
    assert "inner opens inwards what no host behind it needs" in diagram.to_text(result)
