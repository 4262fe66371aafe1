"""Writes of the task rules' hot path: whole batches in one statement each."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import bindparam, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.tasks.models import Task, TaskStatus
from crm_shared.events import outbox

_COLUMNS = ", ".join(column.name for column in Task.__table__.columns)

# One trip for any number of tasks and their events; a task that exists already brings no event.
_ADD = text(
    f"""
    WITH made AS (
        INSERT INTO tasks ({_COLUMNS})
        SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::tasks, :tasks)
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    INSERT INTO outbox (event_id, aggregate_id, revision, type, envelope, bulk, recorded_at)
    SELECT e.event_id, e.aggregate_id, e.revision, e.type, e.envelope, e.bulk, e.recorded_at
    FROM jsonb_populate_recordset(NULL::outbox, :entries) AS e
    JOIN made ON made.id = e.aggregate_id
    ORDER BY e.event_id
    """  # noqa: S608 - names of our own columns
).bindparams(bindparam("tasks", type_=JSONB), bindparam("entries", type_=JSONB))


def row_of(task: Task) -> dict[str, Any]:
    """Return a task's columns, for a statement that inserts them itself."""
    return {column.name: getattr(task, column.name) for column in Task.__table__.columns}


async def add_tasks(
    session: AsyncSession,
    tasks: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]],
) -> None:
    """Insert tasks at their first revision, each with its outbox entry, unless they exist."""
    if not tasks:
        return
    await session.execute(
        _ADD, {"tasks": to_jsonable_python(tasks), "entries": to_jsonable_python(entries)}
    )
    session.info[outbox.RECORDED] = True


async def cancel_tasks(session: AsyncSession, task_ids: Collection[UUID], *, at: datetime) -> None:
    """Call off tasks whose rows are held; their events are written beside them."""
    statement = (
        update(Task)
        .where(Task.id.in_(task_ids))
        .values(
            status=TaskStatus.CANCELLED,
            cancelled_at=at,
            updated_at=at,
            revision=Task.revision + 1,
        )
    )
    await session.execute(statement, execution_options={"synchronize_session": False})
