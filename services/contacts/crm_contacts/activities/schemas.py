"""Bodies of the activities feature."""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from crm_contacts.activities.models import ActivityKind, ActivityStatus, Direction
from crm_contacts.activities.rules import Frequency
from crm_contacts.contacts.schemas import Instant
from crm_contacts.tasks.schemas import Reminders
from crm_shared.http.bodies import NOT_SENT, ExternalIdIn

Subject: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
# Channels and outcomes ride in events, so they are codes and not texts.
Code: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Seconds: TypeAlias = Annotated[int, Field(ge=0, le=2_000_000_000)]


def _each_once(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


People: TypeAlias = Annotated[list[UUID], Field(max_length=100), AfterValidator(_each_once)]


class RecurrenceIn(BaseModel):
    """How often it comes again, and until when or how many times in all."""

    model_config = ConfigDict(extra="forbid")

    frequency: Frequency
    interval: Annotated[int, Field(ge=1, le=365)] = 1
    until: Instant | None = None
    count: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _ends(self) -> "RecurrenceIn":
        if (self.until is None) == (self.count is None):
            raise ValueError("says either until or count")
        return self


class ActivityChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays. Times move by `/reschedule`."""

    model_config = ConfigDict(extra="forbid")

    kind: ActivityKind = ActivityKind.OTHER
    subject: Subject = NOT_SENT
    direction: Direction | None = None
    reminders: Reminders = []
    assignee_id: UUID = NOT_SENT
    team_id: UUID | None = None
    started_at: Instant | None = None
    duration_s: Seconds | None = None
    outcome: Code | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None
    lead_id: UUID | None = None
    contact_ids: People = []
    user_ids: People = []


class ActivityFields(ActivityChangeIn):
    """What another system may say of an activity it knows by its own id."""

    kind: ActivityKind
    status: Literal["planned", "done"] = "planned"
    due_at: Instant | None = None
    completed_at: Instant | None = None
    is_promise: bool = False
    channel: Code | None = None
    agreed_at: Instant | None = None
    recurrence: RecurrenceIn | None = None

    @model_validator(mode="after")
    def _is_done(self) -> "ActivityFields":
        if self.completed_at is not None and self.status == "planned":
            raise ValueError("completed_at goes with the status done")
        return self


class ActivityIn(ExternalIdIn, ActivityFields):
    """A new activity."""


class CompleteIn(BaseModel):
    """How it went."""

    model_config = ConfigDict(extra="forbid")

    outcome: Code | None = None
    started_at: Instant | None = None
    duration_s: Seconds | None = None


class RescheduleIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    due_at: Instant
    by_agreement: bool = Field(
        default=False, description="the other side agreed: a promise that is not due yet moves too"
    )


class ReopenIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    due_at: Instant | None = None


class RecurrenceOut(BaseModel):
    frequency: Frequency
    interval: int
    until: AwareDatetime | None
    count: int | None


class ActivityOut(BaseModel):
    id: UUID
    revision: int
    kind: ActivityKind
    status: ActivityStatus
    subject: str
    direction: Direction | None
    assignee_id: UUID | None
    team_id: UUID | None
    due_at: AwareDatetime | None
    reminders: list[int]
    next_reminder_at: AwareDatetime | None
    started_at: AwareDatetime | None
    completed_at: AwareDatetime | None
    missed_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    duration_s: int | None
    outcome: str | None
    is_promise: bool
    channel: str | None
    agreed_at: AwareDatetime | None
    reschedules: int
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    lead_id: UUID | None
    contact_ids: list[UUID]
    user_ids: list[UUID]
    recurrence: RecurrenceOut | None
    series_id: UUID | None
    occurrence: int
    source_system: str | None
    external_id: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


def recurrence_as_kept(values: dict[str, object]) -> dict[str, object]:
    """Return the values of a body, its recurrence spelt as JSON keeps it."""
    given = values.get("recurrence")
    if not isinstance(given, dict):
        return values
    until = given.get("until")
    spelt = until.astimezone(UTC).isoformat() if isinstance(until, datetime) else None
    whole = {"interval": 1, "count": None, **given, "until": spelt}
    return {**values, "recurrence": whole}
