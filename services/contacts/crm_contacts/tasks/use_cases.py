"""What can be done to a task."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import TaskCancelled, TaskCompleted, TaskCreated, TaskFacts, TaskUpdated
from crm_contacts.leads.use_cases import note_answer
from crm_contacts.tasks import queries
from crm_contacts.tasks.errors import (
    TaskExistsError,
    TaskNotFoundError,
    TaskOutsideScopeError,
)
from crm_contacts.tasks.models import Task, TaskPriority, TaskStatus
from crm_contacts.users.queries import first_team
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.db.named import find_or_make
from crm_shared.events import outbox
from crm_shared.ids import new_id

ABOUT = ("contact_id", "company_id")
# done, these were a word with the client; "find out who they are" was not
WORDS = frozenset({"call", "call_back", "meeting", "email", "chat", "visit", "message"})
# what follows from other fields is not told as a change of its own
BOOKKEEPING = frozenset({"next_reminder_at", "escalated_at", "escalated_to_id"})


async def create_task(
    session: AsyncSession,
    access: Access,
    values: Mapping[str, Any],
    *,
    at: datetime | None = None,
) -> Task:
    """Ask for something to be done; without an assignee it is for whoever asks."""
    about = await aliases.resolved(session, values, ABOUT)
    # a null that was sent stands: a task may be the team's and nobody's
    task = new_task({"assignee_id": access.actor.id, **about}, at=at)
    if task.team_id is None and task.assignee_id is not None:
        task.team_id = await first_team(session, task.assignee_id)
    if not access.may_see(task.assignee_id, task.team_id):
        raise TaskOutsideScopeError
    session.add(task)
    try:
        await outbox.record(session, task, created(task), at=at)
    # looked up first it could still be written in between: only the index knows
    except IntegrityError as taken:
        raise TaskExistsError from taken
    return task


def new_task(values: Mapping[str, Any], *, at: datetime | None = None) -> Task:
    """Make the row."""
    task = Task(id=new_id(), created_at=at or utc_now())
    standard = {"kind": "todo", "status": TaskStatus.OPEN, "priority": TaskPriority.NORMAL}
    for name, value in {**standard, "reminders": [], **values}.items():
        setattr(task, name, value)
    now = utc_now()
    task.look_forward(after=now)
    if context.current().bulk and task.due_at is not None and task.due_at < now:
        task.escalated_at = now  # what was late elsewhere is nobody's news here
    return task


def facts_of(task: Task) -> TaskFacts:
    return TaskFacts.model_validate(task)


def created(task: Task) -> TaskCreated:
    """Say that something is to be done."""
    return TaskCreated(task=facts_of(task), changed=[], previous={})


async def update_task(
    session: AsyncSession, access: Access, task: Task, values: Mapping[str, Any]
) -> Task:
    """Change a task and announce it; a change that changes nothing says nothing."""
    for name, value in (await aliases.resolved(session, values, ABOUT)).items():
        # through the row: another time looks forward anew to reminders and escalation
        task.put(name, value)
    if not access.may_see(task.assignee_id, task.team_id):
        raise TaskOutsideScopeError
    await _announce_update(session, task)
    return task


async def complete_task(session: AsyncSession, task: Task, *, at: datetime | None = None) -> Task:
    """Say that a task was done."""
    task.complete(at=at or utc_now())
    changes = outbox.changes_of(task, TaskFacts)
    event = TaskCompleted(task=facts_of(task), changed=changes.changed, previous=changes.previous)
    await outbox.record(session, task, event, at=at)
    if task.kind in WORDS:
        await note_answer(session, task.lead_id, at=at)
    return task


async def cancel_task(session: AsyncSession, task: Task) -> Task:
    """Call a task off."""
    task.cancel(at=utc_now())
    await outbox.record(session, task, cancelled(task))
    return task


def cancelled(task: Task) -> TaskCancelled:
    """Say that a task was called off."""
    changes = outbox.changes_of(task, TaskFacts)
    return TaskCancelled(task=facts_of(task), changed=changes.changed, previous=changes.previous)


async def reopen_task(session: AsyncSession, task: Task) -> Task:
    """Make a closed task something to do again."""
    task.reopen()
    await _announce_update(session, task)
    return task


async def write_task(
    session: AsyncSession, access: Access, values: Mapping[str, Any]
) -> tuple[Task, bool]:
    """Create a task, or change the one that its external id names; tell whether it is new."""
    task, is_new = await find_or_make(
        session,
        values,
        find=queries.find_by_external,
        make=lambda: create_task(session, access, values),
        taken=TaskExistsError,
    )
    if is_new:
        return task, True
    if not access.may_see(task.assignee_id, task.team_id):
        raise TaskNotFoundError(str(values["external_id"]))
    return await update_task(session, access, task, values), False


async def _announce_update(session: AsyncSession, task: Task) -> None:
    if changes := outbox.changes_of(task, TaskFacts):
        told = [name for name in changes.changed if name not in BOOKKEEPING]
        event = TaskUpdated(task=facts_of(task), changed=told, previous=changes.previous)
        await outbox.record(session, task, event)
