"""What product wishes can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_deals.product_wishes.models import ProductWish
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

WISH_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, ProductWish.id),
            "product_id": Field(UUID, ProductWish.product_id),
            "contact_id": Field(UUID, ProductWish.contact_id, merges=True),
            "owner_id": Field(UUID, ProductWish.owner_id),
            "team_id": Field(UUID, ProductWish.team_id),
            "status": Field(str, ProductWish.status),
            "fulfilled_at": Field(datetime, ProductWish.fulfilled_at),
            "created_at": Field(datetime, ProductWish.created_at),
        }
    ),
    sort=("created_at", "fulfilled_at"),
)
