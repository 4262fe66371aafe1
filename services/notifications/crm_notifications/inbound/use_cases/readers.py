"""What our own readers understand: letters of the mailbox, messages of a bot and of the gateway."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.senders.smtp import SmtpSender
from crm_notifications.conversations.rules import About, Said, normal_address
from crm_notifications.inbound.models import Arrival
from crm_notifications.mail_intake.rules.letters import read_letter
from crm_notifications.mail_intake.use_cases import NotForConversationsError, place_letter
from crm_notifications.messengers.queries import whose_chat
from crm_notifications.messengers.rules import TELEGRAM, of_gateway, of_telegram
from crm_notifications.receipts.rules import of_report
from crm_notifications.receipts.use_cases import take_receipts
from crm_notifications.web_chats.rules.visits import SYSTEM as WEB_CHAT
from crm_notifications.web_chats.rules.visits import said_by_visitor
from crm_shared.db.engine import SETTINGS
from crm_shared.events.subscription import Discard

MAIL, MAIL_CUT = "mail", "mail-cut"
_REACHED_BY = ("email", "phone", "language")
__all__ = ["NotForConversationsError", "Placed", "placed_by"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A message, whose it is when that is known, and what becomes of a stranger.

    `contact_id` is known before it is known who looks after him.
    """

    said: Said
    about: About | None = None
    unknown: str = "keep"
    contact_id: UUID | None = None
    # how a visitor says that he can be reached elsewhere
    reached: Mapping[str, str] = field(default_factory=dict)


async def placed_by(session: AsyncSession, arrival: Arrival, body: bytes) -> Placed:
    """Read what came by the reader that knows it.

    Raises NotForConversationsError for what is no word of anybody to us, Discard for what no parser
    gets through.
    """
    if arrival.reader in (MAIL, MAIL_CUT):
        return await _placed_letter(session, arrival, body)
    if arrival.reader == WEB_CHAT:
        return _placed_visitor(arrival, json.loads(body))
    return await _placed_message(session, arrival, body)


async def _placed_letter(session: AsyncSession, arrival: Arrival, body: bytes) -> Placed:
    """A bounce or a complaint is written down as a receipt."""
    try:
        letter = read_letter(body, arrival.created_at, is_cut=arrival.reader == MAIL_CUT)
        receipt = of_report(body) if letter.is_report else None
    except RecursionError:
        raise Discard("nested-too-deep") from None
    if receipt is not None:
        await take_receipts(session, SmtpSender.name, [receipt])
        raise NotForConversationsError("receipt")
    settings = session.info[SETTINGS]
    said, about = await place_letter(session, letter, ours=settings.own_addresses)
    # whom a colleague writes to by himself is no lead: nobody asked us anything
    return Placed(said, about, "keep" if said.author_id else settings.imap_unknown)


async def _placed_message(session: AsyncSession, arrival: Arrival, body: bytes) -> Placed:
    read = of_telegram if arrival.reader == TELEGRAM else of_gateway
    heard = read(json.loads(body), arrival.created_at)
    if heard is None:
        raise NotForConversationsError("no-private-message")
    region = session.info[SETTINGS].phone_region
    said = Said(
        channel=heard.channel,
        address=normal_address(heard.channel, heard.address, region),
        name=heard.name,
        text=heard.text,
        at=heard.at,
        reference=heard.reference,
        left_out=heard.left_out,
    )
    chat = await whose_chat(session, said.channel, said.address)
    return Placed(said, contact_id=chat)


def _placed_visitor(arrival: Arrival, kept: Mapping[str, Any]) -> Placed:
    reached = {name: kept[name] for name in _REACHED_BY if kept.get(name)}
    said = said_by_visitor(kept, arrival.created_at)
    return Placed(said, unknown=kept["unknown"], reached=reached)
