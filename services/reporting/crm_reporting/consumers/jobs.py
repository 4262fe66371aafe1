"""Timed work around the streams: how far behind they are, and repairing gaps."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog

from crm_reporting.consumers.streams import DURABLES, keep
from crm_reporting.ledger import queries, use_cases
from crm_shared.db.failures import OF_DATABASE
from crm_shared.events.consumer import Discard
from crm_shared.events.envelope import Envelope, stream_of
from crm_shared.events.failures import is_away
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.worker import JobContext

log = structlog.get_logger()

GAP_AFTER = timedelta(seconds=60)
GAPS_A_RUN = 50


async def watch_streams(context: JobContext) -> int:
    """Write for every stream how many events wait; results tell their lag from it."""
    for publisher, durable in DURABLES.items():
        try:
            pending = await context.bus.pending(stream_of(publisher), durable)
        except BusUnavailableError:
            continue  # no such stream yet, or the broker is away: nothing new is known
        async with context.sessions.begin() as session:
            await use_cases.note_pending(session, publisher, pending)
    return 0


async def repair_gaps(context: JobContext) -> int:
    """Fetch events that never came from their publisher's log, and count what stays missing."""
    return await repair(context, older_than=GAP_AFTER)


async def repair(context: JobContext, *, older_than: timedelta) -> int:
    """Repair gaps that have stood for a while, in streams that have nothing pending."""
    async with context.sessions() as session:
        use_cases.GAPS.set(await queries.count_gaps(session, older_than=older_than))
        heads = await queries.gaps(session, older_than=older_than, limit=GAPS_A_RUN)
    repaired = 0
    for head in heads:
        try:
            durable = DURABLES[head.publisher]
            if await context.bus.pending(stream_of(head.publisher), durable):
                continue
            events = await use_cases.fetch_events(context.bus, head)
        except BusUnavailableError:
            continue  # its publisher is away: the next run asks again
        fresh = await _keep_what_fits(context, events)
        log.warning("gap-repaired" if fresh else "gap-stays", rows=fresh)
        use_cases.REPAIRED.inc(fresh)
        repaired += fresh
    return repaired


async def _keep_what_fits(context: JobContext, events: Sequence[Envelope[Any]]) -> int:
    """Keep all together, else one by one: what does not fit must not hold up what does."""
    if not events:
        return 0
    try:
        async with context.sessions.begin() as session:
            return await keep(session, events)
    except (Discard, *OF_DATABASE) as failed:
        if is_away(failed):
            raise
        if len(events) == 1:
            log.exception("gap-event-refused", event_type=events[0].type)
            return 0
    return sum([await _keep_what_fits(context, [event]) for event in events])
