"""Why a metric of one's own is refused."""

from uuid import UUID

from crm_shared.errors import ConflictError, NotFoundError


class CustomMetricNotFoundError(NotFoundError):
    problem = "custom-metric-not-found"

    def __init__(self, metric_id: UUID) -> None:
        super().__init__(f"There is no metric {metric_id}.", metric_id=str(metric_id))


class CustomMetricExistsError(ConflictError):
    problem = "custom-metric-exists"

    def __init__(self) -> None:
        super().__init__("There is a metric of this key already.")
