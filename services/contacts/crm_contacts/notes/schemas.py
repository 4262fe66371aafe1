"""Bodies of the notes feature."""

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from crm_shared.http.bodies import NOT_SENT

Words: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)
]

Mentioned: TypeAlias = Annotated[list[UUID], Field(max_length=50)]


class NoteChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    text: Words = NOT_SENT
    is_pinned: bool = False
    mentioned_ids: Mentioned = Field(
        default=[], description="Colleagues who are told of it in their inbox"
    )


class NoteIn(NoteChangeIn):
    text: Words
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None


class NoteOut(BaseModel):
    id: UUID
    revision: int
    text: str
    author_id: UUID
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    is_pinned: bool
    mentioned_ids: list[UUID]
    created_at: AwareDatetime
    updated_at: AwareDatetime
