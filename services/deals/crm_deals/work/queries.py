"""Every SELECT of the work feature."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.work.models import KnownMessage, KnownWork

# the card shows what is near; the lists of contacts and notifications have the rest
MOST = 100


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
    # a call that somebody noted by hand is a call, whatever telephone it was made with
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


async def list_work(session: AsyncSession, deal_id: UUID, kind: str) -> Sequence[KnownWork]:
    """Return what is known of a deal's work of a kind: planned by due date, then the rest."""
    found = select(KnownWork).where(KnownWork.deal_id == deal_id, KnownWork.kind == kind)
    is_planned = KnownWork.state.in_(("open", "planned"))
    due = case((is_planned, KnownWork.due_at))
    ordered = found.order_by(is_planned.desc(), due.asc().nulls_last(), KnownWork.at.desc())
    return (await session.scalars(ordered.limit(MOST))).all()


async def list_unknown_plans(session: AsyncSession, limit: int) -> Sequence[KnownWork]:
    """Return work of which is not known yet when it is due, and whose it is."""
    found = select(KnownWork).where(KnownWork.is_plan_known.is_(False)).order_by(KnownWork.id)
    return (await session.scalars(found.limit(limit))).all()


async def list_messages(session: AsyncSession, deal_id: UUID) -> Sequence[KnownMessage]:
    """Return what is known of the messages about a deal, the newest first."""
    found = select(KnownMessage).where(KnownMessage.deal_id == deal_id)
    ordered = found.order_by(KnownMessage.at.desc(), KnownMessage.id)
    return (await session.scalars(ordered.limit(MOST))).all()
