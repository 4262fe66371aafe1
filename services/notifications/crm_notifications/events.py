"""Events published by the notifications service."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event
from crm_shared.retention import RetentionFacts


class TemplateFacts(BaseModel):
    """What everyone may know of a template: its label and languages, not what it says."""

    label: str
    channel: str
    languages: list[str]


class TemplateCreated(Event, type="crm.notifications.template.created.v1"):
    """A template was written."""

    template: TemplateFacts
    changed: list[str]
    previous: dict[str, Any]


class TemplateUpdated(Event, type="crm.notifications.template.updated.v1"):
    """A template was changed; messages not yet sent will say the new words."""

    template: TemplateFacts
    changed: list[str]
    previous: dict[str, Any]


class TemplateDeleted(Event, type="crm.notifications.template.deleted.v1"):
    """A template can no longer be chosen."""

    template: TemplateFacts
    changed: list[str]
    previous: dict[str, Any]


class MessageRuleFacts(BaseModel):
    """What everyone may know of a rule: when it acts, and to whom it writes."""

    label: str
    event_type: str
    is_active: bool
    active_from: datetime
    on_bulk: bool
    template_id: UUID
    recipient: str
    recipient_user_id: UUID | None
    channel: str
    purpose: str
    expires_after_s: int


class MessageRuleCreated(Event, type="crm.notifications.message_rule.created.v1"):
    """A rule was made; it acts on events recorded from now on."""

    message_rule: MessageRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class MessageRuleUpdated(Event, type="crm.notifications.message_rule.updated.v1"):
    """A rule was changed; its version is this event's revision."""

    message_rule: MessageRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class MessageRuleDeleted(Event, type="crm.notifications.message_rule.deleted.v1"):
    """A rule acts no more."""

    message_rule: MessageRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class ErasureFacts(BaseModel):
    """Whose data is gone here, and how many rows were emptied, by noun."""

    person_id: UUID
    emptied: dict[str, int]


class ErasureCompleted(Event, type="crm.notifications.erasure.completed.v1"):
    """This service keeps nothing of a person any more."""

    erasure: ErasureFacts


class MessageFacts(BaseModel):
    """What everyone may know of a message: who, by which rule, how it stands; never its words."""

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


class WebhookFacts(BaseModel):
    """What everyone may know of a webhook; its address and its conditions stay at home."""

    label: str
    event_types: list[str]
    payload: str
    skip_own: bool
    on_bulk: bool
    is_active: bool
    disabled_reason: str | None
    made_by_id: UUID


class WebhookEvent(Event):
    """What became of a webhook."""

    webhook: WebhookFacts
    changed: list[str]
    previous: dict[str, Any]


class WebhookCreated(WebhookEvent, type="crm.notifications.webhook.created.v1"):
    """Another system hears of events from now on."""


class WebhookUpdated(WebhookEvent, type="crm.notifications.webhook.updated.v1"):
    """A webhook was changed, switched on or off by hand, or got another secret."""


class WebhookDisabled(WebhookEvent, type="crm.notifications.webhook.disabled.v1"):
    """A webhook was switched off: its receiver unsubscribed, took nothing for three days, or its
    conditions ask for what is not there any more."""


class WebhookDeleted(WebhookEvent, type="crm.notifications.webhook.deleted.v1"):
    """A webhook is gone."""


class NoticeFacts(BaseModel):
    """What somebody was told and left lying; `owner_id` is who should have read it."""

    owner_id: UUID
    team_id: UUID | None
    kind: str
    noun: str
    record_id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    case_id: UUID | None
    escalated_to_id: UUID


class NoticeEscalated(Event, type="crm.notifications.notice.escalated.v1"):
    """An urgent notice was not read for too long: the head of its reader's team is told, once."""

    notice: NoticeFacts


class DigestFacts(BaseModel):
    """How much `owner_id` has not read, by kind of notice."""

    owner_id: UUID
    team_id: UUID | None
    every: str
    unread: int
    by_kind: dict[str, int]


class DigestDue(Event, type="crm.notifications.digest.due.v1"):
    """It is time to tell a colleague what he has not read, as he asked for."""

    digest: DigestFacts


class RetentionCompleted(Event, type="crm.notifications.retention.completed.v1"):
    """A portion of what is kept for a time went; in a dry run, what would go."""

    retention: RetentionFacts
