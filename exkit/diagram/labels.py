"""HTML-like labels for Graphviz: boxes, walls, zone names, legend. Customers' text is wrapped, cut and escaped here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from exkit.advice import Finding
from exkit.diagram import wording
from exkit.diagram.parts import BETWEEN, Area, Box, Line, Wall
from exkit.topology import FirewallKind
from exkit.verdict import Verdict

INK, MUTED, RULE, PAPER, ABROAD = "#1F2937", "#4B5563", "#9CA3AF", "#FFFFFF", "#F1F1EF"
BRICK, TUNNEL, EDGE = "#4A403A", "#E7E5E4", "#D6D3D1"
BOX_WIDTH, GATE_WIDTH, HEAD_WIDTH, WALL_NAME_WIDTH = 158, 104, 100, 100
NARROW_NAME_WIDTH = 80  # of a wall beside others, with a gate in it
SPACING = 5  # between the cells of a wall
CLEAR = 8  # between a zone's name and the lines that pass beside it
BOX_GAP = 14  # between boxes
BOX_PITCH = BOX_WIDTH + 4 + BOX_GAP  # from one box to the next, with borders
TIP = 900  # characters in a tooltip
NAME_SIZE, SIZE, SMALL = 13, 11, 10
BOLD = 1.13  # how much wider bold text is
FAMILY_WORDS = {"dag": "DAG"}
EVERY_NAME = 30  # names listed in a box of many servers


@dataclass(frozen=True)
class Text:
    """One line of text in a label, already short enough."""

    words: str
    size: int = SIZE
    bold: bool = False
    colour: str = INK

    @property
    def height(self) -> int:
        """Of the line, in points, so that lines of different sizes never touch."""
        return math.ceil(self.size * 1.4)

    def html(self) -> str:
        """The line as Graphviz reads it."""
        words = html(self.words)
        return (
            f'<FONT POINT-SIZE="{self.size}" COLOR="{self.colour}">{f"<B>{words}</B>" if self.bold else words}</FONT>'
        )


def html(text: str) -> str:
    """Text for an HTML-like label."""
    return escape(wording.clean(text), quote=True)


def attribute(text: str) -> str:
    """Text for an attribute of an HTML-like label, where Graphviz also replaces `\\N` and the like."""
    return html(text).replace("\\", "\\\\")


def wrapped(
    text: str, width: float, size: int = SIZE, bold: bool = False, colour: str = INK, most: int = 3
) -> list[Text]:
    """A text as lines that fit a width."""
    lines = wording.wrap(text, width, size, BOLD if bold else 1.0, most)
    return [Text(line, size, bold, colour) for line in lines]


def verdict_words(finding: Finding) -> str:
    """A verdict on a line or a box: sign and word, what it is about unless that is plain, whether it was accepted."""
    plain = finding.family in ("placement", "lifecycle") or finding.family in BETWEEN
    about = "" if plain else f" ({FAMILY_WORDS.get(finding.family) or finding.family.replace('_', ' ')})"
    waived = ", waived" if finding.waiver else ""
    return f"{finding.verdict.sign} {finding.verdict.words}{about}{waived}"


def _verdict(finding: Finding, width: float, size: int, before: str = "") -> list[Text]:
    loud = finding.verdict is not Verdict.SUPPORTED
    said, colour = verdict_words(finding), finding.verdict.text_colour
    lines = wrapped(f"{before} {said}".strip(), width, size, loud, colour)
    if before and len(lines) > 1:  # no line ends between sign and word
        return wrapped(before, width, size, loud, colour) + wrapped(said, width, size, loud, colour)
    return lines


def _rows(lines: Iterable[Text], width: int, align: str = "CENTER") -> str:
    return "".join(
        f'<TR><TD ALIGN="{align}" CELLPADDING="0" WIDTH="{width}" HEIGHT="{line.height}">{line.html()}</TD></TR>'
        for line in lines
    )


def _ports(names: Sequence[str]) -> str:
    """An invisible row of places where lines end, so that lines at one box stay apart."""
    if not names:
        return '<TR><TD HEIGHT="2" CELLPADDING="0"></TD></TR>'
    cells = "".join(f'<TD PORT="{name}" HEIGHT="2" CELLPADDING="0"></TD>' for name in names)
    inner = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cells}</TR></TABLE>'
    return f'<TR><TD CELLPADDING="0">{inner}</TD></TR>'


def box_lines(box: Box, zone: str | None) -> list[Text]:
    """What stands in a box. `zone`: its zone's name, where the picture does not show zones otherwise."""
    room = BOX_WIDTH - 12
    shown = [wording.cut(name) for name in box.names[:EVERY_NAME]]
    rest = len(box.names) - len(shown)
    size = NAME_SIZE if len(shown) == 1 else SIZE
    listed = ", ".join(shown) + (f" and {rest} more" if rest else "")
    lines = wrapped(listed, room, size, True, most=2 if len(shown) == 1 else 8) if shown else []
    if len(box.names) > 1:
        lines.insert(0, Text(f"{len(box.names)} servers", SIZE, colour=MUTED))
    for part in ([f"in {zone}"] if zone else []) + list(box.lines):
        lines += wrapped(part, room)
    if box.finding:
        lines += _verdict(box.finding, room, SIZE)
    if box.lifecycle:
        lines += _verdict(box.lifecycle, room, SIZE, "life cycle")
    return lines


