"""Does the stream still hold what the outbox says was published? If not, publish it again."""

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_shared.events.jetstream import Publisher

log = structlog.get_logger()

LOOK_BACK = 2000
_NEWEST = text(
    "SELECT event_id, stream_seq FROM outbox WHERE stream_seq IS NOT NULL "
    "AND published_at IS NOT NULL AND recorded_at > now() - make_interval(days => :days) "
    "ORDER BY stream_seq DESC LIMIT :limit"
)
_AGAIN = text(
    "UPDATE outbox SET published_at = NULL, stream_seq = NULL, next_attempt_at = NULL "
    "WHERE published_at IS NOT NULL AND stream_seq > :good "
    "AND recorded_at > now() - make_interval(days => :days)"
)


async def reconcile(
    connection: AsyncConnection, publisher: Publisher, *, service: str, days: int
) -> int:
    """Put every row back to waiting that a broker set back in time has forgotten.

    Returns how many go again. Going too far back is harmless: readers know the ids.
    """
    newest = (await connection.execute(_NEWEST, {"limit": LOOK_BACK, "days": days})).all()
    if not newest:
        return 0
    first, last = await publisher.last_sequence(service)
    step = 1
    at = 0
    good = 0
    while at < len(newest):
        event_id, sequence = newest[at]
        if sequence < first and last >= sequence:  # aged out of the stream: it was there
            good = sequence
            break
        if sequence <= last and await publisher.message_id(service, sequence) == str(event_id):
            good = sequence
            break
        at += step
        step *= 2
    if at == 0:
        return 0
    again = (await connection.execute(_AGAIN, {"good": good, "days": days})).rowcount
    log.error("stream-went-back-in-time", service=service, count=again, stream_seq=good)
    return int(again)
