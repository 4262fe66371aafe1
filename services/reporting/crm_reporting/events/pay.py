"""Events of the rules of pay."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class PayRuleFacts(BaseModel):
    """By which figure of whose pay follows; rates stay here: `changed` names them only."""

    role: str | None
    owner_id: UUID | None
    metric: str
    currency: str | None
    starts_on: date
    ends_on: date | None


class _PayRuleEvent(Event):
    pay_rule: PayRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class PayRuleCreated(_PayRuleEvent, type="crm.reporting.pay_rule.created.v1"):
    """Somebody, or everybody in a role, earns by a figure from a month on."""


class PayRuleUpdated(_PayRuleEvent, type="crm.reporting.pay_rule.updated.v1"):
    """A rule was ended, or corrected before any of its months was over."""


class PayRuleDeleted(_PayRuleEvent, type="crm.reporting.pay_rule.deleted.v1"):
    """A rule was taken back; no month is reckoned by it any more."""
