"""Taking in what comes, once; what it says is read afterwards."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import InboundFacts, InboundReceived
from crm_notifications.inbound import queries, statements
from crm_notifications.inbound.errors import (
    InboundBodyError,
    InboundNotSignedError,
    InboundTooOftenError,
    RunSettledError,
)
from crm_notifications.inbound.models import Arrival, InboundSystem
from crm_notifications.inbound.rules.mapping import LONGEST_ID, event_id_of
from crm_notifications.receipts.rules import is_signed
from crm_notifications.webhooks.rules.signing import secret_of
from crm_shared.clock import utc_now
from crm_shared.events import dead_letters, outbox
from crm_shared.events.jetstream import Delivery
from crm_shared.ids import new_id

# of the column; a system of ours is never called so long
LONGEST_SYSTEM = 64
TOO_LONG = "event-id-too-long"
A_MINUTE = timedelta(minutes=1)
BY_MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken in; `is_new` is false when it came before."""

    id: UUID
    is_new: bool


async def take_signed(
    session: AsyncSession, name: str, body: bytes, headers: Mapping[str, str], *, link_key: str
) -> Taken:
    """Take what another system posts: believed by its signature, counted, kept."""
    system = await queries.find_system(session, name)
    if system is None or not system.is_active:
        raise InboundNotSignedError
    now = utc_now()
    if not any(is_signed(headers, body, one, now) for one in secrets_of(system, link_key)):
        raise InboundNotSignedError
    if await queries.count_since(session, name, now - A_MINUTE) >= system.per_minute:
        raise InboundTooOftenError(system.per_minute)
    said = as_json(body)
    if said is None:
        raise InboundBodyError("not-json", "The body must be a JSON object or list.")
    event_id = event_id_of(system.mapping, said, headers.get("webhook-id"))
    if event_id is None:
        raise InboundBodyError("no-event-id", "The body names no event.")
    if len(event_id) > LONGEST_ID:
        raise InboundBodyError(TOO_LONG, f"An event's id has up to {LONGEST_ID} letters.")
    return await take_in(session, name, event_id, body, reader=BY_MAPPING)


def secrets_of(system: InboundSystem, link_key: str) -> Sequence[str]:
    """The secrets that are good now: the newest, and for a while the one before."""
    numbers = [system.secret_number]
    if system.old_secret_until is not None and system.old_secret_until > utc_now():
        numbers.append(system.secret_number - 1)
    return [secret_of(link_key, system.id, number) for number in numbers]


def as_json(body: bytes) -> Any:
    """Read a body, or return None when it is neither an object nor a list."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict | list) else None


async def take_published(session: AsyncSession, delivery: Delivery) -> None:
    """Take what another system published under its prefix: who it is, the broker has checked.

    What cannot be read is kept all the same, and becomes a dead letter when it is read; an id that
    is too long is refused in the run log: the broker has acknowledged it already.
    """
    name = delivery.subject.split(".")[2][:LONGEST_SYSTEM]
    system, said = await queries.find_system(session, name), as_json(delivery.data)
    mapping = {} if system is None else system.mapping
    given = event_id_of({}, {}, delivery.message_id) or _own_id(said)
    number = f"{delivery.stream}-{delivery.stream_seq}"
    event_id = event_id_of(mapping, said, given) or number
    if len(event_id) > LONGEST_ID:
        taken = await take_in(session, name, number, b"", reader=BY_MAPPING)
        await statements.refuse(session, taken.id, TOO_LONG)
    else:
        await take_in(session, name, event_id, delivery.data, reader=BY_MAPPING)


def _own_id(said: Any) -> str | None:
    """The id of a CloudEvent."""
    found = said.get("id") if isinstance(said, dict) else None
    return str(found) if isinstance(found, str | int) else None


async def take_in(
    session: AsyncSession, system: str, external_id: str, body: bytes, *, reader: str
) -> Taken:
    """Keep what came and announce it; the same event of a system again leaves no trace."""
    now, arrival_id = utc_now(), new_id()
    row = {
        "id": arrival_id,
        "revision": 1,
        "created_at": now,
        "updated_at": now,
        "source_system": system,
        "external_id": external_id,
        "reader": reader,
        "status": "waiting",
    }
    if not await statements.add_arrival(session, row):
        known = await queries.find_arrival_id(session, system, external_id)
        return Taken(known or arrival_id, is_new=False)
    await statements.keep_body(session, arrival_id, body, now)
    event = InboundReceived(inbound=InboundFacts(system=system, kind=None))
    entry = outbox.entry_values(event, aggregate_id=arrival_id, revision=1)
    await outbox.write_entries(session, [entry])
    return Taken(arrival_id, is_new=True)


async def retry_run(session: AsyncSession, run: Arrival) -> Arrival:
    """Read once more what was refused, by the mapping as it is now."""
    letters = await queries.stuck(session, [run.id])
    if run.id in letters:
        await dead_letters.mark_retry(session, letters[run.id].id)
        return run
    if run.status != "refused" or await queries.body_of(session, run.id) is None:
        raise RunSettledError(run.id)
    run.status, run.reason, run.settled_at = "waiting", None, None
    event = InboundReceived(inbound=InboundFacts(system=str(run.source_system), kind=None))
    await outbox.record(session, run, event)
    return run
