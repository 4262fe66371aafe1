"""Bodies of the call lists feature."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from crm_contacts.addresses.schemas import AddressOut
from crm_contacts.call_lists.rules import ListStatus, Result
from crm_contacts.contacts.schemas import Code
from crm_contacts.segments.schemas import Name, Rule
from crm_shared.http.bodies import NOT_SENT

Attempts: TypeAlias = Annotated[int, Field(ge=1, le=20)]
Minutes: TypeAlias = Annotated[int, Field(ge=1, le=43_200)]
Hold: TypeAlias = Annotated[int, Field(ge=1, le=480)]
Callee: TypeAlias = Literal["contact", "company", "lead"]
Named: TypeAlias = Annotated[list[UUID], Field(max_length=500)]
People: TypeAlias = Annotated[list[UUID], Field(max_length=200)]
Words: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)
]


class CallListChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    owner_id: UUID | None = None
    team_id: UUID | None = None
    status: ListStatus = NOT_SENT
    caller_ids: People = Field(
        default=[], description="Who calls; nobody named: everybody who sees the list"
    )
    script_id: UUID | None = None
    max_attempts: Attempts = NOT_SENT
    retry_after_minutes: Minutes = NOT_SENT
    hold_minutes: Hold = NOT_SENT


class CallListIn(CallListChangeIn):
    """A new list; it is filled from `segment_id`, by `filter`, or by naming people."""

    name: Name
    noun: Callee = Field(default="contact", description="Whom the list calls; it stays so")
    segment_id: UUID | None = None
    filter: Rule | None = None
    purpose: Code = "marketing"
    needs_consent: bool = Field(
        default=False,
        description="True: only who agreed to calls for this purpose; contacts only",
    )


class CallListOut(BaseModel):
    id: UUID
    revision: int
    name: str
    noun: str
    owner_id: UUID | None
    team_id: UUID | None
    status: str
    segment_id: UUID | None
    filter: dict[str, Any] | None
    purpose: str
    needs_consent: bool
    caller_ids: list[UUID]
    script_id: UUID | None
    max_attempts: int
    retry_after_minutes: int = Field(description="Between two attempts to reach somebody")
    hold_minutes: int = Field(description="How long one caller has a person to himself")
    created_at: datetime
    updated_at: datetime


class FillIn(BaseModel):
    """Whom to put on the list, of its own noun; nobody named: whom its segment or filter names."""

    model_config = ConfigDict(extra="forbid")

    contact_ids: Named = []
    company_ids: Named = []
    lead_ids: Named = []


class FilledOut(BaseModel):
    """What came of filling: up to 2000 people at once."""

    added: int
    has_more: bool = Field(description="True: fill again")
    excluded: dict[str, int] = Field(description="Why others did not come, and how many")


class EntryOut(BaseModel):
    """One of those on a list; of the three ids one is there."""

    id: UUID
    revision: int
    call_list_id: UUID
    noun: str
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    status: str
    attempts: int
    next_at: datetime
    taken_by: UUID | None
    taken_until: datetime | None
    reserved_for: UUID | None
    last_result: str | None
    last_called_at: datetime | None
    last_called_by: UUID | None
    excluded_for: str | None
    created_at: datetime
    updated_at: datetime


class CalleeOut(BaseModel):
    """Whom to call, as far as a caller needs it."""

    id: UUID
    first_name: str | None
    middle_name: str | None
    last_name: str | None
    job_title: str | None
    company_id: UUID | None
    language: str | None
    phones: list[AddressOut]


class LeadCalleeOut(BaseModel):
    """A lead to call, as far as a caller needs it."""

    id: UUID
    first_name: str | None
    last_name: str | None
    company_name: str | None
    job_title: str | None
    status: str
    language: str | None
    phones: list[AddressOut]


class CompanyCalleeOut(BaseModel):
    """A company to call, as far as a caller needs it."""

    id: UUID
    name: str
    sector: str | None
    city: str | None
    website: str | None
    phones: list[AddressOut]


class HandedOut(BaseModel):
    """The next one to call, held for the caller; or nobody, with the reason."""

    entry: EntryOut | None
    contact: CalleeOut | None
    company: CompanyCalleeOut | None
    lead: LeadCalleeOut | None
    reason: Literal["nobody_left", "not_yet", "many_excluded"] | None
    next_at: datetime | None = Field(description="When somebody can be called again")


class ResultIn(BaseModel):
    """What came of a call."""

    model_config = ConfigDict(extra="forbid")

    result: Result
    call_back_at: AwareDatetime | None = None
    do_not_call: bool = Field(default=False, description="True: no calls any more, from no list")
    duration_s: Annotated[int, Field(ge=0, le=86_400)] | None = None
    comment: Words | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.result is Result.CALL_BACK) != (self.call_back_at is not None):
            raise ValueError("call_back_at goes with the result call_back")
        return self


class AttemptOut(BaseModel):
    """One call from a list."""

    id: UUID
    at: datetime
    user_id: UUID
    result: str
    comment: str | None
    activity_id: UUID


class AttemptsOut(BaseModel):
    """The calls to a person from a list, the newest first."""

    items: list[AttemptOut]


class CallerOut(BaseModel):
    """The calls of one caller."""

    user_id: UUID
    calls: int
    answered: int


class ProgressOut(BaseModel):
    """How far a list is; shares are null over nothing, with the reason."""

    total: int
    left: int
    calls: int
    by_status: dict[str, int]
    by_result: dict[str, int]
    done_share: str | None
    reached_share: str | None = Field(description="Calls that somebody answered, of all calls")
    reason: str | None
    callers: list[CallerOut]
