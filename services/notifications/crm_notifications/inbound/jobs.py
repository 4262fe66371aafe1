"""Timed work: what other systems published is taken from the bus; what nobody reads goes."""

from datetime import timedelta
from weakref import WeakKeyDictionary

from crm_notifications.inbound import statements
from crm_notifications.inbound.use_cases.taking import take_published
from crm_shared.clock import utc_now
from crm_shared.events.jetstream import Bus, BusUnavailableError, Puller, kept_in_hand
from crm_shared.worker import Job, JobContext

STREAM, SUBJECT, DURABLE = "CRM_INBOUND", "crm.inbound.>", "notifications-intake"
KEPT_DAYS = 7
MOST_BYTES = 256 * 1024
AT_ONCE = 100
# what was refused can be read once more for so long, whatever the company decided
WORDS_KEPT = timedelta(days=30)
A_PORTION = 1_000
_PULLERS: WeakKeyDictionary[Bus, Puller] = WeakKeyDictionary()


async def take_from_the_bus(context: JobContext) -> int:
    """Keep what is waiting on the bus, then acknowledge; a crash between only brings it again."""
    puller = await _puller(context)
    try:
        batch = await puller.pull_now(limit=AT_ONCE)
    except BusUnavailableError:
        _PULLERS.pop(context.bus, None)  # the broker forgot it: it is made anew
        raise
    if not batch:
        return 0
    async with kept_in_hand(batch):
        async with context.sessions.begin() as session:
            for delivery in batch:
                await take_published(session, delivery)
        for delivery in batch:
            await delivery.ack()
    return len(batch)


async def drop_old_words(context: JobContext) -> int:
    """Forget what nobody could read or make in all that time; the run log keeps its line."""
    async with context.sessions.begin() as session:
        return await statements.drop_words(session, utc_now() - WORDS_KEPT, limit=A_PORTION)


async def _puller(context: JobContext) -> Puller:
    bus = context.bus
    puller = _PULLERS.get(bus)
    if puller is None:
        await bus.ensure_intake(
            STREAM,
            SUBJECT,
            days=KEPT_DAYS,
            largest=MOST_BYTES,
            max_bytes=context.settings.stream_max_bytes,
        )
        await bus.ensure_durable(STREAM, DURABLE, SUBJECT)
        puller = bus.puller(STREAM, DURABLE)
        await puller.open()
        _PULLERS[bus] = puller
    return puller


JOBS = [
    Job("take-inbound", 0.5, take_from_the_bus),
    Job("trim-inbound", 3600.0, drop_old_words),
]
