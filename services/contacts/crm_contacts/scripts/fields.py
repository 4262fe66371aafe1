"""What lists of scripts can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.scripts.models import Script
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, Script.id),
        "name": Field(str, Script.name),
        "noun": Field(str, Script.noun),
        "status": Field(str, Script.status),
        "is_active": Field(bool, Script.is_active),
        "priority": Field(int, Script.priority),
        "created_at": Field(datetime, Script.created_at),
        "updated_at": Field(datetime, Script.updated_at),
    }
)
SORT = ("created_at", "updated_at", "priority", "name")
