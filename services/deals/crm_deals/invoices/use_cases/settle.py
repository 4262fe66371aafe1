"""What payments make of invoices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.use_cases import announcements


@dataclass(frozen=True, slots=True)
class Settling:
    """By how much more, or less, one invoice is paid."""

    invoice: Invoice
    amount: Decimal


async def settle(session: AsyncSession, parts: Sequence[Settling], *, on: date) -> None:
    """Pay locked invoices by these parts and announce each; a part of nothing says nothing."""
    sums: dict[Invoice, Decimal] = {}
    for part in parts:
        # several parts of one invoice are one change of it: one revision, one event
        sums[part.invoice] = sums.get(part.invoice, Decimal(0)) + part.amount
    await _apply(session, {one: by for one, by in sums.items() if by}, on)


async def _apply(session: AsyncSession, sums: Mapping[Invoice, Decimal], on: date) -> None:
    for invoice, by in sums.items():
        was = invoice.status
        await deals.follow_deal(session, invoice)
        invoice.settle(paid=invoice.paid + by, credited=invoice.credited, on=on)
        kind = announcements.settling_kind(invoice, was=was)
        await announcements.announce(session, invoice, kind)
