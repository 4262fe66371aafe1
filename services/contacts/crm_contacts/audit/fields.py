"""What the audit log can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_contacts.audit.models import AuditEntry
from crm_shared.filters import Field, Fields

FIELDS = Fields(
    {
        "id": Field(UUID, AuditEntry.id),
        "at": Field(datetime, AuditEntry.at),
        "service": Field(str, AuditEntry.service),
        "actor_id": Field(UUID, AuditEntry.actor_id),
        "actor_kind": Field(str, AuditEntry.actor_kind),
        "action": Field(str, AuditEntry.action),
        "subject_kind": Field(str, AuditEntry.subject_kind),
        "subject_id": Field(UUID, AuditEntry.subject_id),
    }
)
SORT = ("at",)
