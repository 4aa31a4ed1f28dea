"""What the fork server loads before it forks. In any other process importing this module does nothing.

No pandas: it would start threads, and a process is forked safely only while it has one.
"""

import gc
import os

from nbformat import v4

from exkit import report
from exkit.advice import advise
from exkit.batch import client, job, run  # noqa: F401
from exkit.batch.forks import SERVER
from exkit.diagram import to_dot
from exkit.intake import read_text
from exkit.report.judged import Judged, facts_of_today
from exkit.report.page import to_html

SMALL = """
customer: Nobody
zones: [{name: dmz, kind: perimeter}, {name: lan, kind: internal}]
servers: [{name: CAS1, version: "2010", roles: [ClientAccess], zone: dmz}, {name: MBX1, roles: [Mailbox], zone: lan}]
firewalls: [{name: inner, between: [dmz, lan], allow: []}]
"""


def _warm_up() -> None:
    """Do once what each report does, so that compiled templates, schemas and tables are there."""
    from datetime import date

    loaded, facts = read_text(SMALL, "nobody.yaml"), facts_of_today()
    judged = Judged(loaded, facts, advise(loaded.topology, facts, date(2010, 6, 1)), "given")
    to_dot(judged.advice)
    sections = (report.answer, report.verdicts, report.ports, report.questions, report.life_cycle, report.passed)
    shown = [section(judged) for section in (*sections, report.not_checked, report.sources, report.provenance)]
    cells = [v4.new_markdown_cell("# Nobody"), v4.new_code_cell("1")]
    cells[1].outputs = [v4.new_output("display_data", {"text/html": piece.html}) for piece in shown]
    to_html(v4.new_notebook(cells=cells), "Nobody")
    client.kernel_here()


if os.environ.pop(SERVER, ""):
    _warm_up()
    gc.collect()
    gc.freeze()  # else each child would copy pages only to count references
