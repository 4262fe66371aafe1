"""What can be done to a quote."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import catalogue
from crm_deals.deals import queries as deals
from crm_deals.deals.errors import DealClosedError
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import preparing
from crm_deals.deals.use_cases.update import change as change_deal
from crm_deals.events import (
    QuoteAccepted,
    QuoteCreated,
    QuoteDeclined,
    QuoteDeleted,
    QuoteExpired,
    QuoteFacts,
    QuoteSent,
    QuoteUpdated,
)
from crm_deals.events.quotes import QuoteEvent
from crm_deals.lines.rules import totals_of
from crm_deals.numbers.statements import draw
from crm_deals.quotes import queries
from crm_deals.quotes.errors import (
    NothingToQuoteError,
    QuoteExpiredError,
    QuoteNotDraftError,
    QuoteNotSentError,
    ValidUntilPastError,
)
from crm_deals.quotes.models import Quote
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id
from crm_shared.money import plainly

Values = Mapping[str, Any]
# an owner is asked for and an event written for each; what is left goes in the next turn
AT_ONCE = 200


async def create_quote(
    session: AsyncSession, access: Access, deal_id: UUID, values: Values
) -> Quote:
    """Draw up the next version of the offer: of the lines named, else of the deal's as they are."""
    deal = await deals.get_deal(session, access, deal_id)
    version, number = await queries.last_version(session, deal_id)
    today = deals.today_of(session)
    quote = Quote(
        id=new_id(),
        deal_id=deal.id,
        version=version + 1,
        # versions of one offer share a number; it is drawn once, so that none is missing in a year
        number=number or await draw(session, "quote", today.year),
        status="draft",
        currency=deal.currency,
        # as they are now: what the deal holds later does not change an offer that was made
        line_items=deal.line_items,
        discount=deal.discount,
    )
    await _fill(session, deal, quote, values)
    session.add(quote)
    await outbox.record(session, quote, QuoteCreated(quote=_facts(quote), changed=[], previous={}))
    return quote


async def update_quote(
    session: AsyncSession,
    access: Access,
    named: tuple[UUID, UUID],
    values: Values,
    *,
    expected: int | None,
) -> Quote:
    """Change a draft; `named` is the deal and the quote."""
    deal, quote = await _locked(session, access, named, expected)
    if quote.status != "draft":
        raise QuoteNotDraftError
    await _fill(session, deal, quote, values)
    await _announce(session, quote, QuoteUpdated)
    return quote


async def delete_quote(
    session: AsyncSession, access: Access, named: tuple[UUID, UUID], *, expected: int | None
) -> None:
    """Throw a draft away; its version is not used again."""
    _deal, quote = await _locked(session, access, named, expected)
    if quote.status != "draft":
        raise QuoteNotDraftError
    quote.deleted_at = utc_now()
    await _announce(session, quote, QuoteDeleted)


async def send_quote(
    session: AsyncSession, access: Access, named: tuple[UUID, UUID], *, expected: int | None
) -> Quote:
    """Note that a draft went to the customer: from now on it does not change."""
    _deal, quote = await _locked(session, access, named, expected)
    if quote.status != "draft":
        raise QuoteNotDraftError
    # a draft may lie for weeks: its last day is looked at when it goes out
    _check_day(session, quote)
    quote.status, quote.sent_at = "sent", utc_now()
    await _announce(session, quote, QuoteSent)
    return quote


async def accept_quote(
    session: AsyncSession, access: Access, named: tuple[UUID, UUID], *, expected: int | None
) -> Quote:
    """Note that the customer took it, and make its lines the deal's: two events, one commit.

    Raises QuoteExpiredError after its last day, DealClosedError when the deal is over, and what
    validations and policies say to the change of the deal.
    """
    deal, quote = await _locked(session, access, named, expected)
    if quote.status != "sent":
        raise QuoteNotSentError
    if quote.valid_until is not None and quote.valid_until < deals.today_of(session):
        raise QuoteExpiredError
    if deal.outcome != "open":
        raise DealClosedError(deal.id)
    quote.status, quote.decided_at = "accepted", utc_now()
    # first the answer, then what follows of it: readers see why the deal's lines changed
    await _announce(session, quote, QuoteAccepted)
    deal.discount, deal.currency = quote.discount, quote.currency
    # the lines as they were offered, prices with them, whatever the price list says today
    preparing.put_lines(deal, list(quote.line_items))
    at = preparing.moment_of(access, None, after=deal.occurred_at)
    await change_deal(session, await catalogue.current(session), deal, {}, at=at)
    return quote


async def decline_quote(
    session: AsyncSession, access: Access, named: tuple[UUID, UUID], *, expected: int | None
) -> Quote:
    """Note that the customer did not take it."""
    _deal, quote = await _locked(session, access, named, expected)
    if quote.status != "sent":
        raise QuoteNotSentError
    quote.status, quote.decided_at = "declined", utc_now()
    await _announce(session, quote, QuoteDeclined)
    return quote


async def note_expired(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Let quotes expire whose last day is over, and announce each once."""
    quotes = await queries.take_expired(session, limit=limit)
    for quote in quotes:
        await deals.follow_deal(session, quote)
        quote.status = "expired"
        await _announce(session, quote, QuoteExpired)
    return len(quotes)


async def _locked(
    session: AsyncSession, access: Access, named: tuple[UUID, UUID], expected: int | None
) -> tuple[Deal, Quote]:
    deal = await deals.get_deal(session, access, named[0])
    quote = await queries.get_quote(session, *named, lock=True)
    if expected not in (None, quote.revision):
        raise ChangedMeanwhileError
    # an offer is seen by whoever sees its deal, also after the deal was handed over
    quote.owner_id, quote.team_id = deal.owner_id, deal.team_id
    return deal, quote


async def _fill(session: AsyncSession, deal: Deal, quote: Quote, values: Values) -> None:
    quote.owner_id, quote.team_id = deal.owner_id, deal.team_id
    quote.contact_id, quote.company_id = deal.contact_id, deal.company_id
    for name in ("valid_until", "note"):
        if name in values:
            setattr(quote, name, values[name])
    lines = list(quote.line_items)
    if values.get("line_items"):
        sold = await preparing.products_in(session, [values])
        terms = await preparing.terms_of(session, deal, values)
        lines = preparing.price_lines(values["line_items"], sold, quote.currency, terms)
    if "discount" in values:
        quote.discount = preparing.stored_discount(values["discount"])
    if not lines:
        raise NothingToQuoteError
    quote.line_items = preparing.reduced(lines, quote.discount, quote.currency)
    totals = totals_of(quote.line_items, quote.currency)
    quote.net, quote.tax, quote.total = totals.net, totals.tax, totals.gross
    _check_day(session, quote)


def _check_day(session: AsyncSession, quote: Quote) -> None:
    if quote.valid_until is not None and quote.valid_until < deals.today_of(session):
        raise ValidUntilPastError


async def _announce(session: AsyncSession, quote: Quote, kind: type[QuoteEvent]) -> None:
    changes = outbox.changes_of(quote, QuoteFacts)
    if not changes:
        return
    previous = plainly(changes.previous)
    event = kind(quote=_facts(quote), changed=changes.changed, previous=previous)
    await outbox.record(session, quote, event)


def _facts(quote: Quote) -> QuoteFacts:
    return QuoteFacts.model_validate(quote, from_attributes=True)
