"""Links of the double opt-in: nothing is stored, the signature says that we made them."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

PURPOSE = "lead-confirmation"


def make(key: str, lead_id: UUID, *, expires_at: datetime) -> str:
    """Return the token that confirms this lead until then."""
    expires = int(expires_at.timestamp())
    return f"{lead_id.hex}.{expires:x}.{_signature(key, lead_id, expires)}"


def read(key: str, token: str, *, now: datetime) -> UUID | None:
    """Return the lead that a token confirms, or None when it is not one of ours or is too old."""
    try:
        lead, expires, signature = token.split(".")
        lead_id, until = UUID(lead), int(expires, 16)
        is_over = datetime.fromtimestamp(until, UTC) <= now
    except (ValueError, OverflowError, OSError):
        return None
    expected = _signature(key, lead_id, until).encode()
    if not hmac.compare_digest(signature.encode(), expected) or is_over:
        return None
    return lead_id


def _signature(key: str, lead_id: UUID, expires: int) -> str:
    said = f"{PURPOSE}|{lead_id}|{expires}"
    return hmac.new(key.encode(), said.encode(), sha256).hexdigest()
