"""Every SELECT of the validations feature."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.validations.models import ONLY, Validation, ValidationMark
from crm_shared.validations.errors import ValidationNotFoundError


def all_validations() -> Select[Validation]:
    """Select the validations that there are."""
    return select(Validation).where(Validation.deleted_at.is_(None))


async def get_validation(session: AsyncSession, validation_id: UUID) -> Validation:
    """Return one validation."""
    found = await session.scalar(all_validations().where(Validation.id == validation_id))
    if found is None:
        raise ValidationNotFoundError(validation_id)
    return found


async def find_by_external(
    session: AsyncSession, system: str, external_id: str
) -> Validation | None:
    """Return the validation that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(Validation).where(
            Validation.source_system == system, Validation.external_id == external_id
        )
    )


async def list_active_validations(session: AsyncSession) -> Sequence[Validation]:
    """Return what is in force, the oldest first."""
    active = all_validations().where(Validation.is_active)
    found = await session.scalars(active.order_by(Validation.created_at, Validation.id))
    return found.all()


async def validation_mark(session: AsyncSession) -> int:
    """Return the revision of all validations together."""
    mark = select(ValidationMark.revision).where(ValidationMark.id == ONLY)
    return int(await session.scalar(mark) or 0)
