"""What rates can be filtered and sorted by."""

from datetime import date
from uuid import UUID

from crm_reporting.rates.models import Rate
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

RATES = listing(
    Fields(
        {
            "id": Field(UUID, Rate.id),
            "currency": Field(str, Rate.currency),
            "quote": Field(str, Rate.quote),
            "day": Field(date, Rate.day),
        }
    ),
    sort=("day",),
    default="-day",
)
