"""Events published by the reporting service."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts


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


class ReportScheduleFacts(BaseModel):
    """Which report goes when to whom; what it is filtered by stays here."""

    owner_id: UUID
    team_id: UUID | None
    report: str
    format: str
    language: str
    period: str
    weekdays: list[int]
    at: str
    recipient_ids: list[UUID]
    is_active: bool


class _ReportScheduleEvent(Event):
    report_schedule: ReportScheduleFacts
    changed: list[str]
    previous: dict[str, Any]


class ReportScheduleCreated(_ReportScheduleEvent, type="crm.reporting.report_schedule.created.v1"):
    """A report is to be sent at a time of the week."""


class ReportScheduleUpdated(_ReportScheduleEvent, type="crm.reporting.report_schedule.updated.v1"):
    """When a report goes, or to whom, or which, was changed."""


class ReportScheduleDeleted(_ReportScheduleEvent, type="crm.reporting.report_schedule.deleted.v1"):
    """A report is sent no more; links that were sent open nothing."""


class ReportFacts(BaseModel):
    """Which report waits for `owner_id`, its reader; its figures stay behind the link."""

    owner_id: UUID
    team_id: UUID | None
    schedule_id: UUID
    name: str
    title: str
    format: str
    language: str


class ReportDue(Event, type="crm.reporting.report.due.v1"):
    """It is time to send a colleague the link to a report; the subject is what the link proves."""

    report: ReportFacts


class CustomerFacts(BaseModel):
    """A customer's figures on the day they were counted, money in the currency of the company.

    Who did no longer buy (a merge, a sale that was void) has class N, state `none` and no figures.
    """

    contact_id: UUID | None
    company_id: UUID | None
    currency: str
    abc_class: Literal["A", "B", "C", "N"]
    state: Literal["active", "churned", "none"]
    purchases: int
    first_purchase_on: date | None
    last_purchase_on: date | None
    purchase_sum: Decimal
    purchase_sum_year: Decimal
    average_check: Decimal | None
    lifetime_value: Decimal | None
    unconverted: int
    purchase_interval: Decimal | None
    rhythm_broken: bool | None
    on_time_share: Decimal | None
    late_invoices: int


class CustomerFiguresChanged(Event, type="crm.reporting.customer.figures_changed.v1"):
    """What a customer brings, how often he buys or how he pays is not what it was.

    Class by the last 365 days (A until 80 % of the whole, B until 95 %, then C, N without
    purchases); active: bought within them. `purchase_sum` is all he ever bought,
    `purchase_sum_year` of those days; `lifetime_value` the gross profit of all of it, null unless
    every cost is known; `unconverted` sales had no rate and are in no sum.
    `purchase_interval` is in days;
    `rhythm_broken`: more than twice his own median since the last purchase. `on_time_share` is the
    percentage of his invoices due that were paid in time, `late_invoices` those of the last 365
    days over 30 days late. Told once per change, from time to time; never by a rebuild.
    """

    customer: CustomerFacts
    changed: list[str]
    previous: dict[str, Any]


class AlarmFacts(BaseModel):
    """What is watched and where it becomes too much; its name stays where it was typed.

    A rhythm that broke names its customer: the company, or the contact.
    """

    owner_id: UUID
    team_id: UUID | None
    kind: Literal["metric", "rhythm"]
    metric: str | None
    variant: str | None
    days: int | None
    direction: Literal["above", "below"] | None
    bound: Decimal | None
    release: Decimal | None
    classes: list[str] | None
    user_ids: list[UUID]
    is_active: bool
    is_raised: bool
    contact_id: UUID | None
    company_id: UUID | None


class _AlarmEvent(Event):
    alarm: AlarmFacts
    changed: list[str]
    previous: dict[str, Any]


class AlarmCreated(_AlarmEvent, type="crm.reporting.alarm.created.v1"):
    """Somebody wants to be told when a metric crosses a bound, or a customer's rhythm breaks."""


class AlarmUpdated(_AlarmEvent, type="crm.reporting.alarm.updated.v1"):
    """An alarm was changed."""


class AlarmDeleted(_AlarmEvent, type="crm.reporting.alarm.deleted.v1"):
    """An alarm was put away."""


class AlarmRaised(_AlarmEvent, type="crm.reporting.alarm.raised.v1"):
    """A metric passed its bound, or more than twice a customer's own median interval has passed.

    Said once per crossing, to `user_ids`.
    """


class AlarmCleared(_AlarmEvent, type="crm.reporting.alarm.cleared.v1"):
    """The metric came back to where it is calm (`release`)."""


class RateFacts(BaseModel):
    """What one unit of a currency was worth in another, from a day on until the next rate."""

    currency: str
    quote: str
    day: date
    rate: Decimal


class _RateEvent(Event):
    rate: RateFacts
    changed: list[str]
    previous: dict[str, Any]


class RateCreated(_RateEvent, type="crm.reporting.rate.created.v1"):
    """A rate was entered; figures of its day and those after it are converted by it."""


class RateUpdated(_RateEvent, type="crm.reporting.rate.updated.v1"):
    """A rate was corrected; what it was before stands in `previous`."""


class RateDeleted(_RateEvent, type="crm.reporting.rate.deleted.v1"):
    """A rate was taken back: the last one before its day holds again."""
