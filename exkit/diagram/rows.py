"""Which row of the picture each thing stands in; `dot` then only chooses the order within rows and draws the lines.

Rows given by us are what keeps zones as bands, and spares `dot` the ranking on which clustered graphs fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from exkit.diagram.parts import Area, Box, Line, Sketch

COLUMNS = 4  # boxes side by side at page width
ZONES = 5  # zones side by side, of one column each


@dataclass(frozen=True)
class Rows:
    """Row numbers from the top, by key; `heads` are the rows of the zones' names, `grid` the boxes row by row.

    A zone that has its band to itself bears its name at the left (`alone`), others above their boxes. `far`: pairs
    of wall and zone between which another zone stands.
    """

    of: dict[str, int]
    heads: dict[str, int]
    grid: dict[str, tuple[tuple[Box, ...], ...]]
    lines: tuple[Line, ...]  # from left to right
    alone: frozenset[str]
    walls_alone: frozenset[str]
    far: frozenset[tuple[str, str]]
    bands: tuple[tuple[str, ...], ...]  # zones side by side, from left to right
    count: int


def place(picture: Sketch) -> Rows:
    """Rows for all boxes, zone names, walls, and for the words of lines that pass no wall (by the line's key)."""
    area_of = {box.key: area for area in picture.areas for box in area.boxes}
    loose = [line for line in picture.lines if not line.walls]
    inner = [line for line in loose if area_of[line.starts[0]] is area_of[line.ends[0]]]
    lines, places = _from_left(picture)
    bands = _bands(picture, lines)
    of: dict[str, int] = {}
    heads: dict[str, int] = {}
    grid: dict[str, tuple[tuple[Box, ...], ...]] = {}
    band_of = {area.key: number for number, band in enumerate(bands) for area in band}
    row = 0
    alone = frozenset(band[0].key for band in bands if len(band) == 1)
    single: set[str] = set()
    far: set[tuple[str, str]] = set()
    for number, band in enumerate(bands):
        below = row
        columns = max(1, COLUMNS // len(band))
        for area in band:
            heads[area.key] = row
            mine = [line for line in inner if area_of[line.starts[0]] is area]
            here = row if area.key in alone else row + 1
            layers: list[tuple[Box, ...]] = []
            for layer in _layers(sorted(area.boxes, key=lambda box: places[box.key]), mine):
                entering = [line for line in mine if {*line.starts, *line.ends} & {box.key for box in layer}]
                # The words of a line stand in a row of their own above its lower end.
                if layers and entering:
                    here += 1
                for part in _parts(layer, columns):
                    of |= {box.key: here for box in part}
                    layers.append(part)
                    here += 1
            grid[area.key] = tuple(layers)
            below = max(below, here)
        walls = [wall for wall in picture.walls if _gap([band_of[key] for key in wall.areas]) == number]
        # Several walls below a zone start from a row of points at its lower edge.
        gap = below + (len(walls) > 1 and len(band) == 1)
        of |= {wall.key: gap for wall in walls}
        far |= {(wall.key, key) for wall in walls for key in wall.areas if band_of[key] not in (number, number + 1)}
        single |= {wall.key for wall in walls if len(walls) == 1}
        row = gap + 1
    for line in loose:
        # The words stand above the lower end: in the row left free within a zone, in the gap between zones.
        lower = max((*line.starts, *line.ends), key=lambda key: of[key])
        of[line.key] = of[lower] - 1 if line in inner else heads[area_of[lower].key] - 1
    beside = tuple(tuple(area.key for area in band) for band in bands if len(band) > 1)
    return Rows(of, heads, grid, lines, alone, frozenset(single), frozenset(far), beside, row)


def _gap(bands: list[int]) -> int:
    """The band after which a wall stands: right above its innermost zone, or below when all are side by side."""
    return max(bands) - 1 if min(bands) < max(bands) else max(bands)


def _bands(picture: Sketch, lines: tuple[Line, ...]) -> list[list[Area]]:
    """Zones of one distance from the Internet side by side, at most as many as the page is wide.

    They stand in the order of the lines that lead to them, so that lines are short; those without a line come last.
    """
    met: dict[str, list[int]] = {}
    area_of = {box.key: area.key for area in picture.areas for box in area.boxes}
    for number, line in enumerate(lines):
        for key in {area_of[end] for end in (*line.starts, *line.ends)}:
            met.setdefault(key, []).append(number)
    bands: list[list[Area]] = []
    for level in sorted({area.level for area in picture.areas}):
        here = [area for area in picture.areas if area.level == level]
        here.sort(key=lambda area: sum(met.get(area.key, [999])) / len(met.get(area.key, [999])))
        size = -(-len(here) // -(-len(here) // ZONES))
        bands += [here[start : start + size] for start in range(0, len(here), size)]
    return bands


def _from_left(picture: Sketch) -> tuple[tuple[Line, ...], dict[str, float]]:
    """Lines from left to right, and places of boxes in their zones, so that few lines cross.

    Each takes the mean place of what it leads to, in turn: the usual way to order a layered drawing.
    """
    outside = {box.key for area in picture.areas for box in area.boxes if box.place}
    lines = list(picture.lines)
    # A line that only passes a zone does so at the right of its boxes.
    beyond = {line.key: max((len(area.boxes) for area in passed(line, picture).values()), default=0) for line in lines}
    places: dict[str, float] = {}
    for _ in range(3):
        met: dict[str, list[int]] = {}
        for number, line in enumerate(lines):
            for key in (*line.starts, *line.ends):
                met.setdefault(key, []).append(number)
        for area in picture.areas:
            order = sorted(area.boxes, key=lambda box: sum(met.get(box.key, [999])) / len(met.get(box.key, [999])))
            places |= {box.key: float(number) for number, box in enumerate(order)}
        means = {}
        for line in lines:
            ends = [places[key] for key in (*line.starts, *line.ends) if key not in outside] or [0.0]
            means[line.key] = max(sum(ends) / len(ends), beyond[line.key])
        lines.sort(key=lambda line: means[line.key])
    return tuple(lines), places


def passed(line: Line, picture: Sketch) -> dict[str, Area]:
    """The zones that a line crosses without an end in them, by the key of the wall that it enters them by."""
    joined = {wall.key: wall.areas for wall in picture.walls}
    areas = {area.key: area for area in picture.areas}
    return {
        wall: areas[zone]
        for wall, after in pairwise(line.walls)
        for zone in [key for key in joined[wall] if key in joined[after]][:1]
    }


def _layers(boxes: list[Box], lines: list[Line]) -> list[tuple[Box, ...]]:
    """Boxes of a zone in layers, so that each line within the zone leads downwards; the others stand in the last."""
    depth = {key: 0 for line in lines for key in (*line.starts, *line.ends)}
    below: dict[str, set[str]] = {key: set() for key in depth}

    def leads(start: str, goal: str) -> bool:
        return start == goal or any(leads(step, goal) for step in below[start])

    for start, end in [(start, end) for line in lines for start in line.starts for end in line.ends]:
        if not leads(end, start):
            below[start].add(end)
    for _ in depth:
        for start, ends in below.items():
            for end in ends:
                depth[end] = max(depth[end], depth[start] + 1)
    last = max(depth.values(), default=0)
    layers = [tuple(box for box in boxes if depth.get(box.key, last) == layer) for layer in range(last + 1)]
    return [layer for layer in layers if layer]


def _parts(boxes: tuple[Box, ...], columns: int) -> list[tuple[Box, ...]]:
    return [boxes[start : start + columns] for start in range(0, len(boxes), columns)]
