"""Bodies of the users feature."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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


class UserFields(BaseModel):
    """What another system may say of a user it knows by its own id."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    email: Annotated[str, Field(max_length=320)] | None = None
    role: RoleName
    team_ids: Annotated[list[UUID], Field(max_length=50)] = []
    language: Language = "en"
    is_active: bool = True


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
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
