"""What lists of messages can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.messages.models import Message
from crm_shared.filters import Field, Fields

MESSAGES_LISTED = Fields(
    {
        "id": Field(UUID, Message.id),
        "deal_id": Field(UUID, Message.deal_id),
        "contact_id": Field(UUID, Message.contact_id, merges=True),
        "company_id": Field(UUID, Message.company_id, merges=True),
        "recipient_id": Field(UUID, Message.recipient_id, merges=True),
        "owner_id": Field(UUID, Message.owner_id),
        "team_id": Field(UUID, Message.team_id),
        "rule_id": Field(UUID, Message.rule_id),
        "template_id": Field(UUID, Message.template_id),
        "mailing_id": Field(UUID, Message.mailing_id),
        "enrolment_id": Field(UUID, Message.enrolment_id),
        "variant": Field(str, Message.variant),
        "status": Field(str, Message.status),
        "channel": Field(str, Message.channel),
        "purpose": Field(str, Message.purpose),
        "created_at": Field(datetime, Message.created_at),
        "updated_at": Field(datetime, Message.updated_at),
        "sent_at": Field(datetime, Message.sent_at),
    }
)
