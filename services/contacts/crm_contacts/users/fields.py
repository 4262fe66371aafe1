"""What lists of users can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.users.models import User
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, User.id),
        "name": Field(str, User.name),
        "email": Field(str, User.email),
        "role": Field(str, User.role),
        "team_ids": Field(list[UUID], User.team_ids),
        "language": Field(str, User.language),
        "is_active": Field(bool, User.is_active),
        "source_system": Field(str, User.source_system),
        "external_id": Field(str, User.external_id),
        "created_at": Field(datetime, User.created_at),
        "updated_at": Field(datetime, User.updated_at),
    }
)
SORT = ("created_at", "updated_at", "name")
