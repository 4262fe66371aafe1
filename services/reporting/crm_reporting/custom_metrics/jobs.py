"""Counting the past: a new metric reads the ledger once, from its first event on."""

from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import text

from crm_reporting.custom_metrics import queries, use_cases
from crm_reporting.custom_metrics.rules.definitions import Definition
from crm_reporting.database import lock_projector
from crm_shared.db.engine import Sessions
from crm_shared.worker import Job, JobContext

log = structlog.get_logger()

A_PAGE = 2000
BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


async def count_past(context: JobContext) -> int:
    """Count the past of one metric, page by page; return how many metrics were counted.

    Two replicas may count the same one: what is there already stays, and a crash begins anew.
    """
    async with context.sessions() as session:
        found = await queries.next_uncounted(session)
    if found is None:
        return 0
    async with context.sessions.begin() as session:
        # who keeps events now may have begun before there was a metric to see: wait for him once
        await lock_projector(session)
    rows = await _count(context.sessions, found)
    async with context.sessions.begin() as session:
        await use_cases.note_counted(session, found)
    log.info("custom-metric-counted", metric_id=str(found.metric_id), rows=rows)
    return 1


async def _count(sessions: Sessions, definition: Definition) -> int:
    types, after, done = sorted(definition.events), BEGINNING, 0
    while True:
        async with sessions.begin() as session:
            # events of a rare kind may lie at the other end of the ledger
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            page = await queries.events_after(session, types, after, limit=A_PAGE)
            if not page:
                return done
            await use_cases.count_page(session, definition, page)
        after, done = (page[-1].recorded_at, page[-1].event_id), done + len(page)


JOBS = [Job("custom-metrics", 2.0, count_past)]
