"""Tasks and the rules that make them as events tell of them: no titles."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


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
    company_id: UUID | None = None
    lead_id: UUID | None
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


class TaskReminded(Event, type="crm.contacts.task.reminded.v1"):
    """It is time to think of a task: `minutes_before` it is due, as its reminders ask; once each.

    For the assignee. When nobody worked meanwhile, the last reminder that passed counts for all.
    """

    task: TaskFacts
    changed: list[str]
    previous: dict[str, Any]
    minutes_before: int


class TaskEscalated(Event, type="crm.contacts.task.escalated.v1"):
    """A task has been overdue for longer than the company allows: once for each time it was due.

    `escalated_to_id` is the head of its team, of the head's own task the head above him; null
    when nobody of them works here.
    """

    task: TaskFacts
    changed: list[str]
    previous: dict[str, Any]
    escalated_to_id: UUID | None


class TaskCallBackOverdue(Event, type="crm.contacts.task.call_back_overdue.v1"):
    """Whoever rang in vain was not called back within the limit of working time; said once.

    `call_id` is the missed call. `escalated_to_id` is as in `task.escalated`.
    """

    task: TaskFacts
    changed: list[str]
    previous: dict[str, Any]
    call_id: UUID | None
    escalated_to_id: UUID | None


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
