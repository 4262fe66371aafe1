"""Bodies of the deals feature."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
)

from crm_deals.events import (
    CreditFacts,
    DiscountFacts,
    Outcome,
    Share,
)
from crm_deals.lines.schemas import Body, DiscountIn, LineItemIn, LineItemOut, Price
from crm_shared.http.bodies import ExternalIdIn
from crm_shared.money import Amount, Currency
from crm_shared.nouns.schemas import CustomFields, Tag

Title = Annotated[str, Field(min_length=1, max_length=300, examples=["200 chairs for the library"])]
Code = Annotated[str, Field(min_length=1, max_length=64, examples=["website"])]
Percent = Annotated[int, Field(ge=0, le=100)]
Note = Annotated[str, Field(max_length=5000)]
Rank = Annotated[
    Decimal,
    Field(description="Its place in the column of the board: the highest stands on top"),
    PlainSerializer(lambda rank: format(rank, "f"), return_type=str, when_used="json"),
]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class ContactRole(Body):
    model_config = ConfigDict(extra="forbid", from_attributes=True)

    contact_id: UUID
    role: Code


class CreditIn(Body):
    """What part of a deal, in percent, is to somebody's credit."""

    user_id: UUID
    share: Share


class _DealFields(Body):
    """What may be given of a deal and left out: only what was sent is used."""

    owner_id: UUID | None = None
    team_id: UUID | None = Field(default=None, description="The owner's first team when absent")
    contact_id: UUID | None = None
    contact_ids: list[ContactRole] = Field(default_factory=list, max_length=100)
    company_id: UUID | None = None
    amount: Price | None = Field(default=None, description="What the line items make when absent")
    expected_amount: Price | None = None
    currency: Currency = Field(default=NOT_SENT, description="The pipeline's, else the company's")
    expected_close_date: date | None = None
    probability_override: Percent | None = None
    channel: Code | None = None
    source: Code | None = None
    is_void: bool = Field(default=NOT_SENT, description="Spam or a test: left out of every metric")
    price_list_id: UUID | None = Field(
        default=None, description="Where lines without a price take theirs"
    )
    line_items: list[LineItemIn] = Field(default_factory=list, max_length=200)
    discount: DiscountIn | None = Field(default=None, description="Off all lines together")
    tags: Annotated[list[Tag], Field(max_length=100)] = Field(default_factory=list)
    custom_fields: CustomFields = Field(default_factory=dict)
    credits: list[CreditIn] = Field(
        default_factory=list, max_length=50, description="100.00 in all; none: all is the owner's"
    )

    @field_validator("tags")
    @classmethod
    def _each_tag_once(cls, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))

    @field_validator("credits")
    @classmethod
    def _credits_make_a_whole(cls, credits: list[CreditIn]) -> list[CreditIn]:
        if credits and sum(one.share for one in credits) != 100:  # noqa: PLR2004
            raise ValueError("the shares must make 100.00 exactly")
        if len({one.user_id for one in credits}) != len(credits):
            raise ValueError("everybody has one share")
        return credits

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, and only that."""
        return self.model_dump(exclude_unset=True) | self._with_lines()

    def _with_lines(self) -> dict[str, Any]:
        if "line_items" not in self.model_fields_set:
            return {}
        return {"line_items": [line.model_dump() for line in self.line_items]}


class _Placed(_DealFields):
    pipeline_id: UUID | None = None
    stage_id: UUID | None = Field(
        default=None, description="The pipeline's first stage when absent"
    )
    reason_id: UUID | None = None
    reason_note: Note | None = None
    competitor_id: UUID | None = None
    occurred_at: AwareDatetime | None = Field(
        default=None, description="Only administrators and integrations"
    )


class DealIn(ExternalIdIn, _Placed):
    """A new deal."""

    title: Title
    source_system: Code | None = None


class PutDealIn(_Placed):
    """A deal as another system has it: created when unknown, else brought to this."""

    title: Title
    reopen: bool = False


class PatchDealIn(_DealFields):
    """Changes of a deal; it moves by its own route."""

    title: Title = NOT_SENT


class CopyDealIn(Body):
    """How the same order begins once more."""

    title: Title = NOT_SENT
    stage_id: UUID = NOT_SENT
    expected_close_date: date | None = None
    reprice: bool = Field(
        default=False, description="Take today's prices; else lines keep those they had"
    )


class MoveDealIn(Body):
    """Where a deal goes."""

    stage_id: UUID
    reason_id: UUID | None = Field(default=None, description="Why it was won or lost")
    reason_note: Note | None = None
    competitor_id: UUID | None = Field(default=None, description="To whom it was lost")
    reopen: bool = Field(default=False, description="Say true to move a closed deal")
    occurred_at: AwareDatetime | None = Field(
        default=None, description="Only administrators and integrations"
    )


class TransferDealIn(Body):
    """Where a deal goes, be it in another pipeline."""

    stage_id: UUID
    reason_id: UUID | None = Field(default=None, description="Why it was won or lost")
    reason_note: Note | None = None
    competitor_id: UUID | None = Field(default=None, description="To whom it was lost")
    reopen: bool = Field(default=False, description="Say true to move a closed deal")


class PlaceDealIn(Body):
    """Where a deal stands in its column of the board."""

    after_id: UUID | None = Field(
        default=None, description="The deal right above it; without one it stands on top"
    )


class DealOut(BaseModel):
    """A deal."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    title: str
    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    contact_ids: list[ContactRole]
    company_id: UUID | None
    pipeline_id: UUID
    stage_id: UUID
    stage_label: str
    outcome: Outcome
    probability: int
    probability_override: int | None
    amount: Amount | None
    expected_amount: Amount | None
    currency: str
    expected_close_date: date | None
    channel: str | None
    source: str | None
    line_items: list[LineItemOut]
    discount: DiscountFacts | None
    reason_id: UUID | None
    reason_label: str | None
    reason_group: str | None
    reason_department: str | None
    reason_note: str | None
    price_list_id: UUID | None
    competitor_id: UUID | None
    competitor_label: str | None
    credits: list[CreditFacts]
    tags: list[str]
    custom_fields: dict[str, Any] = Field(validation_alias="all_fields")
    is_void: bool
    source_lead_id: UUID | None
    is_pipeline_assumed: bool
    copied_from_id: UUID | None
    is_repeat: bool | None = Field(
        description="Whether the customer had bought before it began; null without a customer"
    )
    is_customer_unreliable: bool | None = Field(
        description="What was known of the customer's payments when the deal began"
    )
    broken_down: bool = Field(description="Lost after it had been agreed")
    agreed_at: datetime | None
    is_rotting: bool
    is_overdue: bool
    rotting_at: datetime | None = Field(description="When it was announced that it rots")
    overdue_at: datetime | None = Field(description="When it was announced as overdue")
    rank: Rank
    created_at: datetime
    created_at_known: bool
    updated_at: datetime
    stage_entered_at: datetime
    won_at: datetime | None
    lost_at: datetime | None
    first_won_at: datetime | None
    closed_at: datetime | None
    source_system: str | None
    external_id: str | None


class StageMoveOut(BaseModel):
    """One entry of a deal into a stage; it left the stage with the next entry."""

    model_config = ConfigDict(from_attributes=True)

    revision: int
    from_stage_id: UUID | None
    to_stage_id: UUID
    outcome: Outcome
    reason_id: UUID | None
    is_reopening: bool
    actor_id: UUID
    occurred_at: datetime
    recorded_at: datetime


class DealHistoryOut(BaseModel):
    """Every stage a deal went through, the oldest first."""

    items: list[StageMoveOut]
