"""What many customers have in common: who is worst, whom a statement hits, what ends soon, what changed.

>>> from exkit import portfolio
>>> customers = portfolio.load("data/customers")  # doctest: +SKIP
>>> portfolio.heat_map(customers)  # doctest: +SKIP
"""

from exkit.portfolio.page import index_page
from exkit.portfolio.pieces import answer, changed, ending, heat_map, hit, refused, style
from exkit.portfolio.rows import Portfolio, Row, load

__all__ = [
    "Portfolio",
    "Row",
    "answer",
    "changed",
    "ending",
    "heat_map",
    "hit",
    "index_page",
    "load",
    "refused",
    "style",
]
