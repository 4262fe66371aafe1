"""Routes of overviews: a customer's or a manager's deals, and a product's."""

from typing import Annotated, Any
from uuid import UUID

from crm_deals.balances.endpoints import balance_of
from crm_deals.balances.rules import Subject
from crm_deals.overviews import queries
from crm_deals.overviews.errors import NoSubjectError
from crm_deals.overviews.schemas import DealsOverviewOut, ProductOverviewOut
from crm_deals.permissions import READ_CONFIGURATION, READ_DEALS, READ_MONEY
from crm_deals.products.errors import ProductNotFoundError
from crm_deals.products.queries import get_product
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router = service_router(prefix="/v1", tags=["overviews"])
Reader = Annotated[Access, require(READ_DEALS)]


@router.get("/deals/overview", response_model=DealsOverviewOut, responses=responses(NoSubjectError))
async def get_deals_overview(
    access: Reader,
    session: ReadSessionDep,
    contact_id: UUID | None = None,
    company_id: UUID | None = None,
    owner_id: UUID | None = None,
) -> dict[str, Any]:
    """Return what the deals of one customer, or of one manager, come to, and the latest."""
    named = {"contact_id": contact_id, "company_id": company_id, "owner_id": owner_id}
    if sum(one is not None for one in named.values()) != 1:
        raise NoSubjectError
    balance = None
    if owner_id is not None:
        whose = queries.of_owner(owner_id)
    else:
        whose = await queries.of_customer(session, contact_id, company_id)
        scope = READ_MONEY.reach(access.actor)
        if scope is not None:
            subject = Subject(contact_id=contact_id, company_id=company_id)
            balance = (await balance_of(session, Access(access.actor, scope), subject)).items
    return {
        "sums": await queries.sums(session, access, whose),
        "latest": await queries.latest(session, access, whose),
        "balance": balance,
        "elsewhere": _elsewhere(contact_id, company_id, owner_id),
    }


def _elsewhere(
    contact_id: UUID | None, company_id: UUID | None, owner_id: UUID | None
) -> dict[str, str]:
    if owner_id is not None:
        return {"work": f"/v1/users/{owner_id}/overview", "deals": f"/v1/deals?owner_id={owner_id}"}
    noun, one = ("contact", contact_id) if contact_id is not None else ("company", company_id)
    plural = "contacts" if noun == "contact" else "companies"
    of = f"?{noun}_id={one}"
    return {
        "client": f"/v1/{plural}/{one}/overview",
        "deals": f"/v1/deals{of}",
        "invoices": f"/v1/invoices{of}",
        "payments": f"/v1/payments{of}",
        "messages": f"/v1/messages{of}",
    }


@router.get(
    "/products/{product_id}/overview",
    response_model=ProductOverviewOut,
    responses=responses(ProductNotFoundError),
)
async def get_product_overview(
    product_id: UUID,
    access: Reader,
    _configuration: Annotated[Access, require(READ_CONFIGURATION)],
    session: ReadSessionDep,
) -> dict[str, Any]:
    """Return a product, the deals that hold it within one's scope, and what was sold of it."""
    product = await get_product(session, product_id)
    whose = queries.with_product(product_id)
    return {
        "product": product,
        "sums": await queries.sums(session, access, whose),
        "sold": await queries.sold(session, access, product_id),
        "latest": await queries.latest(session, access, whose),
        "elsewhere": {"deals": f"/v1/deals?product_ids[has_any]={product_id}"},
    }
