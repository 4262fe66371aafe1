"""Every SELECT of deliveries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.messages.models import DUE, UNDER_WAY
from crm_notifications.messages.rules import RECIPIENT_UNKNOWN, RecipientKind
from crm_notifications.messages.statements import MESSAGES
from crm_notifications.templates.models import Template, texts_of
from crm_notifications.templates.rules import Text


async def list_due(session: AsyncSession, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Messages whose turn it is, locked for this sender; another sender sees others."""
    due = (
        select(MESSAGES)
        .where(DUE)
        .where(MESSAGES.c.next_attempt_at <= now)
        .order_by(MESSAGES.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in (await session.execute(due)).mappings()]


async def list_abandoned(session: AsyncSession, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Messages whose sender never came back, locked for this sweep."""
    abandoned = (
        select(MESSAGES)
        .where(UNDER_WAY)
        .where(MESSAGES.c.claimed_until <= now)
        .order_by(MESSAGES.c.claimed_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in (await session.execute(abandoned)).mappings()]


async def texts_by_template(
    session: AsyncSession, ids: set[UUID]
) -> Mapping[UUID, Mapping[str, Text]]:
    """The words of templates as they are now; a deleted template still finishes its messages."""
    rows = await session.execute(select(Template.id, Template.texts).where(Template.id.in_(ids)))
    return {row.id: texts_of(row.texts) for row in rows}


async def list_strangers(session: AsyncSession, limit: int) -> Mapping[str, set[UUID]]:
    """Recipients that messages wait for because nothing is known of them, by kind of ref."""
    waiting = (
        select(MESSAGES.c.recipient_kind, MESSAGES.c.recipient_id)
        .where(DUE)
        .where(MESSAGES.c.reason == RECIPIENT_UNKNOWN)
        .where(MESSAGES.c.recipient_kind != RecipientKind.TEAM.value)
        .distinct()
        .limit(limit)
    )
    found: dict[str, set[UUID]] = {}
    for row in await session.execute(waiting):
        found.setdefault(row.recipient_kind, set()).add(row.recipient_id)
    return found
