"""Events of figures that come back: customers, alarms, and the rates that figures go by."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


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
