"""What lists of lead forms can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.lead_forms.models import LeadForm
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, LeadForm.id),
        "name": Field(str, LeadForm.name),
        "is_active": Field(bool, LeadForm.is_active),
        "owner_id": Field(UUID, LeadForm.owner_id),
        "source": Field(str, LeadForm.source),
        "campaign": Field(str, LeadForm.campaign),
        "created_at": Field(datetime, LeadForm.created_at),
    }
)
SORT = ("created_at", "name")
