"""Routes of the claims feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.claims import queries, use_cases
from crm_deals.claims.errors import ClaimExternalIdTakenError, ClaimNotFoundError
from crm_deals.claims.fields import CLAIM_LISTING
from crm_deals.claims.models import Claim
from crm_deals.claims.schemas import ClaimIn, ClaimOut, PatchClaimIn, PutClaimIn
from crm_deals.permissions import READ_MONEY, WRITE_MONEY
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/claims", tags=["claims"])
Reading = Annotated[Access, require(READ_MONEY)]
Writing = Annotated[Access, require(WRITE_MONEY)]


@router.get("", response_model=Page[ClaimOut], operation_id="list_claims")
async def list_claims(
    access: Reading,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(CLAIM_LISTING)],
) -> Rows[Claim]:
    """List claims: `deal_id=…`, `kind=complaint&status=open`."""
    return await list_page(session, queries.visible_claims(access), query)


@router.post("/search", response_model=Page[ClaimOut], operation_id="search_claims")
async def search_claims(access: Reading, session: ReadSessionDep, body: SearchIn) -> Rows[Claim]:
    """Search claims by a filter tree of and, or, not."""
    wanted = search_query(body, CLAIM_LISTING)
    return await list_page(session, queries.visible_claims(access), wanted)


@router.post(
    "",
    response_model=ClaimOut,
    status_code=201,
    responses=responses(ClaimExternalIdTakenError),
    operation_id="record_claim",
)
async def record_claim(
    access: Writing,
    session: SessionDep,
    body: ClaimIn,
    response: Response,
    settings: SettingsDep,
) -> Claim:
    """Record what a customer wants made good, or what we want of a customer."""
    claim = await use_cases.record_claim(session, access, body.given(), currency=settings.currency)
    response.headers["Location"] = f"/v1/claims/{claim.id}"
    tag(response, claim)
    return claim


@router.get(
    "/{claim_id}",
    response_model=ClaimOut,
    responses=responses(ClaimNotFoundError),
    operation_id="get_claim",
)
async def get_claim(
    claim_id: UUID, access: Reading, session: ReadSessionDep, response: Response
) -> Claim:
    """Read one claim."""
    claim = await queries.get_claim(session, access, claim_id)
    await follow(session, [claim], CLAIM_LISTING.fields)
    tag(response, claim)
    return claim


@router.patch(
    "/{claim_id}",
    response_model=ClaimOut,
    responses=responses(ClaimNotFoundError, ChangedMeanwhileError),
    operation_id="update_claim",
)
async def update_claim(
    claim_id: UUID,
    body: PatchClaimIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Claim:
    """Change a claim: accept, reject, settle or reopen it by its status."""
    claim = await use_cases.update_claim(session, access, claim_id, body.given(), expected=expected)
    tag(response, claim)
    return claim


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=ClaimOut,
    responses=responses(ClaimNotFoundError, ClaimExternalIdTakenError),
    operation_id="put_claim",
)
async def put_claim(
    system: str,
    external_id: str,
    body: PutClaimIn,
    access: Writing,
    session: SessionDep,
    response: Response,
    settings: SettingsDep,
) -> Claim:
    """Record or change the claim that another system knows under this id."""
    claim, result = await use_cases.put_claim(
        session, access, (system, external_id), body.given(), currency=settings.currency
    )
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, claim)
    return claim


@router.delete(
    "/{claim_id}",
    status_code=204,
    responses=responses(ClaimNotFoundError, ChangedMeanwhileError),
    operation_id="delete_claim",
)
async def delete_claim(
    claim_id: UUID, expected: IfMatch, access: Writing, session: SessionDep
) -> None:
    """Take away a claim that was recorded by mistake."""
    await use_cases.delete_claim(session, access, claim_id, expected=expected)
