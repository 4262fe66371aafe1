"""Every SELECT of the tasks feature."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.tasks.errors import TaskNotFoundError
from crm_contacts.tasks.models import Task, TaskStatus
from crm_shared.actor import Access
from crm_shared.db.scope import visible


def visible_tasks(access: Access) -> Select[Task]:
    """Return the tasks somebody may see."""
    return select(Task).where(
        visible(access, Task.assignee_id, Task.team_id), Task.deleted_at.is_(None)
    )


async def get_task(session: AsyncSession, access: Access, task_id: UUID) -> Task:
    task = (await session.scalars(visible_tasks(access).where(Task.id == task_id))).one_or_none()
    if task is None:
        raise TaskNotFoundError(task_id)
    return task


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Task | None:
    found = select(Task).where(Task.source_system == system, Task.external_id == external_id)
    return (await session.scalars(found)).one_or_none()


async def hold_open_tasks(
    session: AsyncSession, *, rule_ids: Collection[UUID], deal_ids: Collection[UUID]
) -> list[Task]:
    """Return, and hold, what these rules asked for on these deals and nobody has done yet."""
    found = select(Task).where(
        Task.deal_id.in_(deal_ids),
        Task.rule_id.in_(rule_ids),
        Task.status == TaskStatus.OPEN,
        Task.deleted_at.is_(None),
    )
    # in one order: two workers with moves of the same deals do not wait in a ring
    return list(await session.scalars(found.order_by(Task.id).with_for_update()))
