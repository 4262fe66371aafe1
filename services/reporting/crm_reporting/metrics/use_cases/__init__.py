"""What can be asked of metrics."""

from crm_reporting.metrics.use_cases.answer import answer
from crm_reporting.metrics.use_cases.funnel import funnel

__all__ = ["answer", "funnel"]
