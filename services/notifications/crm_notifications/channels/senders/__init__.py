"""The providers behind the channels, and which of them the settings ask for."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_notifications.channels.rules import Channel, Sender
from crm_notifications.channels.senders.console import ConsoleSender
from crm_notifications.channels.senders.gateway import GatewaySender
from crm_notifications.channels.senders.in_app import InAppSender
from crm_notifications.channels.senders.mailbox import MailboxSender
from crm_notifications.channels.senders.over_http import TIMEOUT_S
from crm_notifications.channels.senders.smtp import SmtpSender, SmtpServer
from crm_notifications.channels.senders.telegram import TelegramSender
from crm_notifications.channels.senders.turbosms import TurboSmsSender
from crm_notifications.channels.senders.twilio import TwilioSender
from crm_notifications.channels.senders.vonage import VonageSender
from crm_notifications.settings import Settings

Sessions = async_sessionmaker[AsyncSession]
IN_THE_MAILBOX = tuple(one for one in Channel if one is not Channel.IN_APP)
# what one gateway carries, each told by its name
BY_GATEWAY = (Channel.SMS, Channel.VIBER, Channel.WHATSAPP)


def senders_of(settings: Settings, sessions: Sessions) -> Mapping[Channel, Sender]:
    """The sender of each channel that is configured; one that is not sends nothing."""
    found: dict[Channel, Sender] = {Channel.IN_APP: InAppSender(sessions)}
    # The mailbox goes first: a demo must not write to real people by accident.
    if settings.mailbox:
        for channel in IN_THE_MAILBOX:
            mail_from = settings.sender_address
            found[channel] = MailboxSender(sessions, mail_from=mail_from, channel=channel.value)
        return found
    if settings.smtp_url is not None:
        server = SmtpServer.from_url(settings.smtp_url.get_secret_value())
        found[Channel.EMAIL] = SmtpSender(
            server, settings.sender_address, connections=settings.smtp_connections
        )
    if settings.sms_provider == GatewaySender.name:
        found |= {channel: _gateway(settings, channel) for channel in BY_GATEWAY}
    elif settings.sms_provider is not None:
        found[Channel.SMS] = SMS[settings.sms_provider](settings)
    if settings.telegram_token is not None:
        token = settings.telegram_token.get_secret_value()
        found[Channel.TELEGRAM] = TelegramSender(_client(), token=token, url=settings.telegram_url)
    return found


@asynccontextmanager
async def open_senders(
    settings: Settings, sessions: Sessions
) -> AsyncIterator[Mapping[Channel, Sender]]:
    """Yield the senders for one look at them, and let go of what they opened."""
    senders = senders_of(settings, sessions)
    try:
        yield senders
    finally:
        for sender in senders.values():
            await sender.close()


def _client() -> httpx.AsyncClient:
    # answers that lead elsewhere are not followed: a provider has one address
    return httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)


def _secret(settings: Settings) -> str:
    return settings.sms_token.get_secret_value() if settings.sms_token else ""


def _gateway(settings: Settings, channel: Channel) -> Sender:
    token = _secret(settings) or None
    url = settings.sms_url or ""
    return GatewaySender(_client(), url=url, token=token, channel=channel.value)


def _turbosms(settings: Settings) -> Sender:
    given = {"url": settings.sms_url} if settings.sms_url else {}
    return TurboSmsSender(
        _client(), token=_secret(settings), sender=settings.sms_from or "", **given
    )


def _twilio(settings: Settings) -> Sender:
    given = {"url": settings.sms_url} if settings.sms_url else {}
    return TwilioSender(
        _client(),
        account=settings.sms_account or "",
        token=_secret(settings),
        sender=settings.sms_from or "",
        callback_url=receipts_url(settings, "twilio"),
        **given,
    )


def _vonage(settings: Settings) -> Sender:
    given = {"url": settings.sms_url} if settings.sms_url else {}
    return VonageSender(
        _client(),
        account=settings.sms_account or "",
        token=_secret(settings),
        sender=settings.sms_from or "",
        callback_url=receipts_url(settings, "vonage"),
        **given,
    )


def receipts_url(settings: Settings, provider: str) -> str:
    """Where a provider tells what became of a message."""
    return f"{settings.base_url.rstrip('/')}/v1/channels/receipts/{provider}"


# what became of a letter is told by the others, or by nobody
ASKED = frozenset({"gateway", "turbosms", "twilio"})
SMS: Mapping[str, Callable[[Settings], Sender]] = {
    "turbosms": _turbosms,
    "twilio": _twilio,
    "vonage": _vonage,
    "console": lambda _settings: ConsoleSender(),
}
