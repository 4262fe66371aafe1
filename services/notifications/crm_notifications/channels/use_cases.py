"""What an administrator can do with a channel."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels import queries
from crm_notifications.channels.errors import (
    ChannelOffError,
    NoAddressesHereError,
    PolicyInvalidError,
)
from crm_notifications.channels.models import ChannelPolicy
from crm_notifications.channels.rules import Channel, Letter, Sender, Verdict, policy_id
from crm_notifications.events import ChannelFacts, ChannelUpdated
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id

PAIRS = (("quiet_from", "quiet_until"), ("cap_messages", "cap_days"), ("price", "currency"))
A_MINUTE = timedelta(minutes=1)
TRIAL_TEXT = {
    "en": "A test from the CRM: this channel works.",
    "uk": "Перевірка з CRM: цей канал працює.",
    "ru": "Проверка из CRM: этот канал работает.",
}


async def policy_to_change(session: AsyncSession, channel: Channel) -> ChannelPolicy:
    """Return what is set for a channel, or a policy nobody has set yet."""
    found = await queries.find_policy(session, channel)
    if found is not None:
        return found
    return ChannelPolicy(id=policy_id(channel), channel=channel.value, is_stopped=False, revision=0)


async def change_policy(
    session: AsyncSession, policy: ChannelPolicy, values: Mapping[str, Any]
) -> ChannelPolicy:
    """Stop a channel, let it go on, or set its pace, night, cap and price."""
    for name, value in values.items():
        setattr(policy, name, value)
    for one, other in PAIRS:
        if (getattr(policy, one) is None) != (getattr(policy, other) is None):
            raise PolicyInvalidError(one, other)
    session.add(policy)
    changes = outbox.changes_of(policy, ChannelFacts)
    changed = [name for name in changes.changed if name in values]
    if changed:
        facts = ChannelFacts.model_validate(policy, from_attributes=True)
        previous = {name: changes.previous[name] for name in changed}
        event = ChannelUpdated(channel=facts, changed=changed, previous=previous)
        await outbox.record(session, policy, event)
    return policy


async def send_trial(
    channel: Channel, sender: Sender | None, *, to: str, language: str, is_stopped: bool
) -> Verdict:
    """Send one letter past the queue, to see whether the provider takes it."""
    if sender is None or is_stopped:
        raise ChannelOffError(channel.value, is_stopped=is_stopped)
    now = utc_now()
    text = TRIAL_TEXT[language]
    letter = Letter(new_id(), "", to, text, text, None, language, now)
    [verdict] = await sender.send([letter], until=now + A_MINUTE)
    return verdict


def must_be_a_messenger(channel: Channel) -> None:
    """Refuse addresses of channels whose addresses stand in the contact or are the user's id."""
    if channel is not Channel.TELEGRAM:
        raise NoAddressesHereError(channel.value)
