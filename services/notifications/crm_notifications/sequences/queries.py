"""Every SELECT of sequences."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages.models import DUE
from crm_notifications.messages.statements import MESSAGES
from crm_notifications.sequences.errors import EnrolmentNotFoundError
from crm_notifications.sequences.models import UNDER_WAY, Enrolment
from crm_shared.actor import Access
from crm_shared.db.scope import visible


async def timed_rules(session: AsyncSession) -> list[MessageRule]:
    """The active rules that a day or a silence begins."""
    found = select(MessageRule).where(
        MessageRule.is_active,
        MessageRule.deleted_at.is_(None),
        MessageRule.event_type.startswith("time."),
    )
    return list(await session.scalars(found.order_by(MessageRule.priority, MessageRule.id)))


async def active_rules(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Which of these rules still act."""
    found = select(MessageRule.id).where(
        MessageRule.id.in_(ids), MessageRule.is_active, MessageRule.deleted_at.is_(None)
    )
    return set(await session.scalars(found))


def enrolments(access: Access, rule_id: UUID) -> Select[Enrolment]:
    """Who goes or went through a rule's letters, within the caller's scope."""
    seen = visible(access, Enrolment.owner_id, Enrolment.team_id)
    return select(Enrolment).where(Enrolment.rule_id == rule_id, seen)


async def hold_enrolment(
    session: AsyncSession, access: Access, rule_id: UUID, enrolment_id: UUID
) -> Enrolment:
    """One of them, held until the transaction ends."""
    found = enrolments(access, rule_id).where(Enrolment.id == enrolment_id).with_for_update()
    one = await session.scalar(found)
    if one is None:
        raise EnrolmentNotFoundError(enrolment_id)
    return one


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> list[Enrolment]:
    """Whose next letter is due, held for this worker; another one sees others."""
    due = (
        select(Enrolment)
        .where(UNDER_WAY)
        .where(Enrolment.next_at <= now)
        .order_by(Enrolment.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(due))


async def claim_touched(
    session: AsyncSession, contacts: Collection[UUID], deals: Collection[UUID]
) -> list[Enrolment]:
    """Sequences of these clients and deals that have letters to send, held in one order."""
    if not (contacts or deals):
        return []
    waiting = select(MESSAGES.c.enrolment_id).where(DUE, MESSAGES.c.enrolment_id == Enrolment.id)
    found = (
        select(Enrolment)
        .where(or_(Enrolment.contact_id.in_(contacts), Enrolment.deal_id.in_(deals)))
        .where(or_(UNDER_WAY, waiting.exists()))
        .order_by(Enrolment.id)
        .with_for_update()
    )
    return list(await session.scalars(found))


async def letters_waiting(session: AsyncSession, ids: Collection[UUID]) -> list[Mapping[str, Any]]:
    """Letters of these sequences that have not gone out."""
    if not ids:
        return []
    found = select(MESSAGES).where(DUE, MESSAGES.c.enrolment_id.in_(ids))
    rows = await session.execute(found.with_for_update(skip_locked=True))
    return [dict(row) for row in rows.mappings()]


async def of_subjects(
    session: AsyncSession, rule_ids: Collection[UUID], subject_ids: Collection[UUID]
) -> list[Any]:
    """What rules have done or do for these records: rule, record, occasion, status."""
    if not (rule_ids and subject_ids):
        return []
    found = select(
        Enrolment.id,
        Enrolment.rule_id,
        Enrolment.subject_id,
        Enrolment.occasion,
        Enrolment.status,
    ).where(Enrolment.rule_id.in_(rule_ids), Enrolment.subject_id.in_(subject_ids))
    return list(await session.execute(found))
