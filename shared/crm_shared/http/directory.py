"""The users, API keys and policies this service knows by events: who may come in and see what."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from crm_shared.actor import Actor, Role
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_API_KEYS, KNOWN_USERS, REFS
from crm_shared.errors import UnauthorizedError
from crm_shared.http.tokens import Verified
from crm_shared.observability.logging import get_logger, told_without_values
from crm_shared.policies import Policies, read_policies

log = get_logger(__name__)

REFRESH_EVERY_S = 0.4
# a row's changed_at is set before its commit: look back further than a transaction may last
LOOK_BACK = timedelta(seconds=60)
KEY_PREFIX = "crm_"
USES_TOLD_EVERY_S = 30.0
_WORKSPACE = select(REFS.c.revision, REFS.c.data).where(REFS.c.kind == "workspace")


@dataclass(frozen=True, slots=True)
class KnownUser:
    """What events have told about a user."""

    role: Role
    team_ids: frozenset[UUID]
    is_active: bool
    tokens_valid_from: float
    revision: int


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What events have told about an API key; its actor is made once."""

    actor: Actor
    maker_id: UUID
    is_active: bool
    expires_at: float


class Directory:
    """Keeps all known users and keys in memory and follows their tables.

    A token meets it on every request.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.policies = Policies()
        self._policies_revision = -1
        self._users: dict[UUID, KnownUser] = {}
        self._keys: dict[str, KnownKey] = {}
        self._hashes: dict[UUID, str] = {}
        self._seen: dict[str, datetime] = {}
        self._uses: dict[UUID, datetime] = {}
        self._uses_told_at = time.monotonic()
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

    def key_actor(self, secret: str) -> Actor:
        """Return the actor of an API key; refuse one that is unknown, revoked or too old.

        A key has no more rights than who answers for it: it falls with its maker's account.
        """
        known = self._keys.get(sha256(secret.encode()).hexdigest())
        maker = self._users.get(known.maker_id) if known else None
        orphaned = maker is not None and not (maker.is_active and maker.role is Role.ADMIN)
        if known is None or not known.is_active or orphaned or known.expires_at <= time.time():
            raise UnauthorizedError("The API key is not valid.")
        self._uses[known.actor.id] = datetime.now(UTC)
        return known.actor

    async def refresh(self) -> int:
        """Read users and keys that changed since the last look; return how many rows were read."""
        async with self._sessions() as session:
            users = (await session.execute(self._fresh(KNOWN_USERS))).all()
            keys = (await session.execute(self._fresh(KNOWN_API_KEYS))).all()
            workspace = (await session.execute(_WORKSPACE)).one_or_none()
        self._take_policies(workspace)
        for row in users:
            valid_from = row.tokens_valid_from.timestamp() if row.tokens_valid_from else 0.0
            self._users[row.id] = KnownUser(
                Role(row.role), frozenset(row.team_ids), row.is_active, valid_from, row.revision
            )
            self._note(KNOWN_USERS, row.changed_at)
        for row in keys:
            self._keys.pop(self._hashes.get(row.id, ""), None)
            self._hashes[row.id], self._keys[row.key_hash] = row.key_hash, _known_key(row)
            self._note(KNOWN_API_KEYS, row.changed_at)
        return len(users) + len(keys)

    def _take_policies(self, workspace: Any) -> None:
        revision = -1 if workspace is None else workspace.revision
        if revision != self._policies_revision:
            self._policies_revision = revision
            self.policies = read_policies({} if workspace is None else workspace.data)

    def _fresh(self, table: Table) -> Any:
        seen = self._seen.get(table.name)
        query = select(table)
        return query if seen is None else query.where(table.c.changed_at > seen - LOOK_BACK)

    def _note(self, table: Table, at: datetime) -> None:
        self._seen[table.name] = max(self._seen.get(table.name, at), at)

    async def tell_uses(self) -> None:
        """Write when keys were last used, roughly: once in half a minute for all of them."""
        uses, self._uses = self._uses, {}
        self._uses_told_at = time.monotonic()
        if not uses:
            return
        column = KNOWN_API_KEYS.c.last_used_at
        # keys of one order in every process: two that tell at once must not wait for each other
        rows = [{"key_id": one, "used_at": uses[one]} for one in sorted(uses)]
        async with self._sessions() as session:
            connection = await session.connection()
            await connection.execute(
                update(KNOWN_API_KEYS)
                .where(KNOWN_API_KEYS.c.id == bindparam("key_id"))
                .values(
                    last_used_at=func.greatest(column, bindparam("used_at", type_=column.type))
                ),
                rows,
            )

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
            if time.monotonic() - self._uses_told_at > USES_TOLD_EVERY_S:
                await self.tell_uses()
        except (SQLAlchemyError, OSError) as away:
            # the last known state serves on; requests will say that the database is away
            if not self._is_stale:
                log.warning("directory not refreshed", **told_without_values(away))
            self._is_stale = True
        else:
            self._is_stale = False


def _known_key(row: Any) -> KnownKey:
    actor = Actor(
        row.id,
        Role(row.role),
        frozenset(row.team_ids),
        "api_key",
        frozenset(row.scopes),
        row.rate_limit,
    )
    until = row.expires_at.timestamp() if row.expires_at else float("inf")
    return KnownKey(actor, row.maker_id, row.is_active, until)
