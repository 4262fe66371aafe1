"""Bodies of the metric routes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.catalogue import Dimension, Direction
from crm_reporting.metrics.rules.numbers import Reason, Unit
from crm_reporting.metrics.rules.periods import Against
from crm_shared.money import Amount

Details = dict[str, str | int | None]


class TextsOut(BaseModel):
    """A text in the three languages."""

    model_config = ConfigDict(from_attributes=True)

    en: str
    uk: str
    ru: str


class MetricOut(BaseModel):
    """One entry of the catalogue."""

    id: str
    version: int
    source: str
    title: TextsOut
    formula: TextsOut
    unit: Unit
    direction: Direction
    dimensions: list[Dimension]
    variants: list[str]
    inputs: list[str]
    needs: TextsOut | None = Field(description="What nobody has entered: without it no value")
    is_readable: bool = Field(description="Whether your role may read it; else asking is refused")


class CatalogueOut(BaseModel):
    """Every metric there is."""

    items: list[MetricOut]


class FigureOut(BaseModel):
    """A figure with what it was made of; without a value it has a reason."""

    value: str | None
    numerator: str | None
    denominator: str | None
    n: int
    coverage: str | None
    reason: Reason | None
    low_n: bool
    details: Details


class BucketOut(FigureOut):
    """One bucket of a series: days from `start` on, `end` not among them."""

    start: date
    end: date


class SliceOut(FigureOut):
    """One part of a breakdown; `share` is of the sum of all parts."""

    key: UUID | str | None
    label: str | None
    share: str | None


class ComparisonOut(BaseModel):
    """Against another period; an unfinished one is compared by the days that have begun."""

    kind: Against
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    value: str | None
    change: str | None
    change_pct: str | None
    change_pp: str | None
    good: bool | None
    reason: str | None
    unfinished: bool
    normalised: bool


class MissingOut(BaseModel):
    """Money that no rate could convert: kept out of the value."""

    currency: str
    n: int
    amount: str


class ResultOut(FigureOut):
    """The answer of a metric."""

    metric: str
    version: int
    unit: Unit
    currency: str | None
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    time_zone: str
    as_of: datetime
    lag_seconds: int
    outcome: Literal["restate", "ledger"]
    variant: str | None
    unfinished: bool
    comparison: ComparisonOut | None
    series: list[BucketOut]
    breakdown: list[SliceOut]
    unconverted: list[MissingOut]
    facts_url: str


class ExplainOut(BaseModel):
    """Where a figure comes from, in words: what it means, what went in and what stayed out."""

    metric: str
    version: int
    source: str
    title: TextsOut
    formula: TextsOut
    inputs: list[str]
    value: str | None
    reason: Reason | None
    calculation: TextsOut
    filters: list[TextsOut]
    left_out: list[TextsOut]
    coverage: list[TextsOut]
    facts_url: str


class FactOut(BaseModel):
    """One row behind a value: of what subject, what it counts and when."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    noun: str
    subject_id: UUID
    deal_id: UUID | None
    part: str
    day: date
    at: datetime
    owner_id: UUID | None
    team_id: UUID | None
    pipeline_id: UUID | None
    stage_id: UUID | None
    product_id: UUID | None
    company_id: UUID | None
    customer_id: UUID | None
    channel: str | None
    kind: str | None
    currency: str | None
    n: int
    amount: Amount | None
    days: Decimal | None
    passed: bool
    dropped: bool


PART_NAMES = {int(part): part.name.lower() for part in Part}
