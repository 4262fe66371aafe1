"""Putting people on a list: a whole portion with its events in one trip."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.call_lists.models import CallList, CallListEntry
from crm_contacts.call_lists.rules import EntryStatus
from crm_contacts.events.call_lists import CallListEntryAdded, CallListEntryFacts
from crm_shared.events.outbox import entry_values, write_entries
from crm_shared.ids import new_id


async def add_entries(
    session: AsyncSession, call_list: CallList, contact_ids: Sequence[UUID], *, at: datetime
) -> int:
    """Put people on a list who are not on it; return how many came."""
    if not contact_ids:
        return 0
    rows = [
        {
            "id": new_id(),
            "revision": 1,
            "created_at": at,
            "updated_at": at,
            "call_list_id": call_list.id,
            "contact_id": one,
            "status": EntryStatus.WAITING,
            "attempts": 0,
            "next_at": at,
        }
        for one in sorted(set(contact_ids))
    ]
    adding = insert(CallListEntry).values(rows).on_conflict_do_nothing()
    made = await session.execute(adding.returning(CallListEntry.id, CallListEntry.contact_id))
    entries = [
        entry_values(_added(call_list, row.contact_id, at), aggregate_id=row.id, revision=1)
        for row in made
    ]
    await write_entries(session, entries)
    return len(entries)


def _added(call_list: CallList, contact_id: UUID, at: datetime) -> CallListEntryAdded:
    facts = CallListEntryFacts(
        call_list_id=call_list.id,
        contact_id=contact_id,
        status=EntryStatus.WAITING,
        attempts=0,
        next_at=at,
        taken_by=None,
        last_result=None,
        excluded_for=None,
    )
    return CallListEntryAdded(call_list_entry=facts, changed=[], previous={})
