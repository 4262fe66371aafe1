"""Calls that were missed and won back: the one question that two calls answer together."""

from sqlalchemy import extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read

WITHIN_S = 3600


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
            extract("epoch", later.at - Contribution.at) <= WITHIN_S,
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
