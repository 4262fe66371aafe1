"""What lists of erasures can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.erasures.models import Erasure
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, Erasure.id),
        "contact_id": Field(UUID, Erasure.contact_id),
        "lead_id": Field(UUID, Erasure.lead_id),
        "state": Field(str, Erasure.state),
        "requested_by": Field(UUID, Erasure.requested_by),
        "completed_at": Field(datetime, Erasure.completed_at),
        "created_at": Field(datetime, Erasure.created_at),
    }
)
SORT = ("created_at",)
