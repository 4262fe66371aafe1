"""What a conversation goes through, and how what came in is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

LONGEST_ADDRESS = 320
SHORTEST_NUMBER, LONGEST_AT_HOME = 6, 10
ERASED = "erased-"


class Status(StrEnum):
    """How a conversation stands."""

    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class About:
    """Whose a conversation is, and what it is about, as far as that is known."""

    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is somebody's."""
        return any((self.contact_id, self.company_id, self.lead_id))


NOBODY = About()


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a colleague answers, and where to."""

    to_name: str
    to_address: str
    subject: str
    text: str
    # the other side's name of the message that it answers
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A message from outside, whatever brought it."""

    channel: str
    address: str
    text: str
    at: datetime
    reference: str | None = None
    name: str | None = None
    subject: str | None = None
    html: str | None = None
    direction: str = Direction.INBOUND.value
    answers_message_id: UUID | None = None
    mailing_id: UUID | None = None
    variant: str | None = None
    is_automatic: bool = False
    author_id: UUID | None = None
    left_out: str | None = None
    consented_at: datetime | None = None
    files: Sequence[File] = ()


def normal_address(channel: str, address: str, region: str) -> str:
    """Return an address in one spelling: a number as E.164, a mail address in small.

    A number without a country's code is one of `region`, as it is to whoever keeps the clients.
    """
    said = address.strip()
    if "@" in said:
        return said.lower()[:LONGEST_ADDRESS]
    digits = "".join(letter for letter in said if letter.isdigit())
    if channel not in ("sms", "viber", "whatsapp") or len(digits) < SHORTEST_NUMBER:
        return said[:LONGEST_ADDRESS]
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    is_long = len(digits) > LONGEST_AT_HOME and not digits.startswith("0")
    is_abroad = said.startswith("+") or is_long
    spelt = f"+{digits}" if is_abroad else digits
    try:
        number = parse(spelt, region)
    except NumberParseException:
        return spelt
    if not is_possible_number(number):
        return spelt  # a short number of a service
    return str(format_number(number, PhoneNumberFormat.E164))


def said_of(
    fields: Mapping[str, Any], reference: str | None, came_at: datetime, region: str
) -> Said:
    """Return the message that a mapping read."""
    sent_at = fields.get("sent_at")
    at = min(datetime.fromisoformat(sent_at), came_at) if sent_at else came_at
    return Said(
        channel=fields["channel"],
        address=normal_address(fields["channel"], fields["from"], region),
        name=fields.get("name"),
        subject=fields.get("subject"),
        text=fields["text"],
        at=at,
        reference=reference,
    )


def is_erased(address: str) -> bool:
    """Whether whoever wrote was erased: nothing leads to him any more."""
    return address.startswith(ERASED)
