"""What contacts makes of things that came in from outside: it asks for their words over the bus."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.inbound.use_cases import settle
from crm_shared.events import refs
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.jetstream import Bus
from crm_shared.events.subscription import Subscription, answer_in, caused_by

# their words come in one question over the bus, bodies of up to 256 kB among them
AT_ONCE = 50


class _Inbound(BaseModel):
    system: str


class InboundMapped(ForeignEvent, type="crm.notifications.inbound.mapped.v1"):
    """Something came in that could be read."""

    inbound: _Inbound


async def ask_for_words(
    bus: Bus, batch: Sequence[Envelope[InboundMapped]]
) -> dict[UUID, refs.RefItem]:
    """Ask what came in: words do not travel in events."""
    ids = [envelope.subject for envelope in batch]
    return {item.id: item for item in await refs.ask(bus, "notifications", "inbound", ids)}


async def make_what_came(session: AsyncSession, batch: Sequence[Envelope[InboundMapped]]) -> None:
    """Make each of them, once."""
    known: dict[UUID, refs.RefItem] = answer_in(session) or {}
    for envelope in batch:
        with caused_by(envelope):
            await settle(
                session,
                envelope.subject,
                asked_revision=envelope.revision,
                item=known.get(envelope.subject),
            )


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable="contacts-inbound",
        reads=InboundMapped,
        asks=ask_for_words,
        handler=make_what_came,
        batch=AT_ONCE,
    )
]
