"""Every SELECT of conversations."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, undefer

from crm_notifications.conversations.errors import ConversationNotFoundError, FileNotFoundHereError
from crm_notifications.conversations.models import (
    Conversation,
    ConversationFile,
    ConversationMessage,
)
from crm_notifications.conversations.rules import About, Answer, Direction
from crm_shared.actor import Access
from crm_shared.db.scope import visible

MOST_FILES = 500
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 11))")


def visible_conversations(access: Access) -> Select[Conversation]:
    """The conversations within the caller's scope; of nobody's, those who see all."""
    return select(Conversation).where(visible(access, Conversation.owner_id, Conversation.team_id))


async def get_conversation(
    session: AsyncSession, access: Access, conversation_id: UUID
) -> Conversation:
    """One conversation within the caller's scope."""
    found = await session.scalar(
        visible_conversations(access).where(Conversation.id == conversation_id)
    )
    if found is None:
        raise ConversationNotFoundError(conversation_id)
    return found


def messages_of(conversation_id: UUID) -> Select[ConversationMessage]:
    """Everything that was written in a conversation."""
    return select(ConversationMessage).where(ConversationMessage.conversation_id == conversation_id)


async def hold_conversation(
    session: AsyncSession, channel: str, address: str
) -> Conversation | None:
    """The conversation with an address; nobody else begins one until the transaction ends."""
    await session.execute(_ONE_AT_A_TIME, {"who": f"{channel}|{address}"})
    found = (
        select(Conversation)
        .where(Conversation.channel == channel, Conversation.address == address)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(found)).one_or_none()


async def hold_conversations_of_lead(
    session: AsyncSession, lead_id: UUID
) -> Sequence[Conversation]:
    """The conversations that a lead began, held until the transaction ends."""
    found = (
        select(Conversation)
        .where(Conversation.lead_id == lead_id)
        .order_by(Conversation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(found))


async def find_message(
    session: AsyncSession, conversation_id: UUID, reference: str
) -> ConversationMessage | None:
    found = messages_of(conversation_id).where(ConversationMessage.reference == reference)
    return (await session.scalars(found)).one_or_none()


async def known_about(session: AsyncSession, channel: str, address: str) -> About | None:
    """Whose the conversation with an address is, when it is known."""
    found = await session.execute(
        select(
            Conversation.contact_id,
            Conversation.company_id,
            Conversation.lead_id,
            Conversation.deal_id,
            Conversation.owner_id,
            Conversation.team_id,
        ).where(Conversation.channel == channel, Conversation.address == address)
    )
    row = found.one_or_none()
    about = None if row is None else About(*row)
    return about if about is not None and about.is_known else None


async def list_files(session: AsyncSession, conversation_id: UUID) -> Sequence[ConversationFile]:
    """The files of a conversation, without what is in them; the newest message's first."""
    found = (
        select(ConversationFile)
        .join(ConversationMessage, ConversationMessage.id == ConversationFile.message_id)
        .where(ConversationMessage.conversation_id == conversation_id)
        .order_by(ConversationMessage.at.desc(), ConversationFile.id)
        .limit(MOST_FILES)
    )
    return list(await session.scalars(found))


async def get_file(session: AsyncSession, conversation_id: UUID, file_id: UUID) -> ConversationFile:
    """One file of a conversation with its content."""
    found = await session.scalar(
        select(ConversationFile)
        .options(undefer(ConversationFile.content))
        .join(ConversationMessage, ConversationMessage.id == ConversationFile.message_id)
        .where(
            ConversationFile.id == file_id,
            ConversationMessage.conversation_id == conversation_id,
        )
    )
    if found is None:
        raise FileNotFoundHereError(file_id)
    return found


async def answers_of(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, Answer]:
    """What colleagues answered, by message; a message and its words have one id."""
    theirs = aliased(ConversationMessage)
    answered = (
        select(theirs.reference)
        .where(
            theirs.conversation_id == ConversationMessage.conversation_id,
            theirs.direction == Direction.INBOUND.value,
            theirs.at <= ConversationMessage.at,
        )
        .order_by(theirs.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(ConversationMessage, Conversation, answered)
        .join(Conversation, Conversation.id == ConversationMessage.conversation_id)
        .where(ConversationMessage.id.in_(ids), ConversationMessage.text.is_not(None))
    )
    return {
        said.id: Answer(
            talk.name or "", talk.address, said.subject or "", said.text or "", heard_as
        )
        for said, talk, heard_as in await session.execute(found)
    }


async def last_subject(session: AsyncSession, conversation_id: UUID) -> str | None:
    """What the newest letter of a conversation was about."""
    found = (
        select(ConversationMessage.subject)
        .where(
            ConversationMessage.conversation_id == conversation_id,
            ConversationMessage.subject.is_not(None),
        )
        .order_by(ConversationMessage.at.desc())
        .limit(1)
    )
    return await session.scalar(found)
