"""Bodies of the reasons feature."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Label = Annotated[str, Field(min_length=1, max_length=200, examples=["Delivery too slow"])]
Group = Annotated[str, Field(min_length=1, max_length=100)]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ReasonIn(Body):
    """A reason for winning or losing."""

    label: Label
    outcome: Literal["won", "lost"]
    group: Group | None = None
    department: Group | None = Field(
        default=None, description="Who should hear of it", examples=["logistics"]
    )


class PatchReasonIn(Body):
    """Changes of a reason; its outcome stays."""

    label: Label = NOT_SENT
    group: Group | None = None
    department: Group | None = None


class ReasonOut(BaseModel):
    """A reason."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    label: str
    outcome: Literal["won", "lost"]
    group: str | None
    department: str | None
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
