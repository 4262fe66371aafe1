"""Who is on call lists, as a list of its own."""

from typing import Annotated

from fastapi import Depends

from crm_contacts.call_lists import queries
from crm_contacts.call_lists.endpoints.common import Reader
from crm_contacts.call_lists.fields import ENTRY_FIELDS, ENTRY_SORT
from crm_contacts.call_lists.models import CallListEntry
from crm_contacts.call_lists.schemas import EntryOut
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router = service_router(prefix="/v1/call-list-entries", tags=["call lists"])
LISTING = listing(ENTRY_FIELDS, sort=ENTRY_SORT)


@router.get("", response_model=Page[EntryOut])
async def list_entries(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[CallListEntry]:
    """List who is on the call lists one may see, by ids; `call_list_id` names one of them."""
    return await list_page(session, queries.visible_entries(access), query)


@router.post("/search", response_model=Page[EntryOut])
async def search_entries(
    body: SearchIn, access: Reader, session: ReadSessionDep
) -> Rows[CallListEntry]:
    """List such entries by a filter tree."""
    return await list_page(session, queries.visible_entries(access), LISTING.search(body))
