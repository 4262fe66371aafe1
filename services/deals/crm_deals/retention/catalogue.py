"""The kinds of data that deals keeps for a time."""

from crm_deals.events import RetentionCompleted
from crm_deals.imports.models import TABLES
from crm_shared.imports.retention import import_files
from crm_shared.retention import Keeping, event_log

KEEPING = Keeping(
    "deals",
    [import_files(TABLES), event_log()],
    lambda facts: RetentionCompleted(retention=facts),
)
