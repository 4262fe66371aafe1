"""Every SELECT of channels."""

from sqlalchemy import Select, select

from crm_notifications.channels.models import MailboxLetter


def mailbox_letters() -> Select[MailboxLetter]:
    """The letters that stayed in the house."""
    return select(MailboxLetter)
