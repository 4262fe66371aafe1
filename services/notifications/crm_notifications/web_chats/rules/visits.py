"""Visits: signed, so that nothing of a visitor need be kept before he writes."""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from phonenumbers import NumberParseException, is_possible_number, parse

from crm_notifications.channels.rules import ADDRESS
from crm_notifications.conversations.rules import Said
from crm_notifications.inbound.rules.targets import clean
from crm_shared.errors import FieldError
from crm_shared.links import make_link, read_link

CHANNEL = "web_chat"
SYSTEM = "web-chat"
A_VISIT = timedelta(days=30)
A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)
OF_ONE_A_MINUTE = 20
OF_ONE_ADDRESS_A_MINUTE = 60  # an office has one address for all
_LOCAL = re.compile(r"(localhost|127\.0\.0\.1)(:\d+)?")


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor who came back with what he was given; a robot's is taken and leads nowhere."""

    visitor: UUID
    consented_at: datetime | None
    is_trapped: bool


def sign_visit(
    key: str, chat: UUID, visitor: UUID, now: datetime, *, has_consented: bool, is_trapped: bool
) -> str:
    """Return what a visitor comes back with; it says by itself whether he agreed, and when."""
    kind = "trap" if is_trapped else "agreed" if has_consented else "plain"
    expires_at = (now + A_VISIT).replace(microsecond=0)
    return f"{kind}.{make_link(key, _purpose(chat, kind), visitor, expires_at=expires_at)}"


def read_visit(key: str, chat: UUID, token: str, now: datetime) -> Visit | None:
    """Return whose visit it is, or None when it is none of this chat's, or over."""
    kind, _, link = token.partition(".")
    visitor = read_link(key, _purpose(chat, kind), link, now=now)
    if visitor is None:
        return None
    begun = datetime.fromtimestamp(int(link.split(".")[1], 16), now.tzinfo) - A_VISIT
    return Visit(visitor, begun if kind == "agreed" else None, is_trapped=kind == "trap")


def address_hash(key: str, address: str) -> str:
    """Return what is kept of a visitor's network address, for an hour or two."""
    return hmac.new(key.encode(), f"web-chat|{address}".encode(), sha256).hexdigest()[:32]


def origin_of(url: str) -> str:
    """Return the origin of a page; raises ValueError for what is none, or open to readers-along."""
    parts = urlsplit(url)
    # as browsers write it: without the port that goes without saying, names of any alphabet encoded
    name = (parts.hostname or "").encode("idna").decode()
    is_usual = parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme))
    host = name if is_usual else f"{name}:{parts.port}"
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _LOCAL.fullmatch(host))
    if not is_safe or not name or "@" in parts.netloc or re.search(r"[\s;,'\"*]", host):
        raise ValueError("not an origin")
    return f"{parts.scheme}://{host}"


def may_stand_on(page: str | None, origins: Sequence[str], own: str | None) -> bool:
    """Tell whether a page may show a chat, as far as it says which it is."""
    if not page:
        return True
    parts = urlsplit(page)
    return parts.netloc == own or f"{parts.scheme}://{parts.netloc}" in origins


def faults_of(said: Mapping[str, Any], *, needs_address: bool, region: str) -> list[FieldError]:
    """Return what is wrong with how a visitor says he can be reached."""
    return list(_faults(said, needs_address=needs_address, region=region))


def _faults(said: Mapping[str, Any], *, needs_address: bool, region: str) -> Iterator[FieldError]:
    email, phone = said.get("email"), said.get("phone")
    if email and not ADDRESS.fullmatch(email):
        yield FieldError("/email", "not-an-email", "This is no e-mail address.")
    if phone and not _is_phone(phone, region):
        yield FieldError("/phone", "not-a-phone", "This is no telephone number.")
    if needs_address and not (email or phone):
        yield FieldError("/email", "needed", "An e-mail address or a telephone number is needed.")


def _is_phone(said: str, region: str) -> bool:
    try:
        return is_possible_number(parse(said, region))
    except NumberParseException:
        return False


def said_by_visitor(kept: Mapping[str, Any], at: datetime) -> Said:
    """Return the message as it was taken in."""
    consented_at = kept.get("consented_at")
    return Said(
        channel=CHANNEL,
        address=kept["visitor"],
        name=clean(kept.get("name") or "") or None,
        text=clean(kept["text"]),
        at=at,
        reference=kept["id"],
        consented_at=None if consented_at is None else datetime.fromisoformat(consented_at),
    )


def _purpose(chat: UUID, kind: str) -> str:
    return f"{SYSTEM}|{kind}|{chat}"
