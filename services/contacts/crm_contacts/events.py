"""Every event the contacts service publishes: ids, codes and dates, nothing personal."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm_shared.events.envelope import Event


class Facts(BaseModel):
    """A snapshot after the change, read off the row."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class UserFacts(Facts):
    """What everyone may know of a user: no name, no address."""

    role: str
    team_ids: list[UUID]
    is_active: bool
    tokens_valid_from: datetime | None


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


class CompanyFacts(Facts):
    """What everyone may know of a company: no name, no address."""

    owner_id: UUID | None
    team_id: UUID | None
    kinds: list[str]
    sector: str | None
    country: str | None
    employees: int | None
    revenue: Decimal | None
    parent_id: UUID | None
    tags: list[str]


class CompanyCreated(Event, type="crm.contacts.company.created.v1"):
    """A company entered the customer base."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class CompanyUpdated(Event, type="crm.contacts.company.updated.v1"):
    """Something about a company changed."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class CompanyDeleted(Event, type="crm.contacts.company.deleted.v1"):
    """A company was put away; it can be restored."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class CompanyRestored(Event, type="crm.contacts.company.restored.v1"):
    """A company that was put away came back."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactFacts(Facts):
    """What everyone may know of a person: whether he can be reached, not how."""

    owner_id: UUID | None
    team_id: UUID | None
    company_id: UUID | None
    source: str | None
    channel: str | None
    language: str | None
    has_email: bool
    has_phone: bool
    tags: list[str]


class ContactCreated(Event, type="crm.contacts.contact.created.v1"):
    """A person entered the customer base."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactUpdated(Event, type="crm.contacts.contact.updated.v1"):
    """Something about a person changed; fetch the reference to learn what it says now."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactDeleted(Event, type="crm.contacts.contact.deleted.v1"):
    """A person was put away; he can be restored."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactRestored(Event, type="crm.contacts.contact.restored.v1"):
    """A person who was put away came back."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class TaskFacts(Facts):
    """A task without its title; the assignee owns it."""

    owner_id: UUID | None
    team_id: UUID | None
    assignee_id: UUID | None
    kind: str
    status: str
    due_at: datetime | None
    deal_id: UUID | None
    contact_id: UUID | None
    rule_id: UUID | None
    rule_version: int | None
    source_event_id: UUID | None
    source_revision: int | None


class TaskCreated(Event, type="crm.contacts.task.created.v1"):
    """Somebody, or a rule, asked for something to be done."""

    task: TaskFacts
    changed: list[str]
    previous: dict[str, Any]


class TaskUpdated(Event, type="crm.contacts.task.updated.v1"):
    """A task was changed or reopened."""

    task: TaskFacts
    changed: list[str]
    previous: dict[str, Any]


class TaskCompleted(Event, type="crm.contacts.task.completed.v1"):
    """A task was done."""

    task: TaskFacts
    changed: list[str]
    previous: dict[str, Any]


class TaskCancelled(Event, type="crm.contacts.task.cancelled.v1"):
    """A task was called off, by a person or because its deal left the stage."""

    task: TaskFacts
    changed: list[str]
    previous: dict[str, Any]


class TaskRuleFacts(Facts):
    """When a task rule acts; the texts of its tasks stay at home."""

    event_type: str
    is_active: bool
    active_from: datetime
    on_bulk: bool
    priority: int
    close_open_tasks_of_left_stage: bool


class TaskRuleCreated(Event, type="crm.contacts.task_rule.created.v1"):
    """A rule for making tasks was written."""

    task_rule: TaskRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class TaskRuleUpdated(Event, type="crm.contacts.task_rule.updated.v1"):
    """A task rule was changed, switched on or off; its revision is its version."""

    task_rule: TaskRuleFacts
    changed: list[str]
    previous: dict[str, Any]


class TaskRuleDeleted(Event, type="crm.contacts.task_rule.deleted.v1"):
    """A task rule was removed."""

    task_rule: TaskRuleFacts
    changed: list[str]
    previous: dict[str, Any]
