"""Taking invoices back: whole, as if never issued, or by a credit note."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.events import InvoiceVoided
from crm_deals.events.invoices import InvoiceVoidReason
from crm_deals.invoices import queries
from crm_deals.invoices.errors import (
    CreditTooLargeError,
    InvoiceHasPaymentsError,
    InvoiceNotIssuedError,
)
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import COUNTED, tax_of_part
from crm_deals.invoices.use_cases import announcements, preparing
from crm_deals.invoices.use_cases.draw_up import new_invoice, write_invoice
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events.outbox import ChangedMeanwhileError


async def void_invoice(
    session: AsyncSession,
    access: Access,
    invoice_id: UUID,
    reason: InvoiceVoidReason,
    *,
    expected: int | None,
) -> Invoice:
    """Let an issued invoice, or a credit note, count no more; its number stays taken."""
    invoice = await _issued(session, access, invoice_id, expected)
    # money that came for it would settle nothing: it is taken off first, or credited
    if invoice.paid or invoice.credited:
        raise InvoiceHasPaymentsError
    invoice.status, invoice.void_reason, invoice.voided_at = "void", reason, utc_now()
    invoice.overdue_at = None
    await announcements.announce(session, invoice, InvoiceVoided)
    if invoice.credits_invoice_id is not None:
        credited = await queries.get_invoice(session, access, invoice.credits_invoice_id, lock=True)
        # a credit note's total is below nothing: added, it takes the credit back
        await _credit(session, credited, by=invoice.total)
    return invoice


async def credit_invoice(
    session: AsyncSession,
    access: Access,
    invoice_id: UUID,
    amount: Decimal | None,
    *,
    expected: int | None,
) -> Invoice:
    """Issue a credit note over `amount`, tax included, or over all that was not credited yet.

    What was paid already is then paid too much, and can be refunded. Returns the credit note.
    """
    invoice = await _issued(session, access, invoice_id, expected)
    # a credit of a credit is the invoice again: void the note instead
    if invoice.kind == "credit_note":
        raise InvoiceNotIssuedError
    left = invoice.total - invoice.credited
    amount = left if amount is None else amount
    preparing.check_digits(amount, invoice.currency, pointer="/amount")
    if not 0 < amount <= left:
        raise CreditTooLargeError
    note = new_invoice({}, issue_date=deals.today_of(session))
    note.kind, note.credits_invoice_id = "credit_note", invoice.id
    for name in ("deal_id", "contact_id", "company_id", "owner_id", "team_id", "currency"):
        setattr(note, name, getattr(invoice, name))
    # in proportion: lines are not told apart in a part of the sum
    tax = tax_of_part(invoice, amount)
    note.net, note.tax, note.total = tax - amount, -tax, -amount
    # a part has no lines: which ones it takes back nobody has said
    if amount == invoice.total:
        note.line_items = invoice.line_items
    await write_invoice(session, note, is_draft=False)
    await _credit(session, invoice, by=amount)
    return note


async def _credit(session: AsyncSession, invoice: Invoice, *, by: Decimal) -> None:
    was = invoice.status
    today = deals.today_of(session)
    invoice.settle(paid=invoice.paid, credited=invoice.credited + by, on=today)
    await announcements.announce(session, invoice, announcements.settling_kind(invoice, was=was))


async def _issued(
    session: AsyncSession, access: Access, invoice_id: UUID, expected: int | None
) -> Invoice:
    invoice = await queries.get_invoice(session, access, invoice_id, lock=True)
    if expected not in (None, invoice.revision):
        raise ChangedMeanwhileError
    if invoice.status not in COUNTED:
        raise InvoiceNotIssuedError
    await deals.follow_deal(session, invoice)
    return invoice
