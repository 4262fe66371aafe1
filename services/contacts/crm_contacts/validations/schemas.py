"""Bodies of the validations feature."""

from typing import Annotated, Literal

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

NounName = Literal["contact", "company", "lead", "case"]
Trigger = Literal["create", "stage", "outcome", "archive", "merge", "field"]
Triggers = Annotated[list[Trigger], Field(min_length=1, max_length=6)]
Outcome = Literal["converted", "disqualified", "success", "failure"]
StageName = Annotated[str, Field(min_length=1, max_length=100)]


class LimitPerUser(Body):
    check: Literal["limit_per_user"]
    at_most: Limit = Field(description="Others of the owner; of leads and cases open ones")
    within: Literal["all", "stage"] = "all"


Demand = Annotated[CommonDemand | LimitPerUser, Field(discriminator="check")]


class _Validation(ValidationFields):
    stages: Annotated[list[StageName], Field(max_length=100)] = Field(
        default_factory=list,
        description="For `stage`: lifecycle stages of clients, statuses of leads and cases;"
        " none: any",
    )
    outcomes: Annotated[list[Outcome], Field(max_length=4)] = Field(
        default_factory=list,
        description="For `outcome`: leads are converted or disqualified, cases end in success or"
        " failure; none: any",
    )
    demands: Annotated[list[Demand], Field(max_length=20)] = Field(
        default_factory=list, description="What must be so; without any, the change is forbidden"
    )


class ValidationIn(_Validation):
    """What is forbidden, and unless what."""

    name: Name
    noun: NounName
    on: Triggers


class PatchValidationIn(_Validation):
    """Changes of a validation; what is not sent stays."""

    name: Name = NOT_SENT
    noun: NounName = NOT_SENT
    on: Triggers = NOT_SENT


class ValidationOut(ValidationShown):
    """A validation."""

    noun: NounName
    on: list[Trigger]
    stages: list[str]
    demands: list[Demand]
