"""Events of the metrics that a company defines itself."""

from typing import Any, Literal

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class CustomSourceFacts(BaseModel):
    """One side: which events are counted and what is measured; its filter stays where it is."""

    events: list[str]
    function: Literal["count", "count_distinct", "sum", "mean", "median", "min", "max"]
    field: str | None
    since: str | None


class CustomMetricFacts(BaseModel):
    """What is counted; what it is called stays where it was typed."""

    key: str
    unit: str
    direction: Literal["up", "down", "none"]
    numerator: CustomSourceFacts
    denominator: CustomSourceFacts | None
    groups: dict[str, str]
    roles: list[str] | None
    counted_revision: int


class _CustomMetricEvent(Event):
    custom_metric: CustomMetricFacts
    changed: list[str]
    previous: dict[str, Any]


class CustomMetricCreated(_CustomMetricEvent, type="crm.reporting.custom_metric.created.v1"):
    """A company defined a metric of its own; past events are counted from now on."""


class CustomMetricUpdated(_CustomMetricEvent, type="crm.reporting.custom_metric.updated.v1"):
    """Its definition or its names changed; `counted_revision` says since when it counts so."""


class CustomMetricDeleted(_CustomMetricEvent, type="crm.reporting.custom_metric.deleted.v1"):
    """A metric was put away; what it said before stays with its versions."""
