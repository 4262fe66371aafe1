"""Bodies of the alarms feature."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    model_validator,
)

from crm_reporting.alarms.rules import Direction, Kind, is_inside, release_of
from crm_reporting.metrics.rules.numbers import written
from crm_shared.http.problems import broken_by

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Figure = Annotated[Decimal, Field(max_digits=24, decimal_places=9, allow_inf_nan=False)]
Told = Annotated[
    Decimal,
    PlainSerializer(lambda value: written(value.normalize()), return_type=str, when_used="json"),
]
_OF_A_METRIC = ("metric", "direction", "bound")


class AlarmIn(BaseModel):
    """An alarm: `metric` watches a figure of the last days, `rhythm` every customer's intervals."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    kind: Kind = "metric"
    metric: str | None = Field(default=None, max_length=60, examples=["win_rate"])
    variant: str | None = Field(default=None, max_length=20)
    filter: dict[str, Any] | None = Field(
        default=None, description="The one filter grammar over what metrics are filtered by"
    )
    days: int = Field(default=30, ge=1, le=3660, description="The last so many days, with today")
    direction: Direction | None = Field(
        default=None, description="Past the bound: `above` or `below`"
    )
    bound: Figure | None = None
    release: Figure | None = Field(
        default=None,
        description="Where it is calm again; 5 % of the bound inside it when nobody says",
    )
    classes: list[Literal["A", "B", "C", "N"]] | None = Field(
        default=None, description="Of `rhythm`: customers of these classes; null: all"
    )
    user_ids: list[UUID] = Field(
        default=[], max_length=100, description="Who is told; nobody named: whoever made it"
    )
    is_active: bool = True

    @model_validator(mode="after")
    def _says_what_it_watches(self) -> Self:
        missing = [name for name in _OF_A_METRIC if getattr(self, name) is None]
        if self.kind == "metric" and missing:
            rule = "A metric's alarm needs metric, direction, bound"
            raise broken_by("required", rule, *missing)
        if self.kind == "rhythm" and len(missing) < len(_OF_A_METRIC):
            said = [name for name in _OF_A_METRIC if name not in missing]
            raise broken_by("unknown-field", "A rhythm's alarm has no metric and no bound", *said)
        if self.bound is None or self.direction is None or self.release is None:
            return self
        if not is_inside(self.bound, self.release, self.direction):
            raise broken_by("release", "Calm lies inside the bound, not beyond it", "release")
        return self

    def values(self) -> dict[str, Any]:
        """Return the columns, with where it is calm again."""
        told = self.model_dump()
        if self.kind == "rhythm":
            return told | {"days": None, "release": None, "filter": None, "variant": None}
        if self.bound is not None and self.direction is not None and self.release is None:
            told["release"] = release_of(self.bound, self.direction)
        return told | {"classes": None}


class AlarmOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    name: str
    kind: Kind
    owner_id: UUID
    team_id: UUID | None
    metric: str | None
    variant: str | None
    filter: dict[str, Any] | None
    days: int | None
    direction: Direction | None
    bound: Told | None
    release: Told | None
    classes: list[str] | None
    user_ids: list[UUID]
    is_active: bool
    is_raised: bool


class AlarmCheckOut(BaseModel):
    """How the alarm stood when it was last looked at."""

    model_config = ConfigDict(from_attributes=True)

    checked_at: datetime | None
    due_at: datetime
    value: Told | None
    reason: str | None = Field(description="Why there is no value, or why it cannot be told")
