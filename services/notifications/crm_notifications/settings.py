"""What the notifications service needs to start."""

from email.errors import MessageError
from email.headerregistry import Address
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from phonenumbers import SUPPORTED_REGIONS
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from crm_notifications.mail_intake.senders.imap import ImapServer
from crm_shared.settings import ServiceSettings, service_config, shared

MAILBOX_FROM = "crm@localhost"
SmsProvider = Literal["gateway", "turbosms", "twilio", "vonage", "console"]
# which variables a provider cannot do without, beside its name
NEEDED: dict[str, tuple[str, ...]] = {
    "gateway": ("sms_url",),
    "turbosms": ("sms_token", "sms_from"),
    "twilio": ("sms_account", "sms_token", "sms_from"),
    "vonage": ("sms_account", "sms_token", "sms_from"),
    "console": (),
}
MIN_SECRET = 16


class Settings(ServiceSettings):
    """NOTIFICATIONS_… variables; a channel stays off until its provider is named."""

    model_config = service_config("notifications")

    smtp_url: SecretStr | None = None
    smtp_connections: int = Field(default=4, ge=1, le=50)
    mail_from: str | None = None
    mail_receipts_secret: SecretStr | None = None
    mailbox: bool = False
    webhook_hosts: str = ""
    inbox_escalation_hours: int = Field(default=24, ge=0, le=24 * 30)

    sms_provider: SmsProvider | None = None
    sms_url: str | None = None
    sms_account: str | None = None
    sms_token: SecretStr | None = None
    sms_from: str | None = None
    sms_receipts_secret: SecretStr | None = None
    telegram_token: SecretStr | None = None
    telegram_webhook_secret: SecretStr | None = None
    telegram_url: str = "https://api.telegram.org"

    imap_url: SecretStr | None = None
    imap_password_file: Path | None = None
    imap_unknown: Literal["keep", "lead"] = "keep"
    phone_region: str = Field(default="UA", validation_alias=shared("phone_region"))

    @cached_property
    def imap_server(self) -> ImapServer | None:
        """The mailbox that answers come to; its password from a file when one is named."""
        if self.imap_url is None:
            return None
        file = self.imap_password_file
        password = None if file is None else file.read_text().strip()
        return ImapServer.from_url(self.imap_url.get_secret_value(), password)

    @cached_property
    def webhook_host_list(self) -> frozenset[str]:
        """Hosts of our own network that webhooks may go to, over plain HTTP as well."""
        parts = map(str.strip, self.webhook_hosts.split(","))
        return frozenset(part.lower() for part in parts if part)

    @property
    def sender_address(self) -> str:
        """The address that letters come from."""
        return self.mail_from or MAILBOX_FROM

    @cached_property
    def own_addresses(self) -> frozenset[str]:
        """The addresses that letters come from, or that the mailbox is signed in to by."""
        users = () if self.imap_server is None else (self.imap_server.user,)
        return frozenset(one.lower() for one in (self.sender_address, *users))

    @field_validator(
        "smtp_url",
        "mail_from",
        "mail_receipts_secret",
        "sms_provider",
        "sms_url",
        "sms_account",
        "sms_token",
        "sms_from",
        "sms_receipts_secret",
        "telegram_token",
        "telegram_webhook_secret",
        "imap_url",
        "imap_password_file",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value  # what compose makes of a variable nobody set

    @field_validator("smtp_url")
    @classmethod
    def _is_a_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
                raise ValueError("must look like smtp://user:password@host:port or smtps://host")
        return value

    @field_validator("imap_url")
    @classmethod
    def _is_a_mailbox(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            ImapServer.from_url(value.get_secret_value())
        return value

    @field_validator("phone_region")
    @classmethod
    def _is_a_region(cls, value: str) -> str:
        if value not in SUPPORTED_REGIONS:
            raise ValueError("is not a country code with telephone numbers, e.g. UA")
        return value

    @field_validator("imap_password_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("must name a file that can be read")
        return value

    @field_validator("sms_url", "telegram_url")
    @classmethod
    def _is_an_origin(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
                raise ValueError("must look like https://host/path, without user and password")
        return value

    @field_validator("mail_receipts_secret", "sms_receipts_secret", "telegram_webhook_secret")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < MIN_SECRET:
            raise ValueError(f"must be at least {MIN_SECRET} characters long")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            domain = Address(addr_spec=value).domain
        except (MessageError, ValueError, IndexError) as unreadable:
            raise ValueError("must be an e-mail address") from unreadable
        if not domain:
            raise ValueError("must be an e-mail address")
        return value

    @model_validator(mode="after")
    def _says_who_writes(self) -> "Settings":
        if self.smtp_url is not None and self.mail_from is None:
            raise _needed("mail_from", "NOTIFICATIONS_SMTP_URL is set")
        return self

    @model_validator(mode="after")
    def _says_what_the_provider_needs(self) -> "Settings":
        if self.sms_provider is not None:
            for name in NEEDED[self.sms_provider]:
                if getattr(self, name) is None:
                    raise _needed(name, f"NOTIFICATIONS_SMS_PROVIDER is {self.sms_provider}")
        return self


def _needed(name: str, when: str) -> PydanticCustomError:
    variable = f"NOTIFICATIONS_{name}".upper()
    return PydanticCustomError(
        "needed",
        "{variable} is needed when {when}",
        {
            "variable": variable,
            "when": when,
        },
    )
