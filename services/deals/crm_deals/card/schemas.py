"""Bodies of the card."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.balances.schemas import BalanceLineOut
from crm_deals.claims.schemas import ClaimOut
from crm_deals.deals.schemas import DealOut, StageMoveOut
from crm_deals.events import Outcome, SaleKind
from crm_deals.invoices.schemas import InvoiceOut
from crm_deals.payments.schemas import PaymentOut
from crm_deals.quotes.schemas import QuoteOut
from crm_shared.money import Amount


class TotalsOut(BaseModel):
    """What the lines come to: net + tax = gross."""

    model_config = ConfigDict(from_attributes=True)

    net: Amount
    tax: Amount
    gross: Amount
    discount: Amount = Field(description="Taken off on the way, by lines and by the deal")


class MissingOut(BaseModel):
    """One thing that a stage asks for and the deal does not have."""

    model_config = ConfigDict(from_attributes=True)

    pointer: str
    code: str
    detail: str


class StageStateOut(BaseModel):
    """A stage that the deal could go to, and what it lacks for that."""

    stage_id: UUID
    label: str
    outcome: Outcome
    is_current: bool
    missing: list[MissingOut]


class SuggestionOut(BaseModel):
    """A product that goes with one in the deal."""

    product_id: UUID
    label: str
    sale_kind: SaleKind
    because_of: UUID = Field(description="The product in the deal that suggests it")


class SuggestionsOut(BaseModel):
    """What else the deal could hold."""

    items: list[SuggestionOut]


class _Brief(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID


class ContactBriefOut(_Brief):
    """A person of the deal, as contacts called him last; null: it has not told yet."""

    name: str | None


class CompanyBriefOut(_Brief):
    """The company of the deal, as contacts called it last."""

    name: str | None


class OwnerBriefOut(_Brief):
    """Whose the deal is."""

    owner_name: str | None


class TaskBriefOut(_Brief):
    """A task about the deal; its words are the contacts service's to tell."""

    kind: str | None = Field(validation_alias="label")
    status: str = Field(validation_alias="state")
    due_at: datetime | None
    assignee_id: UUID | None
    changed_at: datetime = Field(validation_alias="at")


class ActivityBriefOut(TaskBriefOut):
    """A meeting, call or visit about the deal, planned or done."""


class CallBriefOut(_Brief):
    """A call that was logged about the deal; `state`: answered, missed or ringing."""

    direction: str | None = Field(validation_alias="label")
    state: str
    user_id: UUID | None = Field(validation_alias="assignee_id")
    at: datetime


class MessageBriefOut(_Brief):
    """A message about the deal: by which way, to whom, how it stands; never its words."""

    channel: str
    purpose: str
    recipient_kind: str
    status: str
    at: datetime


class DealCardOut(BaseModel):
    """Everything about a deal; lists are cut at 100, the newest first, what is planned before all.

    Of tasks, activities, calls and messages it is what events told some moments ago; their words
    and the files are the other services', under `elsewhere` over the same origin.
    """

    deal: DealOut
    owner: OwnerBriefOut | None
    contact: ContactBriefOut | None
    company: CompanyBriefOut | None
    tasks: list[TaskBriefOut]
    activities: list[ActivityBriefOut]
    calls: list[CallBriefOut]
    messages: list[MessageBriefOut]
    elsewhere: dict[str, str] = Field(description="Where the other parts are, whole")
    totals: TotalsOut
    stages: list[StageStateOut]
    history: list[StageMoveOut]
    quotes: list[QuoteOut]
    invoices: list[InvoiceOut]
    payments: list[PaymentOut]
    balance: list[BalanceLineOut]
    claims: list[ClaimOut]
    suggestions: list[SuggestionOut]
