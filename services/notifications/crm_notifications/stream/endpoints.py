"""The route of the live stream."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from crm_notifications.feed import queries as feed
from crm_notifications.feed.endpoints import begin_behind
from crm_notifications.feed.errors import PositionAheadError, PositionGoneError
from crm_notifications.feed.rules import noun_of
from crm_notifications.inbox.schemas import NoticeOut
from crm_notifications.permissions import READ_STREAM
from crm_notifications.stream.errors import TooManyStreamsError
from crm_notifications.stream.queries import Stretch, Wire
from crm_notifications.stream.rules import changed_record, in_order, may_listen
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.db.engine import Sessions
from crm_shared.errors import UnauthorizedError
from crm_shared.http.auth import require
from crm_shared.http.exchange import Resources, exchange_of
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import SessionsDep
from crm_shared.policies import Names

router = service_router(prefix="/v1/stream", tags=["stream"])
ReadAccess = Annotated[Access, require(READ_STREAM)]
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 15.0
MOST_OF_ONE = 10
RETRY_MS = 3000
MEDIA_TYPE = "text/event-stream"
_WIRES: WeakKeyDictionary[Sessions, Wire] = WeakKeyDictionary()
_OPEN: WeakKeyDictionary[Sessions, Counter[Any]] = WeakKeyDictionary()


@router.get(
    "",
    response_class=StreamingResponse,
    responses={
        **responses(PositionGoneError, PositionAheadError, TooManyStreamsError),
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
    },
)
async def stream_events(
    request: Request,
    access: ReadAccess,
    sessions: SessionsDep,
    after: Annotated[
        int | None, Query(ge=0, le=2**62, description="From now on when absent")
    ] = None,
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{1,18}$")] = None,
) -> StreamingResponse:
    """Hear what happens to the records you may see, and what you are told, as it happens.

    Server-sent events by fetch with the bearer token: `record` (which record, what happened, the
    names of fields that changed) and `notice` (a new entry of your inbox). `Last-Event-ID` goes on
    behind an event; 410 when that is too long ago or ahead. The stream ends with the token.
    """
    asked = int(last_event_id) if last_event_id is not None else after
    if asked is None:
        async with sessions() as session:
            begin = await feed.newest_position(session)
    else:
        begin = await begin_behind(sessions, asked)
    listening = _OPEN.setdefault(sessions, Counter())
    if listening[access.actor.id] >= MOST_OF_ONE:
        raise TooManyStreamsError(MOST_OF_ONE)
    resources = exchange_of(request).resources
    authorization = request.headers.get("authorization")
    listener = _Listener(
        access, sessions, dict(context.current().hidden), _still_welcome(resources, authorization)
    )
    return StreamingResponse(
        _counted(listener.news(begin), listening, access.actor.id),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _still_welcome(resources: Resources, authorization: str | None) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            resources.authenticator.actor(authorization)
        except UnauthorizedError:
            return False
        return not resources.stopping.is_set()

    return asked


async def _counted(
    news: AsyncIterator[bytes], listening: Counter[Any], who: Any
) -> AsyncIterator[bytes]:
    listening[who] += 1
    try:
        async for piece in news:
            yield piece
    finally:
        listening[who] -= 1


@dataclass(frozen=True, slots=True)
class _Listener:
    """One who listens: how far he sees, and whether he still may."""

    access: Access
    sessions: Sessions
    hidden: Names
    is_welcome: Callable[[], bool]

    async def news(self, position: int) -> AsyncIterator[bytes]:
        """Yield what comes, a heartbeat when nothing does, until he is not welcome any more."""
        wire = _WIRES.setdefault(self.sessions, Wire(self.sessions))
        clock = asyncio.get_running_loop().time
        yield format_sse_event(id=str(position), comment="listening", retry=RETRY_MS)
        said_at = clock()
        while self.is_welcome():
            stretch = await wire.behind(position, within_s=LOOK_EVERY_S)
            if stretch is not None:
                pieces = self._pieces(stretch, position)
                for piece in pieces:
                    yield piece
                said_at = clock() if pieces else said_at
                position = stretch.until
            if clock() - said_at >= HEARTBEAT_S:
                # with the place, so that whoever comes back need not go through it all again
                yield format_sse_event(id=str(position), comment="still here")
                said_at = clock()
        yield format_sse_event(event="end", data_str='{"reason":"signed-out"}')

    def _pieces(self, stretch: Stretch, position: int) -> list[bytes]:
        told = (
            (one.position, NoticeOut.model_validate(one).model_dump(mode="json"))
            for one in stretch.notices.get(self.access.actor.id, ())
            if one.position > position
        )
        changes = (
            (row.position, changed_record(_read(row.envelope), self.hidden))
            for row in stretch.rows
            if row.position > position
            and may_listen(self.access, noun_of(row.type), row.owner_id, row.team_id)
        )
        return list(in_order(changes, told))


def _read(envelope: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(envelope)
    return read
