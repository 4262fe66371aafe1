"""What can be done to rules of pay: entered, ended, corrected, taken back."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.events.pay import (
    PayRuleCreated,
    PayRuleDeleted,
    PayRuleFacts,
    PayRuleUpdated,
)
from crm_reporting.inputs import use_cases as inputs
from crm_reporting.pay_rules.errors import MonthClosedError
from crm_reporting.pay_rules.models import FIXED, PayRule
from crm_reporting.pay_rules.rules import has_closed_months

PAY_RULE = inputs.Noun(
    "pay_rule", PayRule, PayRuleFacts, PayRuleCreated, PayRuleUpdated, PayRuleDeleted
)


async def enter_rule(session: AsyncSession, values: Mapping[str, Any]) -> PayRule:
    """Say by which figure somebody, or everybody in a role, earns from a month on."""
    row: PayRule = await inputs.enter(session, PAY_RULE, values)
    return row


async def replace_rule(
    session: AsyncSession,
    row: PayRule,
    values: Mapping[str, Any],
    *,
    expected: int | None,
    today: date,
) -> None:
    """Correct a rule; one by which months that are over were reckoned can only be ended.

    Raises MonthClosedError where a month that is over would be reckoned otherwise.
    """
    ends = {row.ends_on, values["ends_on"]}
    is_same = _reckoned_by(row.fixed()) == _reckoned_by(values)
    # the month after the earlier end is the first that gets or loses the rule
    after = min(end + timedelta(days=1) for end in ends if end) if len(ends) > 1 else today
    moved = has_closed_months(after, today)
    closed = has_closed_months(min(row.starts_on, values["starts_on"]), today)
    if closed and (moved or not is_same):
        raise MonthClosedError
    await inputs.replace(session, PAY_RULE, row, values, expected=expected)


def _reckoned_by(values: Mapping[str, Any]) -> dict[str, Any]:
    # steps are kept as they were written: 3 and 3.00 are one rate
    steps = [{name: Decimal(one[name]) for name in one} for one in values["steps"]]
    return {**{name: values[name] for name in FIXED}, "steps": steps}


async def withdraw_rule(session: AsyncSession, row: PayRule, *, expected: int | None) -> None:
    """Take a rule back; what was reckoned by it is still told with `as_of`."""
    await inputs.withdraw(session, PAY_RULE, row, expected=expected)
