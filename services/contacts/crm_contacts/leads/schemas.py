"""Bodies of the leads feature."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_contacts.addresses.schemas import AddressIn, AddressOut
from crm_contacts.companies.schemas import Long
from crm_contacts.contacts.schemas import Instant, Tag, Text, Title, UtmIn
from crm_contacts.duplicates.rules import Policy
from crm_contacts.users.schemas import ClientClass, Language
from crm_shared.http.bodies import ExternalIdIn
from crm_shared.money import Amount, Currency
from crm_shared.nouns.schemas import CustomFields

Note = Annotated[str, Field(max_length=5000)]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid")


class LeadChangeIn(Body):
    """Fields that can be changed; what is not sent stays."""

    first_name: Text | None = None
    last_name: Text | None = None
    company_name: Long | None = None
    job_title: Title | None = None
    emails: Annotated[list[AddressIn], Field(max_length=30)] = []
    phones: Annotated[list[AddressIn], Field(max_length=30)] = []
    note: Note | None = None
    language: Language | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None
    client_class: ClientClass | None = None
    source: Text | None = None
    channel: Text | None = None
    campaign: Text | None = None
    do_not_call: bool = False
    tags: Annotated[list[Tag], Field(max_length=100)] = []
    custom_fields: CustomFields = {}
    utm: UtmIn | None = None
    respond_by: Instant | None = Field(
        default=None, description="A new lead without one gets the company's usual deadline"
    )


class LeadIn(ExternalIdIn, LeadChangeIn):
    """A new lead."""


class AssignIn(Body):
    """Whose the lead is from now on."""

    owner_id: UUID | None
    team_id: UUID | None = Field(default=None, description="The owner's first team when absent")


class RespondIn(Body):
    responded_at: Instant | None = Field(default=None, description="Now when absent")


class DisqualifyIn(Body):
    """Why nothing will come of it."""

    reason: Annotated[str, Field(min_length=1, max_length=40, examples=["no_need"])]
    note: Note | None = None
    disqualified_at: Instant | None = Field(default=None, description="Now when absent")


class ConvertIn(Body):
    """What the lead becomes: what is not named is made of the lead itself."""

    contact_id: UUID | None = Field(default=None, description="A contact that is there already")
    company_id: UUID | None = Field(default=None, description="A company that is there already")
    pipeline_id: UUID | None = Field(default=None, description="The default one when absent")
    title: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        default=None, description="The deal's title; the lead's name when absent"
    )
    amount: Annotated[Amount, Field(ge=0)] | None = None
    currency: Currency | None = None
    converted_at: Instant | None = Field(
        default=None, description="Now when absent; the deal begins then"
    )
    on_duplicate: Policy | None = Field(
        default=None,
        description="When contacts share its number or address: warn makes another one, refuse"
        " answers 409, link takes the one that is there; the workspace's policy when absent",
    )


class ConfirmIn(Body):
    token: Annotated[str, Field(min_length=1, max_length=300)]


class ScoreReason(BaseModel):
    """What some of the points are for."""

    code: str
    points: int


class LeadOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    status: str
    first_name: str | None
    last_name: str | None
    company_name: str | None
    job_title: str | None
    emails: list[AddressOut]
    phones: list[AddressOut]
    note: str | None
    language: str | None
    owner_id: UUID | None
    team_id: UUID | None
    client_class: str | None
    source: str | None
    channel: str | None
    campaign: str | None
    do_not_call: bool
    tags: list[str]
    custom_fields: dict[str, Any] = Field(validation_alias="all_fields")
    utm: dict[Literal["source", "medium", "campaign", "term", "content"], str | None] | None
    form_id: UUID | None
    score: int
    score_reasons: list[ScoreReason]
    respond_by: datetime | None
    first_responded_at: datetime | None
    is_overdue: bool
    is_unassigned: bool
    qualified_at: datetime | None
    converted_at: datetime | None
    disqualified_at: datetime | None
    disqualify_reason: str | None
    disqualify_note: str | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    awaits_confirmation: bool
    confirmed_at: datetime | None
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class DuplicateOut(BaseModel):
    """A record that shares a number or an address."""

    kind: Literal["lead", "contact"]
    id: UUID
    matches: list[Literal["email", "phone"]]


class DuplicatesOut(BaseModel):
    items: list[DuplicateOut]


class LeadMadeOut(LeadOut):
    possible_duplicates: list[DuplicateOut]


class ConvertedOut(BaseModel):
    """Every id at once: the deal is there as soon as the service that keeps deals has heard."""

    lead_id: UUID
    revision: int
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID
    possible_duplicates: list[DuplicateOut]


class ConfirmationOut(BaseModel):
    token: str
    expires_at: datetime
