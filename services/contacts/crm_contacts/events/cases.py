"""What is said of support cases, their queues and how content customers were."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class CaseFacts(Facts):
    """What everyone may know of a case: neither subject nor texts; times in UTC."""

    number: int
    channel: str | None
    topic: str | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    queue_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    priority: str
    status: str
    clock_started_at: datetime
    waiting_since: datetime | None
    waited_s: int
    first_responded_at: datetime | None
    first_response_due_at: datetime | None
    first_response_breached_at: datetime | None
    solution_due_at: datetime | None
    solution_breached_at: datetime | None
    solved_at: datetime | None
    solved_by_id: UUID | None
    closed_at: datetime | None
    outcome: str | None
    reopened_count: int
    merged_into_id: UUID | None
    escalated_to_id: UUID | None
    tags: list[str]
    custom_fields: dict[str, Any]


class CaseEvent(Event):
    """What every event of a case has."""

    case: CaseFacts
    changed: list[str]
    previous: dict[str, Any]


class CaseCreated(CaseEvent, type="crm.contacts.case.created.v1"):
    """A customer asked for help."""


class CaseUpdated(CaseEvent, type="crm.contacts.case.updated.v1"):
    """Something about a case changed without a move."""


class CaseDeleted(CaseEvent, type="crm.contacts.case.deleted.v1"):
    """A case was put away; it can be restored."""


class CaseRestored(CaseEvent, type="crm.contacts.case.restored.v1"):
    """A case that was put away came back."""


class CaseAssigned(CaseEvent, type="crm.contacts.case.assigned.v1"):
    """A case was given to another owner; `previous` tells whose it was."""


class CaseWaiting(CaseEvent, type="crm.contacts.case.waiting.v1"):
    """A case waits for the customer: its limits stand still."""


class CaseResumed(CaseEvent, type="crm.contacts.case.resumed.v1"):
    """A case that waited is worked on again."""


class CaseSolved(CaseEvent, type="crm.contacts.case.solved.v1"):
    """A case is solved, or cannot be: `outcome` success or failure, credited to `solved_by_id`."""


class CaseClosed(CaseEvent, type="crm.contacts.case.closed.v1"):
    """Nothing more will come of a solved case."""


class CaseReopened(CaseEvent, type="crm.contacts.case.reopened.v1"):
    """A solved or closed case is worked on again, by a colleague or by the customer."""


class CaseUnmerged(CaseEvent, type="crm.contacts.case.unmerged.v1"):
    """A merged case is a case of its own again."""


class CommentFacts(Facts):
    """Who spoke and who may read it; the text stays at home."""

    id: UUID
    is_public: bool
    by_customer: bool
    is_automatic: bool


class CaseCommented(CaseEvent, type="crm.contacts.case.commented.v1"):
    """Something was said about a case."""

    comment: CommentFacts


class CaseFirstResponded(CaseEvent, type="crm.contacts.case.first_responded.v1"):
    """A person answered the customer for the first time; `worked_s` is working time in seconds."""

    worked_s: int


class CaseMerged(CaseEvent, type="crm.contacts.case.merged.v1"):
    """A case became part of another one: whatever names it means `survivor_id`."""

    survivor_id: UUID


class CaseLimitWarned(CaseEvent, type="crm.contacts.case.limit_warned.v1"):
    """Most of a limit is used up; said once per limit."""

    limit: Literal["first_response", "solution"]
    due_at: datetime


class CaseLimitBreached(CaseEvent, type="crm.contacts.case.limit_breached.v1"):
    """A limit has passed; said once per limit, and the team's head is asked to look."""

    limit: Literal["first_response", "solution"]
    due_at: datetime


class CaseQueueFacts(Facts):
    """Whose a queue is and its limits, in seconds of working time per priority."""

    team_id: UUID | None
    is_active: bool
    limits: dict[str, dict[str, int | None]]


class CaseQueueEvent(Event):
    """What every event of a queue has."""

    case_queue: CaseQueueFacts
    changed: list[str]
    previous: dict[str, Any]


class CaseQueueCreated(CaseQueueEvent, type="crm.contacts.case_queue.created.v1"):
    """Cases can come into another queue."""


class CaseQueueUpdated(CaseQueueEvent, type="crm.contacts.case_queue.updated.v1"):
    """A queue got another team or other limits; they count for cases that come or change."""


class CaseQueueDeleted(CaseQueueEvent, type="crm.contacts.case_queue.deleted.v1"):
    """A queue takes no cases any more; those it has stay."""


class FeedbackFacts(Facts):
    """How content a customer was: points of a scale (csat: 1 to 5), no words."""

    case_id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    scale: str
    score: int | None
    submitted_at: datetime | None


class ClientFeedbackFacts(Facts):
    """How content a client was with a deal, or with the house: points of a scale, no words."""

    deal_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    scale: str
    score: int | None
    submitted_at: datetime | None


class FeedbackEvent(Event):
    """What every event of feedback has."""

    feedback: FeedbackFacts
    changed: list[str]
    previous: dict[str, Any]


class FeedbackRequested(FeedbackEvent, type="crm.contacts.feedback.requested.v1"):
    """A customer is asked how content he is with a case."""


class FeedbackSubmitted(FeedbackEvent, type="crm.contacts.feedback.submitted.v1"):
    """A customer said how content he is; within a day the last word counts."""


class ClientFeedbackEvent(Event):
    """What every event of feedback that is not about a case has."""

    feedback: ClientFeedbackFacts
    changed: list[str]
    previous: dict[str, Any]


class FeedbackAsked(ClientFeedbackEvent, type="crm.contacts.feedback.asked.v1"):
    """A client is asked how content he is with a deal, or with the house."""


class FeedbackAnswered(ClientFeedbackEvent, type="crm.contacts.feedback.answered.v1"):
    """A client said how content he is with a deal or the house; within a day the last word."""
