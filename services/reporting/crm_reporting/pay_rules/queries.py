"""Every SELECT of the rules of pay."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.errors import InputNotFoundError
from crm_reporting.pay_rules.models import PayRule


def rules_in_force() -> Select[PayRule]:
    """Select the rules that nobody took back."""
    return select(PayRule).where(PayRule.deleted_at.is_(None))


async def get_rule(session: AsyncSession, rule_id: UUID) -> PayRule:
    """Return a rule, or say that there is none."""
    row = await session.scalar(rules_in_force().where(PayRule.id == rule_id))
    if row is None:
        raise InputNotFoundError("pay rule", rule_id)
    return row


async def rules_between(session: AsyncSession, start: date, end: date) -> Sequence[PayRule]:
    """Return the rules of a time, `end` not in it, those taken back too: `in_force` sorts them.

    What a closed month was reckoned by never changes, so that a row tells its past itself.
    """
    found = select(PayRule).where(
        PayRule.starts_on < end, or_(PayRule.ends_on.is_(None), PayRule.ends_on >= start)
    )
    return (await session.scalars(found.order_by(PayRule.id))).all()
