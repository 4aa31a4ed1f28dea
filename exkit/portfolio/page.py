"""`index.html`: the page over all reports. A script of ours sorts and filters; the browser is told to run no other."""

from __future__ import annotations

import base64
import hashlib

from exkit.portfolio import pieces
from exkit.portfolio.rows import Portfolio
from exkit.report.piece import TEMPLATES, stylesheet


def index_page(customers: Portfolio) -> str:
    """The page, complete and without a network; it reads without its script too."""
    css = stylesheet() + (TEMPLATES / "page.css").read_text(encoding="utf-8")
    css += (pieces.OWN / "portfolio.css").read_text(encoding="utf-8")
    script = (pieces.OWN / "portfolio.js").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sections = {
        "answer": pieces.answer(customers),
        "heat_map": pieces.heat_map(customers),
        "hit": pieces.hit(customers),
        "ending": pieces.ending(customers),
        "changed": pieces.changed(customers),
        "refused": pieces.refused(customers) if customers.refused else None,
    }
    page = pieces.templates().get_template("index.html.j2")
    return page.render(customers=customers, css=css, script=script, allowed=f"sha256-{allowed}", **sections)
