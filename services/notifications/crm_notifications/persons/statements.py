"""Dropping letters and addresses that were kept."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import String, cast, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.messages.statements import MESSAGES
from crm_notifications.persons.queries import (
    ADDRESSES,
    CONVERSATIONS,
    FILES,
    IN_APP,
    LETTERS,
    WORDS,
    talk_of,
    talks_with,
    words_with,
)


async def drop_letters(session: AsyncSession, ids: Sequence[UUID]) -> int:
    """Drop letters by their messages; return how many there were."""
    dropped = 0
    for table in (LETTERS, IN_APP):
        gone = delete(table).where(table.c.id.in_(ids)).returning(table.c.id)
        dropped += len((await session.execute(gone)).all())
    return dropped


async def drop_addresses(session: AsyncSession, person_id: UUID) -> int:
    """Drop the chats by which a person is reached; return how many there were."""
    of_him = delete(ADDRESSES).where(ADDRESSES.c.recipient_id == person_id)
    return len((await session.execute(of_him.returning(ADDRESSES.c.channel))).all())


async def forget_keys(session: AsyncSession, person_id: UUID) -> None:
    """Drop what letters of mailings know a person's address by."""
    to_him = update(MESSAGES).where(MESSAGES.c.recipient_id == person_id)
    await session.execute(to_him.values(address_key=None))


async def drop_words(session: AsyncSession, person_id: UUID) -> int:
    """Empty what a person and we wrote to each other; return how many messages that were.

    That there was a conversation, on which channel and when, stays.
    """
    said = update(WORDS).where(WORDS.c.conversation_id.in_(talks_with(person_id)))
    await session.execute(delete(FILES).where(FILES.c.message_id.in_(words_with(person_id))))
    emptied = said.values(subject=None, text=None, html=None, reference=None)
    done = len((await session.execute(emptied.returning(WORDS.c.id))).all())
    address = "erased-" + cast(CONVERSATIONS.c.id, String)
    talks = update(CONVERSATIONS).where(talk_of(person_id))
    await session.execute(talks.values(name=None, address=address))
    return done
