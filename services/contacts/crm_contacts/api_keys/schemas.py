"""Bodies of the API keys feature."""

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_contacts.users.schemas import Name, RoleName
from crm_shared.http.bodies import NOT_SENT

Scope: TypeAlias = Annotated[str, Field(pattern=r"^(\*|[a-z]+(-[a-z]+)*):(\*|[a-z]+(-[a-z]+)*)$")]
Scopes: TypeAlias = Annotated[
    list[Scope],
    Field(
        min_length=1,
        max_length=100,
        description="Nouns and verbs, `deals:read`, `deals:*`, `*:read`: within the role's rights",
    ),
]
PerSecond: TypeAlias = Annotated[int, Field(ge=1, le=1000, description="Requests a second")]


class ApiKeyChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    scopes: Scopes = NOT_SENT
    team_ids: Annotated[list[UUID], Field(max_length=50)] = []
    rate_limit: PerSecond = 50
    expires_at: AwareDatetime | None = None


class ApiKeyIn(ApiKeyChangeIn):
    name: Name
    role: RoleName = "integration"
    scopes: Scopes


class ApiKeyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    hint: str = Field(description="How the key begins")
    role: str
    team_ids: list[UUID]
    scopes: list[str]
    rate_limit: int
    maker_id: UUID = Field(description="Who answers for the key: it falls with his account")
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To about two minutes, in any service")
    created_at: datetime
    updated_at: datetime


class ApiKeyMadeOut(ApiKeyOut):
    key: str = Field(description="Told this once: it is kept as a hash")
