"""Bodies of balances."""

from pydantic import BaseModel, Field

from crm_shared.money import Amount


class BalanceLineOut(BaseModel):
    """What it comes to in one currency; drafts and what is void are left out."""

    currency: str
    invoiced: Amount = Field(description="All that was issued, tax included")
    credited: Amount
    paid: Amount = Field(description="Payments less refunds")
    due: Amount = Field(description="What invoices are still owed")
    overdue: Amount = Field(description="What of it is owed after its due date")
    overdue_count: int
    advance: Amount = Field(description="Paid without an invoice to settle")
    overpaid: Amount = Field(description="Paid beyond what the invoices come to")
    expenses: Amount


class BalanceOut(BaseModel):
    """One line per currency; sums of different currencies are never added."""

    items: list[BalanceLineOut]
