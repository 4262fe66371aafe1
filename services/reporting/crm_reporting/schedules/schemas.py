"""Bodies of the schedules."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.rules.catalogue import Language
from crm_reporting.reports.rules.definitions import REPORTS
from crm_reporting.schedules.rules import Span
from crm_shared.filters import parse_query

MOST_RECIPIENTS = 50


def _is_report(name: str) -> str:
    if name not in REPORTS:
        raise PydanticCustomError("unknown-report", "There is no report of this name")
    return name


def _are_filters(told: dict[str, str]) -> dict[str, str]:
    _comparisons, errors = parse_query(list(told.items()), FIELDS)
    if errors:
        raise PydanticCustomError("unknown-filter", "Must be filters of the metrics, by name")
    return told


def _are_once(told: list[UUID]) -> list[UUID]:
    if len(set(told)) < len(told):
        raise PydanticCustomError("twice", "Names somebody twice")
    return told


class ReportScheduleIn(BaseModel):
    """When a report goes to whom; each reader sees in it what he may see himself."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    report: Annotated[str, AfterValidator(_is_report), Field(examples=["sellers"])]
    format: Literal["html", "xlsx", "csv", "png"] = "html"
    language: Language = "en"
    period: Span = Field(default=Span.LAST_WEEK, description="Of which days, when it is sent")
    filters: Annotated[
        dict[str, Annotated[str, Field(max_length=200)]],
        AfterValidator(_are_filters),
        Field(default_factory=dict, max_length=10, examples=[{"channel": "web"}]),
    ]
    weekdays: Annotated[
        list[Annotated[int, Field(ge=1, le=7)]],
        Field(min_length=1, max_length=7, description="1 is Monday", examples=[[1]]),
    ]
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["08:30"])]
    recipient_ids: Annotated[
        list[UUID], AfterValidator(_are_once), Field(min_length=1, max_length=MOST_RECIPIENTS)
    ]
    is_active: bool = True


class ReportScheduleOut(BaseModel):
    """A schedule; `next_at` is when the report goes next."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    owner_id: UUID
    report: str
    format: str
    language: str
    period: str
    filters: dict[str, str]
    weekdays: list[int]
    at: str
    recipient_ids: list[UUID]
    is_active: bool
    next_at: datetime | None
