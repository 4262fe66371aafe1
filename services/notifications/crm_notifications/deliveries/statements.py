"""Taking letters to be sent: whose turn it is, at the pace of each mailing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel
from crm_notifications.deliveries.rules.links import Row
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.rules import Status as MailingStatus
from crm_notifications.messages.models import ALONE, DUE, OF_MANY, UNDER_WAY
from crm_notifications.messages.statements import MESSAGES

MINUTE_S = 60
_FIRST = text("""
    INSERT INTO mailing_tokens (mailing_id, tokens, filled_at)
    VALUES (:mailing_id, :burst, clock_timestamp()) ON CONFLICT DO NOTHING
""")
# By the database's clock, as the buckets of channels. Whose mailing another sender has in its hands
# at this moment is passed by: its next claim is a moment away.
_FILL = text("""
    WITH held AS (
        SELECT mailing_id, least(:burst, tokens
            + :rate * extract(epoch FROM clock_timestamp() - filled_at)) AS tokens
        FROM mailing_tokens WHERE mailing_id = :mailing_id FOR UPDATE SKIP LOCKED
    )
    UPDATE mailing_tokens AS t SET tokens = held.tokens, filled_at = clock_timestamp()
    FROM held WHERE t.mailing_id = held.mailing_id
    RETURNING floor(held.tokens)
""")
_SPEND = text("""
    UPDATE mailing_tokens AS t SET tokens = t.tokens - spent.letters
    FROM unnest(CAST(:mailings AS uuid[]), CAST(:letters AS integer[])) AS spent(id, letters)
    WHERE t.mailing_id = spent.id
""")


async def list_due(
    session: AsyncSession, channel: Channel, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """Messages whose turn it is, locked for this sender; another sender sees others.

    What is written to one person alone goes before what is written to many; mailings share what
    is left, each no faster than its pace. What goes of a mailing is told to `spend`.
    """
    due = await _alone(session, channel, now, limit)
    room = limit - len(due)
    mailings = await _mailings(session, channel, now) if room else []
    for place, (mailing_id, per_minute) in enumerate(mailings):
        share = max(1, (limit - len(due)) // (len(mailings) - place))
        if per_minute is not None:
            share = min(share, await _tokens(session, mailing_id, per_minute))
        if share and len(due) < limit:
            due += await _of_mailing(session, mailing_id, now, share)
    return due


async def spend(session: AsyncSession, going: Iterable[Row]) -> None:
    """Take the tokens of letters that go from the buckets of their mailings."""
    letters = Counter(row["mailing_id"] for row in going if row["mailing_id"] is not None)
    if letters:
        given = {"mailings": list(letters), "letters": list(letters.values())}
        await session.execute(_SPEND, given)


async def _tokens(session: AsyncSession, mailing_id: UUID, per_minute: int) -> int:
    """Fill the bucket, which holds a second's worth and one letter at least; return what is in."""
    rate = per_minute / MINUTE_S
    given = {"mailing_id": mailing_id, "burst": max(1.0, rate)}
    await session.execute(_FIRST, given)
    return int(await session.scalar(_FILL, given | {"rate": rate}) or 0)


async def _alone(
    session: AsyncSession, channel: Channel, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """Messages of no mailing whose turn it is, locked for this sender; another sees others."""
    due = (
        select(MESSAGES)
        .where(DUE, ALONE)
        .where(MESSAGES.c.channel == channel.value)
        .where(MESSAGES.c.next_attempt_at <= now)
        .order_by(MESSAGES.c.lane, MESSAGES.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in (await session.execute(due)).mappings()]


async def _of_mailing(
    session: AsyncSession, mailing_id: UUID, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """Letters of one mailing whose turn it is, locked for this sender."""
    due = (
        select(MESSAGES)
        .where(DUE, OF_MANY)
        .where(MESSAGES.c.mailing_id == mailing_id, MESSAGES.c.next_attempt_at <= now)
        .order_by(MESSAGES.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in (await session.execute(due)).mappings()]


async def _mailings(
    session: AsyncSession, channel: Channel, now: datetime
) -> Sequence[tuple[UUID, int | None]]:
    """Mailings that have letters to send now, with their pace, the one that began first ahead.

    Of a mailing that is over, a letter may still come back into the queue: for a day.
    """
    is_over = Mailing.finished_at > now - timedelta(days=1)
    letter = select(MESSAGES.c.id).where(
        DUE, OF_MANY, MESSAGES.c.mailing_id == Mailing.id, MESSAGES.c.next_attempt_at <= now
    )
    found = (
        select(Mailing.id, Mailing.per_minute)
        .where(Mailing.channel == channel.value)
        .where(
            or_(
                Mailing.status == MailingStatus.RUNNING.value,
                and_(Mailing.status == MailingStatus.FINISHED.value, is_over),
            )
        )
        .where(letter.exists())
        .order_by(Mailing.started_at)
    )
    return [(row.id, row.per_minute) for row in await session.execute(found)]


async def list_abandoned(session: AsyncSession, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Messages whose sender never came back, locked for this sweep."""
    abandoned = (
        select(MESSAGES)
        .where(UNDER_WAY)
        .where(MESSAGES.c.claimed_until <= now)
        .order_by(MESSAGES.c.claimed_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in (await session.execute(abandoned)).mappings()]
