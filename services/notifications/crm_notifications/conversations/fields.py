"""What lists of conversations can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_

from crm_notifications.conversations.models import Conversation, ConversationMessage
from crm_shared.filters import Field, Fields

_IS_UNASSIGNED = and_(
    Conversation.contact_id.is_(None),
    Conversation.company_id.is_(None),
    Conversation.lead_id.is_(None),
)
CONVERSATIONS_LISTED = Fields(
    {
        "id": Field(UUID, Conversation.id),
        "channel": Field(str, Conversation.channel),
        "status": Field(str, Conversation.status),
        "is_unassigned": Field(bool, _IS_UNASSIGNED),
        "contact_id": Field(UUID, Conversation.contact_id, merges=True),
        "company_id": Field(UUID, Conversation.company_id, merges=True),
        "lead_id": Field(UUID, Conversation.lead_id),
        "deal_id": Field(UUID, Conversation.deal_id),
        "owner_id": Field(UUID, Conversation.owner_id),
        "team_id": Field(UUID, Conversation.team_id),
        "waiting_since": Field(datetime, Conversation.waiting_since),
        "last_at": Field(datetime, Conversation.last_at),
    }
)
WORDS_LISTED = Fields(
    {
        "id": Field(UUID, ConversationMessage.id),
        "direction": Field(str, ConversationMessage.direction),
        "is_automatic": Field(bool, ConversationMessage.is_automatic),
        "at": Field(datetime, ConversationMessage.at),
    }
)
