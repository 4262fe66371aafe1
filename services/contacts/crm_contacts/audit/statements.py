"""Adding to the audit log; nothing changes or drops an entry but retention."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.models import AuditEntry
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


async def note(
    session: AsyncSession,
    action: str,
    *,
    subject: tuple[str, UUID] | None = None,
    actor_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down what the current actor did, in the transaction in which it is done.

    `details` holds codes, ids and counts: nothing that anybody typed.
    """
    actor = context.current().actor
    entry = {
        "id": new_id(),
        "at": utc_now(),
        "service": "contacts",
        "actor_id": actor_id or actor.id,
        # at sign-in nobody is signed in yet: the entry names who tries to be
        "actor_kind": "user" if actor_id else actor.kind,
        "action": action,
        "subject_kind": subject[0] if subject else None,
        "subject_id": subject[1] if subject else None,
        "details": dict(details or {}),
    }
    await add_entries(session, [entry])


async def add_entries(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> None:
    """Add entries, each once however often it is told."""
    if entries:
        await session.execute(insert(AuditEntry).values(entries).on_conflict_do_nothing())
