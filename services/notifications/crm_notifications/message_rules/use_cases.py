"""What can be done to a message rule."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import (
    MessageRuleCreated,
    MessageRuleDeleted,
    MessageRuleFacts,
    MessageRuleUpdated,
    TemplateDeleted,
)
from crm_notifications.message_rules import queries
from crm_notifications.message_rules.errors import (
    RuleRecipientError,
    RuleTemplateError,
    RuleTimingError,
    UnknownEventTypeError,
)
from crm_notifications.message_rules.fields import FIELDS
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.sequences.fields import askable_of, days_of
from crm_notifications.sequences.rules import BEFORE_DATE, BIRTHDAY, BY_TIME, NO_ANSWER
from crm_notifications.templates import queries as templates
from crm_notifications.templates.errors import TemplateInUseError, TemplateNotFoundError
from crm_notifications.templates.models import Template
from crm_notifications.templates.use_cases import facts_of as template_facts_of
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.filters import parse_tree
from crm_shared.http.hiding import FieldHiddenError, hidden_of, refuse_conditions
from crm_shared.policies import covers

RULE_FACTS = tuple(MessageRuleFacts.model_fields)


async def create_message_rule(session: AsyncSession, values: Mapping[str, Any]) -> MessageRule:
    """Make a rule; it acts on what is recorded from `active_from` on, now unless told otherwise."""
    rule = MessageRule(**{"active_from": utc_now(), **_given(values)})
    await _check(session, rule)
    session.add(rule)
    await outbox.record(
        session, rule, MessageRuleCreated(message_rule=facts_of(rule), changed=[], previous={})
    )
    return rule


async def change_message_rule(
    session: AsyncSession, rule: MessageRule, values: Mapping[str, Any]
) -> MessageRule:
    """Change a rule; its runs are counted anew under the new version."""
    for name, value in values.items():
        setattr(rule, name, value)
    await _check(session, rule)
    changes = outbox.changes_of(rule, MessageRuleFacts)
    if changes:
        event = MessageRuleUpdated(
            message_rule=facts_of(rule), changed=changes.changed, previous=changes.previous
        )
        await outbox.record(session, rule, event)
    return rule


async def delete_message_rule(session: AsyncSession, rule: MessageRule) -> None:
    """Stop a rule for good; its messages and its run log stay."""
    rule.deleted_at, rule.is_active = utc_now(), False
    changes = outbox.changes_of(rule, MessageRuleFacts)
    event = MessageRuleDeleted(
        message_rule=facts_of(rule), changed=changes.changed, previous=changes.previous
    )
    await outbox.record(session, rule, event)


async def upsert_message_rule(session: AsyncSession, values: Mapping[str, Any]) -> MessageRule:
    """Make or change the rule that another system calls by a name of its own."""
    found = await queries.find_by_external(session, values["source_system"], values["external_id"])
    if found is None:
        return await create_message_rule(session, values)
    return await change_message_rule(session, found, {**_given(values), "deleted_at": None})


async def delete_template(session: AsyncSession, template: Template) -> None:
    """Take a template out of use, unless a rule still speaks through it.

    Messages already queued with it still go out.
    """
    uses = await queries.count_rules_of_template(session, template.id)
    if uses:
        raise TemplateInUseError(template.id, uses)
    template.deleted_at = utc_now()
    event = TemplateDeleted(
        template=template_facts_of(template), changed=["deleted_at"], previous={}
    )
    await outbox.record(session, template, event)


async def _check(session: AsyncSession, rule: MessageRule) -> None:
    if rule.event_type not in FIELDS and rule.event_type not in BY_TIME:
        raise UnknownEventTypeError(rule.event_type, sorted([*FIELDS, *BY_TIME]))
    await _check_timing(session, rule)
    askable = await askable_of(session, rule.event_type, rule.timing)
    refuse_conditions(parse_tree(rule.conditions, askable), at="/conditions")
    if (rule.recipient == "user") != (rule.recipient_user_id is not None):
        raise RuleRecipientError
    await _check_template(session, rule.template_id, rule.channel)
    for step in rule.steps or ():
        await _check_step(session, rule, step)


async def _check_timing(session: AsyncSession, rule: MessageRule) -> None:
    """Refuse what does not say when, or says it twice."""
    timing = rule.timing
    if rule.event_type not in BY_TIME:
        if timing is not None:
            raise RuleTimingError("/timing", "An event begins this rule: it needs no day.")
        return
    if timing is None:
        raise RuleTimingError("/timing", "A rule by time says which day, or how long.")
    if rule.event_type == BIRTHDAY:
        _refuse_hidden_day("contact.birth_date", at="/event_type")
        return
    if timing["days"] is None or (rule.event_type == NO_ANSWER and timing["days"] < 1):
        raise RuleTimingError("/timing/days", "How many days before the day, or of silence.")
    if rule.event_type == BEFORE_DATE:
        known = await days_of(session)
        if timing["field"] not in known:
            raise RuleTimingError("/timing/field", f"One of {', '.join(known)}.")
        _refuse_hidden_day(timing["field"], at="/timing/field")


def _refuse_hidden_day(field: str, *, at: str) -> None:
    """What a rule does would tell the day that its maker's role may not see."""
    noun, _dot, name = field.partition(".")
    if covers(hidden_of(noun), name.replace("custom_fields.", "custom.")):
        raise FieldHiddenError(at)


async def _check_step(session: AsyncSession, rule: MessageRule, step: Mapping[str, Any]) -> None:
    recipient = step["recipient"] or rule.recipient
    user_id = step["recipient_user_id"] or rule.recipient_user_id
    if recipient == "user" and user_id is None:
        raise RuleRecipientError
    channel = step["channel"] or rule.channel
    await _check_template(session, UUID(step["template_id"]), channel)


async def _check_template(session: AsyncSession, template_id: UUID, channel: str) -> None:
    try:
        template = await templates.get_template(session, template_id)
    except TemplateNotFoundError as missing:
        raise RuleTemplateError(missing.detail) from missing
    if template.channel != channel:
        raise RuleTemplateError(f"The template is for {template.channel}, the rule for {channel}.")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def facts_of(rule: MessageRule) -> MessageRuleFacts:
    """What everyone may know of a rule."""
    return MessageRuleFacts.model_validate(
        {name: getattr(rule, "name" if name == "label" else name) for name in RULE_FACTS}
    )
