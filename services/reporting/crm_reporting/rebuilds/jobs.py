"""Carrying out a rebuild: the same functions over the whole ledger, beside what is in use."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Grain
from crm_reporting.contributions.use_cases import project
from crm_reporting.custom_metrics import queries as custom_queries
from crm_reporting.custom_metrics import use_cases as custom_metrics
from crm_reporting.database import lock_projector
from crm_reporting.facts import statements as facts
from crm_reporting.rebuilds import queries, statements, use_cases
from crm_reporting.rebuilds.models import Touched
from crm_reporting.rebuilds.queries import Portion
from crm_reporting.rebuilds.statements import counting
from crm_reporting.rebuilds.use_cases.portions import (
    Counted,
    begin_apart,
    count,
    count_apart,
    count_refunds,
)
from crm_reporting.settings import Settings
from crm_reporting.summaries.statements import SUMS
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.worker import JobContext

log = structlog.get_logger()

Sum = Callable[[AsyncSession, ZoneInfo], Awaitable[None]]

EVENTS_A_PAGE = 2000
EVENTS_A_PORTION = 10_000
DEALS_A_PAGE = 1000
# With fewer, starting processes takes longer than they save.
FEW_EVENTS = 40_000
GRAINS_AT_ONCE = 2
BEAT_S = 20.0
# each holds a connection and some 150 MB: a great machine's other cores are left to PostgreSQL
PROCESSES = min(len(os.sched_getaffinity(0)), 8)
# connections: grains that are counted, what is noted beside them, and one to spare
ROOM = GRAINS_AT_ONCE + 2


async def run_waiting(context: JobContext) -> int:
    """Carry out the rebuild that was asked for, if any."""
    return await carry_out(context.sessions, context.settings)


async def carry_out(sessions: Sessions, settings: Settings) -> int:
    """Build the counters anew beside those in use, then exchange them; 1 when there was one."""
    begun = await _begin(sessions)
    if begun is None:
        return 0
    # an index of millions of rows takes longer than any request may
    engine = make_engine(
        settings.database_url,
        application="crm-reporting-rebuild",
        pool_size=ROOM,
        command_timeout=None,
    )
    try:
        await _carry_out(Run(make_sessions(engine, settings), settings, begun))
        await statements.vacuum(engine)
    finally:
        await engine.dispose()
    return 1


async def _carry_out(run: "Run") -> None:
    alive = asyncio.create_task(run.stay_alive())
    try:
        await run.read_ledger()
        await run.count()
        await run.finish()
    except TakenOverError:
        # the tables and the line of progress are another's by now
        log.warning("rebuild-taken-over")
    except Exception as failed:
        # whatever it was, the kept counters still stand; who asked must learn that it failed
        log.exception("rebuild-failed")
        await run.note(state="failed", problem=type(failed).__name__, ended_at=utc_now())
    finally:
        alive.cancel()


async def _begin(sessions: Sessions) -> "Begun | None":
    async with sessions() as session:
        if await queries.find_running(session) is None:
            return None
    async with sessions.begin() as session:
        # from here on the projector notes what comes, so nothing falls between two reads
        await lock_projector(session)
        rebuild = await queries.next_rebuild(session)
        if rebuild is None:
            return None
        await session.execute(delete(Touched))
        rebuild.state, rebuild.done = "running", 0
        rebuild.started_at = rebuild.beat_at = now = utc_now()
        await session.flush()
        return Begun(rebuild.id, now)


class Begun(NamedTuple):
    """Which rebuild, and by whom: another that takes it over begins at another moment."""

    rebuild_id: UUID
    at: datetime


class TakenOverError(Exception):
    """This run was taken for dead, and another one works in the shadow tables."""


class Run:
    """One rebuild under way."""

    def __init__(self, sessions: Sessions, settings: Settings, begun: "Begun") -> None:
        self.sessions = sessions
        self.settings = settings
        self.id, self.began = begun
        self.own: set[tuple[UUID, int]] = set()

    async def note(self, **values: object) -> None:
        """Write how far it is."""
        async with self.sessions.begin() as session:
            await use_cases.note_progress(session, self.id, **values)

    async def stay_alive(self) -> None:
        """Say now and then that this run goes on: an index may take minutes."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self.note()
            except (OSError, SQLAlchemyError):
                # a beat that is missed is made up for by the next; many, and another takes over
                log.warning("rebuild-beat-missed", exc_info=True)

    async def read_ledger(self) -> None:
        """Read the ledger portion by portion into the shadow's facts and contributions."""
        async with self.sessions.begin() as session:
            await statements.make_shadow(session)
            cut, total = await queries.portions(session, events=EVENTS_A_PORTION)
        await self.note(step="facts", done=0, total=total)
        alone = total < FEW_EVENTS
        done, labels = 0, set[str]()
        async with aclosing(self._here(cut) if alone else self._apart(cut)) as counted:
            async for portion in counted:
                done, labels = done + portion.events, labels | portion.labels
                await self.note(done=done)
        async with self.sessions.begin() as session:
            await statements.work_in_shadow(session)
            await facts.add_labels(session, labels)
            await statements.make_indexes(session, statements.FACTS)
        await self._count_refunds()
        await self._count_own()

    async def _count_refunds(self) -> None:
        """Take in what deals lose by money that went back, now that all of it is there."""
        async with self.sessions.begin() as session:
            await statements.work_in_shadow(session)
            deals = await queries.refunded_deals(session)
            for start in range(0, len(deals), DEALS_A_PAGE):
                page = deals[start : start + DEALS_A_PAGE]
                await count_refunds(session, self.settings.zone, page)

    async def _count_own(self) -> None:
        """Count what events come to by the company's own metrics, all of them in one reading."""
        async with self.sessions() as session:
            definitions = await custom_queries.live_definitions(session)
        self.own = {(one.metric_id, one.revision) for one in definitions}
        types = sorted({type_ for one in definitions for type_ in one.events})
        after = custom_queries.BEGINNING
        while types:
            async with self.sessions.begin() as session:
                await statements.work_in_shadow(session)
                page = await custom_queries.events_after(session, types, after, limit=EVENTS_A_PAGE)
                await custom_metrics.count_page(session, definitions, page)
            if not page:
                return
            after = page[-1].recorded_at, page[-1].event_id

    async def _here(self, cut: Sequence[Portion]) -> AsyncGenerator[Counted]:
        for portion in cut:
            yield await count(self.sessions, self.settings.zone, portion)

    async def _apart(self, cut: Sequence[Portion]) -> AsyncGenerator[Counted]:
        """Count in a process a core, so that the projector's own has time for what comes."""
        pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), begin_apart)
        count_one = partial(count_apart, self.settings.database_url, self.settings.time_zone)
        try:
            loop = asyncio.get_running_loop()
            waiting = [loop.run_in_executor(pool, count_one, portion) for portion in cut]
            for counted in asyncio.as_completed(waiting):
                yield await counted
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    async def count(self) -> None:
        """Sum the contributions into counters, some grains at a time, then make all indexes."""
        await self.note(step="counters")
        room = asyncio.Semaphore(GRAINS_AT_ONCE)
        await asyncio.gather(*(self._count_days(grain, room) for grain in counting.BY_ROWS))
        async with self.sessions.begin() as session:
            await statements.work_in_shadow(session)
            await counting.count_up(session)
        await self.note(step="indexes")
        async with self.sessions.begin() as session:
            await statements.work_in_shadow(session)
            await statements.make_indexes(session, statements.REST)
        await self.note(step="customers")
        await asyncio.gather(*(self._sum(one, room) for one in SUMS))
        async with self.sessions.begin() as session:
            await statements.work_in_shadow(session)
            await statements.make_indexes(session, statements.SUMMED)

    async def _sum(self, of_all: Sum, room: asyncio.Semaphore) -> None:
        async with room, self.sessions.begin() as session:
            await statements.work_in_shadow(session)
            await of_all(session, self.settings.zone)

    async def _count_days(self, grain: Grain, room: asyncio.Semaphore) -> None:
        async with room, self.sessions.begin() as session:
            await statements.work_in_shadow(session)
            await counting.count_days(session, grain)

    async def finish(self) -> None:
        """Take in what came meanwhile, exchange the tables, and write down the new build."""
        await self.note(step="exchange")
        async with self.sessions.begin() as session:
            await lock_projector(session)
            await statements.work_in_shadow(session)
            while page := await queries.touched_events(session, limit=EVENTS_A_PAGE):
                await project(session, page, self.settings.zone)
                await custom_metrics.count(session, page)
                await session.execute(
                    delete(Touched).where(Touched.event_id.in_([one.id for one in page]))
                )
            if not await queries.is_mine(session, self.id, self.began):
                raise TakenOverError
            await statements.keep_others(session, self.own)
            await statements.exchange(session)
            await use_cases.set_build(session, self.settings)
            await use_cases.note_progress(
                session, self.id, state="done", step=None, ended_at=utc_now()
            )
