"""Every SELECT over what a customer did; of the whole company, whoever asks."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.claims.models import Claim
from crm_deals.claims.rules import AGAINST_CUSTOMER, OVER
from crm_deals.customers.rules import LATE_AFTER_DAYS, WITHIN_DAYS, Standing
from crm_deals.deals.models import Deal, OfDeal
from crm_deals.deals.queries import today_of
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.rules import COUNTED
from crm_shared.db import aliases
from crm_shared.db.infrastructure import ALIASES


def _is_customers(row: type[Deal] | type[OfDeal], names: Sequence[str]) -> ColumnElement[bool]:
    # as arrays, found once: each is then looked up by its index
    return or_(
        *(getattr(row, name) == any_(_one_with(bindparam(name, type_=Uuid()))) for name in names)
    )


def _one_with(asked: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a customer with all that was merged into him: a merge clears nobody's name."""
    head = aliases.surviving(asked)
    others = ALIASES.alias().c
    merged = select(others.loser_id).where(others.survivor_id == head)
    return func.array(union(select(head), merged).scalar_subquery(), type_=ARRAY(Uuid()))


def _was_late() -> ColumnElement[bool]:
    today = bindparam("today", type_=Date())
    settled_on = case((Invoice.status.in_(("paid", "credited")), Invoice.paid_on), else_=today)
    return and_(
        Invoice.kind == "invoice",
        Invoice.status.in_(sorted(COUNTED)),
        Invoice.is_disputed.is_(False),
        Invoice.due_date >= bindparam("due_since", type_=Date()),
        settled_on - Invoice.due_date > LATE_AFTER_DAYS,
    )


def _standing(names: Sequence[str]) -> Select[*tuple[Any, ...]]:
    bought = exists(
        select(Deal.id).where(
            _is_customers(Deal, names),
            Deal.outcome == "won",
            Deal.first_won_at <= bindparam("before"),
            Deal.is_void.is_(False),
            Deal.deleted_at.is_(None),
        )
    )
    late = select(func.count()).where(_is_customers(Invoice, names), _was_late())
    breach = exists(
        select(Claim.id).where(
            _is_customers(Claim, names),
            Claim.kind == AGAINST_CUSTOMER,
            Claim.status.not_in(sorted(OVER)),
            Claim.deleted_at.is_(None),
        )
    )
    return select(bought, late.scalar_subquery(), breach)


# built once: putting it together was a seventh of creating a deal
CONTACT, COMPANY = "contact_id", "company_id"
_STANDING: dict[tuple[str, ...], Select[*tuple[Any, ...]]] = {
    names: _standing(names) for names in ((CONTACT,), (COMPANY,), (CONTACT, COMPANY))
}


async def standing_of(
    session: AsyncSession,
    *,
    contact_id: UUID | None,
    company_id: UUID | None,
    before: datetime,
) -> Standing:
    """Return what is known of a customer, in one statement; purchases until `before` count."""
    given = {CONTACT: contact_id, COMPANY: company_id}
    named = {name: one for name, one in given.items() if one is not None}
    today = today_of(session)
    asked = {
        **named,
        "before": before,
        "today": today,
        "due_since": today - timedelta(days=LATE_AFTER_DAYS + WITHIN_DAYS),
    }
    row = (await session.execute(_STANDING[tuple(named)], asked)).one()
    return Standing(has_bought=row[0], late_invoices=row[1], has_unsettled_breach=row[2])


async def first_purchases(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> dict[UUID, datetime]:
    """Return when each of these contacts and companies first bought; who never did is left out."""
    if not customer_ids:
        return {}
    one_with = await aliases.groups(session, customer_ids)
    records = {record for group in one_with.values() for record in group}
    found: dict[UUID, datetime] = {}
    for column in (Deal.contact_id, Deal.company_id):
        rows = await session.execute(
            select(column, func.min(Deal.first_won_at))
            .where(
                column.in_(sorted(records)),
                Deal.outcome == "won",
                Deal.is_void.is_(False),
                Deal.deleted_at.is_(None),
            )
            .group_by(column)
        )
        found.update({customer: at for customer, at in rows if customer and at})
    return {
        customer: min(bought)
        for customer, group in one_with.items()
        if (bought := [found[record] for record in group if record in found])
    }
