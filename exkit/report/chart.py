"""The life cycles of one topology as a chart: text of SVG, to be put into a page as it is.

Widths are shares of the page and heights are pixels, so that words keep their size on a phone. Each word has a line of
its own, and lines of the chart cross none. Colours are the variables of `pieces.css`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import escape
from math import ceil

from exkit.report.words import names, plain
from exkit.timeline import InUse, Phase, Timeline

AT_MOST = 6  # products in one chart: a page breaks between charts, never in one
LONGEST = 46  # letters of a name that a phone has room for
HEAD, ROW, FOOT = 48, 66, 24  # pixels


def charts(line: Timeline) -> tuple[str, ...]:
    """Charts of at most six products, all over the same years; none when nothing with known days is in use.

    A bar goes from release to the end of support: filled for mainstream, outlined for extended support.
    """
    known = [what for what in line.products if what.life is not None]
    size = ceil(len(known) / ceil(len(known) / AT_MOST)) if known else 1
    groups = [tuple(known[start : start + size]) for start in range(0, len(known), size)]
    return tuple("\n".join(_chart(line, group, number)) for number, group in enumerate(groups))


def recalled_mark(what: InUse) -> str:
    """What follows a day that was not read anywhere; the caption explains it."""
    return "*" if what.life and what.life.confidence == "recalled" else ""


def _chart(line: Timeline, products: tuple[InUse, ...], number: int) -> Iterator[str]:
    scale = _Scale(line)
    height = HEAD + ROW * len(products) + FOOT
    told = (
        f"Life cycles of {', '.join(_clipped(what.name) for what in products)}, {scale.first} to {scale.last}, "
        f"as of {line.as_of.isoformat()}; the table below tells the same in words."
    )
    yield f'<svg class="timeline" role="img" aria-labelledby="timeline-{number}" width="100%" height="{height}">'
    yield f'<title id="timeline-{number}">{_text(told)}</title>'
    yield _said(scale.at(line.as_of), 13, f"as of {line.as_of.isoformat()}", "strong")
    yield _said(scale.at(line.until), 29, f"until {line.until.isoformat()}", "quiet")
    yield from _day_and_horizon(line, scale, HEAD - 14, 8)
    for index, what in enumerate(products):
        yield from _product(line, scale, what, HEAD + ROW * index)
    yield f'<line class="axis" x1="{scale.low}%" x2="{scale.high}%" y1="{height - FOOT}" y2="{height - FOOT}"/>'
    for year in scale.years():
        at = scale.at(date(year, 1, 1))
        yield f'<line class="axis" x1="{at}%" x2="{at}%" y1="{height - FOOT}" y2="{height - FOOT + 5}"/>'
        anchor = "start" if at < 5 else "end" if at > 95 else "middle"
        yield f'<text class="quiet" x="{at}%" y="{height - 5}" text-anchor="{anchor}">{year}</text>'
    yield "</svg>"


def _product(line: Timeline, scale: _Scale, what: InUse, top: int) -> Iterator[str]:
    """The name, what its life is on the day, and the bar below."""
    verdict = what.phase.verdict
    yield f'<g class="exkit-{verdict.value}"><title>{_text(f"{what.name}, used by {names(what.used_by)}")}</title>'
    yield f'<text class="strong" x="0" y="{top + 13}">{_text(_clipped(what.name))}</text>'
    yield f'<rect class="mark" x="0" y="{top + 19}" width="15" height="15" rx="3"/>'
    yield f'<text class="sign" x="7.5" y="{top + 31}" text-anchor="middle">{verdict.sign}</text>'
    yield f'<text x="21" y="{top + 31}">{_text(_status(what) + recalled_mark(what))}</text>'
    yield from _day_and_horizon(line, scale, top + 36, 18)
    yield from _bar(scale, what, top + 40)
    yield "</g>"


def _bar(scale: _Scale, what: InUse, top: int) -> Iterator[str]:
    life = what.life
    if life is None:
        return
    ends = [day for day in (life.mainstream_end, life.extended_end) if day]
    if ends and not life.released:
        yield f'<line class="open" x1="{scale.low}%" x2="{scale.at(ends[0])}%" y1="{top + 5}" y2="{top + 5}"/>'
    if life.released and life.mainstream_end:
        yield _box("mainstream", scale, life.released, life.mainstream_end, top, 10)
    start = life.mainstream_end or life.released
    if start and life.extended_end:
        yield _box("extended", scale, start, life.extended_end, top, 10)
    if life.mainstream_end:
        at = scale.at(life.mainstream_end)
        yield f'<line class="turn" x1="{at}%" x2="{at}%" y1="{top - 2}" y2="{top + 12}"/>'


def _day_and_horizon(line: Timeline, scale: _Scale, top: int, height: int) -> Iterator[str]:
    yield _box("horizon", scale, line.as_of, line.until, top, height)
    at = scale.at(line.as_of)
    yield f'<line class="day" x1="{at}%" x2="{at}%" y1="{top}" y2="{top + height}"/>'


def _status(what: InUse) -> str:
    """Where the product is in its life, and the day on which that ends; short enough for a phone."""
    life = what.life
    if life is None or what.phase is Phase.NOT_KNOWN:
        return "no day of its end is known"
    if what.phase is Phase.NOT_YET_RELEASED:
        return f"not released before {life.released}"
    if what.phase is Phase.OUT:
        return f"support ended on {life.extended_end}"
    if life.extended_end is None:
        return f"in support, to {life.mainstream_end} at least"
    until = life.mainstream_end if what.phase is Phase.MAINSTREAM else life.extended_end
    return f"{what.phase.words} until {until}"


class _Scale:
    """Whole years from the first day to the last, laid over the width; a rim of 1 % keeps strokes inside."""

    low, high = 1, 99

    def __init__(self, line: Timeline) -> None:
        lives = [what.life for what in line.products if what.life]
        days = [day for life in lives for day in (life.released, life.mainstream_end, life.extended_end) if day]
        self.first = min(line.as_of, *days, line.until).year
        self.last = max(line.until, *days, line.as_of).year

    def at(self, day: date) -> float:
        """Where a day is, in percent of the width."""
        start, end = date(self.first, 1, 1).toordinal(), date(self.last, 12, 31).toordinal()
        return round(self.low + (self.high - self.low) * (day.toordinal() - start) / (end - start), 2)

    def years(self) -> list[int]:
        """At most seven years for the axis, all of one step."""
        step = next(size for size in _steps() if (self.last - self.first) // size < 7)
        return [year for year in range(self.first, self.last + 1) if year % step == 0]


def _steps() -> Iterator[int]:
    size = 1
    while True:
        yield from (size, 2 * size, 5 * size)
        size *= 10


def _box(kind: str, scale: _Scale, start: date, end: date, top: int, height: int) -> str:
    at = scale.at(start)
    width = round(max(scale.at(end) - at, 0), 2)
    return f'<rect class="{kind}" x="{at}%" y="{top}" width="{width}%" height="{height}"/>'


def _said(at: float, y: int, text: str, kind: str) -> str:
    """Words at a day, on that side of it where there is room."""
    anchor = "start" if at < 50 else "end"
    return f'<text class="{kind}" x="{at}%" y="{y}" text-anchor="{anchor}">{_text(text)}</text>'


def _clipped(name: str) -> str:
    shown = plain(name)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def _text(text: str) -> str:
    return escape(plain(text))
