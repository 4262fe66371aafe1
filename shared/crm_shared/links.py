"""Links that carry their own proof: nothing is stored, the signature says that we made them."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID


def make_link(key: str, purpose: str, subject: UUID, *, expires_at: datetime) -> str:
    """Return a token that is good for one purpose and one record, until then."""
    expires = int(expires_at.timestamp())
    return f"{subject.hex}.{expires:x}.{_signature(key, purpose, subject, expires)}"


def read_link(key: str, purpose: str, token: str, *, now: datetime) -> UUID | None:
    """Return whose token it is, or None when it is not one of ours, for this, and in time."""
    try:
        subject, expires, signature = token.split(".")
        found, until = UUID(subject), int(expires, 16)
        is_over = datetime.fromtimestamp(until, UTC) <= now
    except (ValueError, OverflowError, OSError):
        return None
    expected = _signature(key, purpose, found, until).encode()
    if not hmac.compare_digest(signature.encode(), expected) or is_over:
        return None
    return found


def _signature(key: str, purpose: str, subject: UUID, expires: int) -> str:
    said = f"{purpose}|{subject}|{expires}"
    return hmac.new(key.encode(), said.encode(), sha256).hexdigest()
