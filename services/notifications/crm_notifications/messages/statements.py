"""The hot writes of messages: a batch, its effect and its events in two statements.

One INSERT (or UPDATE) over the whole batch and one over the outbox: a batch of 100 costs two
round trips instead of two hundred.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Table, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import (
    MessageBounced,
    MessageCancelled,
    MessageDelivered,
    MessageEvent,
    MessageExpired,
    MessageFacts,
    MessageFailed,
    MessageQueued,
    MessageSent,
    MessageUnknown,
)
from crm_notifications.messages.models import DUE, Message
from crm_notifications.messages.rules import ANNOUNCED, RECIPIENT_UNKNOWN, Status
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.rules import Run

MESSAGES = cast("Table", Message.__table__)
ANNOUNCEMENTS: Mapping[Status, type[MessageEvent]] = {
    Status.QUEUED: MessageQueued,
    Status.SENT: MessageSent,
    Status.FAILED: MessageFailed,
    Status.UNKNOWN: MessageUnknown,
    Status.EXPIRED: MessageExpired,
    Status.CANCELLED: MessageCancelled,
    Status.DELIVERED: MessageDelivered,
    Status.BOUNCED: MessageBounced,
}
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
# a new message was never sent anew: the database says so
WRITTEN = [column for column in MESSAGES.columns if column is not MESSAGES.c.resent]
COLUMNS = ", ".join(column.name for column in WRITTEN)
SHAPES = ", ".join(f"{c.name} {c.type.compile(dialect=DIALECT)}" for c in WRITTEN)
# Messages, their events and the run log in one trip: 100 events cost one statement.
QUEUE = text(f"""
    WITH new AS (
        INSERT INTO messages ({COLUMNS})
        SELECT {COLUMNS} FROM json_to_recordset(CAST(:messages AS json)) AS m({SHAPES})
        ON CONFLICT DO NOTHING RETURNING id
    ), told AS (
        INSERT INTO outbox (event_id, aggregate_id, revision, type, envelope, bulk, recorded_at)
        SELECT e.event_id, e.aggregate_id, e.revision, e.type, e.envelope, e.bulk, e.recorded_at
        FROM json_to_recordset(CAST(:entries AS json)) AS e(
            event_id uuid, aggregate_id uuid, revision integer, type text, envelope text,
            bulk boolean, recorded_at timestamptz)
        JOIN new ON new.id = e.aggregate_id
    ), logged AS (
        INSERT INTO rule_runs (rule_id, rule_version, event_id, subject_id, outcome, reason)
        SELECT * FROM jsonb_to_recordset(CAST(:runs AS jsonb)) AS r(
            rule_id uuid, rule_version integer, event_id uuid, subject_id uuid,
            outcome text, reason text)
        ON CONFLICT DO NOTHING
    )
    SELECT id FROM new
""")  # noqa: S608 - only names of columns are put in
# A late sender may still settle what the sweep called unknown, as long as the claim is its own.
# What the provider told of the price while the letter was on its way stands.
SETTLE = text("""
    UPDATE messages AS m
    SET status = d.status, reason = d.reason, attempts = d.attempts,
        next_attempt_at = d.next_attempt_at, claim_id = d.claim_id,
        claimed_until = d.claimed_until, language = coalesce(d.language, m.language),
        sent_at = CASE WHEN d.status = 'sent' THEN :now ELSE m.sent_at END,
        handed_at = CASE WHEN d.status = 'sending' THEN NULL ELSE m.handed_at END,
        provider = coalesce(d.provider, m.provider),
        reference = coalesce(d.reference, m.reference),
        cost = CASE WHEN d.cost IS NULL OR m.cost IS DISTINCT FROM d.cost_before
            THEN m.cost ELSE d.cost END,
        currency = CASE WHEN d.cost IS NULL OR m.cost IS DISTINCT FROM d.cost_before
            THEN m.currency ELSE d.currency END,
        address_key = coalesce(d.address_key, m.address_key),
        revision = m.revision + CASE WHEN d.announced THEN 1 ELSE 0 END, updated_at = :now
    FROM jsonb_to_recordset(CAST(:changes AS jsonb)) AS d(
        id uuid, held_by uuid, status text, reason text, attempts integer,
        next_attempt_at timestamptz, claim_id uuid, claimed_until timestamptz,
        language text, announced boolean, provider text, reference text, cost numeric,
        cost_before numeric, currency text, address_key text)
    WHERE m.id = d.id AND m.claim_id IS NOT DISTINCT FROM d.held_by
      AND m.status IN ('queued', 'failed_temporary', 'sending', 'unknown')
      AND NOT (m.status = 'unknown' AND d.status = 'unknown')
    RETURNING m.id, m.revision, m.cost, m.currency
""")
# Why a message that was queued is written no more, whatever its template and recipient; null while
# nothing is over. What somebody sent anew is his own wish.
_OVER = """
    CASE
    WHEN EXISTS (SELECT FROM erased AS e WHERE e.id = m.recipient_id) THEN 'recipient-erased'
    WHEN m.resent > 0 THEN NULL
    WHEN EXISTS (SELECT FROM message_rules AS r
        WHERE r.id = m.rule_id AND (NOT r.is_active OR r.deleted_at IS NOT NULL))
        THEN 'rule-stopped'
    WHEN EXISTS (SELECT FROM mailings AS g
        WHERE g.id = m.mailing_id AND g.status = 'cancelled') THEN 'mailing-cancelled'
    ELSE (SELECT e.reason FROM enrolments AS e
        WHERE e.id = m.enrolment_id AND e.status = 'stopped')
    END
