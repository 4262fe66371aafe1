"""What lists of API keys can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.api_keys.models import ApiKey
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, ApiKey.id),
        "name": Field(str, ApiKey.name),
        "role": Field(str, ApiKey.role),
        "maker_id": Field(UUID, ApiKey.maker_id),
        "expires_at": Field(datetime, ApiKey.expires_at),
        "revoked_at": Field(datetime, ApiKey.revoked_at),
        "created_at": Field(datetime, ApiKey.created_at),
    }
)
SORT = ("created_at", "name")
