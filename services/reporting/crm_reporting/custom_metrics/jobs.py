"""Counting the past: a new metric reads the ledger once, from its first event on."""

from collections.abc import Callable, Sequence
from time import monotonic
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
SHORTEST_S, LONGEST_S = 4.0, 3600.0


class Patience:
    """When metrics that could not be counted are tried again: after pauses that double.

    It reads the ledger from its beginning each time. A revised metric is another one and begins
    at once. Kept in the process: a worker that starts anew tries once more.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._waits: dict[tuple[UUID, int], tuple[float, float]] = {}

    def due(self, waiting: Sequence[Definition]) -> list[Definition]:
        """Return those whose turn it is; of those that wait no more nothing is kept."""
        now, known = self._clock(), {_key(one) for one in waiting}
        self._waits = {key: wait for key, wait in self._waits.items() if key in known}
        return [one for one in waiting if self._waits.get(_key(one), (0.0, now))[1] <= now]

    def failed(self, definition: Definition) -> float:
        """Note that one could not be counted, and return after how long it is tried again."""
        pause = min(2 * self._waits.get(_key(definition), (SHORTEST_S / 2, 0.0))[0], LONGEST_S)
        self._waits[_key(definition)] = pause, self._clock() + pause
        return pause

    def counted(self, definition: Definition) -> None:
        """Note that one was counted."""
        self._waits.pop(_key(definition), None)


def _key(definition: Definition) -> tuple[UUID, int]:
    return definition.metric_id, definition.revision


PATIENCE = Patience()


async def count_past(context: JobContext) -> int:
    """Count the past of metrics, page by page; return how many were counted.

    Two replicas may count the same one: what is there already stays, and a crash begins anew.
    """
    async with context.sessions() as session:
        waiting = PATIENCE.due(await queries.uncounted(session))
        leftovers = await queries.leftovers(session)
    if not waiting and not leftovers:
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
        async with sessions() as session:
            # what was counted just now has left its former revisions behind
            leftovers = await queries.leftovers(session)
        for metric_id, before in leftovers:
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
        # the others do not wait for one that cannot be counted; it is tried again, ever later
        pause = PATIENCE.failed(definition)
        log.exception(
            "custom-metric-not-counted", metric_id=str(definition.metric_id), again_in_s=pause
        )
        return 0
    PATIENCE.counted(definition)
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
