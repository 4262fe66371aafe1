"""What other systems bring, as events tell of it: that it came and from where, not what it says."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class InboundSystemFacts(BaseModel):
    """What everyone may know of a system that brings things in; its mapping stays at home.

    `kinds` are what its mapping makes: lead, call, activity, message.
    """

    system: str
    label: str
    kinds: list[str]
    is_active: bool
    per_minute: int
    old_secret_until: datetime | None


class InboundSystemEvent(Event):
    """What became of a system that brings things in."""

    inbound_system: InboundSystemFacts
    changed: list[str]
    previous: dict[str, Any]


class InboundSystemCreated(InboundSystemEvent, type="crm.notifications.inbound_system.created.v1"):
    """Another system may bring things in."""


class InboundSystemUpdated(InboundSystemEvent, type="crm.notifications.inbound_system.updated.v1"):
    """A system's mapping, limits or secret changed, or it was switched on or off."""


class InboundSystemDeleted(InboundSystemEvent, type="crm.notifications.inbound_system.deleted.v1"):
    """Nothing of this system is taken any more."""


class InboundFacts(BaseModel):
    """One thing that came in; `kind` (lead, call, activity, message) once it is known."""

    system: str
    kind: str | None


class InboundReceived(Event, type="crm.notifications.inbound.received.v1"):
    """Something came in from outside and is kept; it is to be read."""

    inbound: InboundFacts


class InboundMapped(Event, type="crm.notifications.inbound.mapped.v1"):
    """It could be read: whoever owns its kind asks for its words (refs, kind `inbound`)."""

    inbound: InboundFacts


class ReceivedFacts(BaseModel):
    """What everyone may know of a message from outside: from whom and in answer to what.

    `answers_message_id` is our message that it replies to, with the mailing and version of that
    message; `is_automatic` marks a machine's answer (out of office), which is no word of a person.
    `status` is received, `purpose` service and `recipient_kind` house, where our own messages say
    theirs. `direction` is inbound, or outbound for a colleague's own letter that was copied here.
    """

    owner_id: UUID | None
    team_id: UUID | None
    channel: str
    purpose: str
    status: str
    recipient_kind: str
    direction: str
    conversation_id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    answers_message_id: UUID | None
    mailing_id: UUID | None
    variant: str | None
    is_automatic: bool
    is_first: bool
    files: int


class MessageReceived(Event, type="crm.notifications.message.received.v1"):
    """Somebody wrote to us, by mail or messenger; stops what waits for an answer."""

    message: ReceivedFacts


class ConversationFacts(BaseModel):
    """How one person's talk on one channel stands.

    `status` is waiting, answered or closed; `waiting_since` the first message nobody answered yet.
    """

    owner_id: UUID | None
    team_id: UUID | None
    channel: str
    status: str
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    waiting_since: datetime | None
    first_received_at: datetime | None
    first_answered_at: datetime | None


class ConversationEvent(Event):
    """What became of a conversation."""

    conversation: ConversationFacts
    changed: list[str]
    previous: dict[str, Any]


class ConversationOpened(ConversationEvent, type="crm.notifications.conversation.opened.v1"):
    """Somebody wrote for the first time on this channel."""


class ConversationUpdated(ConversationEvent, type="crm.notifications.conversation.updated.v1"):
    """Somebody wrote again, or it became known, or was set by hand, whose it is or what about."""


class ConversationAnswered(ConversationEvent, type="crm.notifications.conversation.answered.v1"):
    """A colleague answered.

    `message_id` is the answer's; `waited_s` the seconds since the first message that waited (null
    when nobody waited); `is_first` marks the first answer of all.
    """

    message_id: UUID
    waited_s: int | None
    is_first: bool


class ConversationClosed(ConversationEvent, type="crm.notifications.conversation.closed.v1"):
    """Nothing is left to answer; the next message opens it again."""
