"""Settings from the environment; a wrong one stops the process with its name."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LANGUAGES = ("en", "uk", "ru")
CURRENCY_LENGTH = 3
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)


def service_config(service: str) -> SettingsConfigDict:
    """Return the model configuration of a service's settings: `<SERVICE>_…` variables."""
    return SettingsConfigDict(
        env_prefix=f"{service.upper()}_", extra="ignore", populate_by_name=True, frozen=True
    )


def shared(name: str) -> Any:
    """Return the alias of a setting that all services share: `CRM_<NAME>`."""
    return AliasChoices(f"CRM_{name.upper()}", name)


class ServiceSettings(BaseSettings):
    """What every service needs to start."""

    # by what the database chooses how to read for the service's API; no operator's business
    planner: ClassVar[Mapping[str, str]] = {}
    database_url: str
    port: int = Field(default=0, ge=0, le=65535)
    host: str = "127.0.0.1"
    pool_size: int = Field(default=8, ge=1, le=100)
    nats_user: str | None = None
    nats_password: str | None = None
    nats_url: str = Field(default="nats://127.0.0.1:4222", validation_alias=shared("nats_url"))
    time_zone: str = Field(default="Europe/Kyiv", validation_alias=shared("time_zone"))
    currency: str = Field(default="UAH", validation_alias=shared("currency"))
    languages: str = Field(default="en,uk,ru", validation_alias=shared("languages"))
    jwks: str = Field(validation_alias=shared("jwks"))
    link_key: str = Field(min_length=32, validation_alias=shared("link_key"))
    base_url: str = Field(default="http://127.0.0.1:8000", validation_alias=shared("base_url"))
    log_level: str = Field(default="info", validation_alias=shared("log_level"))
    trusted_proxies: str = Field(default="", validation_alias=shared("trusted_proxies"))
    cors_origins: str = Field(default="", validation_alias=shared("cors_origins"))
    rate_limit: int = Field(default=0, ge=0, validation_alias=shared("rate_limit"))
    stream_days: int = Field(default=30, ge=1, validation_alias=shared("stream_days"))
    import_max_bytes: int = Field(default=512 * 1024**2, ge=1)
    import_max_rows: int = Field(default=1_000_000, ge=1)
    exports_per_hour: int = Field(default=30, ge=1)
    stream_max_bytes: int = Field(default=-1, validation_alias=shared("stream_max_bytes"))

    @property
    def service(self) -> str:
        """The service's name, as in its variables' prefix."""
        return str(self.model_config.get("env_prefix", "")).rstrip("_").lower()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def public_keys(self) -> dict[str, Any]:
        """The JWKS that access tokens are checked against."""
        return _read_jwks(self.jwks)

    @cached_property
    def language_list(self) -> tuple[str, ...]:
        """Languages of texts for people, the default first."""
        return tuple(part.strip() for part in self.languages.split(",") if part.strip())

    @cached_property
    def origin_list(self) -> tuple[str, ...]:
        """Origins of front ends that browsers may call us from."""
        return tuple(part.strip() for part in self.cors_origins.split(",") if part.strip())

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        try:
            for part in filter(None, map(str.strip, value.split(","))):
                ip_network(part)
        except ValueError as wrong:
            raise ValueError("takes addresses and networks, e.g. 10.0.0.0/8") from wrong
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        parts = filter(None, map(str.strip, value.split(",")))
        # cookies go with these calls: "*" would give every page in the world the user's session
        if not all(_ORIGIN.fullmatch(part) for part in parts):
            raise ValueError("takes origins without a path, e.g. https://app.example.com")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_asyncpg(cls, value: str) -> str:
        if not value.startswith("postgresql+asyncpg://"):
            raise ValueError("must begin with postgresql+asyncpg://")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError("is not an IANA time zone, e.g. Europe/Kyiv") from unknown
        return value

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, value: str) -> str:
        if len(value) != CURRENCY_LENGTH or not value.isalpha() or not value.isupper():
            raise ValueError("must be an ISO 4217 code, e.g. UAH")
        return value

    @field_validator("languages")
    @classmethod
    def _are_known(cls, value: str) -> str:
        unknown = [part for part in value.split(",") if part.strip() not in LANGUAGES]
        if unknown:
            raise ValueError(f"knows only {', '.join(LANGUAGES)}")
        return value

    @field_validator("jwks")
    @classmethod
    def _holds_keys(cls, value: str) -> str:
        _read_jwks(value)
        return value


def _read_jwks(value: str) -> dict[str, Any]:
    text = value if value.lstrip().startswith("{") else _read_file(value)
    try:
        keys = json.loads(text)
    except ValueError as broken:
        raise ValueError("is neither a JSON key set nor a path to one") from broken
    if not isinstance(keys, dict) or not keys.get("keys"):
        raise ValueError("holds no keys")
    return keys


def _read_file(value: str) -> str:
    try:
        return Path(value).read_text()
    except OSError as missing:
        raise ValueError("names a file that cannot be read") from missing


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def load(settings: type[SettingsT]) -> SettingsT:
    """Read the settings, or name every wrong variable on standard error and exit with 2."""
    try:
        # the environment gives what the constructor seems to lack
        return cast("Callable[[], SettingsT]", settings)()
    except ValidationError as wrong:
        for error in wrong.errors(include_input=False, include_url=False):
            sys.stderr.write(f"{variable_of(settings, error['loc'])}: {error['msg']}\n")
        sys.exit(2)


def variable_of(settings: type[ServiceSettings], loc: tuple[int | str, ...]) -> str:
    """Return the environment variable that a validation error speaks of."""
    name = str(loc[0]) if loc else "settings"
    if name.isupper():
        return name
    return f"{settings.model_config.get('env_prefix', '')}{name}".upper()
