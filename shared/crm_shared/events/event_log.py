"""The event log: every published event of a service, kept for good, read over the bus."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.events.jetstream import Bus

MOST = 500
# a message may have a megabyte, and the envelope of the reply is part of it
REPLY_BYTES = 800 * 1024


async def serve(bus: Bus, service: str, sessions: Sessions) -> None:
    """Answer `{after}` with the next events, `{subject, from_revision}` with one aggregate's."""

    async def answer(question: dict[str, Any]) -> bytes:
        async with sessions() as session:
            if "subject" in question:
                rows = await slice_of(
                    session, UUID(question["subject"]), int(question["from_revision"])
                )
            else:
                rows = await page(session, after=int(question.get("after", 0)))
        return _reply(rows)

    await bus.respond(f"crm-events.{service}", service, answer)


async def slice_of(
    session: AsyncSession, subject: UUID, from_revision: int
) -> Sequence[tuple[int, str]]:
    """Return the events of one aggregate from a revision on."""
    query = select(OUTBOX.c.id, OUTBOX.c.envelope).where(
        OUTBOX.c.aggregate_id == subject, OUTBOX.c.revision >= from_revision
    )
    rows = await session.execute(query.order_by(OUTBOX.c.revision).limit(MOST))
    return [(row.id, row.envelope) for row in rows]


async def page(session: AsyncSession, *, after: int) -> Sequence[tuple[int, str]]:
    """Return the next events after a position; unpublished ones are not told yet."""
    query = select(OUTBOX.c.id, OUTBOX.c.envelope).where(
        # an id may be given before an earlier one commits; published means that nothing before it
        # is missing
        OUTBOX.c.id > after,
        OUTBOX.c.published_at.is_not(None),
    )
    rows = await session.execute(query.order_by(OUTBOX.c.id).limit(MOST))
    return [(row.id, row.envelope) for row in rows]


async def republish(session: AsyncSession, since: datetime) -> int:
    """Send everything recorded since then again; readers know the ids. Returns how many."""
    done = await session.execute(
        update(OUTBOX)
        .where(OUTBOX.c.recorded_at >= since, OUTBOX.c.published_at.is_not(None))
        # the same ids: whoever handled them before takes no notice
        .values(published_at=None, stream_seq=None, next_attempt_at=None)
        .returning(OUTBOX.c.id)
    )
    return len(done.all())


async def backlog(session: AsyncSession) -> tuple[int, float]:
    """Return how many events wait for the relay, and how old the oldest is in seconds."""
    query = select(
        func.count(),
        func.coalesce(func.extract("epoch", func.now() - func.min(OUTBOX.c.recorded_at)), 0),
    ).where(OUTBOX.c.published_at.is_(None))
    count, age = (await session.execute(query)).one()
    return int(count), float(age)


def _reply(rows: Sequence[tuple[int, str]]) -> bytes:
    """Pack as many events as a message may carry; `next` is null when nothing was cut."""
    packed: list[str] = []
    size = 0
    last: int | None = None
    for position, envelope in rows:
        size += len(envelope.encode())
        # at least one, however large: otherwise the reader would ask for it for ever
        if packed and size > REPLY_BYTES:
            break
        packed.append(envelope)
        last = position
    more = last is not None and (len(packed) < len(rows) or len(rows) == MOST)
    following = last if more else "null"
    return f'{{"events":[{",".join(packed)}],"next":{following}}}'.encode()
