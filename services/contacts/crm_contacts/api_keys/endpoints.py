"""Routes of the API keys feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.api_keys import queries, use_cases
from crm_contacts.api_keys.errors import (
    ApiKeyNotFoundError,
    ApiKeyRevokedError,
    ExpiryPassedError,
    KeyMakesKeyError,
)
from crm_contacts.api_keys.fields import FIELDS, SORT
from crm_contacts.api_keys.models import ApiKey
from crm_contacts.api_keys.schemas import ApiKeyChangeIn, ApiKeyIn, ApiKeyMadeOut, ApiKeyOut
from crm_contacts.permissions import READ_API_KEYS, WRITE_API_KEYS
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/api-keys", tags=["API keys"])
LISTING = listing(FIELDS, sort=SORT)
Writer = Annotated[Access, require(WRITE_API_KEYS)]
REFUSALS = (ApiKeyNotFoundError, ApiKeyRevokedError, KeyMakesKeyError)


@router.get("", response_model=Page[ApiKeyOut], dependencies=[require(READ_API_KEYS)])
async def list_api_keys(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[dict[str, Any]]:
    """List API keys, revoked ones too; none shows the key itself."""
    page: Rows[ApiKey] = await list_page(session, queries.all_api_keys(), query)
    uses = await queries.last_uses(session, [key.id for key in page.items])
    shown = [_shown(key, uses) for key in page.items]
    return Rows(shown, page.next_cursor, page.total)


@router.post(
    "",
    response_model=ApiKeyMadeOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(KeyMakesKeyError, ExpiryPassedError),
)
@answer_is_not_kept
async def create_api_key(
    body: ApiKeyIn, access: Writer, session: SessionDep, response: Response
) -> dict[str, Any]:
    """Make a key; the answer has it, this once."""
    values = body.model_dump(exclude_unset=True)
    key, secret = await use_cases.create_api_key(session, access.actor, values)
    tag(response, key)
    response.headers["Cache-Control"] = "no-store"
    return {**_shown(key, {}), "key": secret}


@router.get(
    "/{key_id}",
    response_model=ApiKeyOut,
    responses=responses(ApiKeyNotFoundError),
    dependencies=[require(READ_API_KEYS)],
)
async def get_api_key(key_id: UUID, session: ReadSessionDep, response: Response) -> dict[str, Any]:
    """Return an API key, without the key itself."""
    key = await queries.get_api_key(session, key_id)
    return await _answer(session, key, response)


@router.patch(
    "/{key_id}", response_model=ApiKeyOut, responses=responses(*REFUSALS, ExpiryPassedError)
)
async def update_api_key(
    key_id: UUID,
    body: ApiKeyChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> dict[str, Any]:
    """Change a key's name, scopes, teams, limit or end; its role stays."""
    key = await queries.get_api_key(session, key_id)
    check_revision(key, expected)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_api_key(session, access.actor, key, values)
    return await _answer(session, key, response)


@router.post("/{key_id}/adopt", response_model=ApiKeyOut, responses=responses(*REFUSALS))
async def adopt_api_key(
    key_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> dict[str, Any]:
    """Answer for a key from now on: a key falls with the account of whoever answers for it."""
    key = await queries.get_api_key(session, key_id)
    check_revision(key, expected)
    await use_cases.adopt_api_key(session, access.actor, key)
    return await _answer(session, key, response)


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(*REFUSALS))
async def revoke_api_key(
    key_id: UUID, expected: IfMatch, access: Writer, session: SessionDep
) -> None:
    """Revoke a key: every service refuses it within the time of one event."""
    key = await queries.get_api_key(session, key_id)
    check_revision(key, expected)
    await use_cases.revoke_api_key(session, access.actor, key)


async def _answer(session: AsyncSession, key: ApiKey, response: Response) -> dict[str, Any]:
    tag(response, key)
    return _shown(key, await queries.last_uses(session, [key.id]))


def _shown(key: ApiKey, uses: dict[UUID, Any]) -> dict[str, Any]:
    names = ApiKeyOut.model_fields.keys() - {"last_used_at"}
    return {**{name: getattr(key, name) for name in names}, "last_used_at": uses.get(key.id)}
