"""Bodies of the hand-overs feature."""

from typing import Annotated, Literal, Self, TypeAlias, get_args
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Noun: TypeAlias = Literal[
    "contact",
    "company",
    "lead",
    "task",
    "activity",
    "lead_form",
    "case",
    "segment",
    "call_list",
    "deal",
]
ALL: list[Noun] = list(get_args(Noun))


class HandOverIn(BaseModel):
    """Either `to` one user, or by an assignment rule to those whom it names."""

    model_config = ConfigDict(extra="forbid")

    to: UUID | None = None
    rule_id: UUID | None = None
    what: Annotated[list[Noun], Field(min_length=1, max_length=len(ALL))] = ALL
    include_closed: bool = Field(
        default=False,
        description="closed leads, tasks, activities, cases, call lists and deals go too",
    )
    deactivate: bool = Field(default=False, description="end the user's access in the same call")
    dry_run: bool = Field(default=False, description="only count")

    @model_validator(mode="after")
    def _names_one_receiver(self) -> Self:
        if (self.to is None) == (self.rule_id is None):
            raise ValueError("name either `to` or `rule_id`")
        return self


class HandOverOut(BaseModel):
    """How far a hand-over has come; a dry run has no id and moves nothing.

    `found` counts what was there at the start, `moved` what contacts has handed over. Deals are
    counted closed ones included; deals hands them over when it hears of it, so `deals_left` tells
    how many are still the old owner's by what contacts has heard last. `stopped`: everybody who
    was to get it has left meanwhile; asked again with somebody else, the rest goes over.
    """

    id: UUID | None
    user_id: UUID
    owner_ids: list[UUID]
    rule_id: UUID | None
    status: Literal["dry_run", "running", "done", "stopped"]
    found: dict[str, int]
    moved: dict[str, int]
    deals_left: int | None
    created_at: AwareDatetime | None
    finished_at: AwareDatetime | None
