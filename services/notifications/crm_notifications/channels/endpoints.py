"""Routes of the channels feature."""

from typing import Annotated, Any

from fastapi import Depends

from crm_notifications.channels import queries
from crm_notifications.channels.fields import MAILBOX_LISTED
from crm_notifications.channels.rules import Channel
from crm_notifications.channels.schemas import ChannelOut, MailboxLetterOut
from crm_notifications.channels.senders.smtp import SmtpServer
from crm_notifications.permissions import READ_CHANNELS, READ_MAILBOX
from crm_notifications.settings import Settings
from crm_shared.http.auth import require
from crm_shared.http.pagination import ListQuery, Page, list_page, listing
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SettingsDep

router = service_router(prefix="/v1/channels", tags=["channels"])
LISTING = listing(MAILBOX_LISTED, sort=("kept_at",), default="-kept_at")


@router.get("", response_model=list[ChannelOut], dependencies=[require(READ_CHANNELS)])
async def list_channels(settings: SettingsDep) -> list[ChannelOut]:
    """List the channels, how each is set up, and which sends nothing yet."""
    return [_email(settings)]


@router.get(
    "/mailbox/messages",
    response_model=Page[MailboxLetterOut],
    dependencies=[require(READ_MAILBOX)],
)
async def list_mailbox_messages(
    query: Annotated[ListQuery, Depends(LISTING)], session: ReadSessionDep
) -> Any:
    """Read the demo's mailbox, newest letter first."""
    return await list_page(session, queries.mailbox_letters(), query)


def _email(settings: Settings) -> ChannelOut:
    if settings.mailbox or settings.smtp_url is None:
        return ChannelOut(
            channel=Channel.EMAIL.value,
            provider="mailbox" if settings.mailbox else None,
            is_configured=settings.mailbox,
            mail_from=settings.sender_address if settings.mailbox else None,
            host=None,
            port=None,
            encryption=None,
            connections=None,
        )
    server = SmtpServer.from_url(settings.smtp_url.get_secret_value())
    return ChannelOut(
        channel=Channel.EMAIL.value,
        provider="smtp",
        is_configured=True,
        mail_from=settings.sender_address,
        host=server.host,
        port=server.port,
        encryption=server.encryption,
        connections=settings.smtp_connections,
    )
