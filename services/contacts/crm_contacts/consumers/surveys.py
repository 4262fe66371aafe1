"""Who is asked by letter: each letter with a survey is one invitation, once it went out."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.surveys.use_cases.answering import invite_by_letter
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.subscription import Subscription, caused_by

SENT = "crm.notifications.message.sent.v1"
# a receipt may be faster than the word that the letter went
DELIVERED = "crm.notifications.message.delivered.v1"
CASE = "crm.contacts.case."


class _Message(BaseModel):
    survey_id: UUID
    contact_id: UUID
    deal_id: UUID | None = None
    subject_id: UUID | None = None
    source_type: str


async def those_with_a_survey(
    _session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """Pick letters that ask something."""
    return [one for one in batch if one.data.as_dict().get("message", {}).get("survey_id")]


async def make_invitations(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Make an invitation of each letter, by the letter's own id: once, however it is told."""
    for envelope in batch:
        message = _Message.model_validate(envelope.data.as_dict()["message"])
        is_case = message.source_type.startswith(CASE)
        about = {
            "deal_id": message.deal_id,
            "case_id": message.subject_id if is_case else None,
        }
        with caused_by(envelope):
            await invite_by_letter(
                session, envelope.subject, message.survey_id, message.contact_id, about
            )


SUBSCRIPTION: Subscription[AnyEvent] = Subscription(
    durable="contacts-survey-invitations",
    pattern="crm.notifications.message.>",
    only=[SENT, DELIVERED],
    reads=AnyEvent,
    decide=those_with_a_survey,
    handler=make_invitations,
)
