"""What the notifications service needs to start."""

from email.errors import MessageError
from email.headerregistry import Address
from functools import cached_property
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from crm_shared.settings import ServiceSettings, service_config

MAILBOX_FROM = "crm@localhost"


class Settings(ServiceSettings):
    """NOTIFICATIONS_… variables; e-mail stays off until a server or the mailbox is named."""

    model_config = service_config("notifications")

    smtp_url: SecretStr | None = None
    smtp_connections: int = Field(default=4, ge=1, le=50)
    mail_from: str | None = None
    mailbox: bool = False
    webhook_hosts: str = ""
    inbox_escalation_hours: int = Field(default=24, ge=0, le=24 * 30)

    @cached_property
    def webhook_host_list(self) -> frozenset[str]:
        """Hosts of our own network that webhooks may go to, over plain HTTP as well."""
        parts = map(str.strip, self.webhook_hosts.split(","))
        return frozenset(part.lower() for part in parts if part)

    @property
    def sender_address(self) -> str:
        """The address that letters come from."""
        return self.mail_from or MAILBOX_FROM

    @field_validator("smtp_url", "mail_from", mode="before")
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
            raise ValueError("NOTIFICATIONS_MAIL_FROM is needed when NOTIFICATIONS_SMTP_URL is set")
        return self
