"""Routes of the activities feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response, status

from crm_contacts.activities import queries, use_cases
from crm_contacts.activities.errors import (
    ActivityClosedError,
    ActivityExistsError,
    ActivityNotFoundError,
    ActivityOutsideScopeError,
    ActivityPlannedError,
    EndlessSeriesError,
    IncompletePromiseError,
    InTheFutureError,
)
from crm_contacts.activities.fields import LISTING
from crm_contacts.activities.models import Activity
from crm_contacts.activities.schemas import (
    ActivityChangeIn,
    ActivityFields,
    ActivityIn,
    ActivityOut,
    CompleteIn,
    ReopenIn,
    RescheduleIn,
    recurrence_as_kept,
)
from crm_contacts.permissions import READ_ACTIVITIES, WRITE_ACTIVITIES
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.listing import NounSearchIn

router = service_router(prefix="/v1/activities", tags=["activities"])
REFUSALS = (
    ActivityExistsError,
    ActivityOutsideScopeError,
    IncompletePromiseError,
    EndlessSeriesError,
    InTheFutureError,
)
MOVES = responses(ActivityNotFoundError, ActivityClosedError)
Reader = Annotated[Access, require(READ_ACTIVITIES)]
Writer = Annotated[Access, require(WRITE_ACTIVITIES)]


@router.get("", response_model=Page[ActivityOut])
async def list_activities(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Activity]:
    """List activities within one's scope."""
    return await list_page(session, queries.visible_activities(access), query)


@router.post("/search", response_model=Page[ActivityOut])
async def search_activities(
    body: NounSearchIn, access: Reader, session: ReadSessionDep
) -> Rows[Activity]:
    """List activities within one's scope by a filter tree."""
    query = await LISTING.wanted(session, access.actor, body)
    return await list_page(session, queries.visible_activities(access), query)


@router.post(
    "",
    response_model=ActivityOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
)
async def create_activity(
    body: ActivityIn,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Activity:
    """Plan or promise a contact with a client, or tell of one that took place."""
    values = recurrence_as_kept(body.model_dump(exclude_unset=True))
    activity = await use_cases.create_activity(session, access, values, zone=settings.zone)
    tag(response, activity)
    return activity


@router.post("/batch", response_model=BatchOut)
async def write_activities(
    body: BatchIn[ActivityIn], access: Writer, session: SessionDep, settings: SettingsDep
) -> BatchOut:
    """Create activities, or change those that an external id names; each has its result."""

    async def one(item: ActivityIn) -> Activity:
        values = recurrence_as_kept(item.model_dump(exclude_unset=True))
        activity, _ = await use_cases.write_activity(session, access, values, zone=settings.zone)
        return activity

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get(
    "/{activity_id}", response_model=ActivityOut, responses=responses(ActivityNotFoundError)
)
async def get_activity(
    activity_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Activity:
    """Return an activity within one's scope, one that was called off too."""
    activity = await queries.get_activity(session, access, activity_id)
    await follow(session, [activity], LISTING.fields)
    tag(response, activity)
    return activity


@router.patch(
    "/{activity_id}",
    response_model=ActivityOut,
    responses=responses(ActivityNotFoundError, ActivityOutsideScopeError),
)
async def update_activity(
    activity_id: UUID,
    body: ActivityChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Activity:
    """Change an activity; its times move by `/reschedule`."""
    activity = await queries.get_activity(session, access, activity_id)
    check_revision(activity, expected)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_activity(session, access, activity, values)
    tag(response, activity)
    return activity


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=ActivityOut,
    responses=responses(*REFUSALS),
)
async def upsert_activity(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: ActivityFields,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Activity:
    """Create or change the activity that another system knows by this id."""
    named = {"source_system": system, "external_id": external_id}
    values = {**recurrence_as_kept(body.model_dump(exclude_unset=True)), **named}
    activity, is_new = await use_cases.write_activity(session, access, values, zone=settings.zone)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, activity)
    return activity


@router.post("/{activity_id}/complete", response_model=ActivityOut, responses=MOVES)
async def complete_activity(
    activity_id: UUID,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
    body: CompleteIn | None = None,
) -> Activity:
    """Say that an activity took place; a series goes on with its next occurrence."""
    activity = await queries.get_activity(session, access, activity_id)
    check_revision(activity, expected)
    values = body.model_dump(exclude_unset=True) if body is not None else {}
    await use_cases.complete_activity(session, activity, values, zone=settings.zone)
    tag(response, activity)
    return activity


@router.post("/{activity_id}/miss", response_model=ActivityOut, responses=MOVES)
async def miss_activity(
    activity_id: UUID,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Activity:
    """Say that an activity did not take place; a series goes on with its next occurrence."""
    activity = await queries.get_activity(session, access, activity_id)
    check_revision(activity, expected)
    await use_cases.miss_activity(session, activity, zone=settings.zone)
    tag(response, activity)
    return activity


@router.post("/{activity_id}/cancel", response_model=ActivityOut, responses=MOVES)
async def cancel_activity(
    activity_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Activity:
    """Call an activity off, and with it the rest of its series."""
    activity = await queries.get_activity(session, access, activity_id)
    check_revision(activity, expected)
    await use_cases.cancel_activity(session, activity)
    tag(response, activity)
    return activity


@router.post("/{activity_id}/reschedule", response_model=ActivityOut, responses=MOVES)
async def reschedule_activity(
    activity_id: UUID,
    body: RescheduleIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Activity:
    """Put an activity at another time; a promise moves when that was agreed before its time."""
    activity = await queries.get_activity(session, access, activity_id)
    check_revision(activity, expected)
    await use_cases.reschedule_activity(
        session, activity, body.due_at, by_agreement=body.by_agreement
    )
    tag(response, activity)
    return activity


@router.post(
    "/{activity_id}/reopen",
    response_model=ActivityOut,
    responses=responses(ActivityNotFoundError, ActivityPlannedError),
)
async def reopen_activity(
    activity_id: UUID,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
    body: ReopenIn | None = None,
) -> Activity:
    """Plan a closed activity again, at a new time when one is given."""
    activity = await queries.get_activity(session, access, activity_id)
    check_revision(activity, expected)
    await use_cases.reopen_activity(session, activity, body.due_at if body is not None else None)
    tag(response, activity)
    return activity
