"""What is announced of letters beside how they stand: who is shown what is watched."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Letter
from crm_notifications.events import WatchedFieldsRead
from crm_shared import context
from crm_shared.actor import SYSTEM
from crm_shared.events import outbox
from crm_shared.ids import new_id


async def note_readings(session: AsyncSession, letters: Sequence[Letter]) -> None:
    """Announce what colleagues are about to be shown of watched fields, as read by them."""
    entries = []
    for letter in letters:
        for told in letter.tells:
            reader = replace(SYSTEM, id=letter.reader_id or SYSTEM.id)
            with context.use(context.Context(actor=reader)):
                event = WatchedFieldsRead(reading=told)
                entries.append(outbox.entry_values(event, aggregate_id=new_id(), revision=1))
    await outbox.write_entries(session, entries)
