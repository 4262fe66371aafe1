"""Every SELECT of web chats."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.conversations.models import Conversation, ConversationMessage
from crm_notifications.web_chats.errors import NoChatHereError, WebChatNotFoundError
from crm_notifications.web_chats.models import WebChat
from crm_notifications.web_chats.rules.visits import CHANNEL

# a talk by chat is short; what was said before that is in the conversation
MOST_SHOWN = 200


def web_chats() -> Select[WebChat]:
    """The chats that stand on pages."""
    return select(WebChat).where(WebChat.deleted_at.is_(None))


async def get_web_chat(session: AsyncSession, chat_id: UUID) -> WebChat:
    found = await session.scalar(web_chats().where(WebChat.id == chat_id))
    if found is None:
        raise WebChatNotFoundError(chat_id)
    return found


async def get_open_chat(session: AsyncSession, key: str) -> WebChat:
    """The chat with a key, if it is switched on."""
    found = await session.scalar(web_chats().where(WebChat.key == key, WebChat.is_active))
    if found is None:
        raise NoChatHereError
    return found


async def count_said(session: AsyncSession, visitor: UUID) -> int:
    """How many messages stand in a visitor's conversation."""
    found = await session.scalar(_said(visitor).with_only_columns(func.count()))
    return found or 0


async def list_said(session: AsyncSession, visitor: UUID) -> Sequence[ConversationMessage]:
    """What a visitor and we wrote to each other, the newest last."""
    newest = _said(visitor).order_by(ConversationMessage.at.desc(), ConversationMessage.id.desc())
    return list(await session.scalars(newest.limit(MOST_SHOWN)))[::-1]


def _said(visitor: UUID) -> Select[ConversationMessage]:
    return (
        select(ConversationMessage)
        .join(Conversation, Conversation.id == ConversationMessage.conversation_id)
        .where(
            Conversation.channel == CHANNEL,
            Conversation.address == str(visitor),
            ConversationMessage.text.is_not(None),
        )
    )
