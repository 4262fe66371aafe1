"""Routes of the approvals feature: a move or a discount asks by itself, people answer here."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.approvals import queries, use_cases
from crm_deals.approvals.errors import (
    AnsweredAlreadyError,
    ApprovalDecidedError,
    ApprovalNotFoundError,
    NotAskedError,
    NotYourRequestError,
    UnknownDelegateError,
)
from crm_deals.approvals.fields import APPROVAL_LISTING
from crm_deals.approvals.models import Approval
from crm_deals.approvals.schemas import (
    ApprovalOut,
    ApprovalWithDecisionsOut,
    ApproveIn,
    DecisionOut,
    DelegateIn,
    RejectIn,
)
from crm_deals.approvals.use_cases.answering import Answer
from crm_deals.deals import queries as deals
from crm_deals.deals.schemas import DealOut
from crm_deals.permissions import ANSWER_APPROVALS, READ_APPROVALS
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import tag
from crm_shared.http.exchange import exchange_of
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/approvals", tags=["approvals"])
Reading = Annotated[Access, require(READ_APPROVALS)]
Answering = Annotated[Access, require(ANSWER_APPROVALS)]
JSON = "application/json"
ANSWERS = responses(
    ApprovalNotFoundError, ApprovalDecidedError, NotAskedError, AnsweredAlreadyError
)

WAITS: dict[int | str, dict[str, Any]] = {
    202: {"model": ApprovalOut, "description": "It waits for consent; nothing has changed yet"}
}


async def ask_and_wait(
    request: Request, access: Access, deal_id: UUID, needed: ApprovalNeededError
) -> Response:
    """Open the request that a change of a deal needs, and answer that it waits."""
    session = exchange_of(request).session()
    approval = await use_cases.ask_for_approval(session, access.actor, deal_id, needed)
    if approval.applied_at is not None:
        # the caller's own wish is consent enough: it is done
        deal = await deals.get_deal(session, access, deal_id)
        done = Response(DealOut.model_validate(deal).model_dump_json(), media_type=JSON)
        tag(done, deal)
        return done
    body = ApprovalOut.model_validate(approval).model_dump_json()
    location = {"Location": f"/v1/approvals/{approval.id}"}
    return Response(body, 202, headers=location, media_type=JSON)


@router.get("", response_model=Page[ApprovalOut], operation_id="list_approvals")
async def list_approvals(
    access: Reading,
    session: ReadSessionDep,
    query: Annotated[ListQuery, Depends(APPROVAL_LISTING)],
) -> Rows[Approval]:
    """List requests: `state=pending&approver_ids[has_any]=…` are those that wait for somebody."""
    return await list_page(session, queries.visible_approvals(access), query)


@router.get(
    "/{approval_id}",
    response_model=ApprovalWithDecisionsOut,
    responses=responses(ApprovalNotFoundError),
    operation_id="get_approval",
)
async def get_approval(
    approval_id: UUID, access: Reading, session: ReadSessionDep, response: Response
) -> ApprovalWithDecisionsOut:
    """Read a request with every answer to it."""
    approval = await queries.get_approval(session, access, approval_id)
    decisions = await queries.list_decisions(session, approval.id)
    tag(response, approval)
    shown = ApprovalOut.model_validate(approval)
    return ApprovalWithDecisionsOut(
        **dict(shown), decisions=[DecisionOut.model_validate(one) for one in decisions]
    )


@router.post(
    "/{approval_id}/approve",
    response_model=ApprovalOut,
    responses=ANSWERS,
    operation_id="approve",
)
async def approve(
    approval_id: UUID, body: ApproveIn, access: Answering, session: SessionDep
) -> Approval:
    """Consent; with the last consent that is needed the change is made, if it still can be."""
    answer = Answer("approve", body.reason_code, body.note)
    return await use_cases.answer_approval(session, access, approval_id, answer)


@router.post(
    "/{approval_id}/reject",
    response_model=ApprovalOut,
    responses=ANSWERS,
    operation_id="reject",
)
async def reject(
    approval_id: UUID, body: RejectIn, access: Answering, session: SessionDep
) -> Approval:
    """Refuse; the request ends when its quorum cannot be reached any more."""
    answer = Answer("reject", body.reason_code, body.note)
    return await use_cases.answer_approval(session, access, approval_id, answer)


@router.post(
    "/{approval_id}/delegate",
    response_model=ApprovalOut,
    responses=responses(
        ApprovalNotFoundError,
        ApprovalDecidedError,
        NotAskedError,
        AnsweredAlreadyError,
        UnknownDelegateError,
    ),
    operation_id="delegate_approval",
)
async def delegate_approval(
    approval_id: UUID, body: DelegateIn, access: Answering, session: SessionDep
) -> Approval:
    """Let somebody else answer in one's place."""
    return await use_cases.delegate_approval(
        session, access, approval_id, body.user_id, for_user_id=body.for_user_id
    )


@router.post(
    "/{approval_id}/withdraw",
    response_model=ApprovalOut,
    responses=responses(ApprovalNotFoundError, ApprovalDecidedError, NotYourRequestError),
    operation_id="withdraw_approval",
)
async def withdraw_approval(approval_id: UUID, access: Answering, session: SessionDep) -> Approval:
    """Take one's own request back."""
    return await use_cases.withdraw_approval(session, access, approval_id)
