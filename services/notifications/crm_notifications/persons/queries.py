"""Every SELECT about what is kept of a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import Select, Table, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import ChannelAddress, InAppLetter, MailboxLetter
from crm_notifications.conversations.models import (
    Conversation,
    ConversationFile,
    ConversationMessage,
)
from crm_notifications.messages.rules import RecipientKind
from crm_notifications.messages.statements import MESSAGES
from crm_notifications.sequences.statements import ENROLMENTS
from crm_shared.events.refs import RefItem

LETTERS: Table = MailboxLetter.__table__  # type: ignore[assignment]
IN_APP: Table = InAppLetter.__table__  # type: ignore[assignment]
ADDRESSES: Table = ChannelAddress.__table__  # type: ignore[assignment]
CONVERSATIONS: Table = Conversation.__table__  # type: ignore[assignment]
FILES: Table = ConversationFile.__table__  # type: ignore[assignment]
WORDS: Table = ConversationMessage.__table__  # type: ignore[assignment]


def about(person_id: UUID) -> Any:
    """Return the condition under which a message went to a person or speaks of him."""
    to_him = MESSAGES.c.recipient_id == person_id
    is_client = MESSAGES.c.recipient_kind.in_([RecipientKind.CONTACT, RecipientKind.LEAD])
    answers_him = MESSAGES.c.recipient_id.in_(talks_with(person_id))
    return or_(MESSAGES.c.contact_id == person_id, to_him & is_client, answers_him)


def talk_of(person_id: UUID) -> Any:
    """Return the condition under which a conversation is with a person: a contact or a lead."""
    return or_(CONVERSATIONS.c.contact_id == person_id, CONVERSATIONS.c.lead_id == person_id)


def talks_with(person_id: UUID) -> Select[UUID]:
    """Return the conversations with a person."""
    return select(CONVERSATIONS.c.id).where(talk_of(person_id))


def words_with(person_id: UUID) -> Select[UUID]:
    """Return the messages of conversations with a person."""
    return select(WORDS.c.id).where(WORDS.c.conversation_id.in_(talks_with(person_id)))


async def messages_about(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    """Return messages to or about a person."""
    found = select(MESSAGES).where(about(person_id)).order_by(MESSAGES.c.id)
    return [dict(row) for row in (await session.execute(found)).mappings()]


async def rows_of(session: AsyncSession, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is kept of a person, by noun."""
    messages = await messages_about(session, person_id)
    ids = [message["id"] for message in messages]
    letters = await session.execute(select(LETTERS).where(LETTERS.c.id.in_(ids)))
    told = await session.execute(select(IN_APP).where(IN_APP.c.id.in_(ids)))
    chats = await session.execute(select(ADDRESSES).where(ADDRESSES.c.recipient_id == person_id))
    talks = select(CONVERSATIONS).where(talk_of(person_id))
    words = select(WORDS).where(WORDS.c.conversation_id.in_(talks_with(person_id)))
    names = (FILES.c.message_id, FILES.c.name, FILES.c.kind, FILES.c.size)
    files = select(*names).where(FILES.c.message_id.in_(words_with(person_id)))
    ways = await session.execute(select(ENROLMENTS).where(ENROLMENTS.c.contact_id == person_id))
    return {
        "messages": messages,
        "enrolments": [dict(row) for row in ways.mappings()],
        "letters": [dict(row) for row in [*letters.mappings(), *told.mappings()]],
        "addresses": [dict(row) for row in chats.mappings()],
        "conversations": [dict(row) for row in (await session.execute(talks)).mappings()],
        "conversation_files": [dict(row) for row in (await session.execute(files)).mappings()],
        "conversation_messages": [dict(row) for row in (await session.execute(words)).mappings()],
    }


async def person_refs(session: AsyncSession, ids: Sequence[UUID]) -> list[RefItem]:
    """Tell all that is kept of persons, to contacts, which answers for it to them."""
    return [
        RefItem(id=one, revision=1, data=to_jsonable_python(await rows_of(session, one)))
        for one in ids
    ]
