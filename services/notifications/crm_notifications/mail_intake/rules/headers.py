"""Headers of letters: words in any charset, addresses, what is answered, who wrote it."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256
from itertools import islice
from uuid import UUID

from crm_notifications.mail_intake.rules.addresses import mailboxes
from crm_notifications.receipts.rules import name_in

# what programs that name no charset, or a wrong one, most likely meant
LIKELY = ("utf-8", "cp1251")
LONGEST_HEADER = 500
LONGEST_LIST = 10_000
MOST_PEOPLE = 200
MOST_REFERENCES = 50
_ID = re.compile(r"<[^<>\s]{1,300}>")
_AUTOMATIC = {"bulk", "junk", "auto_reply", "list"}


def decoded(raw: bytes, charset: str | None) -> str:
    """Return text from bytes: by the charset that is said, else by the likely ones."""
    for one in (charset, *LIKELY):
        if one:
            try:
                return _kept(raw.decode(one))
            except (LookupError, ValueError):
                continue
    return _kept(raw.decode("latin-1"))


def _kept(said: str) -> str:
    """Drop what a database cannot keep."""
    return said.replace("\x00", "").encode(errors="ignore").decode()


def header(mail: Message, name: str) -> str | None:
    """Return a header as people read it, on one line."""
    return next((_readable(raw) for raw in _raw(mail, name)), None)


def _raw(mail: Message, name: str) -> Iterator[str]:
    # `get` replaces bytes that stand there bare, and those can be read
    return (str(said) for key, said in mail.raw_items() if key.lower() == name.lower())


def _readable(raw: str) -> str | None:
    parts = []
    try:
        found = decode_header(raw)
    except (HeaderParseError, ValueError):  # what says it is encoded and is not
        found = [(raw, None)]
    for part, charset in found:
        # bytes that stood there bare come as halves of letters
        bare = part.encode("ascii", "surrogateescape") if _is_bare(part) else part
        parts.append(bare if isinstance(bare, str) else decoded(bare, _known(charset)))
    return re.sub(r"\s+", " ", _kept("".join(parts))).strip()[:LONGEST_HEADER] or None


def _is_bare(part: str | bytes) -> bool:
    return isinstance(part, str) and any("\udc80" <= letter <= "\udcff" for letter in part)


def _known(charset: str | None) -> str | None:
    return None if charset in (None, "unknown-8bit") else charset


def people(mail: Message, *names: str) -> list[tuple[str, str]]:
    """Return names and addresses of these headers, addresses in small letters."""
    said = [raw for name in names for raw in islice(_raw(mail, name), 1)]
    return [
        (_readable(name) or "", (_readable(address) or "").lower())
        for raw in said
        for name, address in islice(mailboxes(raw[:LONGEST_LIST]), MOST_PEOPLE)
    ]


def reference_of(mail: Message, raw: bytes) -> str:
    """Return by what a letter is known: its Message-ID, or a hash of the letter itself."""
    found = _ID.search(str(mail.get("Message-ID", "")))
    return found[0] if found else f"sha256-{sha256(raw).hexdigest()}"


def answers(mail: Message) -> Sequence[UUID]:
    """Return the ids of messages of ours that a letter may answer, the likeliest first."""
    direct = _ID.findall(str(mail.get("In-Reply-To", "")))
    earlier = _ID.findall(str(mail.get("References", "")))[-MOST_REFERENCES:]
    ids = [name_in(one)[0] for one in [*direct, *reversed(earlier)]]
    return list(dict.fromkeys(one for one in ids if one is not None))


def is_automatic(mail: Message) -> bool:
    """Whether a machine wrote it: out of office, a newsletter, a list."""
    submitted = str(mail.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    marked = any(name in mail for name in ("X-Autoreply", "X-Autorespond", "List-Id"))
    return submitted != "no" or precedence in _AUTOMATIC or marked


def written_at(mail: Message, came_at: datetime) -> datetime:
    """Return when it was written as it says, but never later than it came."""
    try:
        said = parsedate_to_datetime(str(mail.get("Date", "")))
        aware = said if said.tzinfo else said.replace(tzinfo=UTC)
        return min(aware.astimezone(UTC), came_at)
    except (TypeError, ValueError, IndexError, OverflowError):
        return came_at
