"""Routes of the workspace feature."""

from datetime import UTC, timedelta
from typing import Annotated, Any

from fastapi import Query, Response

from crm_contacts.audit.statements import note
from crm_contacts.contacts.schemas import Instant
from crm_contacts.nouns.catalogue.bodies import SHOWN
from crm_contacts.permissions import READ_WORKSPACE, WRITE_WORKSPACE
from crm_contacts.settings import Settings, SettingsDep
from crm_contacts.workspace import queries, use_cases
from crm_contacts.workspace.errors import (
    InvalidCalendarError,
    NobodyWorksError,
    WorkspaceBusyError,
)
from crm_contacts.workspace.models import POLICIES, Workspace
from crm_contacts.workspace.rules import faults_of_policies
from crm_contacts.workspace.schemas import (
    DueOut,
    WorkingTimeOut,
    WorkspaceChangeIn,
    WorkspaceOut,
)
from crm_shared.errors import FieldError, InvalidError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.working_time import NoWorkingTimeError, add_working_time, working_time_between

router = service_router(prefix="/v1/workspace", tags=["workspace"])
# an answer must not take minutes to count
LONGEST = timedelta(days=3660)


def shown(workspace: Workspace, settings: Settings) -> dict[str, Any]:
    return {
        **{
            name: getattr(workspace, name)
            for name in ("id", "schedules", "special_days", *POLICIES)
        },
        "revision": workspace.revision,
        "languages": list(settings.language_list),
        "time_zone": settings.time_zone,
        "currency": settings.currency,
    }


@router.get("", response_model=WorkspaceOut, dependencies=[require(READ_WORKSPACE)])
async def get_workspace(
    session: ReadSessionDep, settings: SettingsDep, response: Response
) -> dict[str, Any]:
    """Return languages, time zone, weekly hours by date, holidays and moved days."""
    workspace = await queries.get_workspace(session)
    tag(response, workspace)
    return shown(workspace, settings)


@router.patch(
    "",
    response_model=WorkspaceOut,
    responses=responses(InvalidCalendarError, WorkspaceBusyError),
    dependencies=[require(WRITE_WORKSPACE)],
)
async def update_workspace(
    body: WorkspaceChangeIn,
    expected: IfMatch,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> dict[str, Any]:
    """Change the working calendar or policies; deadlines that are set already stay."""
    values = body.model_dump(mode="json", exclude_unset=True)
    if faults := faults_of_policies(values, SHOWN):
        raise InvalidError(*faults)
    workspace = await use_cases.update_workspace(
        session,
        values,
        time_zone=settings.time_zone,
        check=lambda row: check_revision(row, expected),
    )
    if told := sorted(values.keys() & set(POLICIES)):
        await note(session, "policies-changed", details={"policies": told})
    tag(response, workspace)
    return shown(workspace, settings)


@router.get(
    "/due",
    response_model=DueOut,
    responses=responses(NobodyWorksError),
    dependencies=[require(READ_WORKSPACE)],
)
async def when_is_it_due(
    start: Instant,
    within: Annotated[timedelta, Query(description="working time as ISO 8601, e.g. PT8H")],
    session: ReadSessionDep,
    settings: SettingsDep,
) -> dict[str, Any]:
    """Tell when so much working time has passed."""
    if not timedelta(0) <= within <= LONGEST:
        raise _beyond("/within")
    calendar = await queries.working_calendar(session, settings.zone)
    try:
        return {"due_at": add_working_time(calendar, start, within)}
    except (NoWorkingTimeError, OverflowError) as never:
        raise NobodyWorksError("/within") from never


@router.get("/working-time", response_model=WorkingTimeOut, dependencies=[require(READ_WORKSPACE)])
async def how_long_was_worked(
    start: Instant, end: Instant, session: ReadSessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Tell how much working time lies between two instants."""
    if end - start > LONGEST:
        raise _beyond("/end")
    calendar = await queries.working_calendar(session, settings.zone)
    worked = working_time_between(calendar, start.astimezone(UTC), end.astimezone(UTC))
    return {"working_time": worked, "seconds": int(worked.total_seconds())}


def _beyond(pointer: str) -> InvalidError:
    return InvalidError(FieldError(pointer, "out-of-range", "At most ten years, and forwards."))
