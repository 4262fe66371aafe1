"""What the mailbox can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.channels.models import MailboxLetter
from crm_shared.filters import Field, Fields

MAILBOX_LISTED = Fields(
    {
        "id": Field(UUID, MailboxLetter.id),
        "to_address": Field(str, MailboxLetter.to_address),
        "language": Field(str, MailboxLetter.language),
        "kept_at": Field(datetime, MailboxLetter.kept_at),
    }
)
