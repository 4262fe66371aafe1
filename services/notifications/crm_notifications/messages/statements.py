"""The hot writes of messages: a batch, its effect and its events in two statements.

One INSERT (or UPDATE) over the whole batch and one over the outbox: a batch of 100 costs two
round trips instead of two hundred.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import (
    MessageCancelled,
    MessageEvent,
    MessageExpired,
    MessageFacts,
    MessageFailed,
    MessageQueued,
    MessageSent,
    MessageUnknown,
)
from crm_notifications.messages.models import Message
from crm_notifications.messages.rules import ANNOUNCED, RECIPIENT_UNKNOWN, Status
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.events import outbox

MESSAGES = cast("Table", Message.__table__)
ANNOUNCEMENTS: Mapping[Status, type[MessageEvent]] = {
    Status.QUEUED: MessageQueued,
    Status.SENT: MessageSent,
    Status.FAILED: MessageFailed,
    Status.UNKNOWN: MessageUnknown,
    Status.EXPIRED: MessageExpired,
    Status.CANCELLED: MessageCancelled,
}
INSERT = insert(MESSAGES).on_conflict_do_nothing().returning(MESSAGES.c.id)
# A late sender may still settle what the sweep called unknown, as long as the claim is its own.
SETTLE = text("""
    UPDATE messages AS m
    SET status = d.status, reason = d.reason, attempts = d.attempts,
        next_attempt_at = d.next_attempt_at, claim_id = d.claim_id,
        claimed_until = d.claimed_until, language = coalesce(d.language, m.language),
        sent_at = CASE WHEN d.status = 'sent' THEN :now ELSE m.sent_at END,
        revision = m.revision + CASE WHEN d.announced THEN 1 ELSE 0 END, updated_at = :now
    FROM jsonb_to_recordset(CAST(:changes AS jsonb)) AS d(
        id uuid, held_by uuid, status text, reason text, attempts integer,
        next_attempt_at timestamptz, claim_id uuid, claimed_until timestamptz,
        language text, announced boolean)
    WHERE m.id = d.id AND m.claim_id IS NOT DISTINCT FROM d.held_by
      AND m.status IN ('queued', 'failed_temporary', 'sending', 'unknown')
      AND NOT (m.status = 'unknown' AND d.status = 'unknown')
    RETURNING m.id, m.revision
""")


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


def is_announced(change: Change) -> bool:
    """Whether a change is told to everyone; waiting on in the queue is none."""
    return change.status in ANNOUNCED and change.status.value != change.message["status"]


async def add_messages(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Write new messages; returns the ids of those that were not there yet."""
    if not rows:
        return set()
    return set(await session.scalars(INSERT, [dict(row) for row in rows]))


async def settle(session: AsyncSession, changes: Sequence[Change]) -> int:
    """Write what became of messages and announce it; returns how many were still ours."""
    if not changes:
        return 0
    stated = json.dumps([_as_record(change) for change in changes], default=str)
    result = await session.execute(SETTLE, {"changes": stated, "now": utc_now()})
    revisions: dict[UUID, int] = {row.id: row.revision for row in result}
    await outbox.write_entries(
        session,
        [
            _caused_by_its_event(change, revisions[change.message["id"]])
            for change in changes
            if is_announced(change) and change.message["id"] in revisions
        ],
    )
    return len(revisions)


def _as_record(change: Change) -> dict[str, Any]:
    return {
        "id": change.message["id"],
        "held_by": change.message["claim_id"],
        "status": change.status.value,
        "reason": change.reason,
        "attempts": change.attempts,
        "next_attempt_at": change.next_attempt_at.isoformat(),
        "claim_id": change.claim_id,
        "claimed_until": change.claimed_until.isoformat() if change.claimed_until else None,
        "language": change.language,
        "announced": is_announced(change),
    }


def entry_of(row: Mapping[str, Any], *, revision: int) -> dict[str, Any]:
    """The outbox row that announces where a message now is."""
    event = ANNOUNCEMENTS[Status(row["status"])]
    facts = MessageFacts.model_validate(row)
    return outbox.entry_values(event(message=facts), aggregate_id=row["id"], revision=revision)


def _caused_by_its_event(change: Change, revision: int) -> dict[str, Any]:
    row = {**change.message, "status": change.status.value, "reason": change.reason}
    cause = context.Context(
        actor=context.current().actor,
        correlation_id=row["correlation_id"],
        causation_id=row["source_event_id"],
    )
    with context.use(cause):
        return entry_of(row, revision=revision)


async def hurry(session: AsyncSession, recipient_ids: Collection[UUID]) -> None:
    """Let messages that waited to hear of these recipients go on now."""
    if recipient_ids:
        await session.execute(
            update(MESSAGES)
            .where(MESSAGES.c.recipient_id.in_(recipient_ids))
            .where(MESSAGES.c.status == Status.QUEUED.value)
            .where(MESSAGES.c.reason == RECIPIENT_UNKNOWN)
            .values(next_attempt_at=utc_now())
        )
