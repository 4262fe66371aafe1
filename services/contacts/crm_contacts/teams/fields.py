"""What lists of teams can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.teams.models import Team
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, Team.id),
        "name": Field(str, Team.name),
        "head_id": Field(UUID, Team.head_id),
        "parent_id": Field(UUID, Team.parent_id),
        "source_system": Field(str, Team.source_system),
        "external_id": Field(str, Team.external_id),
        "created_at": Field(datetime, Team.created_at),
        "updated_at": Field(datetime, Team.updated_at),
    }
)
SORT = ("created_at", "updated_at", "name")
