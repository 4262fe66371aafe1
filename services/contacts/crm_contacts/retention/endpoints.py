"""Routes of retention, beside the workspace that says how long things are kept."""

from typing import Annotated, Any

from fastapi import Depends, status

from crm_contacts.permissions import READ_AUDIT, WRITE_WORKSPACE
from crm_contacts.retention import queries, use_cases
from crm_contacts.retention.fields import LISTING
from crm_contacts.retention.models import RetentionReport
from crm_contacts.retention.schemas import DryRunIn, DryRunOut, RetentionOut, RetentionReportOut
from crm_contacts.workspace.queries import get_workspace
from crm_shared.http.auth import require
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/workspace/retention", tags=["workspace"])


@router.get("", response_model=RetentionOut, dependencies=[require(READ_AUDIT)])
async def get_retention(session: ReadSessionDep) -> dict[str, Any]:
    """Return how long what is kept, and what has gone because of it in every service."""
    workspace = await get_workspace(session)
    removed = await queries.removed_in_all(session)
    return {"retention": workspace.retention, "removed": removed}


@router.get("/reports", response_model=Page[RetentionReportOut], dependencies=[require(READ_AUDIT)])
async def list_retention_reports(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[RetentionReport]:
    """List what the services removed, and what they would; a dry run by its `request_id`."""
    return await list_page(session, queries.all_reports(), query)


@router.post(
    "/dry-run",
    response_model=DryRunOut,
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[require(WRITE_WORKSPACE)],
)
async def try_retention(body: DryRunIn, session: SessionDep) -> dict[str, Any]:
    """Ask every service what would go; nothing is removed."""
    wanted: Any = body.retention
    if wanted is None:
        wanted = (await get_workspace(session)).retention
    days = {kind: some for kind, some in wanted.items() if some}
    return {"request_id": await use_cases.ask(session, days)}
