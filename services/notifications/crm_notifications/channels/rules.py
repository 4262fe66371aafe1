"""What every way out of the house has in common: a letter in, an outcome out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)


class Channel(StrEnum):
    """By what means a message reaches its recipient."""

    EMAIL = "email"


class Purpose(StrEnum):
    """Why a message is written; service needs no opt-in, the others do."""

    SERVICE = "service"
    MARKETING = "marketing"
    SURVEY = "survey"


class Outcome(StrEnum):
    """What became of one letter."""

    SENT = "sent"
    REFUSED_FOR_NOW = "refused_for_now"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """An outcome and a code that says why, never the server's words: they quote addresses."""

    outcome: Outcome
    code: str | None = None


@dataclass(frozen=True)
class Letter:
    """A message ready to go: everything looked up, nothing left to decide."""

    id: UUID
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str | None
    language: str
    written_at: datetime
    unsubscribe_url: str | None = None


class Sender(Protocol):
    """A provider of a channel."""

    name: str

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Try every letter once and say what became of each, in their order.

        A letter whose turn has not come before `until` is not tried: the claim on it is over.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def on_the_wire(address: str) -> str | None:
    """An address as mail servers write it, or None when no mail can go there."""
    local, _, domain = address.rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return written if ADDRESS.fullmatch(written) else None


def one_line(text: str, limit: int = 500) -> str:
    """Make a header of a text: line breaks and other control characters become one space."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:limit]


def as_email(letter: Letter, mail_from: str) -> EmailMessage:
    """Compose the mail; its Message-ID comes from the message, so a copy can be recognised."""
    domain = mail_from.rpartition("@")[2].rstrip(">") or "localhost"
    name, _, domain_to = letter.to_address.rpartition("@")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = mail_from
    mail["To"] = Address(one_line(letter.to_name), name, domain_to)
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = format_datetime(letter.written_at)
    mail["Message-ID"] = f"<{letter.id}@{domain}>"
    mail["Content-Language"] = letter.language
    mail["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe_url is not None:
        # RFC 8058: a mail program may refuse further letters with one click of its own
        mail["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text)
    if letter.html is not None:
        mail.add_alternative(letter.html, subtype="html")
    return mail
