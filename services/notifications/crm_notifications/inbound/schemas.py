"""Bodies of the inbound feature."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_notifications.templates.schemas import left_out

Kind = Literal["lead", "call", "activity", "message"]
SystemCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,23}$", examples=["telephony"])]
SystemName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Path = Annotated[str, Field(min_length=1, max_length=200, examples=["$.call.id"])]
Scalar = Annotated[str, Field(max_length=500)] | int | float | bool
PerMinute = Annotated[int, Field(ge=1, le=100_000)]


class TakeIn(BaseModel):
    """Where a field's value comes from: a path into the body, or always the same."""

    model_config = ConfigDict(extra="forbid")

    path: Path | None = None
    value: Scalar | None = Field(default=None, description="Always this, in place of a path")
    values: dict[str, Scalar] | None = Field(
        default=None,
        max_length=100,
        description="What their values are here; another one is refused unless there is a default",
        examples=[{"in": "inbound", "out": "outbound"}],
    )
    default: Scalar | None = Field(default=None, description="When nothing stands at the path")


class MappingRuleIn(BaseModel):
    """What is made of a body that fits; the first rule that fits counts."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    when: Annotated[
        dict[Path, Scalar | Annotated[list[Scalar], Field(max_length=50)]], Field(max_length=20)
    ] = Field(
        default={},
        description="What must stand at which path; of a list one is enough",
        examples=[{"$.type": ["call.ended", "call.missed"]}],
    )
    external_id: Path | None = Field(
        default=None,
        description="Where the record's own id stands: what comes of it later changes that record",
    )
    fields: Annotated[dict[str, TakeIn], Field(min_length=1, max_length=50)] = Field(
        examples=[{"from_number": {"path": "$.call.from"}, "direction": {"value": "inbound"}}]
    )


class MappingIn(BaseModel):
    """How a system's bodies are read; paths are of RFC 9535, as far as they name one place."""

    model_config = ConfigDict(extra="forbid")

    event_id: Path | None = Field(
        default=None,
        description="Where the event's id stands; `webhook-id` or `Nats-Msg-Id` when absent",
    )
    rules: Annotated[list[MappingRuleIn], Field(min_length=1, max_length=50)]


class InboundSystemIn(BaseModel):
    """Another system that may bring things in."""

    model_config = ConfigDict(extra="forbid")

    system: SystemCode = Field(
        description="Its name in addresses, in subjects, and as `source_system` of what it brings"
    )
    name: SystemName
    mapping: MappingIn
    is_active: bool = True
    per_minute: PerMinute = Field(default=600, description="More by HTTP is refused with 429")


class InboundSystemChangeIn(BaseModel):
    """What changes of a system."""

    model_config = ConfigDict(extra="forbid")

    name: SystemName = left_out()
    mapping: MappingIn = left_out()
    is_active: bool = left_out()
    per_minute: PerMinute = left_out()


class InboundSystemOut(BaseModel):
    """A system that may bring things in."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    system: str
    name: str
    mapping: dict[str, Any]
    is_active: bool
    per_minute: int
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


class InboundSecretOut(InboundSystemOut):
    """A system together with the secret that it signs with; it is shown only now."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])


class InboundPreviewIn(BaseModel):
    """A sample body, and a mapping to try in place of the one that is kept."""

    model_config = ConfigDict(extra="forbid")

    sample: dict[str, Any] | list[Any]
    mapping: MappingIn | None = None


class MappingFaultOut(BaseModel):
    """A field that cannot be filled: its place in the mapping, and why."""

    place: str
    code: str


class InboundPreviewOut(BaseModel):
    """What would come of a body: made, skipped (no rule fits) or refused, with every reason."""

    outcome: Literal["made", "skipped", "refused"]
    event_id: str | None
    kind: str | None
    external_id: str | None
    fields: dict[str, Any]
    faults: list[MappingFaultOut]


class InboundTakenOut(BaseModel):
    """What was taken in; `known` when this system's event had come before."""

    id: UUID
    status: Literal["accepted", "known"]


class InboundRunOut(BaseModel):
    """What came of one thing: waiting, made, changed, skipped or refused; no word of what it said.

    `noun` and `record_id` name what was made.
    """

    id: UUID
    event_id: str
    kind: str | None
    status: str
    reason: str | None
    noun: str | None
    record_id: UUID | None
    dead_letter_id: UUID | None
    received_at: datetime
    settled_at: datetime | None
