"""Writing, changing and removing task rules."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.customs.catalogue import BOOK as FIELDS
from crm_contacts.events import TaskRuleCreated, TaskRuleDeleted, TaskRuleFacts, TaskRuleUpdated
from crm_contacts.task_rules import queries
from crm_contacts.task_rules.errors import TaskRuleExistsError, UnknownEventTypeError
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.clock import utc_now
from crm_shared.events.envelope import service_of
from crm_shared.filters import Fields, parse_tree
from crm_shared.http.hiding import refuse_conditions
from crm_shared.ids import new_id
from crm_shared.nouns import known_fields

Readable = Mapping[str, Fields]


async def create_task_rule(
    session: AsyncSession, values: Mapping[str, Any], *, readable: Readable
) -> TaskRule:
    """Write a rule; it acts on what is recorded from now on, or from its own `active_from`."""
    rule = TaskRule(id=new_id(), created_at=utc_now())
    usual = {"conditions": {}, "tasks": [], "actions": [], "is_active": True}
    askable = await _askable(session, readable, str(values["event_type"]))
    _apply(rule, {**usual, **values}, askable)
    session.add(rule)
    event = TaskRuleCreated(task_rule=facts_of(rule), changed=[], previous={})
    try:
        await announce(session, rule, event)
    except IntegrityError as taken:
        raise TaskRuleExistsError from taken
    return rule


async def update_task_rule(
    session: AsyncSession, rule: TaskRule, values: Mapping[str, Any], *, readable: Readable
) -> TaskRule:
    """Change a rule; its revision is the version that the run log names."""
    event_type = str(values.get("event_type", rule.event_type))
    _apply(rule, values, await _askable(session, readable, event_type))
    if changes := changes_told(rule, TaskRuleFacts):
        event = TaskRuleUpdated(
            task_rule=facts_of(rule), changed=changes.changed, previous=changes.previous
        )
        await announce(session, rule, event)
    return rule


async def write_task_rule(
    session: AsyncSession, values: Mapping[str, Any], *, readable: Readable
) -> tuple[TaskRule, bool]:
    """Create a rule, or change the one that its external id names; tell whether it is new."""
    named = (str(values["source_system"]), str(values["external_id"]))
    rule = await queries.find_by_external(session, *named)
    if rule is None:
        return await create_task_rule(session, values, readable=readable), True
    back = {**values, "deleted_at": None}
    return await update_task_rule(session, rule, back, readable=readable), False


async def delete_task_rule(session: AsyncSession, rule: TaskRule) -> None:
    """Remove a rule; the tasks it made stay."""
    rule.deleted_at = utc_now()
    event = TaskRuleDeleted(task_rule=facts_of(rule), changed=["deleted_at"], previous={})
    await announce(session, rule, event)


def facts_of(rule: TaskRule) -> TaskRuleFacts:
    return TaskRuleFacts.model_validate(rule)


async def _askable(session: AsyncSession, readable: Readable, event_type: str) -> Readable:
    """Return what conditions may name, custom fields of the event's noun included."""
    fields = readable.get(event_type)
    if fields is None:
        return readable
    # custom fields of others are known here by their events, our own by their definitions
    is_own = service_of(event_type) == "contacts"
    askable = FIELDS.askable if is_own else known_fields.askable
    return {**readable, event_type: await askable(session, event_type, fields)}


def _apply(rule: TaskRule, values: Mapping[str, Any], readable: Readable) -> None:
    standard = {"on_bulk": False, "priority": 0, "close_open_tasks_of_left_stage": False}
    for name, value in standard.items():
        if getattr(rule, name) is None:
            setattr(rule, name, value)
    for name, value in values.items():
        setattr(rule, name, value)
    # without it the rule would act on every event that the stream still holds
    rule.active_from = rule.active_from or utc_now()
    if rule.event_type not in readable:
        raise UnknownEventTypeError(sorted(readable))
    tree = parse_tree(rule.conditions, readable[rule.event_type], pointer="/conditions")
    refuse_conditions(tree, at="/conditions")
