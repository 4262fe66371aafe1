"""What of a deal's event says what a client bought."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crm_shared.events.envelope import AnyEvent, Envelope, ForeignEvent

FACTS = frozenset({"created", "updated", "stage_changed", "deleted", "restored"})


class AbcClass(StrEnum):
    """A customer's class by purchases of the last year; N: none in it."""

    A = "A"
    B = "B"
    C = "C"
    N = "N"


class CustomerState(StrEnum):
    """What a customer is by when he bought last."""

    ACTIVE = "active"
    CHURNED = "churned"
    NONE = "none"


class ToldDeal(BaseModel):
    """The part of a deal's snapshot that figures are made of."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    contact_id: UUID | None = None
    company_id: UUID | None = None
    outcome: str
    won_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    is_void: bool = False


def row_of(envelope: Envelope[AnyEvent]) -> dict[str, Any]:
    """Return the row that an event makes of its deal."""
    told = ToldDeal.model_validate(envelope.data.as_dict().get("deal"))
    # the row stays, guarded by its revision: an older event must not bring the purchase back
    is_gone = told.is_void or envelope.type.split(".")[3] == "deleted"
    return {
        "id": envelope.subject,
        "revision": envelope.revision,
        **told.model_dump(exclude={"is_void"}),
        "is_gone": is_gone,
    }


class ToldFigures(BaseModel):
    """A customer's figures as reporting counts them: his class, what he brings, how he pays."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    contact_id: UUID | None
    company_id: UUID | None
    currency: str = Field(max_length=3)
    abc_class: str = Field(max_length=1)
    state: str = Field(max_length=10)
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

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.company_id is None and self.contact_id is None:
            raise ValueError("names no customer")
        return self


class CustomerFiguresChanged(ForeignEvent, type="crm.reporting.customer.figures_changed.v1"):
    customer: ToldFigures


def figures_of(envelope: Envelope[CustomerFiguresChanged]) -> dict[str, Any]:
    """Return the row that an event makes of a customer's figures."""
    told = envelope.data.customer
    return {
        "customer_id": told.company_id or told.contact_id,
        "revision": envelope.revision,
        "since": envelope.time,
        **told.model_dump(exclude={"contact_id", "company_id"}),
    }
