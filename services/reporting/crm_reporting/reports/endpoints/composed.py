"""Routes of the reports that are put together from their definitions."""

import asyncio
from typing import Annotated, Any, Literal

import structlog
from fastapi import Depends, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.errors import QuestionError
from crm_reporting.permissions import NEEDED, READ_CATALOGUE, READ_METRICS
from crm_reporting.reports.endpoints.questions import Wanted, asked_of, wanted
from crm_reporting.reports.errors import (
    NoSuchTableError,
    PictureFailedError,
    ReportNotFoundError,
)
from crm_reporting.reports.rules import files, pages, pictures
from crm_reporting.reports.rules.definitions import REPORTS, Definition
from crm_reporting.reports.rules.drawn import is_worth_drawing
from crm_reporting.reports.rules.formats import TYPES, Format, media_type
from crm_reporting.reports.rules.tables import Report, Table
from crm_reporting.reports.schemas.composed import ComposedOut, ReportsOut, entry, told
from crm_reporting.reports.use_cases.composing import compose, compose_past
from crm_reporting.reports.use_cases.drawing import draw
from crm_shared.actor import Access, Actor
from crm_shared.errors import ForbiddenError
from crm_shared.http.auth import require
from crm_shared.http.exchange import exchange_of
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

BYTES = {"schema": {"type": "string", "format": "binary"}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: BYTES for one, kind in TYPES.items() if one is not Format.JSON}}
}
DRAWN = {Format.SVG, Format.PNG}
log = structlog.get_logger()
router = service_router(prefix="/v1/reports", tags=["reports"])


@router.get("")
async def list_reports(access: Annotated[Access, require(READ_CATALOGUE)]) -> ReportsOut:
    """List the reports that the caller may read: titles, what stands in them, for whom they are.

    Each is read by its `url` in every one of its formats; `packs` are the roles in a company that
    a report is made for.
    """
    return ReportsOut(
        items=[entry(one) for one in REPORTS.values() if _may_read(access.actor, one)]
    )


@router.get(
    "/{report_id}",
    response_model=ComposedOut,
    responses=ANSWERS
    | responses(
        ReportNotFoundError, QuestionError, NoSuchTableError, FieldHiddenError, PictureFailedError
    ),
)
async def get_report(
    report_id: Annotated[str, Path(max_length=40)],
    request: Request,
    access: Annotated[Access, require(READ_METRICS)],
    session: ReadSessionDep,
    asks: Annotated[Wanted, Depends(wanted)],
) -> Any:
    """Tell a report of a period: as JSON, CSV, XLSX, as a picture (SVG, PNG), or as a page.

    The format is `format`, else what Accept likes best; the language `lang`, else
    Accept-Language. Without days it is this year so far (the forecast: this quarter). Filters are
    those of the metrics, and totals, scope and hidden fields too: what may not be told is null
    with its reason. `table` names one table or picture of several. `as_of` tells it as it was known
    at that instant; a report with a table that only knows the present is refused by that name.
    """
    definition = REPORTS.get(report_id)
    if definition is None:
        raise ReportNotFoundError
    if not _may_read(access.actor, definition):
        raise ForbiddenError("Your role may not read this report.", permission=definition.needs)
    return await answer_of(definition, asks, request, access, session)


async def answer_of(
    definition: Definition, asks: Wanted, request: Request, access: Access, session: AsyncSession
) -> Any:
    """Put a report together and return it in the format that is wanted."""
    asked = asked_of(definition, asks, request, access)
    if asks.told.as_of is None:
        report = await compose(session, asked)
        await release(session)
    else:
        async with exchange_of(request).resources.sessions() as past:
            report = await compose_past(past, asked)
    return await answer(report, asks)


async def release(session: AsyncSession) -> None:
    """Give the connection back: drawing takes seconds, and the pool is for those who ask."""
    await session.close()


async def answer(report: Report, asks: Wanted) -> Any:
    """Return a report in the format that is wanted; JSON as its body."""
    if asks.format in DRAWN:
        return await _picture(report, asks)
    tables = _tables(report, asks.table, {table.id: table for table in report.tables})
    if asks.format is Format.HTML:
        return await page_of(report, tables)
    if asks.format is Format.JSON:
        return told(report)
    write = files.csv_of if asks.format is Format.CSV else files.xlsx_of
    # a workbook of long tables takes a while: the loop answers others meanwhile
    content = await asyncio.to_thread(write, report, tables)
    return _response(report, asks.format, content)


async def page_of(report: Report, tables: list[Table]) -> Response:
    """Return the page that prints, its pictures inside."""
    drawn = [table for table in tables if is_worth_drawing(table)]
    specs = [pictures.picture_of(report, table, titled=False) for table in drawn]
    try:
        found = await draw(specs, "svg", pictures.LOCALES[report.language])
    except PictureFailedError:
        # the tables tell the same: a page without pictures is better than none
        log.warning("page-without-pictures", report=report.definition.id)
        drawn, found = [], []
    by_table = {table.id: svg.decode() for table, svg in zip(drawn, found, strict=True)}
    headers = {"Content-Security-Policy": pages.POLICY, "Content-Language": report.language}
    return Response(
        pages.page(report, by_table), media_type=media_type(Format.HTML), headers=headers
    )


async def _picture(report: Report, asks: Wanted) -> Response:
    drawn = {table.id: table for table in report.tables if table.picture}
    [table, *_others] = _tables(report, asks.table, drawn)
    spec = pictures.picture_of(report, table)
    kind: Literal["svg", "png"] = "svg" if asks.format is Format.SVG else "png"
    [content] = await draw([spec], kind, pictures.LOCALES[report.language])
    return _response(report, asks.format, content)


def _response(report: Report, format_: Format, content: bytes) -> Response:
    then = f"-as-of-{report.as_of:%Y%m%dT%H%M%SZ}" if report.is_past else ""
    name = f"{report.definition.id}-{report.start}-{report.end}{then}.{format_}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Language": report.language,
    }
    return Response(content, media_type=media_type(format_), headers=headers)


def _tables(report: Report, wanted_: str | None, known: dict[str, Table]) -> list[Table]:
    if wanted_ is None and known:
        return list(known.values())
    if wanted_ not in known:
        raise NoSuchTableError(tuple(known))
    return [known[wanted_]]


def _may_read(actor: Actor, definition: Definition) -> bool:
    needed = NEEDED.get(definition.needs, READ_METRICS)
    return needed.reach(actor) is not None
