"""Every SELECT of the audit feature."""

from sqlalchemy import Select, select

from crm_contacts.audit.models import AuditEntry


def all_entries() -> Select[AuditEntry]:
    return select(AuditEntry)
