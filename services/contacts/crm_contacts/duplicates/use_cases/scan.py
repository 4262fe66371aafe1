"""The standing scan: every change looked at once, by one worker at a time, a batch at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.duplicates import queries
from crm_contacts.duplicates.catalogue import Kind
from crm_contacts.duplicates.models import DuplicateScan
from crm_contacts.duplicates.rules import Verdict, judge
from crm_contacts.duplicates.statements import Pair, keep_pairs
from crm_shared.clock import utc_now

_START = datetime(1970, 1, 1, tzinfo=UTC)


async def scan(session: AsyncSession, kind: Kind[Any], *, lag: timedelta, limit: int) -> int:
    """Look for twins of the records that changed since the last time; return how many those were.

    `lag` leaves out what may still be in an open transaction: its time would be passed over.
    """
    if not await queries.may_scan(session, kind):
        return 0
    place = await session.get(DuplicateScan, kind.name)
    if place is None:
        place = DuplicateScan(kind=kind.name, seen_at=_START, seen_id=UUID(int=0))
        session.add(place)
    before = utc_now() - lag
    rows = await queries.changed_since(session, kind, place, before=before, limit=limit)
    if not rows:
        return 0
    found = await _pairs(session, kind, [row for row in rows if row.deleted_at is None])
    await keep_pairs(session, kind.name, {row.id for row in rows}, found)
    place.seen_at, place.seen_id = rows[-1].updated_at, rows[-1].id
    await session.flush()
    return len(rows)


async def _pairs(session: AsyncSession, kind: Kind[Any], rows: list[Any]) -> dict[Pair, Verdict]:
    cards = kind.cards(rows)
    alike = await queries.candidates(session, kind, cards, by_name=True)
    unknown = {other for _, other in alike} - cards.keys()
    cards |= kind.cards(await queries.rows_by_id(session, kind, unknown))
    found: dict[Pair, Verdict] = {}
    for one, other in alike:
        verdict = judge(cards[one], cards[other])
        if verdict is not None:
            found[min(one, other), max(one, other)] = verdict
    return found
