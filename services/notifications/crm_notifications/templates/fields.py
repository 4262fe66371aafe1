"""What lists of templates can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.templates.models import Template
from crm_shared.filters import Field, Fields

TEMPLATES_LISTED = Fields(
    {
        "id": Field(UUID, Template.id),
        "name": Field(str, Template.name),
        "channel": Field(str, Template.channel),
        "created_at": Field(datetime, Template.created_at),
        "updated_at": Field(datetime, Template.updated_at),
    }
)
