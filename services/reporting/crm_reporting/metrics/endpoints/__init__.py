"""Routes of the metrics, and the parameters they understand."""

from crm_reporting.metrics.endpoints.metrics import router

__all__ = ["router"]
