"""Every SELECT of receipts."""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Arrival, Receipt
from crm_notifications.messages.models import Message


async def find_message(session: AsyncSession, provider: str, receipt: Receipt) -> Message | None:
    """The message a receipt speaks of, held until the transaction ends.

    By our id first: a provider's reference is not known of a message whose answer was lost. What
    is said of a letter that was sent anew since says nothing of the new one; complaints count.
    """
    found = select(Message).with_for_update()
    if receipt.message_id is not None:
        of_provider = or_(Message.provider == provider, Message.provider.is_(None))
        found = found.where(Message.id == receipt.message_id, of_provider)
        if receipt.arrival is not Arrival.COMPLAINED:
            found = found.where(Message.resent == receipt.resent)
    else:
        found = found.where(Message.provider == provider, Message.reference == receipt.reference)
    return (await session.scalars(found.limit(1))).one_or_none()
