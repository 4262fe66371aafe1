"""What deals keeps of the tasks, calls and activities that contacts tells about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.work.statements import keep_work
from crm_shared.events.consumer import Subscription
from crm_shared.events.envelope import Envelope, ForeignEvent


class _Task(BaseModel):
    deal_id: UUID | None
    status: str
    kind: str


class _Call(BaseModel):
    deal_id: UUID | None
    answered: bool | None
    direction: str


class _Activity(BaseModel):
    deal_id: UUID | None
    status: str
    kind: str


class TaskEvent(ForeignEvent):
    """Any event about a task."""

    task: _Task


class CallEvent(ForeignEvent):
    """Any event about a call."""

    call: _Call


class ActivityEvent(ForeignEvent):
    """Any event about an activity."""

    activity: _Activity


async def keep_tasks(session: AsyncSession, batch: Sequence[Envelope[TaskEvent]]) -> None:
    """Keep how the tasks about deals stand."""
    await keep_work(
        session,
        [
            _row(one, "task", one.data.task.deal_id, one.data.task.status, one.data.task.kind)
            for one in _newest(batch)
        ],
    )


async def keep_calls(session: AsyncSession, batch: Sequence[Envelope[CallEvent]]) -> None:
    """Keep which calls about deals were answered."""
    states = {True: "answered", False: "missed", None: "ringing"}
    await keep_work(
        session,
        [
            _row(
                one,
                "call",
                one.data.call.deal_id,
                states[one.data.call.answered],
                one.data.call.direction,
            )
            for one in _newest(batch)
        ],
    )


async def keep_activities(session: AsyncSession, batch: Sequence[Envelope[ActivityEvent]]) -> None:
    """Keep how the activities about deals stand."""
    await keep_work(
        session,
        [
            _row(
                one,
                "activity",
                one.data.activity.deal_id,
                one.data.activity.status,
                one.data.activity.kind,
            )
            for one in _newest(batch)
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
    }


# Every move makes a task somewhere: their news comes in groups.
LINGER_S = 0.1
SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable=f"deals-known-{noun}",
        reads=reads,
        handler=keep,
        pattern=f"crm.contacts.{of}.>",
        linger_s=LINGER_S,
    )
    for noun, of, reads, keep in (
        ("tasks", "task", TaskEvent, keep_tasks),
        ("calls", "call", CallEvent, keep_calls),
        ("activities", "activity", ActivityEvent, keep_activities),
    )
]
