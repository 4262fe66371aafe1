"""K9: to which channels revenue goes, by the touches that came before a sale."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Subquery, and_, exists, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.fields import CUSTOMER
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.contacting import of_part, rows_of_clients
from crm_reporting.metrics.queries.purchases import rate_into
from crm_reporting.metrics.rules.asks import Read


class Brought(NamedTuple):
    """What one channel was given of the revenue; of a sale with three touches a third."""

    channel: str | None
    n: int
    amount: Decimal


async def attributed(
    session: AsyncSession, read: Read, currency: str, model: str
) -> Sequence[Brought]:
    """Give each sale's amount to its first or last touch, or to all of them alike (linear).

    Touches are the leads of the customer that named a channel before the sale, and the deal
    itself where no such lead names its channel. A sale without any touch has no channel.
    """
    touch = _touches(_sales(read, currency))
    order = touch.c.at if model == "first" else touch.c.at.desc()
    ranked = select(
        touch.c.sale,
        touch.c.channel,
        touch.c.amount,
        func.row_number()
        .over(partition_by=touch.c.sale, order_by=(order, touch.c.channel))
        .label("place"),
        func.count().over(partition_by=touch.c.sale).label("touches"),
    ).subquery()
    linear = model == "linear"
    given = ranked.c.amount / ranked.c.touches if linear else ranked.c.amount
    found = select(
        ranked.c.channel,
        func.count(),
        func.coalesce(func.sum(given), 0),
    ).group_by(ranked.c.channel)
    if not linear:
        found = found.where(ranked.c.place == 1)
    return [Brought(*row) for row in await session.execute(found)]


def _sales(read: Read, currency: str) -> Subquery:
    return (
        select(
            Contribution.subject_id.label("sale"),
            Contribution.at.label("at"),
            Contribution.channel.label("channel"),
            CUSTOMER.label("customer"),
            (Contribution.amount * rate_into(currency)).label("amount"),
        )
        .where(
            Contribution.part == int(Part.WON),
            Contribution.day >= read.period.start,
            Contribution.day < read.period.end,
            facts_where(read),
        )
        .subquery("sale")
    )


def _touches(sale: Subquery) -> Subquery:
    came = aliased(Contribution)
    lead = rows_of_clients("lead", of_part(Part.LEAD), Contribution.channel.is_not(None))
    of_leads = select(
        sale.c.sale, sale.c.amount, lead.c.channel.label("channel"), lead.c.at.label("at")
    ).join(lead, and_(lead.c.customer == sale.c.customer, lead.c.at <= sale.c.at))
    # asked of the leads themselves: of the touches, each sale would be held against all the others
    is_named = exists().where(
        lead.c.customer == sale.c.customer,
        lead.c.at <= sale.c.at,
        or_(sale.c.channel.is_(None), lead.c.channel == sale.c.channel),
    )
    created = and_(
        came.subject_id == sale.c.sale,
        came.part.in_([int(Part.CREATED), int(Part.UNDATED)]),
        came.product.is_(None),
    )
    of_deal = (
        select(sale.c.sale, sale.c.amount, sale.c.channel, func.coalesce(came.at, sale.c.at))
        .outerjoin(came, created)
        .where(~is_named)
    )
    return union_all(of_leads, of_deal).subquery("touch")
