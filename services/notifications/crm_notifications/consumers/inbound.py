"""What came in is read here, and what others made of it is written down."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.conversations.rules import About
from crm_notifications.inbound.use_cases.reading import read_arrival, settle_arrival
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription, each


class _Inbound(BaseModel):
    system: str


class InboundReceived(ForeignEvent, type="crm.notifications.inbound.received.v1"):
    """Something came in from outside."""

    inbound: _Inbound


class _Settled(BaseModel):
    outcome: str
    reason: str | None
    noun: str | None
    record_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None


class InboundSettled(ForeignEvent, type="crm.contacts.inbound.settled.v1"):
    """Contacts made something of what came in, or found whose it is."""

    inbound: _Settled


async def read_what_came(session: AsyncSession, envelope: Envelope[InboundReceived]) -> None:
    """Read it by its system's mapping; raises Discard when it cannot be read."""
    await read_arrival(session, envelope.subject)


async def note_what_was_made(session: AsyncSession, envelope: Envelope[InboundSettled]) -> None:
    """Write it into the run log; a message goes into its conversation."""
    said = envelope.data.inbound
    about = About(
        contact_id=said.contact_id,
        company_id=said.company_id,
        lead_id=said.lead_id,
        owner_id=said.owner_id,
        team_id=said.team_id,
    )
    await settle_arrival(session, envelope.subject, said.model_dump(), about)


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable="notifications-inbound",
        reads=InboundReceived,
        handler=each(read_what_came),
    ),
    Subscription(
        durable="notifications-inbound-settled",
        reads=InboundSettled,
        handler=each(note_what_was_made),
    ),
]
