"""Reading builds and rebuilds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Text, select, text
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.facts.rules import COUNTED, NOUNS
from crm_reporting.ledger.models import LedgerEntry
from crm_reporting.rebuilds.errors import RebuildNotFoundError
from crm_reporting.rebuilds.models import Build, Rebuild, Touched
from crm_shared.clock import utc_now
from crm_shared.db.driver import driver_of
from crm_shared.events.envelope import AnyEvent, Envelope

# A run that has not said anything for so long is dead: its process was killed.
SILENT_AFTER = timedelta(minutes=2)
READ = COUNTED | NOUNS
_SHAPE = Envelope[AnyEvent]
_CUTS = text("""
SELECT (array_agg(subject ORDER BY subject DESC))[1] AS last, sum(events)::bigint AS events FROM (
    SELECT subject, events,
           (sum(events) OVER (ORDER BY subject) - events) / :events AS portion
    FROM ledger_heads WHERE publisher IN ('contacts', 'deals', 'notifications')
) AS placed GROUP BY portion ORDER BY portion
""")
# The columns say what the envelope around the data says.
_EVENTS = """
SELECT event_id, type, subject, revision, occurred_at, recorded_at, (envelope -> 'data')::text
FROM ledger
WHERE ($1::uuid IS NULL OR subject > $1) AND ($2::uuid IS NULL OR subject <= $2)
AND publisher IN ('contacts', 'deals', 'notifications')
AND split_part(type, '.', 3) = ANY($3::text[])
ORDER BY subject, revision, recorded_at, event_id
"""


_REFUNDED = text("""
SELECT DISTINCT (data ->> 'deal_id')::uuid FROM noun_facts
WHERE kind = 'payment' AND data ->> 'kind' = 'refund' AND data ->> 'deal_id' IS NOT NULL
ORDER BY 1
""")


class Portion(NamedTuple):
    """Subjects after the first and up to the second; None is beyond all."""

    after: UUID | None
    upto: UUID | None


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


async def is_mine(session: AsyncSession, rebuild_id: UUID, began: datetime) -> bool:
    """Tell whether a rebuild still is the run that began at this moment; hold its row."""
    found = select(Rebuild.id).where(
        Rebuild.id == rebuild_id, Rebuild.state == "running", Rebuild.started_at == began
    )
    return await session.scalar(found.with_for_update()) is not None


async def get_latest(session: AsyncSession) -> Rebuild:
    """Return the newest rebuild."""
    found = await session.scalar(select(Rebuild).order_by(Rebuild.asked_at.desc()).limit(1))
    if found is None:
        raise RebuildNotFoundError
    return found


async def portions(session: AsyncSession, *, events: int) -> tuple[list[Portion], int]:
    """Cut the subjects into portions of about so many events; return also how many there are.

    The first and the last reach beyond all that is known, so no subject is outside of them.
    """
    found = (await session.execute(_CUTS, {"events": events})).all()
    ends = [row.last for row in found[:-1]]
    return [Portion(*ends) for ends in zip([None, *ends], [*ends, None], strict=True)], sum(
        row.events for row in found
    )


async def events_of(session: AsyncSession, portion: Portion) -> list[Any]:
    """Return what facts are made of: a Head and the data as JSON, subject by subject."""
    return cast(
        "list[Any]",
        await driver_of(session).fetch(_EVENTS, portion.after, portion.upto, sorted(READ)),
    )


async def refunded_deals(session: AsyncSession) -> Sequence[UUID]:
    """Return the deals of which something was ever paid back."""
    return list(await session.scalars(_REFUNDED))


async def touched_events(session: AsyncSession, *, limit: int) -> list[Envelope[Any]]:
    """Return events that came while the rebuild ran and are not taken in yet."""
    query = (
        select(cast_to(LedgerEntry.envelope, Text))
        .join(
            Touched,
            (Touched.recorded_at == LedgerEntry.recorded_at)
            & (Touched.event_id == LedgerEntry.event_id),
        )
        .order_by(LedgerEntry.recorded_at, LedgerEntry.event_id)
        .limit(limit)
    )
    return [_SHAPE.model_validate_json(envelope) for envelope in await session.scalars(query)]
