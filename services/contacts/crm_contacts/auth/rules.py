"""How long tokens live and when somebody who guesses is locked out."""

import hashlib
import secrets
from datetime import timedelta

# how long somebody keeps a role that was taken from him where the event has not come yet
ACCESS_TOKEN_LIFE = timedelta(minutes=10)
REFRESH_TOKEN_LIFE = timedelta(days=30)
# a person mistypes twice or thrice; a thousand common passwords take two days at this pace
ATTEMPTS = 5
LOCK_OUT = timedelta(minutes=15)


def new_refresh_token() -> str:
    """Return a secret for the refresh cookie."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Return what is stored in place of a secret or an address."""
    return hashlib.sha256(secret.encode()).digest()
