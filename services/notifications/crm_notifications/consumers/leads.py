"""What becomes of a lead becomes of the conversations that it began."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.conversations.use_cases import follow_lead
from crm_notifications.persons.use_cases import erase_person
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription, each


class LeadConverted(ForeignEvent, type="crm.contacts.lead.converted.v1"):
    """A lead became a client and a deal."""

    deal_id: UUID
    contact_id: UUID | None
    company_id: UUID | None


class LeadErased(ForeignEvent, type="crm.contacts.lead.erased.v1"):
    """A lead is forgotten."""


async def give_to_the_client(session: AsyncSession, envelope: Envelope[LeadConverted]) -> None:
    """Let a lead's conversations be the client's that it became."""
    became = envelope.data
    values = {
        "contact_id": became.contact_id,
        "company_id": became.company_id,
        "deal_id": became.deal_id,
    }
    await follow_lead(session, envelope.subject, values)


async def forget_lead(session: AsyncSession, envelope: Envelope[LeadErased]) -> None:
    """Drop what a lead and we wrote to each other."""
    await erase_person(session, envelope.subject)


SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable="notifications-leads-converted",
        reads=LeadConverted,
        handler=each(give_to_the_client),
    ),
    Subscription(
        durable="notifications-leads-erased",
        reads=LeadErased,
        handler=each(forget_lead),
    ),
]
