"""The outbox: a change and its announcement in one transaction."""

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect
from sqlalchemy.orm.exc import StaleDataError

from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.errors import FieldError, InvalidError, PreconditionFailedError
from crm_shared.events.envelope import Event, enclose
from crm_shared.ids import new_id


class Witness(Protocol):
    """Somebody who looks on while changes are announced, such as an import that may be undone."""

    def changing(self, row: "Row") -> None:
        """See a row before its change is written."""

    def announcing(self, record_id: UUID, revision: int) -> None:
        """See that a record gets a revision."""


WITNESS: ContextVar[Witness | None] = ContextVar("crm_witness", default=None)
# a quarter of what the broker takes: batches, headers and the log's answers need room beside it
MAX_EVENT_BYTES = 256 * 1024
RECORDED = "crm_recorded"


class Row(Protocol):
    """An aggregate's row, as `Aggregate` makes it."""

    id: Any
    revision: Any
    updated_at: Any


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change touched: names of fields, and the old values of those that events may tell."""

    changed: list[str]
    previous: dict[str, Any]

    def __bool__(self) -> bool:
        return bool(self.changed)


class ChangedMeanwhileError(PreconditionFailedError):
    """Another change of the same record was faster."""

    problem = "changed-meanwhile"

    def __init__(self) -> None:
        super().__init__("The record was changed by somebody else; read it again.")


async def record(
    session: AsyncSession, row: Row, event: Event, *, at: datetime | None = None
) -> None:
    """Announce one change of `row`: raise its revision, write it, and put the event beside it.

    `at` is the business time (now when absent). Raises ChangedMeanwhileError when the row's
    revision moved under us, InvalidError when the event is too large to travel.
    """
    await record_many(session, [(row, event, at)])


async def record_many(
    session: AsyncSession, changes: Iterable[tuple[Row, Event, datetime | None]]
) -> None:
    """Announce several changes with one flush; a row may stand in it only once."""
    entries = []
    now = utc_now()
    witness = WITNESS.get()
    for row, event, at in changes:
        if witness is not None:
            witness.changing(row)
        row.revision = (row.revision or 0) + 1
        # one instant for all rows of a change: readers of `updated_at` see it whole or not at all
        row.updated_at = now
        entries.append(_stage(row, event, at))
    try:
        # the row first: its revision decides, and a loser must not leave an event behind
        await session.flush()
    except StaleDataError as stale:
        raise ChangedMeanwhileError from stale
    await write_entries(session, [{**entry, "aggregate_id": row.id} for row, entry in entries])


def _stage(row: Row, event: Event, at: datetime | None) -> tuple[Row, dict[str, Any]]:
    if row.id is None:
        # chosen here and not by the database, so that row and event go in one trip
        row.id = new_id()
    return row, entry_values(event, aggregate_id=row.id, revision=row.revision, at=at)


async def write_entries(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> None:
    """Write outbox rows made by `entry_values`, in one statement."""
    if entries:
        await session.execute(insert(OUTBOX), entries)
        session.info[RECORDED] = True


def entry_values(
    event: Event, *, aggregate_id: UUID, revision: int, at: datetime | None = None
) -> dict[str, Any]:
    """Return the outbox row of one event, for statements that write it themselves."""
    if (witness := WITNESS.get()) is not None:
        witness.announcing(aggregate_id, revision)
    envelope = enclose(event, subject=aggregate_id, revision=revision, at=at)
    text = envelope.model_dump_json()
    if len(text) > MAX_EVENT_BYTES:
        raise InvalidError(
            FieldError("", "event-too-large", f"The change needs more than {MAX_EVENT_BYTES} bytes")
        )
    return {
        "event_id": envelope.id,
        "aggregate_id": aggregate_id,
        "revision": revision,
        "type": envelope.type,
        "envelope": text,
        "bulk": envelope.bulk,
        "recorded_at": envelope.recordedtime,
    }


def recorded(session: AsyncSession) -> bool:
    """Tell whether this session announced something, so that the relay is worth waking."""
    return bool(session.info.pop(RECORDED, False))


def changes_of(row: object, facts: type[BaseModel]) -> Changes:
    """Return what was changed on `row` since it was read; call it before `record`.

    `previous` holds old values only of fields that `facts` tells, so that nothing personal
    can slip into an event by way of its past.
    """
    changed, previous = [], {}
    state = inspect(row)
    touched = state.committed_state
    for name in (column.key for column in state.mapper.column_attrs):
        # most columns are as they were: their history is not worth asking for
        if name not in touched or name in ("revision", "updated_at"):
            continue
        history = state.attrs[name].history
        if not history.has_changes():
            continue
        old = history.deleted[0] if history.deleted else None
        # set to what it was: a form that is sent whole changes only what somebody changed
        if history.added and history.added[0] == old:
            continue
        changed.append(name)
        if name in facts.model_fields:
            previous[name] = old
    return Changes(changed, previous)
