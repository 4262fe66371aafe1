"""What one rule asks for when one event comes: pure, so that it can be read and tested alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

OWNER = "owner"
TEAM_HEAD = "team_head"


@dataclass(frozen=True, slots=True)
class DealMove:
    """What a rule looks at of the event that woke it."""

    deal_id: UUID
    revision: int
    event_id: UUID
    at: datetime
    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None


@dataclass(frozen=True, slots=True)
class People:
    """Who works here: heads of teams, languages, and who left."""

    heads: Mapping[UUID, UUID]
    languages: Mapping[UUID, str]
    inactive: frozenset[UUID]


def assignee_of(template: Mapping[str, Any], move: DealMove, people: People) -> UUID | None:
    """Return who gets the task; work of somebody who is away or missing goes to the team's head."""
    head_id = None if move.team_id is None else people.heads.get(move.team_id)
    asked = template["assignee"]
    if asked == OWNER:
        wanted = move.owner_id
    elif asked == TEAM_HEAD:
        wanted = head_id or move.owner_id
    else:
        wanted = UUID(asked)
    if wanted is None or wanted in people.inactive:
        wanted = head_id
    return None if wanted in people.inactive else wanted


def title_of(template: Mapping[str, Any], language: str | None) -> str:
    """Return the title in the assignee's language, else in the first the rule has."""
    titles: Mapping[str, str] = template["title"]
    return titles.get(language or "") or next(iter(titles.values()))


def due_at(template: Mapping[str, Any], at: datetime) -> datetime | None:
    """Return the deadline, counted from the event's business time."""
    due_in = template["due_in_s"]
    return None if due_in is None else at + timedelta(seconds=due_in)
