"""Taking an import back: what it made is put away, what it changed gets its former values."""

from collections.abc import Collection, Mapping
from typing import Any

from crm_deals.claims import use_cases as claims
from crm_deals.claims.models import Claim
from crm_deals.claims.schemas import PatchClaimIn
from crm_deals.competitors import use_cases as competitors
from crm_deals.competitors.models import Competitor
from crm_deals.deals import catalogue, queries
from crm_deals.deals import use_cases as deals
from crm_deals.deals.models import Deal
from crm_deals.deals.schemas import DealIn
from crm_deals.deals.use_cases.update import change
from crm_deals.invoices import use_cases as invoices
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.schemas import PatchInvoiceIn
from crm_deals.payments import use_cases as payments
from crm_deals.payments.models import Payment
from crm_deals.payments.schemas import PatchPaymentIn
from crm_deals.price_lists import use_cases as price_lists
from crm_deals.price_lists.models import PriceList
from crm_deals.products import use_cases as products
from crm_deals.products.models import Product
from crm_deals.reasons import use_cases as reasons
from crm_deals.reasons.models import Reason
from crm_shared.clock import utc_now
from crm_shared.imports.nouns import Desk, Undoing

Values = Mapping[str, Any]
CUSTOM = frozenset({"custom_fields", "personal_fields"})


async def remove_deal(desk: Desk, row: Deal) -> None:
    await deals.delete_deal(desk.session, desk.access, row.id, expected=None)


async def put_deal_back(desk: Desk, row: Deal, before: Values) -> None:
    """Give a deal its fields back, and its stage by a move of its own."""
    await queries.place(desk.session, [row])
    # columns are put back as they were: those two are made of what a body names
    names = {*DealIn.model_fields, "personal_fields", "product_ids"}
    given = {**_only(before, names), "reopen": True}
    for name, value in given.items():
        if name not in ("stage_id", "pipeline_id", "reopen"):
            setattr(row, name, value)
    known = await catalogue.reload(desk.session)
    await change(desk.session, known, row, given, at=utc_now(), checked=False)


async def remove_product(desk: Desk, row: Product) -> None:
    await products.delete_product(desk.session, row.id, expected=None)


async def put_product_back(desk: Desk, row: Product, before: Values) -> None:
    given = dict(before)
    for name in CUSTOM & given.keys():
        # past the merging of what was sent with what is held: keys that the import added go
        setattr(row, name, given.pop(name))
    await products.update_product(desk.session, row, given, expected=None)


async def remove_price_list(desk: Desk, row: PriceList) -> None:
    await price_lists.delete_price_list(desk.session, row.id, expected=None)


async def put_price_list_back(desk: Desk, row: PriceList, before: Values) -> None:
    await price_lists.update_price_list(desk.session, row, before, expected=None)


async def remove_reason(desk: Desk, row: Reason) -> None:
    await reasons.delete_reason(desk.session, row.id, expected=None)


async def put_reason_back(desk: Desk, row: Reason, before: Values) -> None:
    await reasons.update_reason(desk.session, row, before, expected=None)


async def remove_competitor(desk: Desk, row: Competitor) -> None:
    await competitors.delete_competitor(desk.session, row.id, expected=None)


async def put_competitor_back(desk: Desk, row: Competitor, before: Values) -> None:
    await competitors.update_competitor(desk.session, row, before, expected=None)


async def remove_claim(desk: Desk, row: Claim) -> None:
    await claims.delete_claim(desk.session, desk.access, row.id, expected=None)


async def put_claim_back(desk: Desk, row: Claim, before: Values) -> None:
    given = _only(before, PatchClaimIn.model_fields)
    await claims.update_claim(desk.session, desk.access, row.id, given, expected=None)


async def remove_invoice(desk: Desk, row: Invoice) -> None:
    """Throw a draft away; what has a number is voided, so that numbers stay without gaps."""
    if row.status == "draft":
        await invoices.delete_invoice(desk.session, desk.access, row.id, expected=None)
    else:
        await invoices.void_invoice(desk.session, desk.access, row.id, "mistake", expected=None)


async def put_invoice_back(desk: Desk, row: Invoice, before: Values) -> None:
    given = _only(before, PatchInvoiceIn.model_fields)
    await invoices.update_invoice(desk.session, desk.access, row.id, given, expected=None)


async def remove_payment(desk: Desk, row: Payment) -> None:
    """Void a payment: the invoices it settled are owed again."""
    await payments.void_payment(desk.session, desk.access, row.id, "mistake", expected=None)


async def put_payment_back(desk: Desk, row: Payment, before: Values) -> None:
    given = _only(before, PatchPaymentIn.model_fields)
    await payments.update_payment(desk.session, desk.access, row.id, given, expected=None)


DEAL = Undoing(Deal, remove_deal, put_deal_back)
PRODUCT = Undoing(Product, remove_product, put_product_back)
PRICE_LIST = Undoing(PriceList, remove_price_list, put_price_list_back)
REASON = Undoing(Reason, remove_reason, put_reason_back)
COMPETITOR = Undoing(Competitor, remove_competitor, put_competitor_back)
CLAIM = Undoing(Claim, remove_claim, put_claim_back)
INVOICE = Undoing(Invoice, remove_invoice, put_invoice_back)
PAYMENT = Undoing(Payment, remove_payment, put_payment_back)


def _only(before: Values, names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in before.items() if name in names}
