"""How often one caller may ask: a token bucket a process, told in RateLimit headers."""

import math
import time
from collections import OrderedDict

from fastapi import Request

from crm_shared.errors import TooManyRequestsError
from crm_shared.http.exchange import Exchange

MAX_CALLERS = 10_000


class RateLimiter:
    """Gives every caller `per_second` requests a second, and as many at once."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()
        self._policy = (b"ratelimit-policy", f'"default";q={per_second};w=1'.encode())

    def spend(self, exchange: Exchange, request: Request) -> None:
        """Take one token of the caller, or raise TooManyRequestsError; leaves the headers."""
        client = request.client
        caller: object = exchange.actor.id if exchange.actor else client and client.host
        left = self.take(caller, time.monotonic())
        told = f'"default";r={max(0, math.floor(left))};t=1'.encode()
        exchange.extra_headers += [self._policy, (b"ratelimit", told)]
        if left < 0:
            raise TooManyRequestsError("Too many requests from one caller; slow down.")

    def take(self, caller: object, now: float) -> float:
        """Return what is left after this request; below zero it must be refused."""
        tokens, at = self._buckets.pop(caller, (float(self.per_second), now))
        filled = min(float(self.per_second), tokens + (now - at) * self.per_second)
        left = filled - 1
        self._buckets[caller] = (max(left, filled) if left < 0 else left, now)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        return left
