"""Putting callees on a list: a whole portion in one trip."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.call_lists.catalogue import CALLEES
from crm_contacts.call_lists.models import CallList, CallListEntry
from crm_contacts.call_lists.rules import EntryStatus
from crm_shared.ids import new_id


async def add_entries(
    session: AsyncSession, call_list: CallList, callee_ids: Sequence[UUID], *, at: datetime
) -> list[CallListEntry]:
    """Put on a list who is not on it; return who came, to be told of."""
    if not callee_ids:
        return []
    rows = {
        one: {
            "id": new_id(),
            "revision": 1,
            "created_at": at,
            "updated_at": at,
            "call_list_id": call_list.id,
            f"{call_list.noun}_id": one,
            "status": EntryStatus.WAITING,
            "attempts": 0,
            "next_at": at,
        }
        # in one order, so that two fillings never wait for each other in a ring
        for one in sorted(set(callee_ids))
    }
    # somebody may be filling the same list: who came first stays, and only he is announced
    adding = insert(CallListEntry).values(list(rows.values())).on_conflict_do_nothing()
    made = await session.scalars(adding.returning(CALLEES[call_list.noun].named_by))
    return [CallListEntry(**rows[one]) for one in made]
