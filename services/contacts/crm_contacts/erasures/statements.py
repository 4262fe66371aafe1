"""Keeping what a service says it would empty."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.erasures.models import ErasureAnswer


async def keep_plan(
    session: AsyncSession, erasure_id: UUID, service: str, planned: dict[str, Any]
) -> None:
    """Write a plan beside its request, unless there is one."""
    await session.execute(
        update(ErasureAnswer)
        .where(
            ErasureAnswer.erasure_id == erasure_id,
            ErasureAnswer.service == service,
            ErasureAnswer.planned.is_(None),
        )
        .values(planned=planned)
    )
