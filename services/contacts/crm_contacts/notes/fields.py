"""What lists of notes can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.notes.models import Note
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, Note.id),
        "text": Field(str, Note.text),
        "author_id": Field(UUID, Note.author_id),
        "team_id": Field(UUID, Note.team_id),
        "contact_id": Field(UUID, Note.contact_id, merges=True),
        "company_id": Field(UUID, Note.company_id, merges=True),
        "deal_id": Field(UUID, Note.deal_id),
        "is_pinned": Field(bool, Note.is_pinned),
        "created_at": Field(datetime, Note.created_at),
        "updated_at": Field(datetime, Note.updated_at),
    }
)
SORT = ("created_at", "updated_at", "is_pinned")
