"""Standard Webhooks: how a delivery proves that it is ours."""

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

PREFIX = "whsec_"


def secret_of(key: str, webhook_id: UUID, number: int) -> str:
    """Return a webhook's secret of a number; it is worked out anew whenever it is needed."""
    made = hmac.new(key.encode(), f"webhook|{webhook_id}|{number}".encode(), sha256).digest()
    return PREFIX + base64.b64encode(made).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `v1` signature over id, timestamp and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    said = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, said, sha256).digest()).decode()


def headers_of(
    secrets: Sequence[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the three headers; while a secret is exchanged both sign."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature(secret, message_id, timestamp, body) for secret in secrets
        ),
    }
