"""Events published by the reporting service."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_reporting.events.custom import (
    CustomMetricCreated,
    CustomMetricDeleted,
    CustomMetricUpdated,
)
from crm_reporting.events.derived import (
    AlarmCleared,
    AlarmCreated,
    AlarmDeleted,
    AlarmRaised,
    AlarmUpdated,
    CustomerFiguresChanged,
    RateCreated,
    RateDeleted,
    RateUpdated,
)
from crm_reporting.events.pay import PayRuleCreated, PayRuleDeleted, PayRuleUpdated
from crm_reporting.events.schedules import (
    ReportDue,
    ReportFacts,
    ReportScheduleCreated,
    ReportScheduleDeleted,
    ReportScheduleDisabled,
    ReportScheduleFacts,
    ReportScheduleUpdated,
)
from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts

# contracts are written of what stands here
__all__ = [
    "AlarmCleared",
    "AlarmCreated",
    "AlarmDeleted",
    "AlarmRaised",
    "AlarmUpdated",
    "CustomMetricCreated",
    "CustomMetricDeleted",
    "CustomMetricUpdated",
    "CustomerFiguresChanged",
    "PayRuleCreated",
    "PayRuleDeleted",
    "PayRuleUpdated",
    "RateCreated",
    "RateDeleted",
    "RateUpdated",
    "ReportDue",
    "ReportFacts",
    "ReportScheduleCreated",
    "ReportScheduleDeleted",
    "ReportScheduleDisabled",
    "ReportScheduleFacts",
    "ReportScheduleUpdated",
]


class ErasureFacts(BaseModel):
    """Whose data is gone here, and how many rows were emptied, by noun."""

    person_id: UUID
    emptied: dict[str, int]


class ErasureCompleted(Event, type="crm.reporting.erasure.completed.v1"):
    """This service keeps nothing of a person any more."""

    erasure: ErasureFacts


class WatchedFieldsRead(Event, type="crm.reporting.reading.noted.v1"):
    """Somebody was shown fields whose reads the company watches, in the rows behind a figure."""

    reading: ReadingFacts


class BaselineFacts(BaseModel):
    """What a figure was before the CRM; months by their number (1–12), no words of anybody."""

    metric: str
    metric_version: int
    team_id: UUID | None
    starts_on: date
    ends_on: date
    value: Decimal
    currency: str | None
    source: Literal["typed", "computed", "sampled"]
    working_days: int | None
    months: dict[str, str]
    recorded_by: UUID


class PlanFacts(BaseModel):
    """What a figure should come to; a goal is one of the introduction of the CRM itself."""

    metric: str
    owner_id: UUID | None
    team_id: UUID | None
    starts_on: date
    ends_on: date
    value: Decimal
    currency: str | None
    is_goal: bool


class CostFacts(BaseModel):
    """A marketing cost; it is spread by days from the first to the last day."""

    category: str
    channel: str | None
    campaign_id: UUID | None
    campaign: str | None = None
    purpose: Literal["acquisition", "retention", "other"]
    amount: Decimal
    currency: str
    starts_on: date
    ends_on: date


class StaffFacts(BaseModel):
    """Somebody at work; what he costs stays here: `changed` names `pay`, nothing tells it."""

    role: str
    user_id: UUID | None
    team_id: UUID | None
    fte: Decimal
    currency: str
    starts_on: date
    ends_on: date | None


class InvestmentFacts(BaseModel):
    """What went into the CRM: an amount, hours at a rate, or users at a price."""

    kind: str
    is_monthly: bool
    amount: Decimal | None
    hours: Decimal | None
    rate: Decimal | None
    users: Decimal | None
    price: Decimal | None
    currency: str
    starts_on: date
    ends_on: date | None


class EffectSetupFacts(BaseModel):
    """Since when and at which margin the effect is judged; the arguments stay where they are."""

    starts_on: date
    currency: str
    margin: Decimal
    script_coverage: Decimal | None
    price_index: Decimal | None
    planned_benefit: Decimal | None


class _BaselineEvent(Event):
    baseline: BaselineFacts
    changed: list[str]
    previous: dict[str, Any]


class BaselineCreated(_BaselineEvent, type="crm.reporting.baseline.created.v1"):
    """What a figure was before the CRM was recorded, and is frozen from now on."""


class BaselineDeleted(_BaselineEvent, type="crm.reporting.baseline.deleted.v1"):
    """A baseline was withdrawn; nothing is compared with it any more."""


class _PlanEvent(Event):
    plan: PlanFacts
    changed: list[str]
    previous: dict[str, Any]


class PlanCreated(_PlanEvent, type="crm.reporting.plan.created.v1"):
    """A plan or goal was set."""


class PlanUpdated(_PlanEvent, type="crm.reporting.plan.updated.v1"):
    """A plan was changed; what it was before stands in `previous`."""


class PlanDeleted(_PlanEvent, type="crm.reporting.plan.deleted.v1"):
    """A plan was given up."""


class _CostEvent(Event):
    cost: CostFacts
    changed: list[str]
    previous: dict[str, Any]


class CostCreated(_CostEvent, type="crm.reporting.cost.created.v1"):
    """A marketing cost was entered."""


class CostUpdated(_CostEvent, type="crm.reporting.cost.updated.v1"):
    """A marketing cost was corrected."""


class CostDeleted(_CostEvent, type="crm.reporting.cost.deleted.v1"):
    """A marketing cost was taken back."""


class _StaffEvent(Event):
    staff: StaffFacts
    changed: list[str]
    previous: dict[str, Any]


class StaffCreated(_StaffEvent, type="crm.reporting.staff.created.v1"):
    """Somebody's place and share of full time were entered, with what he costs."""


class StaffUpdated(_StaffEvent, type="crm.reporting.staff.updated.v1"):
    """Somebody's place, share of full time or cost changed."""


class StaffDeleted(_StaffEvent, type="crm.reporting.staff.deleted.v1"):
    """An entry of the staff was taken back."""


class _InvestmentEvent(Event):
    investment: InvestmentFacts
    changed: list[str]
    previous: dict[str, Any]


class InvestmentCreated(_InvestmentEvent, type="crm.reporting.investment.created.v1"):
    """Something that went into the CRM was entered."""


class InvestmentUpdated(_InvestmentEvent, type="crm.reporting.investment.updated.v1"):
    """An investment was corrected."""


class InvestmentDeleted(_InvestmentEvent, type="crm.reporting.investment.deleted.v1"):
    """An investment was taken back."""


class EffectSetUp(Event, type="crm.reporting.effect_setup.updated.v1"):
    """How the effect of the CRM is judged was said, or said anew."""

    effect_setup: EffectSetupFacts
    changed: list[str]
    previous: dict[str, Any]
