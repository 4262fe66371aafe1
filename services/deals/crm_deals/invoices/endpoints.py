"""Routes of the invoices feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.invoices import queries, use_cases
from crm_deals.invoices.errors import (
    InvoiceExternalIdTakenError,
    InvoiceHasPaymentsError,
    InvoiceNotDraftError,
    InvoiceNotFoundError,
    InvoiceNotIssuedError,
    InvoiceNumberTakenError,
)
from crm_deals.invoices.fields import INVOICE_LISTING, on_day
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.schemas import (
    CreditInvoiceIn,
    InvoiceIn,
    InvoiceOut,
    PatchInvoiceIn,
    PutInvoiceIn,
    VoidInvoiceIn,
)
from crm_deals.permissions import READ_MONEY, WRITE_MONEY
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/invoices", tags=["invoices"])
Reading = Annotated[Access, require(READ_MONEY)]
Writing = Annotated[Access, require(WRITE_MONEY)]


async def _page(access: Access, session: AsyncSession, query: ListQuery) -> Rows[Invoice]:
    dated = on_day(query, queries.read_today(session, []))
    page = await list_page(session, queries.visible_invoices(access), dated)
    queries.read_today(session, page.items)
    return page


@router.get("", response_model=Page[InvoiceOut], operation_id="list_invoices")
async def list_invoices(
    access: Reading,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(INVOICE_LISTING)],
) -> Rows[Invoice]:
    """List invoices: `deal_id=…`, `company_id=…`, `is_overdue=true&sort=due_date`."""
    return await _page(access, session, query)


@router.post("/search", response_model=Page[InvoiceOut], operation_id="search_invoices")
async def search_invoices(
    access: Reading, session: ReadSessionDep, body: SearchIn
) -> Rows[Invoice]:
    """Search invoices by a filter tree of and, or, not."""
    return await _page(access, session, search_query(body, INVOICE_LISTING))


@router.post(
    "",
    response_model=InvoiceOut,
    status_code=201,
    responses=responses(InvoiceNumberTakenError, InvoiceExternalIdTakenError),
    operation_id="create_invoice",
)
async def create_invoice(
    access: Writing,
    session: SessionDep,
    body: InvoiceIn,
    response: Response,
    settings: SettingsDep,
) -> Invoice:
    """Draw an invoice up, of the deal's lines when it names none; `status: issued` issues it."""
    invoice = await use_cases.create_invoice(
        session, access, body.given(), currency=settings.currency
    )
    response.headers["Location"] = f"/v1/invoices/{invoice.id}"
    tag(response, invoice)
    return invoice


@router.get(
    "/{invoice_id}",
    response_model=InvoiceOut,
    responses=responses(InvoiceNotFoundError),
    operation_id="get_invoice",
)
async def get_invoice(
    invoice_id: UUID, access: Reading, session: ReadSessionDep, response: Response
) -> Invoice:
    """Read one invoice with what is paid, due and overdue of it."""
    invoice = await queries.get_invoice(session, access, invoice_id)
    await follow(session, [invoice], INVOICE_LISTING.fields)
    tag(response, invoice)
    return invoice


@router.patch(
    "/{invoice_id}",
    response_model=InvoiceOut,
    responses=responses(InvoiceNotFoundError, InvoiceNotDraftError, ChangedMeanwhileError),
    operation_id="update_invoice",
)
async def update_invoice(
    invoice_id: UUID,
    body: PatchInvoiceIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Invoice:
    """Change a draft, or the terms of an issued invoice."""
    invoice = await use_cases.update_invoice(
        session, access, invoice_id, body.given(), expected=expected
    )
    tag(response, invoice)
    return invoice


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=InvoiceOut,
    responses=responses(InvoiceNotFoundError, InvoiceNotDraftError, InvoiceExternalIdTakenError),
    operation_id="put_invoice",
)
async def put_invoice(
    system: str,
    external_id: str,
    body: PutInvoiceIn,
    access: Writing,
    session: SessionDep,
    response: Response,
    settings: SettingsDep,
) -> Invoice:
    """Create or change the invoice that another system knows under this id."""
    invoice, result = await use_cases.put_invoice(
        session, access, (system, external_id), body.given(), currency=settings.currency
    )
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, invoice)
    return invoice


@router.post(
    "/{invoice_id}/issue",
    response_model=InvoiceOut,
    responses=responses(InvoiceNotFoundError, ChangedMeanwhileError),
    operation_id="issue_invoice",
)
async def issue_invoice(
    invoice_id: UUID, expected: IfMatch, access: Writing, session: SessionDep, response: Response
) -> Invoice:
    """Give a draft its number; it is owed from now on."""
    invoice = await use_cases.issue_invoice(session, access, invoice_id, expected=expected)
    tag(response, invoice)
    return invoice


@router.post(
    "/{invoice_id}/void",
    response_model=InvoiceOut,
    responses=responses(
        InvoiceNotFoundError, InvoiceNotIssuedError, InvoiceHasPaymentsError, ChangedMeanwhileError
    ),
    operation_id="void_invoice",
)
async def void_invoice(
    invoice_id: UUID,
    body: VoidInvoiceIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Invoice:
    """Let an issued invoice that nothing was paid of count no more."""
    invoice = await use_cases.void_invoice(
        session, access, invoice_id, body.reason, expected=expected
    )
    tag(response, invoice)
    return invoice


@router.post(
    "/{invoice_id}/credit",
    response_model=InvoiceOut,
    status_code=201,
    responses=responses(InvoiceNotFoundError, InvoiceNotIssuedError, ChangedMeanwhileError),
    operation_id="credit_invoice",
)
async def credit_invoice(
    invoice_id: UUID,
    body: CreditInvoiceIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Invoice:
    """Take an invoice back, whole or in part, by a credit note; returns the credit note."""
    note = await use_cases.credit_invoice(
        session, access, invoice_id, body.amount, expected=expected
    )
    response.headers["Location"] = f"/v1/invoices/{note.id}"
    tag(response, note)
    return note


@router.delete(
    "/{invoice_id}",
    status_code=204,
    responses=responses(InvoiceNotFoundError, InvoiceNotDraftError, ChangedMeanwhileError),
    operation_id="delete_invoice",
)
async def delete_invoice(
    invoice_id: UUID, expected: IfMatch, access: Writing, session: SessionDep
) -> None:
    """Throw a draft away; an issued invoice has a number, and is voided instead."""
    await use_cases.delete_invoice(session, access, invoice_id, expected=expected)
