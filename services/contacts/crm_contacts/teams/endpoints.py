"""Routes of the teams feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response, status

from crm_contacts.permissions import READ_TEAMS, WRITE_TEAMS
from crm_contacts.teams import queries, use_cases
from crm_contacts.teams.errors import (
    TeamCircleError,
    TeamExistsError,
    TeamInUseError,
    TeamNotFoundError,
    UnknownHeadError,
    UnknownParentError,
)
from crm_contacts.teams.fields import FIELDS, SORT
from crm_contacts.teams.models import Team
from crm_contacts.teams.schemas import TeamChangeIn, TeamFields, TeamIn, TeamOut
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/teams", tags=["teams"])
LISTING = listing(FIELDS, sort=SORT)
REFUSALS = (TeamExistsError, TeamCircleError, UnknownHeadError, UnknownParentError)


@router.get("", response_model=Page[TeamOut], dependencies=[require(READ_TEAMS)])
async def list_teams(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Team]:
    """List teams."""
    return await list_page(session, queries.all_teams(), query)


@router.post("/search", response_model=Page[TeamOut], dependencies=[require(READ_TEAMS)])
async def search_teams(body: SearchIn, session: ReadSessionDep) -> Rows[Team]:
    """List teams by a filter tree."""
    return await list_page(session, queries.all_teams(), LISTING.search(body))


@router.post(
    "",
    response_model=TeamOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
    dependencies=[require(WRITE_TEAMS)],
)
async def create_team(body: TeamIn, session: SessionDep, response: Response) -> Team:
    """Form a team."""
    team = await use_cases.create_team(session, body.model_dump())
    tag(response, team)
    return team


@router.get(
    "/{team_id}",
    response_model=TeamOut,
    responses=responses(TeamNotFoundError),
    dependencies=[require(READ_TEAMS)],
)
async def get_team(team_id: UUID, session: ReadSessionDep, response: Response) -> Team:
    """Return a team."""
    team = await queries.get_team(session, team_id)
    tag(response, team)
    return team


@router.patch(
    "/{team_id}",
    response_model=TeamOut,
    responses=responses(TeamNotFoundError, *REFUSALS),
    dependencies=[require(WRITE_TEAMS)],
)
async def update_team(
    team_id: UUID, body: TeamChangeIn, expected: IfMatch, session: SessionDep, response: Response
) -> Team:
    """Change a team."""
    team = await queries.get_team(session, team_id)
    check_revision(team, expected)
    await use_cases.update_team(session, team, body.model_dump(exclude_unset=True))
    tag(response, team)
    return team


@router.delete(
    "/{team_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(TeamNotFoundError, TeamInUseError),
    dependencies=[require(WRITE_TEAMS)],
)
async def delete_team(team_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Dissolve a team that nobody belongs to any more."""
    team = await queries.get_team(session, team_id)
    check_revision(team, expected)
    await use_cases.delete_team(session, team)


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=TeamOut,
    responses=responses(*REFUSALS),
    dependencies=[require(WRITE_TEAMS)],
)
async def upsert_team(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: TeamFields,
    session: SessionDep,
    response: Response,
) -> Team:
    """Create or change the team that another system knows by this id."""
    values = body.model_dump(exclude_unset=True)
    team, is_new = await use_cases.upsert_team(session, system, external_id, values)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, team)
    return team
