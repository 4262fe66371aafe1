"""Who signed a receipt, and what it says; pure, and never the provider's own words."""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from crm_notifications.channels.rules import Arrival, Receipt, read_name
from crm_notifications.channels.senders.gateway import receipt_of
from crm_notifications.channels.senders.over_http import currency, price
from crm_notifications.channels.senders.twilio import ARRIVALS as TWILIO
from crm_notifications.messages.rules import FOR_GOOD

ACTIONS = {"failed": Arrival.BOUNCED, "delivered": Arrival.DELIVERED}
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
TOLERANCE = timedelta(minutes=5)
VONAGE = {
    "submitted": Arrival.SENT,
    "delivered": Arrival.DELIVERED,
    "read": Arrival.DELIVERED,
    "rejected": Arrival.BOUNCED,
    "undeliverable": Arrival.BOUNCED,
}


def is_twilios(url: str, body: bytes, signature: str, token: str) -> bool:
    """Twilio signs the address it calls, and the form's fields in order of their names."""
    fields = sorted(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    said = url + "".join(name + value for name, value in fields)
    # SHA-1 is what Twilio signs with; as an HMAC it is still sound
    digest = hmac.new(token.encode(), said.encode(), sha1).digest()
    return hmac.compare_digest(base64.b64encode(digest), signature.encode())


def is_vonages(bearer: str, body: bytes, secret: str, now: datetime) -> bool:
    """Vonage sends a token signed with the account's secret, over the hash of the body."""
    try:
        claims = jwt.decode(bearer, OctKey.import_key(secret.encode()), algorithms=["HS256"]).claims
    except (JoseError, ValueError, RecursionError):
        return False
    said = str(claims.get("payload_hash", ""))
    is_this_body = hmac.compare_digest(said.encode(), sha256(body).hexdigest().encode())
    return is_this_body and _is_recent(claims.get("iat"), now)


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Standard Webhooks: `v1,` and the HMAC of id, time and body; one of several may fit."""
    id_, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    said = f"{id_}.{at}.".encode() + body
    ours = base64.b64encode(hmac.new(_key(secret), said, sha256).digest())
    given = headers.get("webhook-signature", "").split()
    fits = [hmac.compare_digest(b"v1," + ours, one.encode()) for one in given]
    return any(fits) and _is_recent(at, now)


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def _is_recent(at: object, now: datetime) -> bool:
    try:
        return abs(now.timestamp() - float(str(at))) <= TOLERANCE.total_seconds()
    except ValueError:
        return False


def of_twilio(body: bytes, message: str | None) -> Receipt | None:
    """Read Twilio's form; the address it called names our message."""
    form = dict(parse_qsl(body.decode(errors="replace")))
    arrival = TWILIO.get(form.get("MessageStatus", ""))
    if arrival is None:
        return None
    code = form.get("ErrorCode") or form["MessageStatus"]
    message_id, resent = read_name(message)
    return Receipt(
        arrival,
        message_id=message_id,
        resent=resent,
        reference=form.get("MessageSid"),
        code=f"twilio-{code}"[:64],
    )


def of_vonage(said: Mapping[str, Any]) -> Receipt | None:
    """Read Vonage's status, with what the message cost."""
    arrival = VONAGE.get(str(said.get("status")))
    if arrival is None:
        return None
    usage = said.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    reference = said.get("message_uuid")
    message_id, resent = read_name(said.get("client_ref"))
    return Receipt(
        arrival,
        message_id=message_id,
        resent=resent,
        reference=str(reference) if reference else None,
        code=f"vonage-{said['status']}"[:64],
        cost=price(usage.get("price")),
        currency=currency(usage.get("currency")),
    )


def of_list(said: object, *, kind: str) -> list[Receipt]:
    """Read `{"receipts": [...]}`, or one alone; what says nothing is left out.

    A `code` of RFC 3463 (`5.1.1`) is kept: it tells an address that is none from a full box.
    """
    if not isinstance(said, Mapping):
        return []
    listed = said.get("receipts", [said])
    listed = listed if isinstance(listed, list) else []
    found = [(receipt_of(dict(one)), one) for one in listed if isinstance(one, Mapping)]
    return [_coded(one, kind, its) for one, its in found if one is not None and _is_named(one)]


def _coded(receipt: Receipt, kind: str, said: Mapping[str, object]) -> Receipt:
    enhanced = ENHANCED.fullmatch(str(said.get("code", "")))
    is_told = enhanced is not None and receipt.arrival is Arrival.BOUNCED
    code = f"dsn-{said['code']}" if is_told else f"{kind}-{receipt.arrival.value}"
    return replace(receipt, code=code)


def _is_named(receipt: Receipt) -> bool:
    return receipt.message_id is not None or receipt.reference is not None


def name_in(header: object) -> tuple[UUID | None, int]:
    """Read the name of one of our letters out of a Message-ID."""
    return read_name(str(header or "").strip().strip("<>").partition("@")[0])


def of_report(raw: bytes) -> Receipt | None:
    """Read a mail that a mail server sent back: a bounce (RFC 3464) or a complaint (RFC 5965).

    What is no report, tells of a delay or encloses no letter of ours, says nothing.
    """
    mail = message_from_bytes(raw, policy=default)
    parts = {part.get_content_type(): part for part in mail.walk()}
    message_id, resent = _enclosed(parts)
    if message_id is None:
        return None
    if "message/feedback-report" in parts:
        return Receipt(Arrival.COMPLAINED, message_id=message_id, resent=resent, code="complaint")
    status = parts.get("message/delivery-status")
    if status is None:
        return None
    for fields in status.get_payload():
        receipt = _of_fields(fields)
        if receipt is not None:
            return replace(receipt, message_id=message_id, resent=resent)
    return None


def _of_fields(fields: object) -> Receipt | None:
    if not isinstance(fields, Message):
        return None
    arrival = ACTIONS.get(str(fields.get("Action", "")).strip().lower())
    if arrival is None:
        return None
    found = ENHANCED.search(str(fields.get("Status", "")))
    return Receipt(arrival, code=f"dsn-{found[0] if found else 'unclear'}")


def _enclosed(parts: Mapping[str, Message]) -> tuple[UUID | None, int]:
    whole = parts.get("message/rfc822")
    if whole is not None:
        inner = whole.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        return name_in(first.get("Message-ID")) if isinstance(first, Message) else (None, 0)
    headers = parts.get("text/rfc822-headers")
    if headers is None:
        return None, 0
    text = headers.get_payload(decode=True)
    read = message_from_bytes(text if isinstance(text, bytes) else b"", policy=default)
    return name_in(read.get("Message-ID"))


def is_for_good(code: str | None) -> bool:
    """Whether an address that a letter bounced from is none: a full box is one (RFC 3463)."""
    return code in FOR_GOOD
