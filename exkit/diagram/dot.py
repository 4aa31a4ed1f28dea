"""The picture as DOT text, built purely; `svg.py` runs an engine on it.

Ids are our own; customers' names occur in labels (see `labels.py`) and tooltips only, always escaped. Boxes have a
fixed width and text is wrapped to it, so that an engine or a browser without the font still finds room.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from html import escape

from exkit.advice import Advice, Finding
from exkit.diagram import labels, wording
from exkit.diagram.parts import Area, Box, Line, Sketch, Wall
from exkit.diagram.rows import Rows, passed, place
from exkit.diagram.sketch import sketch
from exkit.topology import ZoneKind
from exkit.verdict import Verdict

FONT = "Arial"  # Liberation Sans, Arimo and Helvetica have its widths, and both engines know them without the font
ZONE_FILL = {
    ZoneKind.PERIMETER: "#FAF6EE",
    ZoneKind.INTERNAL: "#F3F6FA",
    ZoneKind.REPLICATION: "#F5F5F5",
    ZoneKind.CLOUD: "#F3F6FA",
    ZoneKind.INTERNET: "#F5F5F5",
}
PEN = {
    Verdict.UNSUPPORTED: 2.6,
    Verdict.NOT_RECOMMENDED: 2.2,
    Verdict.CONDITIONAL: 1.4,
    Verdict.UNKNOWN: 1.6,
    Verdict.SUPPORTED: 1.2,
}
MARGIN = 9  # between a zone's frame and what stands in it


def to_dot(advice: Advice, links: str = "#") -> str:
    """The picture as DOT text; `links` goes before each finding's anchor (`report.html#` links into another file)."""
    return _Writer(advice, links, framed=True).text()


def to_plain_dot(advice: Advice, links: str = "#") -> str:
    """The same without clusters, for an engine that fails on them: each box then says its zone."""
    return _Writer(advice, links, framed=False).text()


def quoted(text: str) -> str:
    """A DOT string whose every character stands for itself: no entity, no escape such as `\\N`."""
    return '"' + escape(wording.clean(text), quote=True).replace("\\", "\\\\") + '"'


def reason(finding: Finding) -> str:
    """What a tooltip says of a finding."""
    said = f"{finding.verdict.sign} {finding.verdict.words}: {finding.summary} {finding.why}"
    waived = f" (waived: {finding.waiver.because})" if finding.waiver else ""
    return wording.cut(said, 400) + wording.cut(waived, 160)


def caption(advice: Advice) -> str:
    """Who, when, and the answer, in one line."""
    customer = wording.cut(advice.topology.customer, 40)
    if not advice.findings:
        return f"{customer}, {advice.as_of.isoformat()} · not judged"
    layout, life = advice.verdict("topology"), advice.verdict("lifecycle")
    words = f"topology {layout.sign} {layout.words} · life cycle {life.sign} {life.words}"
    return f"{customer}, {advice.as_of.isoformat()} · {words}"


