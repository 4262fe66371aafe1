"""The nouns of this service: where they hang, what they are made of, who may see them."""

from sqlalchemy import Select

from crm_deals.configuration.statements import raise_guard_mark
from crm_deals.customs.catalogue import BOOK, SHELF
from crm_deals.deals.fields import DEAL_LISTING
from crm_deals.deals.models import Deal
from crm_deals.deals.queries import visible_deals
from crm_deals.deals.schemas import DealIn, DealOut, PatchDealIn
from crm_deals.events import (
    CustomFieldCreated,
    CustomFieldDeleted,
    CustomFieldRestored,
    CustomFieldUpdated,
    SavedViewCreated,
    SavedViewDeleted,
    SavedViewUpdated,
)
from crm_deals.nouns.catalogue.labels import LABELS
from crm_deals.nouns.use_cases import announce_deals
from crm_deals.permissions import (
    READ_CONFIGURATION,
    READ_DEALS,
    WRITE_CONFIGURATION,
    WRITE_DEALS,
)
from crm_deals.products.fields import PRODUCT_LISTING
from crm_deals.products.models import Product
from crm_deals.products.queries import all_products
from crm_deals.products.schemas import PatchProductIn, ProductIn, ProductOut
from crm_shared.actor import Access
from crm_shared.nouns.definitions import FieldEvents
from crm_shared.nouns.room import Noun, NounRoom
from crm_shared.nouns.views import ViewEvents


def _products(_access: Access) -> Select[Product]:
    return all_products()


DEALS = Noun(
    name="deal",
    path="/v1/deals",
    model=Deal,
    listing=DEAL_LISTING,
    read=READ_DEALS,
    write=WRITE_DEALS,
    visible=visible_deals,
    shown=DealOut,
    taken=DealIn,
    changed=PatchDealIn,
    personal=frozenset({"title", "reason_note"}),
    references={
        "owner_id": "user",
        "team_id": "team",
        "contact_id": "contact",
        "company_id": "company",
        "pipeline_id": "pipeline",
        "stage_id": "stage",
        "reason_id": "reason",
        "price_list_id": "price_list",
        "competitor_id": "competitor",
        "source_lead_id": "lead",
    },
    announce=announce_deals,
)
PRODUCTS = Noun(
    name="product",
    path="/v1/products",
    model=Product,
    listing=PRODUCT_LISTING,
    read=READ_CONFIGURATION,
    write=WRITE_CONFIGURATION,
    visible=_products,
    shown=ProductOut,
    taken=ProductIn,
    changed=PatchProductIn,
)
ROOM = NounRoom(
    nouns=[DEALS, PRODUCTS],
    book=BOOK,
    shelf=SHELF,
    field_events=FieldEvents(
        created=CustomFieldCreated,
        updated=CustomFieldUpdated,
        deleted=CustomFieldDeleted,
        restored=CustomFieldRestored,
    ),
    view_events=ViewEvents(
        created=SavedViewCreated, updated=SavedViewUpdated, deleted=SavedViewDeleted
    ),
    configure=WRITE_CONFIGURATION,
    labels=LABELS,
    references=frozenset({"user", "team", "contact", "company", "lead", "deal", "product"}),
    field_changed=raise_guard_mark,
)
