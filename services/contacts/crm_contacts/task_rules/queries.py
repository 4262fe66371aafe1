"""Every SELECT of the task rules feature."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.task_rules.errors import TaskRuleNotFoundError
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.rules import People
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User
from crm_shared.db.infrastructure import RULE_RUNS


def all_task_rules() -> Select[TaskRule]:
    return select(TaskRule).where(TaskRule.deleted_at.is_(None))


async def get_task_rule(session: AsyncSession, rule_id: UUID) -> TaskRule:
    rule = await session.get(TaskRule, rule_id)
    if rule is None or rule.deleted_at is not None:
        raise TaskRuleNotFoundError(rule_id)
    return rule


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> TaskRule | None:
    found = select(TaskRule).where(
        TaskRule.source_system == system, TaskRule.external_id == external_id
    )
    return (await session.scalars(found)).one_or_none()


async def list_runs(session: AsyncSession, rule_id: UUID, *, limit: int) -> list[Row[Any]]:
    """Return the last runs of a rule, the newest first."""
    found = (
        select(RULE_RUNS)
        .where(RULE_RUNS.c.rule_id == rule_id)
        .order_by(RULE_RUNS.c.ran_at.desc())
        .limit(limit)
    )
    return list(await session.execute(found))


async def closing_rules(session: AsyncSession) -> set[UUID]:
    """Return the rules whose open tasks are called off when their deal leaves the stage.

    One that was switched off or removed meanwhile still tidies up after itself.
    """
    found = select(TaskRule.id).where(TaskRule.close_open_tasks_of_left_stage)
    return set(await session.scalars(found))


async def people(
    session: AsyncSession, *, user_ids: Collection[UUID], team_ids: Collection[UUID]
) -> People:
    """Return what is known of these users and of the heads of these teams, in one trip."""
    found = (
        select(User.id, User.language, User.is_active, Team.id.label("team_id"))
        .outerjoin(Team, and_(Team.head_id == User.id, Team.id.in_(team_ids)))
        .where(or_(User.id.in_(user_ids), Team.id.is_not(None)))
    )
    rows = (await session.execute(found)).all()
    return People(
        heads={row.team_id: row.id for row in rows if row.team_id is not None},
        languages={row.id: row.language for row in rows},
        inactive=frozenset(row.id for row in rows if not row.is_active),
    )