def box_cell(
    box: Box, zone: str | None, height: int, top: Sequence[str], bottom: Sequence[str], href: str | None, tip: str
) -> str:
    """A server or several as a bordered table in a cell; `top` and `bottom`: ports of the lines that end there."""
    lines = box_lines(box, zone)
    spare = max(0, height - sum(line.height for line in lines)) // 2
    space = f'<TR><TD HEIGHT="{spare}" CELLPADDING="0"></TD></TR>' if spare > 1 else ""
    verdict = box.finding.verdict if box.finding else Verdict.SUPPORTED
    quiet = verdict is Verdict.SUPPORTED
    style = "rounded" if quiet or verdict is Verdict.UNSUPPORTED else f"rounded,{verdict.line_style}"
    return (
        f'<TD><TABLE BORDER="{1 if quiet else 2}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" STYLE="{style}" '
        f'COLOR="{RULE if quiet else verdict.colour}" BGCOLOR="{ABROAD if box.place else PAPER}" '
        f"{_tip(box.key, href, tip)}>"
        f"{_ports(top)}{space}{_rows(lines, BOX_WIDTH)}{space}{_ports(bottom)}</TABLE></TD>"
    )


def row_label(cells: Sequence[str], head: str | None) -> str:
    """Boxes side by side; `head`: the zone's name before them, or the room for it."""
    start = f"<TD>{head}</TD>{_gap(BOX_GAP)}" if head is not None else ""
    row = f"{start}{_gap(BOX_GAP).join(cells)}"
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{row}</TR></TABLE>>'


def stretch(width: int) -> str:
    """An empty label of some width."""
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{_gap(width)}</TR></TABLE>>'


def no_head() -> str:
    """Room as wide as a zone's name, before its further rows."""
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{_gap(HEAD_WIDTH)}</TR></TABLE>'


def _gap(width: int) -> str:
    return f'<TD WIDTH="{width}" CELLPADDING="0"></TD>'


def _tip(key: str, href: str | None, tip: str) -> str:
    # Graphviz 2 writes a tooltip only together with a link; `#` stands for none and is taken out of the SVG.
    return f'ID="{key}" HREF="{attribute(href or "#")}" TOOLTIP="{attribute(wording.cut(tip, TIP))}"'


def zone_label(area: Area, beside: bool, href: str | None, tip: str) -> str:
    """A zone's name, what it is, and whether it was judged to be open within; beside its boxes or above them."""
    room = HEAD_WIDTH if beside else BOX_WIDTH - 30
    what = wording.zone_words(area.kind)
    lines = wrapped(wording.cut(area.name), room, NAME_SIZE, True, most=3 if beside else 1)
    if area.kind is not None and area.name.casefold() != what.casefold():
        lines += wrapped(what, room, SIZE, colour=MUTED)
    if area.sound:
        verdict = area.sound.verdict
        lines += wrapped(f"{verdict.sign} {verdict.words}: open network", room, SIZE, colour=verdict.text_colour)
    if not beside:  # no wider than need be, so that lines into the zone pass beside it
        room = round(max(wording.text_width(line.words, line.size, BOLD if line.bold else 1.0) for line in lines))
    size = f'FIXEDSIZE="TRUE" WIDTH="{room}" HEIGHT="{sum(line.height for line in lines)}"'
    name = (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" {size} '
        f"{_tip(f'h{area.key}', href, tip)}>{_rows(lines, room, 'LEFT')}</TABLE>"
    )
    if beside:
        return name
    clear = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{CLEAR}">'
    return f"{clear}<TR><TD>{name}</TD></TR></TABLE>"  # lines that pass keep away from it


