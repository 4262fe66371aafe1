"""Every SELECT about what is kept of a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals.models import Approval
from crm_deals.claims.models import Claim
from crm_deals.deals.models import HAS_PARTS, Deal
from crm_deals.deals.queries import place
from crm_deals.invoices.models import Invoice
from crm_deals.payments.models import Payment
from crm_deals.product_wishes.models import ProductWish
from crm_deals.quotes.models import Quote
from crm_shared.events.refs import RefItem

OF_DEALS = (Approval,)
OF_PERSONS = (Invoice, Payment, Claim, Quote)


def takes_part(person_id: UUID) -> ColumnElement[bool]:
    """Return the condition under which a deal is one of this person's."""
    role = [{"contact_id": str(person_id)}]
    # said outright: only so is the index found that holds the few deals with others in them
    return or_(Deal.contact_id == person_id, and_(HAS_PARTS, Deal.contact_ids.contains(role)))


async def deals_of(session: AsyncSession, person_id: UUID) -> list[Deal]:
    """Return a person's deals, those put away too."""
    found = select(Deal).where(takes_part(person_id)).order_by(Deal.id)
    deals = list((await session.scalars(found)).unique())
    await place(session, deals)
    return deals


async def rows_of(session: AsyncSession, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is kept of a person, by noun, every column of every row."""
    deals = await deals_of(session, person_id)
    kept: dict[str, list[dict[str, Any]]] = {"deals": [_columns(deal) for deal in deals]}
    ids = [deal.id for deal in deals]
    for model in OF_DEALS:
        found = select(model.__table__).where(model.__table__.c.deal_id.in_(ids))
        kept[model.__tablename__] = await _plain(session, found)
    for owned in OF_PERSONS:
        table = owned.__table__
        found = select(table).where(or_(table.c.contact_id == person_id, table.c.deal_id.in_(ids)))
        kept[owned.__tablename__] = await _plain(session, found)
    wishes = ProductWish.__table__
    of_person = select(wishes).where(wishes.c.contact_id == person_id)
    kept[ProductWish.__tablename__] = await _plain(session, of_person)
    return kept


async def person_refs(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Tell all that is kept of persons, to contacts, which answers for it to them."""
    return [
        RefItem(id=one, revision=1, data=to_jsonable_python(await rows_of(session, one)))
        for one in ids
    ]


def _columns(deal: Deal) -> dict[str, Any]:
    return {column.key: getattr(deal, column.key) for column in Deal.__mapper__.column_attrs}


async def _plain(session: AsyncSession, found: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in (await session.execute(found)).mappings()]
