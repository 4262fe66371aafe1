"""What the refusals of clients mean for the mailings they followed."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.mailings.use_cases import note_refusal
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import caused_by


class ConsentWithdrawn(ForeignEvent, type="crm.contacts.contact.consent_withdrawn.v1"):
    """A person refused to be reached by a channel for a purpose."""

    channel: str
    purpose: str


async def note_on_letters(
    session: AsyncSession, batch: Sequence[Envelope[ConsentWithdrawn]]
) -> None:
    """Note on the last letter of a mailing that it was the last one wanted."""
    for envelope in batch:
        with caused_by(envelope):
            data = envelope.data
            await note_refusal(session, envelope.subject, data.channel, data.purpose)
