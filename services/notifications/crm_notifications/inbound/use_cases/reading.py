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
from crm_notifications.inbound.models import Arrival
from crm_notifications.inbound.rules.mapping import NO_RULE, Unreadable, read
from crm_shared.clock import utc_now
from crm_shared.db.engine import SETTINGS
from crm_shared.events import outbox
from crm_shared.events.subscription import Discard

WAITING, MADE, SKIPPED, REFUSED = "waiting", "made", "skipped", "refused"
MESSAGE = "message"
LONGEST_REASON = 200


async def read_arrival(session: AsyncSession, arrival_id: UUID) -> None:
    """Read one thing that came in; what cannot be read becomes a dead letter without its words."""
    arrival = await queries.hold_arrival(session, arrival_id)
    if arrival is None or arrival.status != WAITING or arrival.kind is not None:
        return
    body = await queries.body_of(session, arrival.id)
    system = await queries.find_system(session, str(arrival.source_system))
    if body is None or system is None or not system.is_active:
        raise Discard("words-are-gone" if body is None else "no-such-system")
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
    if said.kind != MESSAGE or not await _received(session, arrival):
        await pass_on(session, arrival)


async def pass_on(session: AsyncSession, arrival: Arrival) -> None:
    """Let whoever owns its kind ask for its words."""
    facts = InboundFacts(system=str(arrival.source_system), kind=arrival.kind)
    await outbox.record(session, arrival, InboundMapped(inbound=facts))


async def _received(session: AsyncSession, arrival: Arrival) -> bool:
    """Put a message into its conversation when it is known whose that is."""
    said = _said(arrival)
    about = await conversations.known_about(session, said.channel, said.address)
    if about is None:
        return False
    await take_message(session, arrival, said, about)
    return True


async def take_message(session: AsyncSession, arrival: Arrival, said: Said, about: About) -> None:
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
        await take_message(session, arrival, _said(arrival), about if about.is_known else NOBODY)
    else:
        await _settle(
            session, arrival, told["outcome"], noun=told["noun"], record_id=told["record_id"]
        )


def _said(arrival: Arrival) -> Said:
    reference = arrival.noun_external_id or arrival.external_id
    return said_of(arrival.fields or {}, reference, arrival.created_at)


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
