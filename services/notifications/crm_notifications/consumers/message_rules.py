"""What rules make of events, whoever publishes them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules.fields import FIELDS
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages import use_cases as messages
from crm_notifications.messages.rules import Route, recipient_of
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.rules import Match, RuleBook, Run
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
    """Queue a message for every rule and event, or log why there is none."""
    fresh = {envelope.id for envelope in batch}
    matches: list[Match[MessageRule]] = session.info.pop(MATCHES, [])
    planned = [(match, _order(match)) for match in matches if match.envelope.id in fresh]
    orders = [order for _, order in planned if order is not None]
    runs = [_run(match, order) for match, order in planned]
    await messages.queue_messages(session, orders, runs)


def _order(match: Match[MessageRule]) -> messages.Order | None:
    rule, envelope = match.rule, match.envelope
    noun = envelope.type.split(".")[2]
    data = envelope.data.as_dict()
    snapshot: Mapping[str, Any] = data.get(noun, {})
    about = _about(noun, envelope.subject, snapshot)
    recipient = recipient_of(Route(rule.recipient, rule.recipient_user_id), about)
    if recipient is None:
        return None
    return messages.Order(rule, envelope, recipient, about, _facts(data))


def _run(match: Match[MessageRule], order: messages.Order | None) -> Run:
    rule, envelope = match.rule, match.envelope
    if order is None:
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


def _facts(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the event itself tells a template; names come from refs when the message is sent."""
    deal: Mapping[str, Any] = data.get("deal", {})
    told = ("amount", "currency", "outcome", "expected_close_date")
    facts = {"deal": {name: deal.get(name) for name in told} | {"stage": deal.get("stage_label")}}
    for name in ("from_stage", "to_stage"):
        if name in data:
            facts[name] = {"label": data[name].get("label")}
    return facts
