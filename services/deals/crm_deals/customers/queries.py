"""Every SELECT over what a customer did; of the whole company, whoever asks."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.claims.models import Claim
from crm_deals.claims.rules import AGAINST_CUSTOMER, OVER
from crm_deals.customers.rules import LATE_AFTER_DAYS, WITHIN_DAYS, Standing
from crm_deals.deals.models import Deal, OfDeal
from crm_deals.deals.queries import today_of
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import COUNTED


def _of(
    row: type[Deal] | type[OfDeal], contact_id: UUID | None, company_id: UUID | None
) -> ColumnElement[bool]:
    named = [(row.contact_id, contact_id), (row.company_id, company_id)]
    return or_(*(column == value for column, value in named if value is not None))


async def standing_of(
    session: AsyncSession,
    *,
    contact_id: UUID | None,
    company_id: UUID | None,
    before: datetime,
) -> Standing:
    """Return what is known of a customer, in one statement; purchases until `before` count."""
    bought = exists(
        select(Deal.id).where(
            _of(Deal, contact_id, company_id),
            Deal.outcome == "won",
            Deal.first_won_at <= before,
            Deal.is_void.is_(False),
            Deal.deleted_at.is_(None),
        )
    )
    late = select(func.count()).where(
        _of(Invoice, contact_id, company_id), _was_late(today_of(session))
    )
    breach = exists(
        select(Claim.id).where(
            _of(Claim, contact_id, company_id),
            Claim.kind == AGAINST_CUSTOMER,
            Claim.status.not_in(sorted(OVER)),
            Claim.deleted_at.is_(None),
        )
    )
    row = (await session.execute(select(bought, late.scalar_subquery(), breach))).one()
    return Standing(has_bought=row[0], late_invoices=row[1], has_unsettled_breach=row[2])


def _was_late(today: date) -> ColumnElement[bool]:
    settled_on = case(
        (Invoice.status.in_(("paid", "credited")), Invoice.paid_on), else_=literal(today)
    )
    grace = timedelta(days=LATE_AFTER_DAYS)
    return and_(
        Invoice.kind == "invoice",
        Invoice.status.in_(sorted(COUNTED)),
        Invoice.is_disputed.is_(False),
        Invoice.due_date >= today - grace - timedelta(days=WITHIN_DAYS),
        settled_on - Invoice.due_date > LATE_AFTER_DAYS,
    )


async def first_purchases(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> dict[UUID, datetime]:
    """Return when each of these contacts and companies first bought; who never did is left out."""
    if not customer_ids:
        return {}
    found: dict[UUID, datetime] = {}
    for column in (Deal.contact_id, Deal.company_id):
        rows = await session.execute(
            select(column, func.min(Deal.first_won_at))
            .where(
                column.in_(sorted(customer_ids)),
                Deal.outcome == "won",
                Deal.is_void.is_(False),
                Deal.deleted_at.is_(None),
            )
            .group_by(column)
        )
        found.update({customer: at for customer, at in rows if customer and at})
    return found
