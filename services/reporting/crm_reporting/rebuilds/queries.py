"""Reading builds and rebuilds."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.rebuilds.errors import RebuildNotFoundError
from crm_reporting.rebuilds.models import Build, Rebuild
from crm_shared.clock import utc_now

# A run that has not said anything for so long is dead: its process was killed.
SILENT_AFTER = timedelta(minutes=2)


async def find_build(session: AsyncSession) -> Build | None:
    """Return what the counters were built with."""
    return await session.scalar(select(Build))


async def find_running(session: AsyncSession) -> Rebuild | None:
    """Return the rebuild that waits or runs."""
    return await session.scalar(
        select(Rebuild)
        .where(Rebuild.state.in_(["waiting", "running"]))
        .order_by(Rebuild.asked_at)
        .limit(1)
    )


async def next_rebuild(session: AsyncSession) -> Rebuild | None:
    """Return the rebuild to carry out, locked: one that waits, or whose process died."""
    dead = (Rebuild.state == "running") & (Rebuild.beat_at < utc_now() - SILENT_AFTER)
    return await session.scalar(
        select(Rebuild)
        .where((Rebuild.state == "waiting") | dead)
        .order_by(Rebuild.asked_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def get_latest(session: AsyncSession) -> Rebuild:
    """Return the newest rebuild."""
    found = await session.scalar(select(Rebuild).order_by(Rebuild.asked_at.desc()).limit(1))
    if found is None:
        raise RebuildNotFoundError
    return found
