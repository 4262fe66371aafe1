"""What the board can be filtered by: all that the list can, but for the pipeline it shows."""

from crm_deals.customs.catalogue import BOOK, SHELF
from crm_deals.deals.fields import DEAL_FIELDS, SORTABLE
from crm_deals.deals.models import Deal
from crm_shared.filters import Fields
from crm_shared.nouns.listing import NounListing

BOARD_LISTING = NounListing(
    Fields({name: field for name, field in DEAL_FIELDS.items() if name != "pipeline_id"}),
    sort=SORTABLE,
    default="-rank",
    noun="deal",
    model=Deal,
    book=BOOK,
    shelf=SHELF,
    hidden=DEAL_FIELDS,
)
