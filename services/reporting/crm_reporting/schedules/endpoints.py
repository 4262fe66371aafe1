"""Routes of the schedules, and the one behind the links of letters."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.rules.questions import Around, Parameters
from crm_reporting.permissions import NEEDED, READ_METRICS, READ_SCHEDULES, WRITE_SCHEDULES
from crm_reporting.reports.endpoints.composed import answer, release
from crm_reporting.reports.endpoints.questions import Wanted
from crm_reporting.reports.rules.definitions import REPORTS
from crm_reporting.reports.rules.formats import LANGUAGES, Format
from crm_reporting.reports.use_cases.asking import Asked
from crm_reporting.reports.use_cases.composing import compose
from crm_reporting.schedules import queries, use_cases
from crm_reporting.schedules.errors import LinkError, RecipientError, ScheduleNotFoundError
from crm_reporting.schedules.fields import SCHEDULES
from crm_reporting.schedules.models import ReportSchedule
from crm_reporting.schedules.rules import Span, days_of, faults_of
from crm_reporting.schedules.schemas import ReportScheduleIn, ReportScheduleOut
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import local_day, utc_now
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.filters import And, parse_query
from crm_shared.http.auth import public, require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.exchange import exchange_of
from crm_shared.http.pagination import ListQuery, Page, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep
from crm_shared.links import read_link

LINK = "report"
router = service_router(prefix="/v1/reports", tags=["reports"])
Reader = Annotated[Access, require(READ_SCHEDULES)]
Writer = Annotated[Access, require(WRITE_SCHEDULES)]


@router.get("/schedules", response_model=Page[ReportScheduleOut])
async def list_report_schedules(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(SCHEDULES)]
) -> Any:
    """List which reports go when to whom, within one's scope."""
    return await list_page(session, queries.schedules_within(access), query)


@router.post(
    "/schedules", response_model=ReportScheduleOut, status_code=201,
    responses=responses(RecipientError),
)  # fmt: skip
async def schedule_report(
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    body: ReportScheduleIn,
    response: Response,
) -> Any:
    """Have a report sent by days of the week and o'clock of the company, to colleagues only.

    What goes out is a letter with a link, when a message rule waits for
    `crm.reporting.report.due.v1`; behind it each reader finds what he may see himself.
    """
    row = await use_cases.schedule_report(session, access, body.model_dump(), settings.zone)
    response.headers["Location"] = f"/v1/reports/schedules/{row.id}"
    tag(response, row)
    return row


@router.get(
    "/schedules/{schedule_id}",
    response_model=ReportScheduleOut,
    responses=responses(ScheduleNotFoundError),
)
async def get_report_schedule(
    schedule_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Any:
    """Read one schedule within one's scope."""
    row = await queries.get_schedule(session, access, schedule_id)
    tag(response, row)
    return row


async def _schedule(schedule_id: UUID, access: Writer, session: SessionDep) -> ReportSchedule:
    return await queries.get_schedule(session, access, schedule_id)


@router.put(
    "/schedules/{schedule_id}",
    response_model=ReportScheduleOut,
    responses=responses(ScheduleNotFoundError, ChangedMeanwhileError, RecipientError),
)
async def change_report_schedule(
    row: Annotated[ReportSchedule, Depends(_schedule)],
    body: ReportScheduleIn,
    access: Writer,
    expected: IfMatch,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Any:
    """Change a schedule: every value is replaced."""
    values = body.model_dump()
    await use_cases.change_schedule(session, access, row, values, settings.zone, expected=expected)
    tag(response, row)
    return row


@router.delete(
    "/schedules/{schedule_id}",
    status_code=204,
    responses=responses(ScheduleNotFoundError, ChangedMeanwhileError),
)
async def stop_report_schedule(
    row: Annotated[ReportSchedule, Depends(_schedule)], expected: IfMatch, session: SessionDep
) -> None:
    """Send it no more; the links that were sent open nothing from now on."""
    await use_cases.stop_schedule(session, row, expected=expected)


@router.get(
    "/sent/{token}",
    dependencies=[public()],
    response_class=Response,
    responses=responses(LinkError),
)
async def open_sent_report(
    token: Annotated[str, Path(max_length=200)],
    request: Request,
    session: ReadSessionDep,
    settings: SettingsDep,
) -> Any:
    """Open the report that a letter leads to, as its reader may see it now.

    The link proves itself and runs out; it opens nothing once its reader has left, lost the right,
    or the schedule was stopped or sends him nothing any more.
    """
    delivery_id = read_link(settings.link_key, LINK, token, now=utc_now())
    if delivery_id is None:
        raise LinkError
    delivery, row = await queries.get_delivery(session, delivery_id)
    actor = (await queries.colleagues(session, [delivery.recipient_id])).get(delivery.recipient_id)
    scope = READ_METRICS.reach(actor) if actor else None
    definition = REPORTS.get(row.report)
    if actor is None or scope is None or definition is None:
        raise LinkError
    if NEEDED[definition.needs].reach(actor) is None:
        raise LinkError
    period = days_of(Span(row.period), local_day(delivery.due_at, settings.zone))
    if faults_of(row.report, row.filters):
        raise LinkError
    comparisons, _errors = parse_query(list(row.filters.items()), FIELDS)
    hidden = exchange_of(request).resources.hidden_from(actor.role)
    asked = Asked(
        definition,
        Parameters(period.start, period.end),
        And(tuple(comparisons)),
        Around(Access(actor, scope), utc_now(), settings.zone, settings.currency),
        next(one for one in LANGUAGES if one == row.language),
        hidden,
    )
    with context.use(replace(context.current(), actor=actor, hidden=hidden)):
        report = await compose(session, asked)
    await release(session)
    return await answer(report, Wanted(asked.told, Format(row.format), asked.language, None))
