"""Every SELECT of overviews, within the caller's scope."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Numeric,
    Row,
    Text,
    Uuid,
    and_,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import HAS_PRODUCTS, Deal
from crm_deals.deals.queries import in_scope
from crm_shared.actor import Access
from crm_shared.db import aliases

Rows = Sequence[Row[*tuple[Any, ...]]]
# what fits a card beside the figures; the whole list is a link
LATEST = 10
_BRIEF = (
    Deal.id,
    Deal.title,
    Deal.contact_id,
    Deal.company_id,
    Deal.owner_id,
    Deal.stage_id,
    Deal.outcome,
    Deal.amount,
    Deal.currency,
    Deal.expected_close_date,
    Deal.stage_entered_at,
    Deal.closed_at,
    Deal.created_at,
)


async def of_customer(
    session: AsyncSession, contact_id: UUID | None, company_id: UUID | None
) -> ColumnElement[bool]:
    """Return the condition of a customer's deals, whatever records were merged into him."""
    wanted = contact_id or company_id
    column_ = Deal.contact_id if contact_id is not None else Deal.company_id
    if wanted is None:
        raise ValueError("no customer is named")
    return column_.in_((await aliases.groups(session, {wanted}))[wanted])


def of_owner(owner_id: UUID) -> ColumnElement[bool]:
    return Deal.owner_id == owner_id


def with_product(product_id: UUID) -> ColumnElement[bool]:
    return and_(HAS_PRODUCTS, Deal.product_ids.contains(literal([product_id], ARRAY(Uuid()))))


def _visible(access: Access, whose: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(whose, Deal.deleted_at.is_(None), in_scope(access))


async def sums(session: AsyncSession, access: Access, whose: ColumnElement[bool]) -> Rows:
    """Return how many deals there are and what they come to, by outcome and currency."""
    found = (
        select(
            Deal.outcome,
            Deal.currency,
            func.count().label("count"),
            func.sum(Deal.amount).label("amount"),
        )
        .where(_visible(access, whose))
        .group_by(Deal.outcome, Deal.currency)
        .order_by(Deal.outcome, Deal.currency)
    )
    rows: Rows = (await session.execute(found)).all()
    return rows


async def latest(session: AsyncSession, access: Access, whose: ColumnElement[bool]) -> Rows:
    """Return the latest deals."""
    found = select(*_BRIEF).where(_visible(access, whose))
    newest = found.order_by(Deal.created_at.desc(), Deal.id.desc()).limit(LATEST)
    rows: Rows = (await session.execute(newest)).all()
    return rows


async def sold(session: AsyncSession, access: Access, product_id: UUID) -> Rows:
    """Return how much of a product stands in won deals, by currency."""
    line = func.jsonb_array_elements(Deal.line_items).table_valued(
        column("value", JSONB), name="line"
    )
    value: Any = line.c.value
    found = (
        select(
            Deal.currency,
            func.count(Deal.id.distinct()).label("deals"),
            func.sum(cast(value["quantity"].astext, Numeric)).label("quantity"),
            func.sum(cast(value["total"].astext, Numeric)).label("total"),
        )
        .select_from(Deal)
        .join(line, value["product_id"].astext == cast(str(product_id), Text))
        .where(_visible(access, with_product(product_id)), Deal.outcome == "won")
        .group_by(Deal.currency)
        .order_by(Deal.currency)
    )
    rows: Rows = (await session.execute(found)).all()
    return rows
