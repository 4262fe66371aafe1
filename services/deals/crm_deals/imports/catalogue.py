"""What rows can become here."""

from crm_deals.customs.catalogue import BOOK
from crm_deals.imports import use_cases
from crm_deals.imports.models import TABLES
from crm_deals.imports.queries import FINDERS
from crm_deals.permissions import WRITE_CONFIGURATION, WRITE_DEALS, WRITE_MONEY
from crm_shared.imports.nouns import DAY, FLAG, MOMENT, NUMBER, TEXT, Field, Kind, Noun, reference
from crm_shared.imports.room import ImportRoom
from crm_shared.nouns.importing import custom_fields

TEXTS = Field(many=True)
LINE_ITEM = {
    "product_id": reference("product"),
    "quantity": NUMBER,
    "unit_price": NUMBER,
    "discount_type": TEXT,
    "discount_value": NUMBER,
    "tax_rate": NUMBER,
    "sale_kind": TEXT,
}
DEAL = Noun(
    name="deal",
    permission=WRITE_DEALS,
    fields={
        "title": TEXT,
        "owner_id": reference("user"),
        "contact_id": reference("contact"),
        "company_id": reference("company"),
        "pipeline_id": reference("pipeline"),
        "stage_id": reference("stage"),
        "first_stage_id": reference("stage"),
        "reason_id": reference("reason"),
        "reason_note": TEXT,
        "amount": NUMBER,
        "expected_amount": NUMBER,
        "currency": TEXT,
        "expected_close_date": DAY,
        "probability_override": NUMBER,
        "channel": TEXT,
        "source": TEXT,
        "tags": TEXTS,
        "is_void": FLAG,
        "line_items": Field(Kind.ITEMS, items=LINE_ITEM),
        "created_at": MOMENT,
        "closed_at": MOMENT,
    },
    required=frozenset({"title"}),
    check=use_cases.check_deal,
    write=use_cases.write_deals,
    finders=FINDERS,
    more=custom_fields(BOOK, "deal", FINDERS),
)
PRODUCT = Noun(
    name="product",
    permission=WRITE_CONFIGURATION,
    fields={
        "label": TEXT,
        "sku": TEXT,
        "category": TEXT,
        "price": NUMBER,
        "currency": TEXT,
        "is_active": FLAG,
    },
    required=frozenset({"label"}),
    check=use_cases.check_product,
    write=use_cases.write_products,
    finders=FINDERS,
    more=custom_fields(BOOK, "product", FINDERS),
)
CUSTOMER = {"contact_id": reference("contact"), "company_id": reference("company")}
INVOICE = Noun(
    name="invoice",
    permission=WRITE_MONEY,
    fields={
        "number": TEXT,
        "status": TEXT,
        "deal_id": reference("deal"),
        **CUSTOMER,
        "amount": NUMBER,
        "tax_rate": NUMBER,
        "currency": TEXT,
        "issue_date": DAY,
        "due_date": DAY,
        "note": TEXT,
    },
    required=frozenset({"amount"}),
    check=use_cases.check_invoice,
    write=use_cases.write_invoices,
    finders=FINDERS,
)
PAYMENT = Noun(
    name="payment",
    permission=WRITE_MONEY,
    fields={
        "kind": TEXT,
        "amount": NUMBER,
        "currency": TEXT,
        "paid_on": DAY,
        "account": TEXT,
        "category": TEXT,
        "deal_id": reference("deal"),
        **CUSTOMER,
        "invoice_id": reference("invoice"),
        "note": TEXT,
    },
    required=frozenset({"amount"}),
    check=use_cases.check_payment,
    write=use_cases.write_payments,
    finders=FINDERS,
)
ROOM = ImportRoom(TABLES, [DEAL, PRODUCT, INVOICE, PAYMENT])
