"""Rows of the payments feature."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_deals.deals.models import OfDeal
from crm_deals.payments.rules import Part, part_of, stored_part
from crm_shared.db.types import Money, UtcDateTime


class Payment(OfDeal, Base):
    """Money in or out; what of it settles which invoice lives in the row."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("allocated BETWEEN 0 AND amount", name="allocated"),
        Index(
            "uq_payments_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index("ix_payments_created_at_id", "created_at", "id"),
        Index("ix_payments_paid_on_id", "paid_on", "id"),
        Index("ix_payments_invoice_ids", "invoice_ids", postgresql_using="gin"),
    )

    kind: Mapped[str] = mapped_column(String(8))
    amount: Mapped[Decimal] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(3))
    paid_on: Mapped[date] = mapped_column(Date)
    account: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(64))
    refunds_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    refunded: Mapped[Decimal] = mapped_column(Money)
    allocations: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    invoice_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    allocated: Mapped[Decimal] = mapped_column(Money)
    void_reason: Mapped[str | None] = mapped_column(String(16))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def direction(self) -> str:
        """Which way the money went."""
        return "in" if self.kind == "payment" else "out"

    @property
    def unallocated(self) -> Decimal:
        """What belongs to no invoice: an advance, or what was paid too much."""
        return self.amount - self.allocated

    @property
    def parts(self) -> list[Part]:
        """What settles which invoice."""
        return [part_of(one) for one in self.allocations]

    def allocate(self, parts: list[Part]) -> None:
        """Settle these invoices, and no others."""
        self.allocations = [stored_part(part) for part in parts]
        self.invoice_ids = [part.invoice_id for part in parts]
        self.allocated = sum((part.amount for part in parts), Decimal(0))
