"""Routes of the audit feature."""

from typing import Annotated

from fastapi import Depends

from crm_contacts.audit import queries
from crm_contacts.audit.fields import FIELDS, SORT
from crm_contacts.audit.models import AuditEntry
from crm_contacts.audit.schemas import AuditEntryOut
from crm_contacts.permissions import READ_AUDIT
from crm_shared.http.auth import require
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router = service_router(prefix="/v1/audit", tags=["audit"])
LISTING = listing(FIELDS, sort=SORT, default="-at")


@router.get("", response_model=Page[AuditEntryOut], dependencies=[require(READ_AUDIT)])
async def list_audit_entries(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[AuditEntry]:
    """List who looked at, took out or changed what is sensitive, in any service."""
    return await list_page(session, queries.all_entries(), query)


@router.post("/search", response_model=Page[AuditEntryOut], dependencies=[require(READ_AUDIT)])
async def search_audit_entries(body: SearchIn, session: ReadSessionDep) -> Rows[AuditEntry]:
    """List audit entries by a filter tree."""
    return await list_page(session, queries.all_entries(), LISTING.search(body))
