"""Carrying out a rebuild: the same functions over the whole ledger, beside what is in use."""

from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import delete

from crm_reporting.contributions import statements as counters
from crm_reporting.contributions.rules import contributions
from crm_reporting.contributions.rules.subjects import subject_contributions
from crm_reporting.contributions.use_cases import count_all, project, take_facts
from crm_reporting.database import lock_projector
from crm_reporting.facts import statements as facts
from crm_reporting.rebuilds import queries, statements, use_cases
from crm_reporting.rebuilds.models import Touched
from crm_reporting.settings import Settings
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.worker import JobContext

log = structlog.get_logger()

EVENTS_A_PAGE = 2000
DEALS_A_PAGE = 1000
SUBJECTS_A_PAGE = 2000
BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


async def run_waiting(context: JobContext) -> int:
    """Carry out the rebuild that was asked for, if any."""
    return await carry_out(context.sessions, context.settings)


async def carry_out(sessions: Sessions, settings: Settings) -> int:
    """Build the counters anew beside those in use, then exchange them; 1 when there was one."""
    rebuild_id = await _begin(sessions)
    if rebuild_id is None:
        return 0
    run = Run(sessions, settings, rebuild_id)
    try:
        await run.facts_from_ledger()
        await run.counters_from_subjects()
        await run.counters_from_facts()
        await run.finish()
    except Exception as failed:
        # whatever it was, the kept counters still stand; who asked must learn that it failed
        log.exception("rebuild-failed")
        await run.note(state="failed", problem=type(failed).__name__, ended_at=utc_now())
    return 1


async def _begin(sessions: Sessions) -> UUID | None:
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
        rebuild.started_at = rebuild.beat_at = utc_now()
        await session.flush()
        return rebuild.id


class Run:
    """One rebuild under way."""

    def __init__(self, sessions: Sessions, settings: Settings, rebuild_id: UUID) -> None:
        self.sessions = sessions
        self.settings = settings
        self.id = rebuild_id

    async def note(self, **values: object) -> None:
        """Write how far it is."""
        async with self.sessions.begin() as session:
            await use_cases.note_progress(session, self.id, **values)

    async def facts_from_ledger(self) -> None:
        """Read the ledger page by page into the shadow's facts."""
        async with self.sessions.begin() as session:
            await statements.make_shadow(session)
            total = await queries.count_events(session)
        await self.note(step="facts", done=0, total=total)
        after, done = BEGINNING, 0
        while True:
            async with self.sessions.begin() as session:
                await statements.work_in_shadow(session)
                page = await queries.events_after(session, after, limit=EVENTS_A_PAGE)
                if not page:
                    return
                await take_facts(session, page)
            after, done = (page[-1].recordedtime, page[-1].id), done + len(page)
            await self.note(done=done)

    async def counters_from_facts(self) -> None:
        """Count deal by deal, in bulk."""
        await self.note(step="counters", done=0, total=None)
        after, done = UUID(int=0), 0
        while True:
            async with self.sessions.begin() as session:
                await statements.work_in_shadow(session)
                deals = await queries.deals_after(session, after, limit=DEALS_A_PAGE)
                if not deals:
                    return
                histories = await facts.facts_of(session, deals)
                rows, counts = count_all(histories, self.settings.zone, contributions)
                await counters.write_contributions(session, rows)
                await counters.add_counts(session, counts)
            after, done = deals[-1], done + len(deals)
            await self.note(done=done)

    async def counters_from_subjects(self) -> None:
        """Count all other subjects, in bulk."""
        await self.note(step="subjects", done=0, total=None)
        after, done = ("", UUID(int=0)), 0
        while True:
            async with self.sessions.begin() as session:
                await statements.work_in_shadow(session)
                page = await queries.subjects_after(session, after, limit=SUBJECTS_A_PAGE)
                if not page:
                    return
                histories = await facts.subjects_of(session, page)
                zone = self.settings.zone
                rows, counts = count_all(histories, zone, subject_contributions)
                await counters.write_contributions(session, rows)
                await counters.add_counts(session, counts)
            after, done = page[-1], done + len(page)
            await self.note(done=done)

    async def finish(self) -> None:
        """Take in what came meanwhile, exchange the tables, and write down the new build."""
        await self.note(step="exchange")
        async with self.sessions.begin() as session:
            await lock_projector(session)
            await statements.work_in_shadow(session)
            while page := await queries.touched_events(session, limit=EVENTS_A_PAGE):
                await project(session, page, self.settings.zone)
                await session.execute(
                    delete(Touched).where(Touched.event_id.in_([one.id for one in page]))
                )
            await statements.exchange(session)
            await use_cases.set_build(session, self.settings)
            await use_cases.note_progress(
                session, self.id, state="done", step=None, ended_at=utc_now()
            )
