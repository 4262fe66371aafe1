"""Assignment rules and hand-overs as events tell of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class AssignmentRuleFacts(Facts):
    """What a rule gives away and how it chooses."""

    noun: str
    how: str
    user_ids: list[UUID]
    team_ids: list[UUID]
    per_user: int | None
    per_team: int | None
    is_active: bool
    on_bulk: bool
    priority: int


class AssignmentRuleCreated(Event, type="crm.contacts.assignment_rule.created.v1"):
    """Records without an owner are given to people by a rule from now on."""

    assignment_rule: AssignmentRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class AssignmentRuleUpdated(Event, type="crm.contacts.assignment_rule.updated.v1"):
    """A rule chooses otherwise, or was switched on or off."""

    assignment_rule: AssignmentRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class AssignmentRuleDeleted(Event, type="crm.contacts.assignment_rule.deleted.v1"):
    """A rule gives nothing away any more."""

    assignment_rule: AssignmentRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class HandOverFacts(Facts):
    """Whose records go to whom; `owner_ids` get them in turn."""

    user_id: UUID
    owner_ids: list[UUID]
    nouns: list[str]
    include_closed: bool
    status: str
    finished_at: datetime | None


class HandOverStarted(Event, type="crm.contacts.hand_over.started.v1"):
    """What somebody owns goes to others; every service hands over its own nouns."""

    hand_over: HandOverFacts
    changed: list[str]
    previous: dict[str, Any]


class HandOverStopped(Event, type="crm.contacts.hand_over.stopped.v1"):
    """Everybody who was to get it has left meanwhile; `moved` counts what went over before."""

    hand_over: HandOverFacts
    moved: dict[str, int]
    changed: list[str]
    previous: dict[str, Any]


class HandOverFinished(Event, type="crm.contacts.hand_over.finished.v1"):
    """Contacts has handed over everything that it keeps; `moved` counts it by noun."""

    hand_over: HandOverFacts
    moved: dict[str, int]
    changed: list[str]
    previous: dict[str, Any]
