"""Bodies of the contacts feature."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_serializer,
)

from crm_contacts.addresses.schemas import AddressIn, AddressOut, Preferences
from crm_contacts.consents.rules import CLOCKS_DIFFER_BY
from crm_contacts.contacts.rules import is_zone
from crm_contacts.users.schemas import ClientClass, Language
from crm_shared.clock import utc_now
from crm_shared.http.bodies import ExternalIdIn
from crm_shared.nouns.schemas import CustomFields

Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Title: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Tag: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)
]
Band: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
Sex: TypeAlias = Literal["female", "male", "other"]
Code: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


# with room on both sides: what is reckoned from an instant must not fall off the calendar
FIRST_YEAR, LAST_YEAR = 1900, 2200


def _in_utc(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"lies beyond the years {FIRST_YEAR} to {LAST_YEAR}")
    return at.astimezone(UTC)


Instant: TypeAlias = Annotated[AwareDatetime, AfterValidator(_in_utc)]


def _known_zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError("not a time zone of the IANA data base, such as Europe/Kyiv")
    return name


TimeZone: TypeAlias = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=64),
    AfterValidator(_known_zone),
    Field(examples=["Europe/Kyiv"]),
]


class UtmIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: Title | None = None
    medium: Title | None = None
    campaign: Title | None = None
    term: Title | None = None
    content: Title | None = None


def _said_by_now(at: datetime) -> datetime:
    # a word of tomorrow would stand above every one that is said until then
    if at > utc_now() + CLOCKS_DIFFER_BY:
        raise ValueError("nobody can have said that yet")
    return at


class Consent(BaseModel):
    """Whether somebody may be written to by one channel for one purpose."""

    model_config = ConfigDict(extra="forbid")

    channel: Code
    purpose: Code
    granted: bool
    at: AwareDatetime
    source: Text | None = None


class ConsentIn(Consent):
    """A word that somebody has said by now."""

    at: Annotated[Instant, AfterValidator(_said_by_now)]


def _each_once(words: list[ConsentIn]) -> list[ConsentIn]:
    if len({(word.channel, word.purpose) for word in words}) < len(words):
        raise ValueError("one word about each channel and purpose")
    return words


class ContactChangeIn(BaseModel):
    """Fields that can be changed; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text | None = None
    job_title: Title | None = None
    company_id: UUID | None = None
    emails: Annotated[list[AddressIn], Field(max_length=30)] = []
    phones: Annotated[list[AddressIn], Field(max_length=30)] = []
    owner_id: UUID | None = None
    team_id: UUID | None = None
    client_class: ClientClass | None = None
    lifecycle_stage: Text | None = None
    source: Text | None = None
    channel: Text | None = None
    utm: UtmIn | None = None
    language: Language | None = None
    time_zone: TimeZone | None = Field(default=None, description="The company's when null")
    birth_date: date | None = None
    sex: Sex | None = None
    country: Text | None = None
    city: Text | None = None
    district: Text | None = None
    income_band: Band | None = None
    education: Band | None = None
    marital_status: Band | None = None
    occupation: Text | None = None
    do_not_call: bool = False
    consents: Annotated[list[ConsentIn], Field(max_length=100), AfterValidator(_each_once)] = []
    tags: Annotated[list[Tag], Field(max_length=100)] = []
    custom_fields: CustomFields = {}
    is_key: bool = False
    preferences: Preferences = {}

    @field_serializer("consents")
    def _as_json(self, consents: list[ConsentIn]) -> list[dict[str, Any]]:
        return [consent.model_dump(mode="json") for consent in consents]


class ContactIn(ExternalIdIn, ContactChangeIn):
    """A new contact."""


class ContactOut(BaseModel):
    id: UUID
    revision: int
    first_name: str | None
    middle_name: str | None
    last_name: str | None
    job_title: str | None
    company_id: UUID | None
    emails: list[AddressOut]
    phones: list[AddressOut]
    owner_id: UUID | None
    team_id: UUID | None
    client_class: str | None
    lifecycle_stage: str | None
    source: str | None
    channel: str | None
    utm: dict[Literal["source", "medium", "campaign", "term", "content"], str | None] | None
    language: str | None
    time_zone: str | None
    birth_date: date | None
    sex: str | None
    country: str | None
    city: str | None
    district: str | None
    income_band: str | None
    education: str | None
    marital_status: str | None
    occupation: str | None
    do_not_call: bool
    restricted_at: datetime | None = Field(description="Kept, not used, since then")
    consents: list[Consent]
    tags: list[str]
    custom_fields: dict[str, Any] = Field(validation_alias="all_fields")
    is_key: bool
    preferences: dict[str, str]
    source_system: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
