"""What contacts does when a service tells what it removed, or would: it keeps the report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.retention.use_cases import write_down
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription

PUBLISHERS = ("contacts", "deals", "notifications")


class Retention(BaseModel):
    removed: dict[str, int]
    before: dict[str, datetime]
    is_dry_run: bool


class RetentionCompleted(ForeignEvent):
    """A service removed what was too old, or counted it."""

    retention: Retention


async def keep_reports(
    session: AsyncSession, batch: Sequence[Envelope[RetentionCompleted]]
) -> None:
    """Write reports down, each once."""
    await write_down(
        session,
        [
            {
                "id": envelope.id,
                "at": envelope.time,
                "service": envelope.publisher,
                "request_id": envelope.causationid,
                **envelope.data.retention.model_dump(mode="json"),
            }
            for envelope in batch
        ],
    )


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable=f"contacts-{publisher}-retention",
        pattern=f"crm.{publisher}.retention.completed.v1",
        reads=RetentionCompleted,
        handler=keep_reports,
    )
    for publisher in PUBLISHERS
]
