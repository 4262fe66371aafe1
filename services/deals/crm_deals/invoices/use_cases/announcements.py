"""What is said of an invoice when it changes."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import InvoiceFacts, InvoicePaid, InvoiceUpdated
from crm_deals.events.invoices import InvoiceEvent
from crm_deals.invoices.models import Invoice
from crm_shared.events import outbox
from crm_shared.money import plainly

SETTLED = frozenset({"paid", "credited"})


def facts_of(invoice: Invoice) -> InvoiceFacts:
    """Return what everyone may know of an invoice now."""
    return InvoiceFacts.model_validate(invoice, from_attributes=True)


async def announce(
    session: AsyncSession, invoice: Invoice, kind: type[InvoiceEvent] | None = None
) -> bool:
    """Announce what changed under the name of `kind`; False, and nothing said, if nothing did."""
    changes = outbox.changes_of(invoice, InvoiceFacts)
    if not changes:
        return False
    previous = plainly(changes.previous)
    event = (kind or InvoiceUpdated)(
        invoice=facts_of(invoice), changed=changes.changed, previous=previous
    )
    await outbox.record(session, invoice, event)
    return True


def settling_kind(invoice: Invoice, *, was: str) -> type[InvoiceEvent]:
    """Return what a payment or a credit makes of it: paid, or just less to pay."""
    # a correction of what is paid already is not paid a second time
    is_over = invoice.status in SETTLED and was not in SETTLED
    return InvoicePaid if is_over else InvoiceUpdated
