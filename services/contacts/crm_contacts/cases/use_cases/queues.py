"""What can be done to a queue of cases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.models import CaseQueue
from crm_contacts.events import (
    CaseQueueCreated,
    CaseQueueDeleted,
    CaseQueueFacts,
    CaseQueueUpdated,
)
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


async def create_queue(session: AsyncSession, values: Mapping[str, Any]) -> CaseQueue:
    """Open a queue for cases."""
    queue = CaseQueue(id=new_id(), created_at=utc_now())
    for name, value in {"limits": {}, "is_active": True, **values}.items():
        setattr(queue, name, value)
    session.add(queue)
    event = CaseQueueCreated(case_queue=_facts(queue), changed=[], previous={})
    await announce(session, queue, event)
    return queue


async def update_queue(
    session: AsyncSession, queue: CaseQueue, values: Mapping[str, Any]
) -> CaseQueue:
    """Change a queue; deadlines of cases that are there stay until they change themselves."""
    for name, value in values.items():
        setattr(queue, name, value)
    if changes := changes_told(queue, CaseQueueFacts):
        event = CaseQueueUpdated(
            case_queue=_facts(queue), changed=changes.changed, previous=changes.previous
        )
        await announce(session, queue, event)
    return queue


async def delete_queue(session: AsyncSession, queue: CaseQueue) -> None:
    """Take no more cases into a queue; those it has stay, with their limits."""
    queue.deleted_at = utc_now()
    event = CaseQueueDeleted(case_queue=_facts(queue), changed=["deleted_at"], previous={})
    await announce(session, queue, event)


def _facts(queue: CaseQueue) -> CaseQueueFacts:
    return CaseQueueFacts.model_validate(queue)
