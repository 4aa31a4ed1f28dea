"""The page over all reports: one line a customer, worst first, and the files that could not be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from exkit.report import Judged
from exkit.report.piece import TEMPLATES, environment, stylesheet
from exkit.verdict import Verdict


@dataclass(frozen=True)
class Entry:
    """A topology file, where its report is, and what the report says; or the error that stands for it."""

    file: str
    path: str
    judged: Judged | None
    error: str

    @property
    def link(self) -> str:
        """The path of the report as an address."""
        return quote(self.path)

    @property
    def counts(self) -> str:
        """How many findings of each verdict: `2 unsupported, 1 conditional, 14 supported`."""
        assert self.judged is not None
        found = Counter(finding.verdict for finding in self.judged.advice.findings)
        return ", ".join(
            f"{found[verdict]} {verdict.words}"
            for verdict in Verdict
            if found[verdict] and verdict is not Verdict.UNKNOWN
        )


def index_page(entries: Sequence[Entry]) -> str:
    """The page, complete and without network or script."""
    judged = sorted((entry for entry in entries if entry.judged is not None), key=_worst_first)
    refused = [entry for entry in entries if entry.judged is None]
    css = stylesheet() + (TEMPLATES / "page.css").read_text(encoding="utf-8")
    page = environment().get_template("portfolio.html.j2")
    return page.render(judged=judged, refused=refused, tally=_tally(judged), css=css)


def _worst_first(entry: Entry) -> tuple[int, str, str]:
    assert entry.judged is not None
    return entry.judged.advice.verdict("topology").rank, entry.judged.topology.customer.casefold(), entry.file


def _tally(entries: Sequence[Entry]) -> list[tuple[Verdict, int]]:
    """How many customers have each topology verdict, worst first."""
    found = Counter(entry.judged.advice.verdict("topology") for entry in entries if entry.judged is not None)
    return [(verdict, found[verdict]) for verdict in Verdict if found[verdict]]
