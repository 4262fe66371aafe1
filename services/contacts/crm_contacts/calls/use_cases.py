"""What can be done to a call, and what a missed one asks for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.errors import InTheFutureError
from crm_contacts.activities.models import Direction
from crm_contacts.audit.statements import note
from crm_contacts.calls import queries
from crm_contacts.calls.errors import (
    CallExistsError,
    CallNotFoundError,
    CallOutsideScopeError,
    InvalidNumberError,
    NoRecordingError,
    NoSuchNumberError,
    NothingToMarkError,
    NotToBeCalledError,
)
from crm_contacts.calls.models import Call, RecordingRead
from crm_contacts.calls.rules import CALL_BACK, CALL_BACK_KIND, normal_number
from crm_contacts.calls.statements import hold_number
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.events import CallFacts, CallLogged, CallRequested, CallUpdated
from crm_contacts.events.activities import CallMarked
from crm_contacts.leads.errors import LeadClosedError
from crm_contacts.leads.models import Lead, LeadStatus
from crm_contacts.leads.use_cases import note_answer
from crm_contacts.settings import Settings
from crm_contacts.tasks.models import Task, TaskPriority
from crm_contacts.tasks.use_cases import create_task
from crm_contacts.users.queries import first_team
from crm_contacts.workspace.queries import working_calendar
from crm_shared.actor import SYSTEM_ACCESS, Access, Role
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.db.named import find_or_make
from crm_shared.events import outbox
from crm_shared.ids import new_id
from crm_shared.working_time import NoWorkingTimeError, add_working_time

# Clocks of telephone systems run ahead by this much before it is called the future.
AHEAD = timedelta(minutes=5)


CLIENTS = ("contact_id", "company_id")


async def log_call(
    session: AsyncSession, access: Access, values: Mapping[str, Any], *, settings: Settings
) -> Call:
    """Take a call into the log; one that a client made in vain asks for a call-back at once."""
    values = await aliases.resolved(session, values, CLIENTS)
    call = new_call(values, region=settings.phone_region)
    if call.started_at > utc_now() + AHEAD:
        raise InTheFutureError("started_at")
    await _complete(session, access, call, values)
    if not access.may_see(call.user_id, call.team_id):
        raise CallOutsideScopeError
    await _ask_to_call_back(session, call, settings)
    session.add(call)
    # told with the time of the call: figures of yesterday's calls belong to yesterday
    event = CallLogged(call=facts_of(call), changed=[], previous={})
    try:
        await outbox.record(session, call, event, at=min(call.started_at, utc_now()))
    except IntegrityError as taken:
        raise CallExistsError from taken
    await _answer_known_lead(session, access, call)
    return call


async def request_call(
    session: AsyncSession,
    access: Access,
    client: Contact | Company | Lead,
    *,
    number: str | None,
    deal_id: UUID | None,
    settings: Settings,
) -> Call:
    """Ask the telephone system to put somebody through to a client or lead of his.

    The call stands in the log at once, ringing; the system reads its number there, and adds what
    became of it. The event names the call only.
    """
    _may_be_called(client)
    wanted = None if number is None else normal_number(number, settings.phone_region)
    theirs = [wanted] if number is not None else client.phone_keys[:1]
    # only numbers of theirs: the switch would otherwise dial for whoever has an account
    if not theirs or theirs[0] not in client.phone_keys:
        raise NoSuchNumberError
    values = {
        "direction": Direction.OUTBOUND,
        "to_number": theirs[0],
        "started_at": utc_now(),
        "user_id": access.actor.id,
        "team_id": await first_team(session, access.actor.id),
        "deal_id": deal_id,
    }
    if isinstance(client, Contact):
        values |= {"contact_id": client.id, "company_id": client.company_id}
    else:
        values["lead_id" if isinstance(client, Lead) else "company_id"] = client.id
    call = new_call(values, region=settings.phone_region)
    session.add(call)
    event = CallRequested(call=facts_of(call), changed=[], previous={})
    await outbox.record(session, call, event)
    return call


def _may_be_called(client: Contact | Company | Lead) -> None:
    is_restricted = isinstance(client, Contact) and client.restricted_at is not None
    if client.do_not_call or is_restricted:
        raise NotToBeCalledError
    if isinstance(client, Lead) and client.status == LeadStatus.CONVERTED:
        # what he said since about being called stands at the client that he became
        raise LeadClosedError(client.id, client.status)


def new_call(values: Mapping[str, Any], *, region: str, at: datetime | None = None) -> Call:
    """Make the row, numbers normalised."""
    call = Call(id=new_id(), created_at=at or utc_now())
    for name, value in {**values, **_numbers(values, region)}.items():
        setattr(call, name, value)
    call.find_the_client()
    return call


def facts_of(call: Call) -> CallFacts:
    return CallFacts.model_validate(call)


async def update_call(
    session: AsyncSession,
    access: Access,
    call: Call,
    values: Mapping[str, Any],
    *,
    settings: Settings,
) -> Call:
    """Add what became known of a call; if nobody answered, somebody is asked to call back."""
    values = await aliases.resolved(session, values, CLIENTS)
    for name, value in {**values, **_numbers(values, settings.phone_region)}.items():
        setattr(call, name, value)
    call.find_the_client()
    if call.started_at > utc_now() + AHEAD:
        raise InTheFutureError("started_at")
    if not access.may_see(call.user_id, call.team_id):
        raise CallOutsideScopeError
    await _ask_to_call_back(session, call, settings)
    if changes := outbox.changes_of(call, CallFacts):
        # numbers are personal: not even that one changed is told by name
        told = [name for name in changes.changed if not name.endswith("_number")]
        event = CallUpdated(call=facts_of(call), changed=told, previous=changes.previous)
        await outbox.record(session, call, event)
        await _answer_known_lead(session, access, call)
    return call


async def write_call(
    session: AsyncSession, access: Access, values: Mapping[str, Any], *, settings: Settings
) -> tuple[Call, bool]:
    """Log a call, or change the one that its external id names; tell whether it is new."""
    make = partial(log_call, session, access, values, settings=settings)
    call, is_new = await find_or_make(
        session, values, find=queries.find_by_external, make=make, taken=CallExistsError
    )
    if is_new:
        return call, True
    if not access.may_see(call.user_id, call.team_id):  # its id must not tell what others have
        raise CallNotFoundError(str(values["external_id"]))
    return await update_call(session, access, call, values, settings=settings), False


async def read_recording(session: AsyncSession, access: Access, call: Call) -> str:
    """Tell where a recording lies, and write down who was told."""
    if call.recording_url is None:
        raise NoRecordingError(call.id)
    session.add(RecordingRead(call_id=call.id, user_id=access.actor.id, at=utc_now()))
    await session.flush()
    await note(session, "recording-heard", subject=("call", call.id))
    return call.recording_url


async def mark_call(
    session: AsyncSession, access: Access, call: Call, mark: int | None, comment: str | None
) -> None:
    """Judge how well our side spoke in a call that was answered; the last judgement counts."""
    if not call.answered:
        raise NothingToMarkError
    said = mark is not None
    call.mark, call.mark_comment = mark, comment if said else None
    call.marked_by_id, call.marked_at = (access.actor.id, utc_now()) if said else (None, None)
    if changes := outbox.changes_of(call, CallFacts):
        told: dict[str, Any] = {"changed": changes.changed, "previous": changes.previous}
        await outbox.record(session, call, CallMarked(call=facts_of(call), **told))


def _numbers(values: Mapping[str, Any], region: str) -> dict[str, str]:
    found = {}
    for field in ("from_number", "to_number"):
        if (given := values.get(field)) is not None:
            number = normal_number(given, region)
            if number is None:
                raise InvalidNumberError(field)
            found[field] = number
    return found


async def _complete(
    session: AsyncSession, access: Access, call: Call, values: Mapping[str, Any]
) -> None:
    """Say whose call it was and with whom, as far as the caller left that open."""
    caller = queries.Caller()
    if call.client_number is not None and not call.is_internal:
        caller = await queries.who_has_number(session, call.client_number)
    if not {*CLIENTS, "lead_id"} & values.keys():
        call.contact_id, call.company_id = caller.contact_id, caller.company_id
        call.lead_id = caller.lead_id
    elif call.lead_id is not None and caller == queries.Caller():
        # a lead may ring from a number that nobody has written down
        caller = await queries.whose_lead(session, call.lead_id)
    if "user_id" not in values:
        # a telephone system logs for others: the call is of whoever looks after the client
        by_hand = _is_by_hand(access)
        # nobody spoke in a missed one: whoever writes it down need not be who is to ring back
        is_owners = call.is_missed and access.may_see(caller.owner_id, caller.team_id)
        is_owners = not by_hand or (is_owners and caller.owner_id is not None)
        call.user_id = caller.owner_id if is_owners else access.actor.id
    if call.team_id is None:
        team_id = None if call.user_id is None else await first_team(session, call.user_id)
        call.team_id = team_id or caller.team_id


def _is_by_hand(access: Access) -> bool:
    return access.actor.kind == "user" and access.actor.role is not Role.INTEGRATION


async def _answer_known_lead(session: AsyncSession, access: Access, call: Call) -> None:
    """Whoever writes down that he spoke with a lead by its number must be one who sees it."""
    if call.lead_id is not None and _is_by_hand(access):
        lead = await queries.whose_lead(session, call.lead_id)
        if not access.may_see(lead.owner_id, lead.team_id):
            return
    await _answer_lead(session, call)


async def _answer_lead(session: AsyncSession, call: Call) -> None:
    if call.answered:
        await note_answer(session, call.lead_id, at=call.started_at)


async def _ask_to_call_back(session: AsyncSession, call: Call, settings: Settings) -> None:
    """Make one task of the calls that one number makes in vain within the window."""
    if not call.wants_callback or call.client_number is None:
        return
    # two calls of one client in a second would both find no call-back waiting
    await hold_number(session, call.client_number)
    window = timedelta(seconds=settings.callback_window_s)
    call.repeats_call_id = await queries.waiting_callback(session, call, window)
    if call.repeats_call_id is None:
        call.callback_task_id = (await _callback(session, call, settings)).id


async def _callback(session: AsyncSession, call: Call, settings: Settings) -> Task:
    spoken = None if call.user_id is None else await queries.language_of(session, call.user_id)
    values = {
        "title": CALL_BACK[spoken or settings.language_list[0]],
        "kind": CALL_BACK_KIND,
        "priority": TaskPriority.HIGH,
        "assignee_id": call.user_id,
        "team_id": call.team_id,
        # at once: somebody wanted to talk now, and working hours are the alarm's business
        "due_at": utc_now(),
        "alarm_at": await _limit(session, settings),
        "contact_id": call.contact_id,
        "company_id": call.company_id,
        "deal_id": call.deal_id,
        "lead_id": call.lead_id,
    }
    return await create_task(session, SYSTEM_ACCESS, values)


async def _limit(session: AsyncSession, settings: Settings) -> datetime | None:
    """Return when it is alarming that nobody called back: at night the time stands still."""
    now, limit = utc_now(), timedelta(minutes=settings.callback_limit_minutes)
    if not limit:
        return None
    try:
        return add_working_time(await working_calendar(session, settings.zone), now, limit)
    # a calendar without a working hour must not lose a client's call
    except NoWorkingTimeError:
        return now + limit
