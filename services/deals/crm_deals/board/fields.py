"""What the board can be filtered by: all that the list can, but for the pipeline it shows."""

from crm_deals.deals.fields import DEAL_FIELDS, SORTABLE
from crm_shared.filters import Fields
from crm_shared.http.pagination import listing

BOARD_LISTING = listing(
    Fields({name: field for name, field in DEAL_FIELDS.items() if name != "pipeline_id"}),
    sort=SORTABLE,
    default="-rank",
)
