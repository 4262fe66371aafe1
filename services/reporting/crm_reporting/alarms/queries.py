"""Every SELECT of the alarms feature."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, any_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.alarms.errors import AlarmNotFoundError
from crm_reporting.alarms.models import Alarm, AlarmCheck, AlarmCustomer
from crm_reporting.customers.models import CustomerFigures
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.db.scope import visible


def within(access: Access) -> Select[Alarm]:
    """Select the alarms within one's scope."""
    mine = visible(access, Alarm.owner_id, Alarm.team_id)
    return select(Alarm).where(Alarm.deleted_at.is_(None), mine)


def seen(access: Access) -> Select[Alarm]:
    """Select the alarms that somebody may read: those within his scope, and what he is told of."""
    if access.scope is Scope.ALL:
        return within(access)
    is_told: ColumnElement[bool] = literal(access.actor.id) == any_(Alarm.user_ids)
    mine = visible(access, Alarm.owner_id, Alarm.team_id)
    return select(Alarm).where(Alarm.deleted_at.is_(None), or_(mine, is_told))


async def get_alarm(session: AsyncSession, found: Select[Alarm], alarm_id: UUID) -> Alarm:
    """Return one of these alarms, or say that there is none."""
    alarm = (await session.scalars(found.where(Alarm.id == alarm_id))).one_or_none()
    if alarm is None:
        raise AlarmNotFoundError(alarm_id)
    return alarm


async def check_of(session: AsyncSession, alarm_id: UUID) -> AlarmCheck:
    """Return when an alarm was last looked at."""
    return (await session.scalars(select(AlarmCheck).where(AlarmCheck.alarm_id == alarm_id))).one()


async def claim_due(session: AsyncSession, now: datetime) -> tuple[Alarm, AlarmCheck] | None:
    """Take the alarm that is due longest and that no other replica looks at."""
    found = (
        select(Alarm, AlarmCheck)
        .join(AlarmCheck, AlarmCheck.alarm_id == Alarm.id)
        .where(AlarmCheck.due_at <= now, Alarm.is_active, Alarm.deleted_at.is_(None))
        .order_by(AlarmCheck.due_at)
        .limit(1)
        .with_for_update(of=AlarmCheck, skip_locked=True)
    )
    row = (await session.execute(found)).one_or_none()
    return None if row is None else (row[0], row[1])


async def actor_of(session: AsyncSession, user_id: UUID) -> Actor | None:
    """Return somebody as events told of him; None when he left."""
    found = select(KNOWN_USERS).where(KNOWN_USERS.c.id == user_id, KNOWN_USERS.c.is_active)
    row = (await session.execute(found)).one_or_none()
    if row is None:
        return None
    return Actor(id=row.id, role=Role(row.role), team_ids=frozenset(row.team_ids))


async def broken_rhythms(
    session: AsyncSession, classes: Collection[str] | None
) -> Sequence[Row[UUID, bool, int]]:
    """Return the customers whose rhythm is broken: id, whether a company, revision."""
    found = select(
        CustomerFigures.customer_id, CustomerFigures.is_company, CustomerFigures.revision
    ).where(CustomerFigures.rhythm_broken.is_(True))
    if classes is not None:
        found = found.where(CustomerFigures.abc_class.in_(classes))
    return (await session.execute(found.order_by(CustomerFigures.customer_id))).all()


async def known_customers(session: AsyncSession, alarm_id: UUID) -> set[UUID]:
    """Return the customers that an alarm knows of."""
    found = select(AlarmCustomer.customer_id).where(AlarmCustomer.alarm_id == alarm_id)
    return set(await session.scalars(found))
