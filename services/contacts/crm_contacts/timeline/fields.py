"""What a timeline can be filtered by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.timeline.models import TimelineEntry
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, TimelineEntry.id),
        "at": Field(datetime, TimelineEntry.at),
        "author_id": Field(UUID, TimelineEntry.author_id),
        "source": Field(str, TimelineEntry.source),
        "noun": Field(str, TimelineEntry.noun),
        "fact": Field(str, TimelineEntry.fact),
        "subject_id": Field(UUID, TimelineEntry.subject_id),
    }
)
SORT = ("at",)
