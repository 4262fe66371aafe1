"""Bodies of the teams feature."""

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_shared.http.bodies import NOT_SENT

TeamName: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]


class TeamFields(BaseModel):
    """What another system may say of a team it knows by its own id."""

    model_config = ConfigDict(extra="forbid")

    name: TeamName
    head_id: UUID | None = None
    parent_id: UUID | None = None


class TeamIn(TeamFields):
    source_system: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")] | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class TeamChangeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: TeamName = NOT_SENT
    head_id: UUID | None = None
    parent_id: UUID | None = None


class TeamOut(BaseModel):
    id: UUID
    revision: int
    name: str
    head_id: UUID | None
    parent_id: UUID | None
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
