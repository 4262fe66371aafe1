"""Calling from a list: the next person, giving him back, what came of it."""

from uuid import UUID

from crm_contacts.call_lists import queries
from crm_contacts.call_lists.endpoints.common import Caller, Reader
from crm_contacts.call_lists.errors import (
    CallBackInPastError,
    CallListNotFoundError,
    CallListNotOpenError,
    EntryNotFoundError,
    NotACallerError,
    NotYoursError,
)
from crm_contacts.call_lists.models import CallAttempt, CallListEntry
from crm_contacts.call_lists.schemas import AttemptsOut, EntryOut, HandedOut, ResultIn
from crm_contacts.call_lists.use_cases import calling
from crm_contacts.call_lists.use_cases.calling import Handed
from crm_contacts.settings import SettingsDep
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/call-lists", tags=["call lists"])


@router.post(
    "/{call_list_id}/next",
    response_model=HandedOut,
    responses=responses(CallListNotFoundError, CallListNotOpenError, NotACallerError),
)
async def take_next(call_list_id: UUID, access: Caller, session: SessionDep) -> Handed:
    """Hand the next person to one caller, for `hold_minutes`; nobody else gets him meanwhile.

    Who is in one's hands already comes again. Who must not be called any more is passed over and
    taken off the list. Names and numbers are told to the caller, whoever looks after the person.
    """
    call_list = await queries.get_call_list(session, access, call_list_id)
    return await calling.next_entry(session, access, call_list)


@router.post(
    "/{call_list_id}/entries/{entry_id}/release",
    response_model=EntryOut,
    responses=responses(CallListNotFoundError, EntryNotFoundError, NotYoursError),
)
async def give_entry_back(
    call_list_id: UUID, entry_id: UUID, access: Caller, session: SessionDep
) -> CallListEntry:
    """Give a person back without having called."""
    call_list = await queries.get_call_list(session, access, call_list_id)
    return await calling.give_back(session, access, call_list, entry_id)


@router.post(
    "/{call_list_id}/entries/{entry_id}/result",
    response_model=EntryOut,
    responses=responses(
        CallListNotFoundError, EntryNotFoundError, NotYoursError, CallBackInPastError
    ),
)
async def log_result(
    call_list_id: UUID,
    entry_id: UUID,
    body: ResultIn,
    access: Caller,
    session: SessionDep,
    settings: SettingsDep,
) -> CallListEntry:
    """Say what came of a call; it becomes an activity of whoever was called as well.

    A lead that was reached has been answered: its deadline is met.

    Not reached: called again after `retry_after_minutes`, `max_attempts` times. `call_back`: at
    the agreed time, first by whoever agreed it.
    """
    call_list = await queries.get_call_list(session, access, call_list_id)
    return await calling.log_result(
        session, access, call_list, entry_id, body.model_dump(), zone=settings.zone
    )


@router.get(
    "/{call_list_id}/entries/{entry_id}/attempts",
    response_model=AttemptsOut,
    responses=responses(CallListNotFoundError, EntryNotFoundError),
)
async def list_attempts(
    call_list_id: UUID, entry_id: UUID, access: Reader, session: ReadSessionDep
) -> dict[str, list[CallAttempt]]:
    """List the calls to a person from a list, with what callers noted."""
    call_list = await queries.get_call_list(session, access, call_list_id)
    entry = await queries.get_entry(session, call_list, entry_id)
    return {"items": list(await queries.attempts_of(session, entry.id))}
