"""Passwords: argon2id, never on the event loop's thread."""

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# length alone, as NIST SP 800-63B asks: rules for signs make passwords that are written down
MIN_LENGTH = 10
# argon2 hashes any length, and the time for it is ours
MAX_LENGTH = 200

_hasher = PasswordHasher()
# A hash takes 64 MB: a burst of sign-ins must queue, not eat the machine.
_places = asyncio.Semaphore(2)


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    async with _places:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_password(password: str, password_hash: str | None) -> bool:
    """Tell whether the password fits; without a hash it never does, and takes as long."""
    async with _places:
        fits = await asyncio.to_thread(_verify, password, password_hash)
    return fits and password_hash is not None


def _verify(password: str, password_hash: str | None) -> bool:
    # asked for either way, so that even the first answer takes as long for known users
    nobodys = _nobodys()
    try:
        return _hasher.verify(password_hash or nobodys, password)
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """Return a password nobody has to think up."""
    return secrets.token_urlsafe(12)


@cache
def _nobodys() -> str:
    # Checked for unknown users. Not made while loading: it is a tenth of a second of the start.
    return _hasher.hash(secrets.token_urlsafe(16))
