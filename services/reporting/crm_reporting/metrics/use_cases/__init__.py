"""What can be asked of metrics."""

from crm_reporting.metrics.use_cases.answer import answer, figures_by
from crm_reporting.metrics.use_cases.funnel import funnel

__all__ = ["answer", "figures_by", "funnel"]
