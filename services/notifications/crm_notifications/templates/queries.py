"""Every SELECT of templates."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.templates.errors import TemplateNotFoundError
from crm_notifications.templates.models import Template


def templates() -> Select[Template]:
    """All templates that were not deleted."""
    return select(Template).where(Template.deleted_at.is_(None))


async def get_template(session: AsyncSession, template_id: UUID) -> Template:
    """One template."""
    found = await session.scalar(templates().where(Template.id == template_id))
    if found is None:
        raise TemplateNotFoundError(template_id)
    return found


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Template | None:
    """The template that another system calls by this name, deleted or not."""
    return await session.scalar(
        select(Template).where(
            Template.source_system == system, Template.external_id == external_id
        )
    )
