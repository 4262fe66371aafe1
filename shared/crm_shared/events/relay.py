"""The relay: waiting outbox rows → JetStream → marked with their place in the stream."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from crm_shared import clock
from crm_shared.events import meters
from crm_shared.events.election import Election
from crm_shared.events.faults import ALL_SAFE, Safeties
from crm_shared.events.jetstream import BusUnavailableError, Publisher, RefusedError
from crm_shared.events.reconcile import reconcile

log = structlog.get_logger()

BATCH = 500
BUSY_PER_S = 100.0
CHECK_STREAM_EVERY_S = 10.0
PARK_S = (1, 5, 30, 120, 300)

# An aggregate waits as a whole: a parked row (or a bulk one, while live rows go) holds the later.
# The held ones are a set of their own: asked row by row, a look took 500 ms behind an import.
_WAITING = """
SELECT id, event_id, type, envelope, attempts FROM outbox
WHERE published_at IS NULL AND {which} (next_attempt_at IS NULL OR next_attempt_at <= now())
  AND aggregate_id NOT IN (
    SELECT aggregate_id FROM outbox WHERE published_at IS NULL AND next_attempt_at > now())
ORDER BY id LIMIT :limit
"""
_LIVE = text(
    _WAITING.format(
        which="NOT bulk AND (id < (SELECT coalesce(min(id), 9223372036854775807) FROM outbox "
        "WHERE published_at IS NULL AND bulk) OR aggregate_id NOT IN (SELECT aggregate_id "
        "FROM outbox WHERE published_at IS NULL AND bulk)) AND"
    )
)
_BULK = text(_WAITING.format(which="bulk AND"))
_MARK = text(
    "UPDATE outbox SET published_at = now(), stream_seq = m.seq, last_error = NULL "
    "FROM unnest(CAST(:ids AS bigint[]), CAST(:seqs AS bigint[])) AS m(id, seq) "
    "WHERE outbox.id = m.id"
)
_PARK = text(
    "UPDATE outbox SET attempts = attempts + 1, last_error = :error, "
    "next_attempt_at = now() + make_interval(secs => :delay) WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where a relay reads, what it publishes for, and its pace."""

    service: str
    database_url: str
    stream_days: int = 30
    stream_max_bytes: int = -1
    poll_s: float = 0.1
    linger_s: float = 0.075


class Pace:
    """How many rows a second were published lately; what is a second old counts for a third."""

    def __init__(self) -> None:
        self._per_s = 0.0
        self._at = 0.0

    def note(self, published: int, *, at: float) -> None:
        """Take in what was published just now."""
        self._per_s = self._per_s * math.exp(self._at - at) + published
        self._at = at

    @property
    def is_busy(self) -> bool:
        """Whether a burst had better gather: publishing, marking, handlers then go in groups.

        Below, both cores have time for each change alone; above, half the transactions everywhere
        are worth a twelfth of a second. A fiftieth from 30/s on was tried: with it and without, a
        move at 50/s took 31 ms of processor time, and each reaction came the later for it.
        """
        return self._per_s >= BUSY_PER_S


class OutboxRelay:
    """Publishes for one service; of several replicas one leads, elected by the database."""

    def __init__(
        self,
        settings: RelaySettings,
        connect: Callable[[], Awaitable[Publisher]],
        safeties: Safeties = ALL_SAFE,
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._safe = safeties
        self._woken = asyncio.Event()
        self.is_leader = False

    def wake(self) -> None:
        """Say that there may be rows; cheap, idempotent, from any task of the loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Lead whenever possible, stand by otherwise, until told to stop."""
        pause = 0.2
        while not stop.is_set():
            try:
                async with self.leading(stop) as leader:
                    pause = 0.2
                    await self._publish_until(stop, leader)
            except (BusUnavailableError, DBAPIError, OSError, TimeoutError) as away:
                log.warning("relay-session-ended", error=type(away).__name__)
                await clock.pause(stop, pause)
                pause = min(pause * 2, 2.0)

    @asynccontextmanager
    async def leading(self, stop: asyncio.Event | None = None) -> AsyncIterator["Leader"]:
        """Become the leader (waiting for one's turn) and reconcile the stream with the outbox.

        The connection that holds the lock is the one that reads and marks: losing it ends the lead.
        """
        async with self._database() as connection:
            election = Election(
                connection,
                self._settings.service,
                broker_answers=self._broker_answers,
                may_depose=self._safe.depose,
            )
            await election.won(stop)
            publisher = await self._connect()
            try:
                leader = Leader(self._settings, connection, publisher, self._safe)
                await leader.prepare()
                self._lead(is_leader=True)
                yield leader
            finally:
                self._lead(is_leader=False)
                await publisher.close()

    def _lead(self, *, is_leader: bool) -> None:
        self.is_leader = is_leader
        meters.RELAY_LEADER.labels(self._settings.service).set(int(is_leader))

    async def _publish_until(self, stop: asyncio.Event, leader: "Leader") -> None:
        loop = asyncio.get_running_loop()
        checked = loop.time()
        pace = Pace()
        while not stop.is_set():
            # before the read: what is told of from here on may not be in it
            self._woken.clear()
            began = loop.time()
            published = await leader.publish_waiting()
            if published >= BATCH:
                continue
            if not published and loop.time() - checked > CHECK_STREAM_EVERY_S:
                await leader.prepare()
                checked = loop.time()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.poll_s):
                    await self._woken.wait()
            pace.note(published, at=began)
            if pace.is_busy:
                waited = loop.time() - began
                await clock.pause(stop, max(0.0, self._settings.linger_s - waited))

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[AsyncConnection]:
        engine = create_async_engine(
            self._settings.database_url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={
                "timeout": 5,
                "command_timeout": 30,
                "server_settings": {
                    "application_name": f"crm-{self._settings.service}-relay",
                    # a lost mark is one more publish, dropped by its id: not worth a flush
                    "synchronous_commit": "off",
                    # its plans are kept for days; one made for an empty outbox reads all of a
                    # grown one, or every mark since the last vacuum: 10 to 28 ms a look at 150/s
                    "enable_seqscan": "off",
                    "enable_bitmapscan": "off",
                    "tcp_keepalives_idle": "5",
                    "tcp_keepalives_interval": "2",
                    "tcp_keepalives_count": "3",
                    "jit": "off",
                },
            },
        )
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()

    async def _broker_answers(self) -> bool:
        # rows also wait when the broker is away: that is no fault of the leader
        try:
            publisher = await self._connect()
        except BusUnavailableError:
            return False
        await publisher.close()
        return True


