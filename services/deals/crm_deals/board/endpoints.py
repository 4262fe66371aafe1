"""Routes of the board."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.approvals.endpoints import WAITS, ask_and_wait
from crm_deals.board import queries
from crm_deals.board.fields import BOARD_LISTING
from crm_deals.board.rules import columns_of
from crm_deals.board.schemas import BoardOut
from crm_deals.deals import use_cases
from crm_deals.deals.errors import (
    DealClosedError,
    DealNotFoundError,
    RequirementsUnmetError,
    UnknownNeighbourError,
)
from crm_deals.deals.models import Deal
from crm_deals.deals.schemas import DealOut, PlaceDealIn, TransferDealIn
from crm_deals.permissions import READ_DEALS, WRITE_DEALS
from crm_deals.pipelines.errors import PipelineNotFoundError
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.filters import And
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.validations.errors import ForbiddenByValidationError

EVERYTHING = And(())
router = service_router(prefix="/v1/deals", tags=["board"])


@router.get(
    "/board",
    response_model=BoardOut,
    responses=responses(PipelineNotFoundError),
    operation_id="get_board",
)
async def get_board(
    access: Annotated[Access, require(READ_DEALS)],
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(BOARD_LISTING)],
    pipeline_id: UUID,
    cards: Annotated[int, Query(ge=0, le=100, description="How many per column")] = 20,
) -> BoardOut:
    """Read a pipeline as columns, with the filters of the list: counts, sums, first cards."""
    pipeline = await queries.get_pipeline(session, pipeline_id)
    shown = queries.on_board(session, access, pipeline_id, query)
    if query.filter == EVERYTHING:
        sums = await queries.list_tallies(session, access, pipeline_id)
    else:
        sums = await queries.list_sums(session, shown)
    first = await queries.list_cards(session, pipeline_id, shown, cards=cards)
    return BoardOut(pipeline_id=pipeline_id, columns=columns_of(pipeline.stages, sums, first))


@router.put(
    "/{deal_id}/position",
    response_model=DealOut,
    responses=responses(DealNotFoundError, ChangedMeanwhileError, UnknownNeighbourError),
    operation_id="place_deal",
)
async def place_deal(
    deal_id: UUID,
    body: PlaceDealIn,
    expected: IfMatch,
    access: Annotated[Access, require(WRITE_DEALS)],
    session: SessionDep,
    response: Response,
) -> Deal:
    """Put a deal below another one of its column, or on top of it."""
    deal = await use_cases.place_deal(session, access, deal_id, body.after_id, expected=expected)
    tag(response, deal)
    return deal


@router.put(
    "/{deal_id}/pipeline",
    response_model=DealOut,
    responses={
        **responses(
            DealNotFoundError,
            DealClosedError,
            ChangedMeanwhileError,
            RequirementsUnmetError,
            ForbiddenByValidationError,
        ),
        **WAITS,
    },
    operation_id="transfer_deal",
)
async def transfer_deal(
    deal_id: UUID,
    body: TransferDealIn,
    expected: IfMatch,
    access: Annotated[Access, require(WRITE_DEALS)],
    session: SessionDep,
    request: Request,
    response: Response,
) -> Deal | Response:
    """Put a deal into a stage of any pipeline: a move like others, with the same checks."""
    order = body.model_dump()
    try:
        deal = await use_cases.transfer_deal(session, access, deal_id, order, expected=expected)
    except ApprovalNeededError as needed:
        return await ask_and_wait(request, access, deal_id, needed)
    tag(response, deal)
    return deal
