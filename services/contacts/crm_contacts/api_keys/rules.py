"""What a key looks like and what is kept of it."""

import secrets
from hashlib import sha256

PREFIX = "crm_"
# enough to tell one's keys apart, and no help to who guesses the other 39 signs
SHOWN = 4


def new_key() -> tuple[str, str, str]:
    """Return a key, what is kept of it, and its beginning by which people tell keys apart."""
    key = PREFIX + secrets.token_urlsafe(32)
    return key, sha256(key.encode()).hexdigest(), key[: len(PREFIX) + SHOWN]
