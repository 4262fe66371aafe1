"""Where providers tell what became of messages: open to all, believed by signature only."""

import json
from typing import Annotated, Any

from fastapi import Query, Request, status
from pydantic import SecretStr

from crm_notifications.channels.senders import receipts_url
from crm_notifications.channels.senders.smtp import SmtpSender
from crm_notifications.receipts import rules, use_cases
from crm_notifications.receipts.errors import NoReceiptsError, ReceiptNotSignedError
from crm_notifications.settings import Settings
from crm_shared.clock import utc_now
from crm_shared.http.auth import public
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import SessionDep, SettingsDep

router = service_router(prefix="/v1/channels/receipts", tags=["receipts"], dependencies=[public()])
REFUSALS = responses(NoReceiptsError, ReceiptNotSignedError)
DONE = status.HTTP_204_NO_CONTENT
MAIL = SmtpSender.name


@router.post("/twilio", status_code=DONE, responses=REFUSALS)
@answer_is_not_kept
async def take_twilio_receipt(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    message: Annotated[str | None, Query(max_length=64)] = None,
) -> None:
    """Take a status callback of Twilio, signed with the account's token (`X-Twilio-Signature`)."""
    secret = _secret(settings, "twilio", settings.sms_token)
    body = await request.body()
    url = receipts_url(settings, "twilio")
    url = f"{url}?{request.url.query}" if request.url.query else url
    signature = request.headers.get("x-twilio-signature", "")
    if not rules.is_twilios(url, body, signature, secret):
        raise ReceiptNotSignedError
    receipt = rules.of_twilio(body, message)
    await use_cases.take_receipts(session, "twilio", [receipt] if receipt else [])


@router.post("/vonage", status_code=DONE, responses=REFUSALS)
@answer_is_not_kept
async def take_vonage_receipt(request: Request, session: SessionDep, settings: SettingsDep) -> None:
    """Take a message status of Vonage: a token signed with the account's signature secret."""
    secret = _secret(settings, "vonage", settings.sms_receipts_secret)
    body = await request.body()
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not rules.is_vonages(bearer, body, secret, utc_now()):
        raise ReceiptNotSignedError
    said = _as_json(body)
    receipt = rules.of_vonage(said) if isinstance(said, dict) else None
    await use_cases.take_receipts(session, "vonage", [receipt] if receipt else [])


@router.post("/gateway", status_code=DONE, responses=REFUSALS)
@answer_is_not_kept
async def take_gateway_receipts(
    request: Request, session: SessionDep, settings: SettingsDep
) -> None:
    """Take receipts of an HTTP gateway, signed by Standard Webhooks.

    `{"receipts": [{"id" | "reference", "status": sent|delivered|failed|complained, "price",
    "currency"}]}`; `id` is our message's.
    """
    body = await _signed(request, settings, "gateway", settings.sms_receipts_secret)
    found = rules.of_list(_as_json(body), kind="gateway")
    await use_cases.take_receipts(session, "gateway", found)


@router.post("/mail", status_code=DONE, responses=REFUSALS)
@answer_is_not_kept
async def take_mail_receipts(request: Request, session: SessionDep, settings: SettingsDep) -> None:
    """Take bounces and complaints of e-mail as JSON, shaped and signed as a gateway's receipts."""
    body = await _signed(request, settings, MAIL, settings.mail_receipts_secret)
    await use_cases.take_receipts(session, MAIL, rules.of_list(_as_json(body), kind="mail"))


@router.post("/dsn", status_code=DONE, responses=REFUSALS)
@answer_is_not_kept
async def take_mail_report(request: Request, session: SessionDep, settings: SettingsDep) -> None:
    """Take a mail that came back, as it is: a bounce (RFC 3464) or a complaint (RFC 5965).

    The body is the raw mail, signed by Standard Webhooks; a mail server pipes it here.
    """
    body = await _signed(request, settings, MAIL, settings.mail_receipts_secret)
    receipt = rules.of_report(body)
    await use_cases.take_receipts(session, MAIL, [receipt] if receipt else [])


async def _signed(
    request: Request, settings: Settings, provider: str, kept: SecretStr | None
) -> bytes:
    secret = _secret(settings, provider, kept)
    body = await request.body()
    if not rules.is_signed(request.headers, body, secret, utc_now()):
        raise ReceiptNotSignedError
    return body


def _secret(settings: Settings, provider: str, kept: SecretStr | None) -> str:
    is_meant = provider in (MAIL, settings.sms_provider)
    if kept is None or not is_meant:
        raise NoReceiptsError(provider)
    return kept.get_secret_value()


def _as_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None  # signed, and still nothing that can be read: no word of any message
