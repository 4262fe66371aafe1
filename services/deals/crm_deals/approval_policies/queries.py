"""Every SELECT of the approval policies feature."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.errors import PolicyNotFoundError
from crm_deals.approval_policies.models import ApprovalPolicy


def all_policies() -> Select[ApprovalPolicy]:
    """Select the policies that there are."""
    return select(ApprovalPolicy).where(ApprovalPolicy.deleted_at.is_(None))


async def get_policy(session: AsyncSession, policy_id: UUID) -> ApprovalPolicy:
    """Return one policy."""
    found = await session.scalar(all_policies().where(ApprovalPolicy.id == policy_id))
    if found is None:
        raise PolicyNotFoundError(policy_id)
    return found


async def find_policy_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> ApprovalPolicy | None:
    """Return the policy that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(ApprovalPolicy).where(
            ApprovalPolicy.source_system == system, ApprovalPolicy.external_id == external_id
        )
    )


async def list_active_policies(session: AsyncSession) -> Sequence[ApprovalPolicy]:
    """Return what is in force, the oldest first."""
    active = all_policies().where(ApprovalPolicy.is_active).order_by(ApprovalPolicy.created_at)
    return (await session.scalars(active.order_by(ApprovalPolicy.id))).all()


async def list_policies_of(session: AsyncSession, pipeline_id: UUID) -> Sequence[ApprovalPolicy]:
    """Return the policies of one pipeline."""
    own = all_policies().where(ApprovalPolicy.pipeline_id == pipeline_id)
    return (await session.scalars(own.order_by(ApprovalPolicy.created_at, ApprovalPolicy.id))).all()
