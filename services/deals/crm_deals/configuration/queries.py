"""Every SELECT of the configuration feature."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.configuration.models import ONLY, GuardMark

GUARD_MARK = func.coalesce(
    select(GuardMark.revision).where(GuardMark.id == ONLY).scalar_subquery(), 0
)


async def guard_mark(session: AsyncSession) -> int:
    """Return the revision of all validations and approval policies together."""
    return int(await session.scalar(select(GUARD_MARK)) or 0)
