"""Routes of the users feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status

from crm_contacts.permissions import READ_USERS, WRITE_USERS
from crm_contacts.users import queries, use_cases
from crm_contacts.users.errors import (
    InvalidEmailError,
    LastAdminError,
    UnknownTeamError,
    UserExistsError,
    UserNotFoundError,
)
from crm_contacts.users.fields import FIELDS, SORT
from crm_contacts.users.models import User
from crm_contacts.users.schemas import (
    ExternalId,
    System,
    UserChangeIn,
    UserFields,
    UserIn,
    UserOut,
)
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/users", tags=["users"])
LISTING = listing(FIELDS, sort=SORT)
REFUSALS = (UserExistsError, InvalidEmailError, UnknownTeamError)


@router.get("", response_model=Page[UserOut], dependencies=[require(READ_USERS)])
async def list_users(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[User]:
    """List users."""
    return await list_page(session, queries.all_users(), query)


@router.post("/search", response_model=Page[UserOut], dependencies=[require(READ_USERS)])
async def search_users(body: SearchIn, session: ReadSessionDep) -> Rows[User]:
    """List users by a filter tree."""
    return await list_page(session, queries.all_users(), LISTING.search(body))


@router.post(
    "",
    response_model=UserOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(*REFUSALS),
    dependencies=[require(WRITE_USERS)],
)
async def create_user(body: UserIn, session: SessionDep, response: Response) -> User:
    """Give somebody an account; without a password he cannot sign in yet."""
    user = await use_cases.create_user(session, body.model_dump(exclude_none=True))
    tag(response, user)
    return user


@router.get(
    "/{user_id}",
    response_model=UserOut,
    responses=responses(UserNotFoundError),
    dependencies=[require(READ_USERS)],
)
async def get_user(user_id: UUID, session: ReadSessionDep, response: Response) -> User:
    """Return a user."""
    user = await queries.get_user(session, user_id)
    tag(response, user)
    return user


@router.patch(
    "/{user_id}",
    response_model=UserOut,
    responses=responses(UserNotFoundError, LastAdminError, *REFUSALS),
    dependencies=[require(WRITE_USERS)],
)
async def update_user(
    user_id: UUID, body: UserChangeIn, expected: IfMatch, session: SessionDep, response: Response
) -> User:
    """Change a user; switching one off ends his access everywhere."""
    user = await queries.get_user(session, user_id)
    check_revision(user, expected)
    await use_cases.update_user(session, user, body.model_dump(exclude_unset=True))
    tag(response, user)
    return user


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=UserOut,
    responses=responses(LastAdminError, *REFUSALS),
    dependencies=[require(WRITE_USERS)],
)
async def upsert_user(
    system: System,
    external_id: ExternalId,
    body: UserFields,
    session: SessionDep,
    response: Response,
) -> User:
    """Create or change the user that another system knows by this id."""
    values = body.model_dump(exclude_unset=True)
    user, is_new = await use_cases.upsert_user(session, system, external_id, values)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, user)
    return user
