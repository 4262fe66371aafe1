"""Bodies of the validations feature."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from crm_shared.http.bodies import NOT_SENT
from crm_shared.validations.schemas import (
    Body,
    CommonDemand,
    Limit,
    Name,
    ValidationFields,
    ValidationShown,
)

Trigger = Literal["create", "stage", "outcome", "archive", "field"]


class ItemsAdded(Body):
    check: Literal["items_added"]
    at_least: Annotated[int, Field(ge=1, le=200)] = 1


class PaymentReceived(Body):
    check: Literal["payment_received"]
    percent: Annotated[int, Field(ge=1, le=100, description="Of the deal's amount")] = 100


class LimitPerUser(Body):
    check: Literal["limit_per_user"]
    at_most: Limit = Field(description="Other open deals of the owner")
    within: Literal["all", "pipeline", "stage"] = "all"


Demand = Annotated[
    CommonDemand | ItemsAdded | PaymentReceived | LimitPerUser, Field(discriminator="check")
]
Demands = Annotated[list[Demand], Field(max_length=20)]
StageIds = Annotated[list[UUID], Field(max_length=100)]


class _Validation(ValidationFields):
    pipeline_id: UUID | None = Field(default=None, description="All pipelines when absent")
    stage_ids: StageIds = Field(default_factory=list, description="For `stage`; none: any stage")
    outcomes: list[Literal["open", "won", "lost"]] = Field(
        default_factory=list, description="For `outcome`; none: won and lost", max_length=3
    )
    demands: Demands = Field(
        default_factory=list, description="What must be so; without any, the change is forbidden"
    )


class ValidationIn(_Validation):
    """What is forbidden, and unless what."""

    name: Name
    on: Annotated[list[Trigger], Field(min_length=1, max_length=5)]


class PatchValidationIn(_Validation):
    """Changes of a validation; what is not sent stays."""

    name: Name = NOT_SENT
    on: Annotated[list[Trigger], Field(min_length=1, max_length=5)] = NOT_SENT


class ValidationOut(ValidationShown):
    """A validation."""

    pipeline_id: UUID | None
    on: list[Trigger]
    stage_ids: list[UUID]
    demands: list[Demand]
