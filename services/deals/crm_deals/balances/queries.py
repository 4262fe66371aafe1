"""Adding up what invoices and payments come to, within the caller's scope."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, RowMapping, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.balances.rules import Subject
from crm_deals.deals import queries as deals
from crm_deals.invoices.fields import DUE, OVERPAID, overdue_on
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import COUNTED
from crm_deals.payments.models import Payment
from crm_shared.actor import Access
from crm_shared.db import aliases

Rows = Sequence[RowMapping]


async def _of(
    session: AsyncSession, subject: Subject, row: type[Invoice] | type[Payment]
) -> list[ColumnElement[bool]]:
    wanted = {
        row.deal_id: subject.deal_id,
        row.contact_id: subject.contact_id,
        row.company_id: subject.company_id,
    }
    asked = {column: value for column, value in wanted.items() if value is not None}
    # a customer's money is his, under whatever record it came before a merge
    one_with = await aliases.groups(session, set(asked.values()))
    return [column.in_(one_with[value]) for column, value in asked.items()]


async def sum_invoices(session: AsyncSession, access: Access, subject: Subject) -> Rows:
    """Return what issued invoices come to, per currency."""
    is_overdue = overdue_on(deals.today_of(session))
    sums = (
        select(
            Invoice.currency,
            func.sum(case((Invoice.kind == "invoice", Invoice.total), else_=0)).label("invoiced"),
            func.sum(case((Invoice.kind == "credit_note", -Invoice.total), else_=0)).label(
                "credited"
            ),
            func.sum(DUE).label("due"),
            func.sum(OVERPAID).label("overpaid"),
            func.sum(case((is_overdue, DUE), else_=0)).label("overdue"),
            func.count().filter(is_overdue).label("overdue_count"),
        )
        .where(
            *await _of(session, subject, Invoice),
            deals.of_visible_deals(access, Invoice),
            Invoice.deleted_at.is_(None),
            Invoice.status.in_(sorted(COUNTED)),
        )
        .group_by(Invoice.currency)
    )
    rows: Rows = (await session.execute(sums)).mappings().all()
    return rows


async def sum_payments(session: AsyncSession, access: Access, subject: Subject) -> Rows:
    """Return what was paid, paid in advance and spent, per currency."""
    sign = case((Payment.kind == "payment", 1), (Payment.kind == "refund", -1), else_=0)
    spent = case((Payment.kind == "expense", Payment.amount), else_=0)
    sums = (
        select(
            Payment.currency,
            func.sum(sign * Payment.amount).label("paid"),
            func.sum(sign * (Payment.amount - Payment.allocated)).label("advance"),
            func.sum(spent).label("expenses"),
        )
        .where(
            *await _of(session, subject, Payment),
            deals.of_visible_deals(access, Payment),
            Payment.voided_at.is_(None),
        )
        .group_by(Payment.currency)
    )
    rows: Rows = (await session.execute(sums)).mappings().all()
    return rows
