"""Every SELECT of the feed."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed.models import FLOOR, FeedEvent, FeedPlace
from crm_notifications.feed.rules import SCOPED_NOUNS, UNREAD_NOUNS, expression_of
from crm_shared.actor import Access, Scope
from crm_shared.db.engine import Sessions
from crm_shared.db.scope import visible

LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the log somebody wants to read."""

    after: int
    patterns: tuple[str, ...] = ()
    subject: UUID | None = None
    limit: int = 100


async def newest_position(session: AsyncSession) -> int:
    """The position of the newest event; of an empty log, how far it was trimmed."""
    newest = await session.scalar(select(func.max(FeedEvent.position)))
    return int(newest) if newest is not None else await floor(session)


async def floor(session: AsyncSession) -> int:
    """Return how far the log was trimmed; 0 while it never was."""
    return int(await place(session, FLOOR) or 0)


async def place(session: AsyncSession, name: str) -> int | None:
    """Return how far a reader has come."""
    return await session.scalar(select(FeedPlace.position).where(FeedPlace.name == name))


async def events_after(
    session: AsyncSession, access: Access, wanted: Wanted, *, until: int
) -> Sequence[Any]:
    """Return events behind a position, up to another, that somebody wants and may hear of."""
    events = (
        select(
            FeedEvent.position,
            FeedEvent.type,
            FeedEvent.subject,
            FeedEvent.event_id,
            FeedEvent.envelope,
        )
        .where(FeedEvent.position > wanted.after, FeedEvent.position <= until)
        .where(within(access))
        .order_by(FeedEvent.position)
        .limit(wanted.limit)
    )
    if wanted.patterns:
        events = events.where(FeedEvent.type.regexp_match(expression_of(wanted.patterns)))
    if wanted.subject is not None:
        events = events.where(FeedEvent.subject == wanted.subject)
    return (await session.execute(events)).all()


def within(access: Access) -> ColumnElement[bool]:
    """Return the condition under which an event lies within somebody's scope."""
    if access.scope is Scope.ALL:
        return true()
    seen = visible(access, FeedEvent.owner_id, FeedEvent.team_id) & _is_of(SCOPED_NOUNS)
    unread = UNREAD_NOUNS.get(access.actor.role)
    if unread is None:
        return seen
    return seen & (~_is_of(unread) | (FeedEvent.owner_id == access.actor.id))


def _is_of(nouns: Collection[str]) -> ColumnElement[bool]:
    types = expression_of(f"crm.*.{noun}.>" for noun in sorted(nouns))
    return FeedEvent.type.regexp_match(types)


class Tail:
    """The end of the log, looked at once for all who wait for it in this process."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._newest = 0
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def newest(self) -> int:
        """Return the newest position, at most `LOOK_EVERY_S` old."""
        clock = asyncio.get_running_loop().time
        async with self._looking:
            if clock() - self._looked_at >= LOOK_EVERY_S:
                async with self._sessions() as session:
                    self._newest = await newest_position(session)
                self._looked_at = clock()
            return self._newest

    async def moves_beyond(self, position: int, *, within_s: float) -> bool:
        """Wait until something stands behind a position, for so long."""
        until = asyncio.get_running_loop().time() + within_s
        while await self.newest() <= position:
            left = until - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            await asyncio.sleep(min(LOOK_EVERY_S, left))
        return True
