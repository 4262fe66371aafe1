"""Routes of the alarms feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_reporting.alarms import queries, use_cases
from crm_reporting.alarms.errors import (
    AlarmNotFoundError,
    AlarmOutsideScopeError,
    NotWatchableError,
    UnknownColleagueError,
)
from crm_reporting.alarms.fields import ALARMS
from crm_reporting.alarms.models import Alarm, AlarmCheck
from crm_reporting.alarms.schemas import AlarmCheckOut, AlarmIn, AlarmOut
from crm_reporting.permissions import READ_ALARMS, WRITE_ALARMS
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/alarms", tags=["alarms"])
Reader = Annotated[Access, require(READ_ALARMS)]
Writer = Annotated[Access, require(WRITE_ALARMS)]
REFUSED = (
    AlarmOutsideScopeError, NotWatchableError, UnknownColleagueError, FieldHiddenError,
)  # fmt: skip


async def _alarm(alarm_id: UUID, access: Writer, session: SessionDep) -> Alarm:
    # before the body is read: outside one's scope there is nothing, whatever is sent
    return await queries.get_alarm(session, queries.within(access), alarm_id)


AlarmDep = Annotated[Alarm, Depends(_alarm)]


@router.get("", response_model=Page[AlarmOut])
async def list_alarms(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(ALARMS)]
) -> Any:
    """List alarms: those within one's scope, and those by which one is told."""
    return await list_page(session, queries.seen(access), query)


@router.post("/search", response_model=Page[AlarmOut])
async def search_alarms(access: Reader, session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.seen(access), search_query(body, ALARMS))


@router.post("", response_model=AlarmOut, status_code=201, responses=responses(*REFUSED))
async def create_alarm(
    body: AlarmIn, access: Writer, session: SessionDep, settings: SettingsDep, response: Response
) -> Alarm:
    """Let colleagues be told when a metric crosses a bound, or a customer's rhythm breaks (K53).

    A metric is that of the last `days`, over the facts its maker may see; it is raised once when
    it passes `bound`, and again only after it came back to `release`. A rhythm is broken when more
    than twice a customer's own median interval has passed. Told in the inbox, kind `alarm`.
    """
    basis = Basis(settings.zone, settings.currency)
    alarm = await use_cases.create_alarm(session, access, body.values(), basis)
    response.headers["Location"] = f"/v1/alarms/{alarm.id}"
    tag(response, alarm)
    return alarm


@router.get("/{alarm_id}", response_model=AlarmOut, responses=responses(AlarmNotFoundError))
async def get_alarm(
    alarm_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Alarm:
    """Return an alarm."""
    alarm = await queries.get_alarm(session, queries.seen(access), alarm_id)
    tag(response, alarm)
    return alarm


@router.get(
    "/{alarm_id}/check",
    response_model=AlarmCheckOut,
    responses=responses(AlarmNotFoundError, NotWatchableError, FieldHiddenError),
)
async def get_alarm_check(
    alarm_id: UUID, access: Reader, session: ReadSessionDep, settings: SettingsDep
) -> AlarmCheck:
    """Tell when an alarm was last looked at, and what the metric was then."""
    alarm = await queries.get_alarm(session, queries.within(access), alarm_id)
    basis = Basis(settings.zone, settings.currency)
    await use_cases.refuse_what_is_hidden(session, alarm, access.actor, basis)
    return await queries.check_of(session, alarm.id)


@router.put(
    "/{alarm_id}",
    response_model=AlarmOut,
    responses=responses(AlarmNotFoundError, ChangedMeanwhileError, *REFUSED),
)
async def replace_alarm(
    alarm: AlarmDep,
    body: AlarmIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Alarm:
    """Replace an alarm; one that watches something else begins anew."""
    check_revision(alarm, expected)
    basis = Basis(settings.zone, settings.currency)
    await use_cases.replace_alarm(session, access, alarm, body.values(), basis)
    tag(response, alarm)
    return alarm


@router.delete(
    "/{alarm_id}",
    status_code=204,
    responses=responses(AlarmNotFoundError, ChangedMeanwhileError),
)
async def delete_alarm(alarm: AlarmDep, expected: IfMatch, session: SessionDep) -> None:
    """Put an alarm away."""
    check_revision(alarm, expected)
    await use_cases.delete_alarm(session, alarm)
