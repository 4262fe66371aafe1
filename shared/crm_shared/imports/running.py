"""The work on imports: one call is one step, one step is one transaction.

A step locks the import's row, takes the next rows of the file, writes what they say together with
the progress, and commits. A process that dies between two steps loses nothing and repeats nothing;
two workers take turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared import context
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.clock import utc_now
from crm_shared.context import Context
from crm_shared.db.engine import Sessions
from crm_shared.events.failures import passes
from crm_shared.imports import batches
from crm_shared.imports.batches import Result
from crm_shared.imports.errors import FileError
from crm_shared.imports.mapping import kept_mapping
from crm_shared.imports.nouns import Desk, Noun
from crm_shared.imports.plan import Fault, Plan
from crm_shared.imports.reader import AnyRecords, FileReader
from crm_shared.imports.records import Records
from crm_shared.imports.store import Record, Store, StoredFile, count_waiting
from crm_shared.imports.tables import COUNTS, WORKABLE
from crm_shared.imports.undoing import undo_some
from crm_shared.imports.workbooks import XLSX, WorkbookRecords
from crm_shared.observability.logging import get_logger, told_without_values
from crm_shared.worker import JobContext

log = get_logger(__name__)

BATCH = 500
CHECKED_AT_ONCE = 4000
MOST_WAITING_EVENTS = 2000
PATIENCE = timedelta(seconds=60)
LOOK_AGAIN_AFTER = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the work is cut; tests take smaller steps."""

    batch: int = BATCH
    most_waiting_events: int = MOST_WAITING_EVENTS
    patience: timedelta = PATIENCE


class EndedEarlyError(RuntimeError):
    """A file has fewer rows than were counted when it was checked: a fault of ours."""


