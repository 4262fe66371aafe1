"""Answers that are larger than the bus lets through: packed, cut, and put together again."""

import base64
import json
import zlib
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from crm_shared.events.jetstream import BusUnavailableError

# the broker takes 1 MB; base64 makes three bytes four
MOST, PIECE = 900_000, 600_000
ATTEMPTS = 3

Ask = Callable[[int], Awaitable[dict[str, Any]]]


def part_of(whole: bytes, number: int | None) -> bytes:
    """Return an answer as it is, or the piece of it that was asked for (the first is 0)."""
    if number is None and len(whole) <= MOST:
        return whole
    packed = zlib.compress(whole)
    start = (number or 0) * PIECE
    told = {
        "pieces": -(-len(packed) // PIECE),
        "digest": sha256(whole).hexdigest(),
        "piece": base64.b64encode(packed[start : start + PIECE]).decode(),
    }
    return json.dumps(told).encode()


async def whole_of(first: dict[str, Any], ask: Ask) -> dict[str, Any]:
    """Return the answer that a first part begins; raises BusUnavailableError if it never holds.

    Each piece is cut from the answer of its moment: when that has changed meanwhile, it is
    asked for anew.
    """
    for _ in range(ATTEMPTS):
        if "pieces" not in first:
            return first
        parts = [first, *[await ask(number) for number in range(1, first["pieces"])]]
        if len({part.get("digest") for part in parts}) == 1:
            packed = b"".join(base64.b64decode(part["piece"]) for part in parts)
            whole: dict[str, Any] = json.loads(zlib.decompress(packed))
            return whole
        first = await ask(0)
    raise BusUnavailableError("an answer changes all the time while it is read")
