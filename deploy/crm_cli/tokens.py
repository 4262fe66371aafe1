"""An admin's bearer token, signed by the operator's key."""

import base64
import json
import time
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# Known to no service as a user: the operator is whoever holds the key.
OPERATOR = UUID("00000000-0000-7000-8000-000000000001")
ISSUER = AUDIENCE = "crm"
_CLOCKS_DIFFER_BY = 5


def sign(operator_key: str, *, seconds: int, role: str = "admin") -> str:
    """Return a token that every service accepts for so long, without asking contacts."""
    key = json.loads(operator_key)
    now = int(time.time())
    header = {"alg": "Ed25519", "kid": key["kid"], "typ": "JWT"}
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(OPERATOR),
        "role": role,
        "teams": [],
        "iat": now,
        "nbf": now - _CLOCKS_DIFFER_BY,
        "exp": now + seconds,
    }
    signed = f"{_part(header)}.{_part(claims)}"
    secret = Ed25519PrivateKey.from_private_bytes(_decode(key["d"]))
    return f"{signed}.{_encode(secret.sign(signed.encode()))}"


def _part(value: object) -> str:
    return _encode(json.dumps(value, separators=(",", ":")).encode())


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
