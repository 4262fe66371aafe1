"""Why a metric cannot be told."""

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class MetricNotFoundError(NotFoundError):
    problem = "metric-not-found"

    def __init__(self) -> None:
        super().__init__("There is no metric of this name; GET /v1/metrics lists them.")


class QuestionError(InvalidError):
    """A question that the metric cannot answer; names the parameter and the rule."""

    problem = "invalid-question"

    def __init__(self, parameter: str, code: str, detail: str) -> None:
        super().__init__(FieldError(f"/query/{parameter}", code, detail))
