"""Calling: the next person for one caller, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.activities.use_cases import create_activity
from crm_contacts.call_lists import queries
from crm_contacts.call_lists.errors import (
    CallBackInPastError,
    CallListNotOpenError,
    NotACallerError,
)
from crm_contacts.call_lists.models import CallAttempt, CallList, CallListEntry
from crm_contacts.call_lists.rules import Exclusion, ListStatus, Result
from crm_contacts.consents.rules import CALLS
from crm_contacts.consents.use_cases import say_consent
from crm_contacts.contacts.models import Contact
from crm_contacts.events.call_lists import (
    CallListEntryExcluded,
    CallListEntryFacts,
    CallListEntryLogged,
    CallListEntryReleased,
    CallListEntryTaken,
)
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox

SaidT = TypeVar("SaidT", CallListEntryTaken, CallListEntryReleased, CallListEntryExcluded)
# So many that must not be called are passed over in one request; the job takes out the rest.
PASSED_OVER = 100
NOBODY_LEFT, NOT_YET, MANY_EXCLUDED = "nobody_left", "not_yet", "many_excluded"


@dataclass(frozen=True)
class Handed:
    """Whom a caller got, or why nobody."""

    entry: CallListEntry | None = None
    contact: Contact | None = None
    reason: str | None = None
    next_at: datetime | None = None


async def next_entry(session: AsyncSession, access: Access, call_list: CallList) -> Handed:
    """Hand out the next person who may be called; whom one holds already comes again.

    Whoever must not be called any more is taken off the list on the way.
    """
    _must_call(access, call_list)
    now, user_id = utc_now(), access.actor.id
    held = await queries.held_by(session, call_list, user_id, now)
    if held is not None and await _may_be_called(session, call_list, held):
        return Handed(held, await queries.contact_of(session, held))
    for _ in range(PASSED_OVER):
        entry = await queries.claim_next(session, call_list, user_id, now)
        if entry is None:
            left = await queries.next_moment(session, call_list)
            return Handed(reason=NOT_YET if left else NOBODY_LEFT, next_at=left)
        if not await _may_be_called(session, call_list, entry):
            continue
        entry.take(user_id, at=now, hold=timedelta(minutes=call_list.hold_minutes))
        await _announce(session, entry, CallListEntryTaken)
        return Handed(entry, await queries.contact_of(session, entry))
    return Handed(reason=MANY_EXCLUDED, next_at=now)


def _must_call(access: Access, call_list: CallList) -> None:
    if call_list.status != ListStatus.OPEN:
        raise CallListNotOpenError(call_list.status)
    if call_list.caller_ids and access.actor.id not in call_list.caller_ids:
        raise NotACallerError


async def _may_be_called(session: AsyncSession, call_list: CallList, entry: CallListEntry) -> bool:
    reason = await queries.why_not(session, call_list, entry)
    if reason is not None:
        await exclude(session, entry, reason)
    return reason is None


async def exclude(session: AsyncSession, entry: CallListEntry, reason: Exclusion) -> None:
    """Take somebody off the queue who must not be called."""
    entry.exclude(reason)
    await _announce(session, entry, CallListEntryExcluded)


async def release(session: AsyncSession, entry: CallListEntry) -> None:
    """Let somebody else have a person."""
    entry.release()
    await _announce(session, entry, CallListEntryReleased)


async def give_back(
    session: AsyncSession, access: Access, call_list: CallList, entry_id: UUID
) -> CallListEntry:
    """Give back a person without having called."""
    entry = await queries.hold_entry(session, call_list, entry_id)
    entry.must_be_held_by(access.actor.id)
    await release(session, entry)
    return entry


async def log_result(
    session: AsyncSession,
    access: Access,
    call_list: CallList,
    entry_id: UUID,
    said: Mapping[str, Any],
    *,
    zone: ZoneInfo,
) -> CallListEntry:
    """Note what came of a call: the entry moves on, and the call stands in the person's history.

    `do_not_call` also withdraws the person's consent to calls, for every list.
    """
    now, result, back_at = utc_now(), Result(said["result"]), said.get("call_back_at")
    if back_at is not None and back_at <= now:
        raise CallBackInPastError
    entry = await queries.hold_entry(session, call_list, entry_id)
    entry.must_be_held_by(access.actor.id)
    contact = await queries.contact_of(session, entry)
    activity = await _call(session, access, contact, said, zone)
    entry.log(access.actor.id, result, call_list.terms, at=now, back_at=back_at)
    if said.get("do_not_call"):
        entry.exclude(Exclusion.DO_NOT_CALL)
        word = {"channel": CALLS, "purpose": call_list.purpose, "granted": False}
        await say_consent(session, contact, {**word, "source": "call list"})
    session.add(_attempt(access, entry, said, at=now, activity_id=activity.id))
    await _say(session, entry, result, caller_id=access.actor.id, activity_id=activity.id)
    return entry


def _attempt(
    access: Access,
    entry: CallListEntry,
    said: Mapping[str, Any],
    *,
    at: datetime,
    activity_id: UUID,
) -> CallAttempt:
    return CallAttempt(
        call_list_id=entry.call_list_id,
        entry_id=entry.id,
        contact_id=entry.contact_id,
        user_id=access.actor.id,
        at=at,
        result=str(said["result"]),
        comment=said.get("comment"),
        activity_id=activity_id,
    )


async def _say(
    session: AsyncSession,
    entry: CallListEntry,
    result: Result,
    *,
    caller_id: UUID,
    activity_id: UUID,
) -> None:
    changes = outbox.changes_of(entry, CallListEntryFacts)
    event = CallListEntryLogged(
        call_list_entry=CallListEntryFacts.model_validate(entry),
        changed=changes.changed,
        previous=changes.previous,
        result=result,
        caller_id=caller_id,
        activity_id=activity_id,
    )
    await outbox.record(session, entry, event)


async def _call(
    session: AsyncSession, access: Access, contact: Contact, said: Mapping[str, Any], zone: ZoneInfo
) -> Activity:
    values = {
        "kind": "call",
        "direction": "outbound",
        "contact_id": contact.id,
        "company_id": contact.company_id,
        "status": "done",
        "duration_s": said.get("duration_s"),
        "outcome": str(said["result"]),
    }
    return await create_activity(session, access, values, zone=zone)


async def _announce(session: AsyncSession, entry: CallListEntry, kind: type[SaidT]) -> None:
    changes = outbox.changes_of(entry, CallListEntryFacts)
    event = kind(
        call_list_entry=CallListEntryFacts.model_validate(entry),
        changed=changes.changed,
        previous=changes.previous,
    )
    await outbox.record(session, entry, event)
