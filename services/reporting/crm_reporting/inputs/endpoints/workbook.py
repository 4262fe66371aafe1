"""The workbook of all inputs: downloaded, filled in, uploaded."""

import asyncio
from typing import Annotated, Any

from fastapi import Request, Response

from crm_reporting.inputs import queries
from crm_reporting.inputs.errors import WorkbookError
from crm_reporting.inputs.rules import workbooks
from crm_reporting.inputs.rules.sheets import SHEETS
from crm_reporting.inputs.rules.workbooks import CellFault
from crm_reporting.inputs.schemas.rows import cells_of, entries_of
from crm_reporting.inputs.schemas.shown import WorkbookOut
from crm_reporting.inputs.use_cases import taking
from crm_reporting.permissions import READ_INPUTS, WRITE_INPUTS
from crm_reporting.rates.queries import newest_rates
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.errors import FieldError
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OCTETS = "application/octet-stream"
MOST_BYTES = 8 * 1024 * 1024
BYTES = {"schema": {"type": "string", "format": "binary"}}
BINARY = {"content": {XLSX: BYTES}}
SENT = {"requestBody": {"required": True, "content": {XLSX: BYTES, OCTETS: BYTES}}}
WORKBOOK: dict[int | str, dict[str, Any]] = {200: BINARY}
router = service_router(prefix="/v1/effect/workbook", tags=["effect"])


@router.get("", dependencies=[require(READ_INPUTS)], responses=WORKBOOK)
async def download_workbook(session: ReadSessionDep) -> Response:
    """Download baselines, plans, costs, staff, investments and rates as one XLSX workbook.

    Sheets and columns are named in English, Ukrainian and Russian; the sheet `notes` says how to
    fill it in. What somebody typed stays text: no cell of it is run as a formula.
    """
    rows = {}
    for sheet in SHEETS:
        noun = taking.BY_SHEET.get(sheet.noun)
        found = await (queries.list_rows(session, noun.model) if noun else newest_rates(session))
        rows[sheet.noun] = [cells_of(row, sheet.columns) for row in found]
    file = await asyncio.to_thread(workbooks.write, rows)
    named = {"Content-Disposition": 'attachment; filename="crm-inputs.xlsx"'}
    return Response(file, media_type=XLSX, headers=named)


@router.put(
    "",
    responses=responses(WorkbookError),
    max_body_size=MOST_BYTES,
    openapi_extra=SENT,
)
async def upload_workbook(
    request: Request,
    access: Annotated[Access, require(WRITE_INPUTS)],
    session: SessionDep,
    settings: SettingsDep,
) -> WorkbookOut:
    """Take a filled-in workbook: all of its rows, or none.

    Rows with an id are changed, those without are new, missing ones stay as they are. A row that
    somebody changed since the download is refused, unless its revision is emptied. A 422
    names every wrong cell by `/sheet/cell` with the rule it breaks.
    """
    file = await request.body()
    try:
        rows, faults = await asyncio.to_thread(workbooks.read, file)
    except workbooks.UnreadableError as unreadable:
        raise WorkbookError(FieldError("", "unreadable", f"Not taken: {unreadable}.")) from None
    broken = {(fault.sheet, fault.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for fault in faults}
    whole = [row for row in rows if (row.sheet.noun, str(row.number)) not in broken]
    entries, unfit = entries_of(whole)
    given = [(each.row, each.id, each.revision, each.values) for each in entries]
    # also where cells are wrong already: whoever mends them should not be told of others then
    with context.as_bulk():
        taken, refused = await taking.take_rows(session, access.actor, given, settings.currency)
    _refuse([*faults, *unfit, *refused])
    return WorkbookOut(**taken)


def _refuse(faults: list[CellFault]) -> None:
    if faults:
        raise WorkbookError(
            *(FieldError(f"/{each.sheet}/{each.cell}", each.code, each.detail) for each in faults),
            detail="Some cells break a rule; nothing was taken.",
        )
