"""The providers behind the channels, and which of them the settings ask for."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_notifications.channels.rules import Channel, Sender
from crm_notifications.channels.senders.mailbox import MailboxSender
from crm_notifications.channels.senders.smtp import SmtpSender, SmtpServer
from crm_notifications.settings import Settings


def senders_of(
    settings: Settings, sessions: async_sessionmaker[AsyncSession]
) -> Mapping[Channel, Sender]:
    """The sender of each channel that is configured; one that is not sends nothing."""
    # The mailbox goes first: a demo must not write to real people by accident.
    if settings.mailbox:
        return {Channel.EMAIL: MailboxSender(sessions, mail_from=settings.sender_address)}
    if settings.smtp_url is None:
        return {}
    server = SmtpServer.from_url(settings.smtp_url.get_secret_value())
    sender = SmtpSender(server, settings.sender_address, connections=settings.smtp_connections)
    return {Channel.EMAIL: sender}
