"""What the mailbox can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_notifications.channels.models import InAppLetter, MailboxLetter
from crm_shared.filters import Field, Fields

MAILBOX_LISTED = Fields(
    {
        "id": Field(UUID, MailboxLetter.id),
        "channel": Field(str, MailboxLetter.channel),
        "to_address": Field(str, MailboxLetter.to_address),
        "language": Field(str, MailboxLetter.language),
        "kept_at": Field(datetime, MailboxLetter.kept_at),
    }
)
IN_APP_LISTED = Fields(
    {
        "id": Field(UUID, InAppLetter.id),
        "kept_at": Field(datetime, InAppLetter.kept_at),
    }
)
