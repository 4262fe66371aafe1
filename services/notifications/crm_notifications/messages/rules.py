"""The life of a message, what an event asks for, and what stands in the way of sending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm_notifications.channels.rules import Purpose

MAX_EVENT_AGE = timedelta(hours=24)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=30)
# A name that has not arrived by then is shown as its id: the letter matters more than the name.
PATIENCE_FOR_NAMES = timedelta(minutes=1)
PARTICIPANTS = "participants"
RECIPIENT_UNKNOWN = "recipient-not-known-yet"
# RFC 3463: no such box, host or syntax, moved away, takes no mail; others speak of our address
# (5.1.7, 5.1.8), of our reputation (5.7) or of a full box (5.2.2)
FOR_GOOD = frozenset(f"dsn-5.1.{detail}" for detail in (1, 2, 3, 6, 10))


class Status(StrEnum):
    """Where a message is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED_TEMPORARY = "failed_temporary"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"
    BOUNCED = "bounced"


class Step(StrEnum):
    """What can happen to a message."""

    CLAIM = "claim"
    WAIT = "wait"
    DELIVER = "deliver"
    REFUSE_FOR_NOW = "refuse_for_now"
    REFUSE = "refuse"
    LOSE = "lose"
    EXPIRE = "expire"
    CANCEL = "cancel"
    MARK_SENT = "mark_sent"
    RESEND = "resend"
    PUT_BACK = "put_back"
    CONFIRM = "confirm"
    BOUNCE = "bounce"


LIFE: Mapping[tuple[Status, Step], Status] = {
    (Status.QUEUED, Step.CLAIM): Status.SENDING,
    (Status.QUEUED, Step.WAIT): Status.QUEUED,
    (Status.QUEUED, Step.REFUSE): Status.FAILED,
    (Status.QUEUED, Step.EXPIRE): Status.EXPIRED,
    (Status.QUEUED, Step.CANCEL): Status.CANCELLED,
    (Status.FAILED_TEMPORARY, Step.CLAIM): Status.SENDING,
    (Status.FAILED_TEMPORARY, Step.WAIT): Status.QUEUED,
    (Status.FAILED_TEMPORARY, Step.REFUSE): Status.FAILED,
    (Status.FAILED_TEMPORARY, Step.EXPIRE): Status.EXPIRED,
    (Status.FAILED_TEMPORARY, Step.CANCEL): Status.CANCELLED,
    (Status.SENDING, Step.DELIVER): Status.SENT,
    (Status.SENDING, Step.REFUSE_FOR_NOW): Status.FAILED_TEMPORARY,
    (Status.SENDING, Step.REFUSE): Status.FAILED,
    (Status.SENDING, Step.LOSE): Status.UNKNOWN,
    # its sender was lost before it began: nothing can have gone out
    (Status.SENDING, Step.PUT_BACK): Status.QUEUED,
    # a receipt may be faster than our own record of the sending
    (Status.SENDING, Step.CONFIRM): Status.DELIVERED,
    (Status.SENDING, Step.BOUNCE): Status.BOUNCED,
    (Status.SENT, Step.CONFIRM): Status.DELIVERED,
    (Status.SENT, Step.BOUNCE): Status.BOUNCED,
    (Status.UNKNOWN, Step.CONFIRM): Status.DELIVERED,
    (Status.UNKNOWN, Step.BOUNCE): Status.BOUNCED,
    (Status.DELIVERED, Step.BOUNCE): Status.BOUNCED,
    (Status.BOUNCED, Step.RESEND): Status.QUEUED,
    # the sender was only slow: what it knows settles what the sweep could not
    (Status.UNKNOWN, Step.DELIVER): Status.SENT,
    (Status.UNKNOWN, Step.REFUSE): Status.FAILED,
    (Status.UNKNOWN, Step.REFUSE_FOR_NOW): Status.FAILED_TEMPORARY,
    (Status.UNKNOWN, Step.LOSE): Status.UNKNOWN,
    (Status.UNKNOWN, Step.MARK_SENT): Status.SENT,
    (Status.UNKNOWN, Step.RESEND): Status.QUEUED,
    (Status.UNKNOWN, Step.CANCEL): Status.CANCELLED,
    (Status.FAILED, Step.RESEND): Status.QUEUED,
    (Status.EXPIRED, Step.RESEND): Status.QUEUED,
}
# The lease and its retries are how a message is carried, not what became of it: no event.
ANNOUNCED = frozenset(Status) - {Status.SENDING, Status.FAILED_TEMPORARY}


