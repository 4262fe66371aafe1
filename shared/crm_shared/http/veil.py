"""Between a route and its caller: hidden fields leave answers, watched reads are told."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request
from starlette.responses import Response

from crm_shared import context
from crm_shared.actor import Actor
from crm_shared.db.engine import Sessions
from crm_shared.events import outbox
from crm_shared.events.envelope import Event
from crm_shared.http.exchange import Exchange
from crm_shared.http.hiding import Reading, readings, refuse_body, strip
from crm_shared.http.shapes import Shape, Shown
from crm_shared.ids import new_id
from crm_shared.policies import Names, ReadingFacts

JSON = "application/json"
DONE = range(200, 300)


class ReadWatch(Protocol):
    """Takes note of who was shown what; an answer whose note fails is not given."""

    async def note(self, sessions: Sessions, actor: Actor, seen: Sequence[Reading]) -> None:
        """Take note before the answer leaves."""


class NobodyWatches:
    """Takes no note: a service without nouns that can be watched."""

    async def note(self, _sessions: Sessions, _actor: Actor, _seen: Sequence[Reading]) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Which bodies of a service show which noun, and who hears of reads that are watched."""

    shown: Shown
    watch: ReadWatch


class AnnouncingReads:
    """Announces what was read of watched fields: contacts writes it into the audit log."""

    def __init__(self, say: Callable[[ReadingFacts], Event]) -> None:
        self._say = say

    async def note(self, sessions: Sessions, actor: Actor, seen: Sequence[Reading]) -> None:
        """Announce each noun's reading by itself."""
        with context.use(context.Context(actor=actor)):
            entries = [
                outbox.entry_values(self._say(_told(one)), aggregate_id=new_id(), revision=1)
                for one in seen
            ]
        async with sessions.begin() as session:
            await outbox.write_entries(session, entries)


async def take_note(exchange: Exchange, seen: Sequence[Reading]) -> None:
    """Take note of what an answer shows, before it leaves."""
    if seen and exchange.actor is not None:
        resources = exchange.resources
        await resources.read_watch.note(resources.sessions, exchange.actor, seen)
        resources.wake_relay()


def _told(seen: Reading) -> ReadingFacts:
    return ReadingFacts(
        noun=seen.noun, fields=list(seen.fields), count=seen.count, ids=list(seen.ids)
    )


class Veil:
    """One route's: knows where in its bodies records stand. Most callers pass it untouched."""

    def __init__(self, shown: Shown, answered: Any, taken: Any, *, is_read: bool) -> None:
        self.shown = shown
        self._answer: Shape | None = shown.shape(answered)
        self._body: Shape | None = shown.shape(taken)
        self._is_read = is_read

    async def before(self, request: Request, hidden: Names) -> None:
        """Refuse a body that sets what its sender may not see."""
        if self._body is None or not hidden:
            return
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError):
            return  # what cannot be read is refused by whoever takes it
        refuse_body(body, self._body, hidden)

    async def after(self, exchange: Exchange, response: Response, hidden: Names) -> Response:
        """Take hidden fields out of an answer, and take note of what else of it is watched."""
        watched = self._watched(exchange)
        if self._answer is None or not (hidden or watched) or not _is_json(response):
            return response
        value = json.loads(bytes(response.body))
        if hidden:
            strip(value, self._answer, hidden)
            response.body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
            response.headers["content-length"] = str(len(response.body))
        await take_note(exchange, readings(value, self._answer, watched))
        return response

    def _watched(self, exchange: Exchange) -> Names:
        watched = exchange.resources.policies.watched if self._is_read else {}
        # what tells the same is read as much as the field itself
        return self.shown.widened(watched) if watched else watched


def _is_json(response: Response) -> bool:
    kind = response.headers.get("content-type", "")
    has_body = bool(getattr(response, "body", b""))
    return response.status_code in DONE and kind.startswith(JSON) and has_body
