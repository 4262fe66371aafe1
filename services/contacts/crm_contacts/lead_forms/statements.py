"""Counting what comes through a form, in the database: every process sees the same number."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.lead_forms.models import LeadFormGuard


async def count_hit(
    session: AsyncSession, form_id: UUID, subject: str, *, now: datetime, window: timedelta
) -> int:
    """Count one more and return how many it are in this window."""
    guard = LeadFormGuard
    is_over = guard.since <= now - window
    statement = (
        upsert(guard)
        .values(form_id=form_id, subject=subject, since=now, hits=1)
        .on_conflict_do_update(
            index_elements=[guard.form_id, guard.subject],
            set_={
                "hits": case((is_over, 1), else_=guard.hits + 1),
                "since": case((is_over, now), else_=guard.since),
            },
        )
        .returning(guard.hits)
    )
    hits: int | None = await session.scalar(statement)
    return hits or 0


async def forget_old_hits(session: AsyncSession, before: datetime) -> int:
    """Drop counts that no longer say anything."""
    statement = delete(LeadFormGuard).where(LeadFormGuard.since < before)
    return len((await session.scalars(statement.returning(LeadFormGuard.subject))).all())
