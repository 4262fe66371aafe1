"""Every SELECT of the person exports feature."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.person_exports.errors import PersonExportNotFoundError
from crm_contacts.person_exports.models import PersonExport
from crm_shared.clock import utc_now


async def get_export(session: AsyncSession, export_id: UUID) -> PersonExport:
    """Return an export whose time is not over."""
    found = select(PersonExport).where(
        PersonExport.id == export_id, PersonExport.expires_at > utc_now()
    )
    export = (await session.scalars(found)).one_or_none()
    if export is None:
        raise PersonExportNotFoundError(export_id)
    return export


async def count_since(session: AsyncSession, user_id: UUID, since: datetime) -> int:
    """Return how many exports somebody has asked for since then."""
    found = select(func.count()).where(
        PersonExport.requested_by == user_id, PersonExport.created_at >= since
    )
    return (await session.execute(found)).scalar_one()


async def unfinished(session: AsyncSession, limit: int) -> list[PersonExport]:
    """Return exports that lack a part."""
    found = (
        select(PersonExport)
        .where(PersonExport.ready_at.is_(None), PersonExport.expires_at > utc_now())
        .order_by(PersonExport.created_at)
        .limit(limit)
    )
    return list(await session.scalars(found))
