"""What is made of the log: how records stand, and who spoke to whom."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed.rules import noun_of
from crm_notifications.subjects import statements
from crm_notifications.subjects.rules import is_kept, row_of, words_of


async def hear(
    session: AsyncSession, envelopes: Sequence[Mapping[str, Any]], zone: ZoneInfo
) -> dict[str, set[UUID]]:
    """Keep what a page of the log says; returns the clients and deals it changes something for."""
    words = [word for one in envelopes for word in words_of(one)]
    kept = [one for one in envelopes if is_kept(one)]
    await statements.keep(session, [row_of(one, zone) for one in kept])
    await statements.note(session, words)
    touched: dict[str, set[UUID]] = {"contact": set(), "deal": set()}
    for one in kept:
        touched.setdefault(noun_of(one["type"]), set()).add(UUID(one["subject"]))
    for word in words:
        touched[word.noun].add(word.id)
    return touched
