"""Routes of the approval policies feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from crm_deals.approval_policies import queries, use_cases
from crm_deals.approval_policies.errors import PolicyExistsError, PolicyNotFoundError
from crm_deals.approval_policies.fields import POLICY_LISTING
from crm_deals.approval_policies.models import ApprovalPolicy
from crm_deals.approval_policies.schemas import PatchPolicyIn, PolicyIn, PolicyOut, stored
from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/approvals/policies", tags=["approvals"])
Reading = [require(READ_CONFIGURATION)]
Writing = [require(WRITE_CONFIGURATION)]


@router.get(
    "", response_model=Page[PolicyOut], dependencies=Reading, operation_id="list_approval_policies"
)
async def list_approval_policies(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(POLICY_LISTING)]
) -> Rows[ApprovalPolicy]:
    """List which changes of deals need consent."""
    return await list_page(session, queries.all_policies(), query)


@router.post(
    "",
    response_model=PolicyOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(PolicyExistsError),
    operation_id="create_approval_policy",
)
async def create_approval_policy(
    session: SessionDep, body: PolicyIn, response: Response
) -> ApprovalPolicy:
    """Let moves into stages, or discounts above a limit, wait for consent from now on."""
    policy = await use_cases.create_policy(session, stored(body))
    response.headers["Location"] = f"/v1/approvals/policies/{policy.id}"
    tag(response, policy)
    return policy


@router.get(
    "/{policy_id}",
    response_model=PolicyOut,
    dependencies=Reading,
    responses=responses(PolicyNotFoundError),
    operation_id="get_approval_policy",
)
async def get_approval_policy(
    policy_id: UUID, session: ReadSessionDep, response: Response
) -> ApprovalPolicy:
    """Read one approval policy."""
    policy = await queries.get_policy(session, policy_id)
    tag(response, policy)
    return policy


@router.patch(
    "/{policy_id}",
    response_model=PolicyOut,
    dependencies=Writing,
    responses=responses(PolicyNotFoundError, ChangedMeanwhileError),
    operation_id="update_approval_policy",
)
async def update_approval_policy(
    policy_id: UUID,
    body: PatchPolicyIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> ApprovalPolicy:
    """Change a policy; requests that are open go by what it was when they were made."""
    policy = await queries.get_policy(session, policy_id)
    values = stored(body)
    await use_cases.update_policy(session, policy, values, expected=expected)
    tag(response, policy)
    return policy


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=PolicyOut,
    dependencies=Writing,
    responses=responses(PolicyExistsError),
    operation_id="put_approval_policy",
)
async def put_approval_policy(
    system: str, external_id: str, body: PolicyIn, session: SessionDep, response: Response
) -> ApprovalPolicy:
    """Create or change the approval policy that another system knows under this id."""
    policy, result = await use_cases.put_policy(session, (system, external_id), stored(body))
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, policy)
    return policy


@router.delete(
    "/{policy_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(PolicyNotFoundError, ChangedMeanwhileError),
    operation_id="delete_approval_policy",
)
async def delete_approval_policy(policy_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Ask for consent no longer; open requests go on."""
    policy = await queries.get_policy(session, policy_id)
    await use_cases.delete_policy(session, policy, expected=expected)
