"""Where messengers bring what people write: open to all, believed by secret or signature only."""

import hmac
import json
from typing import Any

from fastapi import Request, status

from crm_notifications.inbound.use_cases.taking import as_json, take_in
from crm_notifications.messengers.errors import (
    MessengerBodyError,
    MessengerNotSignedError,
    NoMessengerError,
)
from crm_notifications.messengers.rules import (
    MOST_MESSAGES,
    TELEGRAM,
    UnreadableMessageError,
    of_gateway,
)
from crm_notifications.receipts.rules import is_signed
from crm_shared.clock import utc_now
from crm_shared.http.auth import public
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import SessionDep, SettingsDep

GATEWAY = "gateway"
MOST_BYTES = 256 * 1024
router = service_router(
    prefix="/v1/channels/incoming", tags=["messengers"], dependencies=[public()]
)
REFUSALS = responses(NoMessengerError, MessengerNotSignedError, MessengerBodyError)
DONE = status.HTTP_204_NO_CONTENT


@router.post("/telegram", status_code=DONE, responses=REFUSALS, max_body_size=MOST_BYTES)
@answer_is_not_kept
async def take_telegram_update(
    request: Request, session: SessionDep, settings: SettingsDep
) -> None:
    """Take an update of the Bot API, with the secret that the webhook was set with.

    The same update again changes nothing.
    """
    secret = settings.telegram_webhook_secret
    if secret is None:
        raise NoMessengerError(TELEGRAM)
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    if not hmac.compare_digest(given.encode(), secret.get_secret_value().encode()):
        raise MessengerNotSignedError
    body = await request.body()
    update = as_json(body)
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise MessengerBodyError("/update_id", "An update has a number.")
    await take_in(session, TELEGRAM, str(update["update_id"]), body, reader=TELEGRAM)


@router.post("/gateway", status_code=DONE, responses=REFUSALS, max_body_size=MOST_BYTES)
@answer_is_not_kept
async def take_gateway_messages(
    request: Request, session: SessionDep, settings: SettingsDep
) -> None:
    """Take what people wrote, from the HTTP gateway, signed as its receipts are.

    `{"messages": [{"id", "channel": sms|viber|whatsapp, "from", "name", "text", "at"}]}`; the same
    `id` again changes nothing. One that cannot be read refuses them all.
    """
    secret = settings.sms_receipts_secret
    if secret is None or settings.sms_provider != GATEWAY:
        raise NoMessengerError(GATEWAY)
    body = await request.body()
    if not is_signed(request.headers, body, secret.get_secret_value(), utc_now()):
        raise MessengerNotSignedError
    for place, message in enumerate(_messages(as_json(body))):
        try:
            heard = of_gateway(message, utc_now())
        except UnreadableMessageError as missing:
            at = f"/messages/{place}/{missing.code}"
            raise MessengerBodyError(at, "It is missing, or nothing we know.") from None
        said = json.dumps(message).encode()
        await take_in(session, GATEWAY, heard.reference, said, reader=GATEWAY)


def _messages(said: Any) -> list[dict[str, Any]]:
    listed = said.get("messages") if isinstance(said, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_MESSAGES:
        raise MessengerBodyError("/messages", f"A list of up to {MOST_MESSAGES} is needed.")
    if not all(isinstance(one, dict) for one in listed):
        raise MessengerBodyError("/messages", "Each message is an object.")
    return listed
