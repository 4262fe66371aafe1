"""What contacts does when a list left, or watched fields were read: it stands in the audit log."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.statements import add_entries
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription

EXPORTERS = ("contacts", "deals")
READERS = (*EXPORTERS, "notifications", "reporting")
ACTIONS = {"completed": "list-exported", "alarmed": "long-list-exported"}


class ListExported(ForeignEvent):
    """Somebody took a list out; an alarm when it was long."""

    export: dict[str, Any]


class WatchedFieldsRead(ForeignEvent):
    """Somebody was shown fields whose reads the company watches."""

    reading: dict[str, Any]


async def note_readings(
    session: AsyncSession, batch: Sequence[Envelope[WatchedFieldsRead]]
) -> None:
    """Write reads of watched fields into the audit log, each once."""
    await add_entries(
        session,
        [
            {
                # the event's own id: a second delivery writes the same line
                "id": envelope.id,
                "at": envelope.time,
                "service": envelope.publisher,
                "actor_id": envelope.actorid,
                "actor_kind": None,
                "action": "watched-fields-read",
                "subject_kind": envelope.data.reading["noun"],
                "subject_id": _only(envelope.data.reading["ids"]),
                "details": envelope.data.reading,
            }
            for envelope in batch
        ],
    )


def _only(ids: Sequence[str]) -> UUID | None:
    return UUID(ids[0]) if len(ids) == 1 else None


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
    for publisher in EXPORTERS
] + [
    Subscription(
        durable=f"contacts-{publisher}-readings",
        pattern=f"crm.{publisher}.reading.>",
        reads=WatchedFieldsRead,
        handler=note_readings,
    )
    for publisher in READERS
]
