"""Routes of the channels feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status

from crm_notifications.channels import queries, statements, use_cases
from crm_notifications.channels.errors import (
    ChannelOffError,
    NoAddressesHereError,
    PolicyInvalidError,
)
from crm_notifications.channels.fields import IN_APP_LISTED, MAILBOX_LISTED
from crm_notifications.channels.models import ChannelPolicy
from crm_notifications.channels.rules import Channel
from crm_notifications.channels.schemas import (
    AddressIn,
    ChannelChangeIn,
    ChannelOut,
    InAppLetterOut,
    MailboxLetterOut,
    TrialIn,
    TrialOut,
)
from crm_notifications.channels.senders import open_senders
from crm_notifications.channels.senders.smtp import SmtpServer
from crm_notifications.permissions import (
    READ_CHANNELS,
    READ_MAILBOX,
    WRITE_CHANNEL_ADDRESSES,
    WRITE_CHANNELS,
)
from crm_notifications.settings import Settings
from crm_shared.actor import Access
from crm_shared.http.auth import require, signed_in
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import ListQuery, Page, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SessionsDep, SettingsDep

router = service_router(prefix="/v1/channels", tags=["channels"])
LISTING = listing(MAILBOX_LISTED, sort=("kept_at",), default="-kept_at")
IN_APP_LISTING = listing(IN_APP_LISTED, sort=("kept_at",), default="-kept_at")
SET = ("rate_per_s", "quiet_from", "quiet_until", "cap_messages", "cap_days", "price", "currency")


@router.get("", response_model=list[ChannelOut], dependencies=[require(READ_CHANNELS)])
async def list_channels(
    settings: SettingsDep, session: ReadSessionDep, sessions: SessionsDep
) -> list[dict[str, Any]]:
    """List the channels, how each is set up, and which sends nothing yet."""
    known = await queries.policies(session)
    async with open_senders(settings, sessions) as senders:
        names = {channel: sender.name for channel, sender in senders.items()}
    return [_shown(settings, one, names.get(one), known.get(one.value)) for one in Channel]


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


@router.get("/in-app/messages", response_model=Page[InAppLetterOut])
async def list_in_app_messages(
    query: Annotated[ListQuery, Depends(IN_APP_LISTING)],
    access: Annotated[Access, signed_in()],
    session: ReadSessionDep,
) -> Any:
    """Read what was sent to me within the application, newest first."""
    return await list_page(session, queries.in_app_letters(access.actor), query)


@router.patch(
    "/{channel}",
    response_model=ChannelOut,
    dependencies=[require(WRITE_CHANNELS)],
    responses=responses(PolicyInvalidError),
)
async def change_channel(
    channel: Channel,
    body: ChannelChangeIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
) -> dict[str, Any]:
    """Stop a channel or let it go on; set its pace, its night, its cap and its price.

    A channel nobody has set yet has revision 0. Refuses one of a pair without the other.
    """
    policy = await use_cases.policy_to_change(session, channel)
    check_revision(policy, if_match)
    values = body.model_dump(include=body.model_fields_set)
    policy = await use_cases.change_policy(session, policy, values)
    tag(response, policy)
    async with open_senders(settings, sessions) as senders:
        name = senders[channel].name if channel in senders else None
    return _shown(settings, channel, name, policy)


@router.post(
    "/{channel}/test",
    response_model=TrialOut,
    dependencies=[require(WRITE_CHANNELS)],
    responses=responses(ChannelOffError),
)
@answer_is_not_kept
async def test_channel(
    channel: Channel,
    body: TrialIn,
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
) -> TrialOut:
    """Send one letter to an address of one's own, past the queue; tell what the provider said."""
    policy = await queries.policy_of(session, channel)
    async with open_senders(settings, sessions) as senders:
        sender = senders.get(channel)
        verdict = await use_cases.send_trial(
            channel, sender, to=body.to, language=body.language, is_stopped=policy.is_stopped
        )
    return TrialOut(
        outcome=verdict.outcome.value, code=verdict.code, provider=sender.name if sender else ""
    )


@router.put(
    "/{channel}/addresses/{recipient_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[require(WRITE_CHANNEL_ADDRESSES)],
    responses=responses(NoAddressesHereError),
)
async def keep_channel_address(
    channel: Channel, recipient_id: UUID, body: AddressIn, session: SessionDep
) -> None:
    """Keep the chat by which a contact or a colleague is reached; for messengers only."""
    use_cases.must_be_a_messenger(channel)
    await statements.keep_address(session, channel, recipient_id, body.address)


@router.delete(
    "/{channel}/addresses/{recipient_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[require(WRITE_CHANNEL_ADDRESSES)],
    responses=responses(NoAddressesHereError),
)
async def drop_channel_address(channel: Channel, recipient_id: UUID, session: SessionDep) -> None:
    """Forget the chat by which somebody is reached."""
    use_cases.must_be_a_messenger(channel)
    await statements.drop_address(session, channel, recipient_id)


def _shown(
    settings: Settings, channel: Channel, provider: str | None, policy: ChannelPolicy | None
) -> dict[str, Any]:
    mail_from = settings.sender_address if channel is Channel.EMAIL and provider else None
    is_smtp = channel is Channel.EMAIL and provider == "smtp" and settings.smtp_url is not None
    server = _server(settings) if is_smtp else None
    return {
        "channel": channel.value,
        "revision": policy.revision if policy else 0,
        "provider": provider,
        "is_configured": provider is not None,
        "is_stopped": policy.is_stopped if policy else False,
        "mail_from": mail_from,
        "host": server.host if server else None,
        "port": server.port if server else None,
        "encryption": server.encryption if server else None,
        "connections": settings.smtp_connections if server else None,
        **{name: getattr(policy, name, None) for name in SET},
    }


def _server(settings: Settings) -> SmtpServer | None:
    if settings.smtp_url is None:
        return None
    return SmtpServer.from_url(settings.smtp_url.get_secret_value())
