"""Bodies of sign-in."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_contacts.users.schemas import Password, UserOut


class SignInIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=1, max_length=320)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class TokenOut(BaseModel):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    user: UserOut


class OwnPasswordIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current_password: Annotated[str, Field(min_length=1, max_length=200)]
    password: Password


class MeOut(BaseModel):
    id: UUID
    role: str
    team_ids: list[UUID]
    name: str | None
    email: str | None
    language: str | None


class KeySetOut(BaseModel):
    keys: list[dict[str, Any]]
