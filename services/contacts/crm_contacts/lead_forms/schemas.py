"""Bodies of the lead forms feature."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_contacts.contacts.schemas import Text
from crm_contacts.lead_forms.rules import FieldName
from crm_shared.http.bodies import NOT_SENT

Label: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)
]
Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
]
UtmField: TypeAlias = Literal["source", "medium", "campaign", "term", "content"]
Most: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]


class LeadFormChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    is_active: bool = True
    fields: Annotated[list[FieldName], Field(min_length=1, max_length=20)] = NOT_SENT
    honeypot: Annotated[str, Field(pattern=r"^[A-Za-z][\w-]{0,59}$")] | None = Field(
        default=None, description="A hidden field: whoever fills it in is a machine"
    )
    owner_id: UUID | None = None
    team_id: UUID | None = Field(default=None, description="The owner's first team when absent")
    source: Text | None = None
    channel: Text | None = None
    campaign: Text | None = None
    utm_labels: dict[UtmField, Annotated[list[Label], Field(max_length=200)]] = Field(
        default={}, description="UTM values that are labels of yours: only these go into events"
    )
    double_opt_in: bool = False
    sends_letter: bool = Field(
        default=True,
        description="With `double_opt_in`: the CRM writes to the visitor itself; false for "
        "whoever sends a link of his own, made by POST /v1/leads/{lead_id}/confirmation",
    )
    per_minute: Most = 60
    per_address_hour: Most = 10


class LeadFormIn(LeadFormChangeIn):
    name: Name


class LeadFormOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    name: str
    is_active: bool
    fields: list[str]
    honeypot: str | None
    owner_id: UUID | None
    team_id: UUID | None
    source: str | None
    channel: str | None
    campaign: str | None
    utm_labels: dict[str, list[str]]
    double_opt_in: bool
    sends_letter: bool
    per_minute: int
    per_address_hour: int
    created_at: datetime
    updated_at: datetime


class LeadFormMadeOut(LeadFormOut):
    key: str = Field(description="Told this once: it is kept as a hash")


class CapturedOut(BaseModel):
    """The same for whatever was sent."""

    status: Literal["accepted"] = "accepted"
