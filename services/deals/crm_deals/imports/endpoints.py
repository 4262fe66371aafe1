"""Routes of imports."""

from crm_deals.imports.catalogue import ROOM
from crm_deals.permissions import IMPORT_DEALS

router = ROOM.router(prefix="/v1/deal-imports", permission=IMPORT_DEALS)
