"""What deals keeps of the tasks, calls, activities and messages that others tell about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.work.statements import keep_messages, keep_work
from crm_shared.events.consumer import Subscription
from crm_shared.events.envelope import Envelope, ForeignEvent


class _Task(BaseModel):
    deal_id: UUID | None
    status: str
    kind: str
    due_at: datetime | None
    assignee_id: UUID | None


class _Call(BaseModel):
    deal_id: UUID | None
    answered: bool | None
    direction: str
    owner_id: UUID | None


class _Activity(BaseModel):
    deal_id: UUID | None
    status: str
    kind: str
    due_at: datetime | None
    assignee_id: UUID | None


class _Message(BaseModel):
    deal_id: UUID | None
    channel: str
    purpose: str
    recipient_kind: str
    status: str


class TaskEvent(ForeignEvent):
    """Any event about a task."""

    task: _Task


class CallEvent(ForeignEvent):
    """Any event about a call."""

    call: _Call


class ActivityEvent(ForeignEvent):
    """Any event about an activity."""

    activity: _Activity


class MessageEvent(ForeignEvent):
    """Any event about a message."""

    message: _Message


async def keep_tasks(session: AsyncSession, batch: Sequence[Envelope[TaskEvent]]) -> None:
    """Keep how the tasks about deals stand."""
    rows = []
    for one in _newest(batch):
        task = one.data.task
        row = _row(one, "task", task.deal_id, task.status, task.kind)
        rows.append({**row, "due_at": task.due_at, "assignee_id": task.assignee_id})
    await keep_work(session, rows)


async def keep_calls(session: AsyncSession, batch: Sequence[Envelope[CallEvent]]) -> None:
    """Keep which calls about deals were answered."""
    states = {True: "answered", False: "missed", None: "ringing"}
    rows = []
    for one in _newest(batch):
        call = one.data.call
        row = _row(one, "call", call.deal_id, states[call.answered], call.direction)
        rows.append({**row, "assignee_id": call.owner_id})
    await keep_work(session, rows)


async def keep_activities(session: AsyncSession, batch: Sequence[Envelope[ActivityEvent]]) -> None:
    """Keep how the activities about deals stand."""
    rows = []
    for one in _newest(batch):
        activity = one.data.activity
        row = _row(one, "activity", activity.deal_id, activity.status, activity.kind)
        rows.append({**row, "due_at": activity.due_at, "assignee_id": activity.assignee_id})
    await keep_work(session, rows)


async def note_messages(session: AsyncSession, batch: Sequence[Envelope[MessageEvent]]) -> None:
    """Keep how the messages about deals stand; those about nothing of ours leave no row."""
    await keep_messages(
        session,
        [
            {
                "id": one.subject,
                "revision": one.revision,
                "at": one.time,
                **one.data.message.model_dump(),
            }
            for one in _newest(batch)
            if one.data.message.deal_id is not None
        ],
    )


def _newest(batch: Sequence[Envelope[Any]]) -> list[Envelope[Any]]:
    newest: dict[UUID, Envelope[Any]] = {}
    for envelope in sorted(batch, key=lambda one: one.revision):
        newest[envelope.subject] = envelope
    return list(newest.values())


def _row(
    envelope: Envelope[Any], kind: str, deal_id: UUID | None, state: str, label: str
) -> dict[str, Any]:
    is_gone = envelope.type.split(".")[3] in ("deleted", "erased")
    return {
        "kind": kind,
        "id": envelope.subject,
        "revision": envelope.revision,
        "deal_id": None if is_gone else deal_id,
        "state": state,
        "label": label[:64],
        "at": envelope.time,
        "due_at": None,
        "assignee_id": None,
        "is_plan_known": True,
    }


# Every move makes a task somewhere: their news comes in groups.
LINGER_S = 0.1
SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable=f"deals-known-{nouns}",
        reads=reads,
        handler=keep,
        pattern=f"crm.{owner}.{noun}.>",
        linger_s=LINGER_S,
    )
    for nouns, owner, noun, reads, keep in (
        ("tasks", "contacts", "task", TaskEvent, keep_tasks),
        ("calls", "contacts", "call", CallEvent, keep_calls),
        ("activities", "contacts", "activity", ActivityEvent, keep_activities),
        ("messages", "notifications", "message", MessageEvent, note_messages),
    )
]
