"""Every SELECT over what is told of a customer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.purchases.models import CustomerFigures


async def figures_told(
    session: AsyncSession, customer_id: UUID, *, limit: int
) -> Sequence[CustomerFigures]:
    """Return what was told of a customer, the newest first."""
    found = select(CustomerFigures).where(CustomerFigures.customer_id == customer_id)
    newest = found.order_by(CustomerFigures.revision.desc()).limit(limit)
    return (await session.scalars(newest)).all()
