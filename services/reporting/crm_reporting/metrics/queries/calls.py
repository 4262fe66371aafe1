"""Calls that were missed and won back: the one question that two calls answer together."""

from datetime import timedelta

from sqlalchemy import Interval, and_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.contacting import days_of, of_part, rows_of_clients
from crm_reporting.metrics.rules.asks import Read

WITHIN = timedelta(hours=1)


async def count_won_back(session: AsyncSession, read: Read) -> int:
    """Count missed calls of clients with whom somebody spoke within an hour after them.

    Merged clients are one, by whichever of their names they rang and were spoken to.
    """
    # an hour after the last of the period may be the next day
    after = read.period.end + timedelta(days=1)
    near = and_(Contribution.day >= read.period.start, Contribution.day < after)
    is_answered = Contribution.passed.expression
    whole = Contribution.product.is_(None)
    # whoever spoke: all calls read once, in place of one search for each that was missed
    spoke = rows_of_clients("spoke", of_part(Part.CALL), is_answered, near, whole)
    missed = rows_of_clients(
        "missed", of_part(Part.CALL_MISSED), days_of(read), facts_where(read), whole
    )
    is_won_back = (
        select(spoke.c.subject_id)
        .where(
            spoke.c.customer == missed.c.customer,
            spoke.c.at >= missed.c.at,
            spoke.c.at <= missed.c.at + literal(WITHIN, Interval),
        )
        .exists()
    )
    found = select(func.count()).select_from(missed).where(is_won_back)
    return int(await session.scalar(found) or 0)
