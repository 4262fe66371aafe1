"""Every SELECT of the presets feature."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules.models import MessageRule
from crm_notifications.message_rules.queries import message_rules
from crm_notifications.presets.rules import mentions
from crm_notifications.templates.models import Template
from crm_notifications.templates.queries import templates


async def rules_about(session: AsyncSession, ids: Collection[UUID]) -> list[MessageRule]:
    """Return the rules whose conditions ask for one of these ids, in a fixed order."""
    found = message_rules().order_by(MessageRule.created_at, MessageRule.id)
    return [one for one in await session.scalars(found) if mentions(one.conditions, ids)]


async def templates_of(session: AsyncSession, rules: Sequence[MessageRule]) -> list[Template]:
    """Return the templates that rules speak through, in a fixed order."""
    wanted = {one.template_id for one in rules}
    wanted |= {UUID(step["template_id"]) for one in rules for step in one.steps}
    found = templates().where(Template.id.in_(wanted))
    return list(await session.scalars(found.order_by(Template.created_at, Template.id)))
