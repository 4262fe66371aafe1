"""Every SELECT of channels."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import (
    ChannelAddress,
    ChannelPolicy,
    InAppLetter,
    MailboxLetter,
)
from crm_notifications.channels.rules import NOTHING_SET, Channel, Policy
from crm_shared.actor import Actor


def mailbox_letters() -> Select[MailboxLetter]:
    """The letters that stayed in the house."""
    return select(MailboxLetter)


def in_app_letters(actor: Actor) -> Select[InAppLetter]:
    """The letters that were kept for somebody to read in the application."""
    return select(InAppLetter).where(InAppLetter.user_id == actor.id)


async def find_policy(session: AsyncSession, channel: Channel) -> ChannelPolicy | None:
    """What was set for a channel."""
    return await session.scalar(select(ChannelPolicy).where(ChannelPolicy.channel == channel.value))


async def policies(session: AsyncSession) -> Mapping[str, ChannelPolicy]:
    """What was set, by channel."""
    return {one.channel: one for one in await session.scalars(select(ChannelPolicy))}


async def policy_of(session: AsyncSession, channel: Channel) -> Policy:
    """What counts for a channel now."""
    found = await find_policy(session, channel)
    if found is None:
        return NOTHING_SET
    return Policy(
        found.is_stopped,
        found.rate_per_s,
        found.quiet_from,
        found.quiet_until,
        found.cap_messages,
        found.cap_days,
        found.price,
        found.currency,
    )


async def addresses(
    session: AsyncSession, channel: Channel, recipient_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Where these recipients are reached by a messenger."""
    found = select(ChannelAddress.recipient_id, ChannelAddress.address).where(
        ChannelAddress.channel == channel.value, ChannelAddress.recipient_id.in_(recipient_ids)
    )
    return {row.recipient_id: row.address for row in await session.execute(found)}
