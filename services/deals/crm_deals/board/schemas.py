"""Bodies of the board."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.deals.schemas import Rank
from crm_deals.events import Outcome
from crm_shared.money import Amount


class CardOut(BaseModel):
    """A deal as the board shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    title: str
    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    amount: Amount | None
    currency: str
    probability: int
    expected_close_date: date | None
    stage_entered_at: datetime
    is_rotting: bool
    is_overdue: bool
    rank: Rank


class SumOut(BaseModel):
    """What the deals of a column come to in one currency."""

    currency: str
    count: int
    amount: Amount | None = Field(description="Null when no deal has an amount")
    missing_amounts: int = Field(description="Deals without an amount, which the sum leaves out")


class ColumnOut(BaseModel):
    """A stage with its deals: all of them counted, the first of them shown."""

    stage_id: UUID
    label: str
    position: int
    outcome: Outcome
    probability: int
    is_archived: bool
    count: int
    sums: list[SumOut]
    cards: list[CardOut]


class BoardOut(BaseModel):
    """The columns of a pipeline; the rest of one: `GET /v1/deals?stage_id=…&sort=-rank`."""

    pipeline_id: UUID
    columns: list[ColumnOut]
