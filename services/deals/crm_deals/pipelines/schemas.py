"""Bodies of the pipelines feature."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, computed_field

from crm_deals.events import Caution, Outcome
from crm_shared.money import Currency

Label = Annotated[str, Field(min_length=1, max_length=100, examples=["Proposal"])]
Percent = Annotated[int, Field(ge=0, le=100)]
Position = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=1, le=3650)]
Names = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=30)]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class StageIn(Body):
    """A step, and what a deal needs to enter it."""

    label: Label
    probability: Percent
    outcome: Outcome = "open"
    rotting_days: Days | None = None
    required_fields: Names = Field(default_factory=list, examples=[["amount", "company_id"]])
    requirements: dict[str, Any] | None = Field(
        default=None,
        description="A filter tree that the deal must pass",
        examples=[{"field": "amount", "op": "gte", "value": "1000"}],
    )
    is_agreed: bool = Field(
        default=False, description="Customer and company have agreed: losing it is a breakdown"
    )


class NewStageIn(StageIn):
    """A step for a pipeline that is there already."""

    pipeline_id: UUID
    position: Position | None = Field(default=None, description="The end when absent")


class PatchStageIn(Body):
    """Changes of a stage."""

    label: Label = NOT_SENT
    position: Position = NOT_SENT
    probability: Percent = NOT_SENT
    outcome: Outcome = NOT_SENT
    rotting_days: Days | None = None
    required_fields: Names = NOT_SENT
    requirements: dict[str, Any] | None = None
    is_agreed: bool = NOT_SENT
    is_archived: bool = NOT_SENT


class PipelineIn(Body):
    """A way of selling, its stages in their order."""

    label: Label
    currency: Currency | None = None
    is_default: bool = False
    unreliable_customers: Caution = Field(
        default="warn", description="What happens when a deal begins with one who pays badly"
    )
    stages: Annotated[list[StageIn], Field(min_length=1, max_length=100)]


class PatchPipelineIn(Body):
    """Changes of a pipeline; its stages have their own routes."""

    label: Label = NOT_SENT
    currency: Currency | None = None
    is_default: bool = NOT_SENT
    unreliable_customers: Caution = NOT_SENT


class StageOut(BaseModel):
    """A stage; it changes with the revision of its pipeline."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    pipeline_id: UUID
    label: str
    position: int
    probability: int
    outcome: Outcome
    rotting_days: int | None
    required_fields: list[str]
    requirements: dict[str, Any] | None
    is_agreed: bool
    archived_at: datetime | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_archived(self) -> bool:
        """Whether deals enter it no more."""
        return self.archived_at is not None


class PipelineOut(BaseModel):
    """A pipeline with its stages."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    label: str
    currency: str | None
    is_default: bool
    unreliable_customers: Caution
    stages: list[StageOut]
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
