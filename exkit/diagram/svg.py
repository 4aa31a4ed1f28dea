"""The picture as SVG and PNG: an engine lays it out, and what it wrote is made self-contained and accessible."""

from __future__ import annotations

import hashlib
import logging
import xml.etree.ElementTree as ET

from exkit.advice import Advice
from exkit.diagram import dot, labels, wording
from exkit.diagram.engines import INSTALL, TIME_LIMIT, DrawingError, Engine, engines
from exkit.diagram.text import describe, to_text
from exkit.verdict import Verdict

log = logging.getLogger(__name__)
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FONTS = "Arial, 'Liberation Sans', Arimo, Helvetica, sans-serif"  # all of the widths that the engine measured
# Graphviz knows one kind of dash; these tell a condition from a warning by more than the colour.
# The engines know one kind of broken line; a verdict has its own, on lines, borders and in the legend alike.
DASHES = {verdict.colour.casefold(): verdict.dashes for verdict in Verdict}


def to_svg(
    advice: Advice, links: str = "#", with_engines: tuple[Engine, ...] | None = None, time_limit: float = TIME_LIMIT
) -> str:
    """The picture as one SVG element, without XML declaration, to stand in a page or in a file of its own.

    `with_engines`: the engines to try in turn, all of this machine when None. Each is asked for zones as frames first
    and without frames when that fails; when none draws, the picture is a plain table. `time_limit`: seconds a try.
    """
    drawn = _drawn(advice, links, "svg", engines() if with_engines is None else with_engines, time_limit)
    return _finished(drawn, advice) if drawn else _plain(advice)


def to_png(advice: Advice, with_engines: tuple[Engine, ...] | None = None, time_limit: float = TIME_LIMIT) -> bytes:
    """The picture as PNG, 144 dots an inch.

    Raises DrawingError when no engine draws it.
    """
    drawn = _drawn(advice, "#", "png", engines() if with_engines is None else with_engines, time_limit)
    if drawn is None:
        raise DrawingError(f"no PNG without an engine: {INSTALL}")
    return drawn


def _drawn(advice: Advice, links: str, form: str, candidates: tuple[Engine, ...], time_limit: float) -> bytes | None:
    if not candidates:
        log.warning("No engine for pictures: %s. The picture is a plain table.", INSTALL)
    for engine in candidates:
        for text in (dot.to_dot(advice, links), dot.to_plain_dot(advice, links)):
            try:
                return engine.draw(
                    _without_signs(text) if (engine.name, form) == ("graphviz-pure", "png") else text, form, time_limit
                )
            except DrawingError as error:
                log.warning("%s; trying the next way to draw it.", error)
    return None


def _without_signs(text: str) -> str:
    """graphviz-pure paints its own fonts, which lack the signs: words, colours and line styles remain."""
    for verdict in Verdict:
        if not verdict.sign.isascii():
            text = text.replace(f"{verdict.sign} ", "")
    return text


def _title(advice: Advice) -> str:
    return f"Exchange topology of {wording.cut(advice.topology.customer)}"


def _dress(root: ET.Element, advice: Advice, width: float) -> str:
    """Title, description, size and font of the root element; gives the prefix of all ids."""
    prefix = "x" + hashlib.sha256(f"{advice.topology.digest()}{advice.as_of}".encode()).hexdigest()[:8]
    root.attrib.pop("height", None)
    root.set("width", f"{width:.0f}")
    root.set("style", "max-width:100%;height:auto;background:#FFFFFF;color-scheme:light")
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title {prefix}-desc")
    root.set("font-family", FONTS)
    root.set("text-rendering", "geometricPrecision")  # small on a phone, text keeps its proportions
    for place, (tag, text) in enumerate((("title", _title(advice)), ("desc", _summary(advice)))):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(place, element)
    return prefix


