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


class WorkspaceChangeIn(BaseModel):
    """What is not sent stays; a list that is sent takes the place of the old one."""

    model_config = ConfigDict(extra="forbid")

    schedules: Annotated[list[ScheduleBody], Field(min_length=1, max_length=50)] = NOT_SENT
    special_days: Annotated[list[SpecialDay], Field(max_length=1000)] = NOT_SENT


class WorkspaceOut(BaseModel):
    """The company; languages, zone and currency are settings (CRM_…) and only shown."""

    id: UUID
    revision: int
    languages: list[str]
    time_zone: str
    currency: str
    schedules: list[ScheduleBody]
    special_days: list[SpecialDay]


class DueOut(BaseModel):
    due_at: AwareDatetime


class WorkingTimeOut(BaseModel):
    working_time: timedelta = Field(description="ISO 8601 duration")
    seconds: int
