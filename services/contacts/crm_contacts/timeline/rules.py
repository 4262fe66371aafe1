"""What of an event belongs into a timeline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

# Nouns that have a timeline of their own.
ANCHORS = frozenset({"contact", "company", "deal", "lead", "case"})
# What is shown of a snapshot: codes, labels of configuration, times and figures.
SHOWN = (
    "kind", "status", "direction", "answered", "duration_s", "due_at", "agreed_at", "completed_at",
    "started_at", "outcome", "is_promise", "channel", "purpose", "reason", "stage_id",
    "stage_label", "reason_label", "amount", "currency", "is_pinned", "reschedules",
    "number", "priority", "score",
)  # fmt: skip
STAGES = ("from_stage", "to_stage")


class Snapshot(BaseModel):
    """The part of any noun's snapshot that says whose timeline it belongs to."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    owner_id: UUID | None = None
    team_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None
    lead_id: UUID | None = None
    case_id: UUID | None = None
    contact_ids: list[UUID] = []


def noun_and_fact(event_type: str) -> tuple[str, str]:
    """Return the noun and what happened to it: `crm.deals.deal.created.v1` → deal, created."""
    parts = event_type.split(".")
    return parts[2], parts[3]


def snapshot_of(event_type: str, data: Mapping[str, Any]) -> Snapshot | None:
    """Return what an event says of its noun, or None when it carries no snapshot."""
    found = data.get(noun_and_fact(event_type)[0])
    return Snapshot.model_validate(found) if isinstance(found, dict) else None


def anchors_of(noun: str, subject_id: UUID, snapshot: Snapshot) -> set[UUID]:
    """Return whose timelines an event belongs to."""
    about = ("contact_id", "company_id", "deal_id", "lead_id", "case_id")
    named = {getattr(snapshot, name) for name in about}
    own = {subject_id} if noun in ANCHORS else set()
    return {one for one in named if one is not None} | set(snapshot.contact_ids) | own


def details_of(event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a timeline shows of an event."""
    facts = data[noun_and_fact(event_type)[0]]
    shown = {name: facts[name] for name in SHOWN if facts.get(name) is not None}
    for name in STAGES:
        if isinstance(stage := data.get(name), dict):
            shown[name] = {key: stage.get(key) for key in ("id", "label", "outcome")}
    if data.get("changed"):
        shown["changed"] = data["changed"]
    return shown


def happened(at: datetime, recorded_at: datetime) -> datetime:
    """Return the time of an entry: business time, but never later than it was written."""
    # systems date events ahead: an entry of tomorrow would stay on top for a day
    return min(at, recorded_at)
