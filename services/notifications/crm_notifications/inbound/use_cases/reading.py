"""Reading what came in, and passing it to whoever makes something of it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.conversations import queries as conversations
from crm_notifications.conversations.rules import NOBODY, About, Said, said_of
from crm_notifications.conversations.use_cases import receive
from crm_notifications.events import InboundFacts, InboundMapped
from crm_notifications.inbound import queries, statements
from crm_notifications.inbound.models import REFUSED, Arrival
from crm_notifications.inbound.rules.mapping import NO_RULE, Unreadable, read
from crm_notifications.inbound.use_cases.readers import NotForConversationsError, Placed, placed_by
from crm_notifications.inbound.use_cases.taking import BY_MAPPING
from crm_shared.clock import utc_now
from crm_shared.db.engine import SETTINGS
from crm_shared.events import outbox
from crm_shared.events.subscription import Discard

WAITING, MADE, SKIPPED = "waiting", "made", "skipped"
MESSAGE = "message"
LONGEST_REASON = 200


async def read_arrival(session: AsyncSession, arrival_id: UUID) -> None:
    """Read one thing that came in; what cannot be read becomes a dead letter without its words."""
    arrival = await queries.hold_arrival(session, arrival_id)
    if arrival is None or arrival.status != WAITING or arrival.kind is not None:
        return
    body = await queries.body_of(session, arrival.id)
    if body is None:
        raise Discard("words-are-gone")
    if arrival.reader == BY_MAPPING:
        await _read_by_mapping(session, arrival, body)
    else:
        await _read_message(session, arrival, body)


async def _read_by_mapping(session: AsyncSession, arrival: Arrival, body: bytes) -> None:
    system = await queries.find_system(session, str(arrival.source_system))
    if system is None or not system.is_active:
        raise Discard("no-such-system")
    try:
        said = read(system.mapping, json.loads(body), session.info[SETTINGS].zone)
    except Unreadable as unreadable:
        raise Discard(str(unreadable)[:LONGEST_REASON]) from None
    except (ValueError, RecursionError):
        raise Discard("not-json") from None
    if said is None:
        await _settle(session, arrival, SKIPPED, reason=NO_RULE)
        return
    arrival.kind, arrival.fields = said.kind, dict(said.fields)
    arrival.noun_external_id = said.external_id
    if said.kind == MESSAGE:
        await _place(session, arrival, Placed(_said_by_mapping(session, arrival)))
    else:
        await _pass_on(session, arrival)


async def _read_message(session: AsyncSession, arrival: Arrival, body: bytes) -> None:
    """Read what one of our own readers brought: a letter, a message of a bot."""
    try:
        placed = await placed_by(session, arrival, body)
    except NotForConversationsError as not_ours:
        await _settle(session, arrival, SKIPPED, reason=not_ours.code)
        return
    arrival.kind = MESSAGE
    arrival.fields = {
        "channel": placed.said.channel,
        "from": placed.said.address,
        "name": placed.said.name,
        "unknown": placed.unknown,
        **placed.reached,
        "contact_id": str(placed.contact_id) if placed.contact_id else None,
    }
    await _place(session, arrival, placed)


async def _place(session: AsyncSession, arrival: Arrival, placed: Placed) -> None:
    """Put a message into its conversation, or ask first whose that is."""
    said, about = placed.said, placed.about
    about = about or await conversations.known_about(session, said.channel, said.address)
    if about is None:
        await _pass_on(session, arrival)
    else:
        await _take(session, arrival, said, about)


async def _pass_on(session: AsyncSession, arrival: Arrival) -> None:
    """Let whoever owns its kind ask for its words."""
    facts = InboundFacts(system=str(arrival.source_system), kind=arrival.kind)
    await outbox.record(session, arrival, InboundMapped(inbound=facts))


async def _take(session: AsyncSession, arrival: Arrival, said: Said, about: About) -> None:
    """Put a message into its conversation; the arrival keeps no words of it."""
    message = await receive(session, said, about)
    await _settle(session, arrival, MADE, noun=MESSAGE, record_id=message.id)


async def settle_arrival(
    session: AsyncSession, arrival_id: UUID, told: Mapping[str, Any], about: About
) -> None:
    """Write down what the owner made of it; a message goes to whose it is."""
    arrival = await queries.hold_arrival(session, arrival_id)
    if arrival is None or arrival.status != WAITING or arrival.kind is None:
        return
    if told["outcome"] == REFUSED:
        # its body stays: it can be read once more
        arrival.status, arrival.reason = REFUSED, told["reason"]
        arrival.kind, arrival.fields, arrival.settled_at = None, None, utc_now()
    elif arrival.kind == MESSAGE:
        said = await _said(session, arrival)
        await _take(session, arrival, said, about if about.is_known else NOBODY)
    else:
        names = ("reason", "noun", "record_id")
        told_of = {name: told[name] for name in names}
        await _settle(session, arrival, told["outcome"], **told_of)


async def _said(session: AsyncSession, arrival: Arrival) -> Said:
    if arrival.reader == BY_MAPPING:
        return _said_by_mapping(session, arrival)
    body = await queries.body_of(session, arrival.id)
    if body is None:
        raise Discard("words-are-gone")
    return (await placed_by(session, arrival, body)).said


def _said_by_mapping(session: AsyncSession, arrival: Arrival) -> Said:
    reference = arrival.noun_external_id or arrival.external_id
    region = session.info[SETTINGS].phone_region
    return said_of(arrival.fields or {}, reference, arrival.created_at, region)


async def _settle(
    session: AsyncSession,
    arrival: Arrival,
    status: str,
    *,
    reason: str | None = None,
    noun: str | None = None,
    record_id: UUID | None = None,
) -> None:
    arrival.status, arrival.reason, arrival.fields = status, reason, None
    arrival.noun, arrival.record_id, arrival.settled_at = noun, record_id, utc_now()
    await session.flush()
    await statements.drop_body(session, arrival.id)
