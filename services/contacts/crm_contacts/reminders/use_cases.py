"""Reminding in time, and taking to the head what is left undone: each said once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.activities.use_cases import facts_of as activity_facts
from crm_contacts.events import (
    ActivityReminded,
    TaskCallBackOverdue,
    TaskEscalated,
    TaskFacts,
    TaskReminded,
)
from crm_contacts.reminders import queries
from crm_contacts.reminders.rules import reminder_at
from crm_contacts.tasks.models import Task
from crm_contacts.tasks.use_cases import facts_of as task_facts
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.envelope import Event

# one flush and one statement for all their events
AT_ONCE = 200
Changes = list[tuple[Task | Activity, Event, datetime | None]]
Heads = Mapping[UUID, tuple[UUID | None, UUID | None]]


async def remind(session: AsyncSession) -> int:
    """Remind of tasks and activities whose moment has come; return of how many."""
    now = utc_now()
    # one flush for both kinds: an event each, and two statements in all
    told: Changes = []
    for task in await queries.claim_reminders(session, Task, now, limit=AT_ONCE):
        minutes = _pass_on(task, now)
        event: Event = TaskReminded(
            task=task_facts(task), changed=[], previous={}, minutes_before=minutes
        )
        told.append((task, event, None))
    for activity in await queries.claim_reminders(session, Activity, now, limit=AT_ONCE):
        minutes = _pass_on(activity, now)
        event = ActivityReminded(
            activity=activity_facts(activity), changed=[], previous={}, minutes_before=minutes
        )
        told.append((activity, event, None))
    if told:
        await outbox.record_many(session, told)
    return len(told)


def _pass_on(row: Task | Activity, now: datetime) -> int:
    """Look forward to the next reminder, and return which one it is time for."""
    # after a standstill only the latest reminder is told, not each that was missed
    row.look_forward(after=now)
    if row.due_at is None:
        return 0
    return reminder_at(row.due_at, row.reminders, now=now) or 0


async def escalate(session: AsyncSession, *, after: timedelta) -> int:
    """Take tasks that have been overdue for so long to the heads of their teams, once each."""
    now = utc_now()
    tasks = await queries.claim_overdue(session, now - after, limit=AT_ONCE)
    heads = await _heads(session, tasks)
    told: Changes = []
    for task in tasks:
        # noted even when nobody is above: or the same tasks would be claimed in every turn
        task.escalated_at, task.escalated_to_id = now, _above(task, heads)
        changes = outbox.changes_of(task, TaskFacts)
        event = TaskEscalated(
            task=task_facts(task),
            changed=changes.changed,
            previous=changes.previous,
            escalated_to_id=task.escalated_to_id,
        )
        told.append((task, event, None))
    if told:
        await outbox.record_many(session, told)
    return len(told)


async def alarm_of_call_backs(session: AsyncSession) -> int:
    """Say of each call-back that was not made within its limit that it is late, once."""
    tasks = await queries.claim_alarms(session, utc_now(), limit=AT_ONCE)
    heads = await _heads(session, tasks)
    calls = await queries.calls_of(session, [task.id for task in tasks])
    told: Changes = []
    for task in tasks:
        # said once: claimed are those that still have an alarm set
        task.alarm_at = None
        event = TaskCallBackOverdue(
            task=task_facts(task),
            changed=[],
            previous={},
            call_id=calls.get(task.id),
            escalated_to_id=_above(task, heads),
        )
        told.append((task, event, None))
    if told:
        await outbox.record_many(session, told)
    return len(told)


async def _heads(session: AsyncSession, tasks: Sequence[Task]) -> Heads:
    teams = {task.team_id for task in tasks if task.team_id is not None}
    return await queries.heads_of(session, teams) if teams else {}


def _above(task: Task, heads: Heads) -> UUID | None:
    """Return whose business an undone task is: the team's head; of his own, the one above him."""
    if task.team_id is None:
        return None
    # a head who did not do his own task is not the one to tell
    head_id, upper_id = heads.get(task.team_id, (None, None))
    return upper_id if head_id in (None, task.assignee_id) else head_id
