"""What every way out of the house has in common: a letter in, an outcome out, perhaps a receipt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from crm_shared.policies import ReadingFacts

# GSM 03.38 as far as providers count it: anything else makes the whole message UCS-2
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
# our id, and how often it was sent anew
NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(\d{1,4}))?", re.ASCII | re.I)
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)


class Channel(StrEnum):
    """By what means a message reaches its recipient."""

    EMAIL = "email"
    SMS = "sms"
    TELEGRAM = "telegram"
    VIBER = "viber"
    WHATSAPP = "whatsapp"
    IN_APP = "in_app"


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
    """An outcome and a code that says why, never the server's words: they quote addresses.

    `is_trouble` says that the provider is at fault and would be for any letter; `wait_s` is how
    long it asked us to wait; `reference` is its name of the letter, `cost` what it says it takes.
    """

    outcome: Outcome
    code: str | None = None
    is_trouble: bool = False
    wait_s: float = 0.0
    reference: str | None = None
    cost: Decimal | None = None
    currency: str | None = None


class Arrival(StrEnum):
    """What a provider says later of a letter it took."""

    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True)
class Receipt:
    """Word of one letter, by our id or by the provider's reference; never the provider's words."""

    arrival: Arrival
    message_id: UUID | None = None
    reference: str | None = None
    code: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
    resent: int = 0


@dataclass(frozen=True)
class Trace:
    """By what a letter can be asked after: our id, and the provider's reference if it gave one."""

    message_id: UUID
    reference: str | None
    resent: int = 0

    @property
    def name(self) -> str:
        """What the provider knows the letter by."""
        return name_of(self.message_id, self.resent)


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
    # a colleague who is told of fields whose reads the company watches, and of which
    reader_id: UUID | None = None
    tells: Sequence[ReadingFacts] = ()
    resent: int = 0
    # a colleague wrote it himself, and perhaps as an answer to a letter of this Message-ID
    is_by_hand: bool = False
    answers: str | None = None

    @property
    def name(self) -> str:
        """What the provider knows the letter by."""
        return name_of(self.id, self.resent)


def name_of(message_id: UUID, resent: int) -> str:
    """Name a letter: one that somebody sent anew is another one, to keys and in receipts."""
    return f"{message_id}.{resent}" if resent else str(message_id)


def read_name(said: object) -> tuple[UUID | None, int]:
    """Read a name that a provider gives back; no id when it is none of ours."""
    found = NAME.fullmatch(str(said))
    return (UUID(found[1]), int(found[2] or 0)) if found else (None, 0)


class Sender(Protocol):
    """A provider of a channel."""

    name: str

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Try every letter once and say what became of each, in their order.

        A letter whose turn has not come before `until` is not tried: the claim on it is over.
        """
        ...

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        """Ask what became of letters; those of which nothing is known are left out."""
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


@dataclass(frozen=True)
class Policy:
    """What an administrator set for a channel; nothing of it while nobody did."""

    is_stopped: bool = False
    rate_per_s: float | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    cap_messages: int | None = None
    cap_days: int | None = None
    price: Decimal | None = None
    currency: str | None = None

    def quiet_ends(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the night that it is now for somebody ends, or None while it is day for him."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        local = now.astimezone(zone)
        wall = local.time()
        crosses_midnight = self.quiet_from > self.quiet_until
        is_late, is_early = wall >= self.quiet_from, wall < self.quiet_until
        if not (is_late or is_early if crosses_midnight else is_late and is_early):
            return None
        day = local.date() + timedelta(days=0 if is_early else 1)
        return datetime.combine(day, self.quiet_until, zone).astimezone(now.tzinfo)


NOTHING_SET = Policy()


def policy_id(channel: Channel) -> UUID:
    """The id of a channel's policy: there is one, whoever sets it first."""
    return uuid5(NAMESPACE_OID, f"crm.notifications.channel|{channel.value}")


def segments_of(text: str) -> int:
    """How many parts an SMS is paid as: 160 letters of GSM or 70 of UCS-2, less in several."""
    is_gsm = all(char in GSM or char in GSM_DOUBLE for char in text)
    if is_gsm:
        length = sum(2 if char in GSM_DOUBLE else 1 for char in text)
        return 1 if length <= 160 else -(-length // 153)  # noqa: PLR2004 - GSM 03.40
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= 70 else -(-length // 67)  # noqa: PLR2004 - GSM 03.40


def cost_of(channel: Channel, text: str, policy: Policy) -> Decimal | None:
    """What a message costs by the price an administrator entered; an SMS by its parts."""
    if policy.price is None:
        return None
    return policy.price * (segments_of(text) if channel is Channel.SMS else 1)
