"""Settings of the contacts service."""

import json
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from phonenumbers import SUPPORTED_REGIONS
from pydantic import Field, SecretStr, field_validator

from crm_contacts.duplicates.rules import Policy
from crm_shared.http.tokens import ALGORITHM
from crm_shared.settings import ServiceSettings, service_config, shared


def read_key(text: str) -> OKPKey:
    """Read a private Ed25519 key: JWK as JSON, or the path of a file with one."""
    source = text if text.lstrip().startswith("{") else Path(text).read_text()
    try:
        key = OKPKey.import_key(json.loads(source))
    except (ValueError, TypeError, KeyError, JoseError) as broken:
        raise ValueError("is not a JSON Web Key") from broken
    if not key.is_private or key.curve_name != ALGORITHM:
        raise ValueError("must be a private Ed25519 key (kty OKP)")
    return key


class Settings(ServiceSettings):
    """What the contacts service needs beside what all need."""

    model_config = service_config("contacts")

    signing_key: SecretStr
    admin_email: str = "admin@crm.local"
    # who calls within a quarter of an hour of the agreed time has kept his word
    promise_grace_s: int = Field(default=900, ge=0)
    # who rings in vain several times within it wants one call back
    callback_window_s: int = Field(default=3600, ge=0)
    # of working time; 0: nobody is told
    callback_limit_minutes: int = Field(default=30, ge=0)
    # until then it is between the assignee and his list; 0: for ever
    task_escalate_after_minutes: int = Field(default=1440, ge=0)
    phone_region: str = Field(default="UA", validation_alias=shared("phone_region"))

    # each is a copy of all that is known of somebody: more in an hour is no request of people
    person_exports_an_hour: int = Field(default=20, ge=1)

    # the customer's word later than this is a case of its own
    case_reopen_days: int = Field(default=7, ge=0, le=365)
    lead_respond_within_minutes: int = Field(default=60, ge=1)
    lead_unassigned_after_minutes: int = Field(default=15, ge=0)
    lead_reasons: str = (
        "spam,duplicate,test,no_need,no_budget,no_contact,not_in_charge,competitor,other"
    )

    # rules over days and figures come to hold by time alone: nobody says that they do
    segment_every_s: int = Field(default=900, ge=10)

    on_duplicate: Policy = Policy.WARN
    on_duplicate_import: Policy = Policy.OFF
    # a long transaction commits with an earlier time than what was scanned meanwhile
    duplicate_scan_lag_s: int = Field(default=15, ge=0)

    @property
    def lead_respond_within(self) -> timedelta:
        """How long a new lead may wait for its first answer."""
        return timedelta(minutes=self.lead_respond_within_minutes)

    @property
    def lead_unassigned_after(self) -> timedelta:
        """How long an open lead may be nobody's before that is announced."""
        return timedelta(minutes=self.lead_unassigned_after_minutes)

    @property
    def task_escalate_after(self) -> timedelta | None:
        """How long a task may be overdue before its team's head is told; None: for ever."""
        minutes = self.task_escalate_after_minutes
        return timedelta(minutes=minutes) if minutes else None

    @cached_property
    def lead_reason_list(self) -> tuple[str, ...]:
        """Why a lead may be disqualified."""
        return tuple(part.strip() for part in self.lead_reasons.split(",") if part.strip())

    @cached_property
    def private_key(self) -> OKPKey:
        """The key that access tokens are signed with."""
        return read_key(self.signing_key.get_secret_value())

    @property
    def has_secure_origin(self) -> bool:
        """Whether browsers reach the system by TLS, so that cookies may be bound to it."""
        return self.base_url.startswith("https://")

    @field_validator("signing_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            read_key(value.get_secret_value())
        except OSError as missing:
            raise ValueError("names a file that cannot be read") from missing
        return value

    @field_validator("phone_region")
    @classmethod
    def _is_a_region(cls, value: str) -> str:
        if value not in SUPPORTED_REGIONS:
            raise ValueError("is not a country code with telephone numbers, e.g. UA")
        return value


async def _settings(request: Request) -> Settings:
    settings = request.app.state.settings
    if not isinstance(settings, Settings):
        raise TypeError("the application was made without the service's settings")
    return settings


SettingsDep = Annotated[Settings, Depends(_settings)]
