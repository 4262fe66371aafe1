"""Users and teams as events tell of them: no names, no addresses."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class AbsenceFacts(Facts):
    """Days on which somebody is away, the first and the last included."""

    start: date
    end: date


class UserFacts(Facts):
    """What everyone may know of a user: no name, no address."""

    role: str
    team_ids: list[UUID]
    is_active: bool
    tokens_valid_from: datetime | None
    absences: list[AbsenceFacts]


class UserCreated(Event, type="crm.contacts.user.created.v1"):
    """Somebody was given an account."""

    user: UserFacts
    changed: list[str]
    previous: dict[str, Any]


class UserUpdated(Event, type="crm.contacts.user.updated.v1"):
    """A user's role, teams or standing changed; an inactive one is refused everywhere."""

    user: UserFacts
    changed: list[str]
    previous: dict[str, Any]


class TeamFacts(Facts):
    """Who leads a team and where it stands; its name goes by reference."""

    head_id: UUID | None
    parent_id: UUID | None


class TeamCreated(Event, type="crm.contacts.team.created.v1"):
    """A team was formed."""

    team: TeamFacts
    changed: list[str]
    previous: dict[str, Any]


class TeamUpdated(Event, type="crm.contacts.team.updated.v1"):
    """A team got another head, parent or name."""

    team: TeamFacts
    changed: list[str]
    previous: dict[str, Any]


class TeamDeleted(Event, type="crm.contacts.team.deleted.v1"):
    """A team was dissolved."""

    team: TeamFacts
    changed: list[str]
    previous: dict[str, Any]
