"""A visitor who left his address confirms it; what a lead becomes, its conversations become."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.conversations.use_cases import follow_lead
from crm_notifications.messages.use_cases import queue_confirmation
from crm_notifications.persons.use_cases import erase_person
from crm_shared.events import refs
from crm_shared.events.envelope import AnyEvent, Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription, each


class _Left(BaseModel):
    owner_id: UUID | None
    team_id: UUID | None
    form_id: UUID | None


class LeadCreated(ForeignEvent, type="crm.contacts.lead.created.v1"):
    """Somebody might buy; of a form with double opt-in he has to confirm his address."""

    lead: _Left
    # of a form that sends a link of its own, or before forms had letters, there is none
    by_letter: bool = False


class LeadConverted(ForeignEvent, type="crm.contacts.lead.converted.v1"):
    """A lead became a client and a deal."""

    deal_id: UUID
    contact_id: UUID | None
    company_id: UUID | None


class LeadErased(ForeignEvent, type="crm.contacts.lead.erased.v1"):
    """A lead is forgotten."""


async def ask_to_confirm(session: AsyncSession, envelope: Envelope[LeadCreated]) -> None:
    """Queue the letter with the link, where a form asks for it and an address was left."""
    lead = envelope.data.lead
    if envelope.bulk or lead.form_id is None or not envelope.data.by_letter:
        return
    await queue_confirmation(
        session, envelope, form_id=lead.form_id, owner_id=lead.owner_id, team_id=lead.team_id
    )


async def look_again(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Ask anew before the next letter: an address was mended, or confirmed by another link."""
    await refs.outdate(session, "lead", {one.subject: one.revision for one in batch})


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
        durable="notifications-leads-confirmations",
        reads=LeadCreated,
        handler=each(ask_to_confirm),
        acts=True,
    ),
    Subscription(
        durable="notifications-leads-copies",
        pattern="crm.contacts.lead.>",
        only=["crm.contacts.lead.updated.>", "crm.contacts.lead.confirmed.>"],
        reads=AnyEvent,
        handler=look_again,
    ),
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
