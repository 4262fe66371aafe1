"""Bodies of the companies feature."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from crm_contacts.addresses.schemas import AddressIn, AddressOut, Preferences
from crm_contacts.users.schemas import ClientClass
from crm_shared.http.bodies import NOT_SENT, ExternalIdIn
from crm_shared.nouns.schemas import CustomFields

Kind: TypeAlias = Literal["customer", "supplier", "partner"]
Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Long: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Name: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)
]
Tag: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)
]
Count: TypeAlias = Annotated[int, Field(ge=0, le=2_000_000_000)]
Amount: TypeAlias = Annotated[
    Decimal,
    Field(max_digits=19, decimal_places=4),
    # as it will be read back
    AfterValidator(lambda amount: amount.quantize(Decimal("0.0001"))),
]


class CompanyChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = NOT_SENT
    kinds: Annotated[list[Kind], Field(min_length=1, max_length=3)] = ["customer"]
    sector: Text | None = None
    country: Text | None = None
    city: Text | None = None
    address: Annotated[str, Field(max_length=500)] | None = None
    website: Long | None = None
    founded_year: Annotated[int, Field(ge=1000, le=2200)] | None = None
    employees: Count | None = None
    revenue: Amount | None = None
    parent_id: UUID | None = None
    emails: Annotated[list[AddressIn], Field(max_length=30)] = []
    phones: Annotated[list[AddressIn], Field(max_length=30)] = []
    owner_id: UUID | None = None
    team_id: UUID | None = None
    client_class: ClientClass | None = None
    source: Text | None = None
    tags: Annotated[list[Tag], Field(max_length=100)] = []
    custom_fields: CustomFields = {}
    lifecycle_stage: Text | None = None
    do_not_call: bool = False
    is_key: bool = False
    preferences: Preferences = {}


class CompanyFields(CompanyChangeIn):
    """What another system may say of a company it knows by its own id."""

    name: Name


class CompanyIn(ExternalIdIn, CompanyFields):
    """A new company."""


class CompanyOut(BaseModel):
    id: UUID
    revision: int
    name: str
    kinds: list[str]
    sector: str | None
    country: str | None
    city: str | None
    address: str | None
    website: str | None
    founded_year: int | None
    employees: int | None
    revenue: Decimal | None
    parent_id: UUID | None
    emails: list[AddressOut]
    phones: list[AddressOut]
    owner_id: UUID | None
    team_id: UUID | None
    client_class: str | None
    source: str | None
    tags: list[str]
    custom_fields: dict[str, Any] = Field(validation_alias="all_fields")
    lifecycle_stage: str | None
    do_not_call: bool
    is_key: bool
    preferences: dict[str, str]
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
