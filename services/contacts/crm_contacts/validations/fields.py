"""What validations can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.validations.models import Validation
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

LISTING = listing(
    Fields(
        {
            "id": Field(UUID, Validation.id),
            "name": Field(str, Validation.name),
            "noun": Field(str, Validation.noun),
            "is_active": Field(bool, Validation.is_active),
            "created_at": Field(datetime, Validation.created_at),
            "source_system": Field(str, Validation.source_system),
            "external_id": Field(str, Validation.external_id),
        }
    ),
    sort=("created_at", "name"),
    default="created_at",
)