class _Writer:
    """One picture being written."""

    def __init__(self, advice: Advice, links: str, framed: bool) -> None:
        self.advice = advice
        self.links = links
        self.picture: Sketch = sketch(advice)
        self.rows: Rows = place(self.picture)
        self.area_of = {box.key: area for area in self.picture.areas for box in area.boxes}
        self.headed = {area.key for area in self.picture.areas if not _outside(area)}
        self.clusters = self.headed if framed else set()
        # Points by which lines pass zones that they have no end in: by zone, by line and wall, and the row of each.
        self.points: dict[str, list[str]] = {}
        self.passes: dict[tuple[str, str], list[str]] = {}
        self.point_rows: dict[str, int] = {}
        self.passing: dict[str, Line] = {}
        for line in self.rows.lines:
            for wall, area in passed(line, self.picture).items():
                self._pass(line, wall, area)
        self.node_of = {
            box.key: f"{area}r{number}"
            for area, layers in self.rows.grid.items()
            for number, layer in enumerate(layers)
            for box in layer
        }
        boxes = [len(row) * labels.BOX_PITCH for key in self.rows.alone for row in self.rows.grid[key]]
        gates = [sum(wall.key in line.walls for line in self.rows.lines) for wall in self.picture.walls]
        # Walls are as wide as the zones side by side below them, and as the line below the picture.
        bands = [sum(self._zone_width(key) for key in band) + 14 * (len(band) - 1) for band in self.rows.bands]
        spans = [width - labels.HEAD_WIDTH - 2 * MARGIN for width in (*bands, labels.caption_width(caption(advice)))]
        self.room = max([2 * labels.BOX_PITCH, *boxes, *(120 * count for count in gates), *spans])

    def _zone_width(self, key: str) -> int:
        """Of a zone beside others."""
        return max(len(row) for row in self.rows.grid[key]) * labels.BOX_PITCH - labels.BOX_GAP + 2 * MARGIN

    def _pass(self, line: Line, wall: str, area: Area) -> None:
        rows = [self.rows.of[layer[0].key] for layer in self.rows.grid[area.key]]
        if area.key in self.clusters and area.key in self.rows.alone:
            points = {f"t{line.key}{area.key}r{row}": row for row in range(min(rows), max(rows) + 1)}
            self.points.setdefault(area.key, []).extend(points)
            self.passing |= dict.fromkeys(points, line)
            self.passes[line.key, wall] = list(points)
            self.point_rows |= points

    def text(self) -> str:
        """The whole DOT text."""
        lines = [*self._opening(), *self._spine()]
        for area in self.picture.areas:
            lines += self._area(area)
        lines += [f"  {wall.key} [{self._wall(wall)}];" for wall in self.picture.walls]
        lines += self._ranks()
        for line in self.rows.lines:
            lines += self._line(line)
        lines += self._joints()
        return "\n".join([*lines, "}", ""])

    def _opening(self) -> Iterator[str]:
        yield "digraph topology {"
        yield (
            "  graph [newrank=true, compound=true, rankdir=TB, splines=polyline, ranksep=0.28, nodesep=0.19, pad=0.1, "
            f'bgcolor="{labels.PAPER}", fontname="{FONT}", fontsize={labels.SIZE}, labelloc=b, labeljust=l, '
            f"tooltip={quoted(caption(self.advice))}, label={self._legend()}];"
        )
        yield f'  node [shape=plain, fontname="{FONT}", fontsize={labels.SIZE}, fontcolor="{labels.INK}"];'
        yield f'  edge [fontname="{FONT}", color="{labels.MUTED}", arrowsize=0.6, penwidth=1.1, tooltip=" "];'

    def _spine(self) -> Iterator[str]:
        """An unseen node in each row, one below the other: they make rows of ranks."""
        names = [f"r{row}" for row in range(self.rows.count)]
        heads = {self.rows.heads[key] for key in self.headed}
        for row, name in enumerate(names):
            # A zone's frame reaches beyond its first box: this puts it in line with the walls.
            width = 0.15 if row in heads else 0.01
            yield f'  {name} [shape=box, style=invis, width={width}, height=0.01, label=""];'
        yield f"  {' -> '.join(names)} [style=invis, weight=90];"

    def _ranks(self) -> Iterator[str]:
        by_row: dict[int, list[str]] = {}
        for key, row in self.rows.of.items():
            node = self.node_of.get(key, key)
            if node not in by_row.setdefault(row, []):
                by_row[row].append(node)
        for area in self.picture.areas:
            if self._has_head(area):
                by_row.setdefault(self.rows.heads[area.key], []).append(f"h{area.key}")
            for wall in self._starting(area):
                by_row.setdefault(self.rows.of[wall.key] - 1, []).append(f"p{wall.key}")
        for point, row in self.point_rows.items():
            by_row.setdefault(row, []).append(point)
        for row, nodes in sorted(by_row.items()):
            yield f"  {{rank=same; r{row}; {'; '.join(nodes)};}}"
            # Lines pass at the right of the boxes.
            boxes = [node for node in nodes if node in self._at_left]
            yield from (f"  {one} -> {two} [style=invis];" for one in boxes for two in nodes if two in self.point_rows)
            # What spans the picture starts at its left edge.
            yield from (f"  r{row} -> {node} [style=invis, weight=30];" for node in nodes if node in self._at_left)
        for band in self.rows.bands:
            heads = [f"h{key}" if key in self.headed else self.node_of[self.rows.grid[key][0][0].key] for key in band]
            if any(key in self.headed for key in band):
                yield f"  r{self.rows.heads[band[0]]} -> {heads[0]} [style=invis, weight=3];"
            yield from (f"  {one} -> {two} [style=invis];" for one, two in itertools.pairwise(heads))

    @property
    def _at_left(self) -> set[str]:
        return {node for key, node in self.node_of.items() if self.area_of[key].key in self.rows.alone} | set(
            self.rows.walls_alone
        )

    # Zones and boxes

    def _has_head(self, area: Area) -> bool:
        """Whether the zone's name is a node of its own, above its boxes; else it stands in their first row."""
        return area.key in self.headed and area.key not in self.rows.alone

    def _area(self, area: Area) -> Iterator[str]:
        layers = self.rows.grid[area.key]
        nodes = [self.node_of[layer[0].key] for layer in layers]
        if area.key in self.clusters:
            fill = ZONE_FILL[area.kind] if area.kind else labels.PAPER
            style = "filled,rounded" if area.kind else "filled,rounded,dashed"
            look = f'style="{style}", fillcolor="{fill}", color="{labels.EDGE}"'
            yield f"  subgraph cluster_{area.key} {{"
            # An empty label as wide as the picture stretches the frame, and lines may pass over it.
            label = labels.stretch(self._across - 2 * MARGIN) if area.key in self.rows.alone else '""'
            yield f"    graph [label={label}, margin={MARGIN}, {look}, tooltip={quoted(self._zone_tip(area))}];"
        if self._has_head(area):
            yield f"    h{area.key} [label=<{self._zone_label(area)}>];"
        for number, (node, layer) in enumerate(zip(nodes, layers, strict=True)):
            yield f"    {node} [label={self._row_label(area, layer, first=number == 0)}];"
        for line in self.rows.lines:
            if not line.walls and self.area_of[line.ends[0]] is area:
                yield f"    {line.key} [{self._chip(line)}];"
        for wall in self._starting(area):
            yield f'    p{wall.key} [shape=point, style=invis, width=0.01, height=0.01, label=""];'
        for point in self.points.get(area.key, ()):
            yield f"    {point} [{self._bit(point)}];"
        if area.key in self.clusters:
            yield "  }"
        column = ([f"h{area.key}"] if self._has_head(area) else []) + nodes
        if len(column) > 1:
            yield f"  {' -> '.join(column)} [style=invis, weight=2];"

    def _bit(self, point: str) -> str:
        """A bit of a line, as engines leave a gap between the pieces of a line at a point."""
        finding = self.passing[point].finding
        colour, width = (finding.verdict.colour, PEN[finding.verdict]) if finding else (labels.MUTED, 1.1)
        return (
            f"shape=box, style=filled, fixedsize=true, width={width / 72:.3f}, height=0.06, penwidth=0, "
            f'color="{colour}", fillcolor="{colour}", label="", tooltip=" "'
        )

    def _row_label(self, area: Area, layer: tuple[Box, ...], first: bool) -> str:
        alone = area.key in self.rows.alone
        if alone and area.key not in self.headed and len(layer) == 1 and layer[0].place:
            top, bottom = self._line_ends(layer[0])
            return labels.outside_label(layer[0], [*top, *bottom], self._across)
        zone = None if area.key in self.clusters or area.key not in self.headed else area.name
        height = max(sum(line.height for line in labels.box_lines(box, zone)) for box in layer) + 8
        cells = [self._box(box, zone, height) for box in layer]
        head = None
        if alone:
            head = self._zone_label(area) if first and area.key in self.headed else labels.no_head()
        return labels.row_label(cells, head)

    @property
    def _across(self) -> int:
        """How wide walls are: as wide as the frames of zones."""
        return labels.HEAD_WIDTH + labels.BOX_GAP + self.room - labels.BOX_GAP + 2 * MARGIN

    def _starting(self, area: Area) -> list[Wall]:
        """The walls side by side below a zone; each starts from a point of its own at the zone's lower edge."""
        if area.key not in self.rows.alone or area.key not in self.headed:
            return []
        low = self.rows.of[self.rows.grid[area.key][-1][0].key]
        walls = [
            wall for wall in self.picture.walls if area.key in wall.areas and wall.key not in self.rows.walls_alone
        ]
        return [wall for wall in walls if self.rows.of[wall.key] == low + 2]

    def _zone_tip(self, area: Area) -> str:
        return f"{area.name}: " + (reason(area.sound) if area.sound else wording.zone_words(area.kind))

    def _zone_label(self, area: Area) -> str:
        href = self._href(area.sound) if area.sound else None
        return labels.zone_label(area, area.key in self.rows.alone, href, self._zone_tip(area))

    def _line_ends(self, box: Box) -> tuple[list[str], list[str]]:
        """The ports for lines that end at a box, at its upper and at its lower edge."""
        ends: dict[bool, list[str]] = {True: [], False: []}
        for line in self.rows.lines:
            if box.key in (*line.starts, *line.ends):
                ends[self._row(self._next_stop(line, box.key)) < self._row(box.key)].append(f"{box.key}{line.key}")
        return ends[True], ends[False]

    def _box(self, box: Box, zone: str | None, height: int) -> str:
        tip = "; ".join([", ".join(box.names), *box.lines]) + (f". {reason(box.finding)}" if box.finding else "")
        href = self._href(box.finding) if box.finding else None
        return labels.box_cell(box, zone, height, *self._line_ends(box), href, tip)

    def _link(self, finding: Finding | None, tip: str) -> str:
        said = f"tooltip={quoted(wording.cut(tip, 900))}"
        return f"URL={quoted(self._href(finding))}, {said}" if finding else said

    def _href(self, finding: Finding) -> str:
        return self.links + wording.finding_anchor(finding.id)

    # Walls, and what passes them

    def _wall(self, wall: Wall) -> str:
        device = wall.device
        gates = [
            self._sign(line, f'PORT="{line.key}" ', whole=line.walls[0] == wall.key)
            for line in self.rows.lines
            if wall.key in line.walls
        ]
        width = self._across if wall.key in self.rows.walls_alone else 0
        tip = f"{device.name}: {wording.device_words(device)}, {wording.passes_words(device)}"
        tip += f". {reason(wall.finding)}" if wall.finding else ""
        kind = "tunnel" if labels.is_tunnel(wall) else "wall"
        return f'label={labels.wall_label(wall, gates, width)}, class="{kind}", {self._link(wall.finding, tip)}'

    def _sign(self, line: Line, more: str, whole: bool) -> str:
        href = self._href(line.finding) if line.finding else None
        tip = ". ".join(filter(None, [", ".join(line.told), reason(line.finding) if line.finding else ""]))
        return labels.sign_cell(line, more, href, tip, whole)

    def _chip(self, line: Line) -> str:
        """The words of a line that passes no wall: a node, so that other lines go round it."""
        table = f'<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="1"><TR>{self._sign(line, "", whole=True)}</TR></TABLE>'
        return f"label=<{table}>"

    def _home(self, line: Line) -> str:
        """The zone that the words of a line without walls stand in: its own, or that of its end."""
        return self.area_of[line.ends[0]].key

    # Lines

    def _stops(self, line: Line) -> list[str]:
        return [f"{wall}:{line.key}" for wall in line.walls] or [line.key]

    def _next_stop(self, line: Line, box: str) -> str:
        stops = self._stops(line)
        return stops[0] if box in line.starts else stops[-1]

    def _line(self, line: Line) -> Iterator[str]:
        look = ""
        if line.finding:
            verdict = line.finding.verdict
            style = f'color="{verdict.colour}", style="{verdict.line_style}", penwidth={PEN[verdict]}'
            look = f', {style}, class="v-{verdict.value}", {self._link(line.finding, reason(line.finding))}'
        stops = self._stops(line)
        for start in line.starts:
            yield self._piece(line, start, stops[0], look, (line.both_ways, False))
        through = [one for stop in stops for one in (stop, *self.passes.get((line.key, stop.partition(":")[0]), ()))]
        for one, two in itertools.pairwise(through):
            yield self._piece(line, one, two, look, (False, False))
        for end in line.ends:
            yield self._piece(line, stops[-1], end, look, (False, True))

    def _piece(self, line: Line, start: str, end: str, look: str, arrows: tuple[bool, bool]) -> str:
        """One edge, written from the upper row to the lower whatever the traffic's direction."""
        if self._row(start) > self._row(end):
            start, end, arrows = end, start, arrows[::-1]
        words = {(True, True): "both", (True, False): "back", (False, True): "forward", (False, False): "none"}
        upper, lower = (
            f"{self.node_of[stop]}:{stop}{line.key}" if stop in self.area_of else stop for stop in (start, end)
        )
        tail = upper if upper in self.point_rows else f"{upper}:s"
        head = lower if lower in self.point_rows else f"{lower}:n"
        return f"  {tail} -> {head} [dir={words[arrows]}, weight=3{look}];"

    def _row(self, stop: str) -> int:
        return self.point_rows.get(stop) or self.rows.of[stop.partition(":")[0]]

    def _joints(self) -> Iterator[str]:
        """Grey bars join walls to zones where neither a line nor the place of the wall tells what it joins."""
        for wall in self.picture.walls:
            passed = {
                self.area_of[key].key
                for line in self.rows.lines
                if wall.key in line.walls
                for key in (*line.starts, *line.ends)
            }
            for area in self.picture.areas:
                beside = wall.key not in self.rows.walls_alone or area.key not in self.rows.alone
                beside = beside or (wall.key, area.key) in self.rows.far
                if area.key in wall.areas and area.key not in passed and (beside or area.key not in self.headed):
                    yield self._bar(wall, area)

    def _bar(self, wall: Wall, area: Area) -> str:
        look = 'arrowhead=none, color="#A8A29E", penwidth=3, weight=3'
        framed = area.key in self.clusters
        layers = self.rows.grid[area.key]
        if self.rows.of[wall.key] < self.rows.heads[area.key]:
            top = f"h{area.key}" if self._has_head(area) else self.node_of[layers[0][0].key]
            return f"  {wall.key} -> {top} [{look}{f', lhead=cluster_{area.key}' if framed else ''}];"
        last = f"p{wall.key}" if wall in self._starting(area) else self.node_of[layers[-1][-1].key]
        return f"  {last} -> {wall.key} [{look}{f', ltail=cluster_{area.key}' if framed else ''}];"

    def _legend(self) -> str:
        findings = [
            *(finding for area in self.picture.areas for box in area.boxes for finding in (box.finding, box.lifecycle)),
            *(line.finding for line in self.rows.lines),
            *(wall.finding for wall in self.picture.walls),
            *(area.sound for area in self.picture.areas),
        ]
        seen = sorted({one.verdict for one in findings if one}, key=lambda verdict: verdict.rank)
        flows = any(line.finding is None for line in self.rows.lines)
        further = self.picture.further
        return labels.legend_label(caption(self.advice), self._across, seen, self.picture.walls, flows, further)


def _outside(area: Area) -> bool:
    """The Internet or the cloud with no server written in it: a box, no zone."""
    return area.kind in (ZoneKind.INTERNET, ZoneKind.CLOUD) and all(box.place for box in area.boxes)
