"""Rows of the invoices feature and the rules they keep."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, Numeric, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_deals.deals.models import OfDeal
from crm_deals.invoices.rules import OWED, due_of, overpaid_of, status_of
from crm_deals.lines.rules import StoredLine
from crm_shared.db.types import Money, UtcDateTime


class Invoice(OfDeal, Base):
    """What a customer owes; a credit note has negative sums and names what it takes back."""

    __tablename__ = "invoices"
    __table_args__ = (
        Index(
            "uq_invoices_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "uq_invoices_number",
            "number",
            unique=True,
            postgresql_where=text("number IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index("ix_invoices_created_at_id", "created_at", "id"),
        Index(
            "ix_invoices_owed",
            "due_date",
            postgresql_where=text("status IN ('issued', 'partly_paid')"),
        ),
    )

    number: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    line_items: Mapped[list[StoredLine]] = mapped_column(JSONB, default=list)
    net: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    total: Mapped[Decimal] = mapped_column(Money)
    paid: Mapped[Decimal] = mapped_column(Money)
    credited: Mapped[Decimal] = mapped_column(Money)
    issue_date: Mapped[date] = mapped_column(Date)
    due_date: Mapped[date | None] = mapped_column(Date)
    paid_on: Mapped[date | None] = mapped_column(Date)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_disputed: Mapped[bool]
    credits_invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    void_reason: Mapped[str | None] = mapped_column(String(16))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def read_on(self, today: date) -> None:
        """Tell the row which day it is where the company works."""
        self._today = today

    @property
    def due(self) -> Decimal:
        """What is still to be paid: nothing of a draft, a void invoice or a credit note."""
        return due_of(self)

    @property
    def overpaid(self) -> Decimal:
        """What was paid beyond what is owed."""
        return overpaid_of(self)

    @property
    def is_overdue(self) -> bool:
        """Whether it is owed after its due date."""
        # the company's day, not the server's: an invoice is not late at midnight in UTC
        late = self.due_date is not None and self.due_date < self._today
        return late and self.status in OWED

    def settle(self, *, paid: Decimal, credited: Decimal, on: date) -> None:
        """Note what is paid and credited now, and what that makes of it."""
        self.paid, self.credited = paid, credited
        self.status = status_of(self)
        if self.status in OWED:
            self.paid_on = None
        else:
            # may become owed again by a refund, and is then late anew
            self.overdue_at = None
            self.paid_on = self.paid_on or on
