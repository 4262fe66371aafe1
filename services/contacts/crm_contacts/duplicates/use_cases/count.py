"""Telling how many records look alike: a number, never which they are."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.duplicates import queries
from crm_contacts.duplicates.catalogue import Kind
from crm_contacts.duplicates.models import DuplicateScan
from crm_contacts.events.readings import DuplicatesCounted, DuplicatesFacts
from crm_shared.events import outbox
from crm_shared.ids import new_id


async def tell_alike(session: AsyncSession, kind: Kind[Any]) -> int:
    """Say how many records of a kind look alike, when it is another number than was told last.

    The first word is that there are any. One worker says it, the others pass.
    """
    if not await queries.may_scan(session, kind):
        return 0
    place = await session.get(DuplicateScan, kind.name)
    if place is None:
        return 0
    records, pairs, of = await queries.count_alike(session, kind)
    if records == (place.told_records or 0):
        return 0
    place.told_records = records
    facts = DuplicatesFacts.model_validate(
        {"kind": kind.name, "records": records, "pairs": pairs, "of": of}
    )
    event = DuplicatesCounted(duplicate=facts)
    entry = outbox.entry_values(event, aggregate_id=new_id(), revision=1)
    await outbox.write_entries(session, [entry])
    return 1
