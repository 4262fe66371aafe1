"""What is said of deals: never a title, a name or a text."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm_deals.events.base import DiscountType, Outcome, Quantity, SaleKind, Share
from crm_shared.events.envelope import Event
from crm_shared.money import Amount


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


class DiscountFacts(BaseModel):
    """What is taken off all lines of a deal together: percent, or money in its currency."""

    model_config = ConfigDict(from_attributes=True)

    type: DiscountType
    value: Amount


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
    reason_group: str | None = None
    # whom it concerns: rules tell that department
    reason_department: str | None = None
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
    discount: DiscountFacts | None = None
    # when customer and company first agreed; a deal lost after that has broken down
    agreed_at: datetime | None = None
    broken_down: bool = False
    # whether the customer had bought before, and paid badly, when the deal began
    is_repeat: bool | None = None
    is_customer_unreliable: bool | None = None
    copied_from_id: UUID | None = None
    tags: list[str]
    custom_fields: dict[str, Any]


class StageRef(BaseModel):
    """A stage as it was when a deal left or entered it."""

    id: UUID
    label: str
    position: int
    probability: int
    outcome: Outcome


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
    """A deal moved to another stage; `changed` names pipeline_id when that is another as well."""

    from_stage: StageRef
    to_stage: StageRef
    reopened: bool


class DealRotting(_DealEvent, type="crm.deals.deal.rotting.v1"):
    """A deal has stood in its stage for longer than the stage allows; said once per stay."""


class DealOverdue(_DealEvent, type="crm.deals.deal.overdue.v1"):
    """A deal is open after the day on which it should have closed; said once per day named."""


class DealWithoutStep(_DealEvent, type="crm.deals.deal.without_next_step.v1"):
    """An open deal has no open task and no planned activity; said once until it has one again."""
