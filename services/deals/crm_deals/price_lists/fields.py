"""What price lists can be filtered and sorted by."""

from datetime import date, datetime
from uuid import UUID

from crm_deals.price_lists.models import PriceList
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

PRICE_LIST_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, PriceList.id),
            "label": Field(str, PriceList.label),
            "currency": Field(str, PriceList.currency),
            "valid_from": Field(date, PriceList.valid_from),
            "valid_until": Field(date, PriceList.valid_until),
            "is_active": Field(bool, PriceList.is_active),
            "created_at": Field(datetime, PriceList.created_at),
            "source_system": Field(str, PriceList.source_system),
            "external_id": Field(str, PriceList.external_id),
        }
    ),
    sort=("label", "created_at"),
    default="label",
)
