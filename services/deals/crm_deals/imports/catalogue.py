"""What rows can become here."""

from crm_deals.customs.catalogue import BOOK
from crm_deals.imports.models import TABLES
from crm_deals.imports.queries import FINDERS, INVOICE_KEYS, PRODUCT_KEYS
from crm_deals.imports.use_cases import dictionaries, sales, undoing
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
    check=sales.check_deal,
    write=sales.write_deals,
    finders=FINDERS,
    undoing=undoing.DEAL,
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
        "cost": NUMBER,
        "currency": TEXT,
        "is_active": FLAG,
    },
    required=frozenset({"label"}),
    check=sales.check_product,
    write=sales.write_products,
    finders=FINDERS,
    keys=PRODUCT_KEYS,
    undoing=undoing.PRODUCT,
    more=custom_fields(BOOK, "product", FINDERS),
)
CUSTOMER = {"contact_id": reference("contact"), "company_id": reference("company")}
# by its sum: the lines of an invoice do not fit into one row of a file
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
    check=sales.check_invoice,
    write=sales.write_invoices,
    finders=FINDERS,
    keys=INVOICE_KEYS,
    undoing=undoing.INVOICE,
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
    check=sales.check_payment,
    write=sales.write_payments,
    finders=FINDERS,
    undoing=undoing.PAYMENT,
)
PRICE_LIST = Noun(
    name="price_list",
    permission=WRITE_CONFIGURATION,
    fields={
        "label": TEXT,
        "currency": TEXT,
        "tax_included": FLAG,
        "valid_from": DAY,
        "valid_until": DAY,
        "is_active": FLAG,
        "prices": Field(Kind.ITEMS, items={"product_id": reference("product"), "price": NUMBER}),
    },
    required=frozenset({"label", "currency"}),
    check=dictionaries.check_price_list,
    write=dictionaries.write_price_lists,
    finders=FINDERS,
    undoing=undoing.PRICE_LIST,
)
REASON = Noun(
    name="reason",
    permission=WRITE_CONFIGURATION,
    fields=dict.fromkeys(("label", "outcome", "group", "department"), TEXT),
    required=frozenset({"label", "outcome"}),
    check=dictionaries.check_reason,
    write=dictionaries.write_reasons,
    undoing=undoing.REASON,
)
COMPETITOR = Noun(
    name="competitor",
    permission=WRITE_CONFIGURATION,
    fields={"label": TEXT},
    required=frozenset({"label"}),
    check=dictionaries.check_competitor,
    write=dictionaries.write_competitors,
    undoing=undoing.COMPETITOR,
)
CLAIM = Noun(
    name="claim",
    permission=WRITE_MONEY,
    fields={
        **CUSTOMER,
        "deal_id": reference("deal"),
        "invoice_id": reference("invoice"),
        **dict.fromkeys(("kind", "cause", "status", "currency", "resolution", "note"), TEXT),
        "amount": NUMBER,
        "settled_amount": NUMBER,
        "claimed_on": DAY,
        "resolved_on": DAY,
    },
    required=frozenset({"kind", "cause"}),
    check=dictionaries.check_claim,
    write=dictionaries.write_claims,
    finders=FINDERS,
    undoing=undoing.CLAIM,
)
ROOM = ImportRoom(TABLES, [DEAL, PRODUCT, PRICE_LIST, REASON, COMPETITOR, INVOICE, PAYMENT, CLAIM])