def after(status: Status, step: Step) -> Status | None:
    """Where a step leads, or None when it cannot be taken from there."""
    return LIFE.get((status, step))


def life_as_markdown() -> str:
    """The state machine as the table of the README."""
    reached = list(Status)
    lines = ["| from | " + " | ".join(step.value for step in Step) + " |"]
    lines.append("|---" * (len(Step) + 1) + "|")
    for status in reached:
        cells = [found.value if (found := after(status, step)) else "" for step in Step]
        lines.append(f"| `{status.value}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def retry_after(attempts: int) -> timedelta:
    """How long to wait before the next try: doubling, up to half an hour."""
    doubled: timedelta = FIRST_RETRY * (1 << min(attempts, 20))
    return min(doubled, LONGEST_RETRY)


class RecipientKind(StrEnum):
    """Whose address a message goes to; a team's is its head's, looked up when it is sent."""

    CONTACT = "contact"
    USER = "user"
    TEAM = "team"
    # whoever wrote to us, by the address he wrote from
    CONVERSATION = "conversation"
    # whoever left his address in a web form and has to confirm it
    LEAD = "lead"


@dataclass(frozen=True)
class Recipient:
    """Who gets a message, by id only."""

    kind: RecipientKind
    id: UUID


@dataclass(frozen=True)
class Route:
    """How a rule finds its recipient in an event."""

    to: str
    user_id: UUID | None = None


def recipient_of(route: Route, event: Mapping[str, Any]) -> Recipient | None:
    """Who an event's message goes to, or None when the event names nobody."""
    if route.to == "user":
        return Recipient(RecipientKind.USER, route.user_id) if route.user_id else None
    kinds = {
        "client": ("contact_id", RecipientKind.CONTACT),
        # letters that follow one another go to one person
        PARTICIPANTS: ("contact_id", RecipientKind.CONTACT),
        "owner": ("owner_id", RecipientKind.USER),
        "team_head": ("team_id", RecipientKind.TEAM),
    }
    field, kind = kinds[route.to]
    found = event.get(field)
    return Recipient(kind, UUID(str(found))) if found else None


def recipients_of(route: Route, event: Mapping[str, Any]) -> list[Recipient]:
    """Who an event's messages go to: one, or of a meeting all clients who take part."""
    if route.to != PARTICIPANTS:
        one = recipient_of(route, event)
        return [] if one is None else [one]
    named = [event.get("contact_id"), *(event.get("contact_ids") or ())]
    ids = dict.fromkeys(UUID(str(one)) for one in named if one)
    return [Recipient(RecipientKind.CONTACT, one) for one in ids]


def may_be_written_to(
    consents: object, *, purpose: Purpose, channel: str, kind: RecipientKind
) -> bool:
    """Whether the recipient agreed; staff always did, a client's last word counts."""
    if kind is not RecipientKind.CONTACT:
        return True
    said = last_word(consents, purpose=purpose.value, channel=channel)
    return purpose is Purpose.SERVICE if said is None else said


def last_word(consents: object, *, purpose: str, channel: str) -> bool | None:
    """Return what a client last said of letters of a purpose by a channel; None: nothing."""
    if isinstance(consents, Mapping):
        given = consents.get(purpose)
        return given if isinstance(given, bool) else None
    if not isinstance(consents, Sequence):
        return None
    said = [
        (_said_at(consent), consent.get("granted") is not True)
        for consent in consents
        if isinstance(consent, Mapping)
        and consent.get("purpose") == purpose
        and consent.get("channel") in (None, channel)
    ]
    # of two words of the same moment the refusal counts
    return not max(said)[1] if said else None


def _said_at(consent: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(consent.get("at"))).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def is_late(at: datetime, now: datetime) -> bool:
    """Whether an event happened too long ago to write to anybody about it."""
    return now - at > MAX_EVENT_AGE
