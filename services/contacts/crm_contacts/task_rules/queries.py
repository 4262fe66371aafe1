"""Every SELECT of the task rules feature."""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, and_, any_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.task_rules.errors import TaskRuleNotFoundError
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.rules import People
from crm_contacts.tasks.models import Task, TaskStatus
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User
from crm_contacts.users.queries import first_team
from crm_shared.db.infrastructure import OUTBOX, RULE_RUNS

# longer chains of causes are circles through rules of several services
MAX_CHAIN = 10


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


async def who_works(
    session: AsyncSession, *, user_ids: Collection[UUID], team_id: UUID | None
) -> list[UUID]:
    """Return those of these users, or of this team, who work here; in a fixed order."""
    in_team = literal(team_id, Uuid()) == any_(User.team_ids)
    meant = in_team if team_id else User.id.in_(user_ids)
    found = select(User.id).where(User.is_active, meant).order_by(User.id)
    return list(await session.scalars(found))


async def first_team_of(session: AsyncSession, user_id: UUID | None) -> UUID | None:
    """Return the first team of a user."""
    return None if user_id is None else await first_team(session, user_id)


async def open_tasks_of(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, int]:
    """Count the open tasks of each of these people."""
    counted = (
        select(Task.assignee_id, func.count())
        .where(Task.assignee_id.in_(people), Task.status == TaskStatus.OPEN)
        .group_by(Task.assignee_id)
    )
    rows = (await session.execute(counted)).all()
    return {row[0]: row[1] for row in rows if row[0] is not None}


async def has_run(session: AsyncSession, rule: TaskRule, event_id: UUID) -> bool:
    """Tell whether this version of a rule has been woken by this event."""
    # by version: a rule that was mended may act on what its former self passed by
    ran = RULE_RUNS.c
    found = select(ran.rule_id).where(
        ran.rule_id == rule.id, ran.rule_version == rule.revision, ran.event_id == event_id
    )
    return await session.scalar(found) is not None


async def chain_of(session: AsyncSession, causation_id: UUID | None) -> list[UUID]:
    """Return the events that led here, as far as this service announced them; ten at most."""
    chain: list[UUID] = []
    # a chain through other services ends here: what they caused comes back as their event
    while causation_id is not None and len(chain) < MAX_CHAIN:
        chain.append(causation_id)
        told = select(OUTBOX.c.envelope).where(OUTBOX.c.event_id == causation_id)
        envelope = await session.scalar(told)
        cause = json.loads(envelope).get("causationid") if envelope else None
        causation_id = UUID(cause) if cause else None
    return chain


async def ran_on_any(session: AsyncSession, rule_id: UUID, chain: Sequence[UUID]) -> bool:
    """Tell whether a rule, in any version, did something with one of these events."""
    # in any version: changing a rule that runs in a circle must not set it going again
    ran = RULE_RUNS.c
    found = select(ran.rule_id).where(
        ran.rule_id == rule_id, ran.event_id.in_(chain), ran.outcome == "done"
    )
    return await session.scalar(found.limit(1)) is not None
