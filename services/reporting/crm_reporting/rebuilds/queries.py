"""Reading builds and rebuilds."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules.subjects import KINDS
from crm_reporting.facts.models import DealFact, NounFact
from crm_reporting.ledger.models import LedgerEntry
from crm_reporting.rebuilds.errors import RebuildNotFoundError
from crm_reporting.rebuilds.models import Build, Rebuild, Touched
from crm_shared.clock import utc_now
from crm_shared.events.envelope import AnyEvent, Envelope

# A run that has not said anything for so long is dead: its process was killed.
SILENT_AFTER = timedelta(minutes=2)
OF_FACTS = LedgerEntry.publisher.in_(["contacts", "deals", "notifications"])
_SHAPE = Envelope[AnyEvent]


async def find_build(session: AsyncSession) -> Build | None:
    """Return what the counters were built with."""
    return await session.scalar(select(Build))


async def find_build_and_running(session: AsyncSession) -> tuple[Build | None, bool]:
    """Return what the counters were built with, and whether a rebuild waits or runs: one trip."""
    running = select(Rebuild.id).where(Rebuild.state.in_(["waiting", "running"])).exists()
    found = (await session.execute(select(Build, running))).one_or_none()
    if found is None:
        return None, await find_running(session) is not None
    return found[0], found[1]


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


async def count_events(session: AsyncSession) -> int:
    """Count the events of the ledger that facts are made of."""
    counted = select(func.count()).select_from(LedgerEntry).where(OF_FACTS)
    return int(await session.scalar(counted) or 0)


async def events_after(
    session: AsyncSession, after: tuple[datetime, UUID], *, limit: int
) -> list[Envelope[Any]]:
    """Return the next events of the ledger."""
    place = tuple_(LedgerEntry.recorded_at, LedgerEntry.event_id)
    query = (
        select(cast(LedgerEntry.envelope, Text))
        .where(OF_FACTS, place > after)
        .order_by(LedgerEntry.recorded_at, LedgerEntry.event_id)
        .limit(limit)
    )
    return [_SHAPE.model_validate_json(envelope) for envelope in await session.scalars(query)]


async def touched_events(session: AsyncSession, *, limit: int) -> list[Envelope[Any]]:
    """Return events that came while the rebuild ran and are not taken in yet."""
    query = (
        select(cast(LedgerEntry.envelope, Text))
        .join(
            Touched,
            (Touched.recorded_at == LedgerEntry.recorded_at)
            & (Touched.event_id == LedgerEntry.event_id),
        )
        .order_by(LedgerEntry.recorded_at, LedgerEntry.event_id)
        .limit(limit)
    )
    return [_SHAPE.model_validate_json(envelope) for envelope in await session.scalars(query)]


async def deals_after(session: AsyncSession, after: UUID, *, limit: int) -> list[UUID]:
    """Return the next deals that there are facts of."""
    query = select(DealFact.deal_id).where(DealFact.deal_id > after).distinct()
    return list(await session.scalars(query.order_by(DealFact.deal_id).limit(limit)))


async def subjects_after(
    session: AsyncSession, after: tuple[str, UUID], *, limit: int
) -> list[tuple[str, UUID]]:
    """Return the next subjects that are no deals and are counted."""
    place = tuple_(NounFact.kind, NounFact.id)
    query = select(NounFact.kind, NounFact.id).where(NounFact.kind.in_(KINDS), place > after)
    page = await session.execute(query.distinct().order_by(NounFact.kind, NounFact.id).limit(limit))
    return [(kind, subject) for kind, subject in page]
