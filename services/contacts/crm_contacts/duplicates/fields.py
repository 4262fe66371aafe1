"""What lists of pairs can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.duplicates.models import DuplicatePair
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, DuplicatePair.id),
        "one_id": Field(UUID, DuplicatePair.one_id),
        "other_id": Field(UUID, DuplicatePair.other_id),
        "score": Field(int, DuplicatePair.score),
        "reasons": Field(list[str], DuplicatePair.reasons),
        "state": Field(str, DuplicatePair.state),
        "found_at": Field(datetime, DuplicatePair.found_at),
    }
)
SORT = ("score", "found_at")
