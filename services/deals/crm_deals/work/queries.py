"""Every SELECT of the work feature."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.work.models import KnownWork


@dataclass(frozen=True, slots=True)
class Around:
    """How much work there is, and was, about one deal."""

    open_tasks: int = 0
    done_tasks: int = 0
    calls: int = 0
    answered_calls: int = 0


async def work_around(session: AsyncSession, deal_id: UUID) -> Around:
    """Count what is known of the tasks and calls about a deal."""
    kind, state = KnownWork.kind, KnownWork.state
    logged = kind == "call"
    held = (kind == "activity") & (KnownWork.label == "call") & (state == "done")
    found = await session.execute(
        select(
            func.count().filter(kind == "task", state == "open"),
            func.count().filter(kind == "task", state == "done"),
            func.count().filter(or_(logged, held)),
            func.count().filter(or_(logged & (state == "answered"), held)),
        ).where(KnownWork.deal_id == deal_id)
    )
    return Around(*found.one())
