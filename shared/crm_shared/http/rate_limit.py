"""How often one caller may ask: a token bucket a process, told in RateLimit headers."""

import math
import time
from collections import OrderedDict

from fastapi import Request

from crm_shared.errors import TooManyRequestsError
from crm_shared.http.exchange import Exchange
from crm_shared.http.proxies import subscriber_of

MAX_CALLERS = 10_000


class RateLimiter:
    """Gives every caller `per_second` requests a second, and as many at once; 0: no end.

    An API key may have a limit of its own instead.
    """

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def spend(self, exchange: Exchange, request: Request) -> None:
        """Take one token of the caller, or raise TooManyRequestsError; leaves the headers."""
        client, actor = request.client, exchange.actor
        per_second = (actor.rate_limit if actor else 0) or self.per_second
        if not per_second:
            return
        caller: object = actor.id if actor else client and subscriber_of(client.host)
        left = self.take(caller, time.monotonic(), per_second)
        policy = f'"default";q={per_second};w=1'.encode()
        told = f'"default";r={max(0, math.floor(left))};t=1'.encode()
        exchange.extra_headers += [(b"ratelimit-policy", policy), (b"ratelimit", told)]
        if left < 0:
            raise TooManyRequestsError("Too many requests from one caller; slow down.")

    def take(self, caller: object, now: float, per_second: int) -> float:
        """Return what is left after this request; below zero it must be refused."""
        tokens, at = self._buckets.pop(caller, (float(per_second), now))
        filled = min(float(per_second), tokens + (now - at) * per_second)
        left = filled - 1
        self._buckets[caller] = (max(left, filled) if left < 0 else left, now)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        return left
