"""Routes of customers' standings."""

from typing import Annotated
from uuid import UUID

from crm_deals.customers import queries
from crm_deals.customers.errors import NobodyNamedError
from crm_deals.customers.rules import Standing
from crm_deals.customers.schemas import StandingOut
from crm_deals.permissions import READ_MONEY
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.http.auth import require
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router = service_router(prefix="/v1/invoices", tags=["customers"])


@router.get("/standing", response_model=StandingOut, operation_id="get_standing")
async def get_standing(
    access: Annotated[Access, require(READ_MONEY)],
    session: ReadSessionDep,
    contact_id: UUID | None = None,
    company_id: UUID | None = None,
) -> Standing:
    """Read whether a customer has bought before and how he pays, whoever sold to him."""
    if contact_id is None and company_id is None:
        raise NobodyNamedError
    return await queries.standing_of(
        session, contact_id=contact_id, company_id=company_id, before=utc_now()
    )