class Leader:
    """One session of leading: the elected connection and a broker connection of its own."""

    def __init__(
        self,
        settings: RelaySettings,
        connection: AsyncConnection,
        publisher: Publisher,
        safeties: Safeties,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._publisher = publisher
        self._safe = safeties
        self._bulk_waits = True
        self._looked_at = 0.0

    async def prepare(self) -> None:
        """Make sure that the stream exists and still holds what the outbox says it holds."""
        await self._publisher.ensure_stream(
            self._settings.service,
            days=self._settings.stream_days,
            max_bytes=self._settings.stream_max_bytes,
        )
        if self._safe.reconcile:
            again = await reconcile(
                self._connection,
                self._publisher,
                service=self._settings.service,
                days=self._settings.stream_days,
            )
            meters.RELAY_REPUBLISHED.labels(self._settings.service).inc(again)

    async def publish_waiting(self, *, limit: int = BATCH) -> int:
        """Publish what waits, live rows before bulk; return how many rows were dealt with."""
        rows = list(await self._waiting(_LIVE, limit))
        if not rows or (len(rows) < limit and self._looks_for_bulk()):
            bulk = await self._waiting(_BULK, limit - len(rows))
            self._bulk_waits = bool(bulk)
            rows += bulk
        if not rows:
            return 0
        if not self._safe.mark_after_publish:
            await self._mark([(row.id, 0) for row in rows])
        self._safe.crash("before-publish")
        outcomes = await self._publisher.publish(
            self._settings.service, [(row.type, str(row.event_id), row.envelope) for row in rows]
        )
        self._safe.crash("between-publish-and-mark")
        sent = [(row.id, out) for row, out in zip(rows, outcomes, strict=True) if type(out) is int]
        await self._mark(sent)
        for row, out in zip(rows, outcomes, strict=True):
            if isinstance(out, RefusedError) and self._safe.park:
                await self._park(row, out)
        meters.RELAY_PUBLISHED.labels(self._settings.service).inc(len(sent))
        return len(rows)

    def _looks_for_bulk(self) -> bool:
        # live rows come all the time: an empty look beside each of them would double the reads
        now = asyncio.get_running_loop().time()
        if not self._bulk_waits and now - self._looked_at < self._settings.poll_s:
            return False
        self._looked_at = now
        return True

    async def _waiting(self, which: object, limit: int) -> Sequence[Row[tuple[object, ...]]]:
        return (await self._connection.execute(which, {"limit": limit})).all()  # type: ignore[call-overload, no-any-return]

    async def _mark(self, sent: Sequence[tuple[int, int]]) -> None:
        if sent:
            ids, seqs = zip(*sent, strict=True)
            await self._connection.execute(_MARK, {"ids": list(ids), "seqs": list(seqs)})

    async def _park(self, row: Row[tuple[object, ...]], refused: RefusedError) -> None:
        delay = PARK_S[min(row.attempts, len(PARK_S) - 1)]
        log.error(
            "event-refused", event_id=str(row.event_id), reason_code=str(refused), delay_s=delay
        )
        await self._connection.execute(
            _PARK, {"id": row.id, "error": str(refused), "delay": float(delay)}
        )
