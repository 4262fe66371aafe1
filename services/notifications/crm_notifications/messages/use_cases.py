"""What can be done to a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel, Purpose
from crm_notifications.events import (
    MessageCancelled,
    MessageEvent,
    MessageFacts,
    MessageQueued,
    MessageSent,
)
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages import statements
from crm_notifications.messages.models import Message
from crm_notifications.messages.rules import Recipient, RecipientKind, Status, Step, is_late
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.rules import Run
from crm_shared.events.subscription import caused_by
from crm_shared.ids import new_id

SECOND_CHANCE = timedelta(hours=24)
# a mail server that was away over the weekend loses no visitor
CONFIRMING_IS_OF_USE = timedelta(days=3)


@dataclass(frozen=True)
class Order:
    """One message that a rule asks for, with what its event says about it."""

    rule: MessageRule
    envelope: Envelope[AnyEvent]
    recipient: Recipient
    about: Mapping[str, UUID | None]
    facts: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Letter:
    """One letter of a sequence, with what began it."""

    id: UUID
    rule_id: UUID
    rule_version: int
    source_event_id: UUID
    source_type: str
    source_revision: int
    subject_id: UUID
    correlation_id: UUID
    happened_at: datetime
    recipient: Recipient
    about: Mapping[str, UUID | None]
    facts: Mapping[str, Mapping[str, Any]]
    template_id: UUID
    channel: str
    purpose: str
    expires_at: datetime
    enrolment_id: UUID
    step: int
    survey_id: UUID | None


async def queue_letters(session: AsyncSession, letters: Sequence[Letter]) -> set[UUID]:
    """Queue letters of sequences, each step once; returns the ids of those that are new."""
    if not letters:
        return set()
    rows, entries = [], []
    for letter in letters:
        row = _letter_row(letter)
        rows.append(row)
        cause = context.Context(
            correlation_id=letter.correlation_id, causation_id=letter.source_event_id
        )
        with context.use(cause):
            entries.append(statements.entry_of(row, revision=1))
    return await statements.queue(session, messages=rows, entries=entries, runs=[])


def _letter_row(letter: Letter) -> dict[str, Any]:
    told = {field.name: getattr(letter, field.name) for field in fields(letter)}
    recipient, about = told.pop("recipient"), told.pop("about")
    return {
        **_fresh(),
        **told,
        **about,
        "recipient_kind": recipient.kind.value,
        "recipient_id": recipient.id,
        "status": Status.QUEUED.value,
        "reason": None,
    }


async def queue_messages(
    session: AsyncSession, orders: Sequence[Order], runs: Sequence[Run]
) -> set[UUID]:
    """Queue what rules ask for, once each, and log the runs; what comes too late is expired.

    Returns the ids of the messages that are new.
    """
    rows, entries = [], []
    for order in orders:
        row = _new_row(order)
        rows.append(row)
        with caused_by(order.envelope):
            entries.append(statements.entry_of(row, revision=1))
    return await statements.queue(session, messages=rows, entries=entries, runs=runs)


def comes_late(envelope: Envelope[AnyEvent]) -> bool:
    """Whether what happened is too long ago to write about."""
    return is_late(envelope.time, utc_now())


def _fresh() -> dict[str, Any]:
    """What every new message begins with."""
    now = utc_now()
    unknown = (
        "survey_id",
        "mailing_id",
        "variant",
        "enrolment_id",
        "step",
        "provider",
        "cost",
        "currency",
    )
    return {
        "id": new_id(),
        "revision": 1,
        "created_at": now,
        "updated_at": now,
        "attempts": 0,
        "lane": 0,
        "next_attempt_at": now,
        **dict.fromkeys(unknown),
    }


def _new_row(order: Order) -> dict[str, Any]:
    rule, envelope = order.rule, order.envelope
    late = comes_late(envelope)
    return {
        **_fresh(),
        "rule_id": rule.id,
        "rule_version": rule.revision,
        "source_event_id": envelope.id,
        "source_type": envelope.type,
        "source_revision": envelope.revision,
        "subject_id": envelope.subject,
        "correlation_id": envelope.correlationid,
        "happened_at": envelope.time,
        "recipient_kind": order.recipient.kind.value,
        "recipient_id": order.recipient.id,
        **order.about,
        "template_id": rule.template_id,
        "survey_id": rule.survey_id,
        "channel": rule.channel,
        "purpose": rule.purpose,
        "facts": order.facts,
        "status": (Status.EXPIRED if late else Status.QUEUED).value,
        "reason": "late-event" if late else None,
        "expires_at": envelope.time + rule.expires_after,
    }


async def queue_confirmation(
    session: AsyncSession,
    envelope: Envelope[Any],
    *,
    form_id: UUID,
    owner_id: UUID | None,
    team_id: UUID | None,
) -> None:
    """Queue the letter that asks a visitor of a web form to confirm his address, once a lead."""
    row = {
        **_fresh(),
        **dict.fromkeys(("deal_id", "contact_id", "company_id", "reason")),
        # the form is what asks for it: there is neither a rule nor a template
        "rule_id": form_id,
        "rule_version": 1,
        "template_id": form_id,
        "source_event_id": envelope.id,
        "source_type": envelope.type,
        "source_revision": envelope.revision,
        "subject_id": envelope.subject,
        "correlation_id": envelope.correlationid,
        "happened_at": envelope.time,
        "recipient_kind": RecipientKind.LEAD.value,
        "recipient_id": envelope.subject,
        "owner_id": owner_id,
        "team_id": team_id,
        "channel": Channel.EMAIL.value,
        "purpose": Purpose.SERVICE.value,
        "facts": {},
        "status": Status.QUEUED.value,
        "expires_at": envelope.time + CONFIRMING_IS_OF_USE,
    }
    with caused_by(envelope):
        entry = statements.entry_of(row, revision=1)
    await statements.queue(session, messages=[row], entries=[entry], runs=[])


async def mark_message_sent(session: AsyncSession, message: Message) -> Message:
    """Settle an unknown message: somebody has seen that it arrived."""
    message.take(Step.MARK_SENT)
    message.sent_at = utc_now()
    return await _announce(session, message, MessageSent)


async def resend_message(session: AsyncSession, message: Message) -> Message:
    """Send a message anew, with a day's time; consent is asked again then."""
    message.take(Step.RESEND)
    now = utc_now()
    message.attempts, message.next_attempt_at = 0, now
    message.expires_at = max(message.expires_at, now + SECOND_CHANCE)
    # what a provider says of the first letter says nothing of the second, and it goes alone
    message.resent, message.lane = message.resent + 1, 0
    message.provider = message.reference = message.looked_up_at = None
    message.delivered_at = message.bounced_at = None
    return await _announce(session, message, MessageQueued)


async def cancel_message(session: AsyncSession, message: Message) -> Message:
    """Stop a message that has not gone out."""
    message.take(Step.CANCEL)
    return await _announce(session, message, MessageCancelled)


async def _announce(session: AsyncSession, message: Message, event: type[MessageEvent]) -> Message:
    # a sender that still holds the old claim must not settle what a person has decided
    message.claim_id = message.claimed_until = message.reason = None
    facts = MessageFacts.model_validate(message, from_attributes=True)
    await outbox.record(session, message, event(message=facts))
    return message
