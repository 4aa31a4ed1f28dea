"""What leaves the kit besides pages: workbooks, documents, PDF, SARIF, JUnit, and topologies without their names."""

from __future__ import annotations

from collections.abc import Callable

from exkit.report.judged import Judged
from exkit.report.page import House


def _workbook(judged: Judged, house: House | None) -> bytes:
    from exkit.export.workbook import workbook

    return workbook(judged)


def _document(judged: Judged, house: House | None) -> bytes:
    from exkit.export.document import document

    return document(judged, house)


# Formats that are made from the judged topology alone; PDF is printed from the page.
WRITERS: dict[str, Callable[[Judged, House | None], bytes]] = {"docx": _document, "xlsx": _workbook}
