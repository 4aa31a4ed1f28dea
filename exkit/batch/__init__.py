"""Reports for many customers out of one parameterised notebook. The only code that knows papermill."""

from exkit.batch.cluster import scheduled
from exkit.batch.forks import Limits
from exkit.batch.reports import Made, Options, bar, make_reports, quiet

__all__ = ["Limits", "Made", "Options", "bar", "make_reports", "quiet", "scheduled"]
