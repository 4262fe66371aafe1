"""What a letter is to us: an answer, a new word, a colleague's copy, a report, our own."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.conversations.rules import About, Direction, Said
from crm_notifications.mail_intake import queries
from crm_notifications.mail_intake.rules.letters import Letter
from crm_notifications.messages.models import Message
from crm_notifications.messages.rules import RecipientKind

EMAIL = "email"


class NotForConversationsError(Exception):
    """A letter that is no word of anybody to us; the code says what it is."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def place_letter(
    session: AsyncSession, letter: Letter, *, ours: Collection[str]
) -> tuple[Said, About | None]:
    """Say what a letter is in which conversation, and whose that is when it is known already.

    A letter of a colleague (he copied the mailbox) belongs to the first of those he wrote to who
    is no colleague. Raises NotForConversationsError for our own letters, for those among us and
    for those without an address.
    """
    if letter.is_report:
        raise NotForConversationsError("report")
    if letter.sender is None:
        raise NotForConversationsError("no-sender")
    name, address = letter.sender
    if address in ours:
        raise NotForConversationsError("own-letter")
    named = [address, *(one[1] for one in letter.recipients)]
    colleagues = await queries.colleagues_with(session, named)
    author_id = colleagues.get(address)
    if author_id is not None:
        inside = {*ours, *colleagues}
        others = [one for one in letter.recipients if one[1] not in inside]
        if not others:
            raise NotForConversationsError("colleague-to-us")
        name, address = others[0]
    answered = await queries.first_of(session, letter.answers) if letter.answers else None
    said = _said(letter, name, address, author_id, answered)
    return said, None if answered is None else _about(answered)


def _said(
    letter: Letter, name: str, address: str, author_id: UUID | None, answered: Message | None
) -> Said:
    is_ours = author_id is not None
    return Said(
        channel=EMAIL,
        address=address,
        name=name or None,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        at=letter.at,
        reference=letter.reference,
        direction=Direction.OUTBOUND.value if is_ours else Direction.INBOUND.value,
        author_id=author_id,
        answers_message_id=answered.id if answered else None,
        mailing_id=answered.mailing_id if answered else None,
        variant=answered.variant if answered else None,
        is_automatic=letter.is_automatic,
        left_out=",".join(letter.left_out) or None,
        files=tuple(letter.files),
    )


def _about(answered: Message) -> About | None:
    """Whoever answers a message is the one it was written to."""
    if answered.recipient_kind != RecipientKind.CONTACT.value:
        return None
    return About(
        contact_id=answered.recipient_id,
        company_id=answered.company_id,
        deal_id=answered.deal_id,
        owner_id=answered.owner_id,
        team_id=answered.team_id,
    )
