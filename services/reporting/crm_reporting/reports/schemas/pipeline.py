"""Bodies of the composed reports."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from crm_reporting.metrics.rules.numbers import Reason
from crm_reporting.metrics.schemas import FigureOut, MissingOut


class StageOut(FigureOut):
    """One stage: what entered it, came further, was lost, and how long it took."""

    id: UUID
    label: str
    position: int
    outcome: str
    pipeline_id: UUID


class ReportOut(BaseModel):
    """What every report tells of itself."""

    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    time_zone: str
    as_of: datetime
    lag_seconds: int


class FunnelOut(ReportOut):
    """The funnel: of the deals that entered the pipeline, the part won; and stage by stage."""

    mode: str
    total: FigureOut
    stages: list[StageOut]


class StandingOut(BaseModel):
    """What stands in one stage."""

    id: UUID | None
    label: str | None
    position: int | None
    pipeline_id: UUID | None
    n: int
    amount: str | None = Field(description="Null where no amount is known, or has a rate")
    weighted_amount: str | None
    amount_reason: Reason | None
    n_missing_amount: int


class FlowOut(BaseModel):
    """Deals that came or went in the period, and their money."""

    n: int
    amount: str | None = Field(description="Null where no amount is known, or has a rate")
    amount_reason: Reason | None


class PipelineOut(ReportOut):
    """The pipeline: what was created, won and lost in the period, and what is open at its end."""

    currency: str
    created: FlowOut
    won: FlowOut
    lost: FlowOut
    open: FlowOut
    weighted_amount: str | None
    stages: list[StandingOut]
    unconverted: list[MissingOut]
