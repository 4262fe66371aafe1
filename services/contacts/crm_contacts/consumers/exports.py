"""What contacts does when a list has left any service: it stands in the audit log."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.statements import add_entries
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription

PUBLISHERS = ("contacts", "deals")
ACTIONS = {"completed": "list-exported", "alarmed": "long-list-exported"}


class ListExported(ForeignEvent):
    """Somebody took a list out; an alarm when it was long."""

    export: dict[str, Any]


async def note_exports(session: AsyncSession, batch: Sequence[Envelope[ListExported]]) -> None:
    """Write exports into the audit log, each once."""
    await add_entries(
        session,
        [
            {
                "id": envelope.id,
                "at": envelope.time,
                "service": envelope.publisher,
                "actor_id": envelope.actorid,
                "actor_kind": None,
                "action": ACTIONS[envelope.type.split(".")[3]],
                "subject_kind": "export",
                "subject_id": envelope.subject,
                "details": envelope.data.export,
            }
            for envelope in batch
        ],
    )


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable=f"contacts-{publisher}-exports",
        pattern=f"crm.{publisher}.export.>",
        reads=ListExported,
        handler=note_exports,
    )
    for publisher in PUBLISHERS
]
