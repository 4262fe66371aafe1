"""The kinds of data that contacts keeps for a time."""

from crm_contacts.events import RetentionCompleted
from crm_contacts.imports.models import TABLES
from crm_contacts.retention.statements import AUDIT, CASE_TEXTS, RECORDINGS
from crm_shared.imports.retention import import_files
from crm_shared.retention import Keeping, event_log

KEEPING = Keeping(
    "contacts",
    [AUDIT, RECORDINGS, CASE_TEXTS, import_files(TABLES), event_log()],
    lambda facts: RetentionCompleted(retention=facts),
)
