"""What the picture puts where: clouds, hybrid mail, zones that a line only passes, and where a verdict is seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from exkit import diagram
from exkit.advice import advise
from exkit.diagram import labels
from exkit.diagram.rows import place
from exkit.diagram.sketch import sketch
from exkit.intake import read
from exkit.topology import Topology, ZoneKind
from exkit.verdict import Verdict
from tests.build import facts, host, line, topology, wall
from tests.drawn import finding, judged
from tests.sizes import three_servers

CUSTOMERS = sorted(Path("data/customers").glob("*.yaml"))
BEHIND_TWO_WALLS = [
    wall("outer", "internet", "dmz", allow=[line("internet", "EX1", "25/tcp")]),
    wall("inner", "dmz", "lan", allow=[line("internet", "EX1", "25/tcp")]),
]


def hybrid(**fields: Any) -> Topology:
    """One server behind two firewalls that exchanges mail with Exchange Online."""
    more = {"hybrid": {"topology": "classic-full", "mail_path": ["EX1", "eop"]}, "firewalls": BEHIND_TWO_WALLS}
    return topology(host("EX1", "MBX", version="2019"), host("GW1", "SMTPGateway", zone="dmz"), **{**more, **fields})


@pytest.mark.parametrize("file", CUSTOMERS, ids=lambda file: file.stem)
def test_the_verdict_on_the_topology_is_seen_in_the_picture_or_counted_below_it(file: Path) -> None:
    given = read(file).topology
    assert given.as_of is not None
    advice = advise(given, facts(), given.as_of)
    picture = sketch(advice)
    shown = [box.finding for area in picture.areas for box in area.boxes]
    shown += [line.finding for line in picture.lines] + [wall.finding for wall in picture.walls]
    verdicts = {one.verdict for one in shown if one}
    assert advice.verdict("topology") in verdicts or picture.further


def test_a_cloud_with_servers_in_it_is_a_zone_like_others_and_says_its_name_once() -> None:
    given = topology(
        host("EX1", "MBX", version="2019"),
        host("FS1", "Witness", zone="azure"),
        zones=[{"name": "internet", "kind": "internet"}, {"name": "lan", "kind": "internal"},
               {"name": "azure", "kind": "cloud"}],
        firewalls=[wall("outer", "internet", "lan", allow=[]), wall("vpn", "lan", "azure", allow="any")],
    )  # fmt: skip
    areas = {area.name: area for area in sketch(judged(given)).areas}
    assert [box.names for box in areas["azure"].boxes] == [("FS1",)]
    assert areas["azure"].level > areas["lan"].level


def test_mail_with_exchange_online_passes_the_firewalls_that_lead_to_the_internet() -> None:
    picture = sketch(judged(hybrid()))
    names = {wall.key: wall.device.name for wall in picture.walls}
    assert [area.name for area in picture.areas if area.kind is ZoneKind.CLOUD] == ["Exchange Online"]
    assert [[names[key] for key in line.walls] for line in picture.lines] == [["outer", "inner"]]


def test_mail_to_exchange_online_does_not_lead_to_the_customers_own_cloud() -> None:
    zones = [{"name": "internet", "kind": "internet"}, {"name": "dmz", "kind": "perimeter"},
             {"name": "lan", "kind": "internal"}, {"name": "azure", "kind": "cloud"}]  # fmt: skip
    own = [host("EX1", "MBX", version="2019"), host("FS1", "Witness", zone="azure")]
    given = topology(*own, zones=zones, firewalls=BEHIND_TWO_WALLS, mail_flow=[{"path": ["EX1", "eop"]}])
    picture = sketch(judged(given))
    ends = {key for line in picture.lines for key in (*line.starts, *line.ends)}
    assert {area.name for area in picture.areas for box in area.boxes if box.key in ends} == {"Exchange Online", "lan"}


def test_no_hybrid_draws_no_cloud() -> None:
    assert all(area.kind is not ZoneKind.CLOUD for area in sketch(judged(hybrid(hybrid={"topology": "none"}))).areas)


def test_a_line_passes_a_zone_without_an_end_in_it_between_its_boxes_and_its_frame() -> None:
    """Without points in the zone the engine leads the line round it, and moves the whole zone aside."""
    text = diagram.to_dot(judged(hybrid()))
    dmz = re.search(r"subgraph cluster_(z\d+) \{(?:(?!\n  \}).)*?dmz.*?\n  \}", text, re.DOTALL)
    assert dmz is not None
    point = re.search(rf"^    (tl\d+{dmz[1]}r\d+) ", dmz[0], re.MULTILINE)
    assert point is not None
    assert len(re.findall(rf"(?:-> {point[1]} |  {point[1]} -> )\[?.*dir=", text)) == 2


def test_lines_that_pass_a_zone_stand_right_of_those_that_end_in_it() -> None:
    rows = place(sketch(judged(three_servers())))
    assert [line.kind for line in rows.lines] == ["publishing", "publishing", "mail"]


def test_zones_side_by_side_stand_in_the_order_of_the_lines_to_them() -> None:
    given = topology(
        host("A1", "MBX", version="2019", zone="back"),
        host("Z1", "MBX", version="2019", zone="lan"),
        host("P1", "ReverseProxy", zone="dmz"),
        firewalls=[wall("outer", "internet", "dmz"), wall("inner", "dmz", "lan", "back")],
        publishing=[{"name": "web", "kind": "reverse-proxy", "host": "P1", "targets": ["Z1"]}],
    )
    picture = sketch(judged(given))
    names = {area.key: area.name for area in picture.areas}
    assert next([names[key] for key in band][:1] for band in place(picture).bands if "lan" in map(names.get, band)) == [
        "lan"
    ]


def test_what_is_found_about_a_group_of_servers_alone_is_seen_on_its_members() -> None:
    given = topology(host("N1", "MBX", version="2007"), host("N2", "MBX", version="2007"),
                     dags=[{"name": "CMS1", "kind": "ccr", "members": ["N1", "N2"]}])  # fmt: skip
    advice = judged(given, [finding("failover", ["CMS1"], Verdict.CONDITIONAL, "dag")])
    shown = {box.names[0]: box.finding for area in sketch(advice).areas for box in area.boxes if box.names}
    assert {name: one.statement for name, one in shown.items() if one} == {"N1": "failover", "N2": "failover"}
    beside = judged(given, [finding("witness", ["CMS1", "N2"], Verdict.CONDITIONAL, "dag")])
    assert [box.names for area in sketch(beside).areas for box in area.boxes if box.finding] == [("N2",)]


def test_what_hybrid_says_of_a_publishing_rule_is_seen_on_its_line() -> None:
    given = three_servers()
    told = finding("preauth", ["web-mail"], Verdict.UNSUPPORTED, "hybrid")
    shown = [line.finding for line in sketch(judged(given, [told])).lines if line.finding]
    assert [one.statement for one in shown] == ["preauth"]


def test_a_verdict_says_its_family_once_and_as_people_write_it() -> None:
    ended = finding("ended", ["EX1"], Verdict.UNSUPPORTED, "lifecycle", aspect="lifecycle")
    assert labels.verdict_words(ended) == "✕ unsupported"
    assert labels.verdict_words(finding("far", ["EX1"], Verdict.CONDITIONAL, "dag")) == "◐ conditional (DAG)"
