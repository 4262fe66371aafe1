"""Bodies of the users feature."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

from crm_contacts.passwords.rules import MAX_LENGTH, MIN_LENGTH
from crm_shared.http.bodies import NOT_SENT

RoleName: TypeAlias = Literal[
    "admin", "head", "seller", "marketing", "accountant", "viewer", "integration"
]
Language: TypeAlias = Literal["en", "uk", "ru"]
Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
Password: TypeAlias = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
System: TypeAlias = Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]
ExternalId: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class Absence(BaseModel):
    """Days on which somebody is away, the first and the last included."""

    model_config = ConfigDict(extra="forbid")

    start: date
    end: date

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end < self.start:
            raise ValueError("an absence ends on the day it starts, or later")
        return self


def _stored(absences: list[Absence]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in absences]


Absences: TypeAlias = Annotated[
    list[Absence], Field(max_length=100), PlainSerializer(_stored, when_used="always")
]
ClientClass: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)
]
Ratings: TypeAlias = Annotated[
    dict[ClientClass, Annotated[int, Field(ge=0, le=1000)]],
    Field(max_length=50, description="how well one sells to each class of clients, 0 to 1000"),
]


class UserFields(BaseModel):
    """What another system may say of a user it knows by its own id."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    email: Annotated[str, Field(max_length=320)] | None = None
    role: RoleName
    team_ids: Annotated[list[UUID], Field(max_length=50)] = []
    language: Language | None = Field(default=None, description="else the first of CRM_LANGUAGES")
    is_active: bool = True
    absences: Absences = []
    ratings: Ratings = {}


class UserIn(UserFields):
    password: Password | None = None
    source_system: System | None = None
    external_id: ExternalId | None = None


class UserChangeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    email: Annotated[str, Field(max_length=320)] | None = None
    role: RoleName = "viewer"
    team_ids: Annotated[list[UUID], Field(max_length=50)] = []
    language: Language = "en"
    is_active: bool = True
    absences: Absences = []
    ratings: Ratings = {}


class PasswordIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: Password


class UserOut(BaseModel):
    id: UUID
    revision: int
    name: str
    email: str | None
    role: str
    team_ids: list[UUID]
    language: str
    is_active: bool
    absences: list[Absence]
    ratings: dict[str, int]
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
