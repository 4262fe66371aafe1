"""Identifiers: UUIDv7, so that keys grow with time and indexes stay dense at their end."""

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, the rest random."""
    millis = time.time_ns() // 1_000_000
    value = int.from_bytes(os.urandom(10), "big")
    value |= millis << 80
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
