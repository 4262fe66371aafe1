"""Timed work: what other systems published is taken from the bus."""

from weakref import WeakKeyDictionary

from crm_notifications.inbound.use_cases.taking import take_published
from crm_shared.events.jetstream import Bus, BusUnavailableError, Puller, kept_in_hand
from crm_shared.worker import JobContext

STREAM, SUBJECT, DURABLE = "CRM_INBOUND", "crm.inbound.>", "notifications-intake"
KEPT_DAYS = 7
MOST_BYTES = 256 * 1024
AT_ONCE = 100
_PULLERS: WeakKeyDictionary[Bus, Puller] = WeakKeyDictionary()


async def take_from_the_bus(context: JobContext) -> int:
    """Keep what is waiting on the bus, then acknowledge; a crash between only brings it again."""
    puller = await _puller(context.bus)
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


async def _puller(bus: Bus) -> Puller:
    puller = _PULLERS.get(bus)
    if puller is None:
        await bus.ensure_intake(STREAM, SUBJECT, days=KEPT_DAYS, largest=MOST_BYTES)
        await bus.ensure_durable(STREAM, DURABLE, SUBJECT)
        puller = bus.puller(STREAM, DURABLE)
        await puller.open()
        _PULLERS[bus] = puller
    return puller
