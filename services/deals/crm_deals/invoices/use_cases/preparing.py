"""What every invoice goes through before it is kept: whose it is, what it comes to, its number."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries as deals
from crm_deals.deals.errors import AmountTooLargeError
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import preparing as pricing
from crm_deals.invoices import queries
from crm_deals.invoices.errors import (
    CurrencyOfDealError,
    DueBeforeIssueError,
    InvoiceNumberTakenError,
    NobodyToInvoiceError,
    NothingToInvoiceError,
    TooManyDigitsError,
)
from crm_deals.invoices.models import Invoice
from crm_deals.lines.rules import StoredLine, Terms, net_and_tax, totals_of
from crm_deals.numbers.statements import draw
from crm_shared.actor import Access
from crm_shared.money import LARGEST, round_money

Values = Mapping[str, Any]


async def settle_customer(
    session: AsyncSession, access: Access, invoice: Invoice, values: Values
) -> Deal | None:
    """Take deal, customer, owner and team from the values, else from the deal; return the deal."""
    for name in ("deal_id", "contact_id", "company_id"):
        if name in values:
            setattr(invoice, name, values[name])
    deal = None
    if invoice.deal_id is not None:
        deal = await deals.named_deal(session, access, invoice.deal_id)
        # whoever looks after the deal looks after its money
        invoice.owner_id, invoice.team_id = deal.owner_id, deal.team_id
        if invoice.contact_id is None and invoice.company_id is None:
            invoice.contact_id, invoice.company_id = deal.contact_id, deal.company_id
    elif invoice.contact_id is None and invoice.company_id is None:
        raise NobodyToInvoiceError
    # an API key owns nothing: what it brings is the company's
    elif invoice.owner_id is None and access.actor.kind == "user":
        invoice.owner_id = access.actor.id
    return deal


async def settle_sums(
    session: AsyncSession, invoice: Invoice, values: Values, deal: Deal | None
) -> None:
    """Compute what it comes to: its lines, else its amount, else what the deal holds."""
    if values.get("line_items"):
        await _price(session, invoice, values)
    elif values.get("amount") is not None:
        _take_amount(invoice, values)
    elif deal is not None:
        _take_from_deal(invoice, deal)
    else:
        raise NothingToInvoiceError
    # a discount may take more than there is, and a sum more digits than the column holds
    if not 0 <= invoice.total <= LARGEST:
        raise AmountTooLargeError


async def _price(session: AsyncSession, invoice: Invoice, values: Values) -> None:
    sold = await pricing.products_in(session, [values])
    lines = pricing.price_lines(values["line_items"], sold, invoice.currency, Terms())
    discount = pricing.stored_discount(values.get("discount"))
    _take_lines(invoice, pricing.reduced(lines, discount, invoice.currency))


def _take_lines(invoice: Invoice, lines: list[StoredLine]) -> None:
    totals = totals_of(lines, invoice.currency)
    invoice.line_items = lines
    invoice.net, invoice.tax, invoice.total = totals.net, totals.tax, totals.gross


def _take_amount(invoice: Invoice, values: Values) -> None:
    amount: Decimal = values["amount"]
    check_digits(amount, invoice.currency, pointer="/amount")
    # a sum that somebody names is what the customer pays
    included = values.get("tax_included", True)
    net, tax = net_and_tax(amount, invoice.tax_rate, invoice.currency, included=included)
    invoice.line_items, invoice.net, invoice.tax, invoice.total = [], net, tax, net + tax


def _take_from_deal(invoice: Invoice, deal: Deal) -> None:
    # nothing is converted in silence: the rate would be nobody's decision
    if deal.currency != invoice.currency:
        raise CurrencyOfDealError
    if deal.line_items:
        _take_lines(invoice, list(deal.line_items))
    elif deal.amount:
        # a deal's amount is without tax: that is what sales are measured by
        net, tax = net_and_tax(deal.amount, invoice.tax_rate, invoice.currency, included=False)
        invoice.line_items, invoice.net, invoice.tax, invoice.total = [], net, tax, net + tax
    else:
        raise NothingToInvoiceError


def check_digits(amount: Decimal, currency: str, *, pointer: str) -> None:
    """Refuse an amount that cannot be paid in this currency."""
    if round_money(amount, currency) != amount:
        raise TooManyDigitsError(pointer, currency)


def check_dates(invoice: Invoice) -> None:
    """Refuse an invoice that is due before it is issued."""
    if invoice.due_date is not None and invoice.due_date < invoice.issue_date:
        raise DueBeforeIssueError


async def check_number(session: AsyncSession, invoice: Invoice) -> None:
    """Refuse a number that another invoice has."""
    if invoice.number and await queries.is_number_taken(session, invoice.number, but=invoice.id):
        raise InvoiceNumberTakenError


async def give_number(session: AsyncSession, invoice: Invoice) -> None:
    """Draw the next free number of its year, unless it was given one."""
    # drawn in this transaction: a refusal gives it back, so no number is missing for an auditor
    while invoice.number is None:
        drawn = await draw(session, invoice.kind, invoice.issue_date.year)
        # somebody may have given this very number by hand: then it is used, and not missing
        if not await queries.is_number_taken(session, drawn, but=invoice.id):
            invoice.number = drawn
