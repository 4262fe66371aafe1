"""Beginning sequences: an event, a day or a silence, each once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules.models import MessageRule
from crm_notifications.sequences import statements
from crm_notifications.sequences.rules import TO_BEGIN, State, plan_of
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Cause:
    """What begins a sequence: an event, or what was last heard of a record whose day has come."""

    event_id: UUID
    type: str
    revision: int
    correlation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that a rule's letters begin for, and what it happens once for."""

    rule: MessageRule
    noun: str
    subject_id: UUID
    occasion: str
    about: Mapping[str, UUID | None]
    facts: Mapping[str, Mapping[str, Any]]
    snapshot: Mapping[str, Any]
    cause: Cause


async def enrol(session: AsyncSession, entries: Sequence[Entry]) -> set[tuple[UUID, UUID]]:
    """Begin sequences, each once per occasion; returns (rule, record) of those that are new."""
    return await statements.insert_enrolments(session, [_row(entry) for entry in entries])


def _row(entry: Entry) -> dict[str, Any]:
    rule, now = entry.rule, utc_now()
    is_deal = entry.noun == "deal"
    stage_id = entry.snapshot.get("stage_id") if is_deal else None
    return {
        "id": new_id(),
        "rule_id": rule.id,
        "rule_version": rule.revision,
        "noun": entry.noun,
        "subject_id": entry.subject_id,
        "occasion": entry.occasion,
        **entry.about,
        "source_event_id": entry.cause.event_id,
        "source_type": entry.cause.type,
        "source_revision": entry.cause.revision,
        "correlation_id": entry.cause.correlation_id,
        "happened_at": entry.cause.at,
        "facts": entry.facts,
        "plan": plan_of(rule),
        "stop_on": rule.stop_on,
        "stage_id": UUID(str(stage_id)) if stage_id else None,
        "outcome": entry.snapshot.get("outcome") if is_deal else None,
        "status": State.ACTIVE.value,
        "reason": None,
        "next_step": TO_BEGIN,
        "next_at": now,
        "taken": [],
        "started_at": entry.cause.at,
        "created_at": now,
        "updated_at": now,
    }