"""
OVER = text(f"""
    SELECT id, why FROM (
        SELECT m.id, {_OVER} AS why FROM messages AS m WHERE m.id = ANY(:ids)
    ) AS looked_at WHERE why IS NOT NULL
""")  # noqa: S608
# A letter is handed over only while the claim on it stands: what a sweep put back is not sent here.
# Portions of a batch may be minutes apart: whoever stops a channel, a mailing or a rule meanwhile,
# or erases a person whom a letter names, is heard. What stays is put back by the sweep.
HAND_OVER = text(f"""
    UPDATE messages AS m SET handed_at = :now
    WHERE m.id = ANY(:ids) AND m.claim_id = :claim_id AND m.status = 'sending'
      AND m.claimed_until > :now
      AND ({_OVER}) IS NULL
      AND NOT EXISTS (SELECT FROM channels AS c WHERE c.channel = m.channel AND c.is_stopped)
      AND NOT EXISTS (SELECT FROM mailings AS g WHERE g.id = m.mailing_id AND g.status = 'paused')
      AND NOT EXISTS (SELECT FROM erased AS e
          WHERE e.id = m.contact_id AND e.erased_at > m.updated_at - interval '1 minute')
    RETURNING m.id
""")  # noqa: S608


@dataclass(frozen=True)
class Change:
    """What becomes of one message, for a reason."""

    message: Mapping[str, Any]
    status: Status
    attempts: int
    next_attempt_at: datetime
    reason: str | None = None
    claim_id: UUID | None = None
    claimed_until: datetime | None = None
    language: str | None = None
    provider: str | None = None
    reference: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
    address_key: str | None = None


def is_announced(change: Change) -> bool:
    """Whether a change is told to everyone; waiting on in the queue, or back in it, is none."""
    if change.status is Status.QUEUED and Status(change.message["status"]) not in ANNOUNCED:
        return False
    return change.status in ANNOUNCED and change.status.value != change.message["status"]


async def queue(
    session: AsyncSession,
    *,
    messages: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]],
    runs: Sequence[Run],
) -> set[UUID]:
    """Write new messages, announce those and log the runs; returns the ids that were not there."""
    given = {"messages": messages, "entries": entries, "runs": [_as_line(run) for run in runs]}
    stated = {name: to_json(rows).decode() for name, rows in given.items()}
    added = set(await session.scalars(QUEUE, stated))
    if added:
        session.info[outbox.RECORDED] = True
    return added


def _as_line(run: Run) -> dict[str, Any]:
    return {
        "rule_id": run.rule_id,
        "rule_version": run.rule_version,
        "event_id": run.envelope.id,
        "subject_id": run.envelope.subject,
        "outcome": run.outcome,
        "reason": run.reason,
    }


async def hand_over(session: AsyncSession, ids: Sequence[UUID], claim_id: UUID) -> set[UUID]:
    """Mark what is handed to the provider next; returns the ids whose claim still stands."""
    given = {"ids": list(ids), "claim_id": claim_id, "now": utc_now()}
    return set(await session.scalars(HAND_OVER, given))


async def why_over(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Of which of these messages nothing is to be written any more, and why."""
    found = await session.execute(OVER, {"ids": list(ids)})
    return {row.id: row.why for row in found}


async def settle(session: AsyncSession, changes: Sequence[Change]) -> int:
    """Write what became of messages and announce it; returns how many were still ours."""
    if not changes:
        return 0
    stated = to_json([_as_record(change) for change in changes]).decode()
    result = await session.execute(SETTLE, {"changes": stated, "now": utc_now()})
    settled = {row.id: dict(row) for row in result.mappings()}
    await outbox.write_entries(
        session,
        [
            _caused_by_its_event(change, settled[change.message["id"]])
            for change in changes
            if is_announced(change) and change.message["id"] in settled
        ],
    )
    return len(settled)


def _as_record(change: Change) -> dict[str, Any]:
    return {
        "id": change.message["id"],
        "held_by": change.message["claim_id"],
        "status": change.status.value,
        "reason": change.reason,
        "attempts": change.attempts,
        "next_attempt_at": change.next_attempt_at,
        "claim_id": change.claim_id,
        "claimed_until": change.claimed_until,
        "language": change.language,
        "announced": is_announced(change),
        "provider": change.provider,
        "reference": change.reference,
        "cost": change.cost,
        "cost_before": change.message["cost"],
        "currency": change.currency,
        "address_key": change.address_key,
    }


def entry_of(row: Mapping[str, Any], *, revision: int) -> dict[str, Any]:
    """The outbox row that announces where a message now is."""
    event = ANNOUNCEMENTS[Status(row["status"])]
    facts = MessageFacts.model_validate(row)
    return outbox.entry_values(event(message=facts), aggregate_id=row["id"], revision=revision)


def _caused_by_its_event(change: Change, settled: Mapping[str, Any]) -> dict[str, Any]:
    row = {
        **change.message,
        "status": change.status.value,
        "reason": change.reason,
        "provider": change.provider or change.message["provider"],
        "cost": settled["cost"],
        "currency": settled["currency"],
    }
    cause = context.Context(
        actor=context.current().actor,
        correlation_id=row["correlation_id"],
        causation_id=row["source_event_id"],
    )
    with context.use(cause):
        return entry_of(row, revision=settled["revision"])


async def hurry(session: AsyncSession, recipient_ids: Collection[UUID]) -> None:
    """Let messages that waited to hear of these recipients go on now."""
    if recipient_ids:
        await session.execute(
            update(MESSAGES)
            .where(MESSAGES.c.recipient_id.in_(recipient_ids))
            .where(DUE)
            .where(MESSAGES.c.reason == RECIPIENT_UNKNOWN)
            .values(next_attempt_at=utc_now())
        )
