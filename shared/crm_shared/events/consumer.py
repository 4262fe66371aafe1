"""The consumer: pull, decide, have the effect once, acknowledge."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared import clock
from crm_shared.db.engine import Sessions
from crm_shared.events import dead_letters, inbox, meters
from crm_shared.events.envelope import Envelope
from crm_shared.events.failures import is_away, passes
from crm_shared.events.faults import ALL_SAFE, Safeties
from crm_shared.events.jetstream import Bus, BusUnavailableError, Delivery, Puller, kept_in_hand
from crm_shared.events.reading import Item, UnreadableError, groups, read
from crm_shared.events.subscription import ANSWER, Discard, Pause, Retry, Subscription, caused_by

__all__ = [
    "ConsumerRunner",
    "Discard",
    "Pause",
    "Retry",
    "Subscription",
    "caused_by",
]

log = structlog.get_logger()

RETRY_DELAYS_S = (1.0, 5.0, 30.0, 120.0, 300.0)
MAX_DELIVERIES = 10
WAIT_S = 2.0

_REGISTER = text(
    "INSERT INTO durables (durable) VALUES (:durable) "
    "ON CONFLICT (durable) DO UPDATE SET durable = excluded.durable RETURNING registered_at"
)


class ConsumerRunner:
    """Runs one subscription."""

    def __init__(
        self,
        subscription: Subscription[Any],
        *,
        sessions: Sessions,
        bus: Bus,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
        safeties: Safeties = ALL_SAFE,
    ) -> None:
        self.subscription = subscription
        self._sessions = sessions
        self._bus = bus
        self._delays = retry_delays_s
        self._safe = safeties
        self._shape = Envelope[subscription.reads]  # type: ignore[name-defined]
        # the worker looks for letters once for all durables: thirty looks of their own add up
        self.retries_wanted = False
        self._registered_at: datetime | None = None
        self._puller: Puller | None = None

    @property
    def durable(self) -> str:
        """The durable's name."""
        return self.subscription.durable

    async def run(self, stop: asyncio.Event) -> None:
        """Handle what comes until told to stop; whatever is away is waited for."""
        pause = 0.2
        while not stop.is_set():
            try:
                await self.bind()
                pause = 0.2
                await self._pull_until(stop)
            except (Pause, BusUnavailableError, SQLAlchemyError, OSError) as away:
                if not passes(away):
                    raise
                log.warning("consumer-waits", durable=self.durable, error=type(away).__name__)
                self._puller = None
                await clock.pause(stop, pause)
                pause = min(pause * 2, 2.0)

    async def bind(self) -> None:
        """Register the durable here and at the broker."""
        async with self._sessions.begin() as session:
            row = await session.execute(_REGISTER, {"durable": self.durable})
            self._registered_at = row.scalar_one()
        await self._bus.ensure_durable(
            self.subscription.stream, self.durable, *self.subscription.subjects
        )
        self._puller = self._bus.puller(self.subscription.stream, self.durable)
        await self._puller.open()

    async def drain(self) -> int:
        """Handle what is there at this moment, letters to be retried too; return how many."""
        return await self.take() + await self.retry_dead_letters()

    async def take(self) -> int:
        """Handle the messages that are there at this moment; return how many."""
        if self._puller is None:
            await self.bind()
        done = 0
        while self._puller and (
            batch := await self._puller.pull_now(limit=self.subscription.batch)
        ):
            await self._handle(batch)
            done += len(batch)
        return done

    async def _pull_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set() and self._puller is not None:
            meters.HEARTBEAT.labels(self.durable).set_to_current_time()
            batch = await self._puller.pull(
                limit=self.subscription.batch, wait_s=WAIT_S, linger_s=self.subscription.linger_s
            )
            if batch:
                await self._handle(batch)
            if self.retries_wanted:
                self.retries_wanted = False
                await self.retry_dead_letters()

    async def _handle(self, batch: Sequence[Delivery]) -> None:
        async with kept_in_hand(batch):
            items = await self._readable(batch)
            for group in groups(items):
                await self._with_effect(group)

    async def _readable(self, batch: Sequence[Delivery]) -> list[Item]:
        items = []
        for delivery in batch:
            if delivery.attempts > 1:
                meters.REDELIVERED.labels(self.durable).inc()
            try:
                item = Item(delivery, self._read(delivery.data, delivery.subject))
            except UnreadableError as unreadable:
                await self._bury(delivery, str(unreadable), event_id=unreadable.event_id)
                continue
            if delivery.attempts > MAX_DELIVERIES:
                # it may be what kills the process: do not even try
                await self._bury(delivery, "delivered too often", envelope=item.envelope)
            elif self._is_history(item.envelope):
                await delivery.ack()
            else:
                items.append(item)
        return items

    def _read(self, data: bytes, subject: str) -> Envelope[Any]:
        return read(self._shape, self.subscription.publisher, data, subject)

    def _is_history(self, envelope: Envelope[Any]) -> bool:
        since = self._registered_at
        return self.subscription.acts and since is not None and envelope.recordedtime < since

    async def _with_effect(self, items: Sequence[Item]) -> None:
        if not self._safe.ack_after_commit:
            await _ack(items)
        try:
            await self._effect(items)
        except Exception as failed:
            if len(items) > 1 and not is_away(failed):
                # one by one, so that a poisoned event does not hold its neighbours
                for item in items:
                    await self._with_effect([item])
                return
            await self._after_failure(items, failed)
            return
        self._safe.crash("between-effect-and-ack")
        await _ack(items)
        now = clock.utc_now()
        age = meters.EVENT_AGE.labels(self.durable)
        for item in items:
            age.observe(max((now - item.envelope.recordedtime).total_seconds(), 0.0))

    async def _effect(self, items: Sequence[Item]) -> None:
        batch = [item.envelope for item in items]
        answer = await self.subscription.ask(self._bus, batch)
        async with self._sessions.begin() as session:
            session.info[ANSWER] = answer
            await self._in_transaction(session, batch)

    async def _in_transaction(self, session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
        unique = list({envelope.id: envelope for envelope in batch}.values())
        decide = self.subscription.decide
        matter = unique if decide is None else await decide(session, unique)
        handled = meters.HANDLED
        handled.labels(self.durable, "ignored").inc(len(unique) - len(matter))
        if matter and self._safe.inbox:
            fresh = await inbox.claim(session, [e.id for e in matter], self.durable)
            handled.labels(self.durable, "duplicate").inc(len(matter) - len(fresh))
            matter = [envelope for envelope in matter if envelope.id in fresh]
        if matter:
            await self.subscription.handler(session, matter)
            handled.labels(self.durable, "done").inc(len(matter))
        self._safe.crash("before-commit")

    async def _after_failure(self, items: Sequence[Item], failed: Exception) -> None:
        if is_away(failed):
            await self._hold(items, failed)
            return
        item, kind = items[0], type(failed).__name__
        attempts = item.delivery.attempts
        if isinstance(failed, Retry):
            await item.delivery.retry_in(failed.delay_s)
        elif isinstance(failed, Discard):
            await self._bury(item.delivery, str(failed), envelope=item.envelope)
        elif attempts <= len(self._delays):
            log.warning("event-retried", durable=self.durable, error=kind, attempts=attempts)
            await item.delivery.retry_in(self._delays[attempts - 1])
        else:
            log.error("event-given-up", durable=self.durable, error=kind, exc_info=failed)
            await self._bury(item.delivery, kind, envelope=item.envelope)

    async def _hold(self, items: Sequence[Item], failed: Exception) -> None:
        """Keep the batch and try again: naks would only storm while something is away."""
        pause = 0.2
        while True:
            log.warning("consumer-holds", durable=self.durable, error=type(failed).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
            try:
                await self._effect(items)
            except Exception as again:
                if not is_away(again):
                    for item in items:
                        await self._with_effect([item])
                    return
                failed = again
            else:
                await _ack(items)
                return

    async def _bury(
        self,
        delivery: Delivery,
        reason: str,
        *,
        envelope: Envelope[Any] | None = None,
        event_id: UUID | None = None,
    ) -> None:
        async with self._sessions.begin() as session:
            await dead_letters.bury(
                session,
                delivery,
                durable=self.durable,
                reason=reason,
                event_id=envelope.id if envelope else event_id,
                subject=str(envelope.subject) if envelope else None,
            )
        meters.DEAD_LETTERED.labels(self.durable, "unreadable" if not envelope else "failed").inc()
        log.error(
            "dead-letter", durable=self.durable, event_type=delivery.subject, reason_code=reason
        )
        await delivery.ack()

    async def retry_dead_letters(self) -> int:
        """Run the handler again for letters that somebody asked to retry; the inbox rules hold."""
        async with self._sessions() as session:
            letters = await dead_letters.list_retries(session, self.durable)
        for letter in letters:
            await self._retry(letter)
        return len(letters)

    async def _retry(self, letter: RowMapping) -> None:
        """Run the handler for one letter in a transaction of its own, and note how it went."""
        try:
            # What was not believed at first is not believed now either.
            envelope = self._read(letter["payload"], letter["type"])
            answer = await self.subscription.ask(self._bus, [envelope])
            async with self._sessions.begin() as session:
                # not at hand: another worker has it, or somebody dropped it meanwhile
                if await dead_letters.hold_retry(session, letter["id"]):
                    session.info[ANSWER] = answer
                    await self._in_transaction(session, [envelope])
                    await dead_letters.settle_retry(session, letter["id"], None)
        except Exception as failed:
            if is_away(failed):
                raise
            is_told = isinstance(failed, (UnreadableError, Discard))
            reason = str(failed) if is_told else type(failed).__name__
            async with self._sessions.begin() as session:
                await dead_letters.settle_retry(session, letter["id"], reason)
            log.warning("dead-letter-failed-again", durable=self.durable, reason_code=reason)


async def _ack(items: Sequence[Item]) -> None:
    for item in items:
        await item.delivery.ack()
