"""Routes of the payments feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.payments import queries, use_cases
from crm_deals.payments.errors import (
    NotRefundableError,
    PaymentDiffersError,
    PaymentExternalIdTakenError,
    PaymentHasRefundsError,
    PaymentNotFoundError,
    PaymentVoidError,
    SettledMeanwhileError,
)
from crm_deals.payments.fields import PAYMENT_LISTING
from crm_deals.payments.models import Payment
from crm_deals.payments.schemas import (
    PatchPaymentIn,
    PaymentIn,
    PaymentOut,
    PutPaymentIn,
    RefundPaymentIn,
    VoidPaymentIn,
)
from crm_deals.permissions import READ_MONEY, WRITE_MONEY
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/payments", tags=["payments"])
Reading = Annotated[Access, require(READ_MONEY)]
Writing = Annotated[Access, require(WRITE_MONEY)]


@router.get("", response_model=Page[PaymentOut], operation_id="list_payments")
async def list_payments(
    access: Reading,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(PAYMENT_LISTING)],
) -> Rows[Payment]:
    """List payments, refunds and expenses: `deal_id=…`, `kind=expense&paid_on[gte]=2026-11-01`."""
    return await list_page(session, queries.visible_payments(access), query)


@router.post("/search", response_model=Page[PaymentOut], operation_id="search_payments")
async def search_payments(
    access: Reading, session: ReadSessionDep, body: SearchIn
) -> Rows[Payment]:
    """Search payments by a filter tree of and, or, not."""
    wanted = search_query(body, PAYMENT_LISTING)
    return await list_page(session, queries.visible_payments(access), wanted)


@router.post(
    "",
    response_model=PaymentOut,
    status_code=201,
    responses=responses(PaymentExternalIdTakenError),
    operation_id="book_payment",
)
async def book_payment(
    access: Writing,
    session: SessionDep,
    body: PaymentIn,
    response: Response,
    settings: SettingsDep,
) -> Payment:
    """Book a payment or an expense: account, category, day, deal and invoices in one call."""
    payment = await use_cases.book_payment(
        session, access, body.given(), currency=settings.currency
    )
    response.headers["Location"] = f"/v1/payments/{payment.id}"
    tag(response, payment)
    return payment


@router.post("/batch", response_model=BatchOut, operation_id="book_payments")
async def book_payments(
    access: Writing, session: SessionDep, body: BatchIn[PaymentIn], settings: SettingsDep
) -> BatchOut:
    """Book up to 500 payments: a result for each, or with `atomic` all or none."""

    async def one(item: PaymentIn) -> Payment:
        return await use_cases.book_payment(
            session, access, item.given(), currency=settings.currency
        )

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get(
    "/{payment_id}",
    response_model=PaymentOut,
    responses=responses(PaymentNotFoundError),
    operation_id="get_payment",
)
async def get_payment(
    payment_id: UUID, access: Reading, session: ReadSessionDep, response: Response
) -> Payment:
    """Read one payment, refund or expense."""
    payment = await queries.get_payment(session, access, payment_id)
    await follow(session, [payment], PAYMENT_LISTING.fields)
    tag(response, payment)
    return payment


@router.patch(
    "/{payment_id}",
    response_model=PaymentOut,
    responses=responses(PaymentNotFoundError, PaymentVoidError, ChangedMeanwhileError),
    operation_id="update_payment",
)
async def update_payment(
    payment_id: UUID,
    body: PatchPaymentIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Payment:
    """Book a payment elsewhere, or let it settle other invoices: an advance finds its invoice."""
    payment = await use_cases.update_payment(
        session, access, payment_id, body.given(), expected=expected
    )
    tag(response, payment)
    return payment


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=PaymentOut,
    responses=responses(
        PaymentNotFoundError, PaymentDiffersError, PaymentVoidError, PaymentExternalIdTakenError
    ),
    operation_id="put_payment",
)
async def put_payment(
    system: str,
    external_id: str,
    body: PutPaymentIn,
    access: Writing,
    session: SessionDep,
    response: Response,
    settings: SettingsDep,
) -> Payment:
    """Book the payment that a bank or a shop knows under this id: once, however often sent."""
    payment, result = await use_cases.put_payment(
        session, access, (system, external_id), body.given(), currency=settings.currency
    )
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, payment)
    return payment


@router.post(
    "/{payment_id}/refund",
    response_model=PaymentOut,
    status_code=201,
    responses=responses(PaymentNotFoundError, NotRefundableError, ChangedMeanwhileError),
    operation_id="refund_payment",
)
async def refund_payment(
    payment_id: UUID,
    body: RefundPaymentIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Payment:
    """Give a payment back, whole or in part; returns the refund."""
    refund = await use_cases.refund_payment(
        session, access, payment_id, body.given(), expected=expected
    )
    response.headers["Location"] = f"/v1/payments/{refund.id}"
    tag(response, refund)
    return refund


@router.post(
    "/{payment_id}/void",
    response_model=PaymentOut,
    responses=responses(
        PaymentNotFoundError,
        PaymentVoidError,
        PaymentHasRefundsError,
        SettledMeanwhileError,
        ChangedMeanwhileError,
    ),
    operation_id="void_payment",
)
async def void_payment(
    payment_id: UUID,
    body: VoidPaymentIn,
    expected: IfMatch,
    access: Writing,
    session: SessionDep,
    response: Response,
) -> Payment:
    """Undo what was booked by mistake; what it settled is owed again."""
    payment = await use_cases.void_payment(
        session, access, payment_id, body.reason, expected=expected
    )
    tag(response, payment)
    return payment
