"""Routes of the quotes feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.deals import queries as deals
from crm_deals.deals.errors import DealClosedError, DealNotFoundError
from crm_deals.permissions import READ_DEALS, WRITE_DEALS
from crm_deals.quotes import queries, use_cases
from crm_deals.quotes.errors import (
    QuoteExpiredError,
    QuoteNotDraftError,
    QuoteNotFoundError,
    QuoteNotSentError,
)
from crm_deals.quotes.models import Quote
from crm_deals.quotes.schemas import QuoteIn, QuoteOut, QuotesOut
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/deals/{deal_id}/quotes", tags=["quotes"])
Reading = Annotated[Access, require(READ_DEALS)]
Writing = Annotated[Access, require(WRITE_DEALS)]
MISSING = (DealNotFoundError, QuoteNotFoundError, ChangedMeanwhileError)


@router.get(
    "",
    response_model=QuotesOut,
    responses=responses(DealNotFoundError),
    operation_id="list_quotes",
)
async def list_quotes(deal_id: UUID, access: Reading, session: ReadSessionDep) -> QuotesOut:
    """List every version of a deal's offer, the newest first."""
    deal = await deals.get_deal(session, access, deal_id)
    quotes = await queries.list_quotes(session, deal.id)
    return QuotesOut(items=[QuoteOut.model_validate(quote) for quote in quotes])


@router.post(
    "",
    response_model=QuoteOut,
    status_code=201,
    responses=responses(DealNotFoundError),
    operation_id="create_quote",
)
async def create_quote(
    deal_id: UUID, body: QuoteIn, access: Writing, session: SessionDep, response: Response
) -> Quote:
    """Draw up the next version of the offer; its lines are a copy, whatever the deal does later."""
    quote = await use_cases.create_quote(session, access, deal_id, body.given())
    response.headers["Location"] = f"/v1/deals/{deal_id}/quotes/{quote.id}"
    tag(response, quote)
    return quote


@router.get(
    "/{quote_id}",
    response_model=QuoteOut,
    responses=responses(DealNotFoundError, QuoteNotFoundError),
    operation_id="get_quote",
)
async def get_quote(
    deal_id: UUID, quote_id: UUID, access: Reading, session: ReadSessionDep, response: Response
) -> Quote:
    """Read one version of a deal's offer."""
    deal = await deals.get_deal(session, access, deal_id)
    quote = await queries.get_quote(session, deal.id, quote_id)
    tag(response, quote)
    return quote


@router.patch(
    "/{quote_id}",
    response_model=QuoteOut,
    responses=responses(*MISSING, QuoteNotDraftError),
    operation_id="update_quote",
)
async def update_quote(
    deal_id: UUID,
    quote_id: UUID,
    body: QuoteIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Quote:
    """Change a draft; what went to the customer does not change any more."""
    quote = await use_cases.update_quote(
        session, access, (deal_id, quote_id), body.given(), expected=expected
    )
    tag(response, quote)
    return quote


@router.delete(
    "/{quote_id}",
    status_code=204,
    responses=responses(*MISSING, QuoteNotDraftError),
    operation_id="delete_quote",
)
async def delete_quote(
    deal_id: UUID, quote_id: UUID, expected: IfMatch, access: Writing, session: SessionDep
) -> None:
    """Throw a draft away; its version is not used again."""
    await use_cases.delete_quote(session, access, (deal_id, quote_id), expected=expected)


@router.post(
    "/{quote_id}/send",
    response_model=QuoteOut,
    responses=responses(*MISSING, QuoteNotDraftError),
    operation_id="send_quote",
)
async def send_quote(
    deal_id: UUID,
    quote_id: UUID,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Quote:
    """Note that a draft went to the customer; it is frozen from now on."""
    quote = await use_cases.send_quote(session, access, (deal_id, quote_id), expected=expected)
    tag(response, quote)
    return quote


@router.post(
    "/{quote_id}/accept",
    response_model=QuoteOut,
    responses=responses(
        *MISSING,
        QuoteNotSentError,
        QuoteExpiredError,
        DealClosedError,
        ForbiddenByValidationError,
        ApprovalNeededError,
    ),
    operation_id="accept_quote",
)
async def accept_quote(
    deal_id: UUID,
    quote_id: UUID,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Quote:
    """Note that the customer took it; its lines become the deal's."""
    quote = await use_cases.accept_quote(session, access, (deal_id, quote_id), expected=expected)
    tag(response, quote)
    return quote


@router.post(
    "/{quote_id}/decline",
    response_model=QuoteOut,
    responses=responses(*MISSING, QuoteNotSentError),
    operation_id="decline_quote",
)
async def decline_quote(
    deal_id: UUID,
    quote_id: UUID,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Quote:
    """Note that the customer did not take it."""
    quote = await use_cases.decline_quote(session, access, (deal_id, quote_id), expected=expected)
    tag(response, quote)
    return quote
