"""Messages and channels as events tell of them: how each stands, what it cost, not what it says."""

from datetime import time
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class ChannelFacts(BaseModel):
    """What an administrator set for a channel.

    `is_stopped` is its kill switch; `rate_per_s` letters a second at most; no marketing from
    `quiet_from` to `quiet_until` by the recipient's clock; no more than `cap_messages` of it to one
    person in `cap_days` days; `price` of one message where the provider does not tell it.
    """

    channel: str
    is_stopped: bool
    rate_per_s: float | None
    quiet_from: time | None
    quiet_until: time | None
    cap_messages: int | None
    cap_days: int | None
    price: Decimal | None
    currency: str | None


class ChannelUpdated(Event, type="crm.notifications.channel.updated.v1"):
    """A channel was stopped, let go on, or given another pace, night, cap or price."""

    channel: ChannelFacts
    changed: list[str]
    previous: dict[str, Any]


class MessageFacts(BaseModel):
    """What everyone may know of a message: who, by which rule, how it stands; never its words.

    `cost` in `currency` is what the provider takes for it: as the provider said, or else by the
    price entered for the channel; null while nobody knows. Of a mailing `rule_id` and
    `source_event_id` are the mailing's own id, and `variant` is `a` or `b`.
    """

    owner_id: UUID | None
    team_id: UUID | None
    channel: str
    purpose: str
    status: str
    reason: str | None
    recipient_kind: str
    recipient_id: UUID
    template_id: UUID
    rule_id: UUID
    rule_version: int
    source_event_id: UUID
    source_type: str
    source_revision: int
    deal_id: UUID | None
    contact_id: UUID | None
    mailing_id: UUID | None
    variant: str | None
    # which letter of a sequence, from 0; letters of before there were any are none
    step: int | None = None
    # what it asks, and of what it was written: a case, for one
    survey_id: UUID | None = None
    subject_id: UUID | None = None
    provider: str | None
    cost: Decimal | None
    currency: str | None


class MessageEvent(Event):
    """What became of a message."""

    message: MessageFacts


class MessageQueued(MessageEvent, type="crm.notifications.message.queued.v1"):
    """A message waits to be sent: new, or sent anew by an operator."""


class MessageSent(MessageEvent, type="crm.notifications.message.sent.v1"):
    """The provider took a message over, or an operator knows that it did."""


class MessageFailed(MessageEvent, type="crm.notifications.message.failed.v1"):
    """A message was refused for good."""


class MessageUnknown(MessageEvent, type="crm.notifications.message.unknown.v1"):
    """Nobody can tell whether a message went out; an operator decides."""


class MessageExpired(MessageEvent, type="crm.notifications.message.expired.v1"):
    """A message came too late to be of use, and was not sent."""


class MessageCancelled(MessageEvent, type="crm.notifications.message.cancelled.v1"):
    """A message was stopped: by an operator, or because its recipient does not agree."""


class MessageDelivered(MessageEvent, type="crm.notifications.message.delivered.v1"):
    """The provider says that a message arrived."""


class MessageBounced(MessageEvent, type="crm.notifications.message.bounced.v1"):
    """A message came back: `reason` tells a full box from one that is not there."""


class MessageComplained(MessageEvent, type="crm.notifications.message.complained.v1"):
    """The recipient told his provider that he does not want such messages."""


class MessageOpened(MessageEvent, type="crm.notifications.message.opened.v1"):
    """A letter was opened for the first time by a person, or for the first time by a machine."""

    is_machine: bool


class MessageClicked(MessageEvent, type="crm.notifications.message.clicked.v1"):
    """A link of a letter was followed for the first time by a person, or by a machine."""

    is_machine: bool


class MessageUnsubscribed(MessageEvent, type="crm.notifications.message.unsubscribed.v1"):
    """After this letter of a mailing its recipient refused more of the kind, within thirty days."""


class MessagePriced(MessageEvent, type="crm.notifications.message.priced.v1"):
    """The provider told what a message cost; nothing else changed."""
