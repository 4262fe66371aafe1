"""Routes of the rebuild."""

from typing import Annotated

from crm_reporting.permissions import REBUILD
from crm_reporting.rebuilds import queries, use_cases
from crm_reporting.rebuilds.errors import RebuildNotFoundError, RebuildRunsError
from crm_reporting.rebuilds.models import Rebuild
from crm_reporting.rebuilds.schemas import RebuildOut
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/ops/rebuild", tags=["operations"])


@router.post("", status_code=202, response_model=RebuildOut, responses=responses(RebuildRunsError))
async def start_rebuild(
    access: Annotated[Access, require(REBUILD)], session: SessionDep
) -> Rebuild:
    """Have all counters built anew from the ledger, while the present ones keep answering."""
    return await use_cases.ask_for_rebuild(session, access.actor)


@router.get("", response_model=RebuildOut, responses=responses(RebuildNotFoundError))
async def get_rebuild(
    _access: Annotated[Access, require(REBUILD)], session: ReadSessionDep
) -> Rebuild:
    """Tell how far the newest rebuild is."""
    return await queries.get_latest(session)
