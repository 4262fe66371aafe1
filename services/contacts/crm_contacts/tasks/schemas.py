"""Bodies of the tasks feature."""

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from crm_contacts.contacts.schemas import Instant
from crm_contacts.tasks.models import TaskPriority, TaskStatus
from crm_shared.http.bodies import NOT_SENT, ExternalIdIn

Title: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)
]


# A kind rides in events, so it is a code and not a text.
Kind: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
# how long before it is due, in minutes: up to thirty days
Before: TypeAlias = Annotated[int, Field(ge=0, le=43_200)]


def _each_once(minutes: list[int]) -> list[int]:
    return sorted(set(minutes), reverse=True)


Reminders: TypeAlias = Annotated[
    list[Before],
    Field(max_length=5, description="Minutes before it is due", examples=[[1440, 15]]),
    AfterValidator(_each_once),
]


class TaskChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    title: Title = NOT_SENT
    kind: Kind = "todo"
    priority: TaskPriority = TaskPriority.NORMAL
    assignee_id: UUID | None = None
    team_id: UUID | None = None
    due_at: Instant | None = None
    reminders: Reminders = []
    deal_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None


class TaskFields(TaskChangeIn):
    """What another system may say of a task it knows by its own id."""

    title: Title


class TaskIn(ExternalIdIn, TaskFields):
    """A new task."""


class TaskOut(BaseModel):
    id: UUID
    revision: int
    title: str
    kind: str
    status: TaskStatus
    priority: TaskPriority
    assignee_id: UUID | None
    team_id: UUID | None
    due_at: AwareDatetime | None
    reminders: list[int]
    next_reminder_at: AwareDatetime | None
    escalated_at: AwareDatetime | None = Field(description="When the team's head was told")
    escalated_to_id: UUID | None
    completed_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    deal_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    rule_id: UUID | None
    rule_version: int | None
    source_event_id: UUID | None
    source_revision: int | None
    source_system: str | None
    external_id: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
