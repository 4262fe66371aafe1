"""What a metric was before the CRM, as somebody recorded it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.models import Baseline


async def baseline_of(session: AsyncSession, metric: str, team_id: UUID | None) -> Baseline | None:
    """Return the baseline of a metric, of a team or of the company; None while there is none."""
    found = select(Baseline).where(
        Baseline.metric == metric,
        Baseline.team_id.is_not_distinct_from(team_id),
        Baseline.deleted_at.is_(None),
    )
    return (await session.scalars(found)).one_or_none()