def sign_cell(line: Line, more: str, href: str | None, tip: str, whole: bool) -> str:
    """The words of a line on paper: a gate in a wall, or a chip of its own. `whole`: with the verdict."""
    room = GATE_WIDTH - 10
    between = " + " if line.kind == "mail" else ", "
    lines = wrapped(between.join(line.words), room, SMALL) if line.words else []
    if line.finding and (whole or not lines):
        lines += _verdict(line.finding, room, SMALL)
    look = f'{_tip(line.key, href, tip)} BGCOLOR="{PAPER}" WIDTH="{GATE_WIDTH}"'
    return f"<TD {more}{look}>{_block(lines, room)}</TD>"


def _block(lines: Sequence[Text], width: int, align: str = "CENTER") -> str:
    """Lines as a table of fixed size: where Graphviz stretches the cell around it, they stay together."""
    height = sum(line.height for line in lines)
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" ALIGN="{align}" '
        f'WIDTH="{width}" HEIGHT="{height}">{_rows(lines, width, align)}</TABLE>'
    )


def is_tunnel(wall: Wall) -> bool:
    """Whether this is no wall at all but a way through one."""
    return wall.device.kind is FirewallKind.SITE_TO_SITE_VPN


def wall_label(wall: Wall, gates: Sequence[str], width: int) -> str:
    """A firewall: bricks over the whole width of its zones, its name at the left, and a gate for each line.

    `width` 0: a wall beside others, as small as can be.
    """
    ink, fill = (INK, TUNNEL) if is_tunnel(wall) else (PAPER, BRICK)
    device = wall.device
    room = WALL_NAME_WIDTH if width or not gates else NARROW_NAME_WIDTH
    lines = wrapped(wording.cut(device.name), room, SIZE + 1, True, ink, 2)
    lines += wrapped(wording.device_words(device), room, SMALL, colour=ink)
    lines += wrapped(wording.passes_words(device), room, SMALL, colour=ink)
    fault = wall.finding is not None and wall.finding.verdict is not Verdict.SUPPORTED
    if wall.finding and (fault or not gates):
        said = f"{wall.finding.verdict.sign} {wall.finding.verdict.words}"
        lines += wrapped(said, room, SMALL, fault, colour=ink)
    dashed = 'BORDER="1" STYLE="dashed"' if is_tunnel(wall) else 'BORDER="0"'
    return (
        f'<<TABLE {dashed} CELLBORDER="0" CELLSPACING="{SPACING}" CELLPADDING="3" BGCOLOR="{fill}" COLOR="{RULE}">'
        f"<TR>{_across(lines, gates, width)}</TR></TABLE>>"
    )


def outside_label(box: Box, doors: Sequence[str], width: int) -> str:
    """The Internet as a band of its own, laid out like a wall, so that lines lead straight down."""
    lines = [*wrapped(box.names[0], WALL_NAME_WIDTH, NAME_SIZE, True, most=2)]
    for part in box.lines:
        lines += wrapped(part, WALL_NAME_WIDTH, SMALL, colour=MUTED)
    cells = [f'<TD PORT="{door}" WIDTH="{GATE_WIDTH}" CELLPADDING="0"></TD>' for door in doors]
    return (
        f'<<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="6" STYLE="rounded" BGCOLOR="{ABROAD}" '
        f'COLOR="{EDGE}"><TR>{_across(lines, cells, width, 0)}</TR></TABLE>>'
    )


