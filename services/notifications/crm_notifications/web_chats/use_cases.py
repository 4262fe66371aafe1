"""What can be done to a web chat, and what its visitors do."""

import json
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import (
    WebChatCreated,
    WebChatDeleted,
    WebChatFacts,
    WebChatUpdated,
)
from crm_notifications.inbound.use_cases.taking import take_in
from crm_notifications.web_chats.errors import (
    ChatTooOftenError,
    VisitInvalidError,
    VisitRefusedError,
)
from crm_notifications.web_chats.models import WebChat
from crm_notifications.web_chats.rules import visits
from crm_notifications.web_chats.statements import count_hit
from crm_shared.clock import utc_now
from crm_shared.errors import FieldError
from crm_shared.events import outbox
from crm_shared.http.proxies import subscriber_of
from crm_shared.ids import new_id

Values = Mapping[str, Any]


async def create_web_chat(session: AsyncSession, values: Values) -> WebChat:
    """Set up a chat and announce it."""
    chat = WebChat(id=new_id(), key=secrets.token_urlsafe(16), **values)
    session.add(chat)
    event = WebChatCreated(web_chat=facts_of(chat), changed=[], previous={})
    await outbox.record(session, chat, event)
    return chat


async def update_web_chat(session: AsyncSession, chat: WebChat, values: Values) -> WebChat:
    """Change a chat, or switch it off; a change that changes nothing says nothing."""
    for name, value in values.items():
        setattr(chat, name, value)
    if changes := outbox.changes_of(chat, WebChatFacts):
        event = WebChatUpdated(
            web_chat=facts_of(chat), changed=changes.changed, previous=changes.previous
        )
        await outbox.record(session, chat, event)
    return chat


async def delete_web_chat(session: AsyncSession, chat: WebChat) -> None:
    """Take a chat off its pages; what was said stays in conversations."""
    chat.deleted_at = utc_now()
    event = WebChatDeleted(web_chat=facts_of(chat), changed=["deleted_at"], previous={})
    await outbox.record(session, chat, event)


async def begin_visit(
    session: AsyncSession, chat: WebChat, said: Values, *, address: str, link_key: str
) -> str:
    """Let a visitor in; whoever fills in what no person sees is let in as well, to nowhere."""
    if chat.asks_consent and not said["consent"]:
        needed = FieldError("/consent", "needed", "It must be agreed to first.")
        raise VisitInvalidError([needed])
    now = utc_now()
    visitor = visits.address_hash(link_key, subscriber_of(address))
    hits = await count_hit(session, chat.id, visitor, now=now, window=visits.AN_HOUR)
    if hits > chat.per_address_hour:
        raise ChatTooOftenError
    return visits.sign_visit(
        link_key,
        chat.id,
        new_id(),
        now,
        has_consented=said["consent"],
        is_trapped=bool(said["website"]),
    )


def visit_of(chat: WebChat, token: str, link_key: str) -> visits.Visit:
    """Read a visit; raises VisitRefusedError."""
    visit = visits.read_visit(link_key, chat.id, token, utc_now())
    if visit is None or (chat.asks_consent and visit.consented_at is None and not visit.is_trapped):
        raise VisitRefusedError
    return visit


async def say(
    session: AsyncSession,
    chat: WebChat,
    visit: visits.Visit,
    said: Values,
    *,
    region: str,
    address: str,
    link_key: str,
) -> UUID | None:
    """Take in what a visitor writes, once; it is read and placed as whatever else comes in."""
    needs_address = chat.needs_address
    if faults := visits.faults_of(said, needs_address=needs_address, region=region):
        raise VisitInvalidError(faults)
    if visit.is_trapped:
        return None
    now, visitor = utc_now(), visit.visitor
    # not by the same count as visits, which is of an hour
    house = visits.address_hash(link_key, f"words|{subscriber_of(address)}")
    # the visitor first, and where he sits: who writes too often must not use up the others' chat
    for whose, most in (
        (visitor.hex, visits.OF_ONE_A_MINUTE),
        (house, visits.OF_ONE_ADDRESS_A_MINUTE),
        ("all", chat.per_minute),
    ):
        hits = await count_hit(session, chat.id, whose, now=now, window=visits.A_MINUTE)
        if hits > most:
            raise ChatTooOftenError
    kept = {
        **said,
        "id": str(said["id"]),
        "visitor": str(visitor),
        "unknown": chat.unknown,
        "consented_at": visit.consented_at and visit.consented_at.isoformat(),
    }
    body = json.dumps(kept).encode()
    external_id = f"{visitor.hex}-{said['id'].hex}"
    taken = await take_in(session, visits.SYSTEM, external_id, body, reader=visits.SYSTEM)
    return taken.id


def facts_of(chat: WebChat) -> WebChatFacts:
    """What everyone may know of a chat; its words and its key stay at home."""
    names = set(WebChatFacts.model_fields) - {"label", "languages"}
    told = {name: getattr(chat, name) for name in names}
    return WebChatFacts(label=chat.name, languages=sorted(chat.titles), **told)
