"""Routes of the calls feature."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, Path, Query, Response, status
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.errors import InTheFutureError
from crm_contacts.calls import queries, use_cases
from crm_contacts.calls.errors import (
    CallExistsError,
    CallNotFoundError,
    CallOutsideScopeError,
    InvalidNumberError,
    NoRecordingError,
    NoSuchNumberError,
    NotToBeCalledError,
    OneClientError,
)
from crm_contacts.calls.fields import FIELDS, SORT
from crm_contacts.calls.models import Call, RecordingRead
from crm_contacts.calls.schemas import (
    CallChangeIn,
    CallFields,
    CallIn,
    CallOut,
    CallRequestIn,
    RecordingOut,
    RecordingReadOut,
)
from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.models import Company
from crm_contacts.companies.queries import get_company
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import get_contact
from crm_contacts.leads.errors import LeadClosedError, LeadNotFoundError
from crm_contacts.leads.models import Lead
from crm_contacts.leads.queries import get_lead
from crm_contacts.permissions import (
    AUDIT_RECORDINGS,
    HEAR_RECORDINGS,
    READ_CALLS,
    READ_CONTACTS,
    READ_LEADS,
    WRITE_CALLS,
)
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.hiding import FieldHiddenError, hidden_of
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/calls", tags=["calls"])
LISTING = listing(FIELDS, sort=SORT, default="-started_at")
CALLED = ("contact", "company", "lead")
REFUSALS = (CallExistsError, CallOutsideScopeError, InvalidNumberError, InTheFutureError)
Reader = Annotated[Access, require(READ_CALLS)]
Writer = Annotated[Access, require(WRITE_CALLS)]
ClientReader = Annotated[Access, require(READ_CONTACTS)]
LeadReader = Annotated[Access, require(READ_LEADS)]
Listener = Annotated[Access, require(HEAR_RECORDINGS)]
Auditor = Annotated[Access, require(AUDIT_RECORDINGS)]


@router.get("", response_model=Page[CallOut])
async def list_calls(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Call]:
    """List calls within one's scope."""
    return await list_page(session, queries.visible_calls(access), query)


@router.post("/search", response_model=Page[CallOut])
async def search_calls(body: SearchIn, access: Reader, session: ReadSessionDep) -> Rows[Call]:
    """List calls within one's scope by a filter tree."""
    return await list_page(session, queries.visible_calls(access), LISTING.search(body))


@router.post(
    "",
    response_model=CallOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
)
async def log_call(
    body: CallIn,
    access: Writer,
    lead_reader: LeadReader,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Call:
    """Take a call into the log; one that a client made in vain asks for a call-back at once."""
    values = body.model_dump(exclude_unset=True)
    await _see_lead(session, lead_reader, values)
    call = await use_cases.log_call(session, access, values, settings=settings)
    tag(response, call)
    return call


@router.post(
    "/request",
    response_model=CallOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(
        ContactNotFoundError,
        CompanyNotFoundError,
        LeadNotFoundError,
        LeadClosedError,
        NotToBeCalledError,
        NoSuchNumberError,
        OneClientError,
        FieldHiddenError,
    ),
)
async def request_call(
    body: CallRequestIn,
    access: Writer,
    reader: ClientReader,
    lead_reader: LeadReader,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Call:
    """Ask the telephone system to ring a client or lead and put oneself through (click to call).

    It hears `call.requested`, reads the number here and adds what became of the call.
    """
    named = [noun for noun in CALLED if getattr(body, f"{noun}_id") is not None]
    if len(named) != 1:
        raise OneClientError
    if body.number is not None and "phones" in hidden_of(named[0]):
        # whether a number is theirs is told by what is refused
        raise FieldHiddenError("/number")
    client = await _client(session, reader, lead_reader, body)
    call = await use_cases.request_call(
        session, access, client, number=body.number, deal_id=body.deal_id, settings=settings
    )
    tag(response, call)
    return call


async def _see_lead(session: AsyncSession, access: Access, values: dict[str, Any]) -> None:
    """A call answers the lead it names: only one that its caller sees."""
    if values.get("lead_id") is not None:
        await get_lead(session, access, values["lead_id"])


async def _client(
    session: AsyncSession, access: Access, lead_access: Access, body: CallRequestIn
) -> Contact | Company | Lead:
    if body.lead_id is not None:
        return await get_lead(session, lead_access, body.lead_id)
    if body.contact_id is not None:
        return await get_contact(session, access, body.contact_id)
    return await get_company(session, access, cast("UUID", body.company_id))


@router.post("/batch", response_model=BatchOut)
async def write_calls(
    body: BatchIn[CallIn],
    access: Writer,
    lead_reader: LeadReader,
    session: SessionDep,
    settings: SettingsDep,
) -> BatchOut:
    """Log calls, or change those that an external id names; each item has its result."""

    async def one(item: CallIn) -> Call:
        values = item.model_dump(exclude_unset=True)
        await _see_lead(session, lead_reader, values)
        call, _ = await use_cases.write_call(session, access, values, settings=settings)
        return call

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get("/{call_id}", response_model=CallOut, responses=responses(CallNotFoundError))
async def get_call(
    call_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Call:
    """Return a call, without the place of its recording."""
    call = await queries.get_call(session, access, call_id)
    await follow(session, [call], FIELDS)
    tag(response, call)
    return call


@router.patch(
    "/{call_id}", response_model=CallOut, responses=responses(CallNotFoundError, *REFUSALS)
)
async def update_call(
    call_id: UUID,
    body: CallChangeIn,
    expected: IfMatch,
    access: Writer,
    lead_reader: LeadReader,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Call:
    """Add what became known of a call."""
    call = await queries.get_call(session, access, call_id)
    check_revision(call, expected)
    values = body.model_dump(exclude_unset=True)
    await _see_lead(session, lead_reader, values)
    await use_cases.update_call(session, access, call, values, settings=settings)
    tag(response, call)
    return call


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=CallOut,
    responses=responses(*REFUSALS),
)
async def upsert_call(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: CallFields,
    access: Writer,
    lead_reader: LeadReader,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Call:
    """Log or change the call that a telephone system knows by this id."""
    named = {"source_system": system, "external_id": external_id}
    values = {**body.model_dump(exclude_unset=True), **named}
    await _see_lead(session, lead_reader, values)
    call, is_new = await use_cases.write_call(session, access, values, settings=settings)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, call)
    return call


@router.get(
    "/{call_id}/recording",
    response_model=RecordingOut,
    responses=responses(CallNotFoundError, NoRecordingError),
)
async def get_recording(
    call_id: UUID, access: Listener, session: SessionDep, response: Response
) -> RecordingOut:
    """Tell where the recording of a call lies; who was told is written down."""
    call = await queries.get_call(session, access, call_id)
    response.headers["Cache-Control"] = "no-store"
    return RecordingOut(url=await use_cases.read_recording(session, access, call))


@router.get(
    "/{call_id}/recording/reads",
    response_model=list[RecordingReadOut],
    responses=responses(CallNotFoundError),
)
async def list_recording_reads(
    call_id: UUID,
    access: Auditor,
    session: ReadSessionDep,
    before: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[RecordingRead]:
    """List who was shown the recording of a call, the last one first."""
    await queries.get_call(session, access, call_id)
    return await queries.list_reads(session, call_id, before=before, limit=limit)
