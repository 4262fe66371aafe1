"""Templates and message rules as events tell of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


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
    # rules from before there were sequences tell nothing of these
    timing: dict[str, Any] | None = None
    survey_id: UUID | None = None
    wait: dict[str, Any] | None = None
    steps: list[dict[str, Any]] = []
    stop_on: list[str] = []


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
