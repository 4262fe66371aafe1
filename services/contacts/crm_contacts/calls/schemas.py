"""Bodies of the calls feature."""

from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_contacts.activities.models import Direction
from crm_contacts.activities.schemas import Seconds
from crm_contacts.contacts.schemas import Instant
from crm_shared.http.bodies import ExternalIdIn

Number: TypeAlias = Annotated[str, Field(min_length=1, max_length=40)]
Link: TypeAlias = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2000)]


class CallChangeIn(BaseModel):
    """What becomes known of a call later; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    answered: bool | None = Field(default=None, description="empty while it rings")
    duration_s: Seconds | None = None
    recording_url: Link | None = None
    user_id: UUID | None = None
    team_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    deal_id: UUID | None = None
    lead_id: UUID | None = None


class CallFields(CallChangeIn):
    """What another system may say of a call it knows by its own id."""

    direction: Direction
    from_number: Number | None = Field(default=None, description="empty when it was withheld")
    to_number: Number | None = None
    started_at: Instant


class CallIn(ExternalIdIn, CallFields):
    """A call to log."""


class CallRequestIn(BaseModel):
    """Whom to ring: a contact, company or lead, by the first of its numbers or by the one named."""

    model_config = ConfigDict(extra="forbid")

    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None
    number: Number | None = Field(default=None, description="one of the client's; else the first")
    deal_id: UUID | None = None


class CallMarkIn(BaseModel):
    """How well our side spoke: 1 to 5; null takes a mark back."""

    model_config = ConfigDict(extra="forbid")

    mark: Annotated[int, Field(ge=1, le=5)] | None
    comment: Annotated[str, Field(min_length=1, max_length=5000)] | None = None


class CallOut(BaseModel):
    id: UUID
    revision: int
    direction: Direction
    from_number: str | None
    to_number: str | None
    answered: bool | None
    started_at: AwareDatetime
    duration_s: int | None
    is_internal: bool
    has_recording: bool
    user_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    lead_id: UUID | None
    callback_task_id: UUID | None
    repeats_call_id: UUID | None
    mark: int | None = Field(description="how well our side spoke, 1 to 5; null: not judged")
    mark_comment: str | None
    marked_by_id: UUID | None
    marked_at: AwareDatetime | None
    source_system: str | None
    external_id: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class RecordingOut(BaseModel):
    """Where a recording lies."""

    url: str


class RecordingReadOut(BaseModel):
    """Who was shown where a recording lies."""

    model_config = ConfigDict(from_attributes=True)

    user_id: UUID
    at: AwareDatetime


class MarkedCallsOut(BaseModel):
    """Calls of one mark that somebody answered, and what came of those from call lists."""

    mark: int | None = Field(description="null: not judged")
    calls: int
    duration_s: int = Field(description="seconds spoken in all of them")
    cold: int = Field(description="of them calls from a list, by what the caller logged that day")
    refused: int = Field(description="of the cold ones: wants nothing")
    converted: int = Field(description="of the cold ones: a lead that became a client since")
    conversion: Decimal | None = Field(
        description="converted of cold calls to leads; null: there was none"
    )


class CallMarksOut(BaseModel):
    """Calls by mark, the best first, those not judged last."""

    items: list[MarkedCallsOut]
