"""Writing, changing and removing deal rules."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.configuration import use_cases as configuration
from crm_deals.configuration.use_cases import Noun, Put
from crm_deals.deal_rules import queries
from crm_deals.deal_rules.errors import (
    DealRuleExistsError,
    UnknownActionValueError,
    UnknownTriggerError,
)
from crm_deals.deal_rules.fields import READABLE
from crm_deals.deal_rules.models import BY_TIME, DealRule
from crm_deals.deals import catalogue
from crm_deals.events.automation import (
    DealRuleCreated,
    DealRuleDeleted,
    DealRuleFacts,
    DealRuleUpdated,
)
from crm_deals.pipelines.queries import must_know_places
from crm_deals.products import queries as products
from crm_shared.clock import utc_now
from crm_shared.filters import parse_tree
from crm_shared.http.hiding import refuse_conditions
from crm_shared.ids import new_id

Values = Mapping[str, Any]
NOUN = Noun(
    "deal_rule",
    DealRuleFacts,
    DealRuleCreated,
    DealRuleUpdated,
    DealRuleDeleted,
    DealRuleExistsError,
)
STANDARD: Values = {"on_bulk": False, "priority": 0, "is_active": True, "conditions": {}}


async def new_deal_rule(session: AsyncSession, values: Values) -> DealRule:
    """Return a rule that is right in itself, not kept yet."""
    given = {**STANDARD, **values}
    # what has happened before is left alone: a new rule must not act on the whole history
    given["active_from"] = given.get("active_from") or utc_now()
    rule = DealRule(id=new_id(), revision=0, created_at=utc_now(), **given)
    await _check(session, rule, given)
    return rule


async def create_deal_rule(session: AsyncSession, values: Values) -> DealRule:
    """Write a rule; it acts on what happens from now on, or from its own `active_from`."""
    rule = await new_deal_rule(session, values)
    await configuration.add(session, NOUN, rule)
    return rule


async def update_deal_rule(
    session: AsyncSession, rule: DealRule, values: Values, *, expected: int | None
) -> bool:
    """Change a rule; tells whether anything changed. Switched off, it stops with the next event."""
    held = {name: getattr(rule, name) for name in ("event_type", "conditions", "actions")}
    await _check(session, rule, {**held, "schedule": rule.schedule, **values})
    return await configuration.change(session, NOUN, rule, values, expected=expected)


async def delete_deal_rule(session: AsyncSession, rule: DealRule, *, expected: int | None) -> None:
    """Remove a rule; what it did stays."""
    await configuration.remove(session, NOUN, rule, expected=expected)


async def put_deal_rule(
    session: AsyncSession, named: tuple[str, str], values: Values
) -> tuple[DealRule, Put]:
    """Create or change the rule that another system knows under this id."""
    system, external_id = named
    known = await queries.find_deal_rule_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_deal_rule(session, identified), "created"
    back = {**values, "deleted_at": None, "active_from": values.get("active_from")}
    back["active_from"] = back["active_from"] or known.active_from
    changed = await update_deal_rule(session, known, back, expected=None)
    return known, "updated" if changed else "unchanged"


async def _check(session: AsyncSession, rule: DealRule, given: Values) -> None:
    event_type = given["event_type"]
    if event_type != BY_TIME and event_type not in READABLE:
        raise UnknownTriggerError([BY_TIME, *sorted(READABLE)])
    if (event_type == BY_TIME) != (given.get("schedule") is not None):
        raise UnknownActionValueError("/schedule", "A rule by time has one, others have none.")
    await must_know_places(session, given)
    fields = await queries.fields_of_rule(session, event_type)
    conditions = parse_tree(given["conditions"], fields, pointer="/conditions")
    # a rule that asks a hidden field would tell it by what it does
    refuse_conditions(conditions, at="/conditions", noun="deal")
    known = await catalogue.reload(session)
    for index, action in enumerate(given["actions"]):
        pointer = f"/actions/{index}"
        if action["do"] == "move" and UUID(action["stage_id"]) not in known.stages:
            raise UnknownActionValueError(f"{pointer}/stage_id", "There is no such stage.")
        if action["do"] == "move" and (reason := action.get("reason_id")):
            stage = known.stages[UUID(action["stage_id"])]
            known.reason(UUID(reason), stage.outcome)
        if action["do"] == "add_line":
            product_id = UUID(action["product_id"])
            if product_id not in await products.products_by_id(session, {product_id}):
                raise UnknownActionValueError(f"{pointer}/product_id", "There is no such product.")
