"""Bodies of the workspace feature."""

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from crm_contacts.users.schemas import Language
from crm_shared.http.bodies import NOT_SENT

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", examples=["09:00"])]
DayName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class Stretch(BaseModel):
    """Working hours by the clock on the wall; 24:00 is the end of the day."""

    model_config = ConfigDict(extra="forbid")

    start: Clock
    end: Clock


Hours = Annotated[list[Stretch], Field(max_length=12)]


class Week(BaseModel):
    """A day that is not named is not worked."""

    model_config = ConfigDict(extra="forbid")

    monday: Hours = []
    tuesday: Hours = []
    wednesday: Hours = []
    thursday: Hours = []
    friday: Hours = []
    saturday: Hours = []
    sunday: Hours = []


class ScheduleBody(BaseModel):
    """Weekly hours from a day on; what was worked before that day stays counted as it was."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date | None = Field(default=None, description="null: held before all others")
    week: Week


class SpecialDay(BaseModel):
    """A day unlike its week: a holiday, a short day, or a day worked in place of another."""

    model_config = ConfigDict(extra="forbid")

    on: date
    kind: Literal["holiday", "short", "working"]
    names: dict[Language, DayName] = Field(
        default={}, description="What the day is called, by language: rides in events"
    )
    hours: Hours | None = None
    every_year: bool = Field(default=False, description="The same day and month of each year")
    instead_of: date | None = Field(
        default=None, description="A working day without hours is worked as the week of this day"
    )


FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=80)]
NounName = Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=40)]
FieldsByNoun = Annotated[
    dict[NounName, Annotated[list[FieldName], Field(max_length=100)]],
    Field(
        max_length=50,
        description="Fields by noun, a custom one as custom.<key>",
        examples=[{"contact": ["phones", "custom.passport"]}],
    ),
]
HideableRole = Literal["head", "seller", "marketing", "accountant", "viewer", "integration"]
HiddenFields = Annotated[
    dict[HideableRole, FieldsByNoun],
    Field(
        description="Fields that a role neither sees, asks for nor sets; admins see all",
        examples=[{"marketing": {"deal": ["amount"]}}],
    ),
]
RetentionKind = Literal[
    "audit_entries",
    "call_recordings",
    "case_texts",
    "event_log",
    "import_files",
    "message_texts",
]
Retention = Annotated[
    dict[RetentionKind, Annotated[int, Field(ge=1, le=36_500)] | None],
    Field(
        description="Days after which a kind of data goes; null or absent: kept for good",
        examples=[{"call_recordings": 180, "message_texts": 365}],
    ),
]


class WorkspaceChangeIn(BaseModel):
    """What is not sent stays; a list that is sent takes the place of the old one."""

    model_config = ConfigDict(extra="forbid")

    schedules: Annotated[list[ScheduleBody], Field(min_length=1, max_length=50)] = NOT_SENT
    special_days: Annotated[list[SpecialDay], Field(max_length=1000)] = NOT_SENT
    hidden_fields: HiddenFields = NOT_SENT
    sensitive_fields: FieldsByNoun = NOT_SENT
    retention: Retention = NOT_SENT


class WorkspaceOut(BaseModel):
    """The company; languages, zone and currency are settings (CRM_…) and only shown."""

    id: UUID
    revision: int
    languages: list[str]
    time_zone: str
    currency: str
    schedules: list[ScheduleBody]
    special_days: list[SpecialDay]
    hidden_fields: HiddenFields
    sensitive_fields: FieldsByNoun
    retention: Retention


class DueOut(BaseModel):
    due_at: AwareDatetime


class WorkingTimeOut(BaseModel):
    working_time: timedelta = Field(description="ISO 8601 duration")
    seconds: int
