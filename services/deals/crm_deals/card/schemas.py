"""Bodies of the card."""

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


class DealCardOut(BaseModel):
    """Everything this service knows of a deal; lists are cut at 100, the newest first.

    Tasks, messages and files: the other services by `?deal_id=`, over the same origin.
    """

    deal: DealOut
    totals: TotalsOut
    stages: list[StageStateOut]
    history: list[StageMoveOut]
    quotes: list[QuoteOut]
    invoices: list[InvoiceOut]
    payments: list[PaymentOut]
    balance: list[BalanceLineOut]
    claims: list[ClaimOut]
    suggestions: list[SuggestionOut]
