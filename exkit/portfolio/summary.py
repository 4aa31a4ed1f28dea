"""What a page over many customers needs of each one: little, and plain values, so that ten thousand fit in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from exkit.report import Judged
from exkit.verdict import Verdict, worst


def summary(judged: Judged, result: Mapping[str, Any]) -> dict[str, Any]:
    """The summary of one judged customer, ready for JSON. `result` is its result by contract 2."""
    findings = judged.advice.findings
    by_statement: dict[str, list[Verdict]] = {}
    for finding in findings:
        by_statement.setdefault(finding.statement, []).append(finding.verdict)
    counts = Counter(finding.verdict for finding in findings)
    return {
        "customer": judged.topology.customer,
        "file": result["file"],
        "as_of": result["as_of"],
        "date_from": judged.date_from,
        "verdict": result["verdict"],
        "counts": {verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]},
        "waived": sum(finding.waiver is not None for finding in findings),
        "statements": {
            name: found.value
            for name, verdicts in sorted(by_statement.items())
            if (found := worst(verdicts)) is not None and found is not Verdict.SUPPORTED
        },
        "ends": [
            {"product": one.name, "end": end.isoformat(), "used_by": list(one.used_by)}
            for one in judged.timeline.products
            if one.life is not None and (end := one.life.extended_end or one.life.mainstream_end) is not None
        ],
    }
