"""Every SELECT of the invoices feature; each lies within the caller's scope."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.invoices.errors import InvoiceNotFoundError
from crm_deals.invoices.fields import overdue_on
from crm_deals.invoices.models import Invoice
from crm_shared.actor import Access


def visible_invoices(access: Access) -> Select[Invoice]:
    """Select the invoices that the caller may see, deleted drafts excluded."""
    seen = deals.of_visible_deals(access, Invoice)
    return select(Invoice).where(Invoice.deleted_at.is_(None), seen)


async def get_invoice(
    session: AsyncSession, access: Access, invoice_id: UUID, *, lock: bool = False
) -> Invoice:
    """Return one invoice; with `lock`, nobody else changes it until the commit."""
    wanted = visible_invoices(access).where(Invoice.id == invoice_id)
    invoice = await session.scalar(locked(wanted) if lock else wanted)
    if invoice is None:
        raise InvoiceNotFoundError(invoice_id)
    read_today(session, [invoice])
    return invoice


def locked(wanted: Select[Invoice]) -> Select[Invoice]:
    """Select invoices as they are once everybody before us is done with them."""
    # of the invoice alone: whose deal it is, is only asked for the scope
    return wanted.with_for_update(of=Invoice).execution_options(populate_existing=True)


async def lock_invoices(
    session: AsyncSession, access: Access, ids: Collection[UUID]
) -> dict[UUID, Invoice]:
    """Lock those of the invoices that there are, in one order for everybody."""
    if not ids:
        return {}
    wanted = visible_invoices(access).where(Invoice.id.in_(sorted(ids)))
    rows = await session.scalars(locked(wanted.order_by(Invoice.id)))
    found = {invoice.id: invoice for invoice in rows}
    read_today(session, list(found.values()))
    return found


async def find_invoice_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Invoice | None:
    """Return the invoice that another system knows under this id, be it deleted."""
    invoice = await session.scalar(
        select(Invoice).where(Invoice.source_system == system, Invoice.external_id == external_id)
    )
    if invoice is not None:
        read_today(session, [invoice])
    return invoice


async def is_number_taken(session: AsyncSession, number: str, *, but: UUID) -> bool:
    """Tell whether another invoice has this number."""
    other = select(Invoice.id).where(
        Invoice.number == number, Invoice.deleted_at.is_(None), Invoice.id != but
    )
    return await session.scalar(other.limit(1)) is not None


async def take_overdue(session: AsyncSession, *, limit: int) -> Sequence[Invoice]:
    """Lock invoices that are overdue and were not announced; those that another worker holds
    are left out.
    """
    taken = (
        select(Invoice)
        .where(
            overdue_on(deals.today_of(session)),
            Invoice.overdue_at.is_(None),
            Invoice.deleted_at.is_(None),
        )
        .order_by(Invoice.id)
        .limit(limit)
    )
    # one that is being paid at this moment may be late no more
    invoices = (await session.scalars(taken.with_for_update(skip_locked=True))).all()
    read_today(session, invoices)
    return invoices


def read_today(session: AsyncSession, invoices: Sequence[Invoice]) -> date:
    """Tell the rows which day it is where the company works, and return it."""
    today = deals.today_of(session)
    for invoice in invoices:
        invoice.read_on(today)
    return today


async def list_for_deal(session: AsyncSession, deal_id: UUID) -> Sequence[Invoice]:
    """Return the invoices of a deal, the newest first."""
    of_deal = select(Invoice).where(Invoice.deal_id == deal_id, Invoice.deleted_at.is_(None))
    rows = (await session.scalars(of_deal.order_by(Invoice.created_at.desc()).limit(100))).all()
    read_today(session, rows)
    return rows
