"""What a bot is told, and what a gateway brings; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crm_notifications.inbound.rules.targets import LONGEST_TEXT, clean

TELEGRAM = "telegram"
# what a gateway may bring; others come by a mapping of their own
CARRIED = ("sms", "viber", "whatsapp")
LONGEST_NAME = 200
MOST_MESSAGES = 100
# what a message holds beside words: it is said, and stays with the messenger
_NOT_WORDS = ("photo", "document", "voice", "video", "audio", "sticker", "location", "contact")


class UnreadableMessageError(Exception):
    """A message without what it needs; the code says what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as a messenger tells it."""

    channel: str
    address: str
    name: str | None
    text: str
    at: datetime
    reference: str
    left_out: str | None = None


def of_telegram(update: Mapping[str, Any], came_at: datetime) -> Heard | None:
    """Read an update of the Bot API; None for what is no private message of a person."""
    message = update.get("message")
    if not isinstance(message, Mapping):
        return None
    chat, sender = message.get("chat"), message.get("from")
    if not isinstance(chat, Mapping) or chat.get("type") != "private":
        return None
    if isinstance(sender, Mapping) and sender.get("is_bot"):
        return None
    said = chat if not isinstance(sender, Mapping) else sender
    names = [str(said[key]) for key in ("first_name", "last_name") if said.get(key)]
    kinds = [kind for kind in _NOT_WORDS if kind in message]
    return Heard(
        channel=TELEGRAM,
        address=_needed(chat.get("id"), "chat"),
        name=clean(" ".join(names))[:LONGEST_NAME] or None,
        text=clean(str(message.get("text") or message.get("caption") or ""))[:LONGEST_TEXT],
        at=_when(message.get("date"), came_at),
        reference=_needed(message.get("message_id"), "message_id"),
        left_out=",".join(kinds) or None,
    )


def of_gateway(said: Mapping[str, Any], came_at: datetime) -> Heard:
    """Read one message of the gateway; raises UnreadableMessageError with what is missing."""
    channel = said.get("channel", "sms")
    if channel not in CARRIED:
        raise UnreadableMessageError("channel")
    name = said.get("name")
    return Heard(
        channel=channel,
        address=_needed(said.get("from"), "from"),
        name=clean(str(name))[:LONGEST_NAME] if name else None,
        text=clean(str(said.get("text") or ""))[:LONGEST_TEXT],
        at=_when(said.get("at"), came_at),
        reference=_needed(said.get("id"), "id"),
    )


def _needed(value: object, code: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise UnreadableMessageError(code)
    return clean(str(value))[:LONGEST_NAME]


def _when(said: object, came_at: datetime) -> datetime:
    """When it was written, as it says, but never later than it came."""
    try:
        if isinstance(said, int):
            return min(datetime.fromtimestamp(said, UTC), came_at)
        found = datetime.fromisoformat(str(said))
        return min(found if found.tzinfo else found.replace(tzinfo=UTC), came_at)
    except (ValueError, OverflowError, OSError):
        return came_at
