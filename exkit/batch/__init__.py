"""Reports for many customers out of one parameterised notebook. The only code that knows papermill."""

from exkit.batch.reports import Made, Report, bar, make_reports, quiet

__all__ = ["Made", "Report", "bar", "make_reports", "quiet"]
