"""Bodies of the cases feature."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from crm_contacts.cases.rules import CasePriority, CaseStatus
from crm_contacts.contacts.schemas import Tag
from crm_contacts.task_rules.schemas import Name
from crm_contacts.tasks.schemas import Kind, Title
from crm_shared.http.bodies import NOT_SENT, ExternalIdIn
from crm_shared.nouns.schemas import CustomFields

Words = Annotated[str, Field(min_length=1, max_length=20_000)]
Seconds = Annotated[int, Field(ge=60, le=366 * 24 * 3600)]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid")


class LimitsBody(Body):
    """Working time in seconds, by the company's calendar; null is no limit."""

    first_response_s: Seconds | None = None
    solution_s: Seconds | None = None


Limits = Annotated[
    dict[CasePriority, LimitsBody],
    PlainSerializer(lambda some: {str(name): one.model_dump() for name, one in some.items()}),
]


class CaseQueueChangeIn(Body):
    """Fields that can be changed; what is not sent stays."""

    name: Name = NOT_SENT
    team_id: UUID | None = None
    limits: Limits = {}
    is_active: bool = True


class CaseQueueIn(CaseQueueChangeIn):
    name: Name


class CaseQueueOut(BaseModel):
    id: UUID
    revision: int
    name: str
    team_id: UUID | None
    limits: dict[CasePriority, LimitsBody]
    is_active: bool
    created_at: datetime
    updated_at: datetime


class CaseChangeIn(Body):
    """Fields that can be changed; what is not sent stays, and the status moves by its routes."""

    subject: Title = NOT_SENT
    description: Words | None = None
    channel: Kind | None = Field(default=None, description="A code as email, phone, chat")
    topic: Kind | None = Field(default=None, description="A code: repeated appeals go by it")
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None
    queue_id: UUID | None = None
    priority: CasePriority = CasePriority.NORMAL
    owner_id: UUID | None = None
    team_id: UUID | None = None
    tags: Annotated[list[Tag], Field(max_length=100)] = []
    custom_fields: CustomFields = {}


class CaseFields(CaseChangeIn):
    """What another system may say of a case it knows by its own id."""

    subject: Title


class CaseIn(ExternalIdIn, CaseFields):
    """A new case."""


class AssignCaseIn(Body):
    """Whose the case is from now on."""

    owner_id: UUID | None
    team_id: UUID | None = Field(default=None, description="Stays when absent")


class CommentIn(Body):
    """Something said: internal unless `is_public`; the customer's own words are always public."""

    text: Words
    is_public: bool = False
    by_customer: bool = Field(default=False, description="The customer's words, as they came in")
    is_automatic: bool = Field(default=False, description="Counts for no limit")


class SolveIn(Body):
    outcome: Literal["success", "failure"] = "success"


class MergeCaseIn(Body):
    """The case that becomes part of this one."""

    loser_id: UUID


class CaseOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    number: int
    subject: str
    description: str | None
    channel: str | None
    topic: str | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    queue_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    priority: CasePriority
    status: CaseStatus
    waiting_since: datetime | None
    waited_s: int = Field(description="Working time in seconds, since the clock began")
    first_responded_at: datetime | None
    first_response_due_at: datetime | None = Field(description="null: no limit, or it stands still")
    first_response_breached_at: datetime | None
    solution_due_at: datetime | None = Field(description="null: no limit, or it stands still")
    solution_breached_at: datetime | None
    solved_at: datetime | None
    solved_by_id: UUID | None
    closed_at: datetime | None
    outcome: str | None
    reopened_count: int
    merged_into_id: UUID | None
    escalated_to_id: UUID | None
    tags: list[str]
    custom_fields: dict[str, Any] = Field(validation_alias="all_fields")
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class CommentOut(BaseModel):
    id: UUID
    case_id: UUID
    author_id: UUID
    text: str
    is_public: bool
    by_customer: bool
    is_automatic: bool
    created_at: datetime


class FeedbackLinkOut(BaseModel):
    """The token for whoever sends the link."""

    feedback_id: UUID
    token: str
    expires_at: datetime


class FeedbackRequestIn(Body):
    """Whom to ask: one client; about one of his deals, or in general."""

    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None


class FeedbackIn(Body):
    token: Annotated[str, Field(min_length=1, max_length=300)]
    score: Annotated[int, Field(ge=1, le=5)]
    text: Annotated[str, Field(max_length=5000)] | None = None


class FeedbackOut(BaseModel):
    id: UUID
    revision: int
    case_id: UUID | None = Field(description="null: asked about a deal, or in general")
    deal_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None
    scale: str
    score: int | None
    text: str | None
    submitted_at: datetime | None
    created_at: datetime
