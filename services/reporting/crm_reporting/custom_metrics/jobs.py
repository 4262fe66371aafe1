"""Counting the past: a new metric reads the ledger once, from its first event on."""

import time
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
EVERY_S, LONGEST_S = 2.0, 600.0
Key = tuple[UUID, int]


class Past:
    """The job, with what could not be counted and until when it rests."""

    def __init__(self) -> None:
        self._failed: dict[Key, tuple[int, float]] = {}

    async def count(self, context: JobContext) -> int:
        """Count the past of metrics, page by page; return how many were counted.

        Two replicas may count the same one: what is there already stays, and a crash begins anew.
        """
        async with context.sessions() as session:
            uncounted = await queries.uncounted(session)
            dropped = await queries.dropped(session)
        waiting = [one for one in uncounted if not self._rests(key_of(one))]
        if not waiting and not dropped:
            return 0
        # events of a rare kind may lie at the other end of the ledger: longer than a request takes
        url = context.settings.database_url
        name = "crm-reporting-custom-metrics"
        engine = make_engine(url, application=name, pool_size=1, command_timeout=None)
        try:
            sessions = make_sessions(engine, context.settings)
            counted = 0
            for definition in waiting:
                counted += await self._count_one(sessions, definition)
            for metric_id, before in [*dropped, *map(key_of, waiting)]:
                await _forget(sessions, metric_id, before)
            return counted
        finally:
            await engine.dispose()

    def _rests(self, key: Key) -> bool:
        return time.monotonic() < self._failed.get(key, (0, 0.0))[1]

    async def _count_one(self, sessions: Sessions, definition: Definition) -> int:
        key = key_of(definition)
        try:
            async with sessions.begin() as session:
                # who keeps events now may have begun before there was a metric: wait for him once
                await lock_projector(session)
            rows = await _count(sessions, definition)
            async with sessions.begin() as session:
                await use_cases.note_counted(session, definition)
        except OF_DATABASE:
            # the others do not wait for it, and it reads the ledger from its beginning each time
            times = self._failed.get(key, (0, 0.0))[0] + 1
            pause = min(EVERY_S * 2**times, LONGEST_S)
            self._failed[key] = (times, time.monotonic() + pause)
            told = {"metric_id": str(definition.metric_id), "tried": times, "again_in_s": pause}
            log.exception("custom-metric-not-counted", **told)
            return 0
        self._failed.pop(key, None)
        log.info("custom-metric-counted", metric_id=str(definition.metric_id), rows=rows)
        return 1


def key_of(definition: Definition) -> Key:
    """Return which metric it is, and by which revision it counts."""
    return definition.metric_id, definition.revision


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


JOBS = [Job("custom-metrics", EVERY_S, Past().count)]
