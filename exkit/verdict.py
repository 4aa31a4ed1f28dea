"""The five verdicts: their order, and how each looks, defined once for page, picture, terminal and table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a vendor says of a choice, worst first.

    >>> Verdict.UNSUPPORTED.worse_than(Verdict.CONDITIONAL)
    True
    >>> Verdict("not-recommended").words, Verdict("not-recommended").sign
    ('not recommended', '▲')
    """

    UNSUPPORTED = "unsupported"
    NOT_RECOMMENDED = "not-recommended"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"
    SUPPORTED = "supported"

    @property
    def rank(self) -> int:
        """0 for the worst verdict, 4 for the best; sorts findings worst first."""
        return _ORDER[self]

    @property
    def words(self) -> str:
        """The verdict as people write it."""
        return self.value.replace("-", " ")

    @property
    def sign(self) -> str:
        """One character that tells the verdict without colour."""
        return _LOOKS[self][0]

    @property
    def signed(self) -> str:
        """Sign and word together, as it stands on paper and in cells.

        >>> Verdict.NOT_RECOMMENDED.signed
        '▲ not recommended'
        """
        return f"{self.sign} {self.words}"

    @property
    def colour(self) -> str:
        """The Okabe-Ito colour for lines, borders and signs (colour-blind readers tell them apart)."""
        return _LOOKS[self][1]

    @property
    def text_colour(self) -> str:
        """A darker shade of the same hue: as text on white, or under white text, it meets WCAG AA (4.5:1)."""
        return _LOOKS[self][2]

    @property
    def line_style(self) -> str:
        """Graphviz line style, so that relations differ in more than colour."""
        return _LOOKS[self][3]

    @property
    def dashes(self) -> str:
        """The same for SVG and Mermaid, whose dashes can tell two broken lines apart; empty for a whole line."""
        return _LOOKS[self][4]

    def worse_than(self, other: Verdict) -> bool:
        """Whether this verdict is worse than `other`."""
        return self.rank < other.rank


_ORDER = {verdict: rank for rank, verdict in enumerate(Verdict)}
_LOOKS = {
    Verdict.UNSUPPORTED: ("✕", "#D55E00", "#A84300", "bold", ""),
    Verdict.NOT_RECOMMENDED: ("▲", "#E69F00", "#8A5A00", "dashed", "9 4"),
    Verdict.CONDITIONAL: ("◐", "#0072B2", "#005C91", "dashed", "7 3 2 3"),
    Verdict.UNKNOWN: ("?", "#6B7280", "#4B5563", "dotted", "2 3"),
    Verdict.SUPPORTED: ("✓", "#009E73", "#00694C", "solid", ""),
}


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The worst of some verdicts, or None of none.

    >>> worst([Verdict.SUPPORTED, Verdict.CONDITIONAL]).value
    'conditional'
    """
    return min(verdicts, key=lambda verdict: verdict.rank, default=None)
