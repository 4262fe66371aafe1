"""Announcing what invoices have come to be by the mere passing of time."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.events import InvoiceOverdue
from crm_deals.invoices import queries
from crm_deals.invoices.use_cases import announcements
from crm_shared.clock import utc_now

AT_ONCE = 200


async def note_overdue(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Announce invoices that are owed after their due date, once per date."""
    invoices = await queries.take_overdue(session, limit=limit)
    for invoice in invoices:
        # the alarm goes to who looks after the deal today
        await deals.follow_deal(session, invoice)
        invoice.overdue_at = utc_now()
        await announcements.announce(session, invoice, InvoiceOverdue)
    return len(invoices)
