"""Bodies of the rates feature."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from crm_reporting.metrics.rules.numbers import written
from crm_shared.money import Currency

Value = Annotated[Decimal, Field(max_digits=24, decimal_places=12, allow_inf_nan=False)]


class RateIn(BaseModel):
    """What one unit of `currency` was worth in `quote`, from `day` on until the next rate."""

    model_config = ConfigDict(extra="forbid")

    currency: Currency
    quote: Currency | None = Field(default=None, description="The company's currency when absent")
    day: date = Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))
    rate: Value = Field(examples=["41.25"])


class RatesIn(BaseModel):
    """Rates to enter: all of them, or none when one breaks a rule."""

    model_config = ConfigDict(extra="forbid")

    rates: list[RateIn] = Field(min_length=1, max_length=500)


class RatesSetOut(BaseModel):
    """What became of the rates."""

    created: int
    updated: int
    unchanged: int


class RateOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    updated_at: datetime
    currency: str
    quote: str
    day: date
    rate: Annotated[
        Decimal,
        PlainSerializer(
            lambda value: written(value.normalize()), return_type=str, when_used="json"
        ),
    ]
