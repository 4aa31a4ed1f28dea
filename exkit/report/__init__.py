"""The report on one customer: judge a topology file, then show its sections one by one.

>>> from exkit import report
>>> judged = report.judge("data/customers/recommended-2010.yaml")  # doctest: +SKIP
>>> report.answer(judged)  # doctest: +SKIP
"""

from exkit.report.judged import Judged, judge
from exkit.report.piece import Piece, style
from exkit.report.sections import (
    answer,
    life_cycle,
    not_checked,
    passed,
    picture,
    ports,
    provenance,
    question,
    questions,
    sources,
    verdicts,
    waivers,
)

__all__ = [
    "Judged",
    "Piece",
    "answer",
    "judge",
    "life_cycle",
    "not_checked",
    "passed",
    "picture",
    "ports",
    "provenance",
    "question",
    "questions",
    "sources",
    "style",
    "verdicts",
    "waivers",
]
