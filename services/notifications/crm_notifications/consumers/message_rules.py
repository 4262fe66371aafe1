"""What rules make of events, whoever publishes them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules.fields import FIELDS
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages import use_cases as messages
from crm_notifications.messages.rules import Route, recipients_of
from crm_notifications.sequences.rules import is_sequence, template_facts
from crm_notifications.sequences.use_cases.beginning import Cause, Entry, enrol
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.rules import Match, RuleBook, Run, log_runs
from crm_shared.events.subscription import Discard
from crm_shared.nouns import known_fields


class _Named(BaseModel):
    """Whom and what a snapshot names."""

    owner_id: UUID | None = None
    team_id: UUID | None = None
    deal_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


BOOK = RuleBook(MessageRule, FIELDS, askable=known_fields.askable)
MATCHES = "notifications_rule_matches"


async def those_with_a_rule(
    session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """The events that some rule waits for; the rest writes nothing."""
    # the handler works on the same session: rules are read and matched once per batch
    found = session.info[MATCHES] = await BOOK.matching(session, batch)
    wanted = {match.envelope.id for match in found}
    return [envelope for envelope in batch if envelope.id in wanted]


async def queue_what_rules_ask(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Queue a message for every rule and event, begin its sequence, or log why there is none."""
    fresh = {envelope.id for envelope in batch}
    matches: list[Match[MessageRule]] = session.info.pop(MATCHES, [])
    planned = [(match, _orders(match)) for match in matches if match.envelope.id in fresh]
    slow = [(match, orders) for match, orders in planned if is_sequence(match.rule)]
    at_once = [(match, orders) for match, orders in planned if not is_sequence(match.rule)]
    runs = [_run(match, orders) for match, orders in at_once]
    await messages.queue_messages(session, [one for _, orders in at_once for one in orders], runs)
    if slow:
        await _begin(session, slow)


async def _begin(
    session: AsyncSession, slow: Sequence[tuple[Match[MessageRule], list[messages.Order]]]
) -> None:
    """Begin sequences, and log those that were under way or have been gone through already."""
    runs = [_run(match, orders) for match, orders in slow]
    entries = [
        _entry(orders[0])
        for (_, orders), run in zip(slow, runs, strict=True)
        if run.outcome == "done"
    ]
    begun = await enrol(session, entries)
    for run in runs:
        key = (run.rule_id, run.envelope.subject)
        if run.outcome == "done" and key not in begun:
            await log_runs(session, [replace(run, outcome="skipped", reason="sequence-had-begun")])
        else:
            # of two events of one record in one batch the first begins it
            begun.discard(key)
            await log_runs(session, [run])


def _entry(order: messages.Order) -> Entry:
    rule, envelope = order.rule, order.envelope
    noun = envelope.type.split(".")[2]
    cause = Cause(
        envelope.id, envelope.type, envelope.revision, envelope.correlationid, envelope.time
    )
    return Entry(
        rule=rule,
        noun=noun,
        subject_id=envelope.subject,
        occasion=f"version {rule.revision}",
        about=order.about,
        facts=order.facts,
        snapshot=envelope.data.as_dict().get(noun, {}),
        cause=cause,
    )


def _orders(match: Match[MessageRule]) -> list[messages.Order]:
    rule, envelope = match.rule, match.envelope
    noun = envelope.type.split(".")[2]
    data = envelope.data.as_dict()
    snapshot: Mapping[str, Any] = data.get(noun, {})
    about = _about(noun, envelope.subject, snapshot)
    route = Route(rule.recipient, rule.recipient_user_id)
    recipients = recipients_of(route, {**about, "contact_ids": snapshot.get("contact_ids")})
    facts = template_facts(data)
    return [messages.Order(rule, envelope, one, about, facts) for one in recipients]


def _run(match: Match[MessageRule], orders: Sequence[messages.Order]) -> Run:
    rule, envelope = match.rule, match.envelope
    if not orders:
        reason = f"event-names-no-{rule.recipient.replace('_', '-')}"
        return Run(rule.id, rule.revision, envelope, "skipped", reason)
    if messages.comes_late(envelope):
        return Run(rule.id, rule.revision, envelope, "skipped", "late-event")
    return Run(rule.id, rule.revision, envelope, "done")


def _about(noun: str, subject: UUID, snapshot: Mapping[str, Any]) -> dict[str, UUID | None]:
    try:
        named = _Named.model_validate(snapshot)
    except ValidationError as unreadable:
        raise Discard("the ids in the event's snapshot cannot be read") from unreadable
    about: dict[str, UUID | None] = named.model_dump()
    return about | ({f"{noun}_id": subject} if f"{noun}_id" in about else {})
