"""Looking at what was announced, and making what others announce."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.events.envelope import AnyEvent, Envelope, Event, ForeignEvent, service_of
from crm_shared.ids import new_id

KindT = TypeVar("KindT", bound=Event)


async def recorded(session: AsyncSession, kind: type[KindT]) -> list[Envelope[KindT]]:
    """Return what was announced of one type, in order."""
    query = select(OUTBOX.c.envelope).where(OUTBOX.c.type == kind.type).order_by(OUTBOX.c.id)
    shape = Envelope[kind]  # type: ignore[valid-type]
    return [shape.model_validate_json(text) for text in await session.scalars(query)]


async def announced(session: AsyncSession) -> list[Envelope[Any]]:
    """Return everything that was announced, data as plain dictionaries."""
    rows = await session.scalars(select(OUTBOX.c.envelope).order_by(OUTBOX.c.id))
    return [Envelope[AnyEvent].model_validate_json(text) for text in rows]


@asynccontextmanager
async def silence(session: AsyncSession) -> AsyncIterator[None]:
    """Nothing is announced inside, and so nothing changed: every change is one event."""
    await session.commit()
    before = await session.scalar(select(func.count()).select_from(OUTBOX))
    yield
    await session.commit()
    if await session.scalar(select(func.count()).select_from(OUTBOX)) != before:
        raise AssertionError("something was announced")


def envelope_of(
    event: Event | ForeignEvent,
    *,
    subject: UUID | None = None,
    revision: int = 1,
    at: datetime | None = None,
    **extensions: Any,
) -> Envelope[Any]:
    """Put an event into an envelope as its publisher would."""
    now = utc_now()
    given = {
        "id": new_id(),
        "source": f"/crm/{service_of(event.type)}",
        "type": event.type,
        "subject": subject or new_id(),
        "time": at or now,
        "dataschema": f"/contracts/{event.type}.json",
        "recordedtime": now,
        "revision": revision,
        "actorid": UUID(int=0),
        "correlationid": new_id(),
        **extensions,
    }
    shape: Any = Envelope.__class_getitem__(type(event))
    made: Envelope[Any] = shape(**given, data=event)
    return made
