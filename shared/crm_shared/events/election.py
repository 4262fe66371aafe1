"""Which replica's relay leads: a lock of the database, taken from a leader who stands still."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_shared import clock
from crm_shared.events.jetstream import BusUnavailableError

log = structlog.get_logger()

TRY_EVERY_S = 0.25
STUCK_AFTER_S = 3.0

_LOCK = text("SELECT pg_try_advisory_lock(:key)")
# What a leader who works takes next, live and bulk; neither changes when nobody works.
_NEXT = """(
SELECT id FROM outbox WHERE published_at IS NULL AND {which} AND next_attempt_at IS NULL
  AND aggregate_id NOT IN (
    SELECT aggregate_id FROM outbox WHERE published_at IS NULL AND next_attempt_at > now())
ORDER BY id LIMIT 1)
"""
_OLDEST = text(
    f"SELECT {_NEXT.format(which='NOT bulk')} AS live, {_NEXT.format(which='bulk')} AS bulk"
)
_DEPOSE = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND ((classid::bigint << 32) | objid::bigint) = :key AND pid <> pg_backend_pid() "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    # whose statement runs is at work, however long: reconciling may put a whole log back
    "AND pid IN (SELECT pid FROM pg_stat_activity WHERE state LIKE 'idle%')"
)


def lock_key(service: str) -> int:
    """Return the advisory lock that the leader of a service's relay holds."""
    return zlib.crc32(f"crm-relay-{service}".encode())


class Election:
    """One standby's wait for the lead, on the connection that will hold it.

    A leader is deposed when the same rows have been next for `STUCK_AFTER_S` while the broker
    answers: old rows alone are no fault of his, he may be working through a backlog.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        service: str,
        *,
        broker_answers: Callable[[], Awaitable[bool]],
        may_depose: bool = True,
    ) -> None:
        self._connection = connection
        self._service = service
        self._key = {"key": lock_key(service)}
        self._broker_answers = broker_answers
        self._may_depose = may_depose
        self._next: tuple[int | None, int | None] = (None, None)
        self._since = 0.0

    async def won(self, stop: asyncio.Event | None) -> None:
        """Come back as the leader; raises BusUnavailableError when told to stop before."""
        while not (await self._connection.execute(_LOCK, self._key)).scalar_one():
            if self._may_depose and await self._stands_still() and await self._broker_answers():
                await self._depose()
            if stop is not None and stop.is_set():
                raise BusUnavailableError("stopping")
            await clock.pause(stop or asyncio.Event(), TRY_EVERY_S)

    async def _depose(self) -> None:
        ended = (await self._connection.execute(_DEPOSE, self._key)).scalar_one()
        self._next = (None, None)
        if ended:
            log.warning("relay-leader-deposed", service=self._service)

    async def _stands_still(self) -> bool:
        row = (await self._connection.execute(_OLDEST)).one()
        now, found = asyncio.get_running_loop().time(), (row.live, row.bulk)
        if found != self._next or found == (None, None):
            self._next, self._since = found, now
        return now - self._since >= STUCK_AFTER_S
