"""What one rule asks for when one event comes: pure, so that it can be read and tested alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crm_shared.working_time import (
    NoWorkingTimeError,
    WorkingCalendar,
    add_working_days,
    add_working_time,
)

OWNER = "owner"
TEAM_HEAD = "team_head"
CLOCK, WORKING_HOURS, WORKING_DAYS = "clock", "working_hours", "working_days"


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
class Happening:
    """Whom an event is about: what a rule's actions can be taken on."""

    owner_id: UUID | None = None
    team_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None
    lead_id: UUID | None = None
    case_id: UUID | None = None

    def row(self, noun: str) -> UUID | None:
        """Return the contact, company, lead or case that is meant."""
        found: UUID | None = getattr(self, f"{noun}_id")
        return found

    def about(self) -> dict[str, UUID]:
        """Return what a task of it is about."""
        names = ("contact_id", "company_id", "deal_id", "lead_id")
        return {name: found for name in names if (found := getattr(self, name)) is not None}


def happening_of(event_type: str, subject: UUID, data: Mapping[str, Any]) -> Happening:
    """Return whom an event is about."""
    noun = event_type.split(".")[2]
    told = data.get(noun)
    facts = told if isinstance(told, Mapping) else {}
    found = {
        name: UUID(str(facts[name]))
        for name in Happening.__slots__
        if isinstance(facts.get(name), str | UUID)
    }
    # the event's own record: its snapshot does not repeat its id
    if f"{noun}_id" in Happening.__slots__:
        found[f"{noun}_id"] = subject
    return Happening(**found)


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
    # work given to somebody who left would be seen by nobody
    if wanted is None or wanted in people.inactive:
        wanted = head_id
    return None if wanted in people.inactive else wanted


def title_of(template: Mapping[str, Any], language: str | None) -> str:
    """Return the title in the assignee's language, else in the first the rule has."""
    titles: Mapping[str, str] = template["title"]
    # a title in a strange language is better than a task without one
    return titles.get(language or "") or next(iter(titles.values()))


def counts_working_time(templates: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the company's calendar is needed for one of these tasks."""
    return any(one.get("due_counts", CLOCK) != CLOCK for one in templates)


def due_at(
    template: Mapping[str, Any], at: datetime, calendar: WorkingCalendar | None = None
) -> datetime | None:
    """Return the deadline, counted from the event's business time; none where nobody works."""
    due_in, counted = template["due_in_s"], template.get("due_counts", CLOCK)
    if due_in is None:
        return None
    within = timedelta(seconds=due_in)
    if counted == CLOCK or calendar is None:
        return at + within
    try:
        if counted == WORKING_DAYS:
            return add_working_days(calendar, at, within.days)
        return add_working_time(calendar, at, within)
    except NoWorkingTimeError:
        return None