def _across(lines: Sequence[Text], gates: Sequence[str], width: int, spacing: int = SPACING) -> str:
    """A name at the left, then gates as far apart as boxes are, so that lines lead straight down."""
    if not width:
        return f"<TD>{_block(lines, NARROW_NAME_WIDTH if gates else WALL_NAME_WIDTH)}</TD>" + "".join(gates)
    around = 2 * (SPACING - spacing)  # cells grow by what is left out between them
    name = WALL_NAME_WIDTH + 6 + around
    pitch = min(BOX_PITCH, (width - name) // max(1, len(gates)))
    before = max(1, pitch - GATE_WIDTH - 2 * SPACING + around)
    cells = f'<TD PORT="name" WIDTH="{name}">{_block(lines, WALL_NAME_WIDTH, "LEFT")}</TD>'
    used = name + 2 * spacing
    for number, gate in enumerate(gates):
        space = before // 2 if number == 0 else before
        cells += f'<TD WIDTH="{space}" CELLPADDING="0"></TD>{gate}'
        used += space + GATE_WIDTH + 2 * spacing
    rest = width - used - spacing
    return cells + (f'<TD WIDTH="{rest}" CELLPADDING="0"></TD>' if rest > 0 else "")


def legend_label(
    caption: str, width: int, verdicts: Sequence[Verdict], walls: Sequence[Wall], flows: bool, further: int
) -> str:
    """Who, when and the answer in one line, then what the signs, lines and fills mean: only those that occur.

    No wider than `width`, unless the caption is.
    """
    signs = [f"{verdict.sign} {verdict.words}" for verdict in verdicts]
    samples = [
        _sample(
            said,
            f'SIDES="B" BORDER="2" STYLE="{"solid" if verdict.line_style == "bold" else verdict.line_style}" '
            f'COLOR="{verdict.colour}"',
            verdict.text_colour,
        )
        for verdict, said in zip(verdicts, signs, strict=True)
    ]
    if flows:
        samples.append(_sample("clients or mail, not judged", f'SIDES="B" BORDER="1" COLOR="{MUTED}"'))
    if any(not is_tunnel(wall) for wall in walls):
        samples.append(_sample("firewall, with what passes it", f'BGCOLOR="{BRICK}"', PAPER))
    if any(is_tunnel(wall) for wall in walls):
        samples.append(_sample("site-to-site VPN", f'BGCOLOR="{TUNNEL}"'))
    rows = [_fixed_row([f'<TD ALIGN="LEFT">{Text(caption, SIZE, True).html()}</TD>'], caption_width(caption))]
    filled: list[list[tuple[str, int]]] = [[]]
    for sample in samples:
        if filled[-1] and sum(each + 6 for _, each in [*filled[-1], sample]) > width:
            filled.append([])
        filled[-1].append(sample)
    for cells in filter(None, filled):  # Graphviz takes no row without cells
        rows.append(_fixed_row([cell for cell, _ in cells], sum(each + 6 for _, each in cells)))
    if further:
        said = f"{further} further {'relation' if further == 1 else 'relations'} in the report"
        rows.append(_fixed_row([f'<TD ALIGN="LEFT">{Text(said, SMALL, colour=MUTED).html()}</TD>'], 200))
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{"".join(rows)}</TABLE>>'


def caption_width(caption: str) -> int:
    """How wide the line below the picture is."""
    return round(wording.text_width(caption, SIZE, BOLD))


def _sample(said: str, look: str, colour: str = INK) -> tuple[str, int]:
    """A piece of the legend, with room around its words, and its width."""
    width = round(wording.text_width(said, SMALL)) + 12
    return f'<TD {look} WIDTH="{width}">{Text(said, SMALL, colour=colour).html()}</TD>', width


def _fixed_row(cells: Sequence[str], width: float) -> str:
    """A row in a table of its own, of fixed width, as Graphviz would stretch it to the widest row."""
    inner = (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="6" CELLPADDING="3" FIXEDSIZE="TRUE" '
        f'ALIGN="LEFT" WIDTH="{round(width) + 24}" HEIGHT="34"><TR>{"".join(cells)}</TR></TABLE>'
    )
    return f'<TR><TD ALIGN="LEFT">{inner}</TD></TR>'
