"""Bodies of overviews."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.balances.schemas import BalanceLineOut
from crm_deals.events import Outcome
from crm_deals.products.schemas import ProductOut
from crm_shared.money import Amount

ELSEWHERE = Field(description="Where the other parts of the view are, over the same origin")


class DealSumOut(BaseModel):
    """What deals of one outcome come to in one currency."""

    model_config = ConfigDict(from_attributes=True)

    outcome: Outcome
    currency: str
    count: int
    amount: Amount | None = Field(description="Null when no deal has an amount")


class DealBriefOut(BaseModel):
    """A deal in a few words."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    stage_id: UUID
    outcome: Outcome
    amount: Amount | None
    currency: str
    expected_close_date: date | None
    stage_entered_at: datetime
    closed_at: datetime | None
    created_at: datetime


class DealsOverviewOut(BaseModel):
    """Deals of a customer or a manager: what they come to, and the latest ten."""

    sums: list[DealSumOut]
    latest: list[DealBriefOut]
    balance: list[BalanceLineOut] | None = Field(
        description="Of a customer; null for a manager, and for roles that see no money"
    )
    elsewhere: dict[str, str] = ELSEWHERE


class SoldOut(BaseModel):
    """What was sold of a product in one currency, in deals that are won."""

    model_config = ConfigDict(from_attributes=True)

    currency: str
    deals: int
    quantity: Decimal
    total: Amount


class ProductOverviewOut(BaseModel):
    """A product: deals that hold it by outcome, what was sold of it, and the latest ten deals."""

    product: ProductOut
    sums: list[DealSumOut]
    sold: list[SoldOut]
    latest: list[DealBriefOut]
    elsewhere: dict[str, str] = ELSEWHERE