def _summary(advice: Advice) -> str:
    """One paragraph; the whole text alternative stands beside the picture in a report."""
    said = [dot.caption(advice) + "."]
    for section in describe(advice):
        if section.heading.startswith("Zone "):
            said.append(f"{section.heading}: {len(section.lines)} entries.")
    return wording.cut(" ".join(said), 900)


def _finished(drawn: bytes, advice: Advice) -> str:
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(drawn)  # what an engine wrote: comments and the doctype are dropped here
    width = float(root.get("viewBox", "0 0 800 0").split()[2])
    for element in list(root.iter()):
        _tidy(element)
    prefix = _dress(root, advice, width)
    for element in root.iter():
        if "id" in element.attrib and not element.attrib["id"].startswith(f"{prefix}-"):
            element.set("id", f"{prefix}-{element.attrib['id']}")
    root.insert(2, _bricks(prefix))
    for element in root.iter(f"{{{SVG}}}polygon"):
        if element.get("fill", "").casefold() == labels.BRICK.casefold():
            element.set("fill", f"url(#{prefix}-bricks)")
    return ET.tostring(root, encoding="unicode")


def _tidy(element: ET.Element) -> None:
    """An engine's titles (our node names) go; its tooltips become titles, which all browsers show."""
    for child in list(element):
        if child.tag == f"{{{SVG}}}title":
            element.remove(child)
    if element.tag == f"{{{SVG}}}text":
        element.attrib.pop("font-family", None)
    if element.get("stroke") == "transparent":
        element.set("stroke", "none")
    dashes = DASHES.get(element.get("stroke", "").casefold())
    if dashes and element.get("stroke-dasharray"):
        element.set("stroke-dasharray", dashes)
    if element.tag == f"{{{SVG}}}a":
        said = element.attrib.pop(f"{{{XLINK}}}title", "").strip()
        if said:
            title = ET.Element(f"{{{SVG}}}title")
            title.text = said
            element.insert(0, title)
        if element.get(f"{{{XLINK}}}href") == "#":
            del element.attrib[f"{{{XLINK}}}href"]
        if f"{{{XLINK}}}href" in element.attrib:
            # The picture is one image to a screen reader; the same links stand in the report's text.
            element.set("tabindex", "-1")
        else:
            element.tag = f"{{{SVG}}}g"


def _bricks(prefix: str) -> ET.Element:
    """The pattern that makes a wall look like one."""
    defs = ET.Element(f"{{{SVG}}}defs")
    pattern = ET.SubElement(
        defs,
        f"{{{SVG}}}pattern",
        {"id": f"{prefix}-bricks", "width": "24", "height": "12", "patternUnits": "userSpaceOnUse"},
    )
    ET.SubElement(pattern, f"{{{SVG}}}rect", {"width": "24", "height": "12", "fill": labels.BRICK})
    mortar = {"d": "M0 .5H24M0 6.5H24M6.5 0V6.5M18.5 6.5V12", "stroke": "#5E534B", "stroke-width": "1", "fill": "none"}
    ET.SubElement(pattern, f"{{{SVG}}}path", mortar)
    return defs


def _plain(advice: Advice) -> str:
    """The text alternative as a picture, for a machine where nothing draws."""
    ET.register_namespace("", SVG)
    lines = [
        (line, part)
        for line in to_text(advice).splitlines()
        for part in (wording.wrap(line.strip(" -"), 820, 12, 1.0, 40) if line else [""])
    ]
    height = 24 + 17 * len(lines)
    root = ET.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 880 {height}"})
    ET.SubElement(root, f"{{{SVG}}}rect", {"width": "880", "height": str(height), "fill": labels.PAPER})
    for number, (line, part) in enumerate(lines):
        indented = line.startswith(" ")
        look = {"x": "36" if indented else "20", "y": str(28 + 17 * number), "font-size": "12", "fill": labels.INK}
        text = ET.SubElement(root, f"{{{SVG}}}text", look if indented else {**look, "font-weight": "bold"})
        text.text = part
    _dress(root, advice, 880)
    return ET.tostring(root, encoding="unicode")
