"""Links of the double opt-in: nothing is stored, the signature says that we made them."""

from datetime import datetime
from uuid import UUID

from crm_shared.links import make_link, read_link

PURPOSE = "lead-confirmation"


def make(key: str, lead_id: UUID, *, expires_at: datetime) -> str:
    """Return the token that confirms this lead until then."""
    return make_link(key, PURPOSE, lead_id, expires_at=expires_at)


def read(key: str, token: str, *, now: datetime) -> UUID | None:
    """Return the lead that a token confirms, or None when it is not one of ours or is too old."""
    return read_link(key, PURPOSE, token, now=now)
