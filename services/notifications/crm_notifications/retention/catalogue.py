"""The kinds of data that notifications keeps for a time."""

from crm_notifications.events import RetentionCompleted
from crm_notifications.persons.queries import LETTERS
from crm_shared.retention import Keeping, event_log, rows

# that a message was sent, when and by which rule, stays: only its words go
MESSAGE_TEXTS = rows("message_texts", LETTERS, lambda before: LETTERS.c.kept_at < before)
KEEPING = Keeping(
    "notifications",
    [MESSAGE_TEXTS, event_log()],
    lambda facts: RetentionCompleted(retention=facts),
)
