"""Routes of the deals feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.approvals.endpoints import WAITS, ask_and_wait
from crm_deals.approvals.errors import ApprovalPendingError
from crm_deals.deals import queries, use_cases
from crm_deals.deals.errors import (
    CustomerUnreliableError,
    DealClosedError,
    DealMovedMeanwhileError,
    DealNotDeletedError,
    DealNotFoundError,
    ExternalIdTakenError,
    NoPipelineError,
    OtherPipelineError,
    OutsideScopeError,
    RequirementsUnmetError,
)
from crm_deals.deals.fields import DEAL_FIELDS, DEAL_LISTING, on_day
from crm_deals.deals.models import Deal
from crm_deals.deals.schemas import (
    DealHistoryOut,
    DealIn,
    DealOut,
    MoveDealIn,
    PatchDealIn,
    PutDealIn,
    StageMoveOut,
)
from crm_deals.deals.use_cases import MoveOrder
from crm_deals.permissions import READ_DEALS, WRITE_DEALS
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.exchange import exchange_of
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import AutocommitDep, ReadSessionDep, SessionDep, SettingsDep
from crm_shared.nouns.listing import NounSearchIn
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/deals", tags=["deals"])
Reading = Annotated[Access, require(READ_DEALS)]
Writing = Annotated[Access, require(WRITE_DEALS)]


async def _page(access: Access, session: AsyncSession, query: ListQuery) -> Rows[Deal]:
    query = on_day(query, queries.today_of(session))
    page = await list_page(session, queries.visible_deals(access), query, showing=queries.SHOWN)
    await queries.place(session, page.items)
    return page


@router.get("", response_model=Page[DealOut], operation_id="list_deals")
async def list_deals(
    access: Reading,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(DEAL_LISTING)],
) -> Rows[Deal]:
    """List deals by any field: `stage_id=…&amount[gte]=1000&sort=-amount`."""
    return await _page(access, session, query)


@router.post("/search", response_model=Page[DealOut], operation_id="search_deals")
async def search_deals(access: Reading, session: ReadSessionDep, body: NounSearchIn) -> Rows[Deal]:
    """Search deals by a filter tree of and, or, not."""
    query = await DEAL_LISTING.wanted(session, access.actor, body)
    return await _page(access, session, query)


@router.post(
    "",
    response_model=DealOut,
    status_code=201,
    responses=responses(
        NoPipelineError,
        CustomerUnreliableError,
        ExternalIdTakenError,
        OutsideScopeError,
        OtherPipelineError,
        RequirementsUnmetError,
        ForbiddenByValidationError,
        ApprovalNeededError,
    ),
    operation_id="create_deal",
)
async def create_deal(
    access: Writing,
    session: SessionDep,
    body: DealIn,
    response: Response,
    settings: SettingsDep,
) -> Deal:
    """Begin a deal; without a stage it stands in the first one of the default pipeline."""
    deal = await use_cases.create_deal(session, access, body.given(), currency=settings.currency)
    response.headers["Location"] = f"/v1/deals/{deal.id}"
    tag(response, deal)
    return deal


@router.post("/batch", response_model=BatchOut, operation_id="create_deals")
async def create_deals(
    access: Writing, session: SessionDep, body: BatchIn[DealIn], settings: SettingsDep
) -> BatchOut:
    """Begin up to 500 deals: a result for each, or with `atomic` all or none."""

    async def one(item: DealIn) -> Deal:
        return await use_cases.create_deal(
            session, access, item.given(), currency=settings.currency
        )

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get(
    "/{deal_id}",
    response_model=DealOut,
    responses=responses(DealNotFoundError),
    operation_id="get_deal",
)
async def get_deal(
    deal_id: UUID, access: Reading, session: ReadSessionDep, response: Response
) -> Deal:
    """Read one deal."""
    deal = await queries.get_deal(session, access, deal_id)
    await follow(session, [deal], DEAL_FIELDS)
    tag(response, deal)
    return deal


@router.get(
    "/{deal_id}/history",
    response_model=DealHistoryOut,
    responses=responses(DealNotFoundError),
    operation_id="get_deal_history",
)
async def get_deal_history(
    deal_id: UUID, access: Reading, session: ReadSessionDep
) -> DealHistoryOut:
    """Read every stage a deal went through: when, why and by whom."""
    deal = await queries.get_deal(session, access, deal_id)
    moves = await queries.list_moves(session, deal.id)
    return DealHistoryOut(items=[StageMoveOut.model_validate(move) for move in moves])


@router.patch(
    "/{deal_id}",
    response_model=DealOut,
    responses={
        **responses(
            DealNotFoundError,
            ChangedMeanwhileError,
            OutsideScopeError,
            ForbiddenByValidationError,
            ApprovalPendingError,
        ),
        **WAITS,
    },
    operation_id="update_deal",
)
async def update_deal(
    deal_id: UUID,
    body: PatchDealIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    request: Request,
    response: Response,
) -> Deal | Response:
    """Change fields of a deal; those that are not sent stay. 202: a discount waits for consent."""
    values = body.given()
    try:
        deal = await use_cases.update_deal(session, access, deal_id, values, expected=expected)
    except ApprovalNeededError as needed:
        return await ask_and_wait(request, access, deal_id, needed)
    tag(response, deal)
    return deal


@router.put(
    "/{deal_id}/stage",
    response_model=DealOut,
    responses={
        **responses(
            DealNotFoundError,
            DealClosedError,
            DealMovedMeanwhileError,
            ChangedMeanwhileError,
            OtherPipelineError,
            RequirementsUnmetError,
            ForbiddenByValidationError,
            ApprovalPendingError,
        ),
        **WAITS,
    },
    operation_id="move_deal",
)
async def move_deal(
    deal_id: UUID,
    body: MoveDealIn,
    expected: IfMatch,
    access: Writing,
    session: AutocommitDep,
    request: Request,
    response: Response,
) -> Deal | Response:
    """Move a deal to another stage of its pipeline; a closed one only with `reopen: true`.

    202 with an approval when the move waits for somebody's consent: it is made with the last one.
    """
    order = MoveOrder(**dict(body))
    if await use_cases.are_counted(session):
        # counted under a lock, and a lock of a statement of its own is gone with it
        session = exchange_of(request).session()
    try:
        deal = await use_cases.move_deal(session, access, deal_id, order, expected=expected)
    except ApprovalNeededError as needed:
        return await ask_and_wait(request, access, deal_id, needed)
    tag(response, deal)
    return deal


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=DealOut,
    responses=responses(
        DealClosedError,
        ExternalIdTakenError,
        RequirementsUnmetError,
        ForbiddenByValidationError,
        ApprovalNeededError,
    ),
    operation_id="put_deal",
)
async def put_deal(
    system: str,
    external_id: str,
    body: PutDealIn,
    access: Writing,
    session: SessionDep,
    response: Response,
    settings: SettingsDep,
) -> Deal:
    """Create or change the deal another system knows under this id; `Crm-Result` says which."""
    deal, result = await use_cases.put_deal(
        session, access, (system, external_id), body.given(), currency=settings.currency
    )
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, deal)
    return deal


@router.delete(
    "/{deal_id}",
    status_code=204,
    responses=responses(DealNotFoundError, ChangedMeanwhileError, ForbiddenByValidationError),
    operation_id="delete_deal",
)
async def delete_deal(
    deal_id: UUID, expected: IfMatch, access: Writing, session: SessionDep
) -> None:
    """Put a deal away; it can be restored."""
    await use_cases.delete_deal(session, access, deal_id, expected=expected)


@router.post(
    "/{deal_id}/restore",
    response_model=DealOut,
    responses=responses(DealNotFoundError, DealNotDeletedError),
    operation_id="restore_deal",
)
async def restore_deal(
    deal_id: UUID, access: Writing, session: SessionDep, response: Response
) -> Deal:
    """Bring a deleted deal back as it was."""
    deal = await use_cases.restore_deal(session, access, deal_id)
    tag(response, deal)
    return deal
