"""Timed work: match events with webhooks, carry deliveries, send stretches once more, tidy up."""

from datetime import timedelta
from weakref import WeakKeyDictionary

from crm_notifications.webhooks import statements
from crm_notifications.webhooks.senders.courier import Courier
from crm_notifications.webhooks.senders.posting import Poster
from crm_notifications.webhooks.use_cases.matching import PAGE, WishBook, match_next, replay_next
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.worker import Job, JobContext

A_PORTION = 5_000
# what is remembered between two runs lives as long as the worker's pool
_COURIERS: WeakKeyDictionary[Sessions, Courier] = WeakKeyDictionary()
_BOOKS: WeakKeyDictionary[Sessions, WishBook] = WeakKeyDictionary()


async def match_events(context: JobContext) -> int:
    """Queue deliveries of what came into the log."""
    book = _BOOKS.setdefault(context.sessions, WishBook())
    async with context.sessions.begin() as session:
        return await match_next(session, book)


async def carry_deliveries(context: JobContext) -> int:
    """Set off what is due."""
    courier = _COURIERS.get(context.sessions)
    if courier is None:
        settings = context.settings
        courier = _COURIERS[context.sessions] = Courier(
            context.sessions,
            Poster(allowed=settings.webhook_host_list),
            link_key=settings.link_key,
        )
    return await courier.send_due()


async def send_again(context: JobContext) -> int:
    """Queue the next portion of what somebody wants once more."""
    async with context.sessions.begin() as session:
        return await replay_next(session)


async def trim_log(context: JobContext) -> int:
    """Drop lines of the delivery log that are older than the events themselves are kept."""
    before = utc_now() - timedelta(days=context.settings.stream_days)
    async with context.sessions.begin() as session:
        return await statements.drop_settled(session, before, A_PORTION)


JOBS = [
    Job("match-webhooks", 0.5, match_events, page=PAGE),
    Job("send-webhooks", 0.5, carry_deliveries, again_s=0.02),
    Job("replay-webhooks", 1.0, send_again),
]
UPKEEP = [
    Job("trim-webhook-log", 600.0, trim_log),
]
