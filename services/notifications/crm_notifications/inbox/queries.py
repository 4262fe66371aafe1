"""Every SELECT of the inbox."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import InAppLetter
from crm_notifications.feed.models import FeedEvent
from crm_notifications.inbox.models import LYING, UNREAD, InboxSetting, Notice, Watch
from crm_notifications.inbox.rules import Kind
from crm_shared.actor import Actor, Role
from crm_shared.db.infrastructure import KNOWN_USERS


def notices_of(user_id: UUID) -> Select[Notice]:
    """What a colleague was told."""
    return select(Notice).where(Notice.user_id == user_id)


async def count_unread(session: AsyncSession, user_id: UUID) -> dict[str, int]:
    """How much a colleague has not read, by kind."""
    count = (
        select(Notice.kind, func.count())
        .where(Notice.user_id == user_id, UNREAD)
        .group_by(Notice.kind)
    )
    return {row[0]: row[1] for row in await session.execute(count)}


async def watches_of(session: AsyncSession, user_id: UUID) -> list[Watch]:
    """What a colleague watches, newest first."""
    query = select(Watch).where(Watch.user_id == user_id).order_by(Watch.created_at.desc())
    return list(await session.scalars(query))


async def count_watches(session: AsyncSession, user_id: UUID) -> int:
    """How much a colleague watches."""
    count = select(func.count()).select_from(Watch).where(Watch.user_id == user_id)
    return int(await session.scalar(count) or 0)


async def watchers_of(session: AsyncSession, records: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Who watches these records."""
    found: dict[UUID, list[UUID]] = {}
    if records:
        query = select(Watch.record_id, Watch.user_id).where(Watch.record_id.in_(records))
        for row in await session.execute(query):
            found.setdefault(row.record_id, []).append(row.user_id)
    return found


async def get_setting(session: AsyncSession, user_id: UUID) -> InboxSetting | None:
    """How a colleague wants to be told; None until he said so."""
    return await session.get(InboxSetting, user_id)


async def muted_by(session: AsyncSession, users: Collection[UUID]) -> set[tuple[UUID, str]]:
    """What these colleagues do not want to hear."""
    query = select(InboxSetting.user_id, InboxSetting.muted).where(InboxSetting.user_id.in_(users))
    return {(row.user_id, kind) for row in await session.execute(query) for kind in row.muted}


async def colleagues(
    session: AsyncSession, ids: Collection[UUID], roles: Collection[Role]
) -> dict[UUID, Actor]:
    """Who of these, and of these roles, works here."""
    named = KNOWN_USERS.c.id.in_(ids) | KNOWN_USERS.c.role.in_([role.value for role in roles])
    rows = await session.execute(select(KNOWN_USERS).where(KNOWN_USERS.c.is_active, named))
    return {row.id: Actor(row.id, Role(row.role), frozenset(row.team_ids)) for row in rows}


async def readers_of(session: AsyncSession, letters: Collection[UUID]) -> dict[UUID, UUID]:
    """To whom each of these letters was written that are kept in the application."""
    if not letters:
        return {}
    found = select(InAppLetter.id, InAppLetter.user_id).where(InAppLetter.id.in_(letters))
    return {row.id: row.user_id for row in await session.execute(found)}


async def with_letters(session: AsyncSession, notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """Notices, and with those of letters what the letters say."""
    ids = [one.record_id for one in notices if one.kind == Kind.LETTER.value]
    found = await session.scalars(select(InAppLetter).where(InAppLetter.id.in_(ids)))
    letters = {one.id: one for one in found} if ids else {}
    return [{**vars(one), "letter": letters.get(one.record_id)} for one in notices]


async def log_page(session: AsyncSession, after: int, limit: int) -> Sequence[Any]:
    """The next events of the log."""
    query = (
        select(FeedEvent.position, FeedEvent.owner_id, FeedEvent.team_id, FeedEvent.envelope)
        .where(FeedEvent.position > after)
        .order_by(FeedEvent.position)
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def left_lying(session: AsyncSession, before: datetime, limit: int) -> list[Notice]:
    """Urgent notices that nobody read for so long, locked for this worker."""
    query = (
        select(Notice)
        .where(UNREAD, LYING, Notice.created_at < before)
        .order_by(Notice.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def due_digests(session: AsyncSession, now: datetime, limit: int) -> list[InboxSetting]:
    """Whose summary is due, locked for this worker."""
    query = (
        select(InboxSetting)
        .where(InboxSetting.next_digest_at <= now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))
