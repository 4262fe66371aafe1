"""Secret addresses of calendars: signed, so that nothing worth stealing lies in the database."""

from datetime import datetime
from uuid import UUID

from crm_shared.links import make_link, read_link

PURPOSE = "calendar"


def make(key: str, link_id: UUID, *, expires_at: datetime) -> str:
    """Return the secret part of a link."""
    return make_link(key, PURPOSE, link_id, expires_at=expires_at)


def read(key: str, token: str, *, now: datetime) -> UUID | None:
    """Return the link that a secret opens, or None when it is not one of ours."""
    return read_link(key, PURPOSE, token, now=now)
