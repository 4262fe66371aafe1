"""Every SELECT of the competitors feature."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.competitors.errors import CompetitorNotFoundError
from crm_deals.competitors.models import Competitor


def all_competitors() -> Select[Competitor]:
    """Select the competitors that may be named."""
    return select(Competitor).where(Competitor.deleted_at.is_(None))


async def get_competitor(session: AsyncSession, competitor_id: UUID) -> Competitor:
    """Return one competitor, deleted ones excluded."""
    competitor = await session.scalar(all_competitors().where(Competitor.id == competitor_id))
    if competitor is None:
        raise CompetitorNotFoundError(competitor_id)
    return competitor


async def find_competitor_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Competitor | None:
    """Return the competitor that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(Competitor).where(
            Competitor.source_system == system, Competitor.external_id == external_id
        )
    )


async def is_label_taken(session: AsyncSession, competitor: Competitor) -> bool:
    """Tell whether another competitor has this label."""
    other = all_competitors().where(
        Competitor.label == competitor.label, Competitor.id != competitor.id
    )
    return await session.scalar(other.limit(1)) is not None


async def list_competitor_rows(session: AsyncSession) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return every competitor, the deleted ones too, as plain rows."""
    found = await session.execute(select(Competitor.id, Competitor.label, Competitor.deleted_at))
    return found.all()
