"""What providers reached by HTTP have in common: what an answer, or none, says of a letter."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from crm_notifications.channels.rules import Letter, Outcome, Receipt, Trace, Verdict
from crm_shared.clock import utc_now

TIMEOUT_S = 10.0
LONGEST_WAIT_S = 3600.0
# what a provider says before it has looked at the letter at all; 500 may come after it was taken
NOT_LOOKED_AT = {HTTPStatus.SERVICE_UNAVAILABLE}
SIGN_IN = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PAYMENT_REQUIRED}

# what comes of an answer that is not shaped as it was promised
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError)
MOST = Decimal(10**15)


class HttpSender(ABC):
    """One request a letter, a few at a time. `repeats_safely`: the same key is not sent twice."""

    name = "http"
    repeats_safely = False
    sign_in: Collection[int] = SIGN_IN

    def __init__(
        self, client: httpx.AsyncClient, *, connections: int = 8, timeout_s: float = TIMEOUT_S
    ) -> None:
        self.client = client
        self.timeout_s = timeout_s
        self._slots = asyncio.Semaphore(connections)

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Try every letter once."""
        begin_before = until - timedelta(seconds=self.timeout_s)
        turns = (self._in_turn(letter, begin_before) for letter in letters)
        return list(await asyncio.gather(*turns))

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        """Ask after every letter; an answer that does not come is no word."""
        found = await asyncio.gather(*(self._asked(trace) for trace in traces))
        return [receipt for receipt in found if receipt is not None]

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    @abstractmethod
    def request(self, letter: Letter) -> httpx.Request:
        """Return the request that hands a letter over."""

    @abstractmethod
    def taken(self, answer: httpx.Response) -> Verdict:
        """Read an answer of 2xx."""

    def refused(self, answer: httpx.Response) -> Verdict:
        """Read an answer of 4xx that says the letter will never go."""
        return Verdict(Outcome.REFUSED, f"{self.name}-{answer.status_code}")

    def question(self, trace: Trace) -> httpx.Request | None:
        """Return the request that asks after a letter, or None where none can be asked."""
        return None

    def told(self, trace: Trace, answer: httpx.Response) -> Receipt | None:
        """Read what was said to a question."""
        return None

    async def _asked(self, trace: Trace) -> Receipt | None:
        question = self.question(trace)
        if question is None:
            return None
        async with self._slots:
            try:
                answer = await self.client.send(question)
                return self.told(trace, answer) if answer.is_success else None
            except httpx.HTTPError:
                return None
            except UNREADABLE:
                return None

    async def _in_turn(self, letter: Letter, begin_before: datetime) -> Verdict:
        async with self._slots:
            if utc_now() >= begin_before:
                return Verdict(Outcome.REFUSED_FOR_NOW, "not-begun")
            try:
                answer = await self.client.send(self.request(letter))
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
                return self._trouble("unreachable")
            except httpx.HTTPError:
                return self._perhaps("lost")
            return self._read(answer)

    def _read(self, answer: httpx.Response) -> Verdict:
        status = answer.status_code
        if answer.is_success:
            try:
                return self.taken(answer)
            except UNREADABLE:
                return self._perhaps("unreadable")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = self.asked_to_wait(answer)
            return Verdict(Outcome.REFUSED_FOR_NOW, f"{self.name}-429", wait_s=wait)
        if status in self.sign_in or status in NOT_LOOKED_AT:
            return self._trouble(str(status))
        if answer.is_server_error:
            return self._perhaps(str(status))
        return self.refused(answer)

    def asked_to_wait(self, answer: httpx.Response) -> float:
        """Seconds that a provider wants to be left alone; one when it does not say."""
        return seconds(answer.headers.get("retry-after"))

    def _trouble(self, what: str) -> Verdict:
        return Verdict(Outcome.REFUSED_FOR_NOW, f"{self.name}-{what}", is_trouble=True)

    def _perhaps(self, what: str) -> Verdict:
        """The letter may have gone: only one that cannot go twice is tried again."""
        outcome = Outcome.REFUSED_FOR_NOW if self.repeats_safely else Outcome.UNKNOWN
        return Verdict(outcome, f"{self.name}-{what}", is_trouble=True)


def seconds(said: object) -> float:
    """Read how long to wait: between one second and an hour."""
    try:
        return min(max(float(str(said)), 1.0), LONGEST_WAIT_S)
    except ValueError:
        return 1.0


def price(said: object) -> Decimal | None:
    """Read a price; providers also write it as what is taken off, with a minus."""
    try:
        found = abs(Decimal(str(said)))
    except ArithmeticError:
        return None
    return found if found.is_finite() and found < MOST else None


def currency(said: object) -> str | None:
    """Read a currency's code."""
    code = str(said or "").upper()
    return code if len(code) == 3 and code.isalpha() and code.isascii() else None  # noqa: PLR2004


def as_json(answer: httpx.Response) -> dict[str, Any]:
    """Read an answer that must be an object; raises ValueError when it is none."""
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def as_uuid(said: object) -> UUID | None:
    """Read one of our own ids as a provider gives it back."""
    try:
        return UUID(str(said))
    except ValueError:
        return None
