"""Events published by the deals service."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer

from crm_shared.events.envelope import Event
from crm_shared.money import Amount, plain


def shortest(number: Decimal) -> str:
    """Write a number without zeros that say nothing: 200, 1.5."""
    return format(number.normalize(), "f")


Quantity = Annotated[
    Decimal,
    Field(max_digits=19, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(shortest, return_type=str, when_used="json"),
]
Share = Annotated[
    Decimal,
    Field(gt=0, le=100, max_digits=5, decimal_places=2, allow_inf_nan=False, examples=["60.00"]),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
Outcome = Literal["open", "won", "lost"]
SaleKind = Literal["base", "cross", "up", "over"]


class StageFacts(BaseModel):
    """A step of a pipeline."""

    id: UUID
    label: str
    position: int
    probability: int
    outcome: Outcome
    rotting_days: int | None
    required_fields: list[str]


class PipelineFacts(BaseModel):
    """A pipeline with its stages: one aggregate, one revision."""

    label: str
    currency: str | None
    is_default: bool
    stages: list[StageFacts]


class ProductFacts(BaseModel):
    """Something that is sold."""

    label: str
    sku: str | None
    category: str | None
    price: Amount | None
    cost: Amount | None
    currency: str
    is_active: bool


class ReasonFacts(BaseModel):
    """Why a deal was won or lost, and which department should know."""

    label: str
    outcome: Literal["won", "lost"]
    group: str | None
    department: str | None


class CompetitorFacts(BaseModel):
    """Somebody to whom deals are lost."""

    label: str


class ListedPriceFacts(BaseModel):
    """What one product costs by a list."""

    product_id: UUID
    price: Amount


class PriceListFacts(BaseModel):
    """Prices in one currency, and the days on which deals may take them."""

    label: str
    currency: str
    tax_included: bool
    valid_from: date | None
    valid_until: date | None
    is_active: bool
    prices: list[ListedPriceFacts]


class LineItemFacts(BaseModel):
    """A product in a deal; `total` is net of discount and without tax."""

    product_id: UUID
    product_label: str
    category: str | None
    quantity: Quantity
    unit_price: Amount
    total: Amount
    sale_kind: SaleKind
    # lines that were written before costs were known have none
    unit_cost: Amount | None = None


class CreditFacts(BaseModel):
    """What part of a deal, in percent, is to somebody's credit."""

    user_id: UUID
    share: Share


class DealFacts(BaseModel):
    """What everyone may know of a deal: no title, no names, no texts."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    pipeline_id: UUID
    stage_id: UUID
    stage_label: str
    outcome: Outcome
    probability: int
    amount: Amount | None
    expected_amount: Amount | None
    currency: str
    expected_close_date: date | None
    channel: str | None
    source: str | None
    reason_id: UUID | None
    reason_label: str | None
    price_list_id: UUID | None
    competitor_id: UUID | None
    competitor_label: str | None
    created_at: datetime
    created_at_known: bool
    stage_entered_at: datetime
    won_at: datetime | None
    lost_at: datetime | None
    first_won_at: datetime | None
    is_void: bool
    source_lead_id: UUID | None = None
    rotting_at: datetime | None
    overdue_at: datetime | None
    line_items: list[LineItemFacts]
    credits: list[CreditFacts]


class StageRef(BaseModel):
    """A stage as it was when a deal left or entered it."""

    id: UUID
    label: str
    position: int
    probability: int
    outcome: Outcome


class _PipelineEvent(Event):
    pipeline: PipelineFacts
    changed: list[str]
    previous: dict[str, Any]


class PipelineCreated(_PipelineEvent, type="crm.deals.pipeline.created.v1"):
    """A pipeline was set up, with its stages."""


class PipelineUpdated(_PipelineEvent, type="crm.deals.pipeline.updated.v1"):
    """A pipeline or one of its stages changed."""


class PipelineDeleted(_PipelineEvent, type="crm.deals.pipeline.deleted.v1"):
    """A pipeline that held no deals was removed."""


class _ProductEvent(Event):
    product: ProductFacts
    changed: list[str]
    previous: dict[str, Any]


class ProductCreated(_ProductEvent, type="crm.deals.product.created.v1"):
    """A product joined the catalogue."""


class ProductUpdated(_ProductEvent, type="crm.deals.product.updated.v1"):
    """A product changed; deals keep the price they were made at."""


class ProductDeleted(_ProductEvent, type="crm.deals.product.deleted.v1"):
    """A product left the catalogue."""


class _ReasonEvent(Event):
    reason: ReasonFacts
    changed: list[str]
    previous: dict[str, Any]


class ReasonCreated(_ReasonEvent, type="crm.deals.reason.created.v1"):
    """A reason for winning or losing may be named from now on."""


class ReasonUpdated(_ReasonEvent, type="crm.deals.reason.updated.v1"):
    """A reason was relabelled or moved to another group or department."""


class ReasonDeleted(_ReasonEvent, type="crm.deals.reason.deleted.v1"):
    """A reason may no longer be named; deals keep it."""


class _CompetitorEvent(Event):
    competitor: CompetitorFacts
    changed: list[str]
    previous: dict[str, Any]


class CompetitorCreated(_CompetitorEvent, type="crm.deals.competitor.created.v1"):
    """A competitor may be named from now on."""


class CompetitorUpdated(_CompetitorEvent, type="crm.deals.competitor.updated.v1"):
    """A competitor was relabelled."""


class CompetitorDeleted(_CompetitorEvent, type="crm.deals.competitor.deleted.v1"):
    """A competitor may no longer be named; deals keep it."""


class _PriceListEvent(Event):
    price_list: PriceListFacts
    changed: list[str]
    previous: dict[str, Any]


class PriceListCreated(_PriceListEvent, type="crm.deals.price_list.created.v1"):
    """Deals may take prices from a list from now on."""


class PriceListUpdated(_PriceListEvent, type="crm.deals.price_list.updated.v1"):
    """A price list changed; lines that were priced by it stay as they are."""


class PriceListDeleted(_PriceListEvent, type="crm.deals.price_list.deleted.v1"):
    """A price list was taken away; deals keep what they took from it."""


class _DealEvent(Event):
    deal: DealFacts
    changed: list[str]
    previous: dict[str, Any]


class DealCreated(_DealEvent, type="crm.deals.deal.created.v1"):
    """A deal began, in the stage it stands in."""


class DealUpdated(_DealEvent, type="crm.deals.deal.updated.v1"):
    """A deal changed without moving."""


class DealDeleted(_DealEvent, type="crm.deals.deal.deleted.v1"):
    """A deal was put away; it may come back."""


class DealRestored(_DealEvent, type="crm.deals.deal.restored.v1"):
    """A deleted deal came back as it was."""


class DealStageChanged(_DealEvent, type="crm.deals.deal.stage_changed.v1"):
    """A deal moved from one stage of its pipeline to another."""

    from_stage: StageRef
    to_stage: StageRef
    reopened: bool


class DealRotting(_DealEvent, type="crm.deals.deal.rotting.v1"):
    """A deal has stood in its stage for longer than the stage allows; said once per stay."""


class DealOverdue(_DealEvent, type="crm.deals.deal.overdue.v1"):
    """A deal is open after the day on which it should have closed; said once per day named."""
