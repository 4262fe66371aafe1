"""What lists of web chats can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.web_chats.models import WebChat
from crm_shared.filters import Field, Fields

WEB_CHATS_LISTED = Fields(
    {
        "id": Field(UUID, WebChat.id),
        "name": Field(str, WebChat.name),
        "is_active": Field(bool, WebChat.is_active),
        "created_at": Field(datetime, WebChat.created_at),
    }
)
