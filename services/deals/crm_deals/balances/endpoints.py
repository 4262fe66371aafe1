"""Routes of balances."""

from typing import Annotated
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.balances import queries
from crm_deals.balances.rules import Subject, joined
from crm_deals.balances.schemas import BalanceLineOut, BalanceOut
from crm_deals.deals import queries as deals
from crm_deals.deals.errors import DealNotFoundError
from crm_deals.permissions import READ_MONEY
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

deals_router = service_router(prefix="/v1/deals", tags=["balances"])
invoices_router = service_router(prefix="/v1/invoices", tags=["balances"])
Reading = Annotated[Access, require(READ_MONEY)]


@deals_router.get(
    "/{deal_id}/balance",
    response_model=BalanceOut,
    responses=responses(DealNotFoundError),
    operation_id="get_deal_balance",
)
async def get_deal_balance(deal_id: UUID, access: Reading, session: ReadSessionDep) -> BalanceOut:
    """Read what is invoiced, paid, due and overdue of a deal, and what was spent for it."""
    deal = await deals.get_deal(session, access, deal_id)
    return await balance_of(session, access, Subject(deal_id=deal.id))


@invoices_router.get("/balance", response_model=BalanceOut, operation_id="get_balance")
async def get_balance(
    access: Reading,
    session: ReadSessionDep,
    contact_id: UUID | None = None,
    company_id: UUID | None = None,
    deal_id: UUID | None = None,
) -> BalanceOut:
    """Read the balance of a customer, or of all that you may see."""
    return await balance_of(session, access, Subject(deal_id, contact_id, company_id))


async def balance_of(session: AsyncSession, access: Access, subject: Subject) -> BalanceOut:
    """Add up what the caller may see of somebody's money."""
    invoiced = await queries.sum_invoices(session, access, subject)
    paid = await queries.sum_payments(session, access, subject)
    lines = joined(invoiced, paid)
    return BalanceOut(items=[BalanceLineOut.model_validate(line) for line in lines])
