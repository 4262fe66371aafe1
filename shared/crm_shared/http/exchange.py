"""One request and its answer: who asks, in which transaction, under which trace."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Actor, Role
from crm_shared.db.engine import Sessions
from crm_shared.events import outbox
from crm_shared.ids import new_id
from crm_shared.policies import Names, Policies
from crm_shared.settings import ServiceSettings

if TYPE_CHECKING:
    from crm_shared.http.auth import Authenticator
    from crm_shared.http.rate_limit import RateLimiter
    from crm_shared.http.shapes import Shown
    from crm_shared.http.veil import ReadWatch

SCOPE_KEY = "crm"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _nobody_listens() -> None:
    """Wake nobody: a process without a bus relies on the relay's poll."""


@dataclass(slots=True)
class Resources:
    """What an API process holds open for all its requests."""

    settings: ServiceSettings
    sessions: Sessions
    autocommit: Sessions
    authenticator: "Authenticator"
    schema_head: Callable[[], str | None]
    limiter: "RateLimiter"
    shown: "Shown"
    read_watch: "ReadWatch"
    wake_relay: Callable[[], None] = _nobody_listens
    # set when the process is told to stop: answers that last must end
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def policies(self) -> Policies:
        """Return what the company decided about its data, as far as this process knows."""
        return self.authenticator.directory.policies

    def hidden_from(self, role: Role) -> Names:
        """Return the fields that a role may not see, with those that would tell the same."""
        names = self.policies.hidden_from(role)
        return self.shown.widened(names) if names else names


class Exchange:
    """The state of one request, made by the middleware and shared by everything behind it."""

    __slots__ = (
        "_autocommit",
        "_session",
        "actor",
        "extra_headers",
        "keeps_answer",
        "method",
        "request_id",
        "resources",
        "route_template",
        "span_id",
        "started",
        "status",
        "trace_id",
    )

    def __init__(self, resources: Resources, method: str) -> None:
        self.resources = resources
        self.method = method
        self.started = time.perf_counter()
        self.request_id: UUID = new_id()
        self.trace_id: str = self.request_id.hex
        self.span_id: str = self.trace_id[16:]
        self.actor: Actor | None = None
        self.route_template = ""
        self.status = 0
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.keeps_answer = False
        self._session: AsyncSession | None = None
        self._autocommit: AsyncSession | None = None

    def session(self) -> AsyncSession:
        """Return the request's one transaction, opened with its first statement."""
        if self._session is None:
            self._session = self.resources.sessions()
        return self._session

    def autocommit(self) -> AsyncSession:
        """Return a session whose statements commit by themselves.

        A request whose answer is kept under an Idempotency-Key gets its transaction instead:
        the effect and the kept answer must be one.
        """
        if self.keeps_answer:
            return self.session()
        if self._autocommit is None:
            self._autocommit = self.resources.autocommit()
        return self._autocommit

    async def commit(self) -> None:
        """Commit what the request did and wake the relay if there is something to announce."""
        announced = self._autocommit is not None and self.method not in SAFE_METHODS
        if self._session is not None:
            await self._session.commit()
            announced = outbox.recorded(self._session) or announced or self.keeps_answer
        if announced:
            self.resources.wake_relay()

    async def close(self) -> None:
        """Give back the connections; whatever was not committed is rolled back."""
        if self._session is not None:
            await self._session.close()
        if self._autocommit is not None:
            await self._autocommit.close()


def exchange_of(request: Request) -> Exchange:
    """Return the exchange of a request."""
    exchange = request.scope[SCOPE_KEY]
    if not isinstance(exchange, Exchange):
        raise TypeError("the request did not pass the middleware")
    return exchange
