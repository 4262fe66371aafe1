"""The users this service knows by events: who is active, in which role and teams, right now."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from crm_shared.actor import Actor, Role
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.errors import UnauthorizedError
from crm_shared.http.tokens import Verified
from crm_shared.observability.logging import get_logger, told_without_values

log = get_logger(__name__)

REFRESH_EVERY_S = 0.4
# a row's changed_at is set before its commit: look back further than a transaction may last
LOOK_BACK = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class KnownUser:
    """What events have told about a user or an API key."""

    role: Role
    team_ids: frozenset[UUID]
    is_active: bool
    tokens_valid_from: float
    revision: int


class Directory:
    """Keeps all known users in memory and follows the table; a token meets it on every request."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._users: dict[UUID, KnownUser] = {}
        self._seen: datetime | None = None
        self._woken = asyncio.Event()
        self._is_stale = False

    def actor(self, verified: Verified) -> Actor:
        """Return the token's actor as he is now; refuse one who was locked out since.

        A user nobody has told us of yet is taken at the token's word.
        """
        claimed = verified.actor
        known = self._users.get(claimed.id)
        if known is None:
            return claimed
        if not known.is_active or verified.issued_at < known.tokens_valid_from:
            raise UnauthorizedError("The access token is not valid any more.")
        if known.role is claimed.role and known.team_ids == claimed.team_ids:
            return claimed
        return Actor(claimed.id, known.role, known.team_ids, claimed.kind)

    def wake(self) -> None:
        """Read the table at once instead of at the next turn."""
        self._woken.set()

    async def refresh(self) -> int:
        """Read the users that changed since the last look; returns how many rows were read."""
        query = select(KNOWN_USERS)
        if self._seen is not None:
            query = query.where(KNOWN_USERS.c.changed_at > self._seen - LOOK_BACK)
        async with self._sessions() as session:
            rows = (await session.execute(query)).all()
        for row in rows:
            valid_from = row.tokens_valid_from.timestamp() if row.tokens_valid_from else 0.0
            self._users[row.id] = KnownUser(
                Role(row.role), frozenset(row.team_ids), row.is_active, valid_from, row.revision
            )
            self._seen = max(self._seen or row.changed_at, row.changed_at)
        return len(rows)

    async def first_look(self, *, within_s: float) -> None:
        """Read all users before the first request; without a database the service starts anyway."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._try_refresh()

    async def follow(self) -> None:
        """Refresh until cancelled, at least every 400 ms."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REFRESH_EVERY_S):
                    await self._woken.wait()
            self._woken.clear()
            await self._try_refresh()

    async def _try_refresh(self) -> None:
        try:
            await self.refresh()
        except (SQLAlchemyError, OSError) as away:
            # the last known state serves on; requests will say that the database is away
            if not self._is_stale:
                log.warning("directory not refreshed", **told_without_values(away))
            self._is_stale = True
        else:
            self._is_stale = False
