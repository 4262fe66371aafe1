"""Every SELECT of messengers."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import ChannelAddress


async def whose_chat(session: AsyncSession, channel: str, address: str) -> UUID | None:
    """The contact or colleague who is reached by this chat."""
    found = select(ChannelAddress.recipient_id).where(
        ChannelAddress.channel == channel, ChannelAddress.address == address
    )
    return await session.scalar(found.order_by(ChannelAddress.kept_at).limit(1))
