"""Every SELECT of messages."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.messages.errors import MessageNotFoundError
from crm_notifications.messages.models import Message
from crm_shared.actor import Access
from crm_shared.db.scope import visible


def visible_messages(access: Access) -> Select[Message]:
    """The messages within the caller's scope."""
    return select(Message).where(visible(access, Message.owner_id, Message.team_id))


async def get_message(session: AsyncSession, access: Access, message_id: UUID) -> Message:
    """One message within the caller's scope."""
    found = await session.scalar(visible_messages(access).where(Message.id == message_id))
    if found is None:
        raise MessageNotFoundError(message_id)
    return found
