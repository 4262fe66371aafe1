"""What was lost by broken promises, counted in the database."""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Interval, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.contacting import days_of, of_part, rows_of_clients
from crm_reporting.metrics.queries.purchases import rate_on
from crm_reporting.metrics.rules.asks import Read

# K29: what is lost so soon after a broken promise, with none kept between, is lost by it
BLAMED = timedelta(days=30)


class Lost(NamedTuple):
    """Deals, and what they were expected to bring."""

    deals: int
    priced: int
    expected: Decimal


async def lost_by_promises(session: AsyncSession, read: Read, currency: str) -> Lost:
    """K29: deals lost within thirty days after a promise to the customer was broken.

    Each counts once, for its amount by the probability it had when it was open last.
    """
    lost = rows_of_clients("lost", of_part(Part.LOST), days_of(read), facts_where(read))
    broken = rows_of_clients("broken", of_part(Part.PROMISE), Contribution.dropped.is_(True))
    kept = rows_of_clients("kept", of_part(Part.PROMISE), Contribution.passed.is_(True))
    stay = aliased(Contribution)
    reconciled = (
        exists()
        .where(kept.c.customer == lost.c.customer, kept.c.at > broken.c.at, kept.c.at <= lost.c.at)
        .correlate(lost, broken)
    )
    blamed = (
        exists()
        .where(
            broken.c.customer == lost.c.customer,
            broken.c.at <= lost.c.at,
            broken.c.at > lost.c.at - literal(BLAMED, Interval),
            ~reconciled,
        )
        .correlate(lost)
    )
    worth = (
        select(stay.measure)
        .where(stay.subject_id == lost.c.subject_id, stay.part == int(Part.STAY))
        .order_by(stay.day.desc())
        .limit(1)
        .scalar_subquery()
    )
    deal = select(lost.c.currency, lost.c.day, worth.label("worth")).where(blamed).subquery()
    expected = deal.c.worth * rate_on(currency, deal.c.currency, deal.c.day)
    found = select(func.count(), func.count(expected), func.coalesce(func.sum(expected), 0))
    return Lost._make((await session.execute(found.select_from(deal))).one())
