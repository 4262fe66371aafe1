"""Counting the past: a new metric reads the ledger once, from its first event on."""

from uuid import UUID

import structlog
from sqlalchemy import text

from crm_reporting.custom_metrics import queries, statements, use_cases
from crm_reporting.custom_metrics.rules.definitions import Definition
from crm_reporting.database import lock_projector
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.db.failures import OF_DATABASE
from crm_shared.worker import Job, JobContext

log = structlog.get_logger()

A_PAGE = 2000


async def count_past(context: JobContext) -> int:
    """Count the past of metrics, page by page; return how many were counted.

    Two replicas may count the same one: what is there already stays, and a crash begins anew.
    """
    async with context.sessions() as session:
        waiting = await queries.uncounted(session)
        dropped = await queries.dropped(session)
    if not waiting and not dropped:
        return 0
    # events of a rare kind may lie at the other end of the ledger: longer than any request may take
    url = context.settings.database_url
    name = "crm-reporting-custom-metrics"
    engine = make_engine(url, application=name, pool_size=1, command_timeout=None)
    try:
        sessions = make_sessions(engine, context.settings)
        counted = 0
        for definition in waiting:
            counted += await _count_one(sessions, definition)
        for metric_id, before in [*dropped, *((one.metric_id, one.revision) for one in waiting)]:
            await _forget(sessions, metric_id, before)
        return counted
    finally:
        await engine.dispose()


async def _count_one(sessions: Sessions, definition: Definition) -> int:
    try:
        async with sessions.begin() as session:
            # who keeps events now may have begun before there was a metric: wait for him once
            await lock_projector(session)
        rows = await _count(sessions, definition)
        async with sessions.begin() as session:
            await use_cases.note_counted(session, definition)
    except OF_DATABASE:
        # the others do not wait for one that cannot be counted; it is tried again in its turn
        log.exception("custom-metric-not-counted", metric_id=str(definition.metric_id))
        return 0
    log.info("custom-metric-counted", metric_id=str(definition.metric_id), rows=rows)
    return 1


async def _forget(sessions: Sessions, metric_id: UUID, before: int) -> None:
    """Drop what former revisions came to, in portions: there may be millions of rows."""
    while True:
        async with sessions.begin() as session:
            if await statements.forget(session, metric_id, before=before, limit=A_PAGE) < A_PAGE:
                return


async def _count(sessions: Sessions, definition: Definition) -> int:
    types, after, done = sorted(definition.events), queries.BEGINNING, 0
    while True:
        async with sessions.begin() as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            page = await queries.events_after(session, types, after, limit=A_PAGE)
            if not page:
                return done
            await use_cases.count_page(session, [definition], page)
        after, done = (page[-1].recorded_at, page[-1].event_id), done + len(page)


JOBS = [Job("custom-metrics", 2.0, count_past)]
