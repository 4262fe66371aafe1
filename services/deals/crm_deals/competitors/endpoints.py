"""Routes of the competitors feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.competitors import queries, use_cases
from crm_deals.competitors.errors import (
    CompetitorExternalIdTakenError,
    CompetitorLabelTakenError,
    CompetitorNotFoundError,
)
from crm_deals.competitors.fields import COMPETITOR_LISTING
from crm_deals.competitors.models import Competitor
from crm_deals.competitors.schemas import CompetitorIn, CompetitorOut, PatchCompetitorIn
from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/competitors", tags=["competitors"])
Reading = [require(READ_CONFIGURATION)]
Writing = [require(WRITE_CONFIGURATION)]


@router.get(
    "", response_model=Page[CompetitorOut], dependencies=Reading, operation_id="list_competitors"
)
async def list_competitors(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(COMPETITOR_LISTING)]
) -> Rows[Competitor]:
    """List the competitors that may be named."""
    return await list_page(session, queries.all_competitors(), query)


@router.post(
    "",
    response_model=CompetitorOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(CompetitorLabelTakenError),
    operation_id="create_competitor",
)
async def create_competitor(
    session: SessionDep, body: CompetitorIn, response: Response
) -> Competitor:
    """Add a competitor, so that lost deals may name it."""
    competitor = await use_cases.create_competitor(session, body.model_dump())
    response.headers["Location"] = f"/v1/competitors/{competitor.id}"
    tag(response, competitor)
    return competitor


@router.get(
    "/{competitor_id}",
    response_model=CompetitorOut,
    dependencies=Reading,
    responses=responses(CompetitorNotFoundError),
    operation_id="get_competitor",
)
async def get_competitor(
    competitor_id: UUID, session: ReadSessionDep, response: Response
) -> Competitor:
    """Read one competitor."""
    competitor = await queries.get_competitor(session, competitor_id)
    tag(response, competitor)
    return competitor


@router.patch(
    "/{competitor_id}",
    response_model=CompetitorOut,
    dependencies=Writing,
    responses=responses(CompetitorNotFoundError, CompetitorLabelTakenError, ChangedMeanwhileError),
    operation_id="update_competitor",
)
async def update_competitor(
    competitor_id: UUID,
    body: PatchCompetitorIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Competitor:
    """Relabel a competitor: deals that were lost to it show the new label."""
    competitor = await queries.get_competitor(session, competitor_id)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_competitor(session, competitor, values, expected=expected)
    tag(response, competitor)
    return competitor


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=CompetitorOut,
    dependencies=Writing,
    responses=responses(CompetitorLabelTakenError, CompetitorExternalIdTakenError),
    operation_id="put_competitor",
)
async def put_competitor(
    system: str, external_id: str, body: CompetitorIn, session: SessionDep, response: Response
) -> Competitor:
    """Create or change the competitor that another system knows under this id."""
    values = body.model_dump(exclude_unset=True)
    competitor, result = await use_cases.put_competitor(session, (system, external_id), values)
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, competitor)
    return competitor


@router.delete(
    "/{competitor_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(CompetitorNotFoundError, ChangedMeanwhileError),
    operation_id="delete_competitor",
)
async def delete_competitor(competitor_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take a competitor out of the dictionary; deals keep it."""
    await use_cases.delete_competitor(session, competitor_id, expected=expected)
