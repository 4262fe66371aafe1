"""What a mapping can fill in, kind by kind: the fields, and how each is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Read = Callable[[Any, ZoneInfo], Any]
MILLISECONDS_FROM = 100_000_000_000
MOST = 2_000_000_000
TRUE, FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2}")


class Unfit(Exception):
    """A value that a field cannot take; the code says why and quotes nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """One field: what it is called in words, how it is read, whether it must be filled."""

    kind: str
    read: Read
    is_needed: bool = False


def clean(said: str) -> str:
    """Drop what a database cannot keep: NUL, and halves of letters."""
    return said.replace("\x00", "").encode(errors="ignore").decode()


def text(longest: int, *, is_needed: bool = False) -> Target:
    """A text up to a length; numbers are written out."""

    def read(value: Any, _zone: ZoneInfo) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Unfit("not-a-text")
        said = clean(str(value)).strip()
        if len(said) > longest:
            raise Unfit("too-long")
        return said

    return Target(f"text up to {longest}", read, is_needed)


def one_of(*codes: str, is_needed: bool = False) -> Target:
    """One of a few codes."""

    def read(value: Any, _zone: ZoneInfo) -> str:
        if value not in codes:
            raise Unfit("unknown-value")
        return str(value)

    return Target(f"one of {', '.join(codes)}", read, is_needed)


def _fitting(pattern: re.Pattern[str], kind: str) -> Target:
    def read(value: Any, _zone: ZoneInfo) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Unfit(f"not-a-{kind}")
        return value

    return Target(kind, read)


def _integer(value: Any, _zone: ZoneInfo) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit("not-a-number")
    try:
        found = round(float(value))
    except (ValueError, OverflowError):
        raise Unfit("not-a-number") from None
    if not 0 <= found <= MOST:
        raise Unfit("out-of-range")
    return found


def _boolean(value: Any, _zone: ZoneInfo) -> bool:
    said = str(value).lower()
    if said not in TRUE | FALSE:
        raise Unfit("not-a-boolean")
    return said in TRUE


def _instant(value: Any, zone: ZoneInfo) -> str:
    """RFC 3339, or seconds or milliseconds since 1970; a time without a zone is the company's."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, UTC).isoformat()
        found = datetime.fromisoformat(str(value))
        aware = found if found.tzinfo else found.replace(tzinfo=zone)
        return aware.astimezone(UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        raise Unfit("not-a-time") from None


def _link(value: Any, _zone: ZoneInfo) -> str:
    said = str(value)
    try:
        parts = urlsplit(said)
    except ValueError:
        raise Unfit("not-a-link") from None
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    if not is_web or len(said) > 2000 or re.search(r"\s", said):  # noqa: PLR2004 - of the field
        raise Unfit("not-a-link")
    return said


INSTANT = Target("time", _instant)
NUMBER = Target("number", _integer)
BOOLEAN = Target("boolean", _boolean)
LINK = Target("link", _link)
CODE = _fitting(_CODE, "code")
LANGUAGE = _fitting(_LANGUAGE, "language")
DIRECTIONS = ("inbound", "outbound")
LONGEST_TEXT = 50_000
TARGETS: Mapping[str, Mapping[str, Target]] = {
    "lead": {
        "first_name": text(100),
        "last_name": text(100),
        "company_name": text(300),
        "job_title": text(200),
        "email": text(320),
        "phone": text(40),
        "note": text(5000),
        "source": text(100),
        "channel": text(100),
        "campaign": text(100),
        "language": LANGUAGE,
    },
    "call": {
        "direction": one_of(*DIRECTIONS, is_needed=True),
        "from_number": text(40),
        "to_number": text(40),
        "started_at": Target("time", _instant, is_needed=True),
        "answered": BOOLEAN,
        "duration_s": NUMBER,
        "recording_url": LINK,
    },
    "activity": {
        "kind": one_of("call", "meeting", "email", "visit", "chat", "other", is_needed=True),
        "subject": text(300),
        "direction": one_of(*DIRECTIONS),
        "status": one_of("planned", "done"),
        "due_at": INSTANT,
        "started_at": INSTANT,
        "completed_at": INSTANT,
        "duration_s": NUMBER,
        "outcome": CODE,
        "email": text(320),
        "phone": text(40),
    },
    "message": {
        "channel": Target("code", CODE.read, is_needed=True),
        "from": text(320, is_needed=True),
        "name": text(200),
        "subject": text(500),
        "text": text(LONGEST_TEXT, is_needed=True),
        "sent_at": INSTANT,
    },
}
