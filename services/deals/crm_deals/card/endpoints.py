"""Routes of the card."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.card import queries
from crm_deals.card.schemas import DealCardOut, SuggestionOut, SuggestionsOut
from crm_deals.deals import queries as deals
from crm_deals.deals import use_cases
from crm_deals.deals.errors import (
    CustomerUnreliableError,
    DealNotFoundError,
    OutsideScopeError,
    RequirementsUnmetError,
)
from crm_deals.deals.models import Deal
from crm_deals.deals.schemas import CopyDealIn, DealOut
from crm_deals.permissions import READ_DEALS, READ_MONEY, WRITE_DEALS
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import tag
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/deals", tags=["card"])


@router.get(
    "/{deal_id}/card",
    response_model=DealCardOut,
    responses=responses(DealNotFoundError),
    dependencies=[require(READ_MONEY)],
    operation_id="get_deal_card",
)
async def get_deal_card(
    deal_id: UUID, access: Annotated[Access, require(READ_DEALS)], session: ReadSessionDep
) -> DealCardOut:
    """Read a deal with its people, lines, tasks, calls, messages, money, history, open demands."""
    card = await queries.card_of(session, access, deal_id)
    return DealCardOut.model_validate(card, from_attributes=True)


@router.post(
    "/{deal_id}/copy",
    response_model=DealOut,
    status_code=201,
    responses=responses(
        DealNotFoundError,
        OutsideScopeError,
        RequirementsUnmetError,
        CustomerUnreliableError,
        ForbiddenByValidationError,
        ApprovalNeededError,
    ),
    operation_id="copy_deal",
)
async def copy_deal(
    deal_id: UUID,
    body: CopyDealIn,
    access: Annotated[Access, require(WRITE_DEALS)],
    session: SessionDep,
    response: Response,
    settings: SettingsDep,
) -> Deal:
    """Begin a deal with the customer, the owner and the lines of an earlier order."""
    values = body.model_dump(exclude_unset=True)
    deal = await use_cases.copy_deal(session, access, deal_id, values, currency=settings.currency)
    response.headers["Location"] = f"/v1/deals/{deal.id}"
    tag(response, deal)
    return deal


@router.get(
    "/{deal_id}/suggestions",
    response_model=SuggestionsOut,
    responses=responses(DealNotFoundError),
    operation_id="list_suggestions",
)
async def list_suggestions(
    deal_id: UUID, access: Annotated[Access, require(READ_DEALS)], session: ReadSessionDep
) -> SuggestionsOut:
    """List the products that go with those in the deal: cross-, up- and over-sales."""
    deal = await deals.get_deal(session, access, deal_id)
    found = await queries.suggestions_for(session, deal)
    return SuggestionsOut(items=[SuggestionOut.model_validate(one) for one in found])
