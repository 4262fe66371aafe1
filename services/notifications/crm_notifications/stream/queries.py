"""What listeners are told: the log as far as notices have come, read once for all of a process."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed import queries as feed
from crm_notifications.feed.models import INBOX, FeedEvent
from crm_notifications.inbox.models import Notice
from crm_shared.db.engine import Sessions

LOOK_EVERY_S = 0.2
PAGE = 500


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the log says behind a position, up to another, and what of it colleagues are told."""

    after: int
    until: int
    rows: Sequence[Any] = ()
    notices: Mapping[UUID, Sequence[Notice]] = field(default_factory=dict)


async def read_stretch(session: AsyncSession, after: int, until: int) -> Stretch:
    """Read a stretch of the log; a long one ends after `PAGE` events."""
    events = (
        select(
            FeedEvent.position,
            FeedEvent.type,
            FeedEvent.owner_id,
            FeedEvent.team_id,
            FeedEvent.envelope,
        )
        .where(FeedEvent.position > after, FeedEvent.position <= until)
        .order_by(FeedEvent.position)
        .limit(PAGE)
    )
    rows = (await session.execute(events)).all()
    if len(rows) == PAGE:
        until = rows[-1].position
    told: dict[UUID, list[Notice]] = {}
    between = select(Notice).where(Notice.position > after, Notice.position <= until)
    for notice in await session.scalars(between.order_by(Notice.position, Notice.kind)):
        told.setdefault(notice.user_id, []).append(notice)
    return Stretch(after, until, rows, told)


class Wire:
    """The end of the log, looked at once for all who listen in this process.

    Notices are made from events: nobody is told of what is further than they have come. Who lags
    behind the newest stretch reads one for himself.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._newest = Stretch(0, 0)
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def behind(self, position: int, *, within_s: float) -> Stretch | None:
        """Return what stands behind a position; None when nothing came for so long."""
        clock = asyncio.get_running_loop().time
        until = clock() + within_s
        while (newest := await self._look(position)).until <= position:
            left = until - clock()
            if left <= 0:
                return None
            await asyncio.sleep(min(LOOK_EVERY_S, left))
        if newest.after <= position:
            return newest
        async with self._sessions() as session:
            return await read_stretch(session, position, newest.until)

    async def _look(self, position: int) -> Stretch:
        clock = asyncio.get_running_loop().time
        async with self._looking:
            # what one has read further is for all who are not there yet
            is_due = clock() - self._looked_at >= LOOK_EVERY_S
            if is_due and self._newest.until <= position:
                async with self._sessions() as session:
                    until = await feed.place(session, INBOX) or 0
                    if until > self._newest.until:
                        # nobody waits for what came before whoever asks, and nobody listened to
                        after = min(max(self._newest.until, position), until)
                        after = after if self._newest.until else until
                        self._newest = await read_stretch(session, after, until)
                # what is longer than a page goes on at once: an import must not hold up the news
                is_there = self._newest.until >= until
                self._looked_at = clock() if is_there else float("-inf")
            return self._newest
