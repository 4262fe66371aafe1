"""Calls that were missed and won back: the one question that two calls answer together."""

from datetime import timedelta

from sqlalchemy import Interval, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read
from crm_shared.db.infrastructure import ALIASES

WITHIN = timedelta(hours=1)


async def count_won_back(session: AsyncSession, read: Read) -> int:
    """Count missed calls of clients with whom somebody spoke within an hour after them.

    Merged clients are one, by whichever of their names they rang and were spoken to.
    """
    later = aliased(Contribution)
    one, other = aliased(ALIASES), aliased(ALIASES)
    survivor = select(one.c.survivor_id).where(one.c.loser_id == Contribution.customer)
    resolved = survivor.correlate(Contribution).scalar_subquery()
    who = func.coalesce(resolved, Contribution.customer)
    names = select(other.c.loser_id).where(other.c.survivor_id == who).correlate(Contribution)
    spoke = (
        select(later.subject_id)
        .where(
            later.customer == any_(func.array_append(func.array(names.scalar_subquery()), who)),
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
