"""Bodies of customers' figures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FiguresOut(BaseModel):
    """What a customer brought, how often he buys, how he pays; money in the company's currency."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime = Field(description="When it was counted so; until the next entry it held")
    currency: str
    abc_class: Literal["A", "B", "C", "N"] = Field(
        description="By the last 365 days: A until 80 % of the whole, B until 95 %, N: no purchases"
    )
    customer_state: Literal["active", "churned", "none"] = Field(
        validation_alias="state", description="Active: bought within 365 days"
    )
    purchases: int
    first_purchase_on: date | None
    last_purchase_on: date | None
    purchase_sum: Decimal
    purchase_sum_year: Decimal = Field(description="Of the last 365 days")
    average_check: Decimal | None
    lifetime_value: Decimal | None = Field(
        description="Gross profit of all he bought; null unless every cost is known"
    )
    unconverted: int = Field(description="Sales without a rate, which are in no sum")
    purchase_interval: Decimal | None = Field(description="Mean days between purchases")
    rhythm_broken: bool | None = Field(
        description="More than twice his own median interval since the last purchase"
    )
    on_time_share: Decimal | None = Field(description="Percentage of invoices paid in time")
    late_invoices: int = Field(description="Those of 365 days over 30 days late")


class FiguresPageOut(BaseModel):
    """What was told of a customer, the newest first: the first one holds."""

    items: list[FiguresOut]
