"""Bodies of the invoices feature."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.deals.schemas import Code
from crm_deals.events import InvoiceKind, InvoiceStatus, InvoiceVoidReason, Quantity
from crm_deals.lines.schemas import Body, DiscountIn, LineItemIn, LineItemOut, Price
from crm_shared.http.bodies import ExternalIdIn
from crm_shared.money import Amount, Currency

Number = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,39}$", examples=["2026-00017"])
]
Note = Annotated[str, Field(max_length=5000)]
TaxRate = Annotated[Quantity, Field(ge=0, le=100)]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class _InvoiceFields(Body):
    """What may be given of an invoice and left out: only what was sent is used."""

    number: Number | None = Field(
        default=None, description="Drawn without gaps, per year of issue, when absent"
    )
    deal_id: UUID | None = None
    contact_id: UUID | None = Field(default=None, description="The deal's customer when absent")
    company_id: UUID | None = None
    currency: Currency = Field(default=NOT_SENT, description="The deal's, else the company's")
    line_items: list[LineItemIn] = Field(
        default_factory=list, max_length=200, description="The deal's when nothing is named"
    )
    discount: DiscountIn | None = Field(default=None, description="Off the lines named here")
    amount: Annotated[Price, Field(gt=0)] | None = Field(
        default=None, description="In place of lines: what is to be paid, tax included"
    )
    tax_rate: TaxRate = Field(default=Decimal(0), description="Percent; of `amount` only")
    tax_included: bool = Field(default=True, description="Whether `amount` holds the tax")
    issue_date: date = Field(default=NOT_SENT, description="Today when absent")
    due_date: date | None = Field(default=None, description="Never overdue without one")
    is_disputed: bool = False
    note: Note | None = None

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, lines whole."""
        sent = self.model_dump(exclude_unset=True)
        if "line_items" in sent:
            sent["line_items"] = [line.model_dump() for line in self.line_items]
        return sent


class InvoiceIn(ExternalIdIn, _InvoiceFields):
    """A new invoice: by lines, by an amount, or of what the deal holds."""

    status: Literal["draft", "issued"] = "draft"
    source_system: Code | None = None


class PutInvoiceIn(_InvoiceFields):
    """An invoice as another system has it."""

    status: Literal["draft", "issued"] = "draft"


class PatchInvoiceIn(_InvoiceFields):
    """Changes of a draft; of an issued invoice only `due_date`, `is_disputed` and `note`."""


class VoidInvoiceIn(Body):
    """Why an invoice counts no more."""

    reason: InvoiceVoidReason


class CreditInvoiceIn(Body):
    """What is taken back of an invoice."""

    amount: Annotated[Price, Field(gt=0)] | None = Field(
        default=None, description="Tax included; all that was not credited yet when absent"
    )


class InvoiceOut(BaseModel):
    """An invoice, or a credit note: its sums are negative."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    number: str | None
    kind: InvoiceKind
    status: InvoiceStatus
    deal_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    currency: str
    line_items: list[LineItemOut]
    net: Amount = Field(description="Without tax")
    tax: Amount
    total: Amount
    paid: Amount
    credited: Amount
    due: Amount = Field(description="total - credited - paid, never below nothing")
    overpaid: Amount
    issue_date: date
    due_date: date | None
    paid_on: date | None = Field(description="The day of the payment that settled it")
    is_overdue: bool
    overdue_at: datetime | None = Field(description="When it was announced as overdue")
    is_disputed: bool
    credits_invoice_id: UUID | None
    void_reason: InvoiceVoidReason | None
    voided_at: datetime | None
    note: str | None
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
