"""Bodies of the competitors feature."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Label = Annotated[str, Field(min_length=1, max_length=200, examples=["Pinewood Ltd"])]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class CompetitorIn(Body):
    """Somebody who sells the same."""

    label: Label


class PatchCompetitorIn(Body):
    """Changes of a competitor."""

    label: Label = NOT_SENT


class CompetitorOut(BaseModel):
    """A competitor."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    label: str
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
