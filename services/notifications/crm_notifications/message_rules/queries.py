"""Every SELECT of message rules."""

from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules.errors import MessageRuleNotFoundError
from crm_notifications.message_rules.models import MessageRule
from crm_shared.db.infrastructure import RULE_RUNS


def message_rules() -> Select[MessageRule]:
    """All rules that were not deleted."""
    return select(MessageRule).where(MessageRule.deleted_at.is_(None))


async def get_message_rule(session: AsyncSession, rule_id: UUID) -> MessageRule:
    """One rule."""
    found = await session.scalar(message_rules().where(MessageRule.id == rule_id))
    if found is None:
        raise MessageRuleNotFoundError(rule_id)
    return found


async def find_by_external(
    session: AsyncSession, system: str, external_id: str
) -> MessageRule | None:
    """The rule that another system calls by this name, deleted or not."""
    return await session.scalar(
        select(MessageRule).where(
            MessageRule.source_system == system, MessageRule.external_id == external_id
        )
    )


async def count_rules_of_template(session: AsyncSession, template_id: UUID) -> int:
    """How many rules use a template."""
    uses = select(func.count()).select_from(MessageRule)
    in_a_step = MessageRule.steps.contains([{"template_id": str(template_id)}])
    uses = uses.where(
        or_(MessageRule.template_id == template_id, in_a_step), MessageRule.deleted_at.is_(None)
    )
    return await session.scalar(uses) or 0


async def list_runs(session: AsyncSession, rule_id: UUID, limit: int) -> list[dict[str, object]]:
    """What a rule did last, and why it did nothing."""
    runs = (
        select(RULE_RUNS)
        .where(RULE_RUNS.c.rule_id == rule_id)
        .order_by(RULE_RUNS.c.ran_at.desc(), RULE_RUNS.c.event_id)
        .limit(limit)
    )
    return [dict(row) for row in (await session.execute(runs)).mappings()]
