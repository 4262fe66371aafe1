"""What is done to the log: events are put at its end, and old ones taken off its beginning."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed import statements
from crm_notifications.feed.models import FLOOR
from crm_notifications.feed.rules import belongs_to
from crm_shared.events.envelope import AnyEvent, Envelope


async def append(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Put events at the end of the log; one that stands there already is not put there again.

    One writer at a time, to the end of his transaction: a reader who has seen a position has
    seen all before it.
    """
    await statements.wait_for_turn(session)
    await statements.insert_events(session, [_row(envelope) for envelope in batch])


async def trim(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Take the oldest events off the log, up to `limit`, and remember how far; return how many."""
    gone = await statements.delete_oldest(session, before, limit)
    if gone:
        await statements.move_to(session, FLOOR, max(gone))
    return len(gone)


def _row(envelope: Envelope[AnyEvent]) -> dict[str, Any]:
    owner_id, team_id = belongs_to(envelope.type, envelope.data.as_dict())
    return {
        "event_id": envelope.id,
        "type": envelope.type,
        "subject": envelope.subject,
        "owner_id": owner_id,
        "team_id": team_id,
        "envelope": envelope.model_dump_json(),
    }
