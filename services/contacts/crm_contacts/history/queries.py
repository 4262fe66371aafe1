"""Every SELECT of histories."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, cast, literal, select
from sqlalchemy.dialects.postgresql import TEXT
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.history.rules import Moment
from crm_contacts.tasks.models import Task, TaskStatus
from crm_contacts.versions.models import Version


async def versions_before(
    session: AsyncSession, row_id: UUID, *, before: int | None, limit: int
) -> Sequence[Version]:
    """Return versions, the newest first."""
    found = select(Version).where(Version.row_id == row_id)
    if before is not None:
        found = found.where(Version.revision < before)
    return (await session.scalars(found.order_by(Version.revision.desc()).limit(limit))).all()


async def moments_of(session: AsyncSession, row_id: UUID, names: Sequence[str]) -> list[Moment]:
    """Return what some fields were from each revision on, the oldest first."""
    told: list[ColumnElement[Any]] = [cast(Version.data[name].astext, TEXT) for name in names]
    found = (
        select(Version.at, Version.actor_id, *told)
        .where(Version.row_id == row_id)
        .order_by(Version.revision)
    )
    return [Moment(at, by, tuple(values)) for at, by, *values in await session.execute(found)]


async def next_steps(session: AsyncSession, column: str, ids: Collection[UUID]) -> list[RowMapping]:
    """Return the next open task and the next planned activity about a client."""
    found: list[RowMapping] = []
    for kind, model, title, is_open in (
        ("task", Task, Task.title, Task.status == TaskStatus.OPEN),
        ("activity", Activity, Activity.subject, Activity.status == ActivityStatus.PLANNED),
    ):
        first = (
            select(
                literal(kind).label("kind"),
                model.id,
                title.label("title"),
                model.due_at,
                model.assignee_id,
            )
            .where(getattr(model, column).in_(ids), is_open)
            .order_by(model.due_at.nulls_last(), model.id)
            .limit(1)
        )
        found += (await session.execute(first)).mappings().all()
    return found
