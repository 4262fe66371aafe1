"""Calls that were missed and won back: the one question that two calls answer together."""

from datetime import timedelta

from sqlalchemy import Interval, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read

WITHIN = timedelta(hours=1)


async def count_won_back(session: AsyncSession, read: Read) -> int:
    """Count missed calls of clients with whom somebody spoke within an hour after them."""
    later = aliased(Contribution)
    spoke = (
        select(later.subject_id)
        .where(
            later.customer == Contribution.customer,
            later.part == int(Part.CALL),
            later.passed,
            later.at >= Contribution.at,
            # as a bound, not as a difference: the index ends there
            later.at <= Contribution.at + literal(WITHIN, Interval),
        )
        .exists()
    )
    missed = select(func.count()).where(
        Contribution.part == int(Part.CALL_MISSED),
        Contribution.day >= read.period.start,
        Contribution.day < read.period.end,
        facts_where(read),
        spoke,
    )
    return int(await session.scalar(missed) or 0)
