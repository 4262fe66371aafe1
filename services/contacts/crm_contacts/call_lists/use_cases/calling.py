"""Calling: the next person for one caller, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
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
from crm_contacts.call_lists.rules import UNREACHED, Exclusion, ListStatus, Result
from crm_contacts.call_lists.use_cases.announcements import said
from crm_contacts.companies.models import Company
from crm_contacts.companies.use_cases import updated
from crm_contacts.consents.rules import CALLS
from crm_contacts.consents.use_cases import say_consent
from crm_contacts.contacts.models import Contact
from crm_contacts.events import CompanyFacts, LeadUpdated
from crm_contacts.events.call_lists import (
    CallListEntryExcluded,
    CallListEntryLogged,
    CallListEntryReleased,
    CallListEntryTaken,
)
from crm_contacts.gates.use_cases import open_gates
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.announcements import said as of_lead
from crm_contacts.leads.use_cases.moves import respond_to_lead
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.envelope import Event

# So many that must not be called are passed over in one request; the job takes out the rest.
PASSED_OVER = 100
NOBODY_LEFT, NOT_YET, MANY_EXCLUDED = "nobody_left", "not_yet", "many_excluded"


@dataclass(frozen=True)
class Handed:
    """Whom a caller got, or why nobody."""

    entry: CallListEntry | None = None
    contact: Contact | None = None
    company: Company | None = None
    lead: Lead | None = None
    reason: str | None = None
    next_at: datetime | None = None


async def next_entry(session: AsyncSession, access: Access, call_list: CallList) -> Handed:
    """Hand out the next person who may be called; whom one holds already comes again.

    Whoever must not be called any more is taken off the list on the way.
    """
    _must_call(access, call_list)
    now, user_id = utc_now(), access.actor.id
    held = await queries.held_by(session, call_list, user_id, now)
    # a page that was closed and opened again must not cost its caller the person he holds
    if held is not None and await _may_be_called(session, call_list, held):
        return await _handed(session, held)
    for _ in range(PASSED_OVER):
        entry = await queries.claim_next(session, call_list, user_id, now)
        # nobody now is not nobody at all: a dialler asks again at the moment that is told
        if entry is None:
            left = await queries.next_moment(session, call_list)
            return Handed(reason=NOT_YET if left else NOBODY_LEFT, next_at=left)
        if not await _may_be_called(session, call_list, entry):
            continue
        entry.take(user_id, at=now, hold=timedelta(minutes=call_list.hold_minutes))
        await outbox.record(session, entry, said(CallListEntryTaken, entry))
        return await _handed(session, entry)
    return Handed(reason=MANY_EXCLUDED, next_at=now)


async def _handed(session: AsyncSession, entry: CallListEntry) -> Handed:
    callee: Any = await queries.callee_of(session, entry)
    return Handed(entry, **{entry.noun: callee})


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
    await outbox.record(session, entry, said(CallListEntryExcluded, entry))


async def release(session: AsyncSession, entry: CallListEntry) -> None:
    """Let somebody else have a person."""
    entry.release()
    await outbox.record(session, entry, said(CallListEntryReleased, entry))


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
    told: Mapping[str, Any],
    *,
    zone: ZoneInfo,
) -> CallListEntry:
    """Note what came of a call: the entry moves on, and the call stands in the callee's history.

    `do_not_call` holds for every list; of a contact it also withdraws the consent to calls. A
    lead that was reached counts as answered.
    """
    now, result, back_at = utc_now(), Result(told["result"]), told.get("call_back_at")
    if back_at is not None and back_at <= now:
        raise CallBackInPastError
    # held until the commit: the job that takes forgotten entries back passes it over
    entry = await queries.hold_entry(session, call_list, entry_id)
    entry.must_be_held_by(access.actor.id)
    callee = await queries.callee_of(session, entry)
    activity = await _call(session, access, callee, told, zone)
    if isinstance(callee, Lead) and callee.is_open and result not in UNREACHED:
        with open_gates():  # a call that took place is no wish that could be refused
            await respond_to_lead(session, callee)
    entry.log(access.actor.id, result, call_list.terms, at=now, back_at=back_at)
    if told.get("do_not_call"):
        entry.exclude(Exclusion.DO_NOT_CALL)
        with open_gates():  # nor is what the callee wishes
            await _call_no_more(session, callee, purpose=call_list.purpose)
    session.add(_attempt(access, entry, told, at=now, activity_id=activity.id))
    beside = {"result": result, "caller_id": access.actor.id, "activity_id": activity.id}
    await outbox.record(session, entry, said(CallListEntryLogged, entry, **beside))
    return entry


async def _call_no_more(
    session: AsyncSession, callee: Contact | Company | Lead, *, purpose: str
) -> None:
    if isinstance(callee, Contact):
        word = {"channel": CALLS, "purpose": purpose, "granted": False, "source": "call list"}
        await say_consent(session, callee, word)
        return
    # companies and leads have no consents of their own to withdraw: the mark says it all
    callee.do_not_call = True
    if isinstance(callee, Lead):
        event: Event = of_lead(LeadUpdated, callee)
    else:
        event = updated(callee, changes_told(callee, CompanyFacts))
    await announce(session, callee, event)


def _attempt(
    access: Access,
    entry: CallListEntry,
    told: Mapping[str, Any],
    *,
    at: datetime,
    activity_id: UUID,
) -> CallAttempt:
    return CallAttempt(
        call_list_id=entry.call_list_id,
        entry_id=entry.id,
        contact_id=entry.contact_id,
        company_id=entry.company_id,
        lead_id=entry.lead_id,
        user_id=access.actor.id,
        at=at,
        result=str(told["result"]),
        comment=told.get("comment"),
        activity_id=activity_id,
    )


async def _call(
    session: AsyncSession,
    access: Access,
    callee: Contact | Company | Lead,
    told: Mapping[str, Any],
    zone: ZoneInfo,
) -> Activity:
    values = {
        "kind": "call",
        "direction": "outbound",
        "status": "done",
        "duration_s": told.get("duration_s"),
        "outcome": str(told["result"]),
    }
    if isinstance(callee, Contact):
        values |= {"contact_id": callee.id, "company_id": callee.company_id}
    elif isinstance(callee, Company):
        values["company_id"] = callee.id
    else:
        values["lead_id"] = callee.id
    return await create_activity(session, access, values, zone=zone)