class ImportRunner:
    """Runs the imports of one service, one step per call."""

    def __init__(self, store: Store, nouns: Mapping[str, Noun], pace: Pace | None = None) -> None:
        self._store = store
        self._nouns = nouns
        self._pace = pace or Pace()
        self._reader: FileReader | None = None

    async def step(self, job: JobContext) -> int:
        """Do the next step, as a worker's job."""
        return await self.work(job.sessions, job.settings)

    async def work(self, sessions: Sessions, settings: Any) -> int:
        """Do the next step of the oldest import; returns 0 when there is none."""
        async with sessions() as session:
            found = await self._store.claim(session)
            if found is None:
                self._reader = None
                return 0
            most = self._pace.most_waiting_events
            if await count_waiting(session, most=most + 1) > most:
                return 0
            try:
                with context.use(context_of(found)):
                    await self._advance(session, settings, found)
            except BaseException:
                # a file that was being read then says nothing any more: it would seem to end
                self._reader = None
                raise
            return 1

    async def forget(self, job: JobContext) -> int:
        """Throw away imports that never got their file."""
        async with job.sessions.begin() as session:
            await self._store.drop_abandoned(session)
            await self._store.drop_old_changes(session)
        return 0

    async def _advance(self, session: AsyncSession, settings: Any, found: Record) -> None:
        try:
            noun = await self._nouns[found["noun"]].whole(session)
            if found["state"] == "undoing":
                await self._undo(session, settings, found, noun)
            elif found["state"] == "running":
                await self._run(session, settings, found, noun)
            else:
                await self._check(session, settings, found, noun)
        except FileError as broken:
            await session.rollback()
            fault = Fault(broken.row, None, broken.code, broken.detail)
            await self._end(session, found, "failed", [fault])
        except Exception as error:
            if passes(error):
                raise  # the database is away or busy: the worker tries this step again
            # a fault of ours in one file must not stop the worker again and again
            await self._give_up(session, found, error)
        else:
            await session.commit()

    async def _check(self, session: AsyncSession, settings: Any, found: Record, noun: Noun) -> None:
        """Read on without writing: a file that breaks at its end has changed nothing."""
        is_new = found["state"] == "queued"
        reader = (
            self._open(found, settings, noun) if is_new else self._reader_of(found, settings, noun)
        )
        rows = await session.run_sync(reader.take, CHECKED_AT_ONCE)
        if reader.position > settings.import_max_rows:
            detail = f"A file must not have more than {settings.import_max_rows} rows."
            raise FileError("too-many-rows", detail)
        values: dict[str, Any] = {"state": "checking"}
        if len(rows) < CHECKED_AT_ONCE:
            values = {"state": "running", "rows_total": reader.position, "started_at": utc_now()}
            self._reader = None
        await self._store.change(session, found["id"], values, states=WORKABLE)

    async def _run(self, session: AsyncSession, settings: Any, found: Record, noun: Noun) -> None:
        reader = self._reader_of(found, settings, noun)
        while (behind := found["rows_done"] - reader.position) > 0:
            if not await session.run_sync(reader.take, min(behind, CHECKED_AT_ONCE)):
                raise EndedEarlyError(found["id"])
        rows = await session.run_sync(reader.take, self._pace.batch)
        desk = desk_of(session, settings, found)
        may_wait = not found["dry_run"] and utc_now() - found["started_at"] < self._pace.patience
        batch = batches.Batch(
            desk,
            noun,
            reader.plan,
            found["dry_run"],
            when_missing=found["mapping"].get("when_missing", "create"),
            keeping=None if found["dry_run"] else (self._store.tables, found["id"]),
        )
        result = await batch.bring_in(
            rows, skips=found["mapping"].get("on_duplicate") == "skip", may_wait=may_wait
        )
        if result is None:
            reader.put_back(rows)
            later = {"next_at": utc_now() + LOOK_AGAIN_AFTER}
            await self._store.change(session, found["id"], later, states=WORKABLE)
            return
        is_last = len(rows) < self._pace.batch
        if is_last and reader.position != found["rows_total"]:
            raise EndedEarlyError(found["id"])
        await self._note(session, found, result, is_last=is_last)

    async def _undo(self, session: AsyncSession, settings: Any, found: Record, noun: Noun) -> None:
        """Take back the next records; one that was changed since stays, and its row is told."""
        desk = desk_of(session, settings, found)
        done = await undo_some(desk, noun, self._store.tables, found["id"])
        values: dict[str, Any] = {"state": "undone", "finished_at": utc_now()}
        if done is not None:
            count, faults = done
            await self._store.add_failures(session, found["id"], faults)
            values = {"undone": found["undone"] + count}
        await self._store.change(session, found["id"], values, states=("undoing",))

    async def _note(
        self, session: AsyncSession, found: Record, result: Result, *, is_last: bool
    ) -> None:
        counts = {name: found[name] + result.counts[name] for name in COUNTS}
        await self._store.add_failures(session, found["id"], result.faults, kept=found["failed"])
        values: dict[str, Any] = counts
        if is_last:
            values = {**counts, "state": "completed", "finished_at": utc_now()}
            await self._store.drop_pieces(session, found["id"])
            self._reader = None
        await self._store.change(session, found["id"], values, states=WORKABLE)

    async def _give_up(self, session: AsyncSession, found: Record, error: Exception) -> None:
        log.error("import failed", subject=str(found["id"]), **told_without_values(error))
        await session.rollback()
        detail = "Something went wrong on our side; rows_done tells how far it came."
        await self._end(session, found, "failed", [Fault(None, None, "internal-error", detail)])

    async def _end(
        self, session: AsyncSession, found: Record, state: str, faults: Sequence[Fault]
    ) -> None:
        self._reader = None
        await self._store.add_failures(session, found["id"], faults)
        values = {"state": state, "finished_at": utc_now()}
        await self._store.change(session, found["id"], values, states=WORKABLE)
        await self._store.drop_pieces(session, found["id"])
        await session.commit()

    def _reader_of(self, found: Record, settings: Any, noun: Noun) -> FileReader:
        reader = self._reader
        is_ahead = reader is not None and reader.position > found["rows_done"]
        if reader is None or reader.import_id != found["id"]:
            return self._open(found, settings, noun)
        # a step that was rolled back has read rows that nobody wrote
        is_lost = is_ahead and found["state"] == "running"
        return self._open(found, settings, noun) if is_lost else reader

    def _open(self, found: Record, settings: Any, noun: Noun) -> FileReader:
        mapping = kept_mapping(found["mapping"])
        plan = Plan(mapping, noun.fields, found["columns"], settings.zone)
        file = StoredFile(self._store, found["upload_id"])
        records = records_of(file, found)
        self._reader = FileReader(found["id"], file, records, plan)
        return self._reader


def records_of(file: StoredFile, found: Record) -> AnyRecords:
    """Return the rows of an import's file, whichever kind of file it is."""
    if found["encoding"] == XLSX:
        return WorkbookRecords(file)
    return Records(iter(file), encoding=found["encoding"], delimiter=found["delimiter"])


def context_of(found: Record) -> Context:
    """Return in whose name an import acts, and that what it says is bulk."""
    return Context(actor=_actor(found), correlation_id=found["id"], bulk=True)


def _actor(found: Record) -> Actor:
    return Actor(id=found["actor_id"], role=Role(found["actor_role"]))


def desk_of(session: AsyncSession, settings: Any, found: Record) -> Desk:
    """Return what the work on an import needs."""
    return Desk(
        session=session,
        access=Access(_actor(found), Scope.ALL),
        settings=settings,
        system=found["source_system"],
    )
