"""Every SELECT of the reasons feature."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.reasons.errors import ReasonNotFoundError
from crm_deals.reasons.models import Reason

_KEPT = (
    Reason.id, Reason.label, Reason.outcome, Reason.group, Reason.department, Reason.deleted_at,
)  # fmt: skip


def all_reasons() -> Select[Reason]:
    """Select the reasons that may be named."""
    return select(Reason).where(Reason.deleted_at.is_(None))


async def get_reason(session: AsyncSession, reason_id: UUID) -> Reason:
    """Return one reason, deleted ones excluded."""
    reason = await session.scalar(all_reasons().where(Reason.id == reason_id))
    if reason is None:
        raise ReasonNotFoundError(reason_id)
    return reason


async def find_reason_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Reason | None:
    """Return the reason that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(Reason).where(Reason.source_system == system, Reason.external_id == external_id)
    )


async def is_label_taken(session: AsyncSession, reason: Reason) -> bool:
    """Tell whether another reason for the same outcome has this label."""
    other = all_reasons().where(
        Reason.label == reason.label, Reason.outcome == reason.outcome, Reason.id != reason.id
    )
    return await session.scalar(other.limit(1)) is not None


async def list_reason_rows(session: AsyncSession) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return every reason, the deleted ones too, as plain rows."""
    found = await session.execute(select(*_KEPT))
    return found.all()
